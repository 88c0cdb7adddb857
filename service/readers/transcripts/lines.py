"""The pieces between a file and a transcript: lines as they stand in the file, utterances as they were spoken."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from service import errors
from service.domain.transcript import Role

#: A time of a recording: 0:05, 01:02:03, 00:00:01.500, 14:02:11 PM.
TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{1,2}(?:[.,:]\d{1,3}|-\d)?(?:\s?[AaPp][Mm]\b)?"
RANGE = rf"{TIME}(?:\s*(?:-->|->|[-–—]|to)\s*{TIME})?"
#: The same in brackets of any kind, or between number signs as f4 writes it.
BRACKETED = rf"(?:\[\s*{RANGE}\s*\]|\(\s*{RANGE}\s*\)|<\s*{RANGE}\s*>|\{{\s*{RANGE}\s*\}}|#\s*{RANGE}\s*#)"
STAMP = rf"(?:{BRACKETED}|{RANGE})"
#: More lines than a transcript has; weeks of speech have fewer.
MOST_LINES = 500_000

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_INLINE_STAMP = re.compile(
    rf"\[\s*{RANGE}\s*\]|#\s*{RANGE}\s*#|<\s*{RANGE}\s*>|\(\s*\d{{1,2}}:\d{{2}}:\d{{2}}(?:[.,]\d{{1,3}})?\s*\)"
)
_LAST_STAMP = re.compile(r"\s\(\s*\d{1,3}:\d{2}\s*\)\s*$")
_SPACES = re.compile(r"[ ]*\t[ \t]*| {3,}")
_STAGE = re.compile(r"^(?:\[[^\[\]]{1,200}\]|\([^()]{1,200}\)|\*[^*]{1,100}\*|<[^<>]{1,100}>)[\s.]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, or of a cell, paragraph or caption in it."""

    text: str
    #: Said by the file's structure (a voice tag, a column); None where only the words can tell.
    speaker: str | None = None
    role: Role = ""
    #: How it joins the line before it; None lets the lines' shape decide.
    glue: str | None = None
    #: The first line of a caption, cell or row: a likely place for a turn to begin.
    first: bool = False
    #: Someone else begins to speak here, though nothing says who.
    fresh: bool = False
    #: How many characters at its start are set in bold.
    bold: int = 0


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words in a row by one speaker; `speaker` None means whoever spoke before."""

    text: str
    speaker: str | None = None
    role: Role = ""
    glue: str = "\n"
    #: Someone else begins to speak, though the file does not say who.
    fresh: bool = False


@dataclass(frozen=True)
class Reading:
    """What a reader understood of a file: who said what, whom the header names as asking, and remarks."""

    utterances: tuple[Utterance, ...]
    interviewers: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set, for lists of words that are read as such."""
    return frozenset(words.split())


def unescaped(text: str) -> str:
    """Return a text with its entities decoded once."""
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text)


def plain(text: str) -> str:
    """Return a line's words: entities decoded once, times in brackets taken out, tabs and wide gaps made spaces."""
    if "&" in text:
        text = unescaped(text)
    if ":" in text:
        text = _INLINE_STAMP.sub(" ", text) if _INLINE_STAMP.search(text) else text
        text = text[:-20] + _LAST_STAMP.sub("", text[-20:])
    return _SPACES.sub(" ", text).strip()


def is_stage_direction(text: str) -> bool:
    """Say whether a line holds nothing but a remark in brackets, such as [laughs] or (crosstalk)."""
    return _STAGE.match(text.strip()) is not None


def split(text: str) -> list[str]:
    """Split text whose line ends are newlines."""
    return text.split("\n")


def bounded(name: str, lines: Iterable[Line]) -> list[Line]:
    """Return the lines with no two blank ones in a row.

    Raises:
        TooLarge: where there are more than any transcript has.
    """
    kept: list[Line] = []
    blank = False
    for line in lines:
        empty = not line.text.strip()
        if not (empty and blank):
            kept.append(line)
        blank = empty
        if len(kept) > MOST_LINES:
            raise errors.TooLarge(f"{name}: more than {MOST_LINES:,} lines; no transcript has so many.")
    return kept
