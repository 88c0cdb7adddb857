"""Shares corrected by a decided sample: near the truth, with intervals that hold it as often as they say."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from service.suggest import prevalence
from service.suggest.prevalence import Share, corrected

_Array = NDArray[np.float64]


def archive(rng: np.random.Generator, common: float, documents: int = 80) -> tuple[_Array, _Array, list[str]]:
    """Return truth, a model's probabilities that are too high and too timid, and documents that differ in both."""
    of = np.repeat(np.arange(documents), rng.integers(5, 90, documents))
    leaning = stats.logistic.ppf(common) + rng.normal(0, 0.8, documents)[of]
    true = rng.random(len(of)) < stats.logistic.cdf(leaning)
    said = stats.logistic.cdf(leaning / 2 + 1.2 * true + 0.5 + rng.normal(0, 0.7, documents)[of])
    return true.astype(np.float64), said, [f"d{number}" for number in of]


def sampled(rng: np.random.Generator, true: _Array, said: _Array, groups: list[str], size: int) -> Share:
    rows = rng.choice(len(true), size, replace=False)
    return corrected(
        float(said.mean()), len(true), said[rows].tolist(), (true[rows] > 0).tolist(), [groups[r] for r in rows]
    )


@pytest.mark.parametrize(("common", "size"), [(0.3, 100), (0.3, 400), (0.1, 150), (0.02, 150)])
def test_the_interval_holds_the_truth_as_often_as_it_says(common: float, size: int) -> None:
    """Over many archives and draws, about 95 of 100 intervals hold the true share, for rare codes too."""
    rng = np.random.default_rng(7)
    held = []
    for _ in range(400):
        true, said, groups = archive(rng, common)
        share = sampled(rng, true, said, groups, size)
        held.append(share.low <= true.mean() <= share.high)
    assert np.mean(held) >= 0.92


def test_the_estimate_is_nearer_than_the_model_and_than_the_sample_alone() -> None:
    """The model's error is taken off, and what it knows makes the estimate surer than counting the sample."""
    rng = np.random.default_rng(3)
    off: dict[str, list[float]] = {"model": [], "sample": [], "corrected": []}
    for _ in range(200):
        true, said, groups = archive(rng, 0.3)
        rows = rng.choice(len(true), 200, replace=False)
        given = [groups[r] for r in rows]
        share = corrected(float(said.mean()), len(true), said[rows].tolist(), (true[rows] > 0).tolist(), given)
        off["model"].append(abs(said.mean() - true.mean()))
        off["sample"].append(abs(true[rows].mean() - true.mean()))
        off["corrected"].append(abs(share.estimate - true.mean()))
    assert np.mean(off["corrected"]) < 0.9 * np.mean(off["sample"]) < np.mean(off["model"])


def test_a_sample_of_everything_is_the_truth() -> None:
    """Where all is decided nothing is left to be unsure of."""
    true, said, groups = archive(np.random.default_rng(1), 0.3)
    share = corrected(float(said.mean()), len(true), said.tolist(), (true > 0).tolist(), groups)
    assert (share.low, share.high) == pytest.approx((true.mean(), true.mean()))
    assert share.estimate == pytest.approx(true.mean())


def test_a_model_that_says_one_thing_only_counts_for_nothing() -> None:
    """What is left is the share of the sample."""
    true = [True] * 30 + [False] * 70
    share = corrected(0.9, 10_000, [0.9] * 100, true, [str(n) for n in range(100)])
    assert share.estimate == pytest.approx(0.3)


@pytest.mark.parametrize(("having", "low", "high"), [(0, 0.0, 0.0362), (3, 0.0062, 0.0852), (100, 0.9638, 1.0)])
def test_a_rare_code_is_counted(having: int, low: float, high: float) -> None:
    """With a handful of a code, or of its absence, the interval is Clopper and Pearson's of the sample."""
    true = [True] * having + [False] * (100 - having)
    share = corrected(0.2, 10_000, [0.2] * 100, true, ["d"] * 100)
    assert share.method == "counted"
    assert (share.low, share.high) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize("sizes", [[5000, *[50] * 5], [5000, *[50] * 20], [3000, 3000, *[50] * 10], [5000, 60], [3000]])
def test_documents_of_very_uneven_size_narrow_nothing(sizes: list[int]) -> None:
    """Where one document is most of the archive, intervals hold the truth as often too."""
    rng = np.random.default_rng(5)
    held = []
    for _ in range(300):
        of = np.repeat(np.arange(len(sizes)), sizes)
        leaning = stats.logistic.ppf(0.3) + rng.normal(0, 0.8, len(sizes))[of]
        true = (rng.random(len(of)) < stats.logistic.cdf(leaning)).astype(np.float64)
        said = stats.logistic.cdf(leaning / 2 + true + rng.normal(0, 0.7, len(of)))
        share = sampled(rng, true, said, [f"d{number}" for number in of], 200)
        held.append(share.low <= true.mean() <= share.high)
    assert np.mean(held) >= 0.92


def test_known_codings_count_as_they_are() -> None:
    """They move the share and narrow its interval, as far as they are a part of the archive."""
    share = Share(0.2, 0.1, 0.3, "prediction-powered").beside(known=100, having=100, population=300)
    assert (share.low, share.estimate, share.high) == pytest.approx((0.325, 0.4, 0.475))
    assert prevalence.MIN_DECIDED == 100
