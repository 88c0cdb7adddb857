"""Gathers the words of rich text into paragraphs and tables, which it marks by their ends only."""

import re

from service.readers.transcripts.blocks import Block, Paragraph, Table

_LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\r\x0e-\x1f\x7f]")


class Collector:
    """A document's blocks while they grow."""

    def __init__(self) -> None:
        #: Whether paragraphs stand in a table's cell.
        self.in_table = False
        #: How many paragraphs and cells there are.
        self.size = 0
        self._blocks: list[Block] = []
        self._table = Table()
        self._row: list[list[Paragraph]] = []
        self._cell: list[Paragraph] = []
        self._paragraph = Paragraph()

    def add(self, text: str, bold: bool) -> None:
        """Append words to the open paragraph."""
        self._paragraph.add(_CONTROL.sub("", _LINE_ENDS.sub("\n", text)), bold)

    def end_paragraph(self) -> None:
        """Close the open paragraph."""
        if self.in_table:
            self._cell.append(self._taken())
        else:
            self._close_table()
            self._blocks.append(self._taken())

    def end_cell(self) -> None:
        """Close a table's cell."""
        self._cell.append(self._taken())
        self._row.append(self._cell)
        self._cell = []

    def end_row(self) -> None:
        """Close a table's row."""
        if self._row:
            self._table.rows.append(self._row)
        self._row = []

    def finished(self) -> list[Block]:
        """Return all blocks, what is still open among them."""
        if self._cell:
            self.end_cell()
        self.end_row()
        self.in_table = False
        self.end_paragraph()
        return self._blocks

    def _taken(self) -> Paragraph:
        taken, self._paragraph = self._paragraph, Paragraph()
        self.size += 1
        return taken

    def _close_table(self) -> None:
        if self._table.rows:
            self._blocks.append(self._table)
            self._table = Table()
