"""Word documents: paragraphs, tables, what is hidden or deleted, and archives made to harm."""

import io
import struct
import zipfile
from collections.abc import Sequence

import docx as python_docx
import pytest

from service import errors
from service.domain.transcript import Transcript
from service.readers import files
from service.readers.containers import archives

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="{}"/>'
    "</Relationships>"
)


def saved(document: "python_docx.document.Document") -> bytes:
    """Return a document's bytes."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def paragraphs(*texts: str) -> bytes:
    """Build a document of plain paragraphs."""
    document = python_docx.Document()
    for text in texts:
        document.add_paragraph(text)
    return saved(document)


def table(rows: Sequence[Sequence[str]], above: Sequence[str] = ()) -> bytes:
    """Build a document with a table below paragraphs."""
    document = python_docx.Document()
    for text in above:
        document.add_paragraph(text)
    built = document.add_table(rows=len(rows), cols=len(rows[0]))
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            built.cell(r, c).text = text
    return saved(document)


def packed(xml: str | bytes, path: str = "word/document.xml", rels: str | None = None) -> bytes:
    """Pack a document's XML as a Word file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", rels or RELS.format(path))
        archive.writestr(path, xml)
    return out.getvalue()


def body(inner: str) -> bytes:
    """Pack the inside of a document's body."""
    return packed(f"<w:document {W}><w:body>{inner}</w:body></w:document>")


def read(content: bytes) -> Transcript:
    """Read bytes as a Word file."""
    return files.read_transcript_bytes("a.docx", content)


def spoken(content: bytes) -> list[tuple[str, str]]:
    """Return speakers and what they said."""
    transcript = read(content)
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


TWO = [("Jane", "How did it start?"), ("Maria", "We met. Then we left.")]


def test_names_before_colons() -> None:
    """Paragraphs that begin with a name are turns; blank ones and tabs make no difference."""
    assert spoken(paragraphs("Jane:\tHow did it start?", "", "Maria: We met. Then we left.", "")) == TWO


def test_header_and_roles() -> None:
    """A title block is no speech and says who asks."""
    content = paragraphs(
        "Interview 7", "Date: 3 May", "Interviewer: Jane", "Participant: Maria", "", "Jane: One?", "Maria: Two."
    )
    transcript = read(content)
    assert [(turn.speaker, turn.role) for turn in transcript.turns] == [
        ("Jane", "interviewer"),
        ("Maria", "participant"),
    ]
    assert transcript.text == "One?\n\nTwo."


def test_bold_names_without_colons() -> None:
    """A name in bold before plain words is a speaker."""
    document = python_docx.Document()
    for name, words in (*TWO, *TWO):
        paragraph = document.add_paragraph()
        paragraph.add_run(name).bold = True
        paragraph.add_run(" " + words)
    assert spoken(saved(document)) == [*TWO, *TWO]


def test_bold_name_once_with_a_colon() -> None:
    """A name in bold counts though it comes only once."""
    document = python_docx.Document()
    for name, words in TWO:
        paragraph = document.add_paragraph()
        paragraph.add_run(name + ":").bold = True
        paragraph.add_run(" " + words)
    assert spoken(saved(document)) == TWO


def test_teams() -> None:
    """Teams writes name and time, a line break, and the words into one paragraph, below a title and a date."""
    content = paragraphs(
        "Meeting with Maria-20240305_150000-Meeting Recording",
        "March 5, 2024, 3:00PM",
        "45m 12s",
        "Jane Doe started transcription",
        "Jane Doe   0:03\nHow did it start?",
        "Maria Lopez   0:07\nWe met.",
        "Maria Lopez   0:09\nThen we left.",
        "Jane Doe stopped transcription",
    )
    assert spoken(content) == [("Jane Doe", "How did it start?"), ("Maria Lopez", "We met.\nThen we left.")]


def test_word_transcribe() -> None:
    """Word's own transcription has a heading and a line of time and speaker above the words."""
    content = paragraphs(
        "Audio file",
        "interview7.wav",
        "Transcript",
        "00:00:03 Speaker 1",
        "How did it start?",
        "00:00:07 Speaker 2",
        "We met.",
    )
    assert spoken(content) == [("Speaker 1", "How did it start?"), ("Speaker 2", "We met.")]


@pytest.mark.parametrize(
    "rows",
    [
        [
            ["Timespan", "Content", "Speaker"],
            ["0:00 - 0:03", "How did it start?", "Jane"],
            ["0:03 - 0:05", "We met. Then we left.", "Maria"],
        ],
        [
            ["", "Timespan", "Content", "Speaker"],
            ["1", "0:00,0 - 0:03,1", "How did it start?", "Jane"],
            ["2", "0:03,1 - 0:05,2", "We met. Then we left.", "Maria"],
        ],
        [["Jane", "How did it start?"], ["Maria", "We met. Then we left."]],
        [["Jane:", "How did it start?"], ["Maria:", "We met. Then we left."]],
        [["0:00", "Jane", "How did it start?"], ["0:03", "Maria", "We met. Then we left."]],
        [["Jane: How did it start?"], ["Maria: We met. Then we left."]],
    ],
)
def test_tables(rows: list[list[str]]) -> None:
    """A table may hold the speech: NVivo's columns, speaker beside words, or names within the only column."""
    assert spoken(table(rows)) == TWO


def test_table_as_header() -> None:
    """A table of dates and names above the speech is a header."""
    rows = [["Date", "3 May"], ["Place", "Winnipeg"], ["Interviewer", "Jane"]]
    document = python_docx.Document(io.BytesIO(table(rows)))
    document.add_paragraph("Jane: How did it start?")
    document.add_paragraph("Maria: We met. Then we left.")
    transcript = read(saved(document))
    assert spoken(saved(document)) == TWO
    assert transcript.turns[0].role == "interviewer"


def run(text: str, properties: str = "") -> str:
    """Write a run."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_tracked_changes_and_fields() -> None:
    """Inserted words, links and content controls are read; deleted, moved and hidden ones and field codes are not."""
    inner = (
        f"<w:p>{run('Jane: It ')}<w:ins>{run('really ')}</w:ins><w:del><w:r><w:delText>never </w:delText></w:r></w:del>"
        f"<w:hyperlink>{run('was')}</w:hyperlink><w:sdt><w:sdtContent>{run(' so')}</w:sdtContent></w:sdt>"
        f"<w:moveFrom>{run(' gone')}</w:moveFrom>{run(' hidden', '<w:vanish/>')}"
        "<w:r><w:instrText> PAGE </w:instrText></w:r>"
        "<w:r><w:t>.</w:t><w:tab/><w:t>Yes</w:t><w:br/><w:t>No.</w:t></w:r></w:p>"
        f"<w:p>{run('Tom: &#233; &#x1F642; &amp;.')}</w:p>"
    )
    assert spoken(body(inner)) == [("Jane", "It really was so. Yes No."), ("Tom", "é 🙂 &.")]


def test_text_boxes_are_read_once() -> None:
    """A drawing and its older form hold the same words; they are read once."""
    box = f"<w:txbxContent><w:p>{run('Aside.')}</w:p></w:txbxContent>"
    forms = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    alternate = f"<mc:AlternateContent xmlns:mc='m'>{forms}</mc:AlternateContent>"
    inner = f"<w:p>{run('Jane: One.')}<w:r>{alternate}</w:r></w:p><w:p>{run('Tom: Two.')}</w:p>"
    assert read(body(inner)).text.count("Aside.") == 1


def test_main_document_elsewhere_and_strict_names() -> None:
    """The main document is where the archive says, under whatever namespace."""
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    xml = f"<w:document xmlns:w='{strict}'><w:body><w:p>{run('Jane: One.')}</w:p></w:body></w:document>"
    assert spoken(packed(xml, "word/document2.xml", RELS.format("/word/document2.xml"))) == [("Jane", "One.")]


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Jane: One.", "not a Word document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "encrypted or an old Word file"),
        (b"PK\x03\x04" + b"x" * 50, "cut short or damaged"),
        (packed("<w:document", "word/document.xml"), "its XML is damaged"),
        (packed("<x/>", "xl/workbook.xml"), "no speech"),
        (packed("<x/>", "mimetype", "<Relationships/>"), "holds no Word document"),
        (
            packed(f"{BOMB}<w:document {W}><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"),
            "DOCTYPE",
        ),
        (packed(f"<w:document {W}/>", rels=BOMB + "<Relationships/>"), "list of parts is damaged"),
        (body("<w:p>" * 10_000), "nested over 200 levels"),
        (body(""), "no speech"),
    ],
)
def test_refusals(content: bytes, message: str) -> None:
    """What is broken, mislabelled, encrypted or made to harm gets one sentence with the file's name."""
    with pytest.raises(errors.UnreadableFile, match=message) as refusal:
        read(content)
    assert str(refusal.value).startswith("a.docx: ")
    assert "One" not in str(refusal.value)


def test_truncated_at_every_place() -> None:
    """A file cut short anywhere is refused, never half read and never another kind of failure."""
    content = paragraphs("Jane: One.", "Maria: Two.")
    for end in range(0, len(content) - 1, 997):
        with pytest.raises(errors.UnreadableFile):
            read(content[:end])


def test_damaged_member() -> None:
    """Bytes changed inside a part are noticed by its checksum."""
    content = bytearray(body(f"<w:p>{run('Jane: One. ' * 200)}</w:p>"))
    at = content.find(b"word/document.xml") + len("word/document.xml") + 20
    content[at] ^= 0xFF
    with pytest.raises(errors.UnreadableFile, match="damaged"):
        read(bytes(content))


def test_zip_bomb() -> None:
    """A small file that unpacks to hundreds of megabytes is refused while it is unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as stream:
        for _ in range(60):
            stream.write(b" " * 1_000_000)
    with pytest.raises(errors.TooLarge, match=r"^a\.docx: it unpacks"):
        read(out.getvalue())


def test_lying_size() -> None:
    """The size that a header states is not believed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 30_000_000)
    content = bytearray(out.getvalue())
    directory = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, directory + 24, 100)
    struct.pack_into("<I", content, 22, 100)
    with pytest.raises((errors.TooLarge, errors.UnreadableFile)):
        read(bytes(content))


def test_too_many_members() -> None:
    """An archive of very many parts is refused before they are listed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(archives._MEMBERS + 1):
            archive.writestr(str(number), b"")
    with pytest.raises(errors.TooLarge, match="parts"):
        read(out.getvalue())


def test_encrypted_member() -> None:
    """An archive with encrypted parts is refused as encrypted."""
    content = bytearray(body(f"<w:p>{run('Jane: One.')}</w:p>"))
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 8] |= 1
    with pytest.raises(errors.UnreadableFile, match="encrypted"):
        read(bytes(content))


def test_questions_in_bold_part_the_turns() -> None:
    """Where nobody is named but questions are bold, questions and answers are turns of their own."""
    document = python_docx.Document()
    for question, answer in (("How did it start?", "We met."), ("And then?", "It grew.")):
        document.add_paragraph().add_run(question).bold = True
        document.add_paragraph(answer)
    assert spoken(saved(document)) == [("", "How did it start?"), ("", "We met."), ("", "And then?"), ("", "It grew.")]


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_refused(packing: int) -> None:
    """Ways of packing that no Word file uses, and that unpack without bound, are refused."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        archive.writestr("_rels/.rels", RELS.format("word/document.xml"))
    with pytest.raises(errors.UnreadableFile, match="packed in a way"):
        read(out.getvalue())
