"""YouTube's captions (.sbv), with names before colons or without."""

from collections.abc import Collection

from service.readers.containers import encodings
from service.readers.transcripts import captions, dialogue
from service.readers.transcripts.lines import Reading, bounded, split

#: How the format writes a line's end within a caption.
_BREAK = "[br]"


def read(name: str, content: bytes, named: Collection[str] = ()) -> Reading:
    """Read YouTube's captions; raise `UnreadableFile` where times are broken or there are none."""
    decoded = encodings.decode(name, content)
    found = captions.cues(name, split(decoded.text.replace(_BREAK, "\n")), captions.YOUTUBE)
    reading = dialogue.interpret(bounded(name, captions.spoken(found)), named, captions=True)
    return Reading(reading.utterances, notes=decoded.notes + reading.notes)
