"""Plain text: names before what was said, in any of the shapes that tools and typists use."""

from service.readers import dialogue, encodings
from service.readers.lines import Line, Reading, split


def read(name: str, content: bytes) -> Reading:
    """Read a text file as a conversation."""
    decoded = encodings.decode(name, content)
    reading = dialogue.interpret([Line(text) for text in split(decoded.text)])
    return Reading(reading.utterances, reading.interviewers, decoded.notes + reading.notes)
