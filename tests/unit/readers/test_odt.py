"""OpenDocument texts: paragraphs, lists, tables, what is no speech, and archives made to harm."""

import pytest

from service import errors
from service.domain.transcript import Transcript
from service.readers import files
from tests.written_files import odt, odt_of, zipped


def read(content: bytes) -> Transcript:
    """Read bytes as an OpenDocument text."""
    return files.read_transcript_bytes("a.odt", content)


def spoken(content: bytes) -> list[tuple[str, str]]:
    """Return speakers and what they said."""
    transcript = read(content)
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


TWO = [("Jane", "How did it start?"), ("Maria", "We met. Then we left.")]


def p(inner: str, style: str = "P1") -> str:
    """Write a paragraph."""
    return f'<text:p text:style-name="{style}">{inner}</text:p>'


def said(inner: str, styles: str = "") -> str:
    """Return what Jane says in a document of two."""
    return spoken(odt_of(p(f"Jane: {inner}") + p("Tom: Ho."), styles))[0][1]


def test_names_before_colons() -> None:
    """Paragraphs that begin with a name are turns; headings and items of lists are paragraphs too."""
    assert spoken(odt("Jane:\tHow did it start?", "", "Maria: We met. Then we left.")) == TWO
    item = f"<text:number>1.</text:number>{p('Maria: We met. Then we left.')}"
    items = f"<text:list><text:list-item>{item}</text:list-item></text:list>"
    assert spoken(odt_of("<text:h>Jane: How did it start?</text:h>" + items)) == TWO


def test_header_and_roles() -> None:
    """A title block is no speech and says who asks."""
    transcript = read(odt("Interview 7", "Interviewer: Jane", "Participant: Tom", "", "Jane: One?", "Tom: Two."))
    assert [(turn.speaker, turn.role) for turn in transcript.turns] == [("Jane", "interviewer"), ("Tom", "participant")]
    assert transcript.text == "One?\n\nTwo."


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("a<text:s text:c='2'/>b<text:tab/>c", "a  b c"),
        ("One.<text:line-break/>Two.", "One.\nTwo."),
        ("a\n   b <text:span> c</text:span>", "a b c"),
        ("<text:span>it</text:span>’<text:a>s</text:a> &#233; &#x1F642; &amp;.", "it’s é 🙂 &."),
        ("a<text:soft-page-break/>b<text:bookmark text:name='x'/>c", "abc"),
        ("<text:ruby><text:ruby-base>日</text:ruby-base><text:ruby-text>に</text:ruby-text></text:ruby>", "日"),
    ],
)
def test_characters(inner: str, expected: str) -> None:
    """Spaces in a row count as one unless they are said to be more; tabs, breaks and spans are read as they look."""
    assert said(inner) == expected


@pytest.mark.parametrize(
    "unspoken",
    [
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>See.</text:p></text:note-body></text:note>",
        "<office:annotation><dc:creator>Tom</dc:creator><text:p>Check this.</text:p></office:annotation>",
        "<text:hidden-text>hidden</text:hidden-text>",
        "<text:span text:style-name='T9'>hidden</text:span>",
        "<text:script>alert()</text:script>",
    ],
)
def test_not_spoken(unspoken: str) -> None:
    """Notes, comments and hidden words are no speech."""
    hiding = (
        "<style:style style:name='T9' style:family='text'><style:text-properties text:display='none'/></style:style>"
    )
    assert said(f"One{unspoken} two.", hiding) == "One two."


def test_tracked_changes_and_indexes() -> None:
    """Deleted words, which stand before the text, tables of contents and hidden sections are no speech."""
    deleted = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Tom: Never.</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
    )
    contents = f"<text:table-of-content><text:index-body>{p('Jane 1')}</text:index-body></text:table-of-content>"
    section = f"<text:section text:display='none'>{p('Tom: Hidden.')}</text:section>"
    inner = deleted + contents + p("Jane: One<text:change-start/> more<text:change-end/>.") + section + p("Tom: Two.")
    assert spoken(odt_of(inner)) == [("Jane", "One more."), ("Tom", "Two.")]


def test_bold_names_without_colons() -> None:
    """A name in bold before plain words is a speaker, whether its style is bold or one that it builds on."""
    styles = (
        "<style:style style:name='Strong' style:family='text'><style:text-properties fo:font-weight='bold'/>"
        "</style:style>"
        "<style:style style:name='T1' style:family='text' style:parent-style-name='Strong'/>"
        "<style:style style:name='T2' style:family='text' style:parent-style-name='T2'/>"
    )
    turns = [
        p(f"<text:span text:style-name='T1'>{name}</text:span><text:span text:style-name='T2'> {words}</text:span>")
        for name, words in (*TWO, *TWO)
    ]
    assert spoken(odt_of("".join(turns), styles)) == [*TWO, *TWO]


def row(*cells: str) -> str:
    """Write a row of a table."""
    return cells_of(*map(p, cells))


def cells_of(*cells: str) -> str:
    """Write a row whose cells hold this."""
    inner = "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in cells)
    return f"<table:table-row>{inner}</table:table-row>"


def test_tables() -> None:
    """Rows with a name beside the words are turns; cells that stand for several keep the columns in their places."""
    assert spoken(odt_of(f"<table:table>{''.join(row(*turn) for turn in TWO)}</table:table>")) == TWO
    repeated = "<table:table-row><table:table-cell table:number-columns-repeated='2'/><table:table-cell>"
    rows = row("Timespan", "Speaker", "Content") + row("0:00", *TWO[0]) + row("0:03", *TWO[1])
    more = f"{repeated}{p('And more.')}</table:table-cell></table:table-row>"
    assert spoken(odt_of(f"<table:table>{rows}{more}</table:table>")) == [
        TWO[0],
        ("Maria", "We met. Then we left.\nAnd more."),
    ]


def test_text_boxes_and_nested_tables() -> None:
    """A text box is read before the paragraph that it hangs on, a table in a cell as the cell's words."""
    box = f"<draw:frame xmlns:draw='d'><draw:text-box>{p('Tom: Aside.')}</draw:text-box></draw:frame>"
    assert spoken(odt_of(p(f"Jane: One{box} two.") + p("Tom: Ho."))) == [
        ("Tom", "Aside."),
        ("Jane", "One two."),
        ("Tom", "Ho."),
    ]
    inner = f"<table:table>{row('One.', 'Two.')}</table:table>"
    assert spoken(odt_of(f"<table:table>{cells_of(p('Jane'), inner)}{row('Tom', 'Ho.')}</table:table>")) == [
        ("Jane", "One.\nTwo."),
        ("Tom", "Ho."),
    ]


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
SHEET = "application/vnd.oasis.opendocument.spreadsheet"
LOCKED = {"META-INF/manifest.xml": "<manifest:encryption-data/>"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Jane: One.", "not an OpenDocument text"),
        (b"PK\x03\x04" + b"x" * 50, "cut short or damaged"),
        (zipped({"content.txt": "One"}), r"no content\.xml"),
        (zipped({"content.xml": "<office:document"}), "its XML is damaged"),
        (zipped({"content.xml": f"{BOMB}<d>&b;</d>"}), "DOCTYPE"),
        (zipped({"content.xml": "<d/>", "styles.xml": f"{BOMB}<d/>"}), "DOCTYPE"),
        (odt_of(p("One."), kind=SHEET), "by its content this is application/vnd"),
        (odt_of(p("One."), more=LOCKED), "encrypted"),
        (zipped({"encrypted-package": "One"}), "encrypted"),
        (odt_of("<text:span>" * 10_000), "nested over 200 levels"),
        (odt_of(""), "no speech"),
    ],
)
def test_refusals(content: bytes, message: str) -> None:
    """What is broken, mislabelled, encrypted or made to harm gets one sentence with the file's name."""
    with pytest.raises(errors.UnreadableFile, match=message) as refusal:
        read(content)
    assert str(refusal.value).startswith("a.odt: ")
    assert "One" not in str(refusal.value)


def test_truncated_at_every_place() -> None:
    """A file cut short anywhere is refused, never half read and never another kind of failure."""
    content = odt("Jane: One.", "Tom: Two.")
    for end in range(0, len(content) - 1, 37):
        with pytest.raises(errors.UnreadableFile):
            read(content[:end])


@pytest.mark.parametrize(
    "inner", ["<text:p/>" * 1_001, "<table:table-cell table:number-columns-repeated='99999999'/>" * 11]
)
def test_too_many_paragraphs_or_cells(inner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More paragraphs or cells than a transcript has are refused while they are read."""
    monkeypatch.setattr("service.readers.transcripts.odtxml.MOST_LINES", 1_000)
    monkeypatch.setattr("service.readers.transcripts.odtxml._MOST_CELLS", 1_000)
    with pytest.raises(errors.TooLarge):
        read(odt_of(inner))


def test_zip_bomb() -> None:
    """A small file that unpacks to tens of megabytes of nothing is refused while it is unpacked."""
    content = zipped({"content.xml": b" " * 60_000_000})
    assert len(content) < 100_000
    with pytest.raises(errors.TooLarge, match=r"^a\.odt: it unpacks"):
        read(content)
