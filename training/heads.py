"""Fit the linear head of one dimension and take its weights out as plain arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.domain.codebook import Select
from service.suggest.features import Columns, Float32
from service.suggest.scorer import Head
from training import logistic
from training.logistic import Fit, Inputs

#: A code that no segment of a split carries can't be given there.
IMPOSSIBLE = -1e3
#: With fewer examples of a code there is nothing to fit; its definition carries it.
_MIN_EXAMPLES = 2


@dataclass(frozen=True)
class Target:
    """What is to be learned on one dimension."""

    dimension: str
    select: Select
    codes: tuple[str, ...]
    #: A row per segment that was coded on the dimension, a column per code.
    truth: NDArray[np.bool_]
    #: The places of these segments among all segments.
    rows: NDArray[np.int64]

    @property
    def none(self) -> bool:
        """Whether "none applies" is an outcome of its own."""
        return self.select == "one" and bool((~self.truth.any(axis=1)).any())

    def part(self, kept: NDArray[Any]) -> "Target":
        """Return the same for some of the segments."""
        return Target(self.dimension, self.select, self.codes, self.truth[kept], self.rows[kept])


@dataclass(frozen=True)
class Strength:
    """How freely a head may follow its examples, and how much it heeds what is not the segment's embedding."""

    #: Inverse of the penalty on the weights.
    freedom: float = 10.0
    neighbours: float = 0.6
    windows: float = 1.0
    place: float = 0.5
    form: float = 1.0
    terms: float = 1.5
    #: How much of an outcome's rarity is given back to its score (`one`), from 0 to 1.
    balance: float = 0.0

    def scales(self, size: int, total: int) -> Float32:
        """Return the factor of each column, for embeddings of this size."""
        columns = Columns.of(size)
        out = np.full(total, self.terms, dtype=np.float32)
        out[columns.segment] = 1.0
        out[columns.neighbours] = self.neighbours
        out[columns.windows] = self.windows
        out[columns.place] = self.place
        out[columns.form] = self.form
        return out


def fit(target: Target, inputs: Inputs, size: int, none: bool, strength: Strength) -> Head:
    """Fit a head on the columns of the target's segments.

    Args:
        target: the codes and what is true of each segment.
        inputs: a row per segment of the target; changed in place, to spare memory.
        size: of the embeddings.
        none: whether the head has a row for "none applies".
        strength: how freely the head may follow them.
    """
    width = Columns.of(size).width
    scales = strength.scales(size, inputs.width)
    learn = _one if target.select == "one" else _many
    found = learn(target, inputs.scaled(scales), none=none, strength=strength)
    weights = found.weights * scales
    return Head(
        target.codes,
        target.select,
        none,
        np.ascontiguousarray(weights[:, :width], dtype=np.float32),
        np.ascontiguousarray(weights[:, width:], dtype=np.float32),
        found.bias,
        target.truth.sum(axis=0).astype(np.int64),
    )


def _one(target: Target, inputs: Inputs, *, none: bool, strength: Strength) -> Fit:
    coded: NDArray[np.bool_] = np.asarray(target.truth.any(axis=1))
    outcomes = np.column_stack([target.truth, ~coded]) if none else target.truth[coded]
    given: NDArray[np.bool_] = np.asarray(outcomes.any(axis=0))
    out = Fit(np.zeros((len(given), inputs.width)), np.where(given, 0.0, IMPOSSIBLE))
    if given.sum() > 1:
        found = logistic.fit(inputs if none else inputs.part(coded), outcomes[:, given], "one", strength.freedom)
        rarity = -np.log(outcomes[:, given].mean(axis=0))
        out.weights[given], out.bias[given] = found.weights, found.bias + strength.balance * rarity
    return out


def _many(target: Target, inputs: Inputs, *, none: bool, strength: Strength) -> Fit:
    counts = target.truth.sum(axis=0)
    share = (counts + 0.5) / (len(target.truth) + 1.0)
    out = Fit(np.zeros((len(counts), inputs.width)), np.log(share / (1.0 - share)))
    fitted = (counts >= _MIN_EXAMPLES) & (counts < len(target.truth))
    if fitted.any():
        found = logistic.fit(inputs, target.truth[:, fitted], "many", strength.freedom)
        out.weights[fitted], out.bias[fitted] = found.weights, found.bias
    return out
