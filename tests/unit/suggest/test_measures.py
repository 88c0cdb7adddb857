"""The measures, against numbers worked out by hand and against scikit-learn."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from service.domain.codebook import Select
from service.suggest.held_out import HeldOut
from service.suggest.measures import MEASURES, Counts, error_interval, measure, resamples


def _held(select: Select, truth: list[str], best: list[str], codes: str = "ab", **given_parts: Any) -> HeldOut:
    """Write truth and best as strings of codes, "" for none."""
    shape = (len(truth), len(codes))
    parts = {
        "groups": np.array([f"g{row}" for row in range(len(truth))]),
        "probabilities": np.array([[0.6 if code in given_best else 0.2 for code in codes] for given_best in best]),
        "in_set": np.array([[code in given_best for code in codes] for given_best in best]).reshape(shape),
        "abstained": np.zeros(len(truth), dtype=bool),
        "keys": np.arange(len(truth), dtype=np.uint64),
    } | given_parts
    masks = [np.array([[c in row for c in codes] for row in rows]).reshape(shape) for rows in (truth, best)]
    return HeldOut(tuple(codes), select, truth=masks[0], best=masks[1], **parts)


def test_one_by_hand() -> None:
    """Six segments with codes a and b and one without any, worked out on paper.

    Truth a a a b b none, best a a b b none a: a has 2 right of 3 given and 3 true, b has 1 right of 2 and 2.
    """
    found = measure(_held("one", ["a", "a", "a", "b", "b", ""], ["a", "a", "b", "b", "", "a"]))
    assert found["codes"]["a"] == {"precision": 0.666667, "recall": 0.666667, "f1": 0.666667, "support": 3}
    assert found["codes"]["b"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}
    assert found["macro_f1"] == pytest.approx((2 / 3 + 1 / 2) / 2, abs=1e-6)
    assert found["micro_f1"] == pytest.approx(2 * 3 / (5 + 5))
    # agreed 3/6; chance (3*3 + 2*2 + 1*1) / 36
    assert found["kappa"] == pytest.approx((3 / 6 - 14 / 36) / (1 - 14 / 36), abs=1e-6)
    # the segment without a code stays out: 3 of 5 true codes are in the set
    assert found["coverage"] == pytest.approx(3 / 5)
    assert found["mean_set_size"] == pytest.approx(5 / 6, abs=1e-6)
    assert (found["n"], found["abstained_share"]) == (6, 0)


def test_many_by_hand() -> None:
    """Four segments, two codes; uncoded segments count in F1, and kappa is over segment and code pairs."""
    found = measure(_held("many", ["ab", "a", "", "b"], ["a", "ab", "b", ""]))
    # a: right 2, given 2, true 2; b: right 0, given 2, true 2
    assert (found["codes"]["a"]["f1"], found["codes"]["b"]["f1"]) == (1, 0)
    assert found["macro_f1"] == pytest.approx(0.5)
    assert found["micro_f1"] == pytest.approx(2 * 2 / (4 + 4))
    # of 8 pairs 4 agree; chance is a half
    assert found["kappa"] == pytest.approx(0)
    assert found["coverage"] == pytest.approx(2 / 4)
    assert found["alpha"] < 0


def test_only_several_codes_have_an_alpha() -> None:
    """Where one code is taken, kappa says it."""
    assert measure(_held("many", ["ab", "a"], ["ab", "a"]))["alpha"] == 1
    assert "alpha" not in measure(_held("one", ["a", "b"], ["a", "b"]))


def test_codes_absent_from_the_truth_are_no_part_of_macro_f1() -> None:
    """A code given but never true lowers micro-F1 and kappa, not the mean over the truth's codes."""
    found = measure(_held("many", ["a", "a"], ["a", "ab"], codes="abc"))
    assert (found["macro_f1"], found["micro_f1"]) == (1, pytest.approx(0.8))
    assert found["codes"]["c"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}


def test_what_cannot_be_computed_is_null() -> None:
    """Without any true code there is no F1, no coverage, and agreement by chance alone is no kappa."""
    found = measure(_held("one", ["", ""], ["", ""]))
    assert (found["macro_f1"], found["micro_f1"], found["kappa"], found["coverage"]) == (None, None, None, None)


def test_calibration_error_by_hand() -> None:
    """Ten bins of one segment each: the mean distance of the top probability from being right."""
    top = np.linspace(0.5, 0.95, 10)
    right = [True, False] * 5
    truth = ["a" if hit else "b" for hit in right]
    found = measure(_held("one", truth, ["a"] * 10, probabilities=np.stack([top, 1 - top], axis=1)))
    assert found["ece"] == pytest.approx(np.abs(top - right).mean(), abs=1e-6)


def test_calibration_error_takes_bins_of_equal_mass() -> None:
    """Twenty segments make ten pairs by rising probability; errors within a pair cancel."""
    top = np.repeat(np.linspace(0.5, 0.95, 10), 2) + np.tile([0.0, 0.001], 10)
    truth = ["a" if row % 2 else "b" for row in range(20)]
    found = measure(_held("one", truth, ["a"] * 20, probabilities=np.stack([top, 1 - top], axis=1)))
    expected = np.abs(top.reshape(10, 2).mean(axis=1) - 0.5).mean()
    assert found["ece"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("skew", [0.0, 0.15])
def test_the_interval_of_a_calibration_error_holds_it(skew: float) -> None:
    """Where probabilities are honest, resamples lie above the error; its interval still holds it, and begins at 0."""
    chance = np.random.default_rng(5)
    top = chance.uniform(0.5, 1.0, 600)
    truth = ["a" if chance.random() < p - skew else "b" for p in top]
    groups = np.repeat([f"g{number:02d}" for number in range(20)], 30)
    held = _held("one", truth, ["a"] * 600, probabilities=np.stack([top, 1 - top], axis=1), groups=groups)
    found, counts = measure(held), Counts(held)
    low, high = found["intervals"]["ece"]
    assert 0 <= low <= found["ece"] <= high
    assert (low > 0.05) == (skew > 0)
    drawn = counts.measures(resamples(20))["ece"]
    assert high == pytest.approx(max(found["ece"], 2 * found["ece"] - np.percentile(drawn, 2.5)), abs=2e-6)


def test_an_interval_that_resampling_puts_above_its_error_is_turned_back() -> None:
    """With all resamples above the error, it lies between nothing and the error."""
    assert error_interval(np.linspace(0.009, 0.034, 100), 0.007) == [0.0, 0.007]
    assert error_interval(np.array([np.nan]), 0.007) == [None, None]


outcomes = st.sampled_from(["a", "b", "c", ""])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(outcomes, outcomes), min_size=2, max_size=30))
def test_one_agrees_with_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    """F1 and kappa are those of the library wherever it defines them."""
    truth, best = [a for a, _ in pairs], [b for _, b in pairs]
    found = measure(_held("one", truth, best, codes="abc"))
    present = sorted(set(truth) - {""})
    if present:
        macro = oracle.f1_score(truth, best, labels=present, average="macro", zero_division=0)
        assert found["macro_f1"] == pytest.approx(macro, abs=1e-6)
        micro = oracle.f1_score(truth, best, labels=["a", "b", "c"], average="micro", zero_division=0)
        assert found["micro_f1"] == pytest.approx(micro, abs=1e-6)
    if len({*truth, *best}) > 1:
        kappa = oracle.cohen_kappa_score(truth, best)
        assert found["kappa"] == (None if math.isnan(kappa) else pytest.approx(kappa, abs=1e-6))


sets = st.sampled_from(["", "a", "b", "c", "ab", "bc", "abc"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(sets, sets), min_size=2, max_size=30))
def test_many_agrees_with_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    """The same for several codes per segment, pooled over pairs."""
    held = _held("many", [a for a, _ in pairs], [b for _, b in pairs], codes="abc")
    found = measure(held)
    columns = np.flatnonzero(held.truth.any(axis=0))
    if len(columns):
        each = oracle.f1_score(held.truth, held.best, average=None, zero_division=0)
        assert found["macro_f1"] == pytest.approx(each[columns].mean(), abs=1e-6)
        micro = oracle.f1_score(held.truth, held.best, average="micro", zero_division=0)
        assert found["micro_f1"] == pytest.approx(micro, abs=1e-6)
    flat = held.truth.ravel(), held.best.ravel()
    if len({*flat[0], *flat[1]}) > 1:
        assert found["kappa"] == pytest.approx(oracle.cohen_kappa_score(*flat), abs=1e-6)


def _of(participants: int, each: int = 8) -> HeldOut:
    chance = np.random.default_rng(3)
    truth = chance.choice(["a", "b"], size=participants * each)
    best = np.where(chance.random(len(truth)) < 0.8, truth, "a")
    groups = np.repeat([f"p{number:02d}" for number in range(participants)], each)
    return _held("one", list(truth), list(best), groups=groups)


def test_intervals_need_ten_participants() -> None:
    """Under ten there is a row per participant instead."""
    few, enough = measure(_of(9)), measure(_of(10))
    assert few["intervals"] is None
    assert list(few["by_participant"]) == [f"p{number:02d}" for number in range(9)]
    assert set(few["by_participant"]["p00"]) == set(MEASURES)
    assert "by_participant" not in enough
    assert set(enough["intervals"]) == set(MEASURES)


def test_a_participants_row_is_what_it_alone_gives() -> None:
    """Each row equals the measures of that participant's segments."""
    held = _of(3)
    mine = held.groups == "p01"
    alone = measure(held.part(mine))
    assert measure(held)["by_participant"]["p01"] == {name: alone[name] for name in MEASURES}


def test_intervals_resample_participants_not_segments() -> None:
    """They hold the value, are the same each time, and collapse where all participants are alike."""
    held = _of(12)
    found = measure(held)
    for name in MEASURES:
        low, high = found["intervals"][name]
        assert low <= found[name] <= high
    assert measure(held) == found
    alike = _held("one", ["a", "b"] * 12, ["a", "a"] * 12, groups=np.repeat([str(n) for n in range(12)], 2))
    assert measure(alike)["intervals"]["macro_f1"] == pytest.approx([1 / 3, 1 / 3], abs=1e-6)
