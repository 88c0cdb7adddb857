"""Hold two models against each other on segments whose participants neither had seen when it spoke.

A model says of a held-out segment what a fit without that segment's participant, calibrated without it too, says.
Two models are compared where both did so, on the same segments with the same truth, resampling groups of both at once.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from service import errors
from service.suggest import measures
from service.suggest.bundle import Bundle
from service.suggest.calibration import Mask
from service.suggest.held_out import HeldOut
from service.suggest.measures import MEASURES, MIN_FOR_INTERVALS, Counts
from service.suggest.registry import Registry

Verdict = Literal["better", "worse", "no clear difference", "can't tell"]
Rows = NDArray[np.int64]

#: What the verdict rests on, and what may not clearly speak against it.
LEADING = "macro_f1"
_BESIDE = ("micro_f1", "kappa")
_COMMONEST = 10
_WORDS: Mapping[int, Verdict] = {1: "better", -1: "worse", 0: "no clear difference"}


@dataclass(frozen=True)
class Pair:
    """One measure of both models, and candidate minus current with its 95 % interval."""

    current: float | None
    candidate: float | None
    difference: float | None
    #: None under ten groups in common.
    interval: tuple[float | None, float | None] | None


@dataclass(frozen=True)
class Moved:
    """So many segments would get these codes where they got those."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    segments: int


@dataclass(frozen=True)
class Changes:
    """What is suggested otherwise."""

    #: Segments of which the two models say different codes.
    segments: int = 0
    #: Of these, segments that only the candidate has right as a whole, and those that only the current model has.
    righted: int = 0
    wronged: int = 0
    commonest: tuple[Moved, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """Segments that both models spoke of and that can't be compared."""

    #: The codings the two were held against differ.
    other_truth: int = 0
    #: The truth is a code that only one of them knows (where one code is taken).
    other_codes: int = 0
    #: The same segment stands another number of times in the two.
    repeated: int = 0


@dataclass(frozen=True)
class DimensionComparison:
    """Two models on one dimension."""

    verdict: Verdict
    #: Why it can't be told, or what else the verdict should not hide; else empty.
    reason: str
    segments: int = 0
    groups: int = 0
    measures: Mapping[str, Pair] = field(default_factory=dict)
    changes: Changes = Changes()
    left_out: LeftOut = LeftOut()
    #: Codes that only the candidate or only the current model knows; the measures are over the others.
    added: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    #: Under ten groups, each measure by group.
    by_participant: Mapping[str, Mapping[str, Pair]] | None = None

    def in_words(self) -> str:
        """Return the verdict with its reason."""
        return f"{self.verdict} ({self.reason})" if self.reason else self.verdict


@dataclass(frozen=True)
class Comparison:
    """A candidate beside the current model, by dimension."""

    candidate: str
    current: str
    dimensions: Mapping[str, DimensionComparison]
    #: Where codings were given, what became of them with `candidate` and `current`, as numbers.
    codings: Mapping[str, Mapping[str, int]] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return all of it, as `inkling models compare --json` prints it."""
        return asdict(self)

    def record(self) -> dict[str, Any]:
        """Return what the registry keeps of it: the verdicts and what they rest on, nothing of any participant."""
        return {
            "current": self.current,
            "dimensions": {name: _record(found) for name, found in self.dimensions.items()},
        }


def _record(found: DimensionComparison) -> dict[str, Any]:
    leading = found.measures.get(LEADING)
    return {
        "verdict": found.verdict,
        "reason": found.reason,
        "segments": found.segments,
        "groups": found.groups,
        LEADING: None if leading is None else asdict(leading),
    }


def check_comparable(candidate: Bundle, current: Bundle) -> None:
    """Raise `WrongCodebook` unless both models are for the same codebook."""
    one, other = candidate.manifest, current.manifest
    if one.codebook_name != other.codebook_name:
        raise errors.WrongCodebook(
            f"{one.model_id} was trained for codebook {one.codebook_name} and {other.model_id} for "
            f"{other.codebook_name}; only models of one codebook can be compared."
        )


def compare(candidate: Bundle, current: Bundle) -> Comparison:
    """Compare two models on the segments that both kept a held-out verdict on.

    Raises:
        WrongCodebook: they are models of different codebooks.
    """
    return compare_said(candidate, current, candidate.held_out, current.held_out)


def against_current(
    registry: Registry, model_id: str, how: Callable[[Bundle, Bundle], Comparison] = compare
) -> Comparison | None:
    """Compare a model with the one that serves its codebook; None where none does, or it does so itself.

    Where the one that serves can't be read, that is why nothing can be told: it must not stand in a better one's way.

    Args:
        registry: the models.
        model_id: the candidate.
        how: compares two models.

    Raises:
        NoModel: there is no such model.
        BadBundle: the candidate is damaged.
    """
    return beside_current(registry, registry.load(model_id), how)


def beside_current(
    registry: Registry, candidate: Bundle, how: Callable[[Bundle, Bundle], Comparison] = compare
) -> Comparison | None:
    """Compare a model that need not be in the registry; else as `against_current`."""
    model_id = candidate.manifest.model_id
    serving = registry.current(candidate.manifest.codebook_name)
    if serving is None or serving == model_id:
        return None
    try:
        current = registry.load(serving)
    except (errors.BadBundle, errors.NoModel) as error:
        unable = DimensionComparison("can't tell", f"the current model can't be read: {error}")
        return Comparison(model_id, serving, dict.fromkeys(candidate.dimensions, unable))
    return how(candidate, current)


def compare_said(
    candidate: Bundle, current: Bundle, said: Mapping[str, HeldOut], said_before: Mapping[str, HeldOut]
) -> Comparison:
    """Compare two models on what each said, by dimension, of segments whose participants it had not seen.

    Raises:
        WrongCodebook: they are models of different codebooks.
    """
    check_comparable(candidate, current)
    names = dict.fromkeys((*candidate.dimensions, *current.dimensions))
    dimensions = {name: compare_dimension(said.get(name), said_before.get(name)) for name in names}
    return Comparison(candidate.manifest.model_id, current.manifest.model_id, dimensions)


def compare_dimension(candidate: HeldOut | None, current: HeldOut | None) -> DimensionComparison:
    """Compare two models on one dimension; None is a model that kept nothing on it."""
    if candidate is None or current is None:
        which = "the current model has" if candidate else "the candidate has" if current else "both models have"
        return DimensionComparison("can't tell", f"{which} kept nothing on participants left out of fitting")
    if candidate.select != current.select:
        return DimensionComparison("can't tell", "one of them takes one code and the other takes many")
    common = tuple(sorted(set(candidate.codes) & set(current.codes)))
    added = tuple(code for code in candidate.codes if code not in common)
    retired = tuple(code for code in current.codes if code not in common)
    if not common:
        return DimensionComparison("can't tell", "they have no code in common", added=added, retired=retired)
    one, other, left_out = _matched(candidate, current, common)
    if not len(one.keys):
        return DimensionComparison(
            "can't tell", "no segment in common", left_out=left_out, added=added, retired=retired
        )
    counts = Counts(one), Counts(other)
    groups = len(counts[0].names)
    few = groups < MIN_FOR_INTERVALS
    pairs = _pairs(*counts, intervals=not few)
    verdict, reason = _verdict(pairs, groups)
    each = _by_participant(*counts) if few else None
    changes = _changes(one, other)
    return DimensionComparison(verdict, reason, len(one.keys), groups, pairs, changes, left_out, added, retired, each)


def _matched(candidate: HeldOut, current: HeldOut, codes: tuple[str, ...]) -> tuple[HeldOut, HeldOut, LeftOut]:
    """Return the rows that can be compared, in one order, on these codes and under the same groups."""
    mine, theirs, repeated = _same_segments(candidate.keys, current.keys)
    one, other = _narrowed(candidate, mine, codes), _narrowed(current, theirs, codes)
    foreign = np.zeros(len(mine), dtype=np.bool_)
    if candidate.select == "one":
        foreign = _elsewhere(candidate, mine, codes) | _elsewhere(current, theirs, codes)
    differing = (one.truth != other.truth).any(axis=1) & ~foreign
    kept = ~foreign & ~differing
    left_out = LeftOut(int(differing.sum()), int(foreign.sum()), repeated)
    groups = _joined(one.groups, other.groups)
    return replace(one, groups=groups).part(kept), replace(other, groups=groups).part(kept), left_out


def _same_segments(mine: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> tuple[Rows, Rows, int]:
    """Return the rows of segments in both, paired; those that stand twice are paired in order or, else, counted."""
    own, own_times = np.unique(mine, return_counts=True)
    other, other_times = np.unique(theirs, return_counts=True)
    both, a, b = np.intersect1d(own, other, assume_unique=True, return_indices=True)
    alike = own_times[a] == other_times[b]
    repeated = int(np.minimum(own_times[a], other_times[b])[~alike].sum())
    return _rows(mine, both[alike]), _rows(theirs, both[alike]), repeated


def _rows(keys: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> Rows:
    order = np.argsort(keys, kind="stable")
    return np.asarray(order[np.isin(keys[order], wanted)], dtype=np.int64)


def _narrowed(held: HeldOut, rows: Rows, codes: tuple[str, ...]) -> HeldOut:
    columns = [held.codes.index(code) for code in codes]
    masks = {name: getattr(held, name)[rows][:, columns] for name in ("truth", "best", "probabilities", "in_set")}
    return replace(held.part(rows), codes=codes, **masks)


def _elsewhere(held: HeldOut, rows: Rows, codes: tuple[str, ...]) -> Mask:
    """Say of which rows the truth is none of these codes but another."""
    columns = [place for place, code in enumerate(held.codes) if code not in codes]
    return np.asarray(held.truth[rows][:, columns].any(axis=1), dtype=np.bool_)


def _joined(mine: NDArray[np.str_], theirs: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return one group per row: what either model holds together is held together, under its first name."""
    names, places = np.unique(np.concatenate([mine, theirs]), return_inverse=True)
    one, other = places[: len(mine)], places[len(mine) :]
    label = np.arange(len(names))
    while True:
        least = np.minimum(label[one], label[other])
        after = label.copy()
        np.minimum.at(after, one, least)
        np.minimum.at(after, other, least)
        if np.array_equal(after, label):
            return np.asarray(names[label[one]])
        label = after


def _pairs(candidate: Counts, current: Counts, *, intervals: bool) -> dict[str, Pair]:
    size = len(candidate.names)
    whole = np.ones((1, size))
    samples = measures.resamples(size) if intervals else whole
    points = candidate.measures(whole), current.measures(whole)
    drawn = candidate.measures(samples), current.measures(samples)
    out: dict[str, Pair] = {}
    for name in MEASURES:
        bounds = measures.interval(drawn[0][name] - drawn[1][name]) if intervals else None
        span = None if bounds is None else (bounds[0], bounds[1])
        out[name] = _pair(float(points[0][name][0]), float(points[1][name][0]), span)
    return out


def _pair(candidate: float, current: float, span: tuple[float | None, float | None] | None = None) -> Pair:
    return Pair(measures.plain(current), measures.plain(candidate), measures.plain(candidate - current), span)


def _by_participant(candidate: Counts, current: Counts) -> dict[str, dict[str, Pair]]:
    each = np.eye(len(candidate.names))
    new, old = candidate.measures(each), current.measures(each)
    return {
        name: {m: _pair(float(new[m][row]), float(old[m][row])) for m in MEASURES}
        for row, name in enumerate(candidate.names)
    }


def _verdict(pairs: Mapping[str, Pair], groups: int) -> tuple[Verdict, str]:
    """Say what the leading measure's interval says, unless another one clearly says the opposite."""
    if groups < MIN_FOR_INTERVALS:
        return "can't tell", f"{groups} participants in common, and an interval needs {MIN_FOR_INTERVALS}"
    lead = _direction(pairs[LEADING])
    if lead is None:
        return "can't tell", "no segment in common has a code"
    clear = {name: _direction(pairs[name]) for name in _BESIDE}
    against = [name for name, way in clear.items() if way and way != lead]
    if not against:
        return _WORDS[lead], ""
    beside = " and ".join(f"{_title(name)} is {_WORDS[clear[name] or 0]}" for name in against)
    if lead == 0:
        return "no clear difference", f"in macro-F1, but {beside}"
    return "can't tell", f"macro-F1 is {_WORDS[lead]}, but {beside}"


def _title(measure: str) -> str:
    return {"micro_f1": "micro-F1"}.get(measure, measure)


def _direction(pair: Pair) -> int | None:
    """Return 1 where the candidate is clearly better, -1 where worse, 0 where neither, None where it has no value."""
    if pair.interval is None or pair.interval[0] is None or pair.interval[1] is None:
        return None
    return int(pair.interval[0] > 0) - int(pair.interval[1] < 0)


def _changes(candidate: HeldOut, current: HeldOut) -> Changes:
    differing: NDArray[np.intp] = np.flatnonzero((candidate.best != current.best).any(axis=1))
    right, was_right = ((held.best == held.truth).all(axis=1)[differing] for held in (candidate, current))
    moves = Counter((_codes(current, row), _codes(candidate, row)) for row in differing)
    ordered = sorted(moves.items(), key=lambda item: (-item[1], item[0]))[:_COMMONEST]
    listed = tuple(Moved(before, after, times) for (before, after), times in ordered)
    return Changes(len(differing), int(right.sum()), int(was_right.sum()), listed)


def _codes(held: HeldOut, row: np.intp) -> tuple[str, ...]:
    return tuple(held.codes[column] for column in np.flatnonzero(held.best[row]))
