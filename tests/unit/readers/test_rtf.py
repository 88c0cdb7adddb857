"""Rich text: what is spoken in it and what is not, its characters, its tables, and files made to harm."""

import pytest

from service import errors
from service.domain.transcript import Transcript
from service.readers import files
from tests.written_files import rtf, rtf_of


def read(content: bytes) -> Transcript:
    """Read bytes as rich text."""
    return files.read_transcript_bytes("a.rtf", content)


def spoken(content: bytes) -> list[tuple[str, str]]:
    """Return speakers and what they said."""
    transcript = read(content)
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


TWO = [("Jane", "How did it start?"), ("Maria", "We met. Then we left.")]


def said(inner: str) -> str:
    """Return what Jane says in a document of two."""
    return spoken(rtf_of(f"Jane: {inner}\\par Tom: Ho.\\par"))[0][1]


def test_names_before_colons() -> None:
    """Paragraphs that begin with a name are turns."""
    assert spoken(rtf("Jane: How did it start?", "", "Maria: We met. Then we left.")) == TWO


def test_header_and_roles() -> None:
    """A title block is no speech and says who asks."""
    transcript = read(rtf("Interview 7", "Interviewer: Jane", "Participant: Tom", "", "Jane: One?", "Tom: Two."))
    assert [(turn.speaker, turn.role) for turn in transcript.turns] == [("Jane", "interviewer"), ("Tom", "participant")]
    assert transcript.text == "One?\n\nTwo."


def test_bold_names_without_colons() -> None:
    """A name in bold before plain words is a speaker."""
    turns = "".join(f"{{\\b {name}}} {words}\\par " for name, words in (*TWO, *TWO))
    assert spoken(rtf_of(turns)) == [*TWO, *TWO]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("it\\rquote s \\ldblquote so\\rdblquote\\emdash yes", "it’s “so”—yes"),
        ("it\\'92s \\'93so\\'94", "it’s “so”"),
        ("it\\u8217?s caf\\u233\\'e9", "it’s café"),
        ("{\\uc2 it\\u8217 --s}", "it’s"),
        ("{\\uc0 it\\u8217s}", "it’s"),
        ("\\u-10179?\\u-8638?!", "🙂!"),
        ("\\u128578?!", "🙂!"),
        ("One.\\line Two.\\tab Three.", "One.\nTwo. Three."),
        ("One.\\u8232?Two.", "One.\nTwo."),
        ("a\\~b x\\_y z\\-z \\{\\}\\\\", "a\xa0b x‑y zz {}\\"),
        ("One\r\n two", "One two"),
    ],
)
def test_characters(inner: str, expected: str) -> None:
    """Quotes, accents, characters by number with whatever stands in for them, breaks and spaces are those meant."""
    assert said(inner) == expected


@pytest.mark.parametrize(
    ("head", "inner", "expected"),
    [
        ("\\ansi\\ansicpg1252", "caf\\'e9", "café"),
        ("\\mac", "caf\\'8e", "café"),
        ("\\mac\\ansicpg10000{\\fonttbl{\\f0\\fcharset0 Geneva;}}\\f0", "caf\\'8e", "café"),
        (
            "\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset77 Geneva;}}",
            "{\\f1 caf\\'8e} \\'e9",
            "café é",
        ),
        ("\\ansi{\\fonttbl{\\f0\\fcharset204{\\*\\falt Arial}Arial Cyr;}}\\f0", "\\'e4\\'e0", "да"),
        ("\\ansi{\\fonttbl{\\f0\\fcharset128 MS Mincho;}}\\f0", "\\'93\\'fa\\'96\\'7b", "日本"),
        ("\\ansi\\ansicpg65001", "caf\\'c3\\'a9", "café"),
        ("\\ansi\\ansicpg99999", "caf\\'e9", "café"),
        ("\\pc", "caf\\'82", "café"),
    ],
)
def test_code_pages(head: str, inner: str, expected: str) -> None:
    """Bytes are read in the characters of the font, or else of the document."""
    content = f"{{\\rtf1{head} Jane: {inner}\\par Tom: Ho.\\par}}".encode("ascii")
    assert spoken(content)[0] == ("Jane", expected)


def test_raw_bytes() -> None:
    """Bytes beyond ASCII that stand as they are count too."""
    assert spoken(b"{\\rtf1\\ansi Jane: caf\xe9\\par Tom: Ho.}")[0] == ("Jane", "café")


@pytest.mark.parametrize(
    "unspoken",
    [
        "{\\header Page 1\\par}",
        "{\\footerf Confidential\\par}",
        "{\\footnote\\pard\\plain {\\super\\chftn} See the book.}",
        "{\\*\\annotation{\\*\\atnref 1}Check this.}",
        "{\\v hidden}",
        "\\v hidden\\v0 ",
        "{\\deleted gone}",
        "{\\listtext\\tab 1.\\tab}",
        "{\\*\\unheardof words {in {groups}}}",
        "{\\pict\\wmetafile8 0123456789abcdef}",
        "{\\pict\\bin8 \\par}}{{}",
        "{\\info{\\title A talk}{\\author Jane}}",
        "{\\stylesheet{\\s0 Normal;}}",
        "{\\field{\\*\\fldinst{ PAGE }}{\\fldrslt }}",
        "{\\xe index}",
    ],
)
def test_not_spoken(unspoken: str) -> None:
    """Headers, notes, comments, hidden and deleted words, lists' numbers, pictures and properties are no speech."""
    assert said(f"One{unspoken} two.") == "One two."


def test_a_links_words_are_read() -> None:
    """Of a link its words are read and not its address."""
    link = '{\\field{\\*\\fldinst{HYPERLINK "http://example.org"}}{\\fldrslt{\\ul the page}}}'
    assert said(f"See {link}.") == "See the page."


def test_tables() -> None:
    """Rows with a name beside the words are turns, and what comes below a table is read too."""
    rows = "".join(f"\\trowd\\cellx1\\cellx2\\intbl {name}\\cell {words}\\cell\\row " for name, words in TWO)
    assert spoken(rtf_of(f"{rows}\\pard The end came then.\\par"))[:1] == TWO[:1]
    assert read(rtf_of(f"{rows}\\pard The end came then.\\par")).text.endswith("The end came then.")
    assert spoken(rtf_of(rows)) == TWO


def test_a_cell_of_paragraphs() -> None:
    """A cell may hold several paragraphs and a table of its own."""
    row = "\\trowd\\pard\\intbl Jane\\cell One.\\par \\pard\\intbl Two\\nestcell three.\\cell\\row "
    rest = "\\trowd\\pard\\intbl Tom\\cell Four.\\cell\\row "
    assert spoken(rtf_of(row + rest)) == [("Jane", "One.\nTwo\nthree."), ("Tom", "Four.")]


def test_damaged_characters_are_noted() -> None:
    """Bytes that are no characters, and halves of characters, are read as � and noted."""
    transcript = read(rtf_of("Jane: a\\'81b \\u-10179?c.\\par Tom: Ho."))
    assert transcript.text.startswith("a�b �c.")
    assert any("damaged" in note for note in transcript.notes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Jane: One.", "no rich text"),
        (b"PK\x03\x04One", "no rich text"),
        (b"{\\rtf1\\ansi Jane: One.\\par Tom: Two.", "cut short"),
        (b"{\\rtf1\\ansi{\\*\\x\\bin999999999 One}}", "cut short"),
        (b"{\\rtf1\\ansi}", "no speech"),
        (b"{\\rtf1\\ansi{\\info One}}", "no speech"),
        (b"{\\rtf1\\ansi " + b"{" * 100_000 + b"One" + b"}" * 100_000 + b"}", "nested over 500"),
    ],
)
def test_refusals(content: bytes, message: str) -> None:
    """What is none, cut short, empty or made to harm gets one sentence with the file's name."""
    with pytest.raises(errors.UnreadableFile, match=message) as refusal:
        read(content)
    assert str(refusal.value).startswith("a.rtf: ")
    assert "One" not in str(refusal.value)


@pytest.mark.parametrize("unit", [b"{}", b"\\'e9", b"\\u8217?", b"\\line "])
def test_too_many_commands(unit: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of more commands than any transcript is refused while it is read."""
    monkeypatch.setattr("service.readers.transcripts.rtfgroups._COMMANDS", 1_000)
    with pytest.raises(errors.TooLarge, match="commands"):
        read(b"{\\rtf1\\ansi " + unit * 1_000 + b"}")


@pytest.mark.parametrize("unit", ["\\par ", "x\\cell "])
def test_too_many_lines(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is one of more paragraphs or cells."""
    monkeypatch.setattr("service.readers.transcripts.rtfgroups.MOST_LINES", 1_000)
    with pytest.raises(errors.TooLarge, match="lines"):
        read(rtf_of(unit * 1_001))


def test_what_follows_the_end_is_left_out() -> None:
    """What stands behind the last brace is no part of the document."""
    assert spoken(rtf("Jane: One.", "Tom: Two.") + b"\0\0 Tom: Three.") == [("Jane", "One."), ("Tom", "Two.")]
