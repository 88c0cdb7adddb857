"""How common a code is in an archive: what a model says of all of it, corrected by what people say of a sample."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

_Array = NDArray[np.float64]

#: Fewer decided segments than this correct nothing.
MIN_DECIDED = 100
#: With fewer segments that have the code, or have it not, the sample is counted and the model not asked: sums of a
#: handful are not normal.
_FEW = 10
_LEVEL = 0.95
#: Fewer documents than this say nothing of how errors go together within them.
_MANY_GROUPS = 10


@dataclass(frozen=True)
class Share:
    """An estimate of a share with its 95 % interval, all 0 to 1."""

    estimate: float
    low: float
    high: float
    #: "prediction-powered", or "counted" where the code is too rare or too common in the sample.
    method: str

    def beside(self, known: int, having: int, population: int) -> "Share":
        """Return the share over segments whose coding is known as well, which widen nothing."""
        total = known + population
        estimate, low, high = ((having + population * part) / total for part in (self.estimate, self.low, self.high))
        return Share(estimate, low, high, self.method)


def corrected(
    mean: float, population: int, said: Sequence[float], true: Sequence[bool], groups: Sequence[str]
) -> Share:
    """Estimate which share of a population has a code (prediction-powered inference, tuned to the sample).

    The model's mean over the population is corrected by its mean error on a simple random sample of it, decided by
    people; how far the model counts is chosen to make the variance least. Errors within a document may go together:
    the interval is never narrower than that clustered by document, nor than that of segments drawn one by one. The
    source is Angelopoulos, Duchi and Zrnic, "PPI++: Efficient prediction-powered inference" (2023), for a mean; the
    population is finite, so that a sample of all of it has no variance. A code that fewer than ten of the sample have
    (or lack) is counted, with the interval of Clopper and Pearson.

    Args:
        mean: the model's mean probability over the population.
        population: how many segments that is.
        said: the model's probability for each segment of the sample.
        true: whether people gave each the code.
        groups: the document of each.
    """
    y, f = np.array(true, dtype=np.float64), np.array(said, dtype=np.float64)
    if min(y.sum(), len(y) - y.sum()) < _FEW:
        return _counted(int(y.sum()), len(y))
    weight = _weight(y, f)
    errors = y - weight * f
    estimate = weight * mean + float(errors.mean())
    reach = _reach(errors, groups) * float(np.sqrt(max(0.0, 1.0 - len(y) / population)))
    low, middle, high = (float(min(1.0, max(0.0, value))) for value in (estimate - reach, estimate, estimate + reach))
    return Share(middle, low, high, "prediction-powered")


def _weight(y: _Array, f: _Array) -> float:
    """Return how far the model counts: the slope of the truth on what it says, above 1 where the model is timid."""
    spread = float(f.var())
    if spread == 0.0:
        return 0.0
    return max(0.0, float(((y - y.mean()) * (f - f.mean())).mean()) / spread)


def _reach(errors: _Array, groups: Sequence[str]) -> float:
    """Return how far the mean of the errors may be off: as segments were drawn, or as documents go together.

    The wider of the two counts. A few documents, or one that holds most of the sample, tell too little of documents.
    """
    alone = float(errors.var(ddof=1)) / len(errors)
    reach = float(stats.t.ppf(0.5 + _LEVEL / 2, len(errors) - 1) * np.sqrt(alone))
    _, of = np.unique(np.array(groups), return_inverse=True)
    sums = np.bincount(of, weights=errors - errors.mean())
    if len(sums) < _MANY_GROUPS:
        return reach
    together = float((sums**2).sum()) / len(errors) ** 2 * len(sums) / (len(sums) - 1)
    return max(reach, float(stats.t.ppf(0.5 + _LEVEL / 2, len(sums) - 1) * np.sqrt(together)))


def _counted(having: int, of: int) -> Share:
    tail = (1.0 - _LEVEL) / 2
    low = float(stats.beta.ppf(tail, having, of - having + 1)) if having else 0.0
    high = float(stats.beta.ppf(1.0 - tail, having + 1, of - having)) if having < of else 1.0
    return Share(having / of, low, high, "counted")
