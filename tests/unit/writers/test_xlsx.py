"""Codings as Excel workbooks: excerpts row by row, a line of the matrix per segment, and no formulas."""

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest

from service.writers import xlsx

COLUMNS = ("document_id", "position", "participant_id", "speaker", "text", "dimension", "codes", "annotator_id")
DIMENSIONS = {"mood": "Mood", "theme": "Theme"}


def row(position: int, dimension: str, codes: Sequence[str], who: str = "", **more: Any) -> dict[str, Any]:
    return {
        "document_id": "a.txt",
        "position": position,
        "participant_id": "P1",
        "speaker": "Mara",
        "text": f"Text {position}.",
        "dimension": dimension,
        "codes": list(codes),
        "annotator_id": who,
        **more,
    }


def book(*rows: dict[str, Any]) -> Any:
    out = io.BytesIO()
    assert xlsx.write(rows, COLUMNS, DIMENSIONS, out) == len(rows)
    out.seek(0)
    return openpyxl.load_workbook(out)


def values(sheet: Any) -> list[list[Any]]:
    return [list(line) for line in sheet.iter_rows(values_only=True)]


def test_excerpts_are_the_rows() -> None:
    """The sheet `Excerpts` has the columns as its head, numbers as numbers and codes joined."""
    head, *lines = values(book(row(0, "mood", ["calm"]), row(0, "theme", ["trust", "safety"]))["Excerpts"])
    assert head == list(COLUMNS)
    assert lines[0] == ["a.txt", 0, "P1", "Mara", "Text 0.", "mood", "calm", None]
    assert lines[1][6] == "trust; safety"


def test_the_matrix_has_a_line_per_segment_and_a_column_per_dimension() -> None:
    """Codes stand under their dimension's label; no codes say that none applies, no row leaves the cell empty."""
    head, first, second = values(
        book(row(0, "mood", ["calm"]), row(0, "theme", ["trust", "safety"]), row(1, "mood", []))["Matrix"]
    )
    assert head == ["document_id", "position", "participant_id", "speaker", "text", "Mood", "Theme"]
    assert first == ["a.txt", 0, "P1", "Mara", "Text 0.", "calm", "trust; safety"]
    assert second[5:] == ["(none applies)", None]


def test_in_the_matrix_the_final_coding_goes_before_the_coders_own() -> None:
    """Where nothing is final, each coder's codes stand with their name, a line each."""
    rows = (
        row(0, "mood", ["calm"]),
        row(0, "mood", ["calm"], "Ana"),
        row(0, "theme", ["trust"], "Ana"),
        row(0, "theme", [], "Ben"),
    )
    _, line = values(book(*rows)["Matrix"])
    assert line[5:] == ["calm", "Ana: trust\nBen: (none applies)"]


def test_segments_of_two_documents_do_not_run_together() -> None:
    """The same position of another document is another line."""
    _, *lines = values(book(row(0, "mood", ["calm"]), row(0, "mood", ["angry"], document_id="b.txt"))["Matrix"])
    assert [line[0] for line in lines] == ["a.txt", "b.txt"]


def test_a_book_without_codings_has_its_heads() -> None:
    """Nothing coded is a workbook of two heads."""
    empty = book()
    assert [len(values(sheet)) for sheet in empty] == [1, 1]


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-", "@SUM(A1)", '=HYPERLINK("http://x")', "#N/A", "{=A1}", "1e5"])
def test_no_cell_is_a_formula(text: str) -> None:
    """Whatever a text begins with, it is kept as text to the letter, in both sheets and in a head."""
    out = io.BytesIO()
    xlsx.write([row(0, "mood", [text], text=text, speaker=text)], (*COLUMNS, text), {"mood": text}, out)
    out.seek(0)
    for sheet in openpyxl.load_workbook(out):
        cells = [cell for line in sheet.iter_rows() for cell in line if cell.value == text]
        assert len(cells) >= 3
        assert {cell.data_type for cell in cells} == {"s"}


def test_control_characters_and_long_texts_are_kept_as_far_as_a_cell_can() -> None:
    """What XML has no way to write becomes a replacement character; a text beyond a cell's size is cut and says so."""
    found = values(book(row(0, "mood", [], text="a\x00b\x1fc\rd"), row(1, "mood", [], text="x" * 40_000))["Excerpts"])
    assert found[1][4] == "a\ufffdb\ufffdc\nd"
    assert len(found[2][4]) == 32_767
    assert found[2][4].endswith("[cut here: a cell holds no more]")
