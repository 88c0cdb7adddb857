"""Fit a model to a snapshot: heads per dimension, calibrated and measured on participants held out in turn."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import scipy
import sklearn
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from service.domain import groups
from service.domain.excerpts import SYNTHETIC
from service.suggest import bundle, definitions
from service.suggest.calibration import Verdict
from service.suggest.encoder import Encoder
from service.suggest.held_out import HeldOut, segment_key
from service.suggest.model import Bundle, DimensionModel, Manifest, Settings, SnapshotInfo
from service.suggest.openvino_graph import Graph
from service.suggest.scorer import Array, Head, sigmoid
from training import calibrate, card, figures, material, report, support
from training.again import Again
from training.calibrate import Unseen
from training.dataset import Snapshot
from training.heads import Strength, Target
from training.material import Material, Progress, quiet

#: Strengths are tried on no more than this many segments.
_TRIAL_SEGMENTS = 2500
#: A head on few examples says rare codes too seldom, even for accuracy: most of their rarity is given back to them
#: (Menon et al. 2021, "Long-tail learning via logit adjustment").
_BALANCE = 0.7


@dataclass(frozen=True)
class Trials:
    """What is tried on each dimension, one after the other; what comes nearest to unseen truth is kept."""

    start: Strength
    freedoms: tuple[float, ...]
    windows: tuple[float, ...] = (0.4, 1.2)
    neighbours: tuple[float, ...] = (0.3, 1.0)


_HEAD = Trials(Strength(), (2.0, 10.0))
#: A tuned encoder has seen the codings that its heads are fitted on, and holds most of what words can tell.
TUNED = Trials(Strength(terms=0.5), (0.1, 1.0, 5.0))


@dataclass(frozen=True)
class Fitted:
    """One dimension with what it says of segments out of fold."""

    target: Target
    model: DimensionModel
    strength: Strength
    #: None where too few participants were coded on it to say anything about unseen ones.
    verdict: Verdict | None


@dataclass(frozen=True)
class Candidate:
    """A model but for its measures, card and id."""

    material: Material
    fitted: Mapping[str, Fitted]
    #: The tuned encoder, if it is one's own.
    graph: Graph | None = None
    #: How it came about, for the manifest.
    tuning: Mapping[str, Any] = field(default_factory=dict)

    @property
    def snapshot(self) -> Snapshot:
        """What it was fitted on."""
        return self.material.snapshot

    def held_out(self) -> dict[str, HeldOut]:
        """Return what it said of segments out of fold, by dimension; whether it abstained is left open."""
        return _held_out(self.snapshot, self.fitted, np.zeros(len(self.snapshot.examples), dtype=np.bool_))


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
    prepared = material.prepare(snapshot, encoder, seed, material.within(progress, 0.0, 0.4))
    found = candidate(prepared, progress=material.within(progress, 0.4, 0.35))
    return finish(found, seed, material.within(progress, 0.75, 0.25))


def candidate(prepared: Material, trials: Trials = _HEAD, progress: Progress = quiet) -> Candidate:
    """Fit and calibrate a head per dimension."""
    fitted: dict[str, Fitted] = {}
    laid_out = material.targets(prepared.snapshot)
    with _threads(prepared.snapshot):
        for number, (name, target) in enumerate(laid_out.items()):
            progress(f"fitting {name}", number / len(laid_out))
            fitted[name] = _dimension(prepared, target, trials)
    return Candidate(prepared, fitted)


def _threads(snapshot: Snapshot) -> threadpool_limits:
    """Take one thread, where that is no slower: how many share a sum changes its last digits, and with them the id."""
    return threadpool_limits(1 if len(snapshot.examples) <= material.LARGE else None)


def _dimension(prepared: Material, target: Target, trials: Trials) -> Fitted:
    groups_coded = {prepared.snapshot.examples[row].group for row in target.rows}
    stated = len(groups_coded) >= groups.MIN_GROUPS
    strength = _choose(prepared, target, trials)
    unseen = _unseen(prepared, target, strength)
    head = prepared.fit(target, strength, none=target.none)
    found = calibrate.calibrate(head, unseen, stated=stated)
    model = DimensionModel(prepared.served.prototypes[target.dimension], head, found)
    return Fitted(target, model, strength, calibrate.crossed(head, unseen, stated=stated) if stated else None)


def _choose(prepared: Material, target: Target, trials: Trials) -> Strength:
    """Try a few strengths on coarse splits: how free the head may be, then how much it heeds what stands around."""
    coarse = prepared.coarse()
    order = np.random.default_rng(0).permutation(len(target.rows))
    some = target.part(np.sort(order[:_TRIAL_SEGMENTS]))

    def fault(strength: Strength) -> float:
        return _fault(_unseen(coarse, some, strength))

    found = min((replace(trials.start, freedom=freedom) for freedom in trials.freedoms), key=fault)
    found = min((replace(found, windows=windows) for windows in trials.windows), key=fault)
    found = min((replace(found, neighbours=neighbours) for neighbours in trials.neighbours), key=fault)
    return replace(found, balance=_BALANCE)


def _fault(unseen: Unseen) -> float:
    """Return how far from the truth scores are, however they will be calibrated: the less, the better.

    `one`: how little the truth was expected at the best temperature, in nats. `many`: what the mean over the codes of
    the F1 that each can reach lacks to 1; log loss would weigh the many segments without a code above all.
    """
    truth, logits = unseen.target.truth, unseen.logits
    if not len(truth):
        return 0.0
    if unseen.target.select == "many":
        return 1.0 - calibrate.attainable(sigmoid(logits), truth)
    outcome = np.where(truth.any(axis=1), truth.argmax(axis=1), logits.shape[1] - 1)
    return min(_surprise(logits / temperature, outcome) for temperature in calibrate.TEMPERATURES)


def _surprise(logits: Array, outcome: NDArray[np.int64]) -> float:
    total = np.logaddexp.reduce(logits, axis=1)
    return float((total - logits[np.arange(len(logits)), outcome]).clip(max=20.0).mean())


def _unseen(prepared: Material, target: Target, strength: Strength) -> Unseen:
    """Score each segment with a head fitted without its fold, as an encoder sees it that has not seen it either."""
    folds = prepared.folds[target.rows]
    logits, shares = np.zeros((len(folds), len(target.codes) + target.none)), np.zeros(target.truth.shape)
    for fold in np.unique(folds):
        mine = folds == fold
        if mine.all():  # nothing was held out, so there is nothing to calibrate by
            return Unseen(target.part(~mine), logits[~mine], shares[~mine], folds[~mine])
        without = int(fold)
        head = prepared.fit(target.part(~mine), strength, none=target.none, without=without)
        logits[mine] = prepared.score(head, target.rows[mine], without)
        shares[mine] = prepared.view(without).shares(target.dimension, target.rows[mine])
    return Unseen(target, logits, shares, folds)


def finish(found: Candidate, seed: int, progress: Progress = quiet) -> Bundle:
    """Measure a candidate, write its card and report, and give it its id."""
    snapshot, served = found.snapshot, found.material.served
    dimensions = {name: DimensionModel(built) for name, built in served.prototypes.items()}
    dimensions |= {name: fitted.model for name, fitted in found.fitted.items()}
    kept = support.kept(snapshot, seed)
    aside = support.Aside.of(found.material, kept)
    with _threads(snapshot):
        held = {} if snapshot.few_groups else _held_out(snapshot, found.fitted, aside.abstained)
        metrics = _metrics(found, held, seed, progress)
    progress("writing", 0.95)
    unnamed = Bundle(
        _manifest(found, aside, seed),
        snapshot.codebook,
        dimensions,
        found.material.vocabulary(),
        support.build(snapshot, kept, served.embedded.segment),
        metrics,
        held,
        graph=found.graph,
    )
    named = bundle.finish(unnamed)
    return replace(named, card=card.model_card(named, metrics), report=report.build(named))


def _manifest(found: Candidate, aside: support.Aside, seed: int) -> Manifest:
    snapshot, encoder = found.snapshot, found.material.encoder
    return Manifest(
        "",
        "head" if found.graph is None else "tuned",
        snapshot.codebook.name,
        snapshot.codebook.version,
        encoder.encoder_id,
        encoder.size,
        _info(snapshot),
        seed,
        Settings(aside.min_words, aside.familiar, _fitting(found)),
        {**definitions.libraries(), "scikit-learn": sklearn.__version__, "scipy": scipy.__version__},
        datetime.now(UTC).isoformat(timespec="seconds"),
        on_invented_text=set(snapshot.origins()) == {SYNTHETIC},
    )


def _info(snapshot: Snapshot) -> SnapshotInfo:
    documents = {example.document_id for example in snapshot.coded}
    participants = {example.participant_id for example in snapshot.coded}
    counts = len(documents), len(participants), len(snapshot.coded)
    return SnapshotInfo(snapshot.sha256, *counts, snapshot.origins(), dict(snapshot.left_out))


def _fitting(found: Candidate) -> dict[str, Any]:
    strengths = {name: asdict(fitted.strength) for name, fitted in found.fitted.items()}
    return {"heads": strengths, **found.tuning}


def _metrics(found: Candidate, held: Mapping[str, HeldOut], seed: int, progress: Progress) -> dict[str, Any]:
    """Return the measures out of fold, or the reason why there are none."""
    snapshot, coarse = found.snapshot, found.material.coarse()
    if snapshot.few_groups:
        return dict(definitions.NO_METRICS)
    dimensions: dict[str, Any] = {}
    for number, (name, said) in enumerate(held.items()):
        progress(f"measuring {name}", 0.9 * number / len(held))
        ways = figures.Ways(_again(found.material, found.fitted[name]), _again(coarse, found.fitted[name]))
        dimensions[name] = figures.figures(snapshot, name, said, ways, seed)
    return {
        "documents": len({example.document_id for example in snapshot.coded}),
        "segments": len(snapshot.coded),
        "on_invented_text": set(snapshot.origins()) == {SYNTHETIC},
        "dimensions": dimensions,
    }


def _again(prepared: Material, found: Fitted) -> Again:
    """Return a way to fit a dimension's head anew on some of its segments, as strongly as it was fitted."""

    def refit(part: Target, fold: int, rows: NDArray[np.int64]) -> tuple[Head, Array, Array]:
        head = prepared.fit(part, found.strength, none=found.target.none, without=fold)
        return head, prepared.score(head, rows, fold), prepared.view(fold).shares(part.dimension, rows)

    return Again(found.target, prepared.folds, refit)


def _held_out(snapshot: Snapshot, fitted: Mapping[str, Fitted], aside: NDArray[np.bool_]) -> dict[str, HeldOut]:
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
