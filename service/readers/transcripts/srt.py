"""SubRip captions, with names before colons or without."""

from collections.abc import Collection

from service import errors
from service.readers.containers import encodings
from service.readers.transcripts import captions, dialogue
from service.readers.transcripts.lines import Reading, bounded, split


def read(name: str, content: bytes, named: Collection[str] = ()) -> Reading:
    """Read a SubRip file; raise `UnreadableFile` where its cues are broken or it is WebVTT."""
    decoded = encodings.decode(name, content)
    if decoded.text.lstrip().startswith("WEBVTT"):
        raise errors.UnreadableFile(f"{name}: this is WebVTT; name it .vtt.")
    found = captions.cues(name, split(decoded.text), captions.SUBRIP)
    reading = dialogue.interpret(bounded(name, captions.spoken(found)), named, captions=True)
    return Reading(reading.utterances, notes=decoded.notes + reading.notes)
