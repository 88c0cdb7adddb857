"""Tables laid out on disk: the same segments, amid the same others, as training reads from the same rows."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import errors
from service.domain import excerpts
from service.domain.excerpts import CodingRow
from service.use_cases.score_tables import Table


def _row(document: str, position: int, context: str = "", **more: str) -> CodingRow:
    text = f"What {document} says, {position}."
    return CodingRow(document, position, text, "d", (), more.get("speaker", ""), context, extra={"role": "participant"})


_ROWS = st.lists(
    st.builds(
        _row,
        st.sampled_from(["a", "b", "c\ud800"]),
        st.integers(0, 60),
        st.sampled_from(["", "", "What a says, 3. Yes.", "Something else."]),
    ),
    min_size=1,
    max_size=120,
)


@settings(max_examples=60, deadline=None)
@given(_ROWS)
def test_segments_are_read_as_training_reads_them(rows: Sequence[CodingRow]) -> None:
    """Whatever the order of the rows, gaps, repeats and contexts: each segment once, with what stands around it."""
    known = excerpts.passages(rows)
    table = Table(rows, "file")
    found = list(table)
    assert len(table) == len(found) == len(known)
    assert {(piece.document_id, piece.position): piece.passage for piece in found} == known


def test_documents_come_as_they_first_stand_and_segments_by_position() -> None:
    """So batches hold neighbours, however the rows are mixed."""
    rows = [_row(document, position) for position in range(5) for document in "ba"]
    random.Random(0).shuffle(rows)
    first, second = dict.fromkeys(row.document_id for row in rows)
    order = [(piece.document_id, piece.position) for piece in Table(rows, "file")]
    assert order == [(document, position) for document in (first, second) for position in range(5)]


def test_it_can_be_gone_through_again_and_knows_who_speaks() -> None:
    """As a list can."""
    table = Table([_row("a", 1, speaker="Ann"), _row("a", 0, speaker="Bo")], "file")
    assert list(table) == list(table)
    assert table.speakers == {"Ann", "Bo"}


def test_another_text_at_a_place_is_refused() -> None:
    """By the row, without its words."""
    rows = [_row("a", 1), CodingRow("a", 1, "Other words.", "d", ())]
    with pytest.raises(errors.BadExcerpts, match="file, row 2: another text stands at this document_id") as refusal:
        Table(rows, "file")
    assert "words" not in str(refusal.value)


def test_a_position_beyond_all_numbers_is_refused() -> None:
    """In a sentence, not by the database."""
    with pytest.raises(errors.BadExcerpts, match="file, row 1: position must be below"):
        Table([_row("a", 2**63)], "file")
