"""Separated values: one row a turn or a part of one, with or without a header; machine output is refused."""

from collections.abc import Collection

from service import errors
from service.readers import columns, dialogue, encodings, tables
from service.readers.lines import Line, Reading, bounded

#: How many rows are looked at to tell what the columns hold.
_PROBE = 2_000


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
    _check(name, table)
    lines = _lines(name, table)
    reading = dialogue.interpret(lines, named)
    return Reading(reading.utterances, reading.interviewers, decoded.notes + reading.notes)


def _check(name: str, table: tables.Table) -> None:
    names = [columns.folded(cell) for cell in table.rows[0]]
    machine = {"candidate_set", "probabilities"} & set(names)
    if machine:
        raise errors.MachineOutput(f"{name}: the column {min(machine)} says that this is machine output.")
    for number, column in enumerate(names):
        if column == "status" and any(_waiting(row, number) for row in table.rows[1:]):
            raise errors.MachineOutput(f"{name}: its column status says that this is machine output.")
    if {"dimension", "codes"} <= set(names):
        raise errors.UnreadableFile(
            f"{name}: these are coded excerpts, not a transcript; import them by their own name, or train on them."
        )


def _waiting(row: list[str], column: int) -> bool:
    return column < len(row) and "needs human decision" in row[column].casefold()


def _lines(name: str, table: tables.Table) -> list[Line]:
    found = columns.find(table.rows[:_PROBE])
    if found is None and max(map(len, table.rows[:_PROBE])) == 1:
        found = columns.Columns(0, header=False)
    if found is None:
        raise errors.UnreadableFile(
            f"{name}, line {table.numbers[0]}: no column holds the words; name the columns speaker and text."
        )
    width = len(table.rows[0])
    if found.header:
        table = tables.fitted(name, table, last_is_words=found.text == width - 1)
    return bounded(name, columns.lines(table.rows, found))
