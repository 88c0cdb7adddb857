"""The learning curve: how good a model is with a part of the participants, and what more codings would bring."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.suggest.held_out import HeldOut
from service.suggest.measures import MIN_FOR_INTERVALS, Counts, interval, plain, resamples
from training.again import Again, Mask

#: The parts of the participants to fit on, beside all of them.
_PARTS = (1 / 3, 2 / 3)
#: With fewer groups a third of them is one person or none.
_LEAST_GROUPS = 6
#: Up to so many segments every part is drawn twice; beyond the second figure the smallest part is left out.
_FEW_SEGMENTS = 3000
_MANY_SEGMENTS = 20_000
_MORE = 100


@dataclass(frozen=True)
class _Drawn:
    """One part of the participants: on how many segments heads were fitted, and what they said."""

    part: float
    segments: float
    counts: Counts


def learning_curve(again: Again, held: HeldOut, seed: int) -> dict[str, Any] | None:
    """Fit on a third and on two thirds of the participants, nested, and score the same unseen participants.

    Macro-F1 is taken to approach its end by one over the square root of the number of coded segments (a power law
    with the usual exponent). For the intervals draws and participants are resampled together.

    Returns:
        `points` (`segments` fitted on, `macro_f1`, `interval`), `next_hundred` (`gain` over all segments
        there are, its `interval`, and `macro_f1` expected with that many `segments`), `draws` and `skipped` (why a part
        is missing, or null); None under six groups of participants.
    """
    if len(np.unique(held.groups)) < _LEAST_GROUPS or not again.splits:
        return None
    parts = _PARTS if len(held.groups) <= _MANY_SEGMENTS else _PARTS[1:]
    draws = 2 if len(held.groups) <= _FEW_SEGMENTS else 1
    drawn = [_draw(again, held, part, seed + draw) for part in parts for draw in range(draws)]
    drawn.append(_Drawn(1.0, _all_segments(held), Counts(held)))
    scores = {part: _scores(drawn, part) for part in (*parts, 1.0)}
    segments = {part: float(np.mean([d.segments for d in drawn if d.part == part])) for part in scores}
    few = len(drawn[-1].counts.names) < MIN_FOR_INTERVALS
    slope = _slopes(np.array(list(segments.values())), np.stack(list(scores.values())))
    return {
        "points": [
            {
                "segments": round(segments[part]),
                "macro_f1": plain(float(found[0])),
                "interval": None if few else interval(found[1:]),
            }
            for part, found in scores.items()
        ],
        "next_hundred": _more(slope, scores[1.0], (segments[1.0], len(held.groups)), few=few),
        "draws": draws,
        "skipped": None if parts == _PARTS else f"a third is left out beyond {_MANY_SEGMENTS:,} segments",
    }


def _all_segments(held: HeldOut) -> float:
    """Return on how many segments a head out of fold is fitted at most: all but the mean group's."""
    groups = len(np.unique(held.groups))
    return len(held.groups) * (1.0 - 1.0 / min(10, groups))


def _draw(again: Again, held: HeldOut, part: float, seed: int) -> _Drawn:
    """Fit on a part of the participants, the first in a seeded order, so that a larger part holds a smaller one."""
    names, group = np.unique(held.groups, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    sizes: list[int] = []

    def used(fold: int) -> Mask:
        unseen = again.used(fold)
        free = [name for name in order if unseen[group == name].all()]
        chosen = np.isin(group, free[: max(1, round(part * len(free)))])
        sizes.append(int(chosen.sum()))
        return chosen

    best = again.best(again.target.rows, used)
    return _Drawn(part, float(np.mean(sizes)), Counts(replace(held, best=best)))


def _scores(drawn: list[_Drawn], part: float) -> NDArray[np.float64]:
    """Return a part's macro-F1: its draws' mean, then one of its draws in turn under each resampling."""
    mine = [d.counts for d in drawn if d.part == part]
    weights = resamples(len(mine[0].names))
    everyone = np.ones((1, weights.shape[1]))
    mean = np.mean([counts.macro_f1(everyone)[0] for counts in mine])
    found = np.stack([counts.macro_f1(weights) for counts in mine])
    turn = np.arange(len(weights)) % len(mine)
    return np.concatenate([[mean], found[turn, np.arange(len(weights))]])


def _slopes(segments: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how macro-F1 changes with one over the root of the segments, for each column of scores (a row per part).

    The line goes through all parts, under every second resampling through the last two alone: how it bends is not
    known either.
    """
    near = 1.0 / np.sqrt(segments)
    slope = _slope(near, scores)
    slope[2::2] = _slope(near[-2:], scores[-2:])[2::2]
    return slope


def _slope(across: NDArray[np.float64], up: NDArray[np.float64]) -> NDArray[np.float64]:
    apart = across - across.mean()
    return np.asarray(apart @ (up - up.mean(axis=0)) / max(float((apart**2).sum()), 1e-12))


def _more(
    slope: NDArray[np.float64], score: NDArray[np.float64], segments: tuple[float, int], *, few: bool
) -> dict[str, Any]:
    """Say what another hundred would add to all segments there are, a few more than heads out of fold were given."""
    fitted, now = segments
    gain = np.minimum(slope * (1.0 / np.sqrt(now + _MORE) - 1.0 / np.sqrt(now)), 1.0 - score)
    expected = score[0] + slope[0] * (1.0 / np.sqrt(now + _MORE) - 1.0 / np.sqrt(fitted))
    return {
        "segments": now + _MORE,
        "macro_f1": plain(float(np.clip(expected, 0.0, 1.0))),
        "gain": plain(float(gain[0])),
        "interval": None if few else interval(gain[1:]),
    }
