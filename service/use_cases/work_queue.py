"""The segments that wait for a person: to be coded by them or, for adjudicators, to be settled."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from service.domain import coding
from service.domain.people import Person
from service.domain.projects import Project
from service.store import decisions, documents
from service.store import engine as store
from service.store.documents import Placed
from service.use_cases import access, paging, queue_order
from service.use_cases.order_queue import QueueOrders
from service.use_cases.paging import Page
from service.use_cases.queue_order import Key, Mark, Order

Kind = Literal["code", "adjudicate"]

_AT_ONCE = 200


@dataclass(frozen=True)
class Waiting:
    """A segment that waits, and for what."""

    placed: Placed
    kind: Kind
    #: What the queue is sorted by.
    key: Key


@dataclass(frozen=True)
class QueueItem:
    """A waiting segment as the queue shows it."""

    segment_id: str
    document_id: str
    position: int
    text: str
    kind: Kind


@dataclass(frozen=True)
class QueueRequest:
    """Which part of the queue: after a cursor, at most so many, perhaps of one document only."""

    cursor: str | None = None
    limit: int = 100
    document_id: str | None = None


def work_queue(
    engine: sa.Engine, orders: QueueOrders, project_name: str, person: Person, request: QueueRequest
) -> Page[QueueItem]:
    """Return a page of the person's queue, in the project's order; what is to be settled, by document and position.

    A list goes on in the order in which it was begun. A queue that is to be ordered anew by a model is waited for a
    moment, and else listed as it was ordered before.

    Raises:
        NotFound: there is no such project or document, or the person is not a member.
        Unprocessable: the cursor is none of ours, or its order is no longer kept.
    """
    mark = None if request.cursor is None else Mark.read(request.cursor)
    with store.reading(engine) as connection:
        project = access.project_of(connection, project_name, person)
    serving = orders.freshen(project) if mark is None else None
    with store.reading(engine) as connection:
        number = None
        if request.document_id is not None:
            number = access.document_of(connection, project, request.document_id).number
        if mark is None:
            order, after = queue_order.present(connection, project, serving), queue_order.START
        else:
            order, after = queue_order.as_begun(connection, project, mark), mark.key
        found = (
            item
            for item in waiting(connection, project, person, order, after)
            if number is None or item.placed.document_number == number
        )
        page = paging.page(found, request.limit, lambda item: Mark(order.model_id, item.key).cursor)
        return Page(_items(connection, project, page.items), page.next_cursor)


def waiting(
    connection: sa.Connection,
    project: Project,
    person: Person,
    order: Order = queue_order.TRANSCRIPT,
    after: Key = queue_order.START,
) -> Iterator[Waiting]:
    """Yield what waits for the person, in order; nothing here tells how others decided while it is open to them."""
    holders = decisions.holders(connection, project)
    keyed = _keyed((p for p in documents.placed(connection, project) if p.queued), order, holders, person)
    ahead = [pair for pair in keyed if pair[0] > after]
    for start in range(0, len(ahead), _AT_ONCE):
        chunk = ahead[start : start + _AT_ONCE]
        unsettled = _unsettled(connection, [p for _, p in chunk], holders) if person.may_adjudicate else set()
        for key, item in chunk:
            if is_open(item, holders, person):
                yield Waiting(item, "code", key)
            elif item.segment_id in unsettled:
                yield Waiting(item, "adjudicate", key)


def _keyed(
    placed: Iterable[Placed], order: Order, holders: dict[str, set[str]], person: Person
) -> list[tuple[Key, Placed]]:
    pairs = ((order.key(p, to_code=is_open(p, holders, person)), p) for p in placed)
    return sorted(pairs, key=lambda pair: pair[0])


def is_open(placed: Placed, holders: dict[str, set[str]], person: Person) -> bool:
    """Say the same as `coding.is_open`, from who holds codings."""
    holding = holders.get(placed.segment_id, set())
    return person.may_decide and person.person_id not in holding and len(holding) < placed.needs


def is_complete(placed: Placed, holders: dict[str, set[str]]) -> bool:
    """Say whether as many people as a segment needs hold a coding of it: then it is open to nobody."""
    return len(holders.get(placed.segment_id, ())) >= placed.needs


def _unsettled(connection: sa.Connection, chunk: list[Placed], holders: dict[str, set[str]]) -> set[str]:
    """Return the segments whose coders differ in a dimension that no adjudication settles."""
    full = {p.segment_id: p.needs for p in chunk if len(holders.get(p.segment_id, ())) >= max(2, p.needs)}
    past = decisions.of_segments(connection, full)
    return {
        segment_id
        for segment_id, needs in full.items()
        if set(coding.differing(past[segment_id], needs)) - set(coding.adjudicated(past[segment_id]))
    }


def _items(connection: sa.Connection, project: Project, found: tuple[Waiting, ...]) -> tuple[QueueItem, ...]:
    names = {document.number: document.document_id for document in documents.every(connection, project)}
    texts = documents.by_ids(connection, [item.placed.segment_id for item in found])
    return tuple(
        QueueItem(
            item.placed.segment_id,
            names[item.placed.document_number],
            item.placed.position,
            texts[item.placed.segment_id].text,
            item.kind,
        )
        for item in found
    )
