"""Captions of WebVTT, SubRip and YouTube: cues found by their times, cleaned of markup, turned into lines."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from service import errors
from service.readers.transcripts.lines import Line, plain

_TIME = r"(?:(?:\d{1,3}:)?\d{1,2}:)?\d{1,2}(?:[.,]\d{1,3})?"
_TIMES = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?$")
_BROKEN = re.compile(r"-->|^\s*\d+:\d+.*->")
_SBV_TIMES = re.compile(r"^\s*\d{1,3}:\d{1,2}:\d{1,2}\.\d{1,3},\d{1,3}:\d{1,2}:\d{1,2}\.\d{1,3}\s*$")
_SBV_BROKEN = re.compile(r"-->|^\s*\d{1,3}:\d{1,2}(?::\d{1,2})?[.,]\d{1,3}\s*[,;]\s*[\d:.,]*\s*$")
_NUMBER = re.compile(r"^\s*\d{1,7}\s*$")
_WHO = re.compile(r'^\s*\d*\s*"(?P<name>[^"]{1,60})"\s*(?:\(\d+\))?\s*$')
_VOICE = re.compile(r"<v(?:\.[^\s<>]{1,60})*[ \t]+(?P<name>[^<>]{1,120})>|</v>|<v>")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<\d[\d:.,]{0,15}>|\{\\[^{}]{0,60}\}")
_KARAOKE = re.compile(r"<\d{1,2}:\d{2}:\d{2}[.,]\d{3}><c>")
_MUSIC = re.compile(r"^[\s♪♫#*]*[♪♫][\s♪♫#*]*$")
_CHANGE = re.compile(r"^\s*>>+\s*")
_COMMENT = re.compile(r"^(?:NOTE|STYLE|REGION)(?:\s|$)")


@dataclass(frozen=True)
class Style:
    """How a format writes its cues; `broken` recognises times that are meant but wrong, `example` shows right ones."""

    times: re.Pattern[str]
    broken: re.Pattern[str]
    example: str
    #: Whether a blank line ends a cue or may stand in it.
    blank_ends: bool = False
    #: Whether a line above the times may name the cue.
    named: bool = True


_ARROW = "00:00:01.000 --> 00:00:04.000"
WEBVTT = Style(_TIMES, _BROKEN, _ARROW, blank_ends=True)
SUBRIP = Style(_TIMES, _BROKEN, _ARROW)
YOUTUBE = Style(_SBV_TIMES, _SBV_BROKEN, "0:00:01.000,0:00:04.000", named=False)


@dataclass
class Cue:
    """The words of one caption and who the cue's own line says is speaking."""

    who: str | None
    texts: list[str] = field(default_factory=list)


def cues(name: str, lines: Sequence[str], style: Style) -> list[Cue]:
    """Return a file's cues in order.

    Args:
        name: the file's name, for messages.
        lines: the file's lines.
        style: how its format writes them.

    Raises:
        UnreadableFile: where a cue's times are broken, or there is no cue.
    """
    found: list[Cue] = []
    skipping, ended = False, True
    for number, line in enumerate(lines):
        if style.times.match(line):
            found.append(Cue(_pop_identifier(lines, number, found) if style.named else None))
            skipping, ended = False, False
        elif style.broken.search(line) and "<" not in line and len(line) < 120:
            raise errors.UnreadableFile(f"{name}, line {number + 1}: a cue's times must look like {style.example}.")
        elif not line.strip():
            ended, skipping = True, False
        elif style.blank_ends and ended and _COMMENT.match(line):
            skipping = True
        elif found and not skipping:
            found[-1].texts.append(line)
    if not found:
        raise errors.UnreadableFile(f"{name}: it holds no captions; each begins with {style.example}.")
    return found


def _pop_identifier(lines: Sequence[str], number: int, found: list[Cue]) -> str | None:
    """Take the line above the times, which names the cue, away from the cue before; return a speaker it names."""
    above = lines[number - 1] if number else ""
    if not above.strip():
        return None
    identifier = _NUMBER.match(above) or number < 2 or not lines[number - 2].strip()
    if not identifier:
        return None
    if found and found[-1].texts and found[-1].texts[-1] == above:
        found[-1].texts.pop()
    match = _WHO.match(above)
    return match["name"].strip() if match else None


def spoken(found: Sequence[Cue]) -> Iterator[Line]:
    """Turn cues into lines of a conversation: voices become speakers, markup goes, rolling repeats go."""
    rolling = any(_KARAOKE.search(text) for cue in found for text in cue.texts)
    voice: str | None = None
    last = ""
    for cue in found:
        voice, first = cue.who or voice, True
        for text in cue.texts:
            for name, words in _voices(text, voice):
                voice = name
                clean = _MARKUP.sub("", words).strip()
                if clean and not (rolling and clean == last) and not _MUSIC.match(clean):
                    yield _line(clean, name, first)
                    last, first = clean, False


def _line(text: str, voice: str | None, first: bool) -> Line:
    changes = _CHANGE.match(text)
    words = text[changes.end() :] if changes else text
    return Line(words, speaker=voice, glue=" ", first=first, fresh=changes is not None)


def _voices(text: str, voice: str | None) -> Iterator[tuple[str | None, str]]:
    """Split a line at its voice tags; a voice that is closed gives way to "", someone unknown."""
    at = 0
    for match in _VOICE.finditer(text):
        if text[at : match.start()].strip():
            yield voice, text[at : match.start()]
        voice = plain(match["name"]) if match["name"] else ""
        at = match.end()
    yield voice, text[at:]
