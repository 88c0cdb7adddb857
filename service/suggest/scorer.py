"""A linear head per dimension, as plain arrays, and how it is mixed with the scores of the definitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from service.domain.codebook import Select
from service.suggest.features import TermVector

Array = NDArray[np.float64]
Float32 = NDArray[np.float32]

#: With this many coded segments of a code, its definition and its head count the same.
FADE = 8.0


@dataclass(frozen=True)
class Head:
    """Weights of one dimension, a row per code; with `none`, a last row stands for "none applies"."""

    codes: tuple[str, ...]
    select: Select
    none: bool
    dense: Float32
    terms: Float32
    bias: Array
    #: How many coded segments each code was fitted on.
    examples: NDArray[np.int64]

    def logits(self, dense: Float32, vectors: Sequence[TermVector]) -> Array:
        """Return one row of scores per segment."""
        scores = dense.astype(np.float64) @ self._wide + self.bias
        if self.terms.shape[1]:
            for row, vector in enumerate(vectors):
                scores[row] += vector.values @ self._by_term[vector.columns]
        return np.asarray(scores)

    @cached_property
    def _wide(self) -> Array:
        """The dense weights in double precision: sums then don't depend on how many segments are scored together."""
        return np.ascontiguousarray(self.dense.T, dtype=np.float64)

    @cached_property
    def _by_term(self) -> Array:
        return np.ascontiguousarray(self.terms.T, dtype=np.float64)

    def moved(self, row: int, vector: TermVector) -> Array:
        """Return how far each term moved a code's score; `one`: against the mean of what else it could be."""
        weights = self.terms[:, vector.columns].astype(np.float64)
        if self.select == "many" or len(weights) < 2:
            return np.asarray(weights[row] * vector.values)
        others = (weights.sum(axis=0) - weights[row]) / (len(weights) - 1)
        return np.asarray((weights[row] - others) * vector.values)

    def aligned(self, codes: Sequence[str]) -> "Head":
        """Return the head with a row for each of these codes, empty for those it doesn't know."""
        known = {code: row for row, code in enumerate(self.codes)}
        rows = [known.get(code, -1) for code in codes]
        picked = np.array([*rows, len(self.codes)] if self.none else rows, dtype=np.int64)
        blank = picked < 0
        return Head(
            tuple(codes),
            self.select,
            self.none,
            np.where(blank[:, None], np.float32(0), self.dense[picked]),
            np.where(blank[:, None], np.float32(0), self.terms[picked]),
            np.where(blank, 0.0, self.bias[picked]),
            np.where(blank[: len(rows)], 0, self.examples[picked[: len(rows)]]),
        )

    def mixed(self, logits: Array, definitions: Array, temperature: float = 1.0) -> tuple[Array, Array]:
        """Mix the head's scores with the definitions' probabilities, which fade as a code's examples grow in number.

        Returns:
            `one`: probabilities of the codes and of "none applies", which sum to 1; `many`: log-odds, still to be
            calibrated, and zeros.
        """
        share = FADE / (FADE + self.examples)
        if self.select == "many":
            mixed = (1.0 - share) * logits + share * logit(definitions)
            return np.asarray(mixed), np.zeros(len(logits))
        seen = np.append(self.examples > 0, True) if self.none else self.examples > 0
        own = softmax(np.where(seen, logits / temperature, -np.inf))
        none = own[:, -1] if self.none else np.zeros(len(own))
        codes = (1.0 - share) * own[:, : len(self.codes)] + share * definitions * (1.0 - none[:, None])
        total = codes.sum(axis=1)
        return codes * np.where(total > 0, (1.0 - none) / np.where(total > 0, total, 1.0), 0.0)[:, None], none


def softmax(logits: Array) -> Array:
    """Return probabilities that sum to 1 in each row."""
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def sigmoid(logits: Array) -> Array:
    """Return independent probabilities."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -40.0, 40.0))))


def logit(probabilities: Array) -> Array:
    """Return log-odds, kept finite."""
    clipped = np.clip(probabilities, 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))
