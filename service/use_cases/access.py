"""Who may reach what. What a caller may not know of is not found, rather than forbidden."""

import sqlalchemy as sa

from service import errors
from service.domain.people import Person, Program
from service.domain.projects import Project
from service.store import documents, projects
from service.store.documents import StoredDocument, StoredSegment


def project_of(connection: sa.Connection, name: str, caller: Person | Program) -> Project:
    """Return a project whose material the caller may read.

    Raises:
        NotFound: there is none, or the caller does not belong to it.
    """
    found = projects.find(connection, name)
    if found is None or not _belongs(connection, found, caller):
        raise errors.NotFound("There is no such project, or you are not a member of it.")
    return found


def named(connection: sa.Connection, name: str) -> Project:
    """Return a project for the operator, who may reach every one; raise `NotFound` where there is none."""
    found = projects.find(connection, name)
    if found is None:
        raise errors.NotFound(f"There is no project {name}.")
    return found


def _belongs(connection: sa.Connection, project: Project, caller: Person | Program) -> bool:
    if isinstance(caller, Program):
        return caller.project == project.name
    return caller.may_decide and projects.is_member(connection, project, caller.person_id)


def document_of(connection: sa.Connection, project: Project, document_id: str) -> StoredDocument:
    """Return a document of the project; raise `NotFound` where there is none."""
    found = documents.find(connection, project, document_id)
    if found is None:
        raise errors.NotFound("There is no such document in this project.")
    return found


def segment_of(
    connection: sa.Connection, segment_id: str, person: Person, *, lock: bool = False
) -> tuple[StoredSegment, StoredDocument, Project]:
    """Return a segment with its document and project, if the person is a member.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    segment = documents.segment(connection, segment_id, lock=lock)
    if segment is not None:
        document = documents.by_number(connection, segment.document_number)
        project = projects.by_id(connection, document.project_id)
        if _belongs(connection, project, person):
            return segment, document, project
    raise errors.NotFound("There is no such segment, or it belongs to a project you are not a member of.")


def require(allowed: bool, what: str) -> None:
    """Raise `NotAllowed` with a sentence that says who may."""
    if not allowed:
        raise errors.NotAllowed(what)
