"""Taguette: byte offsets over HTML, who gave which tag, and exported highlights and codebooks."""

import io
import json

import docx as python_docx
import openpyxl
import pytest

from service import errors
from service.domain.coded_file import CodedFile, ForeignDocument
from service.readers import coded
from service.readers.coded_files import code_lists, markup
from tests.tool_databases import taguette


def read(content: bytes, name: str = "project.sqlite3") -> CodedFile:
    return coded.read_coded(content, name)


def words(document: ForeignDocument) -> list[str]:
    """Return the words that each coding lies on."""
    return [document.text[coding.start : coding.end] for coding in document.codings]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<p>One</p>\n<p>Two</p>", "One\nTwo"),
        ("<p>One</p>\n\n<p>Two</p>", "One\n\nTwo"),
        ("<p>One\ntwo</p>", "One two"),
        ("<p>One<br/>two</p>", "One\ntwo"),
        ("<p>One<br>\ntwo</p>", "One\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\nb\nc"),
        ("<p>a &amp; b &lt; c &eacute; &#128512;</p>", "a & b < c é 😀"),
        ("<p>a <b>b</b><em>c</em></p>", "a bc"),
        ('<p title="a > b">c</p><img src="x">', "c"),
        ("<!-- <p>no</p> --><p>yes</p>", "yes"),
        ("a < b", "a < b"),
        ("", ""),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    """Paragraphs, list items and breaks end lines; line ends within a paragraph are spaces; entities are read."""
    assert markup.plain("x", html).text == text


def test_highlights_are_counted_in_bytes() -> None:
    """A highlight's bytes are those of the text between the tags, accents two, others up to four."""
    html = "<p>Élan &amp; vital 😀 here</p><p>né <b>à</b> Paris</p>"
    spoken = "Élan & vital 😀 here" + "né à Paris"
    first, last = (len(spoken[: spoken.index(part)].encode()) for part in ("vital", " Paris"))
    found = read(taguette([html], [(1, first, last, [1]), (1, 0, len("Élan".encode()), [2])]))
    assert words(found.documents[0]) == ["Élan", "vital 😀 here\nné à"]
    assert found.alignment is not None
    assert (found.alignment.selections, found.alignment.aligned) == (2, 2)


def test_a_newline_that_was_put_in_is_at_no_end() -> None:
    """A highlight of a whole paragraph holds neither the newline before it nor the one after."""
    found = read(taguette(["<p>One</p><p>Two</p><p>Three</p>"], [(1, 3, 6, [1])]))
    assert words(found.documents[0]) == ["Two"]


def test_an_offset_within_a_character_moves_behind_it() -> None:
    """An offset that falls within a character's bytes moves behind it, as Taguette's own snippets do."""
    found = read(taguette(["<p>é b</p>"], [(1, 1, 4, [1])]))
    assert words(found.documents[0]) == [" b"]


def test_what_does_not_come_along_is_listed() -> None:
    """Highlights without a tag, beyond the end, and of no document are listed with their number."""
    found = read(taguette(["<p>short</p>"], [(1, 0, 5, []), (1, 3, 99, [1]), (1, 2, 2, [1]), (7, 0, 1, [1])]))
    assert [(left.why.split()[0], left.count) for left in found.left] == [("no", 1), ("they", 2), ("their", 1)]


def test_tags_are_codes_with_descriptions() -> None:
    """Tags become codes, with what describes them."""
    codes = read(taguette(["<p>a</p>"], tags=["fear.work", "Joy, quiet"])).codes
    assert [(code.path, code.description) for code in codes] == [
        (("fear.work",), "about fear.work"),
        (("Joy, quiet",), "about Joy, quiet"),
    ]


def added(highlight: int, *tags: int) -> str:
    return json.dumps({"type": "highlight_add", "highlight_id": highlight, "tags": list(tags)})


def test_who_gave_a_tag() -> None:
    """A tag's coder is whoever first gave it to the highlight since when it stayed, also under a tag merged into it."""
    merge = json.dumps({"type": "tag_merge", "src_tag_id": 9, "dest_tag_id": 2})
    commands = [("ann", added(1, 1, 9)), ("bob", added(1, 1)), ("cy", added(1, 1, 9)), ("ann", merge), ("x", "[broken")]
    found = read(taguette(["<p>word</p>"], [(1, 0, 4, [1, 2]), (1, 0, 2, [1])], commands=commands))
    given = {(coding.end, coding.code): (coding.coder, coding.made_at) for coding in found.documents[0].codings}
    assert given == {(4, "1"): ("ann", "2024-01-01"), (4, "2"): ("cy", "2024-01-03"), (2, "1"): ("", "")}
    assert [coder.name for coder in found.coders] == ["ann", "cy"]


def test_merges_that_go_round_end() -> None:
    """Tags merged into one another in a circle are read nonetheless."""
    merges = [json.dumps({"type": "tag_merge", "src_tag_id": a, "dest_tag_id": b}) for a, b in ((1, 2), (2, 1))]
    commands = [("ann", added(1, 1)), *(("ann", merge) for merge in merges)]
    assert read(taguette(["<p>word</p>"], [(1, 0, 4, [1])], commands=commands)).codings == 1


def test_several_projects_are_refused() -> None:
    """A database of several projects is refused: one has to be exported."""
    content = taguette(["<p>a</p>", "<p>b</p>"])
    import sqlite3

    with sqlite3.connect(":memory:") as connection:
        connection.deserialize(content)
        connection.execute("UPDATE documents SET project_id = 2 WHERE id = 2")
        connection.commit()
        content = connection.serialize()
    with pytest.raises(errors.UnreadableFile, match="2 projects; in Taguette, export"):
        read(content)


def test_an_endless_number_for_a_character_is_refused() -> None:
    """A character named by thousands of digits is refused in one sentence."""
    with pytest.raises(errors.UnreadableFile, match="names a character"):
        read(taguette(["<p>&#" + "1" * 5000 + ";</p>"]))


@pytest.mark.parametrize("piece", ["<a", "<a =", "<!--", "<!", '<a ="', "<a ='", "&", "&#x", "<a title='\"", "</"])
def test_hostile_html_takes_no_time(piece: str) -> None:
    """HTML made of openings without ends is read in one pass."""
    import time

    began = time.monotonic()
    markup.plain("x", "<p>" + piece * 200_000)
    assert time.monotonic() - began < 5


HIGHLIGHTS = """<!DOCTYPE html><html><head><title>Taguette highlights</title></head><body>
    <h1>Taguette highlights</h1>
    <p>First words.</p><p>More &amp; more.</p>
    <p>
      <strong>Document:</strong> talk one
      <strong>Tags:</strong>
        fear,
        Work, paid
    </p>
    <hr>
    <p>Others.</p>
    <p><strong>Document:</strong> talk two <strong>Tags:</strong> joy</p>
</body></html>"""


def test_exported_highlights_as_a_page() -> None:
    """A page of highlights gives loose excerpts with their documents and tags."""
    content = HIGHLIGHTS.encode()
    assert coded.is_coded("highlights.html", io.BytesIO(content))
    found = read(content, "highlights.html")
    assert [(document.name, document.text, document.loose) for document in found.documents] == [
        ("talk one", "First words.\nMore & more.", True),
        ("talk two", "Others.", True),
    ]
    assert [coding.code for document in found.documents for coding in document.codings] == [
        "fear",
        "Work",
        "paid",
        "joy",
    ]


def test_exported_highlights_as_a_word_file() -> None:
    """A Word file of highlights is told by its title and read the same; any other one holds no coded material."""
    document = python_docx.Document()
    for line in ("Taguette highlights", "Some words.", "Document: talk Tags: fear, joy"):
        document.add_paragraph(line)
    file = io.BytesIO()
    document.save(file)
    file.seek(0)
    assert coded.is_coded("h.docx", file)
    assert read(file.getvalue(), "h.docx").codings == 2
    other = python_docx.Document()
    other.add_paragraph("Interviewer: And then?")
    file = io.BytesIO()
    other.save(file)
    file.seek(0)
    assert not coded.is_coded("h.docx", file)
    with pytest.raises(errors.UnreadableFile, match="no coded material"):
        read(file.getvalue(), "h.docx")


def test_codebooks() -> None:
    """A codebook gives its codes with descriptions, as CSV or Excel, older ones and nested ones too."""
    table = 'tag,description,number of highlights\nfear,"Of work, or\nelse",3\njoy,,0\n'
    codes = code_lists.read_codes("codebook.csv", io.BytesIO(table.encode()))
    assert [(code.path, code.description) for code in codes] == [(("fear",), "Of work, or\nelse"), (("joy",), "")]
    book = openpyxl.Workbook()
    for row in (["Code", "Memo"], ["Feelings > Fear", "a"], ["Feelings > Joy", "b"]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    nested = code_lists.read_codes("codes.xlsx", file)
    assert [(code.path, code.codable, code.description) for code in nested] == [
        (("Feelings",), False, ""),
        (("Feelings", "Fear"), True, "a"),
        (("Feelings", "Joy"), True, "b"),
    ]
    with pytest.raises(errors.UnreadableFile, match="no column holds codes"):
        code_lists.read_codes("x.csv", io.BytesIO(b"a,b\n1,2\n"))
    with pytest.raises(errors.UnreadableFile, match="this is a codebook"):
        read(table.encode(), "codebook.csv")
