"""Word documents: paragraphs with names before what was said, or tables with a speaker's column."""

from collections.abc import Collection, Iterator, Sequence

from service import errors
from service.readers import archives, columns, dialogue, headers, packages, speakers, wordxml
from service.readers.lines import Line, Reading, bounded

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UNPACKED = 100_000_000


def read(name: str, content: bytes, named: Collection[str] = ()) -> Reading:
    """Read a Word document.

    Raises:
        UnreadableFile: where it is no Word document, encrypted, damaged or made to harm.
        TooLarge: where it unpacks to more than a document holds.
    """
    if content.startswith(_OLE):
        raise errors.UnreadableFile(
            f"{name}: it is encrypted or an old Word file; save it as .docx without a password."
        )
    if not content.startswith(b"PK"):
        raise errors.UnreadableFile(f"{name}: it is not a Word document (.docx is a zip archive, this is not).")
    archive = archives.open_zip(name, content, _UNPACKED)
    path = packages.main_part(archive, "word/document.xml")
    xml = archive.member(path)
    if xml is None:
        raise errors.UnreadableFile(
            f"{name}: it is a zip archive but holds no Word document (no {errors.shown(path)})."
        )
    return dialogue.interpret(bounded(name, _lines(wordxml.read(name, xml))), named)


def _lines(blocks: Sequence[wordxml.Block]) -> Iterator[Line]:
    for block in blocks:
        yield from _table(block) if isinstance(block, wordxml.Table) else _paragraph(block)


def _paragraph(paragraph: wordxml.Paragraph) -> Iterator[Line]:
    """Turn a paragraph into lines, one for each line that it breaks into."""
    for number, text in enumerate(paragraph.text.split("\n")):
        yield Line(text, bold=min(paragraph.bold, len(text)) if number == 0 else 0)


def _table(table: wordxml.Table) -> Iterator[Line]:
    """Turn a table into lines: rows of speech, `key: value` lines of a header, or the cells one after another."""
    rows = [["\n".join(p.text for p in cell).strip() for cell in row] for row in table.rows]
    rows = [row for row in rows if any(row)]
    found = columns.find(rows)
    if found is not None and not _is_header(rows):
        yield from columns.lines(rows, found)
    elif rows and _is_header(rows):
        yield from (Line(f"{row[0].rstrip(': ')}: {' '.join(row[1].split())}") for row in rows)
    else:
        yield from (line for row in table.rows for cell in row for p in cell for line in _paragraph(p))
    yield Line("")


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether a table of two columns is a header: date, place, who was there."""
    if any(len(row) != 2 for row in rows):
        return False
    keys = [row[0] for row in rows]
    once = len({speakers.key(text) for text in keys}) == len(keys)
    return once and sum(headers.is_key(text) for text in keys) >= min(2, len(keys))
