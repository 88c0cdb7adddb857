"""Which segments would teach a model most."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.suggest import teaching
from service.suggest.calibration import Verdict
from service.suggest.features import Float32
from service.suggest.scorer import Array
from service.suggest.teaching import Doubts


def _verdict(probabilities: Array, none: Array | None = None) -> Verdict:
    flags = np.zeros(probabilities.shape, dtype=np.bool_)
    rest = np.zeros(len(probabilities)) if none is None else none
    return Verdict(probabilities, rest, flags, flags, flags[:, 0])


def _units(rows: int, seed: int = 0) -> Float32:
    found = np.random.default_rng(seed).normal(size=(rows, 5))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


@given(st.integers(0, 330), st.integers(0, 5))
def test_every_segment_has_one_place_and_always_the_same(segments: int, seed: int) -> None:
    """The order is a permutation, whatever the number of rounds, and depends on nothing but what it is given."""
    doubts = np.random.default_rng(seed).choice([0.0, 0.2, 1.0], size=segments)
    found = teaching.order(doubts, _units(segments, seed))
    assert sorted(found.tolist()) == list(range(segments))
    assert found.tolist() == teaching.order(doubts, _units(segments, seed)).tolist()


def test_the_most_doubtful_comes_first_and_what_teaches_nothing_last() -> None:
    """Where no two are alike, doubt alone decides."""
    doubts = np.array([0.1, 0.9, 0.0, 0.5])
    assert teaching.order(doubts, np.eye(4, dtype=np.float32)).tolist() == [1, 3, 0, 2]


def test_copies_are_not_asked_one_after_the_other() -> None:
    """Of ten copies one is asked first; the others come after all that differs, though that is less doubtful."""
    vectors = np.concatenate([np.repeat(_units(1, 1), 10, axis=0), _units(30, 2)])
    doubts = np.concatenate([np.full(10, 1.0), np.full(30, 0.4)])
    first = teaching.order(doubts, vectors)[:31]
    assert first[0] == 0
    assert sorted(first[1:].tolist()) == list(range(10, 40))


def test_being_unlike_everything_is_no_merit() -> None:
    """What differs enough from what was taken counts by its doubt alone, however far away it is."""
    vectors = np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)], [-1.0, 0.0]], dtype=np.float32)
    assert teaching.order(np.array([1.0, 0.5, 0.4]), vectors).tolist() == [0, 1, 2]


def test_doubt_is_entropy() -> None:
    """A sure model has none, an even one the most; for many codes each is looked at by itself."""
    one = _verdict(np.array([[1.0, 0.0], [0.5, 0.5], [0.25, 0.25]]), np.array([0.0, 0.0, 0.5]))
    assert teaching.doubt(one, "one") == pytest.approx([0.0, np.log(2), 1.5 * np.log(2)])
    many = _verdict(np.array([[1.0, 1.0], [0.5, 0.5], [0.5, 0.0]]))
    assert teaching.doubt(many, "many") == pytest.approx([0.0, np.log(2), np.log(2) / 2])


def test_each_dimension_has_the_same_say() -> None:
    """Doubts are measured by their mean over the pool, and averaged over the dimensions that apply."""
    by_dimension = np.array([[1.0, 0.03], [3.0, 0.01], [np.nan, 0.02], [np.nan, np.nan]])
    assert teaching.pooled(by_dimension) == pytest.approx([(0.5 + 1.5) / 2, (1.5 + 0.5) / 2, 1.0, 0.0])


def test_a_sure_model_doubts_nothing() -> None:
    """Where a dimension leaves no doubt at all, it has no say."""
    assert teaching.pooled(np.zeros((2, 1))).tolist() == [0.0, 0.0]


def test_parts_are_joined_in_order() -> None:
    """A pool may be looked at part by part."""
    parts = [Doubts(np.full((rows, 2), value), _units(rows)) for rows, value in ((2, 0.1), (1, 0.2))]
    joined = Doubts.joined(parts)
    assert joined.by_dimension[:, 0].tolist() == [0.1, 0.1, 0.2]
    assert joined.vectors.shape == (3, 5)
