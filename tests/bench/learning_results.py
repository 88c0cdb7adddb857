"""Results of measuring, one JSON line each, so that a run that was stopped goes on where it was.

What a method said lies beside it as arrays, by segment and without any text: figures are computed from these by the
product's own measures, over all parts of a split together.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from service import files
from service.suggest.held_out import HeldOut

_ARRAYS = ("groups", "truth", "best", "probabilities", "in_set", "abstained", "keys")


@dataclass(frozen=True)
class Key:
    """What a result is of; where anything in it changes, it is another result."""

    dataset: str
    #: Of the dataset's file, shortened.
    data: str
    dimension: str
    method: str
    #: The part that is judged.
    fold: int
    #: Of what the method consists: versions, limits, a digest of the code.
    how: str

    @cached_property
    def id(self) -> str:
        """Names its file."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:20]


class Results:
    """A folder of results."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines = folder / "results.jsonl"
        self._facts = _read(self._lines)

    def facts(self, key: Key) -> Mapping[str, Any] | None:
        """Return what is known of a result; None where it has still to be computed."""
        return self._facts.get(key.id)

    def held(self, key: Key) -> HeldOut:
        """Return what a method said."""
        with np.load(self._folder / f"{key.id}.npz", allow_pickle=False) as found:
            codes, select = tuple(found["codes"].tolist()), found["select"].item()
            return HeldOut(codes, select, *(found[name] for name in _ARRAYS))

    def add(self, key: Key, facts: Mapping[str, Any], held: HeldOut | None = None) -> None:
        """Keep a result: first what was said, then the line that makes it count."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if held is not None:
            self._keep(key, held)
        whole = not self._lines.exists() or self._lines.read_bytes()[-1:] in (b"", b"\n")
        with self._lines.open("a", encoding="utf-8") as file:
            file.write(("" if whole else "\n") + json.dumps({"id": key.id, "key": asdict(key), **facts}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._facts[key.id] = dict(facts)

    def _keep(self, key: Key, held: HeldOut) -> None:
        parts = {name: getattr(held, name) for name in _ARRAYS}
        with files.replacing(self._folder / f"{key.id}.npz", "wb") as file:
            np.savez_compressed(file, codes=np.array(held.codes), select=np.array(held.select), **parts)


def _read(lines: Path) -> dict[str, dict[str, Any]]:
    """Return the facts by id; a line that was cut off while it was written does not count."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines.read_text("utf-8").splitlines() if lines.exists() else ():
        try:
            raw = json.loads(line)
            found[raw["id"]] = {name: value for name, value in raw.items() if name not in ("id", "key")}
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def together(parts: Sequence[HeldOut]) -> HeldOut:
    """Return what was said of all parts of a split as one."""
    first = parts[0]
    return HeldOut(
        first.codes, first.select, *(np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS)
    )
