"""REFI-QDA projects as Inkling writes them for other tools."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from service import __version__
from service.domain.coded_file import CodedFile, ForeignCode, ForeignCoder, ForeignCoding, ForeignDocument
from service.domain.transcript import Participant, Turn
from service.readers.coded_files import refi
from service.writers import qdc, qdpx
from tests.refi_schema import offences

NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
SPACE = "urn:QDA-XML:project:1.0"
TEXT = "Ben: How was it?\nAna: Calm, 😀 mostly."
KEY = "0a1b2c3d-0000-4000-8000-000000000001"
FILE = CodedFile(
    "A study.qdpx",
    "",
    "",
    (
        ForeignDocument(
            "one",
            TEXT,
            (
                ForeignCoding(22, 26, "calm", "u1", "Why <so>?", "2026-04-01T09:00:00Z"),
                ForeignCoding(22, 26, "mood", "u1", "Why <so>?", "2026-04-01T09:00:01Z"),
                ForeignCoding(22, 26, KEY, "u2"),
                ForeignCoding(0, 16, KEY, ""),
            ),
            (Turn("Ben", "interviewer", 0, 16), Turn("Ana", "participant", 17, 37)),
            participant=Participant("Ana", {"town": "Bonn"}),
            memo="In the kitchen",
        ),
    ),
    (
        ForeignCode("mood", ("Mood",), "How it felt", colour="#ff8800"),
        ForeignCode("calm", ("Mood", "Calm")),
        ForeignCode(KEY, ("Place", "Home")),
    ),
    (ForeignCoder("u1", "Ursula"), ForeignCoder("u2", 'Uwe "the" 2nd')),
)


def written(file: CodedFile = FILE) -> zipfile.ZipFile:
    """Return a file written as a project."""
    out = io.BytesIO()
    qdpx.write(file, out, NOW)
    return zipfile.ZipFile(out)


def root(file: CodedFile = FILE) -> ElementTree.Element:
    """Return the project file's root, without namespaces."""
    content = written(file).read("project.qde")
    assert offences(content, SPACE) == []
    return ElementTree.fromstring(content.replace(f' xmlns="{SPACE}"'.encode(), b""))


def back(file: CodedFile) -> CodedFile:
    """Return a file written and read."""
    out = io.BytesIO()
    qdpx.write(file, out, NOW)
    out.seek(0)
    return refi.read_project("a.qdpx", out, {})


def test_the_archive_holds_the_project_file_and_the_texts() -> None:
    """The project file comes first; each text is UTF-8 with newlines and without a mark, under its identifier."""
    archive = written()
    source = root().find("Sources/TextSource")
    assert source is not None
    assert archive.namelist() == ["project.qde", f"sources/{source.get('guid')}.txt"]
    assert source.get("plainTextPath") == f"internal://{source.get('guid')}.txt"
    assert archive.read(archive.namelist()[1]) == TEXT.encode()
    assert archive.read("project.qde").startswith(b'<?xml version="1.0" encoding="utf-8"')
    assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_project_says_what_wrote_it_and_when() -> None:
    """Name, origin and time stand at the project."""
    project = root()
    assert project.get("name") == "A study"
    assert project.get("origin") == f"Inkling {__version__}"
    assert project.get("creationDateTime") == "2026-05-01T12:30:00Z"


def test_codes_make_a_tree() -> None:
    """Paths become a tree; what is named in a path and is no code becomes a heading; identifiers are kept."""
    codes = [(code.get("name"), code.get("isCodable"), code.get("color")) for code in root().iter("Code")]
    assert codes == [
        ("Mood", "true", "#ff8800"),
        ("Calm", "true", None),
        ("Place", "false", None),
        ("Home", "true", None),
    ]
    assert root().findtext("CodeBook/Codes/Code/Description") == "How it felt"
    assert [code.get("guid") for code in root().iter("Code")][-1] == KEY


def test_codings_name_coder_code_and_time() -> None:
    """Codes that one coder gave to one stretch stand in one selection, whose coder and memo they share."""
    users = {user.get("guid"): user.get("name") for user in root().iter("User")}
    found = [
        (s.get("startPosition"), s.get("endPosition"), users.get(s.get("creatingUser")), len(s.findall("Coding")))
        for s in root().iter("PlainTextSelection")
        if s.find("Coding") is not None
    ]
    assert found == [("0", "16", None, 1), ("22", "26", "Ursula", 2), ("22", "26", 'Uwe "the" 2nd', 1)]
    times = [coding.get("creationDateTime") for coding in root().iter("Coding")]
    assert times == [None, "2026-04-01T09:00:00Z", "2026-04-01T09:00:01Z", None]


def test_memos_stand_at_the_selection_and_in_notes() -> None:
    """A coding's memo is a note that the coding refers to, and the description of its selection, as tools differ."""
    project = root()
    notes = {note.get("guid"): note.findtext("PlainTextContent") for note in project.iter("Note")}
    assert [notes[ref.get("targetGUID")] for ref in project.iter("NoteRef")] == ["Why <so>?"] * 2
    assert project.findtext("Sources/TextSource/Description") == "In the kitchen"
    assert [s.findtext("Description") for s in project.iter("PlainTextSelection")].count("Why <so>?") == 1
    assert [coding.memo for coding in back(FILE).documents[0].codings] == ["", "Why <so>?", "Why <so>?", ""]


def test_participants_and_speakers_are_cases() -> None:
    """A participant is a case of the document, a speaker of the turns; who are called the same are one case."""
    variables = {v.get("guid"): v.get("name") for v in root().iter("Variable")}
    found = {}
    for case in root().iter("Case"):
        values = {
            variables[value.find("VariableRef").get("targetGUID")]: value.findtext("TextValue")  # type: ignore[union-attr]
            for value in case.iter("VariableValue")
        }
        found[case.get("name")] = (values, len(case.findall("SourceRef")), len(case.findall("SelectionRef")))
    assert found == {
        "Ana": ({"town": "Bonn", "Speaker role": "participant"}, 1, 1),
        "Ben": ({"Speaker role": "interviewer"}, 0, 1),
    }


def test_one_person_in_several_documents_is_one_case() -> None:
    """A participant of several documents is one case, and keeps the role of each document's turns."""
    person = Participant("Ana", {})
    documents = tuple(
        ForeignDocument(f"d{n}", "Hello.", turns=(Turn("Ana", role, 0, 6),), participant=person)  # type: ignore[arg-type]
        for n, role in enumerate(("participant", "interviewer", ""))
    )
    file = replace(FILE, documents=documents)
    cases = [(case.get("name"), len(case.findall("SourceRef"))) for case in root(file).iter("Case")]
    assert cases == [("Ana", 3), ("Ana", 0), ("Ana", 0)]
    assert [(d.participant, d.turns) for d in back(file).documents] == [(d.participant, d.turns) for d in documents]


def test_what_xml_cannot_hold_is_replaced() -> None:
    """Control characters in names and memos become U+FFFD; in a text they stay."""
    document = ForeignDocument("a\x01b", "x\x01y", (ForeignCoding(0, 1, "calm", "u1", "m\x0bn\r\n"),), memo="\ud800")
    file = back(replace(FILE, documents=(document,)))
    assert file.documents[0].name == "a\ufffdb"
    assert file.documents[0].text == "x\x01y"
    assert file.documents[0].memo == "\ufffd"
    assert file.documents[0].codings[0].memo == "m\ufffdn\r\n"


@pytest.mark.parametrize(
    ("made_at", "stands"),
    [
        ("2024-05-01", "2024-05-01T00:00:00"),
        ("2024-05-01 10:00:00", "2024-05-01T10:00:00"),
        ("2024-05-01T10:00:00+02:00", "2024-05-01T10:00:00+02:00"),
        ("2024-13-45T99:00:00Z", None),
        ("last week", None),
    ],
)
def test_times_are_written_as_the_schema_wants_them(made_at: str, stands: str | None) -> None:
    """A time in another form is put into the schema's; one that can't be told is left out."""
    document = ForeignDocument("d", "x", (ForeignCoding(0, 1, "calm", "u1", "", made_at),))
    coding = root(replace(FILE, documents=(document,))).find(".//Coding")
    assert coding is not None
    assert coding.get("creationDateTime") == stands


def test_what_nobody_declared_is_written_too() -> None:
    """A code or a coder that only a coding names is not lost."""
    document = ForeignDocument("d", "x", (ForeignCoding(0, 1, "new", "somebody"),))
    file = back(CodedFile("a", "", "", (document,)))
    assert [code.path for code in file.codes] == [("new",)]
    assert [coder.name for coder in file.coders] == ["somebody"]
    assert file.codings == 1


def test_nothing_is_a_project_too() -> None:
    """A file of nothing is written and read."""
    assert root(CodedFile("", "", "")).get("name") == "Inkling"
    assert back(CodedFile("", "", "")).left == ()


def test_codes_of_one_path_stay_two() -> None:
    """Codes with one path and different keys have identifiers of their own, in a codebook as in a project."""
    codes = (
        ForeignCode("a", ("X",)),
        ForeignCode("b", ("X",)),
        ForeignCode(KEY, ("Y",)),
        ForeignCode(KEY.upper(), ("Z",)),
    )
    out = io.BytesIO()
    qdc.write(codes, out)
    assert offences(out.getvalue(), "urn:QDA-XML:codebook:1.0") == []
    read, _ = refi.read_codebook("c.qdc", io.BytesIO(out.getvalue()))
    assert [code.path for code in read] == [("X",), ("X (2)",), ("Y",), ("Z",)]
