"""Who speaks where in a text that stays as it is, because others have counted its characters already."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from service import errors
from service.domain.transcript import Transcript, Turn
from service.readers import assemble, dialogue
from service.readers.lines import Line, bounded

_WORD = re.compile(r"\S+")
_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")
#: So many words may stand between two words of a turn, and before a turn: times, names said again, headers.
_GAP, _FARTHEST = 12, 2_000
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
    found = [(match.group(), match.span()) for match in _WORD.finditer(text)]
    words, spans = [word for word, _ in found], [span for _, span in found]
    at, turns = 0, []
    for turn in read.turns:
        said = read.text[turn.start : turn.end].split()
        place = _found(words, said, at)
        if place is None:
            return None
        first, last = place
        at = last + 1
        turns.append(replace(turn, start=spans[first][0], end=spans[last][1]))
    return tuple(turns)


def _found(words: Sequence[str], said: Sequence[str], at: int) -> tuple[int, int] | None:
    """Return the indices of the first and the last of some words, which follow one another but for small gaps."""
    for index in range(at, min(at + _FARTHEST, len(words))):
        if words[index] == said[0] and (matched := _chain(words, said, index)) is not None:
            return matched
    return None


def _chain(words: Sequence[str], said: Sequence[str], first: int) -> tuple[int, int] | None:
    index = first
    for number, word in enumerate(said[1:]):
        try:
            follows = words.index(word, index + 1, index + 2 + _GAP)
        except ValueError:
            return None
        if number == 0:  # a name before the turn may be its first word, too
            first = max(i for i in range(first, follows) if words[i] == said[0])
        index = follows
    return first, index
