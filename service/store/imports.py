"""Files of other tools that were taken over: what was chosen, their selections as they stand, and what they come to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from service.domain import imported
from service.domain.imported import ImportedCoding
from service.domain.projects import Project
from service.store import tables
from service.store.documents import StoredDocument
from service.store.ids import new_id

_imports, _selections, _codings = tables.imports, tables.imported_selections, tables.imported_codings
_AT_ONCE = 5_000


@dataclass(frozen=True)
class NewImport:
    """A file to take over."""

    file_name: str
    file_sha256: str
    tool: str
    coded_by: str
    choices: Mapping[str, Any]
    #: Path and description of each code of the file's tree.
    codes: Sequence[Mapping[str, Any]]
    memos: Mapping[str, str]
    left: Sequence[Mapping[str, Any]]
    person_id: str | None


@dataclass(frozen=True)
class StoredImport:
    """A file that was taken over."""

    import_id: str
    project_id: str
    file: NewImport
    imported_at: datetime
    ended: bool


@dataclass(frozen=True)
class Selection:
    """A stretch of a document that a coder of a file gave a code."""

    document_number: int
    start: int
    end: int
    path: tuple[str, ...]
    dimension: str | None
    code: str | None
    coder: str
    machine: bool
    person_id: str | None
    memo: str = ""
    made_at: str = ""


def add(connection: sa.Connection, project: Project, new: NewImport, now: float) -> str:
    """Store a file's import and return its id."""
    import_id = new_id()
    values = {
        "id": import_id,
        "project_id": project.project_id,
        "file_name": new.file_name,
        "file_sha256": new.file_sha256,
        "tool": new.tool,
        "coded_by": new.coded_by,
        "choices": dict(new.choices),
        "codes": [dict(code) for code in new.codes],
        "memos": dict(new.memos),
        "left": [dict(left) for left in new.left],
        "person_id": new.person_id,
        "created_at": now,
    }
    connection.execute(_imports.insert().values(**values))
    return import_id


def end(connection: sa.Connection, import_ids: Iterable[str], now: float) -> None:
    """Have imports count no longer; what they said stays on record."""
    change = _imports.update().where(_imports.c.id.in_(sorted(import_ids)), _imports.c.ended_at.is_(None))
    connection.execute(change.values(ended_at=now))


def every(connection: sa.Connection, project: Project) -> tuple[StoredImport, ...]:
    """Return a project's imports in the order in which they came, ended ones included."""
    query = sa.select(_imports).where(_imports.c.project_id == project.project_id).order_by(_imports.c.number)
    return tuple(_stored(row) for row in connection.execute(query))


def has_any(connection: sa.Connection, project: Project) -> bool:
    """Say whether anything was ever imported into a project, without reading what."""
    query = sa.select(_imports.c.number).where(_imports.c.project_id == project.project_id).limit(1)
    return connection.execute(query).first() is not None


def add_selections(connection: sa.Connection, import_id: str, new: Iterable[Selection]) -> None:
    """Store an import's selections."""
    rows = [
        {
            "import_id": import_id,
            "document_number": s.document_number,
            "start": s.start,
            "end": s.end,
            "path": list(s.path),
            "dimension": s.dimension,
            "code": s.code,
            "coder": s.coder,
            "machine": s.machine,
            "person_id": s.person_id,
            "memo": s.memo,
            "made_at": s.made_at,
        }
        for s in new
    ]
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(_selections.insert(), rows[start : start + _AT_ONCE])


def add_codings(connection: sa.Connection, new: Sequence[ImportedCoding]) -> None:
    """Store what imports come to for segments."""
    rows = [
        {
            "import_id": coding.import_id,
            "segment_id": coding.segment_id,
            "dimension": coding.dimension,
            "codes": sorted(coding.codes),
            "coder": coding.coder,
            "person_id": coding.person_id,
            "advice": coding.advice,
            "adviser": coding.adviser,
            "memo": coding.memo,
        }
        for coding in new
    ]
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(_codings.insert(), rows[start : start + _AT_ONCE])


def of_segment(connection: sa.Connection, segment_id: str) -> tuple[ImportedCoding, ...]:
    """Return what counts of a segment's imported codings."""
    return of_segments(connection, [segment_id]).get(segment_id, ())


def of_segments(connection: sa.Connection, segment_ids: Iterable[str]) -> dict[str, tuple[ImportedCoding, ...]]:
    """Return what counts of some segments' imported codings, by segment id.

    Where several files speak of the same coder, segment and dimension, the latest one counts.
    """
    wanted = sorted(set(segment_ids))
    return _by_segment(connection, _codings.c.segment_id.in_(wanted)) if wanted else {}


def of_document(connection: sa.Connection, document: StoredDocument) -> dict[str, tuple[ImportedCoding, ...]]:
    """Return the same of all segments of a document."""
    segments = tables.segments
    own = sa.select(segments.c.id).where(segments.c.document_number == document.number)
    return _by_segment(connection, _codings.c.segment_id.in_(own))


def ever_of_segment(connection: sa.Connection, segment_id: str) -> tuple[ImportedCoding, ...]:
    """Return all that was ever imported of a segment, oldest first, also what no longer counts."""
    return tuple(_coding(row) for row in connection.execute(_query(_codings.c.segment_id == segment_id)))


def _query(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        sa.select(_codings, _imports.c.created_at, _imports.c.ended_at, _imports.c.tool, _imports.c.coded_by)
        .join(_imports, _imports.c.id == _codings.c.import_id)
        .where(which)
        .order_by(_codings.c.number)
    )


def _by_segment(connection: sa.Connection, which: sa.ColumnElement[bool]) -> dict[str, tuple[ImportedCoding, ...]]:
    out: dict[str, list[ImportedCoding]] = {}
    for row in connection.execute(_query(which).where(_imports.c.ended_at.is_(None))):
        out.setdefault(row.segment_id, []).append(_coding(row))
    return {segment_id: imported.counting(found) for segment_id, found in out.items()}


def about(connection: sa.Connection, document_numbers: Iterable[int]) -> frozenset[str]:
    """Return the ids of imports that count and hold selections of some documents."""
    query = (
        sa.select(_selections.c.import_id)
        .distinct()
        .join(_imports, _imports.c.id == _selections.c.import_id)
        .where(_selections.c.document_number.in_(sorted(document_numbers)), _imports.c.ended_at.is_(None))
    )
    return frozenset(connection.execute(query).scalars())


def selections(connection: sa.Connection, document: StoredDocument) -> Iterator[tuple[str, Selection]]:
    """Yield a document's imported selections that count, with their import's id, in the order of the text."""
    query = (
        sa.select(_selections)
        .join(_imports, _imports.c.id == _selections.c.import_id)
        .where(_selections.c.document_number == document.number, _imports.c.ended_at.is_(None))
        .order_by(_selections.c.start, _selections.c.end, _selections.c.number)
    )
    for row in connection.execute(query):
        yield row.import_id, _selection(row)


def _coding(row: Any) -> ImportedCoding:
    return ImportedCoding(
        row.segment_id,
        row.dimension,
        frozenset(row.codes),
        row.coder,
        row.person_id,
        row.import_id,
        datetime.fromtimestamp(row.created_at, UTC),
        row.advice,
        row.adviser,
        row.memo,
        row.tool,
        row.coded_by,
        None if row.ended_at is None else datetime.fromtimestamp(row.ended_at, UTC),
    )


def _selection(row: Any) -> Selection:
    return Selection(
        row.document_number,
        row.start,
        row.end,
        tuple(row.path),
        row.dimension,
        row.code,
        row.coder,
        row.machine,
        row.person_id,
        row.memo,
        row.made_at,
    )


def _stored(row: Any) -> StoredImport:
    new = NewImport(
        row.file_name,
        row.file_sha256,
        row.tool,
        row.coded_by,
        row.choices,
        row.codes,
        row.memos,
        row.left,
        row.person_id,
    )
    return StoredImport(
        row.id, row.project_id, new, datetime.fromtimestamp(row.created_at, UTC), row.ended_at is not None
    )
