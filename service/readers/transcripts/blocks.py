"""What a written document consists of, whatever format it has: paragraphs and tables, and both as lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from service.readers.transcripts import columns, headers, speakers
from service.readers.transcripts.lines import Line


@dataclass(slots=True)
class Paragraph:
    """A paragraph's words, with `bold` the number of characters in bold that it begins with."""

    pieces: list[str] = field(default_factory=list)
    bold: int = 0
    #: Bold from the start without a break so far.
    bold_so_far: bool = True

    @property
    def text(self) -> str:
        """The words as one text."""
        return "".join(self.pieces)

    def add(self, text: str, bold: bool) -> None:
        """Append a run's words."""
        self.pieces.append(text)
        if self.bold_so_far and bold:
            self.bold += len(text)
        elif text.strip(" \t:"):
            self.bold_so_far = False


@dataclass
class Table:
    """A table's rows, each a list of cells, each a list of paragraphs."""

    rows: list[list[list[Paragraph]]] = field(default_factory=list)


Block = Paragraph | Table


def lines(blocks: Sequence[Block]) -> Iterator[Line]:
    """Turn a document into the lines of a conversation."""
    for block in blocks:
        yield from _table(block) if isinstance(block, Table) else _paragraph(block)


def _paragraph(paragraph: Paragraph) -> Iterator[Line]:
    """Turn a paragraph into lines, one for each line that it breaks into."""
    for number, text in enumerate(paragraph.text.split("\n")):
        yield Line(text, bold=min(paragraph.bold, len(text)) if number == 0 else 0)


def _table(table: Table) -> Iterator[Line]:
    """Turn a table into lines: rows of speech, `key: value` lines of a header, or the cells one after another."""
    rows = [["\n".join(p.text for p in cell).strip() for cell in row] for row in table.rows]
    rows = [row for row in rows if any(row)]
    found = columns.find(rows)
    if found is not None and not is_header(rows):
        yield from columns.lines(rows, found)
    elif rows and is_header(rows):
        yield from (Line(f"{row[0].rstrip(': ')}: {' '.join(row[1].split())}") for row in rows)
    else:
        yield from (line for row in table.rows for cell in row for p in cell for line in _paragraph(p))
    yield Line("")


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether a table of two columns is a header: date, place, who was there."""
    if any(len(row) != 2 for row in rows):
        return False
    keys = [row[0] for row in rows]
    once = len({speakers.key(text) for text in keys}) == len(keys)
    return once and sum(headers.is_key(text) for text in keys) >= min(2, len(keys))
