"""What one would otherwise pick and fit in seconds: the commonest codes, words, an untuned encoder."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from service.suggest.encoder import Encoder
from training.heads import Target

Said = tuple[NDArray[np.bool_], NDArray[np.float64]]

_ITERATIONS = 1000


@dataclass(frozen=True)
class Texts:
    """A dimension to learn and one to judge, with the texts of both."""

    learned: Target
    judged: Target
    learned_texts: Sequence[str]
    judged_texts: Sequence[str]


def majority(given: Texts) -> Said:
    """Say the commonest code of everything; where several are taken, each code that most segments have."""
    share = given.learned.truth.mean(axis=0)
    probabilities = np.tile(share, (len(given.judged.truth), 1))
    if given.learned.select == "many":
        return probabilities > 0.5, probabilities
    return _leading(probabilities, none=float(1.0 - share.sum())), probabilities


def tfidf(given: Texts) -> Said:
    """Fit a logistic regression on single words and pairs of words, each code of the same weight."""
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    return _classified(given, words.fit_transform(given.learned_texts), words.transform(given.judged_texts))


def probe(encoder: Encoder) -> Callable[[Texts], Said]:
    """Return a method that fits a logistic regression on the embeddings of the segments alone."""
    return lambda given: _classified(given, *(encoder.encode(t) for t in (given.learned_texts, given.judged_texts)))


def _classified(given: Texts, learned: Any, judged: Any) -> Said:
    truth, count = given.learned.truth, judged.shape[0]
    if given.learned.select == "many":
        columns = [_column(learned, column, judged) for column in truth.T]
        probabilities = np.stack(columns, axis=1)
        return probabilities > 0.5, probabilities
    outcome = np.where(truth.any(axis=1), truth.argmax(axis=1), truth.shape[1])
    model = _fitted(learned, outcome)
    everything = np.zeros((count, truth.shape[1] + 1))
    everything[:, model.classes_] = model.predict_proba(judged)
    return _leading(everything[:, :-1], everything[:, -1]), everything[:, :-1]


def _column(learned: Any, truth: NDArray[np.bool_], judged: Any) -> NDArray[np.float64]:
    """Return the probability of one code; a code that nothing learned from has, or all of it, is not fitted."""
    if truth.all() or not truth.any():
        return np.full(judged.shape[0], float(truth.any()))
    return np.asarray(_fitted(learned, truth).predict_proba(judged)[:, 1], np.float64)


def _fitted(columns: Any, truth: NDArray[Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(class_weight="balanced", max_iter=_ITERATIONS).fit(columns, truth)


def _leading(probabilities: NDArray[np.float64], none: NDArray[np.float64] | float) -> NDArray[np.bool_]:
    """Mark the most probable code, and none where "none applies" is more probable."""
    best = np.zeros(probabilities.shape, dtype=np.bool_)
    best[np.arange(len(best)), probabilities.argmax(axis=1)] = probabilities.max(axis=1) >= none
    return best
