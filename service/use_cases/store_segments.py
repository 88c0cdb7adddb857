"""Find the stored segments that a request speaks of, and store those that are new."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service import errors
from service.domain import projects as rules
from service.domain.projects import ADHOC, Project
from service.domain.transcript import Role, Segment
from service.store import documents
from service.store.documents import NewSegment, StoredDocument, StoredSegment

LAST_POSITION = 2**31 - 1


@dataclass(frozen=True)
class AskedSegment:
    """A segment as a client sends it; without a document it stands alone."""

    text: str
    document_id: str | None = None
    position: int | None = None
    speaker: str = ""
    context: str = ""
    #: Whether it goes into the queue; None: only if it belongs to a document. Without any words it never does.
    queue: bool | None = None

    @property
    def document(self) -> str:
        """The document it is kept under."""
        return ADHOC if self.document_id is None else self.document_id

    @property
    def queued(self) -> bool:
        """Whether it goes into the queue."""
        wanted = self.document != ADHOC if self.queue is None else self.queue
        return wanted and bool(self.text.strip())


def store_segments(
    connection: sa.Connection, project: Project, asked: Sequence[AskedSegment], now: float
) -> list[StoredSegment]:
    """Return the stored segment of each asked one, in order; either all new ones are stored or none.

    Raises:
        Conflict: other text at the same place, or new text for an imported transcript.
    """
    names = list(dict.fromkeys(item.document for item in asked))
    plans = {name: _plan(connection, project, name, [a for a in asked if a.document == name]) for name in names}
    placed = {name: _carry_out(connection, project, name, plans[name], now) for name in names}
    taken = dict.fromkeys(names, 0)
    out = []
    for item in asked:
        out.append(placed[item.document][taken[item.document]])
        taken[item.document] += 1
    late = [s.segment_id for a, s in zip(asked, out, strict=True) if a.queue and a.queued and not s.queued]
    documents.put_in_queue(connection, late)
    return out


@dataclass(frozen=True)
class _Plan:
    """Where each asked segment of one document goes, and which of these places are new."""

    document: StoredDocument | None
    positions: tuple[int, ...]
    known: dict[int, StoredSegment]
    new: dict[int, AskedSegment]


def _plan(connection: sa.Connection, project: Project, name: str, asked: Sequence[AskedSegment]) -> _Plan:
    document = documents.find(connection, project, name)
    given = {item.position for item in asked if item.position is not None}
    known, by_text, last = {}, {}, -1
    if document is not None:
        known = documents.at_positions(connection, document, given)
        found = documents.with_text(connection, document, [a.text for a in asked if a.position is None])
        by_text = {text: segment.position for text, segment in found.items()}
        known |= {segment.position: segment for segment in found.values()}
        last = documents.last_position(connection, document)
    plan = _Plan(document, _places(asked, by_text, given, last), known, {})
    for item, position in zip(asked, plan.positions, strict=True):
        _place(plan, item, position)
    return plan


def _places(
    asked: Sequence[AskedSegment], by_text: dict[str, int], given: Collection[int], last: int
) -> tuple[int, ...]:
    """Return a position for each: the given one, that of the same text, or the next free one."""
    texts = dict(by_text)
    following = max([last, *given], default=-1) + 1
    out = []
    for item in asked:
        position = texts.get(item.text) if item.position is None else item.position
        if position is None:
            position, following = following, following + 1
        texts.setdefault(item.text, position)
        out.append(position)
    return tuple(out)


def _place(plan: _Plan, item: AskedSegment, position: int) -> None:
    there = plan.known.get(position) or plan.new.get(position)
    if there is not None:
        if there.text != item.text:
            raise errors.Conflict(f"Position {position} of this document holds other text.")
        return
    if plan.document is not None and plan.document.imported:
        raise errors.Conflict("An imported transcript can't be added to; send its segments' own text.")
    if position > LAST_POSITION:
        raise errors.Conflict("The document has no free position left.")
    plan.new[position] = item


def _carry_out(connection: sa.Connection, project: Project, name: str, plan: _Plan, now: float) -> list[StoredSegment]:
    if plan.new:
        document = plan.document or documents.add(connection, project, name, None, now)
        new = [
            new_segment(project, name, _segment(item, place), item.context, queued=item.queued)
            for place, item in plan.new.items()
        ]
        documents.add_segments(connection, document, new)
        plan.known.update(documents.at_positions(connection, document, plan.new))
    return [plan.known[position] for position in plan.positions]


def _segment(item: AskedSegment, position: int) -> Segment:
    return Segment(position, 0, len(item.text), item.text, item.speaker, _role(item.speaker))


def _role(speaker: str) -> Role:
    """A program may name the role in the speaker's place."""
    if speaker == "interviewer":
        return "interviewer"
    return "participant" if speaker == "participant" else ""


def new_segment(project: Project, document_id: str, segment: Segment, context: str, *, queued: bool) -> NewSegment:
    """Return a segment to store, with what is drawn for it once and for all; one without words needs nobody."""
    return NewSegment(
        segment,
        context,
        rules.needs(project, document_id, segment.position) if segment.text.strip() else 0,
        rules.is_blind(project, document_id, segment.position),
        queued,
    )
