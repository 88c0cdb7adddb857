"""Show a project's documents, and note who speaks in them and what a reader should be prepared for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service.domain.people import Person
from service.domain.projects import Project
from service.domain.transcript import Participant
from service.store import decisions, documents, imports, projects
from service.store import engine as store
from service.store.documents import Placed, StoredDocument
from service.use_cases import access, read_segments
from service.use_cases.read_segments import Known, SegmentView
from service.use_cases.work_queue import is_complete, waiting


@dataclass(frozen=True)
class DocumentSummary:
    """A document in a list; `decided`, `open` and `to_adjudicate` are the asking person's, of what is in the queue.

    `complete` are the segments that as many people as they need have decided on.
    """

    document_id: str
    participant_id: str
    attributes: Mapping[str, str]
    imported: bool
    segments: int
    complete: int
    decided: int
    open: int
    to_adjudicate: int
    content_note: str


@dataclass(frozen=True)
class TurnView:
    """One turn of a transcript."""

    speaker: str
    role: str
    start: int
    end: int


@dataclass(frozen=True)
class DocumentView:
    """A document with the segments that people code, as one may see them; `text` is None where it was not imported."""

    document_id: str
    participant_id: str
    attributes: Mapping[str, str]
    content_note: str
    text: str | None
    turns: Sequence[TurnView]
    segments: Sequence[SegmentView]


@dataclass(frozen=True)
class Change:
    """What to note about a document; None leaves it as it is."""

    participant_id: str | None = None
    attributes: Mapping[str, str] | None = None
    content_note: str | None = None


def list_documents(engine: sa.Engine, project_name: str, person: Person) -> tuple[DocumentSummary, ...]:
    """Return a project's documents in the order in which they came."""
    with store.reading(engine) as connection:
        project = access.project_of(connection, project_name, person)
        known = documents.attributes(connection, project)
        holders = decisions.holders(connection, project)
        placed = [p for p in documents.placed(connection, project) if p.queued]
        every = in_work(documents.every(connection, project), placed)
        waits = Counter((w.placed.document_number, w.kind) for w in waiting(connection, project, person))
    segments = Counter(p.document_number for p in placed)
    complete = Counter(p.document_number for p in placed if is_complete(p, holders))
    decided = Counter(p.document_number for p in placed if person.person_id in holders.get(p.segment_id, ()))
    return tuple(
        DocumentSummary(
            document.document_id,
            document.participant_id,
            known.get(document.participant_id, {}),
            document.imported,
            segments[document.number],
            complete[document.number],
            decided[document.number],
            waits[document.number, "code"],
            waits[document.number, "adjudicate"],
            document.content_note,
        )
        for document in every
    )


def in_work(every: Sequence[StoredDocument], placed: Sequence[Placed]) -> list[StoredDocument]:
    """Leave out documents that hold only what programs asked about and nobody is to code."""
    queued = {p.document_number for p in placed if p.queued}
    return [document for document in every if document.imported or document.number in queued]


def show_document(engine: sa.Engine, project_name: str, document_id: str, person: Person) -> DocumentView:
    """Return a document with its text and segments; raise `NotFound` where it is not the person's to see."""
    with store.reading(engine) as connection:
        project = access.project_of(connection, project_name, person)
        return _view(connection, project, access.document_of(connection, project, document_id), person)


def change_document(engine: sa.Engine, place: tuple[str, str], change: Change, person: Person) -> DocumentView:
    """Note what a member says about a document, and return it.

    Args:
        engine: the store.
        place: the project's name and the document's id.
        change: what to note.
        person: who says it.
    """
    with store.writing(engine) as connection:
        project = access.project_of(connection, place[0], person)
        document = access.document_of(connection, project, place[1])
        if change.participant_id is not None:
            documents.set_participant(connection, document, change.participant_id)
        if change.content_note is not None:
            documents.set_content_note(connection, document, change.content_note)
        document = documents.by_number(connection, document.number)
        if change.attributes is not None:
            participant = Participant(document.participant_id, change.attributes)
            documents.put_participant(connection, project, participant)
        return _view(connection, project, document, person)


def _view(connection: sa.Connection, project: Project, document: StoredDocument, person: Person) -> DocumentView:
    book = projects.codebook_of(connection, project)
    past, elsewhere = decisions.of_document(connection, document), imports.of_document(connection, document)
    return DocumentView(
        document.document_id,
        document.participant_id,
        documents.attributes(connection, project).get(document.participant_id, {}),
        document.content_note,
        document.text,
        [TurnView(turn.speaker, turn.role, turn.start, turn.end) for turn in document.turns],
        [
            read_segments.view(
                segment,
                document,
                book,
                Known(past.get(segment.segment_id, []), elsewhere.get(segment.segment_id, ())),
                person,
            )
            for segment in documents.segments(connection, document)
            if segment.queued or segment.segment_id in elsewhere
        ],
    )
