"""The files whose codings a project took over, and taking one back."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service import errors
from service.domain.coded_file import Left
from service.domain.people import Person
from service.store import engine as store
from service.store import imports, people
from service.store.imports import StoredImport
from service.use_cases.import_codings import project_for


@dataclass(frozen=True)
class ImportListed:
    """A file that was taken over; nothing of what its coders gave to which segment."""

    import_id: str
    file: str
    #: None to other members than who imported it: it tells one file from another whose coders gave other codes.
    sha256: str | None
    tool: str
    #: Who coded it, in a sentence of the importing person, where the file names nobody.
    coded_by: str
    #: What lies under no selection, as that person said; None where the file itself says it all.
    unselected: str | None
    #: None where the operator imported it.
    imported_by: str | None
    imported_at: str
    #: Whether it counts no longer: it was withdrawn, or imported again in another way.
    ended: bool
    #: What did not come along; None to other members, since it follows from what coders gave.
    left: Sequence[Left] | None


def list_imports(engine: sa.Engine, project_name: str, by: Person | None) -> tuple[ImportListed, ...]:
    """Return a project's imports, oldest first; raise as `import_codings.project_for` does."""
    with store.reading(engine) as connection:
        found = imports.every(connection, project_for(connection, project_name, by))
        names = {person.person_id: person.name for person in people.every(connection)}
    return tuple(_listed(one, names, reader=by) for one in found)


def withdraw(engine: sa.Engine, project_name: str, import_id: str, by: Person | None, now: float) -> None:
    """Have a file's codings count no longer; its documents stay, and so does the record of it.

    Raises:
        NotFound: there is no such import in the project, or it has ended.
        NotAllowed: the person is no researcher.
    """
    with store.writing(engine) as connection:
        project = project_for(connection, project_name, by)
        standing = {one.import_id for one in imports.every(connection, project) if not one.ended}
        if import_id not in standing:
            raise errors.NotFound("There is no such import in this project that still counts.")
        imports.end(connection, [import_id], now)


def _listed(one: StoredImport, names: dict[str, str], *, reader: Person | None) -> ImportListed:
    whole = reader is None or reader.person_id == one.file.person_id
    return ImportListed(
        one.import_id,
        one.file.file_name,
        one.file.file_sha256 if whole else None,
        one.file.tool,
        one.file.coded_by,
        one.file.choices.get("unselected"),
        None if one.file.person_id is None else names.get(one.file.person_id),
        one.imported_at.isoformat(),
        one.ended,
        [Left(item["what"], item["why"], item["count"]) for item in one.file.left] if whole else None,
    )
