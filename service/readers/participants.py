"""participants.csv beside the transcripts: whose document each is, and what a report counts by."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from service import errors
from service.domain.transcript import Participant
from service.readers import files
from service.readers.containers import encodings, tables
from service.readers.transcripts import columns

NAME = "participants.csv"
MAX_BYTES = 10_000_000


def read_participants(path: Path) -> dict[str, Participant]:
    """Read who speaks in which document, by document id.

    Raises:
        UnreadableFile: naming the line and what would be right.
        TooLarge: where the file is larger than such a list is.
    """
    return read_participants_bytes(path.name, files.read_bytes(path, MAX_BYTES))


def read_participants_bytes(name: str, content: bytes) -> dict[str, Participant]:
    """Read the same from bytes, such as an upload."""
    name = PurePosixPath(name).name
    if len(content) > MAX_BYTES:
        raise files.too_large(name, MAX_BYTES)
    table = tables.read(name, encodings.decode(name, content).text)
    if not table.rows:
        raise errors.UnreadableFile(f"{name}: it is empty; its columns are document_id, participant_id and attributes.")
    table = tables.fitted(name, table, last_is_words=False)
    header = _header(name, table.rows[0])
    found: dict[str, Participant] = {}
    for row, number in zip(table.rows[1:], table.numbers[1:], strict=True):
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        document = cells.pop("document_id", "")
        if not document:
            raise errors.UnreadableFile(f"{name}, line {number}: the document_id is missing.")
        if document in found:
            raise errors.UnreadableFile(f"{name}, line {number}: this document_id stands there twice.")
        found[document] = _participant(document, cells)
    return _completed(found)


def _completed(found: Mapping[str, Participant]) -> dict[str, Participant]:
    """Fill what one line leaves empty from the other lines of the same participant."""
    known: dict[str, dict[str, str]] = {}
    for person in found.values():
        said = {key: value for key, value in person.attributes.items() if value}
        known.setdefault(person.participant_id, {}).update(said)
    return {
        document: Participant(
            person.participant_id,
            {key: value or known[person.participant_id].get(key, "") for key, value in person.attributes.items()},
        )
        for document, person in found.items()
    }


def _header(name: str, row: list[str]) -> list[str]:
    """Return the columns' names, the two known ones as they are always written."""
    names = [cell.strip() for cell in row]
    names = [
        columns.folded(cell) if columns.folded(cell) in ("document_id", "participant_id") else cell for cell in names
    ]
    if "document_id" not in names:
        raise errors.UnreadableFile(f"{name}, line 1: the column document_id is missing.")
    twice = [cell for cell in names if cell and names.count(cell) > 1]
    if twice:
        raise errors.UnreadableFile(f"{name}, line 1: the column {errors.shown(twice[0])} stands there twice.")
    if "participant_id" not in names:
        raise errors.UnreadableFile(f"{name}, line 1: the column participant_id is missing; it may be left empty.")
    return names


def _participant(document: str, cells: Mapping[str, str]) -> Participant:
    attributes = {key: value for key, value in cells.items() if key not in ("", "participant_id")}
    return Participant(cells.get("participant_id") or document, attributes)
