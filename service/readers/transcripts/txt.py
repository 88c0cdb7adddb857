"""Plain text: names before what was said, in any of the shapes that tools and typists use."""

import re
from collections.abc import Collection

from service.readers.containers import encodings
from service.readers.transcripts import dialogue
from service.readers.transcripts.lines import Line, Reading, bounded

_BLANKS = re.compile(r"\n{3,}")


def read(name: str, content: bytes, named: Collection[str] = ()) -> Reading:
    """Read a text file as a conversation."""
    decoded = encodings.decode(name, content)
    reading = dialogue.interpret(bounded(name, map(Line, _BLANKS.sub("\n\n", decoded.text).split("\n"))), named)
    return Reading(reading.utterances, reading.interviewers, decoded.notes + reading.notes)
