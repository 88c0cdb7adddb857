"""The steps of tuning, in torch: encode a stretch, lay out its columns, weigh what was wrong, and step."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from service.domain.suggestion import Passage
from service.suggest import features
from service.suggest.torch_encoder import load_model
from training.heads import Target
from training.tune import Lesson, Rows

#: Tokens of a text that are read while tuning: longer ones are rare, and cost most of the time.
_LONGEST = 128
#: Tokens, padding included, that go through the encoder at once.
_BUDGET = 2048
_ENCODER_RATE = 7e-5
_HEAD_RATE = 2e-3
#: Each layer learns at this share of the rate of the one above it (Howard and Ruder 2018, "Universal language model
#: fine-tuning for text classification").
_LAYER_DECAY = 0.85
_WARM_UP = 0.06
_DROPOUT = 0.2
_WEIGHT_DECAY = 0.01
_MOST_GRADIENT = 1.0
#: Codes weigh more by this power of how rare they are, within bounds.
_BALANCE = 0.5
_LEAST_WEIGHT, _MOST_WEIGHT = 0.2, 5.0
#: Unit vectors are stretched by this much, so that the heads' weights may stay small.
_STRETCHED = 8.0


class Loop:
    """One tuning on its way."""

    def __init__(self, base: Path, lesson: Lesson, steps: int, seed: int) -> None:
        # oneDNN keeps what it made for each shape it has met, 1,024 of them if not told otherwise: a gigabyte and more.
        os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
        torch.manual_seed(seed)
        self._lesson = lesson
        self._steps = steps
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model: Any = load_model(base, self._device)
        self._model.train()
        config = getattr(getattr(self._model[0], "auto_model", None), "config", None)
        limits = [_LONGEST, self._model.max_seq_length, getattr(config, "max_position_embeddings", None)]
        self._longest = min(limit for limit in limits if limit)
        self._place = {
            name: {int(row): place for place, row in enumerate(target.rows)} for name, target in lesson.targets.items()
        }
        width = features.Columns.of(self._size).width
        self._heads = nn.ModuleList(_head(width, target) for target in lesson.targets.values()).to(self._device)
        self._weights = [_weights(target).to(self._device) for target in lesson.targets.values()]
        self._drop = nn.Dropout(_DROPOUT)
        self._optimizer = torch.optim.AdamW(self._groups(), weight_decay=_WEIGHT_DECAY)
        self._rates = [float(group["lr"]) for group in self._optimizer.param_groups]

    def step(self, number: int, stretches: Sequence[Rows]) -> None:
        """Learn from some stretches."""
        share = number / self._steps
        slope = share / _WARM_UP if share < _WARM_UP else (1.0 - share) / (1.0 - _WARM_UP)
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * max(slope, 0.02)
        loss = self._loss(np.concatenate(list(stretches)))
        if loss is None:
            return
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([p for g in self._optimizer.param_groups for p in g["params"]], _MOST_GRADIENT)
        self._optimizer.step()

    def save(self, out: Path) -> None:
        """Write the encoder as a sentence-transformers folder."""
        self._model.eval()
        self._model.to("cpu").save_pretrained(str(out), create_model_card=False, safe_serialization=True)

    def _loss(self, rows: Rows) -> torch.Tensor | None:
        """Return what is wrong on all dimensions together; None where none of the segments was coded."""
        columns = self._drop(self._columns([self._lesson.passages[row] for row in rows]))
        losses = []
        parts = zip(self._lesson.targets.items(), self._heads, self._weights, strict=True)
        for (name, target), head, weight in parts:
            coded = [(at, self._place[name][int(row)]) for at, row in enumerate(rows) if int(row) in self._place[name]]
            if coded:
                here, there = (list(column) for column in zip(*coded, strict=True))
                losses.append(_wrong(target, head(columns[here]), target.truth[there], weight))
        return torch.stack(losses).sum() if losses else None

    def _columns(self, passages: Sequence[Passage]) -> torch.Tensor:
        """Lay out the dense columns that a head reads, from what stands in this step and next to it."""
        texts = list(dict.fromkeys(t for p in passages for t in (p.text, p.previous, p.following) if t.strip()))
        vectors = torch.cat([self._encode(texts), torch.zeros(1, self._size, device=self._device)]) * _STRETCHED
        layout = features.layout(passages, {text: row for row, text in enumerate(texts)})
        parts = [vectors[torch.from_numpy(rows[0])] for rows in layout.alone]
        parts += [_mean(vectors, rows) for rows in layout.means]
        known = [torch.from_numpy((rows[0] >= 0).astype(np.float32))[:, None] for rows in layout.alone[1:]]
        rest = [torch.from_numpy(features.places(passages)), *known, torch.from_numpy(features.forms(passages))]
        return torch.cat([*parts, *(part.to(self._device) for part in rest)], dim=1)

    @property
    def _size(self) -> int:
        return int(self._model.get_embedding_dimension())

    def _encode(self, texts: Sequence[str]) -> torch.Tensor:
        """Encode texts of like length together."""
        coded = self._model.tokenizer(list(texts), truncation=True, max_length=self._longest)["input_ids"]
        by_length = sorted(range(len(coded)), key=lambda place: -len(coded[place]))
        parts, places = [], []
        while by_length:
            count = max(1, _BUDGET // len(coded[by_length[0]]))
            group, by_length = by_length[:count], by_length[count:]
            parts.append(self._forward([coded[place] for place in group]))
            places += group
        back = torch.empty(len(places), dtype=torch.long)
        back[torch.tensor(places, dtype=torch.long)] = torch.arange(len(places))
        return torch.cat(parts)[back] if parts else torch.zeros(0, self._size, device=self._device)

    def _forward(self, ids: Sequence[Sequence[int]]) -> torch.Tensor:
        shape = (len(ids), max(map(len, ids)))
        padded, mask = torch.full(shape, self._model.tokenizer.pad_token_id or 0), torch.zeros(shape, dtype=torch.long)
        for row, tokens in enumerate(ids):
            padded[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
        given = {"input_ids": padded.to(self._device), "attention_mask": mask.to(self._device)}
        with torch.autocast(self._device, torch.bfloat16):
            said = self._model(given)["sentence_embedding"]
        return nn.functional.normalize(said.float(), dim=1)

    def _groups(self) -> list[dict[str, Any]]:
        """Return the parameters with their rates: lower for the encoder's deeper layers."""
        stacks = [module for module in self._model.modules() if isinstance(module, nn.ModuleList)]
        layers = max(stacks, key=len, default=nn.ModuleList())
        grouped: dict[int, list[nn.Parameter]] = {}
        depth = {id(p): place for place, layer in enumerate(layers) for p in layer.parameters()}
        for parameter in self._model.parameters():
            grouped.setdefault(depth.get(id(parameter), -1), []).append(parameter)
        top = len(layers)
        groups = [
            {"params": found, "lr": _ENCODER_RATE * _LAYER_DECAY ** (top - 1 - place)}
            for place, found in sorted(grouped.items())
        ]
        return [*groups, {"params": list(self._heads.parameters()), "lr": _HEAD_RATE}]


def _head(width: int, target: Target) -> nn.Linear:
    head = nn.Linear(width, len(target.codes) + target.none)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return head


def _weights(target: Target) -> torch.Tensor:
    """Return how much each outcome weighs: more where it is rare."""
    counts = target.truth.sum(axis=0).astype(np.float64)
    if target.none:
        counts = np.append(counts, (~target.truth.any(axis=1)).sum())
    share = counts.sum() / np.maximum(counts, 1.0) / len(counts)
    return torch.tensor((share**_BALANCE).clip(_LEAST_WEIGHT, _MOST_WEIGHT), dtype=torch.float32)


def _wrong(target: Target, said: torch.Tensor, truth: np.ndarray[Any, Any], weight: torch.Tensor) -> torch.Tensor:
    if target.select == "many":
        wanted = torch.from_numpy(truth.astype(np.float32)).to(said.device)
        return 2.0 * nn.functional.binary_cross_entropy_with_logits(said, wanted, pos_weight=weight.clamp(min=1.0))
    outcome = np.where(truth.any(axis=1), truth.argmax(axis=1), truth.shape[1])
    kept = np.flatnonzero(outcome < said.shape[1])
    if not len(kept):
        return said.sum() * 0.0
    wanted = torch.from_numpy(outcome[kept].astype(np.int64)).to(said.device)
    return nn.functional.cross_entropy(said[torch.from_numpy(kept)], wanted, weight=weight)


def _mean(vectors: torch.Tensor, rows: np.ndarray[Any, Any]) -> torch.Tensor:
    """Return the mean of the known vectors; the last vector, of zeros, stands for what is not known (-1)."""
    count = torch.from_numpy((rows >= 0).sum(axis=0).clip(min=1).astype(np.float32))[:, None].to(vectors.device)
    return vectors[torch.from_numpy(rows)].sum(dim=0) / count
