"""Say which model serves a codebook: a person does, and it is compared first with the one that serves now."""

import sqlalchemy as sa

from service.domain.people import Person
from service.store import engine as store
from service.suggest import comparison
from service.use_cases import access
from service.use_cases.serve_models import ModelShelf
from service.use_cases.show_models import manifest_of, require_project

_FOR = "Which model serves is for researchers and admins to decide."


def promote_model(engine: sa.Engine, shelf: ModelShelf, model_id: str, person: Person, reason: str) -> None:
    """Have a model serve its codebook, signed by a person.

    Raises:
        NotFound: there is no such model, or its codebook is that of none of the person's projects.
        NotAllowed: the person is neither researcher nor admin.
        BadBundle: the model is damaged, or can't suggest here.
        Conflict: it is current already.
        Unprocessable: no reason is given.
    """
    _require_signer(engine, manifest_of(shelf.registry, model_id).codebook_name, person)
    found = comparison.against_current(shelf.registry, model_id)
    shelf.prepare(model_id)
    shelf.registry.promote(model_id, person.name, reason, None if found is None else found.record())


def roll_back(engine: sa.Engine, shelf: ModelShelf, codebook_name: str, person: Person, reason: str) -> str:
    """Have the model serve a codebook again that did so before the current one; return its id.

    Raises:
        NotFound: none of the person's projects uses this codebook.
        NotAllowed: the person is neither researcher nor admin.
        NoModel: there is none to go back to.
        BadBundle: it is damaged, or can't suggest here.
        Unprocessable: no reason is given.
    """
    _require_signer(engine, codebook_name, person)
    shelf.prepare(shelf.registry.previous(codebook_name))
    return shelf.registry.rollback(codebook_name, person.name, reason)


def _require_signer(engine: sa.Engine, codebook_name: str, person: Person) -> None:
    if person.may_administer:
        return
    with store.reading(engine) as connection:
        require_project(connection, codebook_name, person)
    access.require(person.may_promote, _FOR)
