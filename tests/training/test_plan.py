"""From minutes to steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.plan import ENOUGH_STEPS, FEWER_FOLDS, FOLDS, ROUNDS, Plan, Steps, steps


def test_time_enough_goes_over_everything_a_few_times() -> None:
    """Beyond so many rounds, more minutes change nothing."""
    assert steps(Plan(budget=60), 9600, per_round=200, seconds=0.5) == Steps(ROUNDS * 200, FOLDS)
    assert steps(Plan(budget=3000), 9600, per_round=200, seconds=0.5) == Steps(ROUNDS * 200, FOLDS)


@pytest.mark.parametrize(("per_round", "wanted"), [(1, 20), (6, 120), (12, 150), (26, 150), (50, 150), (51, 153)])
def test_small_material_is_gone_over_more_often(per_round: int, wanted: int) -> None:
    """Until there are steps enough, though never too often."""
    assert steps(Plan(budget=3000), 48 * per_round, per_round, seconds=0.5) == Steps(wanted, FOLDS)


def test_short_time_means_fewer_splits_and_fewer_steps() -> None:
    """What there is time for is shared between the encoders to measure by and the one to serve."""
    found = steps(Plan(budget=20), 48_000, per_round=1000, seconds=0.5)
    assert found.folds == FEWER_FOLDS
    assert found.final + found.folds * found.each <= 20 * 60 * 2


def test_large_material_leaves_time_to_encode_and_to_fit() -> None:
    """Each encoder has to read everything before heads are fitted on what it sees."""
    few, many = (steps(Plan(budget=30), 48 * rounds, rounds, 0.5) for rounds in (700, 2000))
    assert many.final < 0.8 * few.final
    assert steps(Plan(budget=1), 480_000, 10_000, 0.5).final == 0


def test_steps_that_are_given_are_taken() -> None:
    """Then minutes don't count, and the same steps come out on any machine."""
    assert steps(Plan(steps=17, budget=0.001), 2400, per_round=50, seconds=100.0) == Steps(17, FOLDS)


@given(st.floats(0.01, 500), st.integers(1, 5000), st.floats(0.001, 60))
def test_the_budget_is_kept(budget: float, per_round: int, seconds: float) -> None:
    """All encoders together never take more steps than there is time for, but for the one that each makes at least."""
    found = steps(Plan(budget=budget), 48 * per_round, per_round, seconds)
    assert 0 <= found.final <= max(ROUNDS * per_round, ENOUGH_STEPS)
    assert (found.final + found.folds * (found.each - 1)) * seconds <= budget * 60 + 1e-6


@pytest.mark.parametrize(("final", "folds", "each"), [(300, 3, 200), (300, 2, 150), (1, 3, 1)])
def test_an_encoder_without_a_fold_goes_over_its_part_as_often(final: int, folds: int, each: int) -> None:
    """Its steps are fewer in proportion to what it learns from."""
    assert Steps(final, folds).each == each
