"""Learn a dimension's calibration from scores of segments that the head had not seen."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.isotonic import IsotonicRegression

from service.suggest import calibration
from service.suggest.calibration import COVERAGE, Calibration, Verdict
from service.suggest.scorer import Array, Head, logit, sigmoid
from training.heads import Target

TEMPERATURES = np.geomspace(0.25, 4.0, 33)
#: A code's own threshold counts as much as that of all codes at this many coded segments.
_SHRINK = 100.0
_LEAST_SLOPE = 0.05
#: Of Newton's method, and of halving one of its steps.
_ROUNDS = 50
#: Where nothing is known, this threshold is about the best for F1.
_USUAL_THRESHOLD = 0.4
#: At this many coded segments in all, the threshold found counts as much as the usual one.
_FEW = 30.0
_THRESHOLDS = np.linspace(0.03, 0.9, 88)
#: No more than this share of segments is "uncertain".
_MOST_UNCERTAIN = 0.25
_RIGHT_AT_LEAST = 0.5


@dataclass(frozen=True)
class Unseen:
    """Scores of segments by heads that were fitted without their participants."""

    target: Target
    logits: Array
    #: What the definitions alone say of the same segments.
    definitions: Array
    folds: NDArray[np.int64]

    def part(self, kept: NDArray[np.bool_]) -> "Unseen":
        """Return the same for some of the segments."""
        return Unseen(self.target.part(kept), self.logits[kept], self.definitions[kept], self.folds[kept])


def calibrate(head: Head, unseen: Unseen, *, stated: bool) -> Calibration:
    """Return the calibration that fits unseen segments best.

    Args:
        head: the head, for how its scores mix with those of the definitions.
        unseen: scores out of fold.
        stated: whether candidate sets are to state a coverage.

    Returns:
        what was learned, or a neutral calibration where there are no scores out of fold.
    """
    start = calibration.neutral(len(head.codes))
    if not len(unseen.folds):
        return start
    found = _one(head, unseen, start) if head.select == "one" else _many(head, unseen, start)
    verdict = calibration.judge(head, found, unseen.logits, unseen.definitions)
    in_set = _set_threshold(verdict, unseen.target) if stated else None
    return replace(found, in_set=in_set, doubt=_doubt(verdict, found, unseen.target))


def crossed(head: Head, unseen: Unseen, *, stated: bool) -> Verdict:
    """Return verdicts on every segment, calibrated each time without the segments of its own fold."""
    parts: list[tuple[NDArray[np.bool_], Verdict]] = []
    for fold in np.unique(unseen.folds):
        mine = unseen.folds == fold
        others = unseen.part(~mine)
        found = calibrate(head, others, stated=stated)
        parts.append((mine, calibration.judge(head, found, unseen.logits[mine], unseen.definitions[mine])))
    return _joined(parts, len(unseen.folds), len(head.codes))


def _joined(parts: list[tuple[NDArray[np.bool_], Verdict]], segments: int, codes: int) -> Verdict:
    wide, flag = np.zeros((segments, codes)), np.zeros((segments, codes), dtype=np.bool_)
    out = Verdict(wide, np.zeros(segments), flag, flag.copy(), np.zeros(segments, dtype=np.bool_))
    for mine, verdict in parts:
        out.probabilities[mine], out.none[mine] = verdict.probabilities, verdict.none
        out.best[mine], out.in_set[mine], out.uncertain[mine] = verdict.best, verdict.in_set, verdict.uncertain
    return out


def _one(head: Head, unseen: Unseen, start: Calibration) -> Calibration:
    """Choose the temperature under which the truth is least surprising."""
    truth = unseen.target.truth
    losses = []
    for temperature in TEMPERATURES:
        codes, none = head.mixed(unseen.logits, unseen.definitions, float(temperature))
        likely = np.where(truth.any(axis=1), (codes * truth).sum(axis=1), none)
        losses.append(-np.log(np.maximum(likely, 1e-6)).mean())
    return replace(start, temperature=float(TEMPERATURES[int(np.argmin(losses))]))


def _many(head: Head, unseen: Unseen, start: Calibration) -> Calibration:
    """Fit a sigmoid per code, held near the one of all codes, then the threshold where F1 is best."""
    truth = unseen.target.truth
    mixed, _ = head.mixed(unseen.logits, unseen.definitions)
    ahead = calibration.lead(mixed)
    slope, rival, intercept = _logistic(np.stack([mixed.ravel(), ahead.ravel()], axis=1), truth.ravel(), _POOLED)
    held = _Held(np.array([slope, intercept]), _OWN_WEIGHT)
    fits = np.stack(
        [_logistic(mixed[:, [row]], truth[:, row], held, rival * ahead[:, row]) for row in range(truth.shape[1])]
    )
    found = replace(start, slope=fits[:, 0], intercept=fits[:, 1], rival=float(rival))
    found = replace(found, leading=_leading(calibration.calibrated(mixed, found), truth))
    return replace(found, threshold=_thresholds(calibration.calibrated(mixed, found), truth))


def _leading(probabilities: Array, truth: NDArray[np.bool_]) -> Array:
    """Fit how often the leading code is right, which no sigmoid tells (Kull et al. 2017, "Beta calibration")."""
    first = calibration.leading(probabilities)
    found = _logistic(calibration.ends(probabilities[first]), truth[first], _UNBENT)
    return np.maximum(found, [_LEAST_SLOPE, _LEAST_SLOPE, -np.inf])


@dataclass(frozen=True)
class _Held:
    """Where coefficients are held, and how firmly."""

    at: Array
    weight: Array


#: Slope, rival and intercept of all codes together start from no change at all.
_POOLED = _Held(np.array([1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.1]))
#: Where the leading code's coefficients are held: no change.
_UNBENT = _Held(np.array([1.0, 1.0, 0.0]), np.array([3.0, 3.0, 1.0]))
#: How firmly a code's own slope and intercept are held near those of all codes.
_OWN_WEIGHT = np.array([10.0, 5.0])


def _logistic(scores: Array, given: NDArray[np.bool_], held: _Held, offset: Array | float = 0.0) -> Array:
    """Return the coefficients, intercept last, of a logistic model held near others: Newton's method."""
    columns = np.column_stack([scores, np.ones(len(scores))])

    def fault(at: Array) -> float:
        said = columns @ at + offset
        held_back = 0.5 * (held.weight * (at - held.at) ** 2).sum()
        return float((np.logaddexp(0.0, said) - said * given).sum() + held_back)

    at = held.at.copy()
    for _ in range(_ROUNDS):
        likely = sigmoid(columns @ at + offset)
        gradient = columns.T @ (likely - given) + held.weight * (at - held.at)
        curvature = (columns * (likely * (1.0 - likely))[:, None]).T @ columns + np.diag(held.weight)
        step = np.linalg.solve(curvature, gradient)
        # Far from the end a whole step may overshoot for ever: it is halved until it gains something.
        now = fault(at)
        shorter = (0.5**halved * step for halved in range(_ROUNDS))
        step = next((tried for tried in shorter if fault(at - tried) < now), 0.0 * step)
        at = at - step
        if float(np.abs(step).max()) < 1e-8:
            break
    at[0] = max(float(at[0]), _LEAST_SLOPE)
    return np.asarray(at)


def _thresholds(probabilities: Array, truth: NDArray[np.bool_]) -> Array:
    """Return per code the threshold of best F1, drawn towards one that is good for all, each by itself and pooled."""
    scores = np.stack([_f1(probabilities >= threshold, truth) for threshold in _THRESHOLDS])
    carried = truth.any(axis=0)
    if not carried.any():
        return np.full(truth.shape[1], 0.5)
    pooled = _smooth(scores[:, carried].mean(axis=1, keepdims=True) + _together(probabilities, truth))
    best = _drawn(_THRESHOLDS[pooled.argmax()], _USUAL_THRESHOLD, truth.sum(), _FEW)
    own = _THRESHOLDS[_smooth(scores).argmax(axis=0)]
    return _drawn(own, best, truth.sum(axis=0), _SHRINK)


def _together(probabilities: Array, truth: NDArray[np.bool_]) -> Array:
    """Return F1 pooled over all codes at each threshold, shape (thresholds, 1)."""
    pairs, told = probabilities.reshape(-1, 1), truth.reshape(-1, 1)
    return np.stack([_f1(pairs >= threshold, told) for threshold in _THRESHOLDS])


def attainable(probabilities: Array, truth: NDArray[np.bool_]) -> float:
    """Return the mean, over the codes that the truth has, of the F1 that each reaches at its best threshold."""
    carried = truth.any(axis=0)
    if not carried.any():
        return 0.0
    scores = np.stack([_f1(probabilities >= threshold, truth) for threshold in _THRESHOLDS])
    return float(_smooth(scores).max(axis=0)[carried].mean())


def _drawn(found: ArrayLike, towards: ArrayLike, examples: ArrayLike, weight: float) -> Array:
    """Return thresholds drawn towards others, the more so the fewer examples they were found on."""
    share = np.asarray(examples) / (np.asarray(examples) + weight)
    return sigmoid(share * logit(np.asarray(found)) + (1.0 - share) * logit(np.asarray(towards)))


def _f1(given: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Array:
    both = (given & truth).sum(axis=0)
    return np.asarray(2.0 * both / np.maximum(given.sum(axis=0) + truth.sum(axis=0), 1))


def _smooth(scores: Array) -> Array:
    """Return running means over neighbouring thresholds, so that no lucky one wins."""
    width = 7
    padded = np.pad(scores, ((width // 2, width // 2), (0, 0)), mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, width, axis=0).mean(axis=-1))


def _set_threshold(verdict: Verdict, target: Target) -> float | None:
    """Return the probability that nine in ten true codes reach (split-conformal, with its correction for few)."""
    reached = np.sort(verdict.probabilities[target.truth])
    if not len(reached):
        return None
    allowed = int(np.floor((1.0 - COVERAGE) * (len(reached) + 1.0)))
    return float(reached[allowed - 1]) if allowed >= 1 else 0.0


def _doubt(verdict: Verdict, found: Calibration, target: Target) -> float:
    """Return how sure a verdict must be: below it, less than half of such verdicts hold something right."""
    if target.select == "one":
        sure = np.maximum(verdict.probabilities.max(axis=1), verdict.none)
    else:
        sure = calibration.margin(verdict.probabilities, found.threshold)
    none = ~target.truth.any(axis=1)
    right = np.where(none, ~verdict.best.any(axis=1), (verdict.best & target.truth).any(axis=1))
    rising = IsotonicRegression(out_of_bounds="clip").fit(sure, right.astype(np.float64))
    doubtful = np.sort(sure[rising.predict(sure) < _RIGHT_AT_LEAST])
    most = int(_MOST_UNCERTAIN * len(sure))
    if not len(doubtful) or not most:
        return 0.0
    return float(np.nextafter(doubtful[-1], np.inf) if len(doubtful) <= most else np.sort(sure)[most])
