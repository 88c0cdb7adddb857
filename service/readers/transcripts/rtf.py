"""Rich text: paragraphs with names before what was said, or tables with a speaker's column."""

from collections.abc import Collection

from service import errors
from service.readers.transcripts import blocks, dialogue, rtfgroups
from service.readers.transcripts.lines import Reading, bounded


def read(name: str, content: bytes, named: Collection[str] = ()) -> Reading:
    r"""Read a rich text file.

    Raises:
        UnreadableFile: where it does not begin with {\rtf, is cut short or made to harm.
        TooLarge: where it holds more than a transcript does.
    """
    begun = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not begun.startswith(b"{\\rtf"):
        raise errors.UnreadableFile(f"{name}: it is no rich text, which begins with {{\\rtf; save it again as .rtf.")
    found, damaged = rtfgroups.read(name, begun)
    reading = dialogue.interpret(bounded(name, blocks.lines(found)), named)
    notes = ("Some characters are damaged in the file and were read as �.",) if damaged else ()
    return Reading(reading.utterances, reading.interviewers, notes + reading.notes)
