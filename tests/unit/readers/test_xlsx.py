"""Spreadsheets: cells as text, the sheet that holds the speech, machine output, and workbooks made to harm."""

import datetime
import io
import zipfile
from collections.abc import Sequence

import openpyxl
import pytest

from service import errors
from service.domain.transcript import Transcript
from service.readers import files
from service.readers.containers import sheets
from tests.written_files import inline, saved, xlsx, xlsx_of, zipped


def read(content: bytes) -> Transcript:
    """Read bytes as a workbook."""
    return files.read_transcript_bytes("a.xlsx", content)


def spoken(content: bytes) -> list[tuple[str, str]]:
    """Return speakers and what they said."""
    transcript = read(content)
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


def rows_of(content: bytes) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a workbook's first sheet."""
    return sheets.read("a.xlsx", io.BytesIO(content))[0].rows


TWO = [("Jane", "How did it start?"), ("Maria", "We met. Then we left.")]
HEAD = ("speaker", "text")


@pytest.mark.parametrize(
    "rows",
    [
        [HEAD, *TWO],
        [("Text", "Time", "Speaker"), *((words, datetime.time(0, 1, 5), name) for name, words in TWO)],
        [*TWO, *TWO],
        [(None, None, None), (None, *HEAD), *((None, *turn) for turn in TWO)],
        [("Interview 7",), ("Date", datetime.date(2024, 5, 3)), HEAD, *TWO],
        [("Jane: How did it start?",), (None,), ("Maria: We met. Then we left.",)],
        [HEAD, TWO[0], (None, None), ("Maria", "We met."), (None, "Then we left.")],
    ],
)
def test_tables(rows: Sequence[Sequence[object]]) -> None:
    """A row is a turn or a part of one, below whatever titles, beside whatever empty columns."""
    turns = [(name, words.replace("\n", " ")) for name, words in spoken(xlsx({"Talk": rows}))]
    assert turns[:2] == TWO


def test_roles_and_positions() -> None:
    """A column of roles says who asks, a column of positions the order, though it holds numbers."""
    rows = [("position", "role", *HEAD), (2, "participant", *TWO[1]), (1, "interviewer", *TWO[0])]
    transcript = read(xlsx({"Talk": rows}))
    assert [(turn.speaker, turn.role) for turn in transcript.turns] == [
        ("Jane", "interviewer"),
        ("Maria", "participant"),
    ]


def test_the_first_visible_table_of_speech() -> None:
    """Sheets of other things and hidden ones are passed over, which is noted."""
    book = {"Draft": [HEAD, ("Tom", "Hidden.")], "About": [("Study", "A")], "Talk": [HEAD, *TWO], "More": [HEAD]}
    content = xlsx(book, hidden=["Draft"])
    assert spoken(content) == TWO
    assert "Read from the sheet Talk; other sheets left out: 3." in read(content).notes


def test_merged_cells() -> None:
    """A speaker's cell that reaches over several rows holds for all of them."""
    workbook = openpyxl.Workbook()
    for row in [HEAD, ("Jane", "One?"), ("", "Two?"), ("Tom", "Three.")]:
        workbook.active.append(row)
    workbook.active.merge_cells("A2:A3")
    assert spoken(saved(workbook)) == [("Jane", "One?\nTwo?"), ("Tom", "Three.")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (3.0, "3"),
        (5.1, "5.1"),
        (-2, "-2"),
        (1e300, "1e+300"),
        (True, "TRUE"),
        (datetime.date(2024, 3, 5), "2024-03-05"),
        (datetime.datetime(2024, 3, 5, 14, 2, 11), "2024-03-05 14:02:11"),
        (datetime.time(0, 1, 5), "00:01:05"),
        (datetime.timedelta(hours=30, seconds=5), "30:00:05"),
        ("naïve 🙂\n“so”", "naïve 🙂\n“so”"),
        ("  spaced  ", "  spaced  "),
    ],
)
def test_values(value: object, text: str) -> None:
    """Whatever a cell holds is read as text."""
    assert rows_of(xlsx({"Talk": [(value, "x")]})) == ((text, "x"),)


def test_days_from_1904() -> None:
    """A workbook whose days are counted from 1904, as old Macintoshes did, has them right."""
    workbook = openpyxl.Workbook()
    workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    workbook.active.append([datetime.date(2024, 3, 5)])
    assert rows_of(saved(workbook)) == (("2024-03-05",),)


def cell(inner: str, kind: str = "inlineStr", more: str = "") -> str:
    """Write a row of one cell."""
    return f'<row><c t="{kind}"{more}>{inner}</c></row>'


@pytest.mark.parametrize(
    ("row", "texts", "expected"),
    [
        (cell("<v>0</v>", "s"), "<si><r><t>One </t></r><r><t>two</t></r><rPh><t>no</t></rPh></si>", "One two"),
        (cell("<is><t>a_x000D__x000a_b</t></is>"), "", "a\nb"),
        (cell("<is><t>_x005F_x000D_ x005F_ _xD83D_ _x0000_</t></is>"), "", "_x000D_ x005F_ _xD83D_ _x0000_"),
        (cell("<f>A1</f><v>as stored</v>", "str"), "", "as stored"),
        (cell("<v>2024-03-05T10:00:00</v>", "d"), "", "2024-03-05T10:00:00"),
        (cell("<v>many</v>", "n"), "", "many"),
        (cell("<v>1e999</v>", "n"), "", "1e999"),
        (cell("<v>7</v>", "n", ' s="99"'), "", "7"),
    ],
)
def test_cells_as_they_stand(row: str, texts: str, expected: str) -> None:
    """Texts are exact to the character: runs joined, readings left out, Excel's own escapes resolved once."""
    assert rows_of(xlsx_of(row, texts)) == ((expected,),)


def test_rows_and_columns_have_their_places() -> None:
    """Rows keep the numbers that a person sees, cells their columns; what is empty at the end is cut off."""
    rows = (
        '<row r="3"><c r="C3"><v>1</v></c><c><v>2</v></c><c r="F3"/></row><row><c r="A4"><v>3</v></c></row><row r="9"/>'
    )
    (sheet,) = sheets.read("a.xlsx", io.BytesIO(xlsx_of(rows)))
    assert (sheet.title, sheet.hidden) == ("Talk", False)
    assert sheet.rows == (("", "", "1", "2"), ("3",))
    assert sheet.numbers == (3, 4)


def test_strict_workbooks() -> None:
    """A workbook under the names of strict Open XML is read like any other."""
    content = xlsx_of(inline(HEAD, *TWO))
    strict = "http://purl.oclc.org/ooxml/"
    old = "http://schemas.openxmlformats.org/"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {path: archive.read(path).decode().replace(old, strict) for path in archive.namelist()}
    assert spoken(zipped(parts)) == TWO


FORMULA = '<row><c r="A3" t="inlineStr"><is><t>Tom</t></is></c><c r="B3"><f>A1</f></c></row>'


def test_formulas_without_a_value() -> None:
    """Words that a formula should give and does not are missed by name; elsewhere such a formula is noted."""
    with pytest.raises(errors.UnreadableFile, match=r"sheet Talk, row 3: a formula in column 2 has no stored value"):
        read(xlsx_of(inline(HEAD, TWO[0]) + FORMULA))
    error = '<row><c r="C3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    transcript = read(xlsx_of(inline(HEAD, *TWO) + error))
    assert "Formulas without a stored value, read as empty: 1." in transcript.notes


def test_macros_and_links_are_noted() -> None:
    """Macros stay aside and links are not followed, which is noted."""
    kind = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="s" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="m" Type="{kind}" Target="vbaProject.bin"/>'
        '<Relationship Id="e" Type="x/externalLink" Target="/xl/externalLinks/externalLink1.xml"/></Relationships>'
    )
    transcript = read(xlsx_of(inline(HEAD, *TWO), more={"xl/_rels/workbook.xml.rels": rels, "xl/vbaProject.bin": "x"}))
    assert len(transcript.turns) == 2
    assert ["macros" in note or "links" in note for note in transcript.notes[:2]] == [True, True]


@pytest.mark.parametrize(
    "rows",
    [
        [("document_id", "text", "candidate_set"), ("a", "One", "[]")],
        [("text", "probabilities"), ("One", "0.5")],
        [("speaker", "text", "status"), ("Jane", "One", ""), ("Jane", "Two", "Needs human decision")],
        [("Scores of May",), ("text", "status", "probabilities"), ("One", "x", "0.5")],
    ],
)
def test_machine_output_is_refused(rows: Sequence[Sequence[object]]) -> None:
    """Suggestions are refused on whatever sheet they stand, a hidden one too."""
    content = xlsx({"Talk": [HEAD, *TWO], "Scores": rows}, hidden=["Scores"])
    with pytest.raises(errors.MachineOutput, match=r"^a\.xlsx, sheet Scores: .* machine output\.$"):
        read(content)


def test_coded_excerpts_are_no_transcript() -> None:
    """Coded excerpts are refused in a sentence that says who reads them."""
    content = xlsx({"Coded": [("document_id", "text", "dimension", "codes"), ("a", "One", "mood", "joy")]})
    with pytest.raises(
        errors.UnreadableFile, match=r"^a\.xlsx, sheet Coded: these are coded excerpts, not a transcript;"
    ):
        read(content)


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"speaker,text", "not a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"encrypted or an old \.xls"),
        (b"PK\x03\x04" + b"x" * 50, "cut short or damaged"),
        (zipped({"a": "One"}), r"no whole workbook \(no xl/workbook\.xml\)"),
        (zipped({"xl/workbook.bin": "One"}), r"\.xlsb"),
        (zipped({"xl/workbook.xml": "<workbook/>"}), "no sheet of cells"),
        (
            xlsx_of("", more={"_rels/.rels": '<r><Relationship Type="/officeDocument" Target="word/d.xml"/></r>'}),
            "Word",
        ),
        (xlsx_of("", more={"_rels/.rels": "<Relationships"}), "list of parts is damaged"),
        (xlsx_of(inline(HEAD), head=BOMB), "DOCTYPE"),
        (xlsx_of("<a>" * 10_000), "nested over 200 levels|damaged"),
        (xlsx_of(cell("<v>5</v>", "s")), "names a text that is missing"),
        (xlsx_of(cell("<v>-1</v>", "s")), "names a text that is missing"),
        (xlsx_of(""), "visible sheets are empty"),
        (xlsx({"Talk": [HEAD, *TWO], "Seen": []}, hidden=["Talk"]), "visible sheets are empty"),
        (xlsx({"Numbers": [(1, 2), (3, 4)]}), "no visible sheet has a column of words"),
        (xlsx_of(inline(HEAD)), "no speech"),
    ],
)
def test_refusals(content: bytes, message: str) -> None:
    """What is broken, mislabelled, encrypted, made to harm or no speech gets one sentence with the file's name."""
    with pytest.raises(errors.UnreadableFile, match=message) as refusal:
        read(content)
    assert str(refusal.value).startswith("a.xlsx: ")
    assert "One" not in str(refusal.value)


def test_declared_sizes_are_not_believed() -> None:
    """A sheet that says it is as large as can be, and rows numbered to the last, cost nothing."""
    rows = inline(HEAD, *TWO) + '<row r="1048576"/><row r="99999999999999999999"/>'
    content = xlsx_of(rows, sheet_head='<dimension ref="A1:XFD1048576"/>')
    assert spoken(content) == TWO
    (sheet,) = sheets.read("a.xlsx", io.BytesIO(content))
    assert sheet.numbers == (1, 2, 3)


@pytest.mark.parametrize(
    ("limit", "rows", "texts"),
    [
        ("sheets._CELLS", inline(*[HEAD] * 1_001), ""),
        ("sheets._CHARACTERS", cell("<v>0</v>", "s") * 60, f"<si><t>{'ab' * 10}</t></si>"),
        ("xmlevents.MOST_ELEMENTS", "<row/>" * 1_001, ""),
        ("sheets._UNPACKED_TOGETHER", " " * 1_001, ""),
        ("sheets._COLUMNS", '<row><c r="ZZZ1"><v>1</v></c></row>', ""),
        ("sheets._MOST_BYTES", inline(HEAD, *TWO), ""),
    ],
)
def test_too_much(limit: str, rows: str, texts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More elements, cells or characters than a workbook of speech has are refused while they are read."""
    monkeypatch.setattr(f"service.readers.containers.{limit}", 1_000)
    with pytest.raises(errors.TooLarge, match=r"^a\.xlsx"):
        read(xlsx_of(rows, texts))


def test_truncated_at_every_place() -> None:
    """A file cut short anywhere is refused, never half read and never another kind of failure."""
    content = xlsx({"Talk": [HEAD, *TWO]})
    for end in range(0, len(content) - 1, 97):
        with pytest.raises(errors.UnreadableFile):
            read(content[:end])


def test_zip_bomb() -> None:
    """A small file that unpacks to tens of megabytes of nothing is refused while it is unpacked."""
    content = xlsx_of(" " * 60_000_000)
    assert len(content) < 100_000
    with pytest.raises(errors.TooLarge, match=r"^a\.xlsx: it unpacks"):
        read(content)
