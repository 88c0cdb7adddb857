"""The datasets that learning is measured on, and the one split of each that every method sees.

Documents are divided into three parts of like size, those of one group (`service.domain.groups`) in the same part. Each
part is judged by a model of the two others. TalkMoves, which has 146,011 segments, is judged on its first part alone.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.domain.codebook import Codebook
from service.domain.excerpts import CodingRow
from service.readers.codebook import read_codebook
from service.readers.excerpts import read_rows
from service.suggest.held_out import HeldOut, segment_key
from training import dataset, material
from training.dataset import Example, Snapshot
from training.heads import Target
from training.retrain import Material

DATASETS = ("annomi", "ctrlshift", "jaioh", "mlss", "serdif", "talkmoves")
FOLDS = 3
#: Fitting three times on all of it would take hours more and say little more.
_JUDGED = {"talkmoves": (0,)}
#: Speakers whose segments nobody would code: SERDIF's printed task sheet is the same in each session.
_UNSCORED = {"serdif": "task"}

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Corpus:
    """One dataset, frozen as for training."""

    name: str
    #: Of the file.
    sha256: str
    rows: tuple[CodingRow, ...]
    snapshot: Snapshot

    @property
    def folds(self) -> tuple[int, ...]:
        """The parts that are judged."""
        return _JUDGED.get(self.name, tuple(range(FOLDS)))

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """What is true on each dimension; `rows` are places among the examples."""
        return material.targets(self.snapshot)

    @cached_property
    def fold_of(self) -> Mapping[str, int]:
        """The part of each document."""
        parts = divide(Counter(example.group for example in self.snapshot.examples))
        return {example.document_id: parts[example.group] for example in self.snapshot.examples}

    @cached_property
    def _fold(self) -> Rows:
        return np.array([self.fold_of[example.document_id] for example in self.snapshot.examples], np.int64)

    @cached_property
    def _scored(self) -> Mask:
        unscored = _UNSCORED.get(self.name)
        return np.array([example.passage.speaker != unscored for example in self.snapshot.examples], np.bool_)

    def learned(self, dimension: str, fold: int) -> Target:
        """Return what there is to learn on a dimension where a part is judged."""
        target = self.targets[dimension]
        return target.part(self._fold[target.rows] != fold)

    def judged(self, dimension: str, fold: int) -> Target:
        """Return what is to be judged on a dimension in a part."""
        target = self.targets[dimension]
        return target.part((self._fold[target.rows] == fold) & self._scored[target.rows])

    def examples(self, target: Target) -> list[Example]:
        """Return a target's segments."""
        return [self.snapshot.examples[row] for row in target.rows]

    def texts(self, target: Target) -> list[str]:
        """Return the texts of a target's segments."""
        return [example.passage.text for example in self.examples(target)]

    def material(self, fold: int) -> Material:
        """Return all that is learned from where a part is judged."""
        return Material(tuple(self._others(fold)), self.snapshot.codebook)

    def few(self, target: Target, fold: int) -> Material:
        """Return some segments on one dimension as what is coded so far; the rest of their documents is only read."""
        places = {(example.document_id, example.position, target.dimension) for example in self.examples(target)}
        others = tuple(self._others(fold))
        rows = tuple(row for row in others if row.place in places)
        return Material(rows, alone(self.snapshot.codebook, target.dimension)).amid(others)

    def _others(self, fold: int) -> Iterator[CodingRow]:
        return (row for row in self.rows if self.fold_of[row.document_id] != fold)


def load(folder: Path) -> Corpus:
    """Read a dataset from its folder: `open.parquet` and `codebook.json`."""
    file = folder / "open.parquet"
    rows = read_rows(file)
    codebook = read_codebook(folder / "codebook.json", dataset.infer_select(rows))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Corpus(folder.name, digest, rows, dataset.freeze(rows, codebook))


def divide(sizes: Mapping[str, int]) -> dict[str, int]:
    """Return the part of each group: the largest first, each into the part that is smallest so far."""
    filled = [0] * FOLDS
    parts: dict[str, int] = {}
    for name in sorted(sizes, key=lambda group: (-sizes[group], group)):
        parts[name] = filled.index(min(filled))
        filled[parts[name]] += sizes[name]
    return parts


def alone(codebook: Codebook, dimension: str) -> Codebook:
    """Return a codebook of one of its dimensions."""
    return replace(codebook, dimensions=(codebook.dimension(dimension),))


def draw(target: Target, count: int, seed: int) -> Target:
    """Return so many examples of each code, or all there are; where several codes are taken, of "none applies" too.

    A segment with two codes is an example of both. The rarest code is served first.
    """
    outcomes = np.hstack([target.truth, ~target.truth.any(axis=1, keepdims=True)])
    order = np.random.default_rng(seed).permutation(len(outcomes))
    chosen = np.zeros(len(outcomes), dtype=np.bool_)
    for code in np.argsort(outcomes.sum(axis=0), kind="stable"):
        free = order[outcomes[order, code] & ~chosen[order]]
        chosen[free[: max(0, count - int(outcomes[chosen, code].sum()))]] = True
    return target.part(chosen)


def held_out(corpus: Corpus, judged: Target, best: Mask, probabilities: NDArray[np.float64]) -> HeldOut:
    """Lay out what a method said of what was to be judged, so that all are measured alike."""
    examples = corpus.examples(judged)
    return HeldOut(
        judged.codes,
        judged.select,
        np.array([example.group for example in examples], dtype=np.str_),
        judged.truth,
        best,
        probabilities,
        best,
        np.zeros(len(examples), dtype=np.bool_),
        np.array([segment_key(example.passage) for example in examples], dtype=np.uint64),
    )
