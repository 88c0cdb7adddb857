"""What a caller may have of a model's advice: nothing that is withheld from them or would tell of others."""

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service.domain import coding, suggestion
from service.domain.coding import Decision
from service.domain.people import Person, Program
from service.domain.projects import Project
from service.domain.suggestion import Evidence, Reason, Suggestion
from service.store import decisions, documents, projects
from service.store.documents import StoredSegment
from service.suggest.bundle import Bundle


@dataclass(frozen=True)
class Asker:
    """Who asks, in which project, and which projects' excerpts they may read."""

    caller: Person | Program
    project: Project
    members: Sequence[Person]
    readable: Collection[str]


def held_back(
    asker: Asker, bundle: Bundle, segment: StoredSegment, past: Sequence[Decision], said: Suggestion
) -> Suggestion:
    """Replace advice that the caller must not have, and take out of evidence what they may not read.

    Args:
        asker: who asks.
        bundle: the model that said it.
        segment: of which it was said.
        past: the decisions on the segment.
        said: what the model says.
    """
    reason = _silence(asker, bundle, segment, past)
    if reason is not None:
        return Suggestion(said.model_id, tuple(suggestion.silent(a.dimension, reason) for a in said.dimensions))
    return _with_evidence(said, lambda evidence: _redacted(asker, evidence))


def _silence(asker: Asker, bundle: Bundle, segment: StoredSegment, past: Sequence[Decision]) -> Reason | None:
    waiting = _waits_for(asker.caller, asker.members, segment, past)
    policy = asker.project.settings.advice
    if segment.blind or policy == "never":
        return "withheld"
    if policy == "after_own_choice" and not _has_chosen(asker.caller, past, waiting=waiting):
        return "withheld"
    if waiting and (segment.segment_id in bundle.trained_segments or bundle.trained_on(segment.text)):
        return "in_training_data"
    return None


def _waits_for(
    caller: Person | Program, members: Sequence[Person], segment: StoredSegment, past: Sequence[Decision]
) -> bool:
    """Say whether the segment is open to the person who asks; for a program, to any of its project's members.

    Where nobody is a member yet, a program's segment is open to whoever comes.
    """
    if isinstance(caller, Program) and not any(member.may_decide for member in members):
        return len(coding.standing(past)) < segment.needs
    people = [m for m in members if m.may_decide and (isinstance(caller, Program) or m.person_id == caller.person_id)]
    return any(coding.is_open(past, segment.needs, person.person_id) for person in people)


def _has_chosen(caller: Person | Program, past: Sequence[Decision], *, waiting: bool) -> bool:
    return caller.person_id in coding.standing(past) if isinstance(caller, Person) else not waiting


def _redacted(asker: Asker, evidence: Evidence) -> Evidence | None:
    """Take out of an excerpt what the caller may not read: "" stands for what is withheld."""
    if isinstance(asker.caller, Program):
        return dataclasses.replace(evidence, text="")
    if evidence.project and evidence.project not in asker.readable:
        return dataclasses.replace(evidence, text="", document_id="")
    return evidence


def _with_evidence(said: Suggestion, change: Callable[[Evidence], Evidence | None]) -> Suggestion:
    """Change or, where that gives None, leave out each excerpt."""
    if not any(advice.evidence for advice in said.dimensions):
        return said
    changed = (
        dataclasses.replace(advice, evidence=tuple(found for e in advice.evidence if (found := change(e)) is not None))
        for advice in said.dimensions
    )
    return Suggestion(said.model_id, tuple(changed))


class OpenSegments:
    """The cited segments as they stand now, to leave out those that are open to a caller.

    What was decided on one of them must not reach somebody for whom it is open.
    """

    def __init__(self, connection: sa.Connection, said: Iterable[Suggestion]) -> None:
        cited = {e.segment_id for s in said for a in s.dimensions for e in a.evidence if e.segment_id}
        self._segments = documents.by_ids(connection, cited) if cited else {}
        self._past = decisions.of_segments(connection, self._segments) if cited else {}
        self._members = self._read_members(connection)

    def _read_members(self, connection: sa.Connection) -> Mapping[int, Sequence[Person]]:
        """Return who works on each cited document."""
        owners = documents.by_numbers(connection, {s.document_number for s in self._segments.values()})
        members = {
            project_id: projects.members(connection, projects.by_id(connection, project_id))
            for project_id in {document.project_id for document in owners.values()}
        }
        return {number: members[document.project_id] for number, document in owners.items()}

    def without(self, caller: Person | Program, said: Suggestion) -> Suggestion:
        """Return a suggestion without evidence from segments that are open to the caller."""
        if not self._segments:
            return said
        return _with_evidence(said, lambda e: None if self._is_open(caller, e.segment_id) else e)

    def _is_open(self, caller: Person | Program, segment_id: str) -> bool:
        segment = self._segments.get(segment_id)
        if segment is None:
            return False
        members = self._members[segment.document_number]
        return _waits_for(caller, members, segment, self._past.get(segment_id, []))
