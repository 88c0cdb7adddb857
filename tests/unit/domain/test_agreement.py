"""Agreement on sets of codes."""

from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.agreement import alpha, masi_distance

A, AB, BC, ABC, NONE = (frozenset(codes) for codes in ("a", "ab", "bc", "abc", ""))


def test_masi_by_hand() -> None:
    """Equal sets, a part of another, overlap, nothing shared, and no code at all."""
    assert masi_distance(AB, AB) == masi_distance(NONE, NONE) == 0
    assert masi_distance(A, AB) == pytest.approx(1 - (2 / 3) * (1 / 2))
    assert masi_distance(AB, BC) == pytest.approx(1 - (1 / 3) * (1 / 3))
    assert masi_distance(A, BC) == masi_distance(NONE, A) == 1


def test_alpha_by_hand() -> None:
    """Two segments and two coders who agree once: observed 2 of 4 values apart, expected 6 of 12 pairs."""
    assert alpha([(A, A), (A, BC)]) == pytest.approx(1 - (2 / 4) / (6 / 12))


def test_agreement_without_variety_is_none() -> None:
    """Where everybody gave the same throughout, chance can't be told from agreement."""
    assert alpha([(A, A), (A, A)]) is None
    assert alpha([(A,), ()]) is None


def test_full_agreement_is_one() -> None:
    """Different sets, always the same by both."""
    assert alpha([(A, A), (BC, BC)]) == 1


SETS = [NONE, A, AB, BC, ABC]


@given(st.lists(st.lists(st.sampled_from(range(5)), min_size=3, max_size=3), min_size=2, max_size=12))
def test_alpha_agrees_with_the_library(coded: list[list[int]]) -> None:
    """Three coders, any sets: the same as the reference implementation with this distance."""
    found = alpha([[SETS[value] for value in unit] for unit in coded])
    if len({value for unit in coded for value in unit}) < 2:
        assert found is None
        return

    def distance(one: Any, other: Any, **_: Any) -> Any:
        pairs = np.broadcast(one, other)
        return np.array([masi_distance(SETS[int(a)], SETS[int(b)]) for a, b in pairs]).reshape(pairs.shape)

    data = np.array(coded, dtype=float).T
    metric: Any = distance
    expected = krippendorff.alpha(data, level_of_measurement=metric, value_domain=list(range(5)))
    assert found == pytest.approx(expected)
