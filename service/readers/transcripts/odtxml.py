"""The paragraphs and tables of an OpenDocument text, read from its XML as it streams by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from service import errors
from service.readers.containers import xmlevents
from service.readers.transcripts.blocks import Block, Paragraph, Table
from service.readers.transcripts.lines import MOST_LINES, word_set

_WHAT = "OpenDocument text"
#: Parts that hold no speech: deleted words, notes, comments, lists' numbers, indexes, forms, drawings' descriptions.
_SKIPPED = word_set(
    "tracked-changes note annotation number list-level-style-number forms sequence-decls variable-decls title desc "
    "object object-ole image table-of-content illustration-index table-index object-index user-index "
    "alphabetical-index bibliography hidden-text ruby-text script scripts event-listeners header footer"
)
_BREAKS = {"tab": "\t", "line-break": "\n"}
_FAMILIES = {"p": "paragraph", "h": "paragraph", "span": "text", "a": "text"}
_SPACE = re.compile(r"[ \t\r\n]+")
#: More in a row mean no more to a reader.
_MOST_SPACES = 10
_MOST_CELLS = 1_000_000
_MOST_REPEATED = 100


@dataclass(frozen=True)
class Look:
    """What a style makes of words; None leaves it to the style that it builds on."""

    parent: str = ""
    bold: bool | None = None
    hidden: bool | None = None


class Styles(xmlevents.Handler):
    """Which styles set words in bold or hide them."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}
        self._open = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Keep a style, or what it makes of words."""
        if tag == "style":
            family, parent = attributes.get("family", ""), attributes.get("parent-style-name", "")
            self._open = f"{family} {attributes.get('name', '')}"
            self._looks[self._open] = Look(f"{family} {parent}")
        elif tag == "text-properties" and self._open:
            weight, display = attributes.get("font-weight"), attributes.get("display")
            bold = None if weight is None else weight == "bold" or weight in ("600", "700", "800", "900")
            hidden = None if display is None else display == "none"
            self._looks[self._open] = Look(self._looks[self._open].parent, bold, hidden)

    def end(self, tag: str) -> None:
        """Close a style."""
        if tag == "style":
            self._open = ""

    def look(self, name: str, around: Look) -> Look:
        """Return how words in a style, named by its family and name, look, given how those around it do."""
        bold = hidden = None
        seen: set[str] = set()
        while name in self._looks and name not in seen:
            seen.add(name)
            own = self._looks[name]
            bold, hidden = (own.bold if bold is None else bold), (own.hidden if hidden is None else hidden)
            name = own.parent
        return Look("", around.bold if bold is None else bold, around.hidden or hidden)


@dataclass
class _Open:
    """A paragraph that is being read, and whether its last character is a space that others melt into."""

    paragraph: Paragraph = field(default_factory=Paragraph)
    melting: bool = True


def read(name: str, styles: bytes | None, content: bytes) -> list[Block]:
    """Return a document's blocks in order.

    Raises:
        UnreadableFile: where the XML is broken, nested without end, or declares entities.
        TooLarge: where it holds more than a document does.
    """
    looks = Styles()
    if styles is not None:
        xmlevents.read(name, _WHAT, styles, looks)
    xmlevents.read(name, _WHAT, content, looks)
    document = _Document(name, looks)
    xmlevents.read(name, _WHAT, content, document)
    return document.blocks


class _Document(xmlevents.Handler):
    """Gathers a document's blocks."""

    def __init__(self, name: str, styles: Styles) -> None:
        self.blocks: list[Block] = []
        self._name, self._styles = name, styles
        self._looks = [Look()]
        self._paragraphs: list[_Open] = []
        self._tables: list[Table] = []
        self._skipping = self._cells = self._count = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin a paragraph, a table or a part of one, or write what stands for characters."""
        if self._skipping or tag in _SKIPPED:
            self._skipping += 1
            return
        look = self._styles.look(f"{_FAMILIES.get(tag)} {attributes.get('style-name', '')}", self._looks[-1])
        hidden = tag == "section" and attributes.get("display") == "none"
        self._looks.append(Look("", look.bold, True) if hidden else look)
        if tag in ("p", "h"):
            self._begin_paragraph()
        elif tag == "table":
            self._tables.append(Table())
        elif tag == "table-row" and self._tables:
            self._tables[-1].rows.append([])
        elif tag in ("table-cell", "covered-table-cell"):
            self._begin_cells(_count(attributes.get("number-columns-repeated"), _MOST_REPEATED))
        elif tag == "s":
            self._write(" " * _count(attributes.get("c"), _MOST_SPACES))
        elif tag in _BREAKS:
            self._write(_BREAKS[tag])

    def end(self, tag: str) -> None:
        """Close what ends."""
        if self._skipping:
            self._skipping -= 1
            return
        self._looks.pop()
        if tag in ("p", "h") and self._paragraphs:
            self._close_paragraph(self._paragraphs.pop().paragraph)
        elif tag == "table" and self._tables:
            self._close_table(self._tables.pop())

    def words(self, text: str) -> None:
        """Read words, in which spaces in a row count as one."""
        if self._skipping or not self._paragraphs:
            return
        at = self._paragraphs[-1]
        text = _SPACE.sub(" ", text)
        text = text[1:] if at.melting and text.startswith(" ") else text
        if text:
            self._write(text)
            at.melting = text.endswith(" ")

    def _write(self, text: str) -> None:
        look = self._looks[-1]
        if self._paragraphs and not look.hidden:
            self._paragraphs[-1].paragraph.add(text, bool(look.bold))
            self._paragraphs[-1].melting = False

    def _begin_paragraph(self) -> None:
        self._count += 1
        if self._count > MOST_LINES:
            raise errors.TooLarge(f"{self._name}: more than {MOST_LINES:,} lines; no transcript has so many.")
        self._paragraphs.append(_Open())

    def _begin_cells(self, count: int) -> None:
        self._cells += count
        if self._cells > _MOST_CELLS:
            raise errors.TooLarge(f"{self._name}: more than {_MOST_CELLS:,} cells in its tables.")
        if self._tables and self._tables[-1].rows:
            self._tables[-1].rows[-1] += [[] for _ in range(count)]

    def _close_paragraph(self, paragraph: Paragraph) -> None:
        if not self._tables:
            self.blocks.append(paragraph)
        elif self._tables[-1].rows and self._tables[-1].rows[-1]:
            self._tables[-1].rows[-1][-1].append(paragraph)

    def _close_table(self, table: Table) -> None:
        if not self._tables:
            self.blocks.append(table)
        elif self._tables[-1].rows and self._tables[-1].rows[-1]:
            self._tables[-1].rows[-1][-1] += [p for row in table.rows for cell in row for p in cell]


def _count(text: str | None, most: int) -> int:
    return min(int(text), most) if text and text.isascii() and text.isdigit() and len(text) < 10 else 1
