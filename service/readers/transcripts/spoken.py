"""Who speaks where in a text that stays as it is, because others have counted its characters already."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from service import errors
from service.domain.transcript import Transcript, Turn
from service.readers.transcripts import assemble, dialogue
from service.readers.transcripts.lines import Line, bounded, unescaped

_WORD = re.compile(r"\S+")
_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")
#: So many words may stand between two words of a turn, and before a turn: times, names said again, headers.
_GAP, _FARTHEST = 12, 2_000
_EFFORT = 30
_BLANKS = re.compile(r"\n{3,}")


def transcript_of(document_id: str, text: str, interviewers: Collection[str] = ()) -> Transcript:
    """Return a text as a transcript, not a character of it changed.

    Names before what was said, headers and times stay outside of turns; where turns can't be told, paragraphs are.

    Args:
        document_id: what the document is known as.
        text: with newlines as line ends.
        interviewers: speakers who ask.
    """
    try:
        lines = bounded(document_id, map(Line, _BLANKS.sub("\n\n", text).split("\n")))
        read = assemble.transcript(document_id, document_id, dialogue.interpret(lines, interviewers), interviewers)
    except errors.BadInput:  # nobody speaks in it
        return Transcript(document_id, text, tuple(_paragraphs(text)))
    turns = _placed(read, text)
    if turns is None:
        note = "Who speaks could not be told from the text as it stands, so its paragraphs count as turns."
        return Transcript(document_id, text, tuple(_paragraphs(text)), (note,))
    return replace(read, text=text, turns=turns)


def _paragraphs(text: str) -> Iterator[Turn]:
    """Yield the stretches between blank lines."""
    for match in _PARAGRAPH.finditer(text):
        inner = match.group()
        start = match.start() + len(inner) - len(inner.lstrip())
        if inner.strip():
            yield Turn("", "", start, start + len(inner.strip()))


def _placed(read: Transcript, text: str) -> tuple[Turn, ...] | None:
    """Find each turn's words in the text, in order; None where one is not there as it was read."""
    words = _Words(text)
    turns = []
    for turn in read.turns:
        place = words.place(read.text[turn.start : turn.end].split())
        if place is None:
            return None
        turns.append(replace(turn, start=place[0], end=place[1]))
    return tuple(turns)


class _Words:
    """The words of a text, as a reader takes them, among which one stretch after the other is found."""

    def __init__(self, text: str) -> None:
        found = [(word, match.span()) for match in _WORD.finditer(text) for word in unescaped(match.group()).split()]
        self._words, self._spans = [word for word, _ in found], [span for _, span in found]
        self._at = 0
        #: So many words may be compared in all: where the same word is said on and on, every place would be tried.
        self._most = _EFFORT * (len(found) + _FARTHEST)

    def place(self, said: Sequence[str]) -> tuple[int, int] | None:
        """Return where the next stretch of these words begins and ends in the text."""
        for index in range(self._at, min(self._at + _FARTHEST, len(self._words))):
            if self._words[index] == said[0] and (matched := self._chain(said, index)) is not None:
                first, last = matched
                self._at = last + 1
                return self._spans[first][0], self._spans[last][1]
        return None

    def _chain(self, said: Sequence[str], first: int) -> tuple[int, int] | None:
        """Return the first and the last of some words that follow one another but for small gaps."""
        index = first
        for number, word in enumerate(said[1:]):
            self._most -= 1
            try:
                follows = self._words.index(word, index + 1, index + 2 + _GAP)
            except ValueError:
                return None
            if self._most < 0:
                return None
            if number == 0:  # a name before the turn may be its first word, too
                first = max(i for i in range(first, follows) if self._words[i] == said[0])
            index = follows
        return first, index
