"""List a project's final codings; what is still open to whoever asks is left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.domain import coding
from service.domain.coding import Decision
from service.domain.people import Person, Program
from service.domain.projects import Project
from service.store import decisions, documents, projects
from service.store import engine as store
from service.store.documents import Placed
from service.use_cases import access, paging
from service.use_cases.paging import Page

_AT_ONCE = 200


@dataclass(frozen=True)
class FinalCoding:
    """A segment's final codes, in the dimensions where there are any."""

    segment_id: str
    document_id: str
    position: int
    codes: Mapping[str, Sequence[str]]
    #: When the last decision on it was made.
    decided_at: str


def list_codings(
    engine: sa.Engine, project_name: str, caller: Person | Program, cursor: str | None, limit: int
) -> Page[FinalCoding]:
    """Return a page of final codings, by document and position; no text.

    Raises:
        NotFound: there is no such project, or it is not the caller's.
        Unprocessable: the cursor is none of ours.
    """
    after = paging.place_of(cursor)
    with store.reading(engine) as connection:
        project = access.project_of(connection, project_name, caller)
        found = _finals(connection, project, caller, after)
        page = paging.page(found, limit, lambda pair: paging.cursor_of(pair[0].place))
        return Page(tuple(found for _, found in page.items), page.next_cursor)


def _finals(
    connection: sa.Connection, project: Project, caller: Person | Program, after: paging.Place
) -> Iterator[tuple[Placed, FinalCoding]]:
    book = projects.codebook_of(connection, project)
    names = {document.number: document.document_id for document in documents.every(connection, project)}
    readers = [caller] if isinstance(caller, Person) else projects.members(connection, project)
    placed = [p for p in documents.placed(connection, project) if p.place > after]
    for start in range(0, len(placed), _AT_ONCE):
        chunk = {p.segment_id: p for p in placed[start : start + _AT_ONCE]}
        past = decisions.of_segments(connection, chunk)
        stored = documents.by_ids(connection, past)
        for segment_id, item in chunk.items():
            made = past.get(segment_id, [])
            if not made or _waits_for_any(made, item, readers):
                continue
            segment = stored[segment_id]
            final = coding.final_codes(made, item.needs, book.applying(segment.speaker, segment.role))
            codes: dict[str, Any] = coding.as_lists({name: found for name, found in final.items() if found is not None})
            if codes:
                document_id, latest = names[item.document_number], made[-1].decided_at.isoformat()
                yield item, FinalCoding(segment_id, document_id, item.position, codes, latest)


def _waits_for_any(made: Sequence[Decision], placed: Placed, readers: Sequence[Person]) -> bool:
    return any(r.may_decide and coding.is_open(made, placed.needs, r.person_id) for r in readers)
