"""Cues of WebVTT and SubRip: found by their lines of times, cleaned of markup, turned into lines of a conversation."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from service import errors
from service.readers.lines import Line, plain

_TIME = r"(?:(?:\d{1,3}:)?\d{1,2}:)?\d{1,2}(?:[.,]\d{1,3})?"
TIMES = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?$")
_BROKEN = re.compile(r"-->|^\s*\d+:\d+.*->")
_NUMBER = re.compile(r"^\s*\d{1,7}\s*$")
_WHO = re.compile(r'^\s*\d*\s*"(?P<name>[^"]{1,60})"\s*(?:\(\d+\))?\s*$')
_VOICE = re.compile(r"<v(?:\.[^\s<>]{1,60})*[ \t]+(?P<name>[^<>]{1,120})>|</v>|<v>")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<\d[\d:.,]{0,15}>|\{\\[^{}]{0,60}\}")
_KARAOKE = re.compile(r"<\d{1,2}:\d{2}:\d{2}[.,]\d{3}><c>")
_MUSIC = re.compile(r"^[\s♪♫#*]*[♪♫][\s♪♫#*]*$")
_CHANGE = re.compile(r"^\s*>>+\s*")
_COMMENT = re.compile(r"^(?:NOTE|STYLE|REGION)(?:\s|$)")


@dataclass
class Cue:
    """The words of one caption and who the cue's own line says is speaking."""

    who: str | None
    texts: list[str] = field(default_factory=list)


def cues(name: str, lines: Sequence[str], blank_ends: bool) -> list[Cue]:
    """Return a file's cues in order.

    Args:
        name: the file's name, for messages.
        lines: the file's lines.
        blank_ends: whether a blank line ends a cue (WebVTT) or may stand in it (SubRip).

    Raises:
        UnreadableFile: where a cue's times are broken, or there is no cue.
    """
    found: list[Cue] = []
    skipping, ended = False, True
    for number, line in enumerate(lines):
        if TIMES.match(line):
            found.append(Cue(_pop_identifier(lines, number, found)))
            skipping, ended = False, False
        elif _BROKEN.search(line) and "<" not in line and len(line) < 120:
            raise errors.UnreadableFile(
                f"{name}, line {number + 1}: a cue's times must look like 00:00:01.000 --> 00:00:04.000."
            )
        elif not line.strip():
            ended, skipping = True, False
        elif blank_ends and ended and _COMMENT.match(line):
            skipping = True
        elif found and not skipping:
            found[-1].texts.append(line)
    if not found:
        raise errors.UnreadableFile(f"{name}: it holds no captions; each begins with 00:00:01.000 --> 00:00:04.000.")
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
