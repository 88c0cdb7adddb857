"""Documents and their segments: imported transcripts, and segments that programs posted one by one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.domain.projects import Project
from service.domain.transcript import Participant, Role, Segment, Transcript, Turn
from service.store import tables
from service.store.ids import digest, new_id

_documents, _segments, _participants = tables.documents, tables.segments, tables.participants


@dataclass(frozen=True)
class StoredDocument:
    """One document of a project; `text` is None where its segments were posted one by one."""

    number: int
    project_id: str
    document_id: str
    participant_id: str
    text: str | None
    turns: tuple[Turn, ...]
    content_note: str

    @property
    def imported(self) -> bool:
        """Whether a transcript was imported, so that nothing can be added to it."""
        return self.text is not None


@dataclass(frozen=True)
class StoredSegment:
    """A segment as stored, with what was fixed for it then."""

    segment_id: str
    document_number: int
    position: int
    start: int
    end: int
    text: str
    speaker: str
    role: Role
    context: str
    needs: int
    blind: bool
    queued: bool
    #: Its place by lot, 0 to 1, in the random sample of an archive; None outside of one.
    lot: float | None = None


@dataclass(frozen=True)
class Placed:
    """Where a segment stands and how many people it needs, without its text."""

    segment_id: str
    document_number: int
    position: int
    needs: int
    queued: bool
    #: As of a stored segment.
    lot: float | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the project."""
        return self.document_number, self.position


@dataclass(frozen=True)
class NewSegment:
    """A segment to store, with its draws."""

    segment: Segment
    context: str
    needs: int
    blind: bool
    queued: bool


def add(
    connection: sa.Connection, project: Project, document_id: str, transcript: Transcript | None, now: float
) -> StoredDocument:
    """Store a document, whose participant is the document itself until somebody says otherwise."""
    turns = [] if transcript is None else [[t.speaker, t.role, t.start, t.end] for t in transcript.turns]
    values = {
        "project_id": project.project_id,
        "document_id": document_id,
        "participant_id": document_id,
        "text": None if transcript is None else transcript.text,
        "turns": turns,
        "content_note": "",
        "created_at": now,
    }
    number = connection.execute(_documents.insert().values(**values).returning(_documents.c.number)).scalar_one()
    return by_number(connection, number)


def find(connection: sa.Connection, project: Project, document_id: str) -> StoredDocument | None:
    """Return the project's document of this id, if any."""
    query = sa.select(_documents).where(
        _documents.c.project_id == project.project_id, _documents.c.document_id == document_id
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _document(row)


def by_number(connection: sa.Connection, number: int) -> StoredDocument:
    """Return the document of this row number."""
    return _document(connection.execute(sa.select(_documents).where(_documents.c.number == number)).one())


def by_numbers(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, StoredDocument]:
    """Return documents by row number."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    query = sa.select(_documents).where(_documents.c.number.in_(wanted))
    return {row.number: _document(row) for row in connection.execute(query)}


def every(connection: sa.Connection, project: Project) -> tuple[StoredDocument, ...]:
    """Return a project's documents in the order in which they came."""
    query = sa.select(_documents).where(_documents.c.project_id == project.project_id).order_by(_documents.c.number)
    return tuple(_document(row) for row in connection.execute(query))


def set_participant(connection: sa.Connection, document: StoredDocument, participant_id: str) -> None:
    """Say who speaks in a document."""
    _change(connection, document, participant_id=participant_id)


def set_content_note(connection: sa.Connection, document: StoredDocument, note: str) -> None:
    """Say what a reader should be prepared for."""
    _change(connection, document, content_note=note)


def _change(connection: sa.Connection, document: StoredDocument, **values: str) -> None:
    connection.execute(_documents.update().where(_documents.c.number == document.number).values(**values))


def put_participant(connection: sa.Connection, project: Project, participant: Participant) -> None:
    """Store a participant's attributes, in place of what was known."""
    key = (_participants.c.project_id == project.project_id) & (
        _participants.c.participant_id == participant.participant_id
    )
    connection.execute(_participants.delete().where(key))
    values = {"project_id": project.project_id, "participant_id": participant.participant_id}
    connection.execute(_participants.insert().values(**values, attributes=dict(participant.attributes)))


def attributes(connection: sa.Connection, project: Project) -> dict[str, Mapping[str, str]]:
    """Return the attributes of a project's participants, by participant id."""
    query = sa.select(_participants).where(_participants.c.project_id == project.project_id)
    return {row.participant_id: row.attributes for row in connection.execute(query)}


def add_segments(connection: sa.Connection, document: StoredDocument, new: Sequence[NewSegment]) -> list[str]:
    """Store segments and return their ids, in order."""
    rows = [_segment_row(document, item) for item in new]
    if rows:
        connection.execute(_segments.insert(), rows)
    return [row["id"] for row in rows]


def _segment_row(document: StoredDocument, new: NewSegment) -> dict[str, Any]:
    segment = new.segment
    return {
        "id": new_id(),
        "document_number": document.number,
        "position": segment.position,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
        "text_sha256": digest(segment.text),
        "speaker": segment.speaker,
        "role": segment.role,
        "context": new.context,
        "needs": new.needs,
        "blind": new.blind,
        "queued": new.queued,
    }


def segment(connection: sa.Connection, segment_id: str, *, lock: bool = False) -> StoredSegment | None:
    """Return one segment; `lock` makes other writers of it wait until the transaction ends."""
    query = sa.select(_segments).where(_segments.c.id == segment_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _segment(row)


def segments(connection: sa.Connection, document: StoredDocument) -> tuple[StoredSegment, ...]:
    """Return a document's segments by position."""
    query = sa.select(_segments).where(_segments.c.document_number == document.number).order_by(_segments.c.position)
    return tuple(_segment(row) for row in connection.execute(query))


def all_segments(connection: sa.Connection, project: Project) -> tuple[StoredSegment, ...]:
    """Return a project's segments by document and position."""
    query = (
        sa.select(_segments)
        .join(_documents, _documents.c.number == _segments.c.document_number)
        .where(_documents.c.project_id == project.project_id)
        .order_by(_segments.c.document_number, _segments.c.position)
    )
    return tuple(_segment(row) for row in connection.execute(query))


def placed(connection: sa.Connection, project: Project) -> tuple[Placed, ...]:
    """Return where a project's segments stand, by document and position."""
    query = (
        sa.select(
            _segments.c.id,
            _segments.c.document_number,
            _segments.c.position,
            _segments.c.needs,
            _segments.c.queued,
            _segments.c.lot,
        )
        .join(_documents, _documents.c.number == _segments.c.document_number)
        .where(_documents.c.project_id == project.project_id)
        .order_by(_segments.c.document_number, _segments.c.position)
    )
    return tuple(Placed(*row) for row in connection.execute(query))


def by_ids(connection: sa.Connection, segment_ids: Iterable[str]) -> dict[str, StoredSegment]:
    """Return segments by id."""
    query = sa.select(_segments).where(_segments.c.id.in_(sorted(set(segment_ids))))
    return {row.id: _segment(row) for row in connection.execute(query)}


def with_text(connection: sa.Connection, document: StoredDocument, texts: Iterable[str]) -> dict[str, StoredSegment]:
    """Return the document's first segment of each of these texts, by text."""
    hashes = sorted({digest(text) for text in texts})
    query = (
        sa.select(_segments)
        .where(_segments.c.document_number == document.number, _segments.c.text_sha256.in_(hashes))
        .order_by(_segments.c.position.desc())
    )
    return {row.text: _segment(row) for row in connection.execute(query)}


def at_positions(
    connection: sa.Connection, document: StoredDocument, positions: Iterable[int]
) -> dict[int, StoredSegment]:
    """Return the document's segments at these positions."""
    query = sa.select(_segments).where(
        _segments.c.document_number == document.number, _segments.c.position.in_(sorted(set(positions)))
    )
    return {row.position: _segment(row) for row in connection.execute(query)}


def last_position(connection: sa.Connection, document: StoredDocument) -> int:
    """Return the highest position in use, or -1."""
    query = sa.select(sa.func.max(_segments.c.position)).where(_segments.c.document_number == document.number)
    found = connection.execute(query).scalar_one()
    return -1 if found is None else int(found)


def neighbours(connection: sa.Connection, of: StoredSegment, reach: int, *, after: bool) -> tuple[str, ...]:
    """Return the texts of so many stored segments before or after this one, nearest first."""
    same = _segments.c.document_number == of.document_number
    beyond = _segments.c.position > of.position if after else _segments.c.position < of.position
    order = _segments.c.position.asc() if after else _segments.c.position.desc()
    query = sa.select(_segments.c.text).where(same, beyond).order_by(order).limit(reach)
    return tuple(connection.execute(query).scalars())


def rank(connection: sa.Connection, of: StoredSegment) -> tuple[int, int]:
    """Return how many stored segments of its document stand before this one, and how many there are in all."""
    earlier = sa.func.count(sa.case((_segments.c.position < of.position, 1)))
    query = sa.select(earlier, sa.func.count()).where(_segments.c.document_number == of.document_number)
    before, total = connection.execute(query).one()
    return int(before), int(total)


def put_in_queue(connection: sa.Connection, segment_ids: Sequence[str]) -> None:
    """Put segments that stood outside the queue into it."""
    if segment_ids:
        connection.execute(_segments.update().where(_segments.c.id.in_(segment_ids)).values(queued=True))


def has_sample(connection: sa.Connection, project: Project) -> bool:
    """Say whether a project holds any segment of an archive's random sample."""
    query = (
        sa.select(sa.func.count(_segments.c.lot))
        .join(_documents, _documents.c.number == _segments.c.document_number)
        .where(_documents.c.project_id == project.project_id)
    )
    return bool(connection.execute(query).scalar_one())


def put_in_sample(connection: sa.Connection, lots: Mapping[str, float]) -> None:
    """Put segments into the random sample of an archive, by id with their lots: none of them gets advice any more."""
    for segment_id, lot in lots.items():
        change = _segments.update().where(_segments.c.id == segment_id)
        connection.execute(change.values(lot=lot, blind=True, queued=True))


def _document(row: Any) -> StoredDocument:
    turns = tuple(Turn(speaker, role, start, end) for speaker, role, start, end in row.turns or ())
    return StoredDocument(
        row.number, row.project_id, row.document_id, row.participant_id, row.text, turns, row.content_note
    )


def _segment(row: Any) -> StoredSegment:
    return StoredSegment(
        row.id,
        row.document_number,
        row.position,
        row.start,
        row.end,
        row.text,
        row.speaker,
        row.role,
        row.context,
        row.needs,
        row.blind,
        row.queued,
        row.lot,
    )
