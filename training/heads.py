"""Fit the linear head of one dimension with scikit-learn and take its weights out as plain arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from service.domain.codebook import Select
from service.suggest.features import Columns, Float32
from service.suggest.scorer import Array, Head

#: A code that no segment of a split carries can't be given there.
IMPOSSIBLE = -1e3
_ITERATIONS = 300
_JITTER = 1e-6
#: With fewer examples of a code there is nothing to fit; its definition carries it.
_MIN_EXAMPLES = 2
_LARGE = 30_000_000
_TOLERANCE = 1e-4


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
    terms: float = 1.5

    def scales(self, size: int, total: int) -> Float32:
        """Return the factor of each column, for embeddings of this size."""
        columns = Columns.of(size)
        out = np.full(total, self.terms, dtype=np.float32)
        out[columns.segment] = 1.0
        out[columns.neighbours] = self.neighbours
        out[columns.windows] = self.windows
        out[columns.place] = self.place
        return out


@dataclass(frozen=True)
class _Space:
    """The columns to fit on: as they are, or, where they outnumber the segments, rotated into fewer.

    A penalised linear model has its weights in the span of its examples, so the rotation loses nothing.
    """

    columns: NDArray[Any]
    rotated: bool

    @classmethod
    def of(cls, columns: Float32) -> "_Space":
        """Rotate where there are fewer segments than columns."""
        if len(columns) >= columns.shape[1]:
            return cls(columns, rotated=False)
        gram = (columns @ columns.T).astype(np.float64)
        gram[np.diag_indices_from(gram)] += _JITTER * (1.0 + float(np.trace(gram)) / len(gram))
        return cls(np.linalg.cholesky(gram), rotated=True)

    def back(self, weights: Array, columns: Float32) -> Array:
        """Return weights for the columns as they were."""
        if not self.rotated:
            return weights
        return np.asarray(solve_triangular(self.columns, weights.T, lower=True, trans="T").T @ columns)


def _threads(columns: NDArray[Any]) -> int | None:
    """Return one thread for small problems, where several spend their time waiting for one another."""
    return 1 if columns.size < _LARGE else None


def fit(target: Target, columns: Float32, size: int, none: bool, strength: Strength) -> Head:
    """Fit a head on the columns of the target's segments.

    Args:
        target: the codes and what is true of each segment.
        columns: a row per segment of the target; scaled in place, to spare memory.
        size: of the embeddings; what stands behind the dense columns are terms.
        none: whether the head has a row for "none applies".
        strength: how freely the head may follow them.
    """
    width = Columns.of(size).width
    scales = strength.scales(size, columns.shape[1])
    columns *= scales
    with threadpool_limits(_threads(columns)):
        space = _Space.of(columns)
        if target.select == "one":
            weights, bias = _one(target, space.columns, none=none, freedom=strength.freedom)
        else:
            weights, bias = _many(target, space.columns, strength.freedom)
        weights = space.back(weights, columns) * scales
    return Head(
        target.codes,
        target.select,
        none,
        np.ascontiguousarray(weights[:, :width], dtype=np.float32),
        np.ascontiguousarray(weights[:, width:], dtype=np.float32),
        bias,
        target.truth.sum(axis=0).astype(np.int64),
    )


def _one(target: Target, columns: Float32, *, none: bool, freedom: float) -> tuple[Array, Array]:
    coded = target.truth.any(axis=1)
    outcome = np.where(coded, target.truth.argmax(axis=1), len(target.codes))
    kept = np.ones(len(outcome), dtype=bool) if none else coded
    rows = len(target.codes) + none
    weights, bias = np.zeros((rows, columns.shape[1])), np.full(rows, IMPOSSIBLE)
    classes = np.unique(outcome[kept])
    if len(classes) == 1:
        bias[classes] = 0.0
    if len(classes) > 1:
        model = _logistic(columns if kept.all() else columns[kept], outcome[kept], freedom)
        signs = np.array([[-0.5], [0.5]]) if len(classes) == 2 else np.ones((len(classes), 1))
        weights[classes] = signs * model.coef_
        bias[classes] = signs[:, 0] * model.intercept_
    return weights, bias


def _many(target: Target, columns: Float32, freedom: float) -> tuple[Array, Array]:
    weights, bias = np.zeros((len(target.codes), columns.shape[1])), np.zeros(len(target.codes))
    for row in range(len(target.codes)):
        given = target.truth[:, row]
        if given.all() or given.sum() < _MIN_EXAMPLES:
            share = (given.sum() + 0.5) / (len(given) + 1.0)
            bias[row] = np.log(share / (1.0 - share))
        else:
            model = _logistic(columns, given, freedom)
            weights[row], bias[row] = model.coef_[0], model.intercept_[0]
    return weights, bias


def _logistic(columns: Float32, outcome: NDArray[Any], freedom: float) -> LogisticRegression:
    tolerance = _TOLERANCE if columns.size < _LARGE else 10 * _TOLERANCE
    return LogisticRegression(C=freedom, max_iter=_ITERATIONS, tol=tolerance).fit(columns, outcome)
