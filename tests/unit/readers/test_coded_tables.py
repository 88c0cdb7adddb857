"""Coded tables: whose columns are guessed or told, how codes are told apart, and turns or loose excerpts."""

import csv
import io
from collections.abc import Mapping, Sequence

import openpyxl
import pytest

from service import errors
from service.domain.coded_file import CodedFile
from service.domain.transcript import Participant
from service.readers import coded
from service.readers.coded_files import coded_documents, coded_rows, coded_tables
from service.readers.containers import tables

LONG = "We never talked about it at home, not once in all those years."


def table(rows: Sequence[Sequence[str]], separator: str = ",") -> bytes:
    """Write rows as separated values."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue().encode()


def workbook(*sheets: Sequence[Sequence[object]]) -> bytes:
    """Write sheets as a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(content: bytes, name: str = "t.csv", columns: Mapping[str, str] | None = None) -> CodedFile:
    return coded.read_coded(content, name, coded.Reading(columns or {}))


def given(found: CodedFile) -> list[tuple[str, str, str, str]]:
    """Return document, words, code and coder of each coding."""
    return [
        (document.name, document.text[coding.start : coding.end], coding.code, coding.coder)
        for document in found.documents
        for coding in document.codings
    ]


def test_turns_with_tags() -> None:
    """Turns of which some have tags are one document of every turn with its speaker, coded where tags are."""
    rows = [
        ["timestamp", "speaker", "words", "tags"],
        ["[0:00]", "DB:", "How &#8212; <a href='x'>where</a>?", ""],
        ["", "RA", "At home, with paper.", "paper; home"],
        ["", "", "And a <b>pen</b>.", "paper"],
    ]
    found = read(table(rows), "talk.csv")
    (document,) = found.documents
    assert document.text == "How — where?\n\nAt home, with paper.\n\nAnd a pen."
    assert [(unit.position, unit.speaker) for unit in document.units] == [(0, "DB"), (1, "RA"), (2, "RA")]
    assert [document.text[turn.start : turn.end] for turn in document.turns] == document.text.split("\n\n")
    assert not document.loose
    assert given(found) == [
        ("talk.csv", "At home, with paper.", "paper", ""),
        ("talk.csv", "At home, with paper.", "home", ""),
        ("talk.csv", "And a pen.", "paper", ""),
    ]
    assert found.coders == ()
    assert found.tool == "Oral History as Data"
    assert found.columns == {"text": "words", "codes": "tags", "speaker": "speaker", "separator": ";"}
    assert [left.what for left in found.left] == ["column timestamp"]


MAXQDA_EN = ["Color", "Document group", "Document name", "Code", "Begin", "End", "Weight", "Segment", "Area",
             "Coverage %", "Author", "Creation date", "Comment"]  # fmt: skip
MAXQDA_DE = ["Farbe", "Dokumentgruppe", "Dokumentname", "Code", "Anfang", "Ende", "Gewicht", "Segment", "Fläche",
             "Abdeckungsgrad %", "Autor", "Erstellungsdatum", "Kommentar"]  # fmt: skip


@pytest.mark.parametrize("titles", [MAXQDA_EN, MAXQDA_DE])
@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".tsv"])
def test_segments_of_maxqda(titles: Sequence[str], suffix: str) -> None:
    """MAXQDA's coded segments, in English and German, are loose excerpts in order, each once, with paths of codes."""
    rows = [
        titles,
        [
            "●",
            "Day 1",
            "Talk 1",
            "Feelings > Fear, at work",
            "12",
            "12",
            "0",
            "Second words.",
            "13",
            "1",
            "ann",
            "d1",
            "",
        ],
        ["●", "Day 1", "Talk 1", "Feelings > Joy", "12", "12", "0", "Second words.", "13", "1", "bob", "d2", "hm"],
        ["●", "Day 1", "Talk 1", "Place\\Home", "3", "4", "50", "First words.", "12", "1", "ann", "d3", ""],
        ["●", "Day 1", "Talk 2", "Place", "3", "4", "0", "First words.", "12", "1", "ann", "d4", ""],
    ]
    content = workbook(rows) if suffix == ".xlsx" else table(rows, "\t" if suffix == ".tsv" else ";")
    found = read(content, f"segments{suffix}")
    assert found.tool == "MAXQDA"
    assert given(found) == [
        ("Talk 1", "First words.", "Place > Home", "ann"),
        ("Talk 1", "Second words.", "Feelings > Fear, at work", "ann"),
        ("Talk 1", "Second words.", "Feelings > Joy", "bob"),
        ("Talk 2", "First words.", "Place", "ann"),
    ]
    first = found.documents[0]
    assert first.loose
    assert first.text == "First words.\n\nSecond words."
    assert first.participant == Participant("Talk 1", {titles[1]: "Day 1"})
    assert [(code.path, code.codable) for code in found.codes] == [
        (("Feelings",), False),
        (("Feelings", "Fear, at work"), True),
        (("Feelings", "Joy"), True),
        (("Place",), True),
        (("Place", "Home"), True),
    ]
    assert [coding.memo for coding in first.codings] == ["", "", "hm"]
    assert [coding.made_at for coding in first.codings] == ["d3", "d1", "d2"]
    assert [coder.name for coder in found.coders] == ["ann", "bob"]
    assert [left.count for left in found.left if titles[6] in left.what] == [1]


def test_excerpts_of_dedoose() -> None:
    """Dedoose's excerpts take their codes from the columns of each, descriptors describe the participant."""
    rows: list[list[object]] = [
        ["Media Title", "Excerpt Range", "Excerpt Creator", "Excerpt Date", "Excerpt Copy", "Resource Creator",
         "Resource Date", "Codes Applied Combined", "Code: Fear Applied", "Code: Fear Weight",
         "Code: Home\\Of one, own Applied", "Region"],
        ["A.docx", "120-150", "ann", "1/2/2024", "Later words.", "x", "y", "Fear, Of one, own", "True", 3, "True", "N"],
        ["A.docx", "10-22", "bob", "1/2/2024", "Early words.", "x", "y", "Of one, own", "False", "", "True", "N"],
        ["A.docx", "30-42", "bob", "1/2/2024", "No code.", "x", "y", "", "False", "", "False", "N"],
    ]  # fmt: skip
    found = read(workbook(rows), "excerpts.xlsx")
    assert found.tool == "Dedoose"
    assert given(found) == [
        ("A.docx", "Early words.", "Home > Of one, own", "bob"),
        ("A.docx", "Later words.", "Fear", "ann"),
        ("A.docx", "Later words.", "Home > Of one, own", "ann"),
    ]
    assert found.documents[0].participant == Participant("A.docx", {"Region": "N"})
    assert ("excerpts without a code", 1) in [(left.what, left.count) for left in found.left]
    assert ("column Code: Fear Weight", 1) in [(left.what, left.count) for left in found.left]


def test_highlights_of_taguette() -> None:
    """Taguette's highlights take a row for each tag; their numbers tell those of the same words apart."""
    rows = [
        ["id", "document", "tag", "content"],
        ["1", "a", "Fear, of all", "Yes."],
        ["1", "a", "joy", "Yes."],
        ["2", "a", "joy", "Yes."],
        ["3", "a", "", "Untagged."],
    ]
    found = read(table(rows))
    assert found.tool == "Taguette"
    assert found.documents[0].text == "Yes.\n\nYes."
    assert [code for _, _, code, _ in given(found)] == ["Fear, of all", "joy", "joy"]
    assert found.documents[0].loose


def test_quotations_of_atlas_ti() -> None:
    """ATLAS.ti's quotations hold their codes in lines of one cell."""
    rows = [
        ["ID", "Quotation Name", "Document", "Quotation Content", "Codes", "Reference", "Comment", "Created by"],
        ["1:1", "q", "D 1", "Words, one.", "Fear: work\nJoy, quiet", "1 - 1", "hm", "Ann"],
        ["1:2", "q", "D 1", "Words, two.", "Joy, quiet", "2 - 2", "", "Ann"],
    ]
    found = read(workbook(rows), "report.xlsx")
    assert [(words, code, who) for _, words, code, who in given(found)] == [
        ("Words, one.", "Fear: work", "Ann"),
        ("Words, one.", "Joy, quiet", "Ann"),
        ("Words, two.", "Joy, quiet", "Ann"),
    ]
    assert found.columns["separator"] == "newline"
    assert found.documents[0].codings[0].memo == "hm"


def test_snippets_of_delve() -> None:
    """Delve's snippets are taken by their columns."""
    rows = [["Transcript", "Snippet", "Codes"], ["talk", "Some words.", "fear, home"], ["talk", "Others.", "home"]]
    found = read(table(rows))
    assert given(found) == [
        ("talk", "Some words.", "fear", ""),
        ("talk", "Some words.", "home", ""),
        ("talk", "Others.", "home", ""),
    ]


def test_a_column_for_each_code() -> None:
    """Columns of nothing but marks are codes where no column lists them."""
    rows = [
        ["document", "text", "Fear", "Joy", "length"],
        ["a", "one", "1", "0", "3"],
        ["a", "two", "x", "X", "3"],
        ["a", "three", "", "", "5"],
    ]
    found = read(table(rows))
    assert found.columns["code columns"] == "Fear|Joy"
    assert [(words, code) for _, words, code, _ in given(found)] == [("one", "Fear"), ("two", "Fear"), ("two", "Joy")]
    assert not found.documents[0].loose


def test_one_row_for_each_code() -> None:
    """Rows that repeat a long excerpt with another code are one excerpt, whose codes may hold commas."""
    rows = [["file", "quote", "code", "coder"], ["a", LONG, "Fear, at work", "ann"], ["a", LONG, "Joy", "ann"]]
    found = read(table(rows))
    assert found.documents[0].text == LONG
    assert found.documents[0].loose
    assert [code for _, _, code, _ in given(found)] == ["Fear, at work", "Joy"]


def test_two_coders_of_the_same_turns() -> None:
    """Turns that stand once for each coder are one document, and what is said twice stays two turns."""
    turns = [("A", "Yes.", "x"), ("B", "And then?", ""), ("A", "Yes.", "y")]
    rows = [["speaker", "text", "codes", "annotator"]]
    rows += [[who, text, code, "ann"] for who, text, code in turns]
    rows += [[who, text, code, "bob"] for who, text, code in turns]
    found = read(table(rows))
    assert found.documents[0].text == "Yes.\n\nAnd then?\n\nYes."
    assert [(coding.start, coding.code, coding.coder) for coding in found.documents[0].codings] == [
        (0, "x", "ann"), (0, "x", "bob"), (17, "y", "ann"), (17, "y", "bob"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "separator", "codes"),
    [
        (["a;b", "c"], ";", ["a", "b", "c"]),
        (["a|b, c", "b, c"], "|", ["a", "b, c"]),
        (["fear, home", "home", "fear"], ",", ["fear", "home"]),
        (["Fear, at work", "Home", "Home, Fear, at work"], ",", ["Fear, at work", "Home"]),
        (['"Fear, Work", Home', "Home"], ",", ["Fear, Work", "Home"]),
    ],
)
def test_what_stands_between_codes(cells: Sequence[str], separator: str, codes: Sequence[str]) -> None:
    """The separator is guessed from the cells, and codes that themselves hold a comma stay whole."""
    rows = [["text", "codes"], *([f"words {n}", cell] for n, cell in enumerate(cells))]
    found = read(table(rows))
    assert found.columns["separator"] == separator
    assert [code.name for code in found.codes] == codes


def test_a_separator_that_is_told_goes() -> None:
    """What a person says stands between codes replaces the guess."""
    rows = [["text", "codes"], ["words", "a; b, c"]]
    assert [code.name for code in read(table(rows), columns={"separator": "none"}).codes] == ["a; b, c"]
    assert [code.name for code in read(table(rows), columns={"separator": ","}).codes] == ["a; b", "c"]


def test_columns_that_are_told_go() -> None:
    """What a person says a column holds replaces the guess; several are joined by a bar, and none is empty."""
    rows = [["Passage", "Erste", "Zweite", "text"], ["What was said.", "a", "b", "no"], ["And more.", "", "c", "no"]]
    told = {"text": "passage", "codes": "Erste|Zweite", "coder": ""}
    found = read(table(rows), columns=told)
    assert [(words, code) for _, words, code, _ in given(found)] == [
        ("What was said.", "a"),
        ("What was said.", "b"),
        ("And more.", "c"),
    ]
    assert found.columns["codes"] == "Erste|Zweite"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"wort": "x"}, "wort is no column of ours; these are: text, codes"),
        ({"text": "nowhere"}, "no column is titled nowhere"),
        ({}, r"can be told among x, y; name them: --column text=TITLE --column codes=TITLE\."),
        ({"text": "x"}, r"name them: --column codes=TITLE\."),
    ],
)
def test_columns_that_cannot_be_told(columns: Mapping[str, str], message: str) -> None:
    """A table whose columns can't be told is refused with those it has, and with what to say."""
    with pytest.raises(errors.UnreadableFile, match=message):
        read(table([["x", "y"], ["1", "2"]]), columns=columns)


def test_titles_below_others() -> None:
    """Lines above the titles, as reports have them, are passed over."""
    rows = [["Project: x"], ["Report of today"], ["Document", "Quotation", "Codes"], ["a", "words", "b"]]
    assert given(read(workbook(rows), "t.xlsx")) == [("a", "words", "b", "")]


def test_sheets() -> None:
    """The first coded sheet is read and the others are named."""
    found = read(workbook([["notes"], ["x"]], [["text", "code"], ["words", "b"]]), "t.xlsx")
    assert given(found) == [("t.xlsx", "words", "b", "")]
    assert found.notes == ("Only the sheet Sheet1 was read, not Sheet.",)


@pytest.mark.parametrize(
    "rows",
    [
        [["document_id", "text", "codes", "candidate_set"], ["a", "b", "c", "d"]],
        [["document_id", "text", "codes", "Probabilities"], ["a", "b", "c", "d"]],
        [["text", "codes", "status"], ["a", "b", "done"], ["a", "b", "needs human decision"]],
        [["report"], ["text", "codes", "status"], ["a", "b", "Needs human decision"]],
        [["document_id", "text", "dimension", "codes", "candidate_set"], ["a", "b", "c", "d", "e"]],
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx"])
def test_machine_output_is_refused(rows: Sequence[Sequence[str]], suffix: str) -> None:
    """Suggestions are refused in every kind of table, whatever else it holds."""
    content = workbook(rows) if suffix == ".xlsx" else table(rows, "\t" if suffix == ".tsv" else ",")
    with pytest.raises(errors.MachineOutput):
        read(content, f"t{suffix}")
    with pytest.raises(errors.MachineOutput):
        read(content, f"t{suffix}", {"text": "text", "codes": "codes"})


def test_codes_of_a_model_are_a_machines() -> None:
    """Codes under a title that says a model gave them, or beside a model's name, are a machine's."""
    predicted = read(table([["text", "predicted_code", "confidence"], ["words", "a", "0.9"]]))
    assert [(coder.name, coder.machine) for coder in predicted.coders] == [("a model", True)]
    named = read(table([["text", "code", "model"], ["words", "a", "m-1"]]))
    assert [(coder.name, coder.machine) for coder in named.coders] == [("m-1", True)]
    assert named.notes == ("A column names a model: it is taken for the coder, a machine.",)
    people = read(table([["text", "code", "coder"], ["words", "a", "Ann"], ["more", "a", "gpt-4o"]]))
    assert [(coder.name, coder.machine) for coder in people.coders] == [("Ann", False), ("gpt-4o", True)]


def test_codings_without_words_are_listed() -> None:
    """A row with a code and no words is counted, and a table without any code is refused."""
    found = read(table([["text", "codes"], ["words", "a"], ["", "a;b"]]))
    assert [(left.what, left.count) for left in found.left] == [("codings", 2)]
    with pytest.raises(errors.UnreadableFile, match="no row has a code"):
        read(table([["text", "codes"], ["words", ""]]))


def test_an_encoding_that_is_guessed_is_noted() -> None:
    """A table as Windows writes it is read, and that its encoding was guessed is said."""
    found = read("text;codes\nÉlan vital, déjà là;à\n".encode("cp1252"))
    assert given(found) == [("t.csv", "Élan vital, déjà là", "à", "")]
    assert "cp1252" in found.notes[0]


def test_a_very_wide_table_is_refused() -> None:
    """A row of ten thousand cells is refused."""
    with pytest.raises(errors.TooLarge, match="more than 1,000 cells"):
        read(table([[f"c{n}" for n in range(10_000)]] * 3))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["speaker", "text"], ["A", "Yes."], ["B", "No."]], False),
        ([["speaker", "text", "tags"], ["A", "Yes.", ""], ["B", "No.", "x"]], True),
        ([["start", "end", "speaker", "text", "channel"], ["0", "1", "A", "Yes.", "1"]], False),
        ([["tag", "description", "number of highlights"], ["a", "What it is about, at length.", "3"]], False),
        ([["document_id", "text", "dimension", "codes"], ["a", "b", "c", "d"]], True),
        ([["document_id", "text", "candidate_set"], ["a", "b", "c"]], True),
        ([["A", "Yes, I said so."], ["B", "No."]], False),
        ([], False),
    ],
)
def test_coded_or_a_transcript(rows: Sequence[Sequence[str]], expected: bool) -> None:
    """A table is coded material where a column of codes stands beside one of words, otherwise perhaps a transcript."""
    file = io.BytesIO(table(rows))
    assert coded.is_coded("t.csv", file) is expected
    assert file.tell() == 0
    if rows:
        assert coded.is_coded("t.xlsx", io.BytesIO(workbook(rows))) is expected


def test_blanks_without_end_take_little_time() -> None:
    """In codes, and in titles that say which code applies."""
    blanks = " " * 100_000
    found = coded_tables.read("t.csv", io.BytesIO(f"text,codes\nsome words,a{blanks}b\n".encode()), {})
    assert [code.path for code in found.codes] == [(f"a{blanks}b",)]
    for title in (f"Code: a{blanks}b", f"code:{blanks}b"):
        with pytest.raises(errors.UnreadableFile):
            coded_tables.read("t.csv", io.BytesIO(f"text,{title}\nsome words,1\n".encode()), {})


def test_codes_that_go_down_without_end_take_little_memory() -> None:
    """What lies below the twentieth level stands in its name, and nothing of it is lost."""
    path = " > ".join(map(str, range(2_000)))
    found = coded_tables.read("t.csv", io.BytesIO(f"text,codes\nsome words,{path}\n".encode()), {})
    assert len(found.codes) == 20
    assert " > ".join(found.codes[-1].path) == path


def test_too_many_codes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody codes with so many."""
    monkeypatch.setattr(coded_documents, "MOST_CODES", 2)
    with pytest.raises(errors.TooLarge, match=r"^t\.csv: more than 2 codes"):
        coded_tables.read("t.csv", io.BytesIO(b"text,codes\nsome words,a;b;c\n"), {})


def test_too_many_codings_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of more codings than a project has, or of more cells than a table has, is refused."""
    content = table([["text", "codes"], ["words", "a;b;c"], ["more", "d"]])
    monkeypatch.setattr(coded_rows, "_MOST_CODINGS", 3)
    with pytest.raises(errors.TooLarge, match="more than 3 codings"):
        read(content)
    monkeypatch.setattr(tables, "_MOST_IN_ALL", 4)
    with pytest.raises(errors.TooLarge, match="more than 4 cells"):
        read(content)


def test_a_damaged_place_in_an_archive_is_refused() -> None:
    """A workbook whose list of parts names places before its beginning is refused."""
    content = bytearray(workbook([["text", "codes"], ["words", "a"]]))
    at = content.rfind(b"PK\x05\x06") + 16
    content[at : at + 4] = (2**31).to_bytes(4, "little")
    with pytest.raises(errors.UnreadableFile, match="damaged"):
        read(bytes(content), "t.xlsx")
