"""A calibrated linear head per dimension, as plain arrays: from features to probabilities to a decision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """Weights of one dimension, a row per code; with `none`, a last row stands for "none applies"."""

    codes: tuple[str, ...]
    none: bool
    dense: Array
    terms: Array
    bias: Array
    #: How many coded segments each code was fitted on.
    examples: NDArray[np.int64]
