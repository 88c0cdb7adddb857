"""Which segments a selection codes."""

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.covering import Covering


@dataclass(frozen=True)
class Segment:
    start: int
    end: int


SEGMENTS = [Segment(0, 10), Segment(12, 32), Segment(32, 36)]


@pytest.mark.parametrize(
    ("start", "end", "coded"),
    [
        (0, 10, [0]),
        (0, 36, [0, 1, 2]),
        (0, 5, [0]),
        (5, 17, [0]),  # half of the first, and neither half of the second nor half of itself in it
        (6, 18, [1]),  # less than half of the first, and half of itself in the second
        (6, 17, []),  # no half of anything
        (20, 22, [1]),  # inside
        (31, 34, [2]),
        (10, 12, []),
        (40, 50, []),
    ],
)
def test_a_selection_codes_what_it_covers_half_of_or_what_holds_half_of_it(
    start: int, end: int, coded: list[int]
) -> None:
    """Half is enough on either side; a touch is not."""
    assert Covering(SEGMENTS).coded(start, end) == coded


def _by_definition(segment: Segment, start: int, end: int) -> bool:
    shared = len(set(range(segment.start, segment.end)) & set(range(start, end)))
    return shared > 0 and (shared >= (segment.end - segment.start) / 2 or shared >= (end - start) / 2)


@st.composite
def cut(draw: st.DrawFn) -> list[Segment]:
    """Draw segments in order, with gaps or without."""
    ends = sorted(draw(st.lists(st.integers(0, 40), max_size=12, unique=True)))
    pairs = itertools.pairwise(ends)
    return [Segment(*pair) for pair in pairs if draw(st.booleans())]


@given(cut(), st.integers(-2, 42), st.integers(1, 45))
@settings(max_examples=300, deadline=None)
def test_it_is_the_definition_word_for_word(segments: list[Segment], start: int, length: int) -> None:
    """The look-up gives what counting characters gives, in order."""
    expected = [i for i, segment in enumerate(segments) if _by_definition(segment, start, start + length)]
    assert Covering(segments).coded(start, start + length) == expected


def test_an_empty_selection_codes_nothing() -> None:
    """A place between two characters holds nothing."""
    assert Covering(SEGMENTS).coded(15, 15) == []
