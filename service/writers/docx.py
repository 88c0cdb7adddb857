"""Coded transcripts as a Word document: who speaks in bold, and the codes as comments in the margin."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, BinaryIO

from service import errors
from service.domain.coded_file import CodedFile, ForeignCoding, ForeignDocument
from service.domain.transcript import Turn
from service.writers.texts import for_xml

#: Word grows slow with some thousand comments, and so does the library that writes them.
MOST_COMMENTS = 5_000
#: A line's words, without the blanks around them.
_LINE = re.compile(r"\S(?:[^\n]*\S)?")


def write(file: CodedFile, out: BinaryIO, now: datetime) -> None:
    """Write a document, each transcript under a heading of its own.

    Args:
        file: transcripts with their codings.
        out: where to.
        now: when, for the document's properties.

    Raises:
        TooLarge: there are more codings than a Word document bears as comments.
    """
    if file.codings > MOST_COMMENTS:
        raise errors.TooLarge(
            f"{file.name}: {file.codings:,} codings are too many for the margin of one Word document; take one "
            "transcript at a time (--document)."
        )
    # Slow to import, and only this format needs it.
    import docx

    names = _Names({code.key: " > ".join(code.path) for code in file.codes}, {c.key: c.name for c in file.coders})
    word: Any = docx.Document()
    word.core_properties.author, word.core_properties.title = "Inkling", for_xml(file.name)
    word.core_properties.created = word.core_properties.modified = now
    for number, document in enumerate(file.documents):
        if number:
            word.add_page_break()
        word.add_heading(for_xml(document.name), level=1)
        _Pages(word, document, names).write()
    word.save(out)


@dataclass(frozen=True)
class _Names:
    """How codes and coders are called, by key."""

    codes: Mapping[str, str]
    coders: Mapping[str, str]


@dataclass(frozen=True)
class _Remark:
    """What one coder gave to one stretch."""

    start: int
    end: int
    coder: str
    lines: tuple[str, ...]


class _Pages:
    """One transcript on its way into a document."""

    def __init__(self, word: Any, document: ForeignDocument, names: _Names) -> None:
        self._word = word
        self._text = document.text
        self._turns = _stretches(document)
        self._remarks = _remarks(document.codings, names)
        self._cuts = sorted({at for remark in self._remarks for at in (remark.start, remark.end)})
        #: Each run with the stretch that it holds.
        self._runs: list[tuple[int, int, Any]] = []

    def write(self) -> None:
        """Write the paragraphs, then the comments on their runs."""
        name: Turn | None = None
        for turn, after in zip(self._turns, [*self._turns[1:], None], strict=False):
            if after is not None and self._names(turn, after):
                name = turn
            else:
                self._paragraph(turn, name)
                name = None
        self._runs.sort(key=lambda run: run[0])
        starts = [start for start, _, _ in self._runs]
        for remark in self._remarks:
            reached = self._runs[max(0, bisect_right(starts, remark.start) - 1) : bisect_left(starts, remark.end)]
            held = [run for _, end, run in reached if end > remark.start]
            if held:
                text, initials = "\n".join(remark.lines), "".join(part[:1] for part in remark.coder.split())
                self._word.add_comment(held, text=text, author=remark.coder, initials=initials)

    def _names(self, turn: Turn, after: Turn) -> bool:
        """Say whether a stretch of nobody is the name before what somebody says."""
        words = self._text[turn.start : turn.end].rstrip(": ").casefold()
        return turn.speaker == "" and after.speaker != "" and words == after.speaker.casefold()

    def _paragraph(self, turn: Turn, name: Turn | None) -> None:
        paragraph = self._word.add_paragraph()
        if name is not None:
            self._add(paragraph, name, bold=True)
            paragraph.add_run(" ")
        elif turn.speaker:
            paragraph.add_run(f"{for_xml(turn.speaker)}: ").bold = True
        self._add(paragraph, turn)

    def _add(self, paragraph: Any, turn: Turn, *, bold: bool = False) -> None:
        inner = self._cuts[bisect_right(self._cuts, turn.start) : bisect_left(self._cuts, turn.end)]
        for start, end in pairwise([turn.start, *inner, turn.end]):
            run = paragraph.add_run(for_xml(self._text[start:end]))
            run.bold = bold or None
            self._runs.append((start, end, run))


def _stretches(document: ForeignDocument) -> list[Turn]:
    """Return the turns, and what stands between them as turns of nobody, so that every word has its place."""
    found: list[Turn] = []
    at = 0
    for turn in sorted(document.turns, key=lambda turn: turn.start):
        found += [*_between(document.text, at, turn.start), turn]
        at = max(at, turn.end)
    return [*found, *_between(document.text, at, len(document.text))]


def _between(text: str, start: int, end: int) -> Iterator[Turn]:
    """Yield the lines that stand in no turn."""
    for line in _LINE.finditer(text, start, end):
        yield Turn("", "", *line.span())


def _remarks(codings: Iterable[ForeignCoding], names: _Names) -> Sequence[_Remark]:
    """Put together what one coder gave to the same stretch."""
    found: dict[tuple[int, int, str], list[str]] = {}
    for made in sorted(codings, key=lambda c: (c.start, c.end, c.coder)):
        lines = found.setdefault((made.start, made.end, made.coder), [])
        lines += [for_xml(names.codes.get(made.code, made.code))]
        lines += [f"Memo: {for_xml(made.memo)}"] if made.memo else []
    return [
        _Remark(start, end, for_xml(names.coders.get(coder, coder) or "as imported"), tuple(dict.fromkeys(lines)))
        for (start, end, coder), lines in found.items()
    ]
