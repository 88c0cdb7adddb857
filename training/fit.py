"""Fit a model to a snapshot: heads per dimension, calibrated and measured on participants held out in turn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import scipy
import sklearn
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from service.domain import groups
from service.domain.codebook import Dimension
from service.domain.excerpts import SYNTHETIC
from service.suggest import bundle, definitions, features, prototypes
from service.suggest.calibration import Verdict
from service.suggest.encoder import Encoder
from service.suggest.features import Embedded, Vocabulary
from service.suggest.held_out import HeldOut, segment_key
from service.suggest.model import Bundle, DimensionModel, Manifest, Settings, SnapshotInfo
from service.suggest.prototypes import Prototypes
from service.suggest.scorer import Array, Head
from training import calibrate, card, figures, heads, matrices, report, support
from training.again import Again
from training.calibrate import Unseen
from training.dataset import Snapshot
from training.heads import Strength, Target
from training.matrices import Matrices

#: Told what is being done and how much of it, from 0 to 1.
Progress = Callable[[str, float], None]

#: Tried on each dimension; what makes unseen truth least surprising is kept.
_FREEDOMS = (2.0, 10.0)
_NEIGHBOURS = (0.3, 1.0)
_WINDOWS = (0.4, 1.2)
#: Beyond so many segments fewer splits say as much as ten, in a part of the time.
_MANY_SEGMENTS = 3000
_FEW_FOLDS = 5
_LARGE = 20_000
_LEAST_FOLDS = 3
#: Strengths are tried on coarse splits of no more than this many segments.
_TRIAL_FOLDS = 3
_TRIAL_SEGMENTS = 10_000
_ENCODED_AT_ONCE = 512


def quiet(stage: str, share: float) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class _Material:
    """What all dimensions are fitted on."""

    snapshot: Snapshot
    embedded: Embedded
    matrices: Matrices
    #: Of each segment.
    folds: NDArray[np.int64]
    prototypes: dict[str, Prototypes]
    _vocabularies: dict[int | None, Vocabulary] = field(default_factory=dict)

    def vocabulary(self, without: int | None = None) -> Vocabulary:
        """Return the weighted terms of all segments but those of one fold."""
        if without not in self._vocabularies:
            kept = np.arange(len(self.folds)) if without is None else np.flatnonzero(self.folds != without)
            self._vocabularies[without] = self.matrices.vocabulary(kept)
        return self._vocabularies[without]

    def fit(self, target: Target, vocabulary: Vocabulary, strength: Strength, *, none: bool) -> Head:
        """Fit a head on the segments of a target."""
        columns = self.matrices.columns(target.rows, vocabulary)
        return heads.fit(target, columns, self.embedded.segment.shape[1], none, strength)

    def score(self, head: Head, vocabulary: Vocabulary, rows: NDArray[np.int64]) -> Array:
        """Return a head's scores of some segments."""
        columns = self.matrices.columns(rows, vocabulary)
        width = self.matrices.dense.shape[1]
        return np.asarray(columns[:, :width] @ head.dense.T + columns[:, width:] @ head.terms.T + head.bias, np.float64)


@dataclass(frozen=True)
class _Fitted:
    """One dimension with what it says of segments out of fold."""

    target: Target
    model: DimensionModel
    strength: Strength
    #: None where too few participants were coded on it to say anything about unseen ones.
    verdict: Verdict | None


def fit_head(snapshot: Snapshot, encoder: Encoder, seed: int = 0, progress: Progress = quiet) -> Bundle:
    """Fit a calibrated head per dimension; the same snapshot, encoder and seed give the same model.

    Args:
        snapshot: frozen coded excerpts.
        encoder: the encoder that the model will serve with.
        seed: of the splits.
        progress: told how far it is.

    Raises:
        BadExcerpts: there is nothing to learn (already refused by `dataset.freeze`).
    """
    material = _prepare(snapshot, encoder, seed, progress)
    # One thread, where that is no slower: how many share a sum changes its last digits, and with them the model's id.
    with threadpool_limits(1 if len(snapshot.examples) <= _LARGE else None):
        fitted = _fit_dimensions(material, progress)
        return _bundle(material, fitted, encoder, seed, progress)


def _fit_dimensions(material: _Material, progress: Progress) -> dict[str, _Fitted]:
    dimensions = [d for d in material.snapshot.codebook.dimensions if d.active]
    fitted: dict[str, _Fitted] = {}
    for number, dimension in enumerate(dimensions):
        progress(f"fitting {dimension.id}", 0.4 + 0.35 * number / len(dimensions))
        target = _target(material.snapshot, dimension)
        if target is not None:
            fitted[dimension.id] = _dimension(material, target)
    return fitted


def _prepare(snapshot: Snapshot, encoder: Encoder, seed: int, progress: Progress) -> _Material:
    passages = [example.passage for example in snapshot.examples]
    embedded = _embed(snapshot, encoder, progress)
    place = {name: index for index, name in enumerate(snapshot.groups)}
    group = np.array([place[example.group] for example in snapshot.examples], dtype=np.int64)
    progress("counting words", 0.35)
    built = matrices.build([p.text for p in passages], embedded, group, words=not snapshot.few_groups)
    return _Material(snapshot, embedded, built, _folds(snapshot, seed), prototypes.build(snapshot.codebook, encoder))


def _embed(snapshot: Snapshot, encoder: Encoder, progress: Progress) -> Embedded:
    """Encode in pieces, so that progress shows; neighbours are mostly segments too and encoded once."""
    passages = [example.passage for example in snapshot.examples]
    texts = features.texts_read(passages)
    known: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(texts), _ENCODED_AT_ONCE):
        progress("encoding", 0.35 * start / len(texts))
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


def _folds(snapshot: Snapshot, seed: int) -> NDArray[np.int64]:
    """Return each segment's fold: by group, or, where there are too few groups to measure by, by hash."""
    if snapshot.few_groups:
        keys = [groups.key(f"{seed}:{e.document_id}:{e.position}") for e in snapshot.examples]
        return np.array([key % _FEW_FOLDS for key in keys], dtype=np.int64)
    of_group = groups.folds(snapshot.groups, seed)
    found = np.array([of_group[example.group] for example in snapshot.examples], dtype=np.int64)
    if len(found) > _LARGE:
        return found % _LEAST_FOLDS
    return found % _FEW_FOLDS if len(found) > _MANY_SEGMENTS else found


def _target(snapshot: Snapshot, dimension: Dimension) -> Target | None:
    """Lay out what is true on one dimension; None where no segment carries a code."""
    codes = tuple(code.id for code in dimension.active)
    rows = [row for row, example in enumerate(snapshot.examples) if dimension.id in example.truth]
    truth = np.zeros((len(rows), len(codes)), dtype=np.bool_)
    for place, row in enumerate(rows):
        truth[place] = [code in snapshot.examples[row].truth[dimension.id] for code in codes]
    if not truth.any():
        return None
    return Target(dimension.id, dimension.select, codes, truth, np.array(rows, dtype=np.int64))


def _dimension(material: _Material, target: Target) -> _Fitted:
    groups_coded = {material.snapshot.examples[row].group for row in target.rows}
    stated = len(groups_coded) >= groups.MIN_GROUPS
    strength = _choose(material, target)
    unseen = _unseen(material, target, strength)
    head = material.fit(target, material.vocabulary(), strength, none=target.none)
    found = calibrate.calibrate(head, unseen, stated=stated)
    model = DimensionModel(material.prototypes[target.dimension], head, found)
    return _Fitted(target, model, strength, calibrate.crossed(head, unseen, stated=stated) if stated else None)


def _choose(material: _Material, target: Target) -> Strength:
    """Try a few strengths on coarse splits: how free the head may be, then how much it heeds what stands around."""
    coarse = replace(material, folds=material.folds % _TRIAL_FOLDS, _vocabularies={})
    order = np.random.default_rng(0).permutation(len(target.rows))
    some = target.part(np.sort(order[:_TRIAL_SEGMENTS]))

    def surprise(strength: Strength) -> float:
        return _surprise(_unseen(coarse, some, strength))

    found = min((Strength(freedom=freedom) for freedom in _FREEDOMS), key=surprise)
    found = min((replace(found, windows=windows) for windows in _WINDOWS), key=surprise)
    return min((replace(found, neighbours=neighbours) for neighbours in _NEIGHBOURS), key=surprise)


def _surprise(unseen: Unseen) -> float:
    truth, logits = unseen.target.truth, unseen.logits
    if not len(truth):
        return 0.0
    if unseen.target.select == "many":
        return float(np.logaddexp(0.0, np.where(truth, -logits, logits)).mean())
    outcome = np.where(truth.any(axis=1), truth.argmax(axis=1), logits.shape[1] - 1)
    total = np.logaddexp.reduce(logits, axis=1)
    return float((total - logits[np.arange(len(logits)), outcome]).clip(max=20.0).mean())


def _unseen(material: _Material, target: Target, strength: Strength) -> Unseen:
    """Score each segment with a head fitted without its fold."""
    folds = material.folds[target.rows]
    logits = np.zeros((len(folds), len(target.codes) + target.none))
    for fold in np.unique(folds):
        mine = folds == fold
        if mine.all():  # nothing was held out, so there is nothing to calibrate by
            return Unseen(target.part(~mine), logits[~mine], logits[~mine, : len(target.codes)], folds[~mine])
        vocabulary = material.vocabulary(int(fold))
        head = material.fit(target.part(~mine), vocabulary, strength, none=target.none)
        logits[mine] = material.score(head, vocabulary, target.rows[mine])
    segments = material.embedded.segment[target.rows]
    return Unseen(target, logits, material.prototypes[target.dimension].score(segments).share, folds)


def _bundle(material: _Material, fitted: dict[str, _Fitted], encoder: Encoder, seed: int, progress: Progress) -> Bundle:
    snapshot = material.snapshot
    dimensions = {name: DimensionModel(built) for name, built in material.prototypes.items()}
    dimensions |= {name: found.model for name, found in fitted.items()}
    rests_on = support.build(snapshot, material.embedded.segment, seed)
    aside = support.Aside.of(snapshot, material.embedded.segment, rests_on)
    manifest = Manifest(
        "",
        "head",
        snapshot.codebook.name,
        snapshot.codebook.version,
        encoder.encoder_id,
        encoder.size,
        _info(snapshot),
        seed,
        Settings(aside.min_words, aside.familiar, _fitting(fitted)),
        {**definitions.libraries(), "scikit-learn": sklearn.__version__, "scipy": scipy.__version__},
        datetime.now(UTC).isoformat(timespec="seconds"),
        on_invented_text=set(snapshot.origins()) == {SYNTHETIC},
    )
    held = {} if snapshot.few_groups else _held_out(snapshot, fitted, aside.abstained)
    found = _metrics(material, fitted, held, seed, progress)
    progress("writing", 0.95)
    unnamed = Bundle(manifest, snapshot.codebook, dimensions, material.vocabulary(), rests_on, found, held)
    named = bundle.finish(unnamed)
    return replace(named, card=card.model_card(named, found), report=report.build(named))


def _info(snapshot: Snapshot) -> SnapshotInfo:
    documents = {example.document_id for example in snapshot.coded}
    participants = {example.participant_id for example in snapshot.coded}
    counts = len(documents), len(participants), len(snapshot.coded)
    return SnapshotInfo(snapshot.sha256, *counts, snapshot.origins(), dict(snapshot.left_out))


def _fitting(fitted: dict[str, _Fitted]) -> dict[str, Any]:
    return {name: asdict(found.strength) for name, found in fitted.items()}


def _metrics(
    material: _Material, fitted: Mapping[str, _Fitted], held: Mapping[str, HeldOut], seed: int, progress: Progress
) -> dict[str, Any]:
    """Return the measures out of fold, or the reason why there are none."""
    snapshot = material.snapshot
    if snapshot.few_groups:
        return dict(definitions.NO_METRICS)
    coarse = replace(material, folds=material.folds % _TRIAL_FOLDS, _vocabularies={})
    dimensions: dict[str, Any] = {}
    for number, (name, found) in enumerate(held.items()):
        progress(f"measuring {name}", 0.75 + 0.2 * number / len(held))
        dimensions[name] = figures.figures(
            snapshot, name, found, figures.Ways(_again(material, fitted[name]), _again(coarse, fitted[name])), seed
        )
    return {
        "documents": len({example.document_id for example in snapshot.coded}),
        "segments": len(snapshot.coded),
        "on_invented_text": set(snapshot.origins()) == {SYNTHETIC},
        "dimensions": dimensions,
    }


def _again(material: _Material, found: _Fitted) -> Again:
    """Return a way to fit a dimension's head anew on some of its segments, as strongly as it was fitted."""

    def refit(part: Target, fold: int, rows: NDArray[np.int64]) -> tuple[Head, Array, Array]:
        vocabulary = material.vocabulary(fold)
        head = material.fit(part, vocabulary, found.strength, none=found.target.none)
        shares = material.prototypes[part.dimension].score(material.embedded.segment[rows]).share
        return head, material.score(head, vocabulary, rows), shares

    return Again(found.target, material.folds, refit)


def _held_out(snapshot: Snapshot, fitted: Mapping[str, _Fitted], aside: NDArray[np.bool_]) -> dict[str, HeldOut]:
    """Lay out what was said of segments out of fold, by dimension."""
    group = np.array([example.group for example in snapshot.examples], dtype=np.str_)
    keys = np.array([segment_key(example.passage) for example in snapshot.examples], dtype=np.uint64)
    return {
        name: HeldOut(
            found.target.codes,
            found.target.select,
            group[found.target.rows],
            found.target.truth,
            found.verdict.best,
            found.verdict.probabilities,
            found.verdict.in_set,
            found.verdict.uncertain | aside[found.target.rows],
            keys[found.target.rows],
        )
        for name, found in fitted.items()
        if found.verdict is not None
    }
