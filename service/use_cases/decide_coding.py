"""Add one person's decision on one segment: the only way a coding comes into being."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from service import errors
from service.domain import codebook, coding, imported
from service.domain.codebook import Codebook, Dimension
from service.domain.coding import Codes, Decision, Shown
from service.domain.imported import ImportedCoding
from service.domain.people import Coder, Person
from service.domain.projects import Project
from service.store import decisions, imports, projects, suggestions
from service.store import engine as store
from service.store.documents import StoredSegment
from service.store.ids import new_id
from service.store.suggestions import StoredSuggestion
from service.use_cases import access
from service.use_cases.read_segments import coded_elsewhere


@dataclass(frozen=True)
class Choice:
    """What a person sends: codes by dimension, or a retraction; perhaps the suggestion they answer."""

    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    retract: bool = False
    adjudication: bool = False
    memo: str = ""
    suggestion_id: str | None = None


@dataclass(frozen=True)
class Request:
    """A choice on a segment, with the client's key for safe repeats."""

    segment_id: str
    choice: Choice
    idempotency_key: str | None = None

    @property
    def sha256(self) -> str:
        """The same for the same request, whatever the order of its parts."""
        choice = self.choice
        content = {
            "segment": self.segment_id,
            "codes": {name: sorted(codes) for name, codes in choice.codes.items()},
            "rest": [choice.retract, choice.adjudication, choice.memo, choice.suggestion_id],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def decide(engine: sa.Engine, who: tuple[Person, Coder], request: Request, now: float) -> dict[str, Any]:
    """Store a decision and return the contract's answer to it; what is returned is on disk.

    Raises:
        NotFound: the segment or the suggestion is unknown to this person.
        NotAllowed: the person may not decide, or not adjudicate.
        Unprocessable: a code, dimension or number of codes does not fit the codebook, or the segment has no words.
        Conflict: a suggestion of another segment, nothing to adjudicate, a key used for something else.
    """
    person, coder = who
    access.require(person.may_decide, "Deciding is for coders, adjudicators and researchers.")
    try:
        with store.writing(engine) as connection:
            return _decide(connection, person, coder, request, now)
    except sa.exc.DBAPIError as error:
        if "session has ended" in str(error.orig):
            raise errors.NotSignedIn("Your session has ended; sign in again.") from None
        if isinstance(error, sa.exc.IntegrityError):
            raise errors.Conflict("The same request is being carried out already.") from None
        raise


def _decide(connection: sa.Connection, person: Person, coder: Coder, request: Request, now: float) -> dict[str, Any]:
    segment, _, project = access.segment_of(connection, request.segment_id, person, lock=True)
    repeated = _first_answer(connection, person, request)
    if repeated is not None:
        return repeated
    book = projects.codebook_of(connection, project)
    past = decisions.of_segment(connection, segment.segment_id)
    choice = request.choice
    if not (segment.text.strip() or choice.retract):
        raise errors.Unprocessable("There are no words in this segment to code.")
    dimensions = book.applying(segment.speaker, segment.role)
    codes = _checked(book, dimensions, choice)
    if choice.adjudication:
        _check_adjudication(past, segment.needs, person, choice)
    given = suggestions.of_segments(connection, [segment.segment_id])
    elsewhere = imports.ever_of_segment(connection, segment.segment_id)
    decision = Decision(
        new_id(),
        segment.segment_id,
        coder,
        datetime.fromtimestamp(now, UTC),
        codes,
        choice.retract,
        choice.adjudication,
        choice.memo,
        book.version,
        shown_to(person, given, _answered(connection, segment, choice), now),
        _is_independent(project, segment, (past, elsewhere), person),
    )
    decisions.add(connection, decision)
    answer = _answer(decision, ([*past, decision], imported.counting(elsewhere)), segment, dimensions)
    if request.idempotency_key is not None:
        kept = (request.sha256, answer)
        decisions.keep_answer(connection, person.person_id, request.idempotency_key, kept, now)
    return answer


def _first_answer(connection: sa.Connection, person: Person, request: Request) -> dict[str, Any] | None:
    if request.idempotency_key is None:
        return None
    first = decisions.first_answer(connection, person.person_id, request.idempotency_key)
    if first is not None and first[0] != request.sha256:
        raise errors.Conflict("This Idempotency-Key was used for another request.")
    return None if first is None else first[1]


def _checked(book: Codebook, dimensions: Sequence[Dimension], choice: Choice) -> dict[str, Codes]:
    """Return the choice as sets, if it fits the codebook."""
    if choice.retract:
        if choice.codes:
            raise errors.Unprocessable("A retraction names no codes.")
        return {}
    applying = {dimension.id for dimension in dimensions}
    for name, codes in choice.codes.items():
        codebook.check_choice(book.dimension(name), codes)
        if codes and name not in applying:
            raise errors.Unprocessable(f"Dimension {name} does not apply to this segment's speaker.")
    named = {name: frozenset(codes) for name, codes in choice.codes.items() if name in applying}
    missing = [d.id for d in dimensions if d.required and d.id not in named]
    if missing and not choice.adjudication:
        raise errors.Unprocessable(f"Name every required dimension; missing: {', '.join(missing)}.")
    if choice.adjudication and not named:
        raise errors.Unprocessable("Name at least one dimension to settle, or retract.")
    return named


def _check_adjudication(past: Sequence[Decision], needs: int, person: Person, choice: Choice) -> None:
    access.require(person.may_adjudicate, "Settling differences is for adjudicators and researchers.")
    if not choice.retract and not coding.differing(past, needs):
        raise errors.Conflict("There is nothing to settle: the segment's coders do not differ, or are not complete.")


def _answered(connection: sa.Connection, segment: StoredSegment, choice: Choice) -> StoredSuggestion | None:
    if choice.suggestion_id is None:
        return None
    found = suggestions.find(connection, choice.suggestion_id)
    if found is None:
        raise errors.NotFound("There is no such suggestion.")
    if found.segment_id != segment.segment_id:
        raise errors.Conflict("This suggestion belongs to another segment.")
    return found


def shown_to(person: Person, given: Sequence[StoredSuggestion], answered: StoredSuggestion | None, now: float) -> Shown:
    """Say what the server knows a person had been shown of a segment, from all that was answered about it."""
    own = [s for s in given if s.shown and s.person_id == person.person_id]
    if answered is not None and answered in own:
        own = [answered]
    if own:
        return _shown(own[-1], now)
    if any(s.shown and s.token_id is not None for s in given):
        return Shown("unknown")
    return Shown("none")


def _shown(suggestion: StoredSuggestion, now: float) -> Shown:
    advice = suggestion.advice
    return Shown(
        "shown",
        suggestion.suggestion_id,
        suggestion.model_id,
        {name: found["suggested"] for name, found in advice.items()},
        {name: found["probabilities"] for name, found in advice.items()},
        max(0.0, now - suggestion.created_at),
    )


def _is_independent(
    project: Project,
    segment: StoredSegment,
    known: tuple[Sequence[Decision], Sequence[ImportedCoding]],
    person: Person,
) -> bool:
    """Say whether nobody's coding of the segment, be it decided or imported, nor advice could be seen by a person."""
    past, elsewhere = known
    if coding.could_have_seen_others(past, segment.needs, person.person_id):
        return False
    if imported.could_have_seen_imported(past, segment.needs, person.person_id, elsewhere):
        return False
    advised = project.settings.advice == "after_own_choice" and not segment.blind
    return not (advised and coding.has_decided_before(past, person.person_id))


def _answer(
    decision: Decision,
    known: tuple[Sequence[Decision], Sequence[ImportedCoding]],
    segment: StoredSegment,
    dimensions: Sequence[Dimension],
) -> dict[str, Any]:
    past, elsewhere = known
    person_id = decision.coder.person_id
    final = coding.final_codes(past, segment.needs, dimensions)
    waiting = coding.is_open(past, segment.needs, person_id)
    if waiting:
        final = dict.fromkeys(final)
    return {
        "decision_id": decision.decision_id,
        "segment_id": decision.segment_id,
        "person": decision.coder.name,
        "codes": coding.as_lists(decision.codes),
        "decided_at": decision.decided_at.isoformat(),
        "final": coding.as_lists(final),
        "imported": [asdict(found) for found in coded_elsewhere(elsewhere, person_id, waiting=waiting)],
    }
