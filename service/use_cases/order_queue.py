"""Order a project's queue by what would teach the serving model most, beside the requests that ask for it.

A share of the segments is taken by lot instead (`projects.is_drawn`), evenly in between. The order is the same for all
coders. It depends on texts, lots and the model, never on how anybody decided a segment that waits: what the model has
learned from comes last.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotReady
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from service import errors
from service.domain import projects as rules
from service.domain.projects import Project
from service.domain.suggestion import Passage
from service.store import decisions, documents, projects, queue_places
from service.store import engine as store
from service.store.documents import Placed, StoredSegment
from service.suggest import teaching
from service.suggest.suggester import Suggester
from service.suggest.teaching import Doubts
from service.use_cases import queue_order
from service.use_cases.read_passages import read_passages
from service.use_cases.serve_models import ModelShelf

#: For so long from its beginning, requests wait for an order that is being made.
PATIENCE_SECONDS = 1.0
#: How long a project whose queue could not be ordered is let be.
_RETRY_SECONDS = 60.0
#: Read by the model at once, so that suggestions asked for meanwhile need not wait long.
_AT_ONCE = 128

_log = logging.getLogger("inkling")


@dataclass(frozen=True)
class _Making:
    """An order that is being made."""

    future: Future[None]
    since: float

    def wait(self, patience: float) -> None:
        """Wait for it, for so long from its beginning at most."""
        with suppress(NotReady):
            self.future.result(max(0.0, self.since + patience - time.monotonic()))


class QueueOrders:
    """Keeps the queues of projects in order as models change and transcripts come."""

    def __init__(
        self,
        engine: sa.Engine,
        shelf: ModelShelf,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._engine = engine
        self._shelf = shelf
        self._clock = clock
        self._patience = patience
        self._lock = threading.Lock()
        self._closed = threading.Event()
        #: By project id.
        self._making: dict[str, _Making] = {}
        self._failed: dict[str, float] = {}

    def freshen(self, project: Project) -> str | None:
        """Have a project's queue ordered where that is due, wait a moment, and return the model that serves, if any.

        Requests that come while it is being ordered find the order before.
        """
        if project.settings.order == "transcript":
            return None
        if self._is_due(project):
            self._begun(project).wait(self._patience)
        return self._serving(project)

    def close(self) -> None:
        """Leave what is being made, and wait until it is left."""
        self._closed.set()
        for making in list(self._making.values()):
            with suppress(Exception):
                making.future.result()

    def _serving(self, project: Project) -> str | None:
        with suppress(errors.InklingError):  # a damaged registry stands in the way of suggestions only
            return self._shelf.registry.current(project.codebook_name)
        return None

    def _is_due(self, project: Project) -> bool:
        failed = self._failed.get(project.project_id)
        if failed is not None and time.monotonic() - failed < _RETRY_SECONDS:
            return False
        with store.reading(self._engine) as connection:
            return bool(_without_place(connection, project, self._serving(project) or ""))

    def _begun(self, project: Project) -> _Making:
        """Have an order made in a thread of its own, once however many ask."""
        with self._lock:
            found = self._making.get(project.project_id)
            if found is None:
                found = self._making[project.project_id] = _Making(Future(), time.monotonic())
                threading.Thread(target=self._make, args=(project, found.future), name="order", daemon=True).start()
            return found

    def _make(self, project: Project, promised: Future[None]) -> None:
        try:
            order_queue(self._engine, self._shelf, project, self._clock(), self._closed.is_set)
            self._failed.pop(project.project_id, None)
        except Exception as error:
            self._failed[project.project_id] = time.monotonic()
            why = error if isinstance(error, errors.InklingError) else type(error).__name__
            _log.error("A queue could not be ordered, and goes on as it was: %s", why)
        finally:
            with self._lock:
                self._making.pop(project.project_id, None)
            promised.set_result(None)


def order_queue(
    engine: sa.Engine, shelf: ModelShelf, project: Project, now: float, stopped: Callable[[], bool] = lambda: False
) -> None:
    """Give a place to each segment that waits for anyone and has none from the serving model yet.

    Segments that come later are ordered among themselves and then stand between the others, whose places stay.

    Args:
        engine: the store.
        shelf: the models.
        project: whose queue.
        now: seconds since 1970.
        stopped: says whether to leave it.

    Raises:
        BadBundle, BadEncoder: there is no model that can be used.
    """
    with store.reading(engine) as connection:
        book = projects.codebook_of(connection, project)
    suggester = shelf.current(book)
    with store.reading(engine) as connection:
        found = _read(connection, project, suggester.model_id)
    places = _places(found.by_lot)
    doubts: list[Doubts] = []
    for start in range(0, len(found.passages), _AT_ONCE):
        if stopped():
            return
        doubts.append(suggester.doubts(found.passages[start : start + _AT_ONCE], book))
    if doubts:
        places |= _places(_by_doubt(suggester, found.segments, Doubts.joined(doubts)))
    with store.writing(engine) as connection:
        store.take_turns(connection, [f"order {project.project_id}"])
        due = {placed.segment_id for placed in _without_place(connection, project, suggester.model_id)}
        put = {segment_id: place for segment_id, place in places.items() if segment_id in due}
        queue_places.put(connection, project, suggester.model_id, put, now)


@dataclass(frozen=True)
class _Found:
    """Segments without a place: those taken by lot, in order, and the others as a model reads them."""

    by_lot: Sequence[str]
    segments: Sequence[StoredSegment]
    passages: Sequence[Passage]


def _read(connection: sa.Connection, project: Project, model_id: str) -> _Found:
    names = {document.number: document.document_id for document in documents.every(connection, project)}
    due = {placed.segment_id for placed in _without_place(connection, project, model_id)}
    lots: list[tuple[float, str]] = []
    others: list[StoredSegment] = []
    for segment in documents.all_segments(connection, project) if due else ():
        document_id = names[segment.document_number]
        if segment.segment_id not in due:
            continue
        if queue_order.by_lot(project, document_id, segment):
            lots.append((rules.lot(project, document_id, segment.position), segment.segment_id))
        else:
            others.append(segment)
    passages = read_passages(connection, others, [""] * len(others))
    return _Found([segment_id for _, segment_id in sorted(lots)], others, passages)


def _without_place(connection: sa.Connection, project: Project, model_id: str) -> list[Placed]:
    """Return the segments that wait for anyone and to which the model has given no place."""
    holders = decisions.holders(connection, project)
    known = queue_places.of_model(connection, project, model_id)
    return [
        placed
        for placed in documents.placed(connection, project)
        if placed.queued and len(holders.get(placed.segment_id, ())) < placed.needs and placed.segment_id not in known
    ]


def _by_doubt(suggester: Suggester, segments: Sequence[StoredSegment], doubts: Doubts) -> list[str]:
    """Return the segments' ids, those first that would teach most."""
    bundle = suggester.bundle
    learned = [s.segment_id in bundle.trained_segments or bundle.trained_on(s.text) for s in segments]
    known = np.array(learned, dtype=np.bool_)
    pooled = teaching.pooled(np.where(known[:, None], np.nan, doubts.by_dimension))
    return [segments[row].segment_id for row in teaching.order(pooled, doubts.vectors)]


def _places(ordered: Sequence[str]) -> dict[str, float]:
    """Return places from 0 to 1, evenly apart: groups of any size then stand evenly mixed."""
    return {segment_id: (row + 0.5) / len(ordered) for row, segment_id in enumerate(ordered)}
