"""Import transcripts into a project: all files of one request, or none."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from service import errors
from service.domain.people import Person
from service.domain.projects import Project
from service.domain.transcript import Participant, Segment, Transcript
from service.readers import coded, participants
from service.store import documents
from service.store import engine as store
from service.store.documents import StoredDocument
from service.suggest.segmenter import Segmenter
from service.use_cases import access, read_transcript
from service.use_cases.participant_lists import ParticipantLists
from service.use_cases.read_transcript import Options, Understanding
from service.use_cases.store_segments import new_segment

LONGEST_ID = 500
#: Formats of transcripts that may hold codes as well.
_TABLES = (".csv", ".xlsx")


@dataclass(frozen=True)
class Incoming:
    """A transcript to store, and who speaks in it if that is known."""

    understood: Understanding
    participant: Participant | None = None
    #: What is to be said of it beside the reader's own notes.
    notes: tuple[str, ...] = ()
    #: What was said before each segment, where the file says so; else the turn before its own.
    contexts: tuple[str, ...] = ()
    #: Whether people are to code it; otherwise it needs nobody, and whoever decides on it all the same settles it.
    queued: bool = True

    @property
    def document_id(self) -> str:
        """What the document is known as."""
        return self.understood.transcript.document_id


@dataclass(frozen=True)
class Upload:
    """A file that a person sends, with what they typed about it."""

    name: str
    content: bytes
    participant_id: str | None = None
    attributes: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Imported:
    """What became of a file."""

    document_id: str
    turns: int
    segments: int
    notes: tuple[str, ...] = ()
    #: The same text was there already.
    unchanged: bool = False


def import_files(
    engine: sa.Engine, project_name: str, inputs: Sequence[Path], options: Options, now: float
) -> list[Imported]:
    """Import files and folders as the operator; `participants.csv` beside them says who speaks.

    Raises:
        NotFound: there is no such project.
        BadInput: as `read_files`; nothing is stored.
        Conflict: a document of this id has other text; nothing is stored.
    """
    incoming = read_files(engine, project_name, inputs, options)
    with store.writing(engine) as connection:
        return store_all(connection, access.named(connection, project_name), incoming, now)


def read_files(engine: sa.Engine, project_name: str, inputs: Sequence[Path], options: Options) -> list[Incoming]:
    """Read what the operator is to import, storing nothing.

    Raises:
        NotFound: there is no such project.
        BadInput: a file can't be read, two would have one document id, or a list of participants names what is not
            there.
    """
    given = [path for path in inputs if path.name.lower() != participants.NAME] or list(inputs)
    named = read_transcript.document_ids(given)
    lists = ParticipantLists(named)
    about_lists = lists.check(given, _known(engine, project_name))
    segmenter = Segmenter(options.segment_words)
    incoming = [
        Incoming(
            read_transcript.read(path, document_id=document_id, options=options, segmenter=segmenter),
            lists.of(path, document_id),
            (
                *lists.notes(path, document_id),
                *(about_lists if (path, document_id) == named[0] else ()),
                *_codes_left(path, inputs),
            ),
        )
        for path, document_id in named
    ]
    heard = read_transcript.speakers_in(item.understood for item in incoming)
    read_transcript.check_interviewers(options.interviewers, heard)
    return incoming


def _codes_left(path: Path, named: Collection[Path]) -> list[str]:
    """Say so where a folder's table holds codes, which come along only from a file that is named itself."""
    if path in named or path.suffix.lower() not in _TABLES:
        return []
    with path.open("rb") as file:
        found = coded.is_coded(path.name, file)
    return (
        ["It has a column of codes, which stays behind; name the file itself to import its codings."] if found else []
    )


def _known(engine: sa.Engine, project_name: str) -> set[str]:
    """Return the ids of the project's documents."""
    with store.reading(engine) as connection:
        project = access.named(connection, project_name)
        return {document.document_id for document in documents.every(connection, project)}


def import_upload(
    engine: sa.Engine, asked: tuple[str, Person], upload: Upload, options: Options, now: float
) -> Imported:
    """Import one file that a member of the project sends.

    Args:
        engine: the store.
        asked: the project's name and who asks.
        upload: the file.
        options: how to read it.
        now: seconds since 1970.
    """
    project_name, person = asked
    with store.reading(engine) as connection:
        access.project_of(connection, project_name, person)  # before any work
    understood = understand(upload, options)
    document_id = understood.transcript.document_id
    with store.writing(engine) as connection:
        project = access.project_of(connection, project_name, person)
        participant = _typed(connection, project, document_id, upload)
        return store_all(connection, project, [Incoming(understood, participant)], now)[0]


def understand(upload: Upload, options: Options) -> Understanding:
    """Read an uploaded file, storing nothing."""
    return read_transcript.read(upload.content, name=upload.name, options=options)


def _typed(connection: sa.Connection, project: Project, document_id: str, upload: Upload) -> Participant | None:
    """Return who speaks, if the person said so; what they did not type stays as it is."""
    if upload.participant_id is None and upload.attributes is None:
        return None
    known = documents.find(connection, project, document_id)
    participant_id = upload.participant_id or (known.participant_id if known else document_id)
    return Participant(participant_id, upload.attributes or {})


def store_all(connection: sa.Connection, project: Project, incoming: Sequence[Incoming], now: float) -> list[Imported]:
    """Store transcripts within the caller's transaction."""
    store.take_turns(connection, [f"segments of {project.name}"])
    seen: set[str] = set()
    for item in incoming:
        if item.document_id in seen:
            raise errors.BadInput(
                f"{errors.shown(item.document_id, 100)}: two files would have this document id; rename one."
            )
        seen.add(item.document_id)
    return [_store(connection, project, item, now) for item in incoming]


def _store(connection: sa.Connection, project: Project, item: Incoming, now: float) -> Imported:
    transcript, segments = item.understood.transcript, item.understood.segments
    _check_id(transcript.document_id)
    known = documents.find(connection, project, transcript.document_id)
    if known is not None and known.text != transcript.text:
        has = "a document of this name with other text" if known.imported else "posted segments under this name"
        raise errors.Conflict(
            f"{errors.shown(transcript.document_id, 100)}: the project has {has}; rename the document."
        )
    document = known or _add(connection, project, item, now)
    as_read = transcript.notes if known is None else ()
    notes = (*as_read, *item.notes, *_note_participant(connection, project, document, item.participant))
    kept = len(segments) if known is None else len(documents.segments(connection, known))
    turns = len(document.turns)
    return Imported(transcript.document_id, turns, kept, notes, unchanged=known is not None)


def _note_participant(
    connection: sa.Connection, project: Project, document: StoredDocument, given: Participant | None
) -> list[str]:
    """Store who speaks and say what that changes; attributes that are not given stay as they are."""
    if given is None:
        return []
    before = documents.attributes(connection, project).get(given.participant_id, {})
    documents.set_participant(connection, document, given.participant_id)
    joined = Participant(given.participant_id, {**before, **given.attributes})
    documents.put_participant(connection, project, joined)
    return [
        f"{given.participant_id}: {name} was {before[name]} and is now {value or 'empty'}."
        for name, value in given.attributes.items()
        if before.get(name, "") not in ("", value)
    ]


def _check_id(document_id: str) -> None:
    if not 0 < len(document_id) <= LONGEST_ID or not document_id.isprintable():
        raise errors.BadInput(f"A document's name has 1 to {LONGEST_ID} printable characters; rename the file.")


def _add(connection: sa.Connection, project: Project, item: Incoming, now: float) -> StoredDocument:
    transcript, segments = item.understood.transcript, item.understood.segments
    document = documents.add(connection, project, transcript.document_id, transcript, now)
    contexts = item.contexts or _contexts(transcript, segments)
    new = [
        new_segment(
            project, transcript.document_id, segment, context, queued=item.queued and segment.text.strip() != ""
        )
        for segment, context in zip(segments, contexts, strict=True)
    ]
    needed = new if item.queued else [replace(segment, needs=0) for segment in new]
    documents.add_segments(connection, document, needed)
    return document


def _contexts(transcript: Transcript, segments: Sequence[Segment]) -> list[str]:
    """Return for each segment what was said in the turn before its own, such as the interviewer's question."""
    starts = [turn.start for turn in transcript.turns]
    out = []
    for segment in segments:
        before = bisect_right(starts, segment.start) - 2
        turn = transcript.turns[before] if before >= 0 else None
        out.append("" if turn is None else transcript.text[turn.start : turn.end])
    return out
