"""In which order a queue offers its segments, and the cursors that say how far a list of it has come."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from service import errors
from service.domain import projects as rules
from service.domain.projects import Project
from service.store import queue_places
from service.store.documents import Placed, StoredSegment
from service.use_cases import paging

#: What a queue is sorted by: the place in the order, then document and position.
Key = tuple[float, int, int]

START: Key = (-2.0, -1, -1)

_MODEL_ID = re.compile("[0-9a-z-]*")

#: What was drawn by lot from an archive comes first, by its lot, in any order: any beginning of it is a fair sample.
_SAMPLE = -1.0
#: Segments that have no place yet stand behind those that have one; what is to be settled comes last.
_NO_PLACE, _TO_SETTLE = 2.0, 3.0


@dataclass(frozen=True)
class Order:
    """An order of a project's queue: as the transcripts have it, or by the places that a model gives."""

    #: "" in transcript order.
    model_id: str = ""
    #: By segment id, from 0, first, to 1.
    places: Mapping[str, float] = field(default_factory=dict)

    def key(self, placed: Placed, *, to_code: bool) -> Key:
        """Return what a segment is sorted by; what is to be settled keeps to the transcripts in any order."""
        if placed.lot is not None and to_code:
            return (_SAMPLE + placed.lot, *placed.place)
        if not self.model_id:
            return (0.0, *placed.place)
        return (self.places.get(placed.segment_id, _NO_PLACE) if to_code else _TO_SETTLE, *placed.place)


TRANSCRIPT = Order()


@dataclass(frozen=True)
class Mark:
    """How far a list of a queue has come, and in which order it was begun."""

    model_id: str = ""
    key: Key = START

    @classmethod
    def read(cls, cursor: str) -> "Mark":
        """Return what a cursor says; raise `Unprocessable` where it is none of ours."""
        try:
            place, number, position, model_id = paging.decoded(cursor).split(" ")
            if not _MODEL_ID.fullmatch(model_id):
                raise ValueError
            return cls(model_id, (float(place), int(number), int(position)))
        except ValueError:
            raise errors.Unprocessable(paging.UNKNOWN) from None

    @property
    def cursor(self) -> str:
        """The cursor for what follows."""
        place, number, position = self.key
        return paging.encoded(f"{place!r} {number} {position} {self.model_id}")


def was_taught(connection: sa.Connection, project: Project) -> bool:
    """Say whether the project's queue was ever ordered by what would teach a model."""
    return bool(queue_places.models(connection, project))


def by_lot(project: Project, document_id: str, segment: StoredSegment) -> bool:
    """Say whether the teaching order takes a segment by lot, as it does the whole blind share."""
    return segment.blind or rules.is_drawn(project, document_id, segment.position)


def present(connection: sa.Connection, project: Project, serving: str | None) -> Order:
    """Return the order in which the project's queue is offered now.

    Args:
        connection: a view of the store.
        project: whose queue.
        serving: the model that serves; until it has ordered the queue, the order of the model before stands.
    """
    if project.settings.order == "transcript":
        return TRANSCRIPT
    kept = queue_places.models(connection, project)
    if not kept:
        return TRANSCRIPT
    return _of(connection, project, serving if serving in kept else kept[0])


def as_begun(connection: sa.Connection, project: Project, mark: Mark) -> Order:
    """Return the order in which a list was begun, so that it misses and repeats nothing.

    Raises:
        Unprocessable: that order is no longer kept.
    """
    if not mark.model_id:
        return TRANSCRIPT
    found = _of(connection, project, mark.model_id)
    if not found.places:
        raise errors.Unprocessable("The queue has been ordered anew since this cursor was given; start without one.")
    return found


def _of(connection: sa.Connection, project: Project, model_id: str | None) -> Order:
    return Order(model_id, queue_places.of_model(connection, project, model_id)) if model_id else TRANSCRIPT
