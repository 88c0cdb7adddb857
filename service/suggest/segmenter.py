"""From turns to segments, the unit of coding: a thought of a few sentences, never across turns."""

from __future__ import annotations

import contextlib
import re
import sys
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from service.domain.transcript import Segment, Transcript, Turn

if TYPE_CHECKING:
    from spacy.language import Language


def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ABBREVIATIONS = _word_set(
    "approx appt apt assn asst ave blvd capt cf co col corp dept dist div dr ed eds e.g esp est etc ext fig figs "
    "gen gov govt hon i.e inc int jr ltd lt maj max mdm min misc mme mlle mr mrs ms mt no nos org p.m a.m ph.d pp "
    "prof rep rev sen sgt sr st ste tel univ vol vs"
)
#: These end a sentence as often as not; what follows must begin small, or be a figure, to go on.
_ALSO_LAST = _word_set("etc co inc ltd corp jr sr p.m a.m ph.d no ext est govt st ave int ed")
_MARKERS = _word_set(
    "so but and then now anyway anyways well because cause cuz also however plus though although whereas while when "
    "if or like okay alright actually basically honestly therefore otherwise meanwhile afterwards eventually "
    "finally mais donc alors puis parce et aber und dann weil also pero entonces porque y"
)
#: A new thought begins with these more often than not.
_TURNING = _word_set("so but now anyway anyways however okay alright well actually then meanwhile finally")
_WORD = re.compile(r"\S+")
_CLOSING = re.compile(r"[\"'”’»)\]}›]+")
_OPENING = re.compile(r"(?:^|(?<=\s))[\"'“‘«(\[{‹¿¡—–-]+\s*$")
_STAGE = re.compile(r"[(\[{][^()\[\]{}\n]{1,80}[)\]}][.,]?")
_LAST_WORD = re.compile(r"([^\W\d_][\w.]*)\.$")
_ELLIPSIS = re.compile(r"(?:\.\s?\.\s?\.|…|[-–—])[\"'”’»)\]]*$")
_QUOTED_END = re.compile(r"[?!][\"'”’»]+$|[,;:]$")
_CJK_STOP = re.compile(r"(?<=[。！？])")
_LONGEST_WORD = 200
_PIECE = 50_000
#: Characters that stand for one word where a script has no spaces, or a word has no end.
_WORD_LENGTH = 15


@dataclass(frozen=True)
class _Atom:
    """A stretch that is not cut; `cost` is what a boundary before it costs, `words` its size."""

    start: int
    end: int
    words: float
    cost: float


_PARAGRAPH, _TURN_OF_THOUGHT, _SENTENCE, _MARKER, _CLAUSE, _ANYWHERE = -0.15, -0.06, 0.0, 0.15, 0.3, 0.6


class Segmenter:
    """Cuts transcripts into segments; spaCy is loaded when the first long turn needs it.

    Args:
        target_words: about how long a segment is; a turn of up to a third more stays whole.
    """

    def __init__(self, target_words: int = 60) -> None:
        if target_words < 1:
            raise ValueError("target_words is at least 1")
        self.target_words = target_words

    def segment(self, transcript: Transcript, include_interviewer: bool = False) -> tuple[Segment, ...]:
        """Return the segments of a transcript, numbered from 0; interviewers' turns are context, not segments."""
        found: list[Segment] = []
        for turn in transcript.turns:
            if turn.role == "interviewer" and not include_interviewer:
                continue
            for start, end in self._spans(transcript.text[turn.start : turn.end]):
                found.append(_segment(transcript, turn, start, end, len(found)))
        return tuple(found)

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """Return where a turn's segments begin and end in its text."""
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        if start >= end:
            return []
        if _size(text[start:end]) <= self.target_words * 4 / 3:
            return [(start, end)]
        atoms = _not_tiny(list(self._atoms(text)), self.target_words / 8)
        return _packed(atoms, self.target_words)

    def _atoms(self, text: str) -> Iterator[_Atom]:
        """Return the turn's sentences; those over twice the target are given up in clauses."""
        for number, (begin, stop) in enumerate(_paragraphs(text)):
            cost = _PARAGRAPH if number else _SENTENCE
            for start, end in self._sentences(text, begin, stop):
                size = _size(text[start:end])
                cost = min(cost, _TURN_OF_THOUGHT) if _first_word(text, start, end) in _TURNING else cost
                if size <= 2 * self.target_words:
                    yield _Atom(start, end, size, cost)
                else:
                    yield from _clauses(text, start, end, cost, self.target_words)
                cost = _SENTENCE

    def _sentences(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Return the sentences of a paragraph, trimmed of spaces."""
        cuts = [start]
        for begin, stop in _pieces(text, start, end):
            if begin > cuts[-1]:
                cuts.append(begin)
            cuts += [cut for cut in self._boundaries(text, begin, stop) if cut > cuts[-1]]
        for begin, stop in zip(cuts, [*cuts[1:], end], strict=True):
            if trimmed := _trimmed(text, begin, stop):
                yield trimmed

    def _boundaries(self, text: str, start: int, end: int) -> Iterator[int]:
        """Return where sentences begin within a piece: spaCy's boundaries, mended."""
        piece = text[start:end]
        document = self._pipeline(piece)
        for token in document:
            if token.is_sent_start and token.i:
                cut = _mended(piece, token.idx)
                if cut is not None and 0 < cut < len(piece):
                    yield start + cut

    @cached_property
    def _pipeline(self) -> Language:
        with _without_torch():
            import spacy

        pipeline = spacy.blank("en")
        pipeline.add_pipe("sentencizer")
        return pipeline


@contextlib.contextmanager
def _without_torch() -> Iterator[None]:
    """Keep spaCy from loading torch where that is installed: it takes seconds and cuts no sentence."""
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["torch"]


def _segment(transcript: Transcript, turn: Turn, start: int, end: int, position: int) -> Segment:
    start, end = turn.start + start, turn.start + end
    return Segment(position, start, end, transcript.text[start:end], turn.speaker, turn.role)


def _size(text: str) -> float:
    """Count words; a word without end, or a script without spaces, counts by its length."""
    return max(len(text.split()), len(text) / _WORD_LENGTH)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    return (start, end) if start < end else None


def _first_word(text: str, start: int, end: int) -> str:
    match = re.compile(r"[^\W\d_]+").search(text, start, min(end, start + 40))
    return match.group().casefold() if match else ""


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        if trimmed := _trimmed(text, start, start + len(line)):
            yield trimmed
        start += len(line) + 1


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Part a paragraph into what spaCy is given: bounded pieces, endless words left out by themselves."""
    begin = start
    for word in _WORD.finditer(text, start, end):
        if word.end() - word.start() > _LONGEST_WORD:
            if begin < word.start():
                yield begin, word.start()
            yield from _word_pieces(text, word.start(), word.end())
            begin = word.end()
        elif (
            word.start() - begin > _PIECE and text[word.start() - 2 : word.start()].strip() in (".", "?", "!")
        ) or word.start() - begin > 2 * _PIECE:
            yield begin, word.start()
            begin = word.start()
    if begin < end:
        yield begin, end


def _word_pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Part an endless word at full stops of scripts without spaces, else at a bounded length."""
    stops = [start + match.start() for match in _CJK_STOP.finditer(text[start:end])]
    while start < end:
        limit = min(start + _LONGEST_WORD, end)
        at = bisect_left(stops, limit + 1)
        stop = stops[at - 1] if at and stops[at - 1] > start else _whole(text, start, limit, end)
        yield start, stop
        start = stop


def _whole(text: str, start: int, stop: int, end: int) -> int:
    """Move a cut off the middle of a letter with its accent, or of an emoji made of several."""
    while start < stop - 1 and stop < end and (_joins(text[stop]) or text[stop - 1] == "\u200d"):
        stop -= 1
    return stop


def _joins(char: str) -> bool:
    return char == "\u200d" or "\ufe00" <= char <= "\ufe0f" or unicodedata.combining(char) != 0


def _mended(text: str, cut: int) -> int | None:
    """Move a boundary to the right side of quotes and brackets, or drop it where no sentence ended.

    Closing marks and a remark such as [crying] stay with the sentence before; what opens goes with the one after.
    """
    opening = _OPENING.search(text, max(0, cut - 12), cut)
    if opening:
        cut = opening.start()
    stage = _STAGE.match(text, cut)
    while stage and len(stage.group().split()) <= 6:
        following = text[stage.end() : stage.end() + 80]
        cut = stage.end() + len(following) - len(following.lstrip())
        stage = _STAGE.match(text, cut)
    closing = _CLOSING.match(text, cut)
    if closing and (closing.end() == len(text) or text[closing.end()].isspace()):
        cut = closing.end()
    return None if _goes_on(text[max(0, cut - 60) : cut].rstrip(), text[cut : cut + 60].lstrip()) else cut


def _goes_on(before: str, after: str) -> bool:
    """Say whether a sentence goes on over a mark that looked like its end."""
    if not before or not after:
        return True
    small = after.lstrip("\"'“‘«([")[:1].islower()
    if small and (_ELLIPSIS.search(before) or _QUOTED_END.search(before)):
        return True
    match = _LAST_WORD.search(before)
    if match is None:
        return False
    word = match[1].casefold()
    if word in _ALSO_LAST:
        return small or (word in ("no", "st", "ext", "ed") and after[:1].isdigit())
    return word in _ABBREVIATIONS or (len(word) == 1 and word != "i" and match[1].isupper() and after[:1].isupper())


def _clauses(text: str, start: int, end: int, cost: float, target: int) -> Iterator[_Atom]:
    """Part a sentence that has no end: before words that take up the thread, after commas, else anywhere."""
    least = max(1, target // 6)
    begin, words, price = start, 0.0, cost
    previous = ""
    for word in _WORD.finditer(text, start, end):
        for at, stop in _word_pieces(text, word.start(), word.end()):
            here = _price(previous, text[at:stop]) if at == word.start() else _ANYWHERE
            if begin < at and words >= least and (here < _ANYWHERE or words >= 2 * least):
                yield _Atom(begin, _rstripped(text, begin, at), words, price)
                begin, words, price = at, 0.0, here
            words += max(1.0, (stop - at) / _WORD_LENGTH)
        previous = word.group()[-40:]
    yield _Atom(begin, end, words, price)


def _price(previous: str, word: str) -> float:
    if word.strip(".,;:!?\"'").casefold() in _MARKERS:
        return _MARKER
    return _CLAUSE if previous[-1:] in ",;:—–-…" else _ANYWHERE


def _rstripped(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def _not_tiny(atoms: Sequence[_Atom], least: float) -> list[_Atom]:
    """Join atoms of a word or two to their neighbour, so that there are not too many to pack."""
    joined: list[_Atom] = []
    for atom in atoms:
        last = joined[-1] if joined else None
        if last and (last.words < least or atom.words < least) and last.words + atom.words < 4 * least:
            joined[-1] = _Atom(last.start, atom.end, last.words + atom.words, last.cost)
        else:
            joined.append(atom)
    return joined


def _packed(atoms: Sequence[_Atom], target: int) -> list[tuple[int, int]]:
    """Choose the boundaries that leave segments nearest to the target and fall where thoughts turn."""
    best = [0.0] + [float("inf")] * len(atoms)
    back = [0] * (len(atoms) + 1)
    for last in range(1, len(atoms) + 1):
        words = 0.0
        for first in range(last - 1, -1, -1):
            words += atoms[first].words
            if words > 2 * target and first < last - 1:
                break
            price = best[first] + ((words - target) / target) ** 2 + (atoms[first].cost if first else 0.0)
            if price < best[last]:
                best[last], back[last] = price, first
    spans, last = [], len(atoms)
    while last:
        spans.append((atoms[back[last]].start, atoms[last - 1].end))
        last = back[last]
    return spans[::-1]
