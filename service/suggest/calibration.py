"""From probabilities to a verdict: what to suggest, which codes the candidate set holds, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.suggest.scorer import Array, Head, logit, sigmoid

Mask = NDArray[np.bool_]

#: Share of true codes that a candidate set is to hold, on unseen participants.
COVERAGE = 0.9
#: Where no coverage is stated, the set holds what is at least this likely against the leading code.
_NEAR_LEAD = 0.3
#: Probabilities are rounded before anything is decided, so that no decision hangs on the order of a sum.
_DECIMALS = 6
_LEAST = 1e-6
_LEAD = 6.0


@dataclass(frozen=True)
class Calibration:
    """What was learned out of fold about one dimension; arrays have an entry per code of its head."""

    temperature: float
    slope: Array
    intercept: Array
    threshold: Array
    #: What a code gains where it leads and loses where another one does (`many`).
    rival: float
    #: How the log-odds of the leading code follow from what was said of it: what log(p) and -log(1-p) count, and what
    #: is added (`many`); [1, 1, 0] changes nothing.
    leading: Array
    #: Candidate sets hold the codes at least this likely; None where no coverage is stated.
    in_set: float | None
    #: Verdicts less sure than this are "uncertain".
    doubt: float

    def aligned(self, known: Sequence[str], codes: Sequence[str]) -> "Calibration":
        """Return the calibration with an entry for each of these codes, neutral for those it doesn't know."""
        rows = np.array([known.index(code) if code in known else -1 for code in codes], dtype=np.int64)
        blank = rows < 0
        slope, intercept, threshold = (part[rows] for part in (self.slope, self.intercept, self.threshold))
        return Calibration(
            self.temperature,
            np.where(blank, 1.0, slope),
            np.where(blank, 0.0, intercept),
            np.where(blank, 0.5, threshold),
            self.rival,
            self.leading,
            self.in_set,
            self.doubt,
        )


def neutral(codes: int) -> Calibration:
    """Return a calibration that changes nothing and states nothing."""
    return Calibration(
        1.0, np.ones(codes), np.zeros(codes), np.full(codes, 0.5), 0.0, np.array([1.0, 1.0, 0.0]), None, 0.0
    )


@dataclass(frozen=True)
class Verdict:
    """What a model says of some segments on one dimension; a row per segment, a column per code."""

    probabilities: Array
    #: Probability that no code applies (`select: one` only, else 0).
    none: Array
    best: Mask
    in_set: Mask
    uncertain: Mask


def judge(head: Head, calibration: Calibration, logits: Array, definitions: Array) -> Verdict:
    """Return the verdict of a head, mixed with the definitions and calibrated."""
    mixed, none = head.mixed(logits, definitions, calibration.temperature)
    if head.select == "one":
        return judge_one(mixed.round(_DECIMALS), none.round(_DECIMALS), calibration)
    return judge_many(calibrated(mixed, calibration).round(_DECIMALS), calibration)


def calibrated(mixed: Array, calibration: Calibration) -> Array:
    """Return the probability of each code for itself (`select: many`); what corrects the leading one scales its row."""
    each = sigmoid(calibration.slope * mixed + calibration.intercept + calibration.rival * lead(mixed))
    top = each.max(axis=1, keepdims=True, initial=_LEAST)
    return np.asarray(each * (sigmoid(ends(top) @ calibration.leading[:2] + calibration.leading[2])[:, None] / top))


def ends(probabilities: Array) -> Array:
    """Return log(p) and -log(1-p) of each probability, shape (n, 2)."""
    within = np.clip(probabilities.ravel(), _LEAST, 1.0 - _LEAST)
    return np.column_stack([np.log(within), -np.log1p(-within)])


def lead(scores: Array) -> Array:
    """Return how far each code is ahead of the best of the others, within bounds."""
    if scores.shape[1] < 2:
        return np.zeros_like(scores)
    ordered = np.sort(scores, axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    ahead = scores - np.where(scores == best, second, best)
    return np.asarray(np.clip(ahead, -_LEAD, _LEAD))


def judge_one(probabilities: Array, none: Array, calibration: Calibration) -> Verdict:
    """Take the most probable outcome; the candidate set always holds the leading code."""
    first = leading(probabilities)
    best = first & (probabilities >= none[:, None])
    sure = np.maximum(probabilities.max(axis=1), none)
    return Verdict(probabilities, none, best, _set(probabilities, calibration) | first, sure < calibration.doubt)


def judge_many(probabilities: Array, calibration: Calibration) -> Verdict:
    """Take every code at or above its threshold; the candidate set holds them all, also where few others reach it."""
    best = probabilities >= calibration.threshold
    sure = margin(probabilities, calibration.threshold)
    none = np.zeros(len(probabilities))
    return Verdict(probabilities, none, best, _set(probabilities, calibration) | best, sure < calibration.doubt)


def margin(probabilities: Array, threshold: Array) -> Array:
    """Return how clear the verdict is in log-odds: of its clearest code, or else of the code that came nearest."""
    over = logit(probabilities) - logit(threshold)
    return np.asarray(np.abs(over.max(axis=1)))


def leading(probabilities: Array) -> Mask:
    """Mark the most probable code of each row; of equals, the first."""
    mask = np.zeros(probabilities.shape, dtype=np.bool_)
    mask[np.arange(len(mask)), probabilities.argmax(axis=1)] = True
    return mask


def _set(probabilities: Array, calibration: Calibration) -> Mask:
    if calibration.in_set is not None:
        return np.asarray(probabilities >= calibration.in_set)
    return np.asarray(probabilities >= _NEAR_LEAD * probabilities.max(axis=1, keepdims=True))
