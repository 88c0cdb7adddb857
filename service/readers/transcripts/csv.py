"""Separated values: one row a turn or a part of one, with or without a header; machine output is refused."""

from collections.abc import Collection

from service import errors
from service.readers.containers import encodings, tables
from service.readers.transcripts import columns, dialogue, speech
from service.readers.transcripts.lines import Line, Reading, bounded


def read(name: str, content: bytes, named: Collection[str] = ()) -> Reading:
    """Read a table of speech.

    Raises:
        MachineOutput: where it holds suggestions.
        UnreadableFile: where it holds coded excerpts, or no column of words can be found.
    """
    decoded = encodings.decode(name, content)
    table = tables.read(name, decoded.text)
    if not table.rows:
        raise errors.UnreadableFile(f"{name}: it is empty; a transcript has columns such as speaker and text.")
    speech.check(name, table.rows, "import them by their own name, or train on them")
    lines = _lines(name, table)
    reading = dialogue.interpret(lines, named)
    return Reading(reading.utterances, reading.interviewers, decoded.notes + reading.notes)


def _lines(name: str, table: tables.Table) -> list[Line]:
    found = speech.find(table.rows) or speech.only_column(table.rows)
    if found is None:
        raise errors.UnreadableFile(
            f"{name}, line {table.numbers[0]}: no column holds the words; name the columns speaker and text."
        )
    width = len(table.rows[0])
    if found.header:
        table = tables.fitted(name, table, last_is_words=found.text == width - 1)
    return bounded(name, columns.lines(table.rows, found))
