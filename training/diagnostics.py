"""Where a model is wrong on unseen participants, and whether it knows: what the plots of a report are drawn from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.suggest.held_out import HeldOut
from service.suggest.measures import MIN_FOR_INTERVALS, interval, plain, ratio, resamples

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_BINS = 10
_MOST_POINTS = 50
_SHOWN = 20
_LEAST = 1e-9


def overlap(held: HeldOut) -> Array:
    """Return how far what was said and what is true are the same: shared codes over all codes, 1 where both are none.

    Where one code is taken this is 1 for right and 0 for wrong.
    """
    shared, either = (held.truth & held.best).sum(axis=1), (held.truth | held.best).sum(axis=1)
    return np.asarray(np.where(either > 0, shared / np.maximum(either, 1), 1.0))


def confidence(held: HeldOut) -> Array:
    """Return the probability that what was said is right as a whole: of the outcome, or of all codes together."""
    if held.select == "one":
        none = 1.0 - held.probabilities.sum(axis=1)
        return np.asarray(np.where(held.best.any(axis=1), (held.probabilities * held.best).sum(axis=1), none))
    likely = np.where(held.best, held.probabilities, 1.0 - held.probabilities)
    return np.asarray(np.exp(np.log(np.maximum(likely, _LEAST)).sum(axis=1)))


def risk_coverage(held: HeldOut) -> dict[str, Any]:
    """Return how wrong a model is on the share of segments that it is surest of.

    Segments with advice come first, surest first, then those without. Risk is one minus the mean `overlap`.

    Returns:
        `points`, at most 50, each a `coverage` and its `risk`, the last one all segments; `advised`, the same where
        advice ends; `area`, the mean risk over all coverages.
    """
    order = np.lexsort((-confidence(held), held.abstained))
    risk = np.cumsum(1.0 - overlap(held)[order]) / np.arange(1, len(order) + 1)
    size = len(risk)
    ends = np.unique(np.ceil(np.linspace(1, _MOST_POINTS, min(size, _MOST_POINTS)) * size / _MOST_POINTS).astype(int))
    advised = int((~held.abstained).sum())
    return {
        "points": [_point(end, risk) for end in ends],
        "advised": _point(advised, risk) if advised else None,
        "area": plain(float(risk.mean())) if size else None,
    }


def _point(end: int, risk: Array) -> dict[str, float | None]:
    return {"coverage": plain(float(end / len(risk))), "risk": plain(float(risk[end - 1]))}


def reliability(held: HeldOut) -> list[dict[str, Any]]:
    """Return the bins of the calibration error: how likely the top-ranked code was said to be, and how often it was.

    Each has `n`, `probability` (mean), `right` (share) and `interval` of the latter (95 %, by bootstrap over
    participants, null under ten).
    """
    top = held.probabilities.max(axis=1)
    right = held.truth[np.arange(len(top)), held.probabilities.argmax(axis=1)]
    order = np.argsort(top, kind="stable")
    names, group = np.unique(held.groups, return_inverse=True)
    weights = resamples(len(names)) if len(names) >= MIN_FOR_INTERVALS else None
    return [_bin(top, right, group, rows, weights) for rows in np.array_split(order, _BINS) if len(rows)]


def _bin(
    top: Array, right: Mask, group: NDArray[np.int64], rows: NDArray[np.int64], weights: Array | None
) -> dict[str, Any]:
    bounds = None
    if weights is not None:
        size = weights.shape[1]
        above = weights @ np.bincount(group[rows], weights=right[rows], minlength=size)
        bounds = interval(ratio(above, weights @ np.bincount(group[rows], minlength=size)))
    return {
        "n": len(rows),
        "probability": plain(float(top[rows].mean())),
        "right": plain(float(right[rows].mean())),
        "interval": bounds,
    }


def confusion(held: HeldOut) -> dict[str, dict[str, int]]:
    """Return, for each code that is true, how often it and others were said in its place; "" is no code.

    `one`: the usual table. `many`: a code's own entry counts its hits, the others count codes wrongly given where it
    was missed, "" the misses in whose place nothing was wrongly given; the row "" is for segments without a code.
    """
    none = np.asarray(~held.truth.any(axis=1))
    table = {code: _in_its_place(held, held.truth[:, row], row) for row, code in enumerate(held.codes)}
    table[""] = _in_its_place(held, none, None)
    return {code: counts for code, counts in table.items() if counts}


def _in_its_place(held: HeldOut, mine: Mask, column: int | None) -> dict[str, int]:
    best, truth = held.best[mine], held.truth[mine]
    hit = np.asarray(~best.any(axis=1) if column is None else best[:, column])
    wrong = best & ~truth & ~hit[:, None]
    counts = {code: int(count) for code, count in zip(held.codes, wrong.sum(axis=0), strict=True)}
    counts[""] = int((~hit & ~wrong.any(axis=1)).sum())
    counts["" if column is None else held.codes[column]] = int(hit.sum())
    return {code: count for code, count in counts.items() if count}


def disagreements(held: HeldOut, places: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    """Return the segments where a model is surest of something else than what was coded, surest first; no text.

    Args:
        held: what was said and what is true.
        places: document id and position of each segment.

    Returns:
        at most twenty, each with `document_id`, `position`, the codes `given`, those `suggested`, and the
        `probability` that the model has for its own view of the code they differ in most.
    """
    sure = _sure(held)
    order = [int(row) for row in np.argsort(-sure, kind="stable")[:_SHOWN] if sure[row] > 0]
    return [
        {
            "document_id": places[row][0],
            "position": places[row][1],
            "given": _named(held.truth[row], held.codes),
            "suggested": _named(held.best[row], held.codes),
            "probability": plain(float(sure[row])),
        }
        for row in order
    ]


def _sure(held: HeldOut) -> Array:
    """Return how sure the model is where it differs, and 0 where it doesn't or gives no advice."""
    differs = (held.truth != held.best) & ~held.abstained[:, None]
    if held.select == "one":
        return np.asarray(np.where(differs.any(axis=1), confidence(held), 0.0))
    likely = np.where(held.best, held.probabilities, 1.0 - held.probabilities)
    return np.asarray((likely * differs).max(axis=1, initial=0.0))


def _named(mask: Mask, codes: Sequence[str]) -> list[str]:
    return [code for code, given in zip(codes, mask, strict=True) if given]
