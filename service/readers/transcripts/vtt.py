"""WebVTT: voice tags, names before colons, cues without hours, as Zoom, Teams and podcast hosts write it."""

import re
from collections.abc import Collection

from service import errors
from service.readers.containers import encodings
from service.readers.transcripts import captions, dialogue
from service.readers.transcripts.lines import Reading, bounded, split

_HEADER = re.compile(r"^WEBVTT(?:[ \t].*)?$")


def read(name: str, content: bytes, named: Collection[str] = ()) -> Reading:
    """Read a WebVTT file; raise `UnreadableFile` where it has no WEBVTT header or broken cues."""
    decoded = encodings.decode(name, content)
    lines = split(decoded.text)
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None or not _HEADER.match(lines[first]):
        raise errors.UnreadableFile(
            f"{name}, line {(first or 0) + 1}: a WebVTT file begins with WEBVTT; name SubRip captions .srt."
        )
    blanked = [""] * (first + 1) + lines[first + 1 :]
    found = captions.cues(name, blanked, captions.WEBVTT)
    reading = dialogue.interpret(bounded(name, captions.spoken(found)), named, captions=True)
    return Reading(reading.utterances, notes=decoded.notes + reading.notes)
