"""Which segments would teach a model most: those it is least sure of, and no two alike one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.domain.codebook import Select
from service.suggest.calibration import Verdict
from service.suggest.features import Float32
from service.suggest.scorer import Array

#: Segments are spread out in rounds of so many, each taken from this many times as many of the most doubtful.
_ROUND = 50
_AMONG = 5
#: Segments at least so far apart (one minus the cosine of their embeddings) are not alike at all. Distance beyond that
#: is not rewarded, or what is unlike anything else would come first.
_APART = 0.4


@dataclass(frozen=True)
class Doubts:
    """What a model does not know of some segments."""

    #: A row per segment, a column per dimension: 0 where the model is sure; nan where the dimension doesn't apply.
    by_dimension: Array
    #: The segments' embeddings, to tell which are alike.
    vectors: Float32

    @classmethod
    def joined(cls, parts: Sequence["Doubts"]) -> "Doubts":
        """Put parts of a pool together, in order."""
        return cls(np.concatenate([p.by_dimension for p in parts]), np.concatenate([p.vectors for p in parts]))


def doubt(verdict: Verdict, select: Select) -> Array:
    """Return how unsure a model is of each segment on one dimension: the entropy of what it deems probable, in nats.

    `one`: of the outcome, "none applies" among them. `many`: of each code by itself, the mean over the codes.
    """
    if select == "one":
        return np.asarray(_surprise(np.column_stack([verdict.probabilities, verdict.none])).sum(axis=1))
    given = verdict.probabilities
    return np.asarray((_surprise(given) + _surprise(1.0 - given)).mean(axis=1))


def _surprise(probabilities: Array) -> Array:
    return np.asarray(-probabilities * np.log(np.maximum(probabilities, 1e-12)))


def pooled(by_dimension: Array) -> Array:
    """Return one doubt per segment: the mean over its dimensions, each measured by its mean over the pool.

    So every dimension has a say of the same size, whatever the number of its codes.
    """
    applies = ~np.isnan(by_dimension)
    known = np.where(applies, by_dimension, 0.0)
    mean = known.sum(axis=0) / np.maximum(applies.sum(axis=0), 1)
    shares = known / np.where(mean > 0, mean, 1.0)
    return np.asarray(shares.sum(axis=1) / np.maximum(applies.sum(axis=1), 1))


def order(doubts: Array, vectors: Float32, apart: float = _APART) -> NDArray[np.int64]:
    """Return the places of all segments, those first that would teach most.

    In rounds, of the most doubtful ones that remain, those are taken one by one whose doubt is greatest; it counts the
    less, the more they are like what the round has taken already. Batch-mode selection by uncertainty and diversity,
    after Brinker 2003, "Incorporating diversity in active learning with support vector machines".

    Args:
        doubts: one per segment, 0 or more; without any, nothing is to be learned.
        vectors: a unit row per segment, or a row of zeros.
        apart: from which distance on segments are not alike at all.
    """
    left = np.argsort(-doubts, kind="stable")
    taken: list[NDArray[np.int64]] = []
    while len(left):
        among = left[: _AMONG * _ROUND]
        chosen = _round(doubts[among], vectors[among], apart)
        taken.append(among[chosen])
        left = np.delete(left, chosen)
    return np.concatenate(taken) if taken else left


def _round(doubts: Array, vectors: Float32, apart: float) -> NDArray[np.int64]:
    """Return the places of one round's segments among those that it is taken from."""
    unlike = np.ones(len(doubts))
    chosen: list[int] = []
    for _ in range(min(_ROUND, len(doubts))):
        worth = doubts * unlike
        worth[chosen] = -1.0
        best = int(worth.argmax())
        chosen.append(best)
        unlike = np.minimum(unlike, np.clip((1.0 - vectors @ vectors[best]) / apart, 0.0, 1.0))
    return np.array(chosen, dtype=np.int64)
