"""What the plots are drawn from, worked out by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.codebook import Select
from service.suggest.held_out import HeldOut
from service.suggest.measures import measure
from training import diagnostics


def _held(select: Select, truth: list[str], best: list[str], codes: str = "ab", **given_parts: Any) -> HeldOut:
    """Write truth and best as strings of codes, "" for none."""
    shape = (len(truth), len(codes))
    parts = {
        "groups": np.array([f"g{row}" for row in range(len(truth))]),
        "probabilities": np.array([[0.6 if code in said else 0.2 for code in codes] for said in best]).reshape(shape),
        "in_set": np.ones(shape, dtype=bool),
        "abstained": np.zeros(len(truth), dtype=bool),
        "keys": np.arange(len(truth), dtype=np.uint64),
    } | given_parts
    masks = [np.array([[c in row for c in codes] for row in rows]).reshape(shape) for rows in (truth, best)]
    return HeldOut(tuple(codes), select, truth=masks[0], best=masks[1], **parts)


def test_risk_rises_as_less_sure_segments_join() -> None:
    """Surest first, those without advice last: risk is the share wrong so far."""
    chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.99, 0.01]])
    abstained = np.array([False, False, False, True])
    held = _held("one", ["a", "a", "b", "b"], ["a", "a", "a", "a"], probabilities=chances, abstained=abstained)
    found = diagnostics.risk_coverage(held)
    assert [(p["coverage"], p["risk"]) for p in found["points"]] == [
        (0.25, 0.0),
        (0.5, 0.0),
        (0.75, pytest.approx(1 / 3, abs=1e-6)),
        (1.0, 0.5),
    ]
    assert found["advised"] == {"coverage": 0.75, "risk": pytest.approx(1 / 3, abs=1e-6)}
    assert found["area"] == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4, abs=1e-6)


def test_risk_of_many_codes_is_what_does_not_overlap() -> None:
    """Half of the codes shared is half a mistake; nothing where nothing was said and nothing true is right."""
    held = _held("many", ["ab", "", "b"], ["a", "", ""])
    assert diagnostics.overlap(held).tolist() == [0.5, 1.0, 0.0]


def test_no_advice_at_all_has_no_point_where_it_ends() -> None:
    """Where a model abstains throughout there is a curve and no advised share."""
    held = _held("one", ["a"], ["a"], abstained=np.array([True]))
    assert diagnostics.risk_coverage(held)["advised"] is None


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 400), st.sampled_from(["one", "many"]), st.integers(0, 5))
def test_the_curve_ends_with_all_segments(size: int, select: Select, seed: int) -> None:
    """At most fifty points, coverage rising to 1, where risk is that of all; the bins together are the error."""
    chance = np.random.default_rng(seed)
    words = ["a", "b", "" if select == "one" else "ab"]
    truth, best = ([words[k] for k in chance.integers(0, 3, size)] for _ in range(2))
    chances = chance.dirichlet(np.ones(3), size)[:, :2]
    held = _held(select, truth, best, probabilities=chances, abstained=chance.random(size) < 0.2)
    found = diagnostics.risk_coverage(held)
    reached = [point["coverage"] for point in found["points"]]
    assert len(reached) <= 50
    assert reached == sorted(set(reached))
    assert reached[-1] == 1
    assert found["points"][-1]["risk"] == pytest.approx(1 - diagnostics.overlap(held).mean(), abs=1e-6)
    bins = diagnostics.reliability(held)
    gap = sum(b["n"] * abs(b["probability"] - b["right"]) for b in bins) / size
    assert gap == pytest.approx(measure(held)["ece"], abs=1e-5)
    table = diagnostics.confusion(held)
    if select == "one":
        assert sum(sum(row.values()) for row in table.values()) == size


def test_bins_are_of_equal_size_with_intervals_from_ten_participants_on() -> None:
    """Twenty segments are ten bins of two; intervals hold the share."""
    chance = np.random.default_rng(3)
    chances = np.column_stack([np.linspace(0.5, 0.9, 20), np.linspace(0.4, 0.05, 20)])
    truth = ["a" if chance.random() < 0.7 else "b" for _ in range(20)]
    held = _held("one", truth, ["a"] * 20, probabilities=chances)
    bins = diagnostics.reliability(held)
    assert [b["n"] for b in bins] == [2] * 10
    assert all(b["interval"][0] <= b["right"] <= b["interval"][1] for b in bins)
    assert all(b["interval"] is None for b in diagnostics.reliability(held.part(np.arange(9))))


def test_confusion_of_one_code_by_hand() -> None:
    """Rows are what is true, entries what was said; no code is a row and an entry of its own."""
    held = _held("one", ["a", "a", "a", "b", ""], ["a", "b", "", "b", "a"])
    assert diagnostics.confusion(held) == {"a": {"a": 1, "b": 1, "": 1}, "b": {"b": 1}, "": {"a": 1}}


def test_confusion_of_many_codes_by_hand() -> None:
    """Only codes wrongly given where the true one was missed stand in its place."""
    held = _held("many", ["ab", "a", "a", "", "b"], ["ab", "b", "", "b", "ab"])
    assert diagnostics.confusion(held) == {"a": {"a": 1, "b": 1, "": 1}, "b": {"b": 2}, "": {"b": 1}}


def test_the_surest_disagreements_come_first() -> None:
    """Where it is right, or gives no advice, a model disagrees with nobody."""
    chances = np.array([[0.7, 0.3], [0.95, 0.05], [0.9, 0.1], [0.99, 0.01]])
    held = _held(
        "one", ["b", "b", "a", "b"], ["a"] * 4, probabilities=chances, abstained=np.array([False, False, False, True])
    )
    found = diagnostics.disagreements(held, [("d", place) for place in range(4)])
    assert [(row["position"], row["probability"]) for row in found] == [(1, 0.95), (0, 0.7)]
    assert (found[0]["document_id"], found[0]["given"], found[0]["suggested"]) == ("d", ["b"], ["a"])


def test_with_many_codes_the_code_they_differ_in_most_counts() -> None:
    """A code said to be nearly impossible and given is a strong disagreement, one that both gave is none."""
    held = _held("many", ["ab", "a"], ["a", "a"], probabilities=np.array([[0.9, 0.02], [0.99, 0.3]]))
    (found,) = diagnostics.disagreements(held, [("d", 0), ("d", 1)])
    assert (found["given"], found["suggested"], found["probability"]) == (["a", "b"], ["a"], 0.98)


def test_twenty_disagreements_are_enough() -> None:
    """More are not listed."""
    held = _held("one", ["b"] * 30, ["a"] * 30)
    assert len(diagnostics.disagreements(held, [("d", place) for place in range(30)])) == 20
