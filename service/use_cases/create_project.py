"""Create a project on a codebook, name its members, and say in which order its queue is offered."""

import sqlalchemy as sa

from service import errors
from service.domain.codebook import Codebook
from service.domain.people import Person
from service.domain.projects import ADVICE_POLICIES, QUEUE_ORDERS, Project, ProjectSettings, QueueOrder
from service.store import engine as store
from service.store import people, projects
from service.use_cases import access


def create_project(engine: sa.Engine, name: str, book: Codebook, settings: ProjectSettings, now: float) -> Project:
    """Store a project and its codebook.

    Raises:
        Unprocessable: the name or a setting is not usable.
        Conflict: the name is taken, or another codebook has this name and version.
    """
    _check(name, settings)
    with store.writing(engine) as connection:
        codebook_id = projects.add_codebook(connection, book, now)
        projects.add(connection, name, codebook_id, settings, now)
        found = projects.find(connection, name)
    if found is None:
        raise errors.NotFound
    return found


def _check(name: str, settings: ProjectSettings) -> None:
    # "." and ".." are steps in an address: no browser asks for them
    unusable = name in ("", ".", "..") or "/" in name
    if unusable or name != name.strip() or len(name) > 100 or not name.isprintable():
        raise errors.Unprocessable("A project's name has 1 to 100 printable characters, without '/'; not '.' or '..'.")
    if not 1 <= settings.coders_required <= 100:
        raise errors.Unprocessable("A project asks for 1 to 100 coders per segment.")
    if not (0 <= settings.double_share <= 1 and 0 <= settings.blind_share <= 1):
        raise errors.Unprocessable("The double share and the blind share lie between 0 and 1.")
    if settings.advice not in ADVICE_POLICIES:
        raise errors.Unprocessable(f"Advice is given {', '.join(ADVICE_POLICIES)}.")
    _check_order(settings.order)


def _check_order(order: str) -> None:
    if order not in QUEUE_ORDERS:
        raise errors.Unprocessable(f"A queue's order is {' or '.join(QUEUE_ORDERS)}.")


def change_order(engine: sa.Engine, project_name: str, order: QueueOrder) -> None:
    """Say in which order a project's queue offers its segments from now on.

    Raises:
        NotFound: there is no such project.
        Unprocessable: there is no such order.
    """
    _check_order(order)
    with store.writing(engine) as connection:
        projects.set_order(connection, access.named(connection, project_name), order)


def add_member(engine: sa.Engine, project_name: str, person_name: str) -> None:
    """Make a person a member of a project.

    Raises:
        NotFound: there is no such project or person.
        Unprocessable: the person is an admin, who has no part in coding.
    """
    with store.writing(engine) as connection:
        project, person = access.named(connection, project_name), people.find(connection, person_name)
        if person is None:
            raise errors.NotFound(f"There is no person {person_name}.")
        _join(connection, project, person)


def _join(connection: sa.Connection, project: Project, person: Person) -> None:
    if not person.may_decide:
        raise errors.Unprocessable("Admins and disabled people can't be members of a project.")
    projects.add_member(connection, project, person)
