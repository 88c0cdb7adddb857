"""Turns a sentence-transformers folder into one graph, text ids in and unit vectors out.

Run as a script, in a process of its own: the only place of suggesting that loads torch, and only once per encoder.
It stands alone (nothing of `service` is imported), so that it runs whatever the working folder is.
"""

import hashlib
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

#: Exit status where the model loads but can't be expressed as one graph; torch can still serve it.
UNSUPPORTED = 3
#: Exit status where the folder can't be loaded at all.
UNLOADABLE = 4

_LONGEST = 8192
_PROBES = (
    "Yes.",
    "We talked about what safety means here.",
    "I keep going back to that first meeting, because nobody had asked us before what we needed. " * 3,
    "Ça fait longtemps qu’on travaille ensemble – vingt ans, peut-être.",
    "well it was uh it was kind of a long day you know and then they said come back on tuesday " * 12,
)


def main(folder: Path, target: Path) -> int:
    """Write the graph, its tokenizer and its facts into `target`; return the exit status."""
    _stay_offline()
    try:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except Exception as problem:  # whatever a foreign folder makes the loader raise
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return UNLOADABLE
    try:
        _write(model, target)
    except Exception as problem:  # likewise: not every model can be traced
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return UNSUPPORTED
    return 0


def _stay_offline() -> None:
    os.environ.update(
        HF_HUB_OFFLINE="1",
        TRANSFORMERS_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        TOKENIZERS_PARALLELISM="false",
    )
    # Importing openvino sends an event to its makers unless this package is out of reach.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    warnings.simplefilter("ignore")


def _write(model: Any, target: Path) -> None:
    import openvino

    facts = _facts(model)
    tokenizer = model.tokenizer.backend_tokenizer
    graph = _graph(model)
    openvino.save_model(graph, target / "model.xml", compress_to_fp16=False)
    tokenizer.no_padding()
    tokenizer.enable_truncation(facts["max_length"])
    tokenizer.save(str(target / "tokenizer.json"))
    _check(model, target, facts)
    facts["sha256"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(target.iterdir())}
    (target / "encoder.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _facts(model: Any) -> dict[str, Any]:
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    lengths = [model.max_seq_length, getattr(config, "max_position_embeddings", None), _LONGEST]
    return {
        "size": int(model.get_embedding_dimension()),
        "max_length": int(min(length for length in lengths if length)),
        "pad_id": int(model.tokenizer.pad_token_id or 0),
        "prompt": str(model.prompts.get(model.default_prompt_name) or ""),
    }


def _graph(model: Any) -> Any:
    import openvino
    import torch

    class Pooled(torch.nn.Module):
        """The whole model as one function of ids and mask, ending in unit vectors."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

    # Two lengths: a mask of ones alone could be traced away.
    coded = model.tokenizer(list(_PROBES[:2]), padding=True, truncation=True, return_tensors="pt")
    example = {name: coded[name] for name in ("input_ids", "attention_mask")}
    with torch.no_grad():
        return openvino.convert_model(Pooled().eval(), example_input=example)


def _check(model: Any, target: Path, facts: dict[str, Any]) -> None:
    """Raise unless the written graph and tokenizer give what the model itself gives."""
    import numpy as np
    import openvino
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(target / "tokenizer.json"))
    tokenizer.enable_padding(pad_id=facts["pad_id"])
    coded = tokenizer.encode_batch([facts["prompt"] + text for text in _PROBES])
    inputs = [np.array([c.ids for c in coded]), np.array([c.attention_mask for c in coded])]
    compiled = openvino.Core().compile_model(target / "model.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    ours = compiled(inputs)[0]
    theirs = model.encode(list(_PROBES), normalize_embeddings=True, show_progress_bar=False)
    if float(np.min(np.sum(ours * theirs, axis=1))) < 0.9999:
        raise ValueError("the graph's vectors differ from the model's")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
