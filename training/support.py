"""What a new model rests on: which excerpts it keeps to show, and what it gives no advice on."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.suggest import features
from service.suggest.features import Float32
from service.suggest.support import MIN_TEXT, Excerpt, Support, text_key
from training.dataset import Example, Snapshot
from training.material import Material

#: Excerpts kept with the model; of more, a random part with every code in it.
_MOST = 8000
_MIN_WORDS = 3
#: Where this share of coded segments is shorter than three words, short ones are part of the material.
_SHORT_SHARE = 0.05
#: The least familiar of segments by other participants, and how far below them is unlike anything coded: a
#: quarter of the way from the middle of all to them.
_LEAST_FAMILIAR = 0.01
_BELOW = 0.25
_ROWS_AT_ONCE = 2048


def kept(snapshot: Snapshot, seed: int) -> list[int]:
    """Choose the excerpts to keep: the rows of all coded segments, or of a part of too many."""
    return _chosen(snapshot, _coded(snapshot), seed)


def _coded(snapshot: Snapshot) -> list[int]:
    return [row for row, example in enumerate(snapshot.examples) if example.truth]


def build(snapshot: Snapshot, kept: list[int], embeddings: Float32) -> Support:
    """Lay out the excerpts to keep and note what the model has seen."""
    seen = [snapshot.examples[row] for row in _coded(snapshot)]
    texts = {text_key(e.passage.text) for e in seen if e.origin != "synthetic" and _long(e)}
    return Support(
        tuple(_excerpt(snapshot.examples[row]) for row in kept),
        np.ascontiguousarray(embeddings[kept], dtype=np.float32),
        tuple(keys for _, keys in sorted(snapshot.documents().items())),
        frozenset(texts),
        frozenset(example.segment_id for example in seen if example.segment_id),
        _real(seen),
        few_groups=snapshot.few_groups,
    )


def _long(example: Example) -> bool:
    return len(" ".join(example.passage.text.split())) >= MIN_TEXT


def _chosen(snapshot: Snapshot, coded: list[int], seed: int) -> list[int]:
    """Return all coded segments, or, of too many, a random part to which each code gives the same share."""
    if len(coded) <= _MOST:
        return coded
    order = np.random.default_rng(seed).permutation(np.array(coded))
    carriers: dict[tuple[str, str], list[int]] = {}
    for row in order:
        for dimension, codes in snapshot.examples[row].truth.items():
            for code in codes:
                carriers.setdefault((dimension, code), []).append(int(row))
    share = _MOST // max(1, len(carriers))
    first = [row for found in carriers.values() for row in found[:share]]
    return sorted(list(dict.fromkeys([*first, *(int(row) for row in order)]))[:_MOST])


def _excerpt(example: Example) -> Excerpt:
    return Excerpt(
        example.passage.text,
        example.document_id,
        example.participant_id,
        example.group,
        dict(example.truth),
        example.origin,
        example.project,
        example.segment_id,
    )


def _real(examples: list[Example]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for example in examples:
        for dimension, codes in example.truth.items():
            counts = found.setdefault(dimension, Counter())
            counts.update(codes if example.origin != "synthetic" else ())
    return {dimension: dict(sorted(counts.items())) for dimension, counts in sorted(found.items())}


@dataclass(frozen=True)
class Aside:
    """Segments that a model gives no advice on whatever its heads say, as found out of fold."""

    min_words: int
    familiar: float
    #: Of each segment of the snapshot: too short, or unlike other participants' excerpts.
    abstained: NDArray[np.bool_]

    @classmethod
    def of(cls, material: Material, kept: list[int]) -> "Aside":
        """Choose the limits from the snapshot's own segments, held against the excerpts to be kept."""
        snapshot = material.snapshot
        counts = np.array([features.words(example.passage.text) for example in snapshot.examples])
        coded = np.array([bool(example.truth) for example in snapshot.examples])
        short = float((counts[coded] < _MIN_WORDS).mean())
        min_words = 1 if short >= _SHORT_SHARE else _MIN_WORDS
        if snapshot.few_groups:
            return cls(min_words, -1.0, counts < min_words)
        nearest = _nearest(material, kept).round(4)
        least, middle = np.quantile(nearest[coded], [_LEAST_FAMILIAR, 0.5])
        familiar = round(float(least - _BELOW * (middle - least)), 4)
        return cls(min_words, familiar, (counts < min_words) | (nearest < familiar))


def _nearest(material: Material, kept: list[int]) -> NDArray[np.float32]:
    """Return each segment's similarity to the nearest excerpt of another group, to an encoder that has not seen it."""
    own = material.served.matrices.groups
    out = np.zeros(len(own), dtype=np.float32)
    tuned = len(material.views) > 1
    for fold in np.unique(material.folds) if tuned else (None,):
        embeddings = material.view(None if fold is None else int(fold)).embedded.segment
        excerpts = embeddings[kept].T
        mine = np.flatnonzero(material.folds == fold) if tuned else np.arange(len(own))
        for start in range(0, len(mine), _ROWS_AT_ONCE):
            rows = mine[start : start + _ROWS_AT_ONCE]
            similarity = embeddings[rows] @ excerpts
            similarity[own[rows][:, None] == own[kept]] = -1.0
            out[rows] = similarity.max(axis=1)
    return out
