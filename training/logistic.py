"""Penalised logistic regression over all codes at once, on dense columns beside sparse ones.

scikit-learn's gives the same weights (a test holds them together), but takes one code after the other where a segment
may carry several, and either dense or sparse columns: on 10,000 segments it took two and a half times as long.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from service.domain.codebook import Select

Array = NDArray[np.float64]
Float32 = NDArray[np.float32]

_ITERATIONS = 300
_TOLERANCE = 3e-5
#: Beyond so many numbers more exactness costs minutes and changes nothing that anyone sees.
_LARGE, _LARGE_TOLERANCE = 30_000_000, 3e-4


@dataclass(frozen=True)
class Inputs:
    """What heads are fitted on, a row per segment: embeddings and the like, and weighted terms."""

    dense: Float32
    terms: sparse.csr_matrix

    @property
    def width(self) -> int:
        """How many columns there are in all."""
        return int(self.dense.shape[1] + self.terms.shape[1])

    def part(self, kept: NDArray[np.bool_]) -> "Inputs":
        """Return the same for some of the segments."""
        return Inputs(self.dense[kept], self.terms[kept])

    def scaled(self, scales: Float32) -> "Inputs":
        """Return every column times its factor, the dense ones in place to spare memory."""
        split = self.dense.shape[1]
        np.multiply(self.dense, scales[:split], out=self.dense)
        return Inputs(self.dense, sparse.csr_matrix(self.terms @ sparse.diags_array(scales[split:])))

    def times(self, weights: Float32) -> Float32:
        """Return scores, a column per code, for weights of shape (columns, codes)."""
        split = self.dense.shape[1]
        return np.asarray(self.dense @ weights[:split] + self.terms @ weights[split:], dtype=np.float32)

    def back(self, scores: Float32) -> Float32:
        """Return the product of the transposed columns with something per segment and code."""
        return np.vstack([self.dense.T @ scores, self.terms.T @ scores])


@dataclass(frozen=True)
class Fit:
    """Weights, a row per code, and the score of each code where all columns are zero."""

    weights: Array
    bias: Array


def fit(inputs: Inputs, truth: NDArray[np.bool_], select: Select, freedom: float) -> Fit:
    """Minimise the log loss plus half the squared weights over `freedom` (L-BFGS); the bias is not penalised.

    Args:
        inputs: a row per segment; their dense columns are centred in place.
        truth: a row per segment, a column per outcome; of `one`, every row has just one.
        select: `one` fits a softmax, `many` a sigmoid per code.
        freedom: the inverse of the penalty, as scikit-learn's `C`.
    """
    # Weights stay what they are when columns are centred, and are found in half the iterations.
    centre = inputs.dense.mean(axis=0)
    np.subtract(inputs.dense, centre, out=inputs.dense)
    problem = _Problem(inputs, truth.astype(np.float32), select, 1.0 / (freedom * len(truth)))
    large = inputs.dense.size > _LARGE
    found = minimize(
        problem.loss,
        problem.start().ravel(),
        jac=True,
        method="L-BFGS-B",
        options={
            "maxiter": _ITERATIONS,
            "gtol": _LARGE_TOLERANCE if large else _TOLERANCE,
            "ftol": 64 * np.finfo(float).eps,
        },
    )
    at = found.x.reshape(-1, truth.shape[1])
    weights, bias = at[:-1], at[-1]
    return Fit(weights.T, bias - centre.astype(np.float64) @ weights[: len(centre)])


@dataclass(frozen=True)
class _Problem:
    inputs: Inputs
    truth: Float32
    select: Select
    penalty: float

    def start(self) -> Array:
        """Return no weights, and the bias that gives each outcome its share."""
        share = np.clip(self.truth.mean(axis=0, dtype=np.float64), 1e-6, 1.0 - 1e-6)
        bias = np.log(share) if self.select == "one" else np.log(share) - np.log1p(-share)
        return np.vstack([np.zeros((self.inputs.width, len(bias))), bias])

    def loss(self, flat: Array) -> tuple[float, Array]:
        """Return the mean loss with its penalty, and its gradient."""
        at = flat.reshape(-1, self.truth.shape[1])
        weights, bias = at[:-1], at[-1].astype(np.float32)
        scores = self.inputs.times(weights.astype(np.float32)) + bias
        surprise, likely = _softmax(scores, self.truth) if self.select == "one" else _sigmoids(scores, self.truth)
        wrong = (likely - self.truth) / np.float32(len(self.truth))
        gradient = np.empty_like(at)
        gradient[:-1] = self.inputs.back(wrong)
        gradient[:-1] += self.penalty * weights
        gradient[-1] = wrong.sum(axis=0, dtype=np.float64)
        penalty = 0.5 * self.penalty * float(np.vdot(weights, weights))
        return surprise / len(self.truth) + penalty, gradient.ravel()


def _softmax(scores: Float32, truth: Float32) -> tuple[float, Float32]:
    """Return the summed surprise at the truth, and how likely each outcome was."""
    top = scores.max(axis=1, keepdims=True)
    exponents = np.exp(scores - top)
    total = exponents.sum(axis=1, keepdims=True)
    surprise = np.log(total[:, 0]) + top[:, 0] - (scores * truth).sum(axis=1)
    return float(surprise.sum(dtype=np.float64)), exponents / total


def _sigmoids(scores: Float32, truth: Float32) -> tuple[float, Float32]:
    """Return the summed surprise at the truth, and how likely each code was."""
    away = np.exp(-np.abs(scores))
    surprise = np.log1p(away) + np.maximum(scores, 0.0) - scores * truth
    likely = np.where(scores >= 0.0, np.float32(1.0), away) / (1.0 + away)
    return float(surprise.sum(dtype=np.float64)), likely.astype(np.float32, copy=False)
