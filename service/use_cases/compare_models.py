"""Show who is to say which model serves how it compares with the one that serves now."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from service import errors
from service.domain.codebook import Codebook
from service.domain.people import Person
from service.store import engine as store
from service.store import projects
from service.suggest import comparison
from service.suggest.comparison import Comparison, Pair, Verdict
from service.suggest.registry import Registry
from service.use_cases import access
from service.use_cases.show_models import WAITING, Viewer, manifest_of, viewer_of


@dataclass(frozen=True)
class ComparedDimension:
    """Two models on one dimension, on the segments that both judged without having seen their participants."""

    dimension: str
    label: str
    verdict: Verdict
    #: Why it can't be told, or what else the verdict should not hide; else empty.
    reason: str
    #: None of them where the models judged nobody in common.
    segments: int
    participants: int
    macro_f1: Pair | None
    kappa: Pair | None


@dataclass(frozen=True)
class ModelComparison:
    """A model beside the one that serves its codebook."""

    model_id: str
    #: None where no other model serves.
    current: str | None
    dimensions: tuple[ComparedDimension, ...] | None
    #: Why there are no dimensions, in words.
    without: str | None


def compare_with_current(
    engine: sa.Engine, registry: Registry, project_name: str, model_id: str, person: Person
) -> ModelComparison:
    """Return how a model of a project's codebook compares with the one that serves it.

    Raises:
        NotFound: there is no such project or model, the person is not a member, or the model is of another codebook.
        NotAllowed: the person may not promote.
        BadBundle: the model is damaged.
    """
    with store.reading(engine) as connection:
        project = access.project_of(connection, project_name, person)
        access.require(person.may_promote, "Comparing models is for those who may promote them.")
        book = projects.codebook_of(connection, project)
        viewer = viewer_of(connection, book.name, person)
    if manifest_of(registry, model_id).codebook_name != book.name:
        raise errors.NotFound("There is no such model of this project's codebook.")
    found = comparison.against_current(registry, model_id)
    if found is None:
        return ModelComparison(model_id, None, None, "No other model serves this codebook.")
    if _must_wait(registry, viewer, model_id, found.current):
        return ModelComparison(model_id, found.current, None, WAITING)
    return ModelComparison(model_id, found.current, tuple(_dimensions(found, book)), None)


def _must_wait(registry: Registry, viewer: Viewer, model_id: str, current: str) -> bool:
    if viewer.must_wait(registry.root / model_id):
        return True
    try:
        return viewer.must_wait(registry.root / current)
    except errors.BadBundle:
        return False  # nothing but that it can't be read is told of it


def _dimensions(found: Comparison, book: Codebook) -> Iterator[ComparedDimension]:
    labels = {dimension.id: dimension.label for dimension in book.dimensions}
    for name, part in found.dimensions.items():
        yield ComparedDimension(
            name,
            labels.get(name, name),
            part.verdict,
            part.reason,
            part.segments,
            part.groups,
            part.measures.get("macro_f1"),
            part.measures.get("kappa"),
        )
