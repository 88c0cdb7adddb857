"""REFI-QDA projects: what comes along, and what is listed as left behind."""

import io

import pytest

from service.domain.coded_file import CodedFile, ForeignCode, ForeignCoding
from service.domain.transcript import Participant, Turn
from service.readers import coded
from service.readers.coded_files import refi
from tests.refi_projects import (
    ANA,
    BEN,
    CALM,
    CODES,
    MOOD,
    TEXT,
    USERS,
    archive,
    coding,
    guid,
    packed,
    project,
    read,
    read_texts,
    selection,
    source,
)

WORDS = "Ana: I was calm.\nBen: Were you?\nAna: Yes, quite."
NAMESPACES = (
    "urn:QDA-XML:project:1.0",
    "urn:QDA-XML:project:1:0",
    "urn:QDA-XML:project:0.4",
    "urn:QDA-XML:project:0:4",
)


def left(file: CodedFile) -> dict[str, int]:
    """Return how many of what stayed behind."""
    counts: dict[str, int] = {}
    for item in file.left:
        counts[item.what] = counts.get(item.what, 0) + item.count
    return counts


def test_a_project_is_read() -> None:
    """Documents, codes with their tree, coders and codings with coder and code come along."""
    file = read_texts(source(selection(5, 15)), WORDS)
    assert file.tool == "Some tool 1.0"
    assert [(code.path, code.description, code.colour) for code in file.codes] == [
        (("Mood",), "How it felt", "#ff8800"),
        (("Mood", "Calm"), "", ""),
    ]
    assert [(coder.key, coder.name) for coder in file.coders] == [(ANA, "Ana"), (BEN, "Ben")]
    assert [(d.name, d.text, d.codings) for d in file.documents] == [("one", WORDS, (ForeignCoding(5, 15, CALM, ANA),))]
    assert file.left == ()
    assert file.alignment is not None
    assert (file.alignment.selections, file.alignment.aligned) == (1, 1)


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize("prefixed", [False, True])
def test_any_namespace_will_do(namespace: str, prefixed: bool) -> None:
    """The versions of the namespace, prefixed or not, are read alike."""
    xml = project(USERS + CODES + f"<Sources>{source(selection(5, 15))}</Sources>", xmlns=namespace)
    if prefixed:
        xml = xml.replace("</", "</q:").replace("<", "<q:").replace("<q:/q:", "</q:").replace("xmlns=", "xmlns:q=")
    assert read(packed(xml, {"one.txt": WORDS})).codings == 1


def test_no_namespace_and_no_declaration_will_do() -> None:
    """A project file without a namespace, with a byte-order mark or in UTF-16 is read."""
    xml = project(CODES + f"<Sources>{source(selection(5, 15))}</Sources>").replace(
        ' xmlns="urn:QDA-XML:project:1.0"', ""
    )
    for content in (xml, xml.encode("utf-8-sig"), f'<?xml version="1.0" encoding="utf-16"?>{xml}'.encode("utf-16")):
        assert read(archive({"project.qde": content, "sources/one.txt": WORDS})).codings == 1


@pytest.mark.parametrize(
    ("qde", "text"),
    [
        ("Project.qde", "Sources/one.txt"),
        ("My study.QDE", "SOURCES/One.TXT"),
        ("folder/project.qde", "folder/sources/one.txt"),
        ("project.qde", "Sources\\one.txt"),
        ("project.qde", "one.txt"),
    ],
)
def test_parts_are_found_wherever_a_tool_puts_them(qde: str, text: str) -> None:
    """The project file and the texts are found without regard to case and folder."""
    xml = project(CODES + f"<Sources>{source(selection(5, 15))}</Sources>")
    assert read(archive({qde: xml, text: WORDS, "__MACOSX/._project.qde": b"\0"})).codings == 1


@pytest.mark.parametrize(
    "path", ["internal://one%20a.txt", "internal:///one a.txt", "one a.txt", "internal://ONE A.txt"]
)
def test_paths_are_read_as_tools_write_them(path: str) -> None:
    """A text's path may be escaped, bare or in other capitals."""
    xml = project(CODES + f"<Sources>{source(selection(5, 15), path=path)}</Sources>")
    assert read(packed(xml, {"one a.txt": WORDS})).codings == 1


@pytest.mark.parametrize(
    "path",
    [
        "relative:///one.txt",
        "absolute:///etc/passwd",
        "/etc/passwd",
        "internal://../../etc/passwd",
        "C:\\one.txt",
        "file:///etc/passwd",
    ],
)
def test_nothing_outside_the_archive_is_opened(path: str) -> None:
    """Texts that lie elsewhere are listed as missing, with their codings."""
    file = read_texts(source(selection(5, 15) + selection(0, 3), path=path), WORDS)
    assert file.documents == ()
    assert [(item.what, item.count) for item in file.left] == [("texts", 1)]
    assert file.left[0].why == "their files are not in the archive, with 2 codings"


def test_words_may_stand_in_the_project_file() -> None:
    """A text that stands in the project file itself is a document."""
    inner = f"<PlainTextContent>{WORDS}</PlainTextContent>{selection(5, 15)}"
    file = read_texts(f'<TextSource guid="{TEXT}" name="one">{inner}</TextSource>')
    assert file.documents[0].text[5:15] == "I was calm"
    assert file.codings == 1


@pytest.mark.parametrize(
    ("attributes", "content", "why"),
    [
        ('richTextPath="internal://one.docx"', WORDS, "there is only a formatted file"),
        ("", WORDS, "the project names no text"),
        ('plainTextPath="internal://one.txt"', b"caf\xe9", "their files are not text in UTF-8"),
        ('plainTextPath="internal://one.txt"', b"a\0b\0", "their files are not text in UTF-8"),
    ],
)
def test_texts_that_cannot_be_read_are_listed(attributes: str, content: str | bytes, why: str) -> None:
    """A source without a plain text that can be read is listed with the reason and its codings."""
    file = read_texts(f'<TextSource guid="{TEXT}" name="one" {attributes}>{selection(0, 3)}</TextSource>', content)
    assert file.documents == ()
    assert [(item.what, item.count) for item in file.left] == [("texts", 1)]
    assert file.left[0].why.startswith(why)
    assert file.left[0].why.endswith("with 1 coding")


def test_identifiers_are_compared_without_case_and_braces() -> None:
    """A code, a coder or a note is found under any spelling of its identifier."""
    given = coding(f"{{{CALM.upper()}}}", BEN.upper(), f'<NoteRef targetGUID="{{{guid(77).upper()}}}"/>')
    notes = f'<Notes><Note guid="{guid(77)}"><PlainTextContent>A thought</PlainTextContent></Note></Notes>'
    file = read_texts(source(selection(5, 15, given)), WORDS, after=notes)
    assert file.documents[0].codings == (ForeignCoding(5, 15, CALM, BEN, "A thought"),)


def test_names_that_carry_a_hierarchy_stay_as_they_are() -> None:
    """Names such as "Coke::diet Coke" are names; only the tree makes paths."""
    codes = f'<CodeBook><Codes><Code guid="{MOOD}" name="Coke::diet Coke" isCodable="true"/></Codes></CodeBook>'
    assert [code.path for code in read(packed(project(codes))).codes] == [("Coke::diet Coke",)]


def test_codes_that_are_alike_are_told_apart() -> None:
    """Codes with the same name, no name or the same identifier all stay, and it is noted."""
    twice = f'<Code guid="{MOOD}" name="Mood" isCodable="true"/>'
    codes = f'<CodeBook><Codes>{twice}{twice}<Code guid="{CALM}" name="" isCodable="false"/></Codes></CodeBook>'
    file = read(packed(project(codes)))
    assert [code.path for code in file.codes] == [("Mood",), ("Mood (2)",), ("Unnamed code",)]
    assert len({code.key for code in file.codes}) == 3
    assert [code.codable for code in file.codes] == [True, True, False]
    assert len(file.notes) == 3


def test_coders_fall_back_to_the_selection() -> None:
    """Who made a selection gave its codes unless they say otherwise; where nobody is named the coder is nobody."""
    inner = coding(user="") + coding(MOOD, BEN)
    chosen = selection(5, 15, inner).replace("<PlainTextSelection", f'<PlainTextSelection creatingUser="{ANA}"')
    file = read_texts(
        source(chosen + selection(0, 3, coding(user="")) + selection(17, 20, coding(user=guid(99)))), WORDS
    )
    assert [c.coder for c in file.documents[0].codings] == [ANA, BEN, "", guid(99)]
    assert [c.name for c in file.coders] == ["Ana", "Ben", "", "Unknown user 00000063"]


def test_machines_are_recognised() -> None:
    """Users under whose name a tool codes by itself are marked."""
    users = f'<Users><User guid="{ANA}" name="ATLAS.ti"/><User guid="{BEN}" name="Ben"/></Users>'
    assert [coder.machine for coder in read(packed(project(users))).coders] == [True, False]


def test_codings_of_a_whole_text_hold_all_of_it() -> None:
    """A code given to a text as a whole is a coding from its first to its last character."""
    file = read_texts(source(coding()), WORDS)
    assert file.documents[0].codings == (ForeignCoding(0, len(WORDS), CALM, ANA),)


def test_memos_come_from_descriptions_notes_and_links() -> None:
    """What a selection, its coding's note and a note that a link ties to it say becomes the coding's memo."""
    chosen = selection(
        5,
        15,
        f"<Description>Own</Description>{coding(inner=f'<NoteRef targetGUID={chr(34)}{guid(7)}{chr(34)}/>')}",
        number=1,
    )
    notes = (
        f'<Notes><Note guid="{guid(7)}" name="Idea"><PlainTextContent>Noted</PlainTextContent></Note>'
        f'<Note guid="{guid(8)}" plainTextPath="internal://one.txt"/>'
        f'<Note guid="{guid(9)}"><PlainTextContent>Lost</PlainTextContent></Note></Notes>'
        f'<Links><Link guid="{guid(10)}" originGUID="{guid(8)}" targetGUID="{guid(0x1001)}"/></Links>'
    )
    file = read_texts(source("<Description>Of the text</Description>" + chosen), WORDS, after=notes)
    assert file.documents[0].codings[0].memo == f"Own\n\nIdea\nNoted\n\n{WORDS}"
    assert file.documents[0].memo == "Of the text"
    assert left(file) == {"memos": 1}


def test_annotations_stand_in_the_memo_of_the_document() -> None:
    """What is said of a stretch without a code is kept in the document's memo, and counted."""
    file = read_texts(source(selection(5, 15, "<Description>Really?</Description>") + selection(0, 3, "")), WORDS)
    assert file.documents[0].memo == "“I was calm”: Really?"
    assert [(item.what, item.count) for item in file.left] == [("selections without a code", 1)] * 2


def test_codings_of_unknown_codes_and_outside_of_the_text_are_listed() -> None:
    """Codings that point at nothing, or lie outside of their text, are counted as left."""
    file = read_texts(
        source(selection(5, 15, coding(guid(99))) + selection(5, 900) + selection(5, 5) + selection(-3, 4)), WORDS
    )
    assert file.codings == 0
    assert left(file) == {"codings": 1, "selections": 3}
    assert file.left[1].why.endswith("with 3 codings")


def test_what_is_no_text_is_counted() -> None:
    """Pictures, recordings, pages, sets, networks and links stay behind, with the number of their codings."""
    area = f'<PictureSelection guid="{guid(21)}" >{coding()}</PictureSelection>'
    sound = f'<AudioSelection guid="{guid(22)}" begin="0" end="9">{coding()}{coding(MOOD)}</AudioSelection>'
    sources = (
        f'<PictureSource guid="{guid(31)}" path="internal://a.png">{area}</PictureSource>'
        f'<AudioSource guid="{guid(32)}" path="internal://a.mp3">{sound}</AudioSource>'
        f'<VideoSource guid="{guid(33)}" path="internal://a.mp4"/><PDFSource guid="{guid(34)}" path="internal://a.pdf"/>'
    )
    after = (
        f'<Links><Link guid="{guid(43)}" originGUID="{guid(31)}" targetGUID="{guid(32)}"/></Links>'
        f'<Sets><Set guid="{guid(41)}" name="s"/></Sets><Graphs><Graph guid="{guid(42)}"/></Graphs>'
    )
    file = read_texts(sources, after=after)
    assert left(file) == {
        "pictures": 1,
        "audio recordings": 1,
        "video recordings": 1,
        "PDF files": 1,
        "sets": 1,
        "networks": 1,
        "links": 1,
    }
    assert sum("with 2 codings" in item.why for item in file.left) == 1


def test_transcripts_of_recordings_are_documents() -> None:
    """A transcript comes along, with the codings of stretches between its time marks."""
    transcript = (
        f'<Transcript guid="{guid(51)}" name="talk" plainTextPath="internal://one.txt">'
        f'<SyncPoint guid="{guid(52)}" position="5"/><SyncPoint guid="{guid(53)}" position="15"/>'
        f'<TranscriptSelection guid="{guid(54)}" fromSyncPoint="{guid(52)}" toSyncPoint="{guid(53)}">{coding()}'
        f'</TranscriptSelection><TranscriptSelection guid="{guid(55)}">{coding()}</TranscriptSelection></Transcript>'
    )
    file = read_texts(f'<AudioSource guid="{guid(50)}" name="a.mp3">{transcript}{coding(MOOD)}</AudioSource>', WORDS)
    assert file.documents[0].name == "talk"
    assert file.documents[0].codings == (ForeignCoding(5, 15, CALM, ANA), ForeignCoding(0, len(WORDS), MOOD, ANA))
    assert left(file) == {"audio recordings": 1, "selections": 1}


def test_words_of_a_pdf_come_along() -> None:
    """The text of a PDF file is a document; a selection written as an area and as words is one."""
    area = f'<PDFSelection guid="{guid(0x1001)}" page="0">{coding()}</PDFSelection>'
    other = area.replace(guid(0x1001), guid(0x1002))
    inner = selection(5, 15, number=1)
    words = f'<Representation guid="{guid(61)}" plainTextPath="internal://one.txt">{inner}</Representation>'
    file = read_texts(f'<PDFSource guid="{guid(60)}" name="paper.pdf">{area}{other}{words}</PDFSource>', WORDS)
    assert [(d.name, len(d.codings)) for d in file.documents] == [("paper.pdf", 1)]
    assert [(item.what, item.why) for item in file.left] == [
        ("PDF files", "only their words are taken along, with 1 coding")
    ]


def case(name: str, number: int, values: dict[int, str] | None = None, sources: str = "", selections: str = "") -> str:
    """Return a case with values of variables by their numbers."""
    given = "".join(
        f'<VariableValue><VariableRef targetGUID="{guid(0x500 + key)}"/><TextValue>{value}</TextValue></VariableValue>'
        for key, value in (values or {}).items()
    )
    refs = "".join(f'<SourceRef targetGUID="{key}"/>' for key in sources.split())
    refs += "".join(f'<SelectionRef targetGUID="{key}"/>' for key in selections.split())
    return f'<Case guid="{guid(0x700 + number)}" name="{name}">{given}{refs}</Case>'


def cases(*given: str, names: tuple[str, ...] = ("Person:Age", "Person:Town", "Clinic:Size", "Role")) -> str:
    """Return variables and cases."""
    variables = "".join(
        f'<Variable guid="{guid(0x500 + n)}" name="{v}" typeOfVariable="Text"/>' for n, v in enumerate(names)
    )
    return f"<Variables>{variables}</Variables><Cases>{''.join(given)}</Cases>"


def test_a_case_of_a_text_is_its_participant() -> None:
    """The case that is given a text is its participant, and the case's variables are attributes."""
    file = read_texts(source(""), WORDS, before=cases(case("Ana", 1, {0: "41", 1: "Bonn"}, TEXT)))
    assert file.documents[0].participant == Participant("Ana", {"Age": "41", "Town": "Bonn"})
    assert file.left == ()


@pytest.mark.parametrize("kind", ["Text", "Boolean", "Integer", "Float", "Date", "DateTime"])
def test_values_of_every_type_are_attributes(kind: str) -> None:
    """Values of all types of variables are taken as they are written."""
    given = case("Ana", 1, {0: "1"}, TEXT).replace("TextValue", f"{kind}Value")
    assert read_texts(source(""), WORDS, before=cases(given)).documents[0].participant == Participant(
        "Ana", {"Age": "1"}
    )


def test_of_several_cases_the_person_is_the_participant() -> None:
    """The most person-like case is the participant; the others are attributes under the name of their kind."""
    given = (
        case("North", 1, {2: "small"}, TEXT),
        case("Ana", 2, {0: "41"}, TEXT),
        case("Pilot", 3, {}, f"{TEXT} {guid(9)}"),
    )
    file = read_texts(source(""), WORDS, before=cases(*given))
    attributes = {"Age": "41", "Clinic": "North", "Size": "small", "other cases": "Pilot"}
    assert file.documents[0].participant == Participant("Ana", attributes)


def test_without_kinds_the_case_with_the_fewest_texts_is_the_participant() -> None:
    """A person has fewer texts than an organisation."""
    given = (case("North", 1, {}, f"{TEXT} {guid(9)}"), case("Ana", 2, {}, TEXT))
    assert read_texts(source(""), WORDS, before=cases(*given)).documents[0].participant == Participant(
        "Ana", {"other cases": "North"}
    )


def test_variables_of_a_text_are_attributes_of_its_participant() -> None:
    """Values that a text or a case without a name gives belong to the participant, called as the document."""
    value = f'<VariableValue><VariableRef targetGUID="{guid(0x500)}"/><IntegerValue>41</IntegerValue></VariableValue>'
    unnamed = case("", 1, {1: "Bonn"}, TEXT)
    file = read_texts(source(value), WORDS, before=cases(unnamed, names=("Age", "Town")))
    assert file.documents[0].participant == Participant("one", {"Age": "41", "Town": "Bonn"})


def test_cases_of_all_stretches_are_speakers() -> None:
    """Where cases are given all that is said, they speak there."""
    chosen = selection(0, 16, "", number=1) + selection(17, 31, "", number=2) + selection(32, 48, "", number=3)
    given = (
        case("Ana", 1, {3: "participant"}, selections=f"{guid(0x1001)} {guid(0x1003)}"),
        case("Ben", 2, {3: "interviewer"}, selections=guid(0x1002)),
    )
    file = read_texts(source(chosen), WORDS, before=cases(*given))
    assert file.documents[0].turns == (
        Turn("Ana", "participant", 0, 16),
        Turn("Ben", "interviewer", 17, 31),
        Turn("Ana", "participant", 32, 48),
    )
    assert file.left == ()


def test_stretches_of_cases_that_are_no_turns_are_counted() -> None:
    """Where cases are given only some of what is said nobody's turns are made up."""
    chosen = selection(0, 16, "", number=1) + selection(17, 20, "", number=2)
    given = (case("Ana", 1, selections=guid(0x1001)), case("Ben", 2, selections=guid(0x1002)))
    file = read_texts(source(chosen), WORDS, before=cases(*given))
    assert file.documents[0].turns == ()
    assert left(file) == {"stretches given to cases": 2}


def test_codes_of_cases_are_cases() -> None:
    """A code with a case's identifier, as NVivo writes them, is no code, and its codings tell whose words they are."""
    own = f'<Code guid="{guid(0x701)}" name="Ana" isCodable="true"/>'
    codes = CODES.replace("<Codes>", f'<Codes><Code guid="{guid(90)}" name="Cases" isCodable="false">{own}</Code>')
    xml = project(
        USERS
        + codes
        + cases(case("Ana", 1, {0: "41"}))
        + f"<Sources>{source(coding(guid(0x701)) + selection(5, 15))}</Sources>"
    )
    file = read(packed(xml, {"one.txt": WORDS}))
    assert [code.path for code in file.codes] == [("Mood",), ("Mood", "Calm")]
    assert file.documents[0].participant == Participant("Ana", {"Age": "41"})
    assert len(file.documents[0].codings) == 1
    assert file.notes == ("1 codes stand for cases; they are taken as cases and not as codes.",)


def test_cases_of_nothing_that_came_along_are_listed() -> None:
    """Cases whose texts stay behind are counted."""
    file = read_texts(
        "", before=cases(case("Ana", 1, {}, TEXT).replace("<SourceRef", "<Description>Shy</Description><SourceRef"))
    )
    assert left(file) == {"cases": 1, "descriptions of cases": 1}


def test_documents_of_one_name_are_told_apart() -> None:
    """A second document of a name gets a number, and one without a name that of its file."""
    sources = source("") + source("", key=guid(9)) + source("", name="", key=guid(10))
    assert [d.name for d in read_texts(sources, WORDS).documents] == ["one", "one (2)", "one.txt"]


def test_a_codebook_is_read() -> None:
    """A .qdc gives its codes and the tool that wrote it; a project gives its code system."""
    qdc = f'<CodeBook xmlns="urn:QDA-XML:codebook:1:0" origin="NVivo 12">{CODES[10:-11]}<Sets/></CodeBook>'
    codes, origin = refi.read_codebook("c.qdc", io.BytesIO(qdc.encode()))
    assert origin == "NVivo 12"
    assert codes == (
        ForeignCode(MOOD, ("Mood",), "How it felt", colour="#ff8800"),
        ForeignCode(CALM, ("Mood", "Calm")),
    )
    again, origin = refi.read_codebook("c.qdpx", io.BytesIO(packed(project(CODES))))
    assert again == codes
    assert origin == "Some tool 1.0"


def test_the_registry_reads_projects() -> None:
    """A project given as bytes is read by the end of its name, with its digest."""
    file = coded.read_coded(packed(project(CODES)), "study/Made.QDPX")
    assert file.name == "Made.QDPX"
    assert len(file.sha256) == 64
