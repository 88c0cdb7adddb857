"""People and their roles; for admins."""

from typing import Any

from fastapi import APIRouter

from service.api import listing, problems
from service.api.deps import PersonDep, StateDep
from service.api.listing import Listing
from service.api.schemas import AccountOut, NewPerson, PersonOut
from service.use_cases import access, manage_people

_ADMINS = "People are the admins' business."


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/people", tags=["people"])

    @routes.get("", response_model=Listing[AccountOut], responses=problems.documented())
    def get_people(state: StateDep, person: PersonDep) -> dict[str, Any]:
        """List everybody, by name."""
        access.require(person.may_administer, _ADMINS)
        found = manage_people.list_people(state.engine)
        return listing.whole({"name": p.name, "role": p.role, "disabled": p.disabled} for p in found)

    @routes.post("", status_code=201, response_model=PersonOut, responses=problems.documented(409, 507))
    def post_person(body: NewPerson, state: StateDep, person: PersonDep) -> dict[str, Any]:
        """Add a person."""
        access.require(person.may_administer, _ADMINS)
        with state.passwords:
            added = manage_people.add_person(state.engine, body.name, body.role, body.password, state.clock())
        return {"name": added.name, "role": added.role}

    return routes
