"""Coded excerpts from files, and what is refused."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from service import errors
from service.readers.excerpts import read_rows

FULL: dict[str, Any] = {
    "document_id": "d1",
    "position": 4,
    "speaker": "Ann",
    "text": "SECRETWORD we cooked; and ate",
    "context": "And then?",
    "dimension": "topic",
    "codes": ["food", "home"],
    "participant_id": "p1",
    "annotator_id": "a1",
    "origin": "synthetic",
    "hard": "yes",
}


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    else:
        columns = list(rows[0])
        lines = [columns, *([_cell(row[column]) for column in columns] for row in rows)]
        path.write_text("\r\n".join(",".join(f'"{cell}"' for cell in line) for line in lines), encoding="utf-8-sig")
    return path


def _cell(value: Any) -> str:
    return ";".join(str(item) for item in value) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_every_format_reads_the_same(tmp_path: Path, suffix: str) -> None:
    """All columns arrive from each format, further ones kept."""
    (row,) = read_rows(_write(tmp_path / f"x{suffix}", [FULL]))
    assert (row.document_id, row.position, row.text, row.dimension) == ("d1", 4, FULL["text"], "topic")
    assert (row.codes, row.speaker, row.context) == (("food", "home"), "Ann", "And then?")
    assert (row.participant_id, row.annotator_id, row.origin) == ("p1", "a1", "synthetic")
    assert (dict(row.extra), row.placed) == ({"hard": "yes"}, True)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_only_four_columns_are_needed(tmp_path: Path, suffix: str) -> None:
    """The rest has its defaults; no codes means that none applied."""
    short = {key: FULL[key] for key in ("document_id", "text", "dimension", "codes")}
    (row,) = read_rows(_write(tmp_path / f"x{suffix}", [short]))
    assert (row.position, row.speaker, row.participant, row.annotator_id, row.placed) == (0, "", "d1", "", False)


def _short(text: str, dimension: str = "topic", coder: str = "", document: str = "d") -> dict[str, Any]:
    return {"document_id": document, "text": text, "dimension": dimension, "annotator_id": coder, "codes": []}


def test_positions_default_to_row_order(tmp_path: Path) -> None:
    """Rows of one text on other dimensions or by other coders are one segment; the same words again are another."""
    given = [
        _short("One."),
        _short("One.", "mood"),
        _short("One.", coder="a"),
        _short("Yes."),
        _short("One."),
        _short("Yes.", document="e"),
        _short("Yes.", "mood"),
    ]
    rows = read_rows(_write(tmp_path / "x.jsonl", given))
    assert [row.position for row in rows] == [0, 0, 0, 1, 2, 0, 1]


def test_rows_by_dimension_in_blocks_find_their_segments(tmp_path: Path) -> None:
    """A file sorted by dimension gives the same positions as one sorted by segment."""
    given = [
        _short("Yes."),
        _short("No."),
        _short("Yes."),
        _short("Yes.", "m"),
        _short("No.", "m"),
        _short("Yes.", "m"),
    ]
    rows = read_rows(_write(tmp_path / "x.jsonl", given))
    assert [row.position for row in rows] == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_positions_keep_every_digit(tmp_path: Path, suffix: str) -> None:
    """Numbers beyond what a decimal number tells apart are two places, not one."""
    given = [2**53, 2**53 + 1, 2**63 - 1]
    rows = [FULL | {"position": position, "text": f"Text {position}."} for position in given]
    assert [row.position for row in read_rows(_write(tmp_path / f"x{suffix}", rows))] == given


def test_positions_may_be_written_in_other_ways(tmp_path: Path) -> None:
    """As tables do that keep numbers with a point, as long as they are whole."""
    given = ["4.0", " 5 ", "6e2", 7.0]
    rows = [FULL | {"position": position, "text": f"Text {position}."} for position in given]
    assert [row.position for row in read_rows(_write(tmp_path / "x.jsonl", rows))] == [4, 5, 600, 7]


def test_a_cell_too_long_for_a_table_says_so(tmp_path: Path) -> None:
    """A text beyond all bounds, or a quote that was never closed; the other formats take such texts."""
    rows = [FULL, FULL | {"position": 5, "text": "SECRETWORD " * 12_000}]
    with pytest.raises(
        errors.BadExcerpts, match=r"x\.csv, line 3: a cell of over 131,072 characters; divide"
    ) as caught:
        read_rows(_write(tmp_path / "x.csv", rows))
    assert "SECRETWORD" not in str(caught.value)
    for suffix in (".jsonl", ".parquet"):
        assert len(read_rows(_write(tmp_path / f"x{suffix}", rows))) == 2


def test_a_row_given_twice_counts_once(tmp_path: Path) -> None:
    """Exact repetitions at a place are dropped."""
    assert len(read_rows(_write(tmp_path / "x.jsonl", [FULL, FULL]))) == 1


MACHINE = [
    {**FULL, "candidate_set": ["food"]},
    {**FULL, "probabilities": [0.5]},
    {**FULL, "Probabilities ": "x"},
    {**FULL, "Candidate Set": "food"},
    {**FULL, "candidate-set": "food"},
    {**FULL, "status": "needs human decision"},
    {**FULL, "Status ": "Needs  human\ndecision"},
]


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
@pytest.mark.parametrize("row", MACHINE)
def test_machine_output_is_refused(tmp_path: Path, suffix: str, row: dict[str, Any]) -> None:
    """Columns or a status that mark suggestions refuse the whole file."""
    with pytest.raises(errors.MachineOutput, match="machine output"):
        read_rows(_write(tmp_path / f"x{suffix}", [{**row, "status": ""} if "status" not in row else row]))


def test_machine_output_later_in_the_file_is_refused(tmp_path: Path) -> None:
    """One undecided row among codings is enough."""
    given = [{**FULL, "status": ""}, {**FULL, "position": 5, "status": "Needs human decision "}]
    with pytest.raises(errors.MachineOutput):
        read_rows(_write(tmp_path / "x.csv", given))


@pytest.mark.parametrize("name", ["x.jsonl", "x.json"])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_answer_with_suggestions_is_refused(tmp_path: Path, name: str, indent: int | None) -> None:
    """What the service answers is no coding, however it is laid out and however deep the key lies."""
    path = tmp_path / name
    answers: list[Any] = [{"suggestions": []}, [{**FULL, "note": {"suggestions": [1]}}]]
    for answer in answers:
        path.write_text(json.dumps(answer, indent=indent), encoding="utf-8")
        with pytest.raises(errors.MachineOutput):
            read_rows(path)


BROKEN = [
    ({"document_id": ""}, "document_id is empty"),
    ({"document_id": None}, "document_id must be a text"),
    ({"text": 3}, "text must be a text"),
    ({"dimension": " "}, "dimension is empty"),
    ({"codes": None}, "codes must be a list"),
    ({"codes": [1]}, "codes must be a list"),
    ({"position": -1}, "position must be a whole number"),
    ({"position": 1.5}, "position must be a whole number"),
    ({"position": True}, "position must be a whole number"),
    ({"position": "first"}, "position must be a whole number"),
    ({"position": "nan"}, "position must be a whole number"),
    ({"position": [0, [5], 0]}, "position must be a whole number"),
    ({"position": "1e999999999"}, "below 2 to the power of 63"),
    ({"position": 2**63}, "below 2 to the power of 63"),
    ({"position": 2.0**60}, "too large to be exact"),
    ({"position": float("inf")}, "too large to be exact"),
    ({"position": None}, "give it in every row or in none"),
    ({"speaker": {"a": 1}}, "speaker must be a text"),
    ({"position": 4}, "another text stands"),
    ({"document_id": "d\ud800"}, "document_id holds half of a character"),
    ({"participant_id": "\udfff"}, "participant_id holds half of a character"),
    ({"speaker": "A\ud800nn"}, "speaker holds half of a character"),
    ({"annotator_id": "\ud800"}, "annotator_id holds half of a character"),
    ({"codes": ["food", "\ud800"]}, "codes holds half of a character"),
    ({"position": 4, "text": FULL["text"], "codes": []}, "gave other codes"),
]


@pytest.mark.parametrize(("change", "message"), BROKEN)
def test_a_bad_row_is_named_but_not_quoted(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """The sentence names file, row and what would be right, and holds no text of a segment."""
    second = {**FULL, "position": 9, "text": "SECRETWORD again", **change}
    with pytest.raises(errors.BadExcerpts, match=message) as caught:
        read_rows(_write(tmp_path / "x.jsonl", [FULL, second]))
    assert "x.jsonl, row 2" in str(caught.value)
    assert "SECRETWORD" not in str(caught.value)


def test_files_that_hold_no_rows_are_refused(tmp_path: Path) -> None:
    """Empty files, other formats, broken bytes and missing columns each get their sentence."""
    cases = {
        "empty.csv": (b"", "column document_id is missing"),
        "heading.csv": (b"document_id,text,dimension,codes\n", "no coded excerpts"),
        "empty.jsonl": (b"", "no coded excerpts"),
        "list.jsonl": (b"[1]", "one JSON object"),
        "x.docx": (b"", "come as .parquet, .csv or .jsonl"),
        "x.parquet": (b"PAR1 no", "not a Parquet file"),
        "latin.csv": ("document_id,text,dimension,codes\nd,\xe9,t,c\n".encode("latin-1"), "not UTF-8"),
        "short.csv": (b"document_id,text,dimension,codes\nd,a,b\n", "row 1: it has 3 fields"),
        "twice.csv": (b"document_id,text,dimension,codes,codes\nd,a,b,c,c\n", "stands twice"),
        "missing.csv": (b"document_id,text,codes\nd,a,b\n", "column dimension is missing"),
    }
    for name, (content, message) in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(errors.BadExcerpts, match=message):
            read_rows(path)
    with pytest.raises(errors.BadExcerpts, match="can't be read"):
        read_rows(tmp_path / "absent.csv")


def test_other_separators_and_line_ends_are_read(tmp_path: Path) -> None:
    """A tab between columns and line breaks inside quoted texts are fine."""
    path = tmp_path / "x.csv"
    path.write_bytes(b'document_id\ttext\tdimension\tcodes\r\nd\t"one\r\ntwo"\tt\t"a; b;;a"\r\n')
    (row,) = read_rows(path)
    assert (row.text, row.codes) == ("one\r\ntwo", ("a", "b"))


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".csv"])
def test_advice_is_read(tmp_path: Path, suffix: str) -> None:
    """None, shown or unknown, in any case of letters; a file that doesn't say was coded without."""
    values = ["none", "Shown", "unknown", ""]
    rows = [FULL | {"position": place, "advice": value} for place, value in enumerate(values)]
    found = read_rows(_write(tmp_path / f"a{suffix}", rows))
    assert [row.advice for row in found] == ["none", "shown", "unknown", "none"]
    assert read_rows(_write(tmp_path / f"b{suffix}", [FULL]))[0].advice == "none"
    assert "advice" not in found[0].extra


def test_what_came_by_lot_is_read(tmp_path: Path) -> None:
    """An export's word for it comes back; a file that doesn't say leaves it open, and another word is refused."""
    rows = [FULL | {"position": place, "by_lot": value} for place, value in enumerate(["yes", "no", ""])]
    found = read_rows(_write(tmp_path / "a.csv", rows))
    assert [row.by_lot for row in found] == [True, False, None]
    assert read_rows(_write(tmp_path / "b.csv", [FULL]))[0].by_lot is None
    with pytest.raises(errors.BadExcerpts, match=r"row 1: by_lot must be yes, no or empty"):
        read_rows(_write(tmp_path / "c.csv", [FULL | {"by_lot": "perhaps"}]))


def test_another_word_for_advice_is_refused(tmp_path: Path) -> None:
    """The row is named, and what would be right."""
    path = _write(tmp_path / "a.jsonl", [FULL, FULL | {"position": 9, "advice": "perhaps"}])
    with pytest.raises(errors.BadExcerpts, match=r"row 2: advice must be none, shown, unknown or empty"):
        read_rows(path)


def test_independent_codings_of_an_export_are_read(tmp_path: Path) -> None:
    """A list, an empty one, or nothing; without the column a coder's row is their own."""
    rows = [FULL | {"position": place, "independent_codes": own} for place, own in enumerate([["x"], [], None])]
    found = read_rows(_write(tmp_path / "a.jsonl", rows))
    assert [row.independent for row in found] == [("x",), (), None]
    assert read_rows(_write(tmp_path / "b.jsonl", [FULL]))[0].independent == "given"


def test_csv_tells_nothing_from_none_applies_by_the_coding(tmp_path: Path) -> None:
    """Where the column is empty, it means "none applies" beside a coding that is empty too, and else nothing."""
    rows = [
        FULL | {"position": place, "codes": codes, "independent_codes": own}
        for place, (codes, own) in enumerate([(["x"], ["y"]), (["x"], ""), ([], "")])
    ]
    found = read_rows(_write(tmp_path / "a.csv", rows))
    assert [row.independent for row in found] == [("y",), None, ()]
