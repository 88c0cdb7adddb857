"""Highlights that Taguette exports as a page or a Word file: words, then a line with their document and tags."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from service import errors
from service.domain.coded_file import CodedFile
from service.readers import files
from service.readers.coded_files import coded_cells, coded_documents, markup
from service.readers.coded_files.coded_cells import Splitting
from service.readers.coded_files.coded_rows import CodedRow, Rows
from service.readers.coded_files.taguette import TOOL
from service.readers.containers import encodings
from service.readers.transcripts import blocks, docx

_TITLE = "Taguette highlights"
_ENDS = re.compile(r"Document: (.*) Tags:(.*)")
_HEAD = 4_000


def read(name: str, file: BinaryIO, columns: Mapping[str, str]) -> CodedFile:
    """Read exported highlights.

    Raises:
        UnreadableFile: they are none.
        TooLarge: the file is larger than allowed.
    """
    rows = tuple(_rows([line for line in _lines(name, file) if line.strip()]))
    if not rows:
        raise errors.UnreadableFile(
            f"{name}: no coded material is found in it; such a file is read where Taguette exported highlights to it."
        )
    built = coded_documents.build(name, Rows(rows, None, row_each=True, left=(), notes=()), TOOL)
    note = "Tags were separated at commas; export the highlights as CSV if tags hold commas."
    return CodedFile(name, "", TOOL, built.documents, built.codes, (), built.left, notes=(note,))


def is_coded(name: str, file: BinaryIO) -> bool:
    """Say whether a page or Word file is an export of highlights; it is left at its beginning."""
    try:
        if not name.lower().endswith(".docx"):
            return _TITLE in file.read(_HEAD).decode("utf-8", "replace")
        return any(line.startswith(_TITLE) for line in _lines(name, file)[:3])
    except errors.BadInput:
        return False
    finally:
        file.seek(0)


def _lines(name: str, file: BinaryIO) -> list[str]:
    content = file.read(files.MAX_BYTES + 1)
    if len(content) > files.MAX_BYTES:
        raise files.too_large(name, files.MAX_BYTES)
    if name.lower().endswith(".docx"):
        return [line.text for line in blocks.lines(docx.opened(name, content)) if line.text.strip()]
    return markup.plain(name, encodings.decode(name, content).text).text.split("\n")


def _rows(lines: Sequence[str]) -> Iterator[CodedRow]:
    """Yield the excerpts that stand below the title."""
    begins = next((number for number, line in enumerate(lines) if line.strip().startswith(_TITLE)), None)
    if begins is None:
        return
    repeated = next((n for n in range(begins + 1, len(lines[:5])) if lines[n].strip().startswith(_TITLE)), begins)
    words: list[str] = []
    splitting = Splitting(",")
    for line in lines[repeated + 1 :]:
        found = _ENDS.fullmatch(" ".join(line.split()))
        if found is None:
            words.append(line.strip())
        else:
            codes = tuple(coded_cells.path(code) for code in splitting.codes(found[2]))
            if words:
                yield CodedRow("\n".join(words), codes, found[1])
            words = []
