"""What heads are fitted on: a snapshot's segments as an encoder sees them, their words, and their folds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from service.domain import groups
from service.domain.codebook import Dimension
from service.suggest import features, prototypes
from service.suggest.encoder import Encoder
from service.suggest.features import Embedded, Vocabulary
from service.suggest.prototypes import Prototypes
from service.suggest.scorer import Array, Head
from training import heads, matrices
from training.dataset import Snapshot
from training.heads import Strength, Target
from training.matrices import Matrices

#: Told what is being done and how much of it, from 0 to 1.
Progress = Callable[[str, float], None]

#: Beyond so many segments fewer splits say as much as ten, in a part of the time.
_MANY_SEGMENTS = 3000
_FEW_FOLDS = 5
LARGE = 20_000
_LEAST_FOLDS = 3
#: Strengths are tried on so many coarse splits.
TRIAL_FOLDS = 3
_ENCODED_AT_ONCE = 512


def quiet(stage: str, share: float) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class View:
    """A snapshot's segments as one encoder sees them."""

    embedded: Embedded
    matrices: Matrices
    prototypes: Mapping[str, Prototypes]

    def shares(self, dimension: str, rows: NDArray[np.int64]) -> Array:
        """Return what the definitions alone say of some segments."""
        return self.prototypes[dimension].score(self.embedded.segment[rows]).share


@dataclass(frozen=True)
class Material:
    """What all dimensions are fitted on."""

    snapshot: Snapshot
    #: The encoder that the model will serve with.
    encoder: Encoder
    #: Of each segment.
    folds: NDArray[np.int64]
    #: By the fold that the encoder has not seen; where it has seen none of the codings, there is one, under None.
    views: Mapping[int | None, View]
    _vocabularies: dict[int | None, Vocabulary] = field(default_factory=dict)

    @property
    def served(self) -> View:
        """The segments as the model's own encoder sees them."""
        return self.views[None]

    def view(self, without: int | None) -> View:
        """Return the segments as an encoder sees them that has not seen a fold."""
        return self.views.get(without, self.served)

    def coarse(self) -> "Material":
        """Return the same with fewer splits."""
        return replace(self, folds=self.folds % TRIAL_FOLDS, _vocabularies={})

    def vocabulary(self, without: int | None = None) -> Vocabulary:
        """Return the weighted terms of all segments but those of one fold."""
        if without not in self._vocabularies:
            kept = np.arange(len(self.folds)) if without is None else np.flatnonzero(self.folds != without)
            self._vocabularies[without] = self.served.matrices.vocabulary(kept)
        return self._vocabularies[without]

    def fit(self, target: Target, strength: Strength, *, none: bool, without: int | None = None) -> Head:
        """Fit a head on the segments of a target, none of which is of the fold that it is to be without."""
        view = self.view(without)
        inputs = view.matrices.inputs(target.rows, self.vocabulary(without))
        return heads.fit(target, inputs, view.embedded.segment.shape[1], none, strength)

    def score(self, head: Head, rows: NDArray[np.int64], without: int | None = None) -> Array:
        """Return the scores of some segments by a head fitted without a fold."""
        inputs = self.view(without).matrices.inputs(rows, self.vocabulary(without))
        weights = np.hstack([head.dense, head.terms]).T
        return inputs.times(weights).astype(np.float64) + head.bias


def prepare(snapshot: Snapshot, encoder: Encoder, seed: int, progress: Progress) -> Material:
    """Encode a snapshot, count its words and divide it into folds."""
    embedded = embed(snapshot, encoder, lambda share: progress("encoding", share))
    progress("counting words", 1.0)
    passages = [example.passage for example in snapshot.examples]
    built = matrices.build([p.text for p in passages], embedded, _group(snapshot), words=not snapshot.few_groups)
    view = View(embedded, built, prototypes.build(snapshot.codebook, encoder))
    return Material(snapshot, encoder, folds(snapshot, seed), {None: view})


def seen_by(snapshot: Snapshot, encoder: Encoder, words: Matrices, tell: Callable[[float], None]) -> View:
    """Return a snapshot as another encoder sees it; its words are the same."""
    embedded = embed(snapshot, encoder, tell)
    return View(embedded, replace(words, dense=embedded.dense()), prototypes.build(snapshot.codebook, encoder))


def within(progress: Progress, start: float, width: float) -> Progress:
    """Return how to tell of a part of the whole."""
    return lambda stage, share: progress(stage, start + width * share)


def _group(snapshot: Snapshot) -> NDArray[np.int64]:
    place = {name: index for index, name in enumerate(snapshot.groups)}
    return np.array([place[example.group] for example in snapshot.examples], dtype=np.int64)


def embed(snapshot: Snapshot, encoder: Encoder, tell: Callable[[float], None]) -> Embedded:
    """Encode in pieces, so that progress shows; neighbours are mostly segments too and encoded once."""
    passages = [example.passage for example in snapshot.examples]
    texts = features.texts_read(passages)
    known: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(texts), _ENCODED_AT_ONCE):
        tell(start / len(texts))
        part = texts[start : start + _ENCODED_AT_ONCE]
        known.update(zip(part, encoder.encode(part), strict=True))
    return features.embed(passages, _Known(encoder.encoder_id, encoder.size, known))


@dataclass(frozen=True)
class _Known:
    """Vectors already made, as an encoder."""

    encoder_id: str
    size: int
    vectors: dict[str, NDArray[np.float32]]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.vectors[text] for text in texts])


def folds(snapshot: Snapshot, seed: int) -> NDArray[np.int64]:
    """Return each segment's fold: by group, or, where there are too few groups to measure by, by hash."""
    if snapshot.few_groups:
        keys = [groups.key(f"{seed}:{e.document_id}:{e.position}") for e in snapshot.examples]
        return np.array([key % _FEW_FOLDS for key in keys], dtype=np.int64)
    found = folds_by_group(snapshot, seed)
    if len(found) > LARGE:
        return found % _LEAST_FOLDS
    return found % _FEW_FOLDS if len(found) > _MANY_SEGMENTS else found


def folds_by_group(snapshot: Snapshot, seed: int) -> NDArray[np.int64]:
    """Return the fold of each segment's group, of ten."""
    of_group = groups.folds(snapshot.groups, seed)
    return np.array([of_group[example.group] for example in snapshot.examples], dtype=np.int64)


def targets(snapshot: Snapshot) -> dict[str, Target]:
    """Lay out what is true on each dimension, those left out on which no segment carries a code."""
    found = {d.id: _target(snapshot, d) for d in snapshot.codebook.dimensions if d.active}
    return {name: target for name, target in found.items() if target.truth.any()}


def _target(snapshot: Snapshot, dimension: Dimension) -> Target:
    codes = tuple(code.id for code in dimension.active)
    rows = [row for row, example in enumerate(snapshot.examples) if dimension.id in example.truth]
    truth = np.zeros((len(rows), len(codes)), dtype=np.bool_)
    for place, row in enumerate(rows):
        truth[place] = [code in snapshot.examples[row].truth[dimension.id] for code in codes]
    return Target(dimension.id, dimension.select, codes, truth, np.array(rows, dtype=np.int64))
