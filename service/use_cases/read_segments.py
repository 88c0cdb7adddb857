"""Show segments to a person: their own coding always, everyone else's only once the segment waits for them no more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from service.domain import coding, imported
from service.domain.codebook import Codebook
from service.domain.coding import Decision
from service.domain.imported import ImportedCoding
from service.domain.people import Person
from service.store import decisions, imports, projects
from service.store import engine as store
from service.store.documents import StoredDocument, StoredSegment
from service.use_cases import access


@dataclass(frozen=True)
class Coding:
    """One person's coding or adjudication that stands now."""

    person: str
    codes: Mapping[str, Sequence[str]]
    memo: str
    adjudication: bool
    decided_at: str
    advice: str = "none"
    retracted: bool = False


@dataclass(frozen=True)
class CodedElsewhere:
    """What someone gave to a segment outside of Inkling, in one dimension; no decision, and final to nobody."""

    #: "" where the file names nobody.
    coder: str
    #: Whether it is the reader's own.
    own: bool
    dimension: str
    codes: Sequence[str]
    tool: str


@dataclass(frozen=True)
class SegmentView:
    """A segment as one person may see it."""

    segment_id: str
    document_id: str
    position: int
    start: int
    end: int
    text: str
    speaker: str
    role: str
    dimensions: Sequence[str]
    needs: int
    #: Whether it waits for this person.
    open: bool
    own: Coding | None
    own_adjudication: Coding | None
    decided_by_others: bool
    codings: Sequence[Coding]
    final: Mapping[str, Sequence[str] | None] = field(default_factory=dict)
    differs: Sequence[str] = ()
    imported: Sequence[CodedElsewhere] = ()


def read_segment(engine: sa.Engine, segment_id: str, person: Person) -> SegmentView:
    """Return one segment.

    Raises:
        NotFound: there is none, or the person is not a member of its project.
    """
    with store.reading(engine) as connection:
        segment, document, project = access.segment_of(connection, segment_id, person)
        book = projects.codebook_of(connection, project)
        known = Known(decisions.of_segment(connection, segment_id), imports.of_segment(connection, segment_id))
    return view(segment, document, book, known, person)


@dataclass(frozen=True)
class Known:
    """What is known of a segment: the decisions on it, and what was coded elsewhere."""

    past: Sequence[Decision] = ()
    elsewhere: Sequence[ImportedCoding] = ()


def view(segment: StoredSegment, document: StoredDocument, book: Codebook, known: Known, person: Person) -> SegmentView:
    """Return what the person may see of a segment; while it is open to them, nothing of what others gave to it."""
    past = known.past
    applying = book.applying(segment.speaker, segment.role)
    waiting = person.may_decide and coding.is_open(past, segment.needs, person.person_id)
    final = coding.final_codes(past, segment.needs, applying)
    return SegmentView(
        segment.segment_id,
        document.document_id,
        segment.position,
        segment.start,
        segment.end,
        segment.text,
        segment.speaker,
        segment.role,
        [dimension.id for dimension in applying],
        segment.needs,
        waiting,
        _own(past, person),
        _adjudication(past, person),
        any(d.coder.person_id != person.person_id for d in past),
        [] if waiting else [_coding(d) for d in _standing(past)],
        coding.as_lists(dict.fromkeys(final) if waiting else final),
        [] if waiting else list(coding.differing(past, segment.needs)),
        coded_elsewhere(known.elsewhere, person.person_id, waiting=waiting),
    )


def coded_elsewhere(given: Iterable[ImportedCoding], person_id: str, *, waiting: bool) -> list[CodedElsewhere]:
    """Return what a person may see of what was given to a segment outside of Inkling; `waiting`: it is open to them."""
    seen = imported.visible(given, person_id, waiting=waiting)
    return [
        CodedElsewhere(i.coder or i.stated, i.person_id == person_id, i.dimension, sorted(i.codes), i.tool)
        for i in seen
    ]


def _own(past: Sequence[Decision], person: Person) -> Coding | None:
    found = coding.standing(past).get(person.person_id)
    return None if found is None else _coding(found)


def _adjudication(past: Sequence[Decision], person: Person) -> Coding | None:
    own = [d for d in past if d.adjudication and d.coder.person_id == person.person_id]
    return None if not own or own[-1].retract else _coding(own[-1])


def _standing(past: Sequence[Decision]) -> list[Decision]:
    """Return the codings and adjudications that stand, in the order in which they were made."""
    latest = {(d.coder.person_id, d.adjudication): d for d in past}
    standing = {d.decision_id for d in latest.values() if not d.retract}
    return [d for d in past if d.decision_id in standing]


def _coding(decision: Decision) -> Coding:
    codes: dict[str, Any] = coding.as_lists(decision.codes)
    return Coding(
        decision.coder.name,
        codes,
        decision.memo,
        decision.adjudication,
        decision.decided_at.isoformat(),
        decision.shown.advice,
    )
