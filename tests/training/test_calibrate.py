"""Calibration learned from scores of unseen segments."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.domain.codebook import Select
from service.suggest import calibration
from service.suggest.calibration import Calibration
from service.suggest.scorer import Array, Head, sigmoid
from training import calibrate
from training.calibrate import Unseen
from training.heads import Target


def _head(select: Select, codes: int, *, none: bool = False) -> Head:
    rows = codes + none
    empty = np.zeros((rows, 0), np.float32)
    names = tuple("abcdefgh"[:codes])
    return Head(names, select, none, empty, empty, np.zeros(rows), np.full(codes, 100_000))


def _unseen(select: Select, logits: Array, truth: NDArray[Any]) -> Unseen:
    codes = truth.shape[1]
    target = Target("d", select, tuple("abcdefgh"[:codes]), truth.astype(bool), np.arange(len(truth)))
    return Unseen(target, logits, np.full(truth.shape, 1 / codes), np.arange(len(truth)) % 5)


def _one(sharpness: float, size: int = 4000) -> Unseen:
    """Scores that are too sharp or too flat by a known factor."""
    chance = np.random.default_rng(0)
    honest = chance.normal(size=(size, 3)) * 1.5
    likely = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    truth = chance.random((size, 1)) < likely.cumsum(axis=1)
    return _unseen("one", honest * sharpness, truth & ~np.roll(truth, 1, axis=1) | (truth & (np.arange(3) == 0)))


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 2.0])
def test_a_temperature_undoes_false_sharpness(sharpness: float) -> None:
    """The factor by which scores were too sharp is found again."""
    found = calibrate.calibrate(_head("one", 3), _one(sharpness), stated=True)
    assert found.temperature == pytest.approx(sharpness, rel=0.2)


def _many(size: int = 4000) -> Unseen:
    chance = np.random.default_rng(1)
    honest = chance.normal(size=(size, 4)) * 2 - np.array([0.5, 1, 2, 3])
    return _unseen("many", 2 * honest + 1, chance.random((size, 4)) < sigmoid(honest))


def test_sigmoids_undo_shift_and_scale() -> None:
    """Per code, said and seen frequencies agree in every fifth of the probabilities."""
    unseen = _many()
    head = _head("many", 4)
    found = calibrate.calibrate(head, unseen, stated=True)
    verdict = calibration.judge(head, found, unseen.logits, unseen.definitions)
    for row in range(4):
        order = np.argsort(verdict.probabilities[:, row])
        for part in np.array_split(order, 5):
            said, seen = verdict.probabilities[part, row].mean(), unseen.target.truth[part, row].mean()
            assert said == pytest.approx(seen, abs=0.05)


def test_what_leads_is_as_often_right_as_it_says() -> None:
    """Also where no sigmoid of the scores can say so: low ones never hold, high ones not as often as they claim."""
    chance = np.random.default_rng(3)
    logits = np.concatenate([np.full((3000, 1), -9.0), chance.normal(size=(3000, 1)) * 3], axis=0)[:, [0, 0]] - [0, 12]
    right = sigmoid(np.where(logits < -1, 2 * logits, 0.4 * logits))
    unseen = _unseen("many", logits, chance.random(logits.shape) < right)
    found = calibrate.calibrate(_head("many", 2), unseen, stated=True)
    verdict = calibration.judge(_head("many", 2), found, unseen.logits, unseen.definitions)
    order = np.argsort(verdict.probabilities[:, 0], kind="stable")
    for part in np.array_split(order, 8):
        said, seen = verdict.probabilities[part, 0].mean(), unseen.target.truth[part, 0].mean()
        assert said == pytest.approx(seen, abs=0.05)
    plain = replace(found, leading=calibration.neutral(2).leading)
    before = calibration.judge(_head("many", 2), plain, unseen.logits, unseen.definitions)
    assert (np.argsort(before.probabilities, axis=1) == np.argsort(verdict.probabilities, axis=1)).all()


@pytest.mark.parametrize("seed", range(6))
def test_coefficients_are_the_best_there_are(seed: int) -> None:
    """Also where whole steps of Newton's method would leap to and fro: no gradient is left."""
    chance = np.random.default_rng(seed)
    scores = chance.normal(size=(1500, 2)) * 6 - 8
    given = chance.random(1500) < sigmoid(0.3 * scores[:, 0] - 0.5)
    held = calibrate._POOLED
    at = calibrate._logistic(scores, given, held)
    columns = np.column_stack([scores, np.ones(len(scores))])
    gradient = columns.T @ (sigmoid(columns @ at) - given) + held.weight * (at - held.at)
    assert np.abs(gradient).max() < 1e-3


def test_thresholds_are_lower_for_rarer_codes() -> None:
    """F1 wants a rare code to be named earlier."""
    found = calibrate.calibrate(_head("many", 4), _many(), stated=True)
    assert ((found.threshold > 0.05) & (found.threshold < 0.6)).all()
    assert found.threshold[3] < found.threshold[0]


@pytest.mark.parametrize("unseen", [_one(1.0), _many()], ids=["one", "many"])
def test_candidate_sets_hold_nine_in_ten(unseen: Unseen) -> None:
    """Calibrated on one half, the sets of the other half hold about 90 % of the true codes."""
    half = np.arange(len(unseen.folds)) % 2 == 0
    head = _head(unseen.target.select, unseen.target.truth.shape[1])
    found = calibrate.calibrate(head, unseen.part(half), stated=True)
    other = unseen.part(~half)
    verdict = calibration.judge(head, found, other.logits, other.definitions)
    truth = other.target.truth
    assert (verdict.in_set & truth).sum() / truth.sum() == pytest.approx(0.9, abs=0.03)
    if unseen.target.select == "one":
        assert verdict.in_set.any(axis=1).all()


def test_no_coverage_is_stated_unless_asked_for() -> None:
    """Then the set is what is near the leading code, which is always in it."""
    unseen = _one(1.0, 200)
    found = calibrate.calibrate(_head("one", 3), unseen, stated=False)
    assert found.in_set is None
    verdict = calibration.judge(_head("one", 3), found, unseen.logits, unseen.definitions)
    assert verdict.in_set[np.arange(200), verdict.probabilities.argmax(axis=1)].all()


def test_too_few_true_codes_make_the_set_whole() -> None:
    """With fewer than nine there is no telling which one in ten may be missed: every code is in."""
    unseen = _one(1.0, 8)
    found = calibrate.calibrate(_head("one", 3), unseen, stated=True)
    assert found.in_set == 0.0


def test_doubt_begins_where_verdicts_are_more_wrong_than_right() -> None:
    """Noise is doubted, up to a quarter of the segments; what is always right is never doubted."""
    chance = np.random.default_rng(2)
    noise = _unseen("one", chance.normal(size=(400, 4)), np.eye(4)[chance.integers(0, 4, 400)])
    sure = _unseen("one", 5 * np.eye(4)[np.arange(400) % 4], np.eye(4)[np.arange(400) % 4])
    head = _head("one", 4)
    for unseen, least, most in ((noise, 0.15, 0.25), (sure, 0.0, 0.0)):
        found = calibrate.calibrate(head, unseen, stated=True)
        uncertain = calibration.judge(head, found, unseen.logits, unseen.definitions).uncertain.mean()
        assert least <= uncertain <= most


def test_crossed_verdicts_do_not_see_their_own_fold() -> None:
    """A fold whose truth is turned round is judged as if it were not: its verdicts stay what the others teach."""
    unseen = _many(1000)
    turned = unseen.target.truth.copy()
    mine = unseen.folds == 2
    turned[mine] = ~turned[mine]
    head = _head("many", 4)
    other = _unseen("many", unseen.logits, turned)
    one, two = (calibrate.crossed(head, each, stated=True) for each in (unseen, other))
    assert np.array_equal(one.probabilities[mine], two.probabilities[mine])
    assert not np.array_equal(one.probabilities[~mine], two.probabilities[~mine])


def test_none_applies_is_an_outcome_where_the_head_has_it() -> None:
    """The codes' probabilities sum to 1 minus it, and the best is empty where it leads."""
    head = _head("one", 2, none=True)
    logits = np.array([[0.0, 0.0, 3.0], [3.0, 0.0, 0.0]])
    verdict = calibration.judge(head, calibration.neutral(2), logits, np.full((2, 2), 0.5))
    assert np.allclose(verdict.probabilities.sum(axis=1), 1 - verdict.none, atol=1e-5)
    assert verdict.best.tolist() == [[False, False], [True, False]]
    assert verdict.in_set.any(axis=1).all()


def test_definitions_fade_as_examples_come() -> None:
    """With no example of a code its definition speaks; with many the head does."""
    definitions = np.array([[0.9, 0.1]])
    logits = np.array([[0.0, 4.0]])
    leads = []
    for examples in (0, 2, 500):
        head = _head("many", 2)
        counted = Head(head.codes, "many", False, head.dense, head.terms, head.bias, np.full(2, examples))
        leads.append(counted.mixed(logits, definitions)[0])
    assert leads[0][0, 0] > leads[0][0, 1]
    assert leads[2][0, 1] > leads[2][0, 0]
    assert leads[0][0, 0] > leads[1][0, 0] > leads[2][0, 0]


def test_unknown_codes_are_neutral() -> None:
    """Aligning to other codes keeps what is known and adds what changes nothing."""
    known = Calibration(
        1.0, np.array([2.0]), np.array([1.0]), np.array([0.3]), 0.0, np.array([1.2, 0.5, 0.3]), 0.2, 0.1
    )
    aligned = known.aligned(["a"], ["b", "a"])
    assert aligned.slope.tolist() == [1.0, 2.0]
    assert aligned.intercept.tolist() == [0.0, 1.0]
    assert aligned.threshold.tolist() == [0.5, 0.3]
