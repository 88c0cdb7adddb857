"""Tables of speech, whatever file they stand in: what is something else is refused, and where its columns are."""

from collections.abc import Sequence

from service import errors
from service.readers.transcripts import columns

#: How many rows are looked at to tell what the columns hold.
_PROBE = 2_000
_MACHINE = frozenset({"candidate_set", "probabilities"})
#: Names of columns that only files of Inkling hold together.
_OURS = _MACHINE | {"status", "codes", "dimension", "document_id", "position"}


def check(name: str, rows: Sequence[columns.Row], readable: str) -> None:
    """Refuse a table that is no transcript.

    Args:
        name: the file's name, and place in it if any, for messages.
        rows: the table's rows.
        readable: how a table of coded excerpts would be read, for the message.

    Raises:
        MachineOutput: where it holds suggestions.
        UnreadableFile: where it holds coded excerpts.
    """
    refuse_machine(name, rows)
    if {"dimension", "codes"} <= {columns.folded(cell) for cell in rows[0]}:
        raise errors.UnreadableFile(f"{name}: these are coded excerpts, not a transcript; {readable}.")


def refuse_machine(name: str, rows: Sequence[columns.Row], titles: int = 1) -> None:
    """Raise `MachineOutput` where a table's columns, named in one of its first rows, hold suggestions."""
    for number, row in enumerate(rows[:titles]):
        names = [columns.folded(cell) for cell in row]
        if number == 0 or len(_OURS & set(names)) > 1:
            _refuse_machine(name, names, rows[number + 1 :])


def _refuse_machine(name: str, names: Sequence[str], rows: Sequence[columns.Row]) -> None:
    machine = _MACHINE & set(names)
    if machine:
        raise errors.MachineOutput(f"{name}: the column {min(machine)} says that this is machine output.")
    for number, column in enumerate(names):
        if column == "status" and any(_waiting(row, number) for row in rows):
            raise errors.MachineOutput(f"{name}: its column status says that this is machine output.")


def _waiting(row: columns.Row, column: int) -> bool:
    return column < len(row) and "needs human decision" in row[column].casefold()


def find(rows: Sequence[columns.Row]) -> columns.Columns | None:
    """Say where a table holds its speech; None where it is no table of speech."""
    return columns.find(rows[:_PROBE])


def only_column(rows: Sequence[columns.Row]) -> columns.Columns | None:
    """Say that a table's only column holds the words; None where there are more."""
    return columns.Columns(0, header=False) if max(map(len, rows[:_PROBE]), default=0) == 1 else None
