"""From probabilities to a verdict: what is suggested and what the candidate set holds."""

from dataclasses import replace

import numpy as np
import pytest

from service.suggest.calibration import Verdict, judge_many, judge_one, neutral
from service.suggest.prototypes import Nearness

PROBABILITIES = np.random.default_rng(0).random((200, 4)).round(6)


def _holds_what_is_best(verdict: Verdict) -> bool:
    return bool((verdict.in_set | ~verdict.best).all())


@pytest.mark.parametrize("in_set", [None, 0.1, 0.5, 0.9])
def test_what_is_suggested_is_in_the_candidate_set(in_set: float | None) -> None:
    """A code over its own threshold is a candidate, however high the bar of the set is."""
    calibration = replace(neutral(4), threshold=np.array([0.1, 0.3, 0.6, 0.9]), in_set=in_set)
    assert _holds_what_is_best(judge_many(PROBABILITIES, calibration))
    shares = PROBABILITIES / PROBABILITIES.sum(axis=1, keepdims=True)
    assert _holds_what_is_best(judge_one(shares, np.full(200, 0.2), calibration))


def test_a_code_at_its_threshold_stays_a_candidate_below_the_bar() -> None:
    """The case that was seen: suggested at 0.425 while the set's bar was higher."""
    calibration = replace(neutral(2), threshold=np.array([0.4, 0.5]), in_set=0.43)
    verdict = judge_many(np.array([[0.425, 0.2]]), calibration)
    assert verdict.best.tolist() == verdict.in_set.tolist() == [[True, False]]


@pytest.mark.parametrize("select", ["one", "many"])
def test_definitions_alone_suggest_only_candidates(select: str) -> None:
    """So it is where no coded excerpt stands behind a verdict."""
    shares = PROBABILITIES / PROBABILITIES.sum(axis=1, keepdims=True)
    for rich in (True, False):
        assert _holds_what_is_best(Nearness(shares, np.linspace(-3, 3, 200), rich).judge(select))
