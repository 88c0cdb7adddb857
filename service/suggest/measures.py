"""The measures of a model on one dimension, with intervals over participants."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.domain import agreement
from service.suggest.held_out import HeldOut

_Array = NDArray[np.float64]
_Mask = NDArray[np.bool_]

MEASURES = ("macro_f1", "micro_f1", "kappa", "ece", "coverage", "mean_set_size", "abstained_share")
#: Under this many participants there are no intervals but a row for each.
MIN_FOR_INTERVALS = 10
_RESAMPLES = 1000
_BINS = 10
_DIGITS = 6


def measure(held: HeldOut) -> dict[str, Any]:
    """Return the measures of a dimension; what can't be computed is null.

    Returns:
        `n`, each of `MEASURES`, `intervals` (95 %, by bootstrap over participants), `codes` and, under ten
        participants, `by_participant` instead of intervals; `alpha` (Krippendorff's, MASI) where `select: many`.
    """
    counts = Counts(held)
    everyone = np.ones((1, len(counts.names)))
    values = {name: float(found[0]) for name, found in counts.measures(everyone).items()}
    out: dict[str, Any] = {"n": len(held.groups), **{name: plain(values[name]) for name in MEASURES}}
    if held.select == "many":
        out["alpha"] = _alpha(held)
    few = len(counts.names) < MIN_FOR_INTERVALS
    out["intervals"] = None if few else _intervals(counts, values["ece"])
    if few:
        each = counts.measures(np.eye(len(counts.names)))
        out["by_participant"] = {
            name: {measure: plain(float(each[measure][row])) for measure in MEASURES}
            for row, name in enumerate(counts.names)
        }
    out["codes"] = _per_code(counts)
    return out


def _alpha(held: HeldOut) -> float | None:
    """Return Krippendorff's alpha, with MASI distance, between what is true and what was said."""
    pairs = zip(_sets(held.truth, held.codes), _sets(held.best, held.codes), strict=True)
    found = agreement.alpha(pairs)
    return None if found is None else round(found, _DIGITS)


def _sets(mask: _Mask, codes: tuple[str, ...]) -> Iterator[frozenset[str]]:
    return (frozenset(codes[column] for column in np.flatnonzero(row)) for row in mask)


def _intervals(counts: "Counts", error: float) -> dict[str, list[float | None]]:
    found = counts.measures(resamples(len(counts.names)))
    return {name: interval(found[name]) for name in MEASURES} | {"ece": error_interval(found["ece"], error)}


def resamples(groups: int) -> _Array:
    """Return how often each group counts in each of a thousand draws with replacement; always the same draws."""
    drawn = np.random.default_rng(0).multinomial(groups, np.full(groups, 1.0 / groups), size=_RESAMPLES)
    return drawn.astype(np.float64)


def interval(values: _Array) -> list[float | None]:
    """Return the middle 95 % of what resampling gave, leaving out what could not be computed."""
    known = values[~np.isnan(values)]
    if not len(known):
        return [None, None]
    return [plain(float(bound)) for bound in np.percentile(known, [2.5, 97.5])]


def error_interval(values: _Array, error: float) -> list[float | None]:
    """Return the 95 % interval of a calibration error, which resampling can only raise where it is small.

    Chance makes every bin's gap larger, never smaller, once in the error itself and once more in each resample: the
    middle of what resampling gave may lie wholly above the error, let alone above the truth. The basic bootstrap
    (Davison and Hinkley 1997, Bootstrap Methods and their Application, section 5.2) takes how far resamples lie from
    the error for how far the error lies from the truth, and so takes that bias back twice. An error is not below 0,
    and the interval is widened where it would not hold the error itself.
    """
    low, high = interval(values)
    if low is None or high is None or np.isnan(error):
        return [None, None]
    return [plain(max(0.0, 2 * error - high)), plain(max(error, 2 * error - low))]


def _per_code(counts: "Counts") -> dict[str, dict[str, Any]]:
    both, given, true = (part.sum(axis=0) for part in (counts.both, counts.given, counts.true))
    return {
        code: {
            "precision": plain(float(both[row] / given[row])) if given[row] else 0.0,
            "recall": plain(float(both[row] / true[row])) if true[row] else 0.0,
            "f1": plain(float(2 * both[row] / (given[row] + true[row]))) if given[row] + true[row] else 0.0,
            "support": int(true[row]),
        }
        for row, code in enumerate(counts.held.codes)
    }


def plain(value: float) -> float | None:
    """Return a figure rounded as it is stored, and None where it could not be computed."""
    return None if np.isnan(value) else round(value, _DIGITS)


class Counts:
    """What the measures are made of, summed per group, so that resampling groups is a matrix product."""

    def __init__(self, held: HeldOut) -> None:
        self.held = held
        names, self._group = np.unique(held.groups, return_inverse=True)
        self.names = tuple(str(name) for name in names)
        self.both = self._sum(held.truth & held.best)
        self.given = self._sum(held.best)
        self.true = self._sum(held.truth)
        self._size = self._sum(np.ones(len(held.groups)))

    def measures(self, weights: _Array) -> Mapping[str, _Array]:
        """Return each measure for each row of weights; a weight says how often a group counts."""
        found: Mapping[str, Callable[[_Array], _Array]] = {
            "macro_f1": self.macro_f1,
            "micro_f1": self._micro_f1,
            "kappa": self._kappa_one if self.held.select == "one" else self._kappa_many,
            "ece": self._calibration_error,
            "coverage": self._coverage,
            "mean_set_size": lambda w: ratio(w @ self._sum(self.held.in_set.sum(axis=1)), w @ self._size),
            "abstained_share": lambda w: ratio(w @ self._sum(self.held.abstained), w @ self._size),
        }
        return {name: found[name](weights) for name in MEASURES}

    def _sum(self, values: NDArray[Any]) -> _Array:
        out = np.zeros((len(self.names), *values.shape[1:]))
        np.add.at(out, self._group, values.astype(np.float64))
        return out

    def macro_f1(self, weights: _Array) -> _Array:
        """Return the mean over the codes that the truth has."""
        both, given, true = weights @ self.both, weights @ self.given, weights @ self.true
        present = true > 0
        f1 = np.where(present, 2.0 * both / np.maximum(given + true, 1.0), 0.0)
        return ratio(f1.sum(axis=1), present.sum(axis=1).astype(np.float64))

    def _micro_f1(self, weights: _Array) -> _Array:
        both, given, true = ((weights @ part).sum(axis=1) for part in (self.both, self.given, self.true))
        return ratio(2.0 * both, given + true)

    def _kappa_one(self, weights: _Array) -> _Array:
        """Return Cohen's kappa with "none applies" as a category of its own."""
        table = (weights @ self._confusion.reshape(len(self.names), -1)).reshape(
            len(weights), *self._confusion.shape[1:]
        )
        total = table.sum(axis=(1, 2))
        agreed = ratio(np.trace(table, axis1=1, axis2=2), total)
        chance = ratio((table.sum(axis=1) * table.sum(axis=2)).sum(axis=1), total**2)
        return ratio(agreed - chance, 1.0 - chance)

    def _kappa_many(self, weights: _Array) -> _Array:
        """Return Cohen's kappa over all pairs of segment and code."""
        both, given, true = ((weights @ part).sum(axis=1) for part in (self.both, self.given, self.true))
        total = (weights @ self._size) * len(self.held.codes)
        agreed = ratio(total - given - true + 2.0 * both, total)
        chance = ratio(given * true + (total - given) * (total - true), total**2)
        return ratio(agreed - chance, 1.0 - chance)

    @cached_property
    def _confusion(self) -> _Array:
        codes = len(self.held.codes)
        truth, best = (
            np.where(mask.any(axis=1), mask.argmax(axis=1), codes) for mask in (self.held.truth, self.held.best)
        )
        table = np.zeros((len(self.names), codes + 1, codes + 1))
        np.add.at(table, (self._group, truth, best), 1.0)
        return table

    def _coverage(self, weights: _Array) -> _Array:
        """Return the share of (segment, true code) pairs in the candidate set."""
        held = self._sum((self.held.truth & self.held.in_set).sum(axis=1))
        return ratio(weights @ held, weights @ self.true.sum(axis=1))

    def _calibration_error(self, weights: _Array) -> _Array:
        """Return the mean gap, over ten bins of equal mass, between the top probability and its being right."""
        lead = self.held.probabilities.argmax(axis=1)
        rows = np.arange(len(lead))
        top, right = self.held.probabilities[rows, lead], self.held.truth[rows, lead]
        order = np.argsort(top, kind="stable")
        gap, group = (top - right)[order], self._group[order]
        return np.array([_binned(gap, row[group]) for row in weights])


def _binned(gap: _Array, weight: _Array) -> float:
    total = float(weight.sum())
    if total == 0:
        return float("nan")
    if weight.min() == weight.max():
        return float(sum(abs(part.sum()) for part in np.array_split(gap, _BINS)) / len(gap))
    ends = np.cumsum(weight)
    bins = np.minimum(((ends - 0.5 * weight) * _BINS / total).astype(np.int64), _BINS - 1)
    sums = np.bincount(bins, weights=gap * weight, minlength=_BINS)
    return float(np.abs(sums).sum() / total)


def ratio(above: _Array, below: _Array) -> _Array:
    """Return the quotient, and NaN where there is nothing to divide by."""
    usable = np.abs(below) > 1e-12
    return np.where(usable, above / np.where(usable, below, 1.0), np.nan)
