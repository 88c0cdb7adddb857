"""Suggest codes for segments that people or programs ask about, and remember what each was shown.

Many requests are carried out together, so that they share the encoder's batch and the commits.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service import errors
from service.domain import coding, suggestion
from service.domain.codebook import Codebook
from service.domain.coding import Decision
from service.domain.people import Person, Program
from service.domain.projects import ADHOC, Project
from service.domain.suggestion import Advice, Evidence, Passage, Reason, Suggestion
from service.store import decisions, documents, projects, suggestions
from service.store import engine as store
from service.store.documents import StoredDocument, StoredSegment
from service.suggest.suggester import Suggester
from service.use_cases import access
from service.use_cases.serve_models import ModelShelf
from service.use_cases.store_segments import AskedSegment, store_segments

#: From so many segments of one document on, its neighbours are read at once.
_READ_WHOLE = 4


@dataclass(frozen=True)
class Ask:
    """One caller's question about some segments of one project."""

    project: str
    caller: Person | Program
    segments: tuple[AskedSegment, ...]


@dataclass(frozen=True)
class Answered:
    """What one caller is told about one segment; evidence holds only what they may read."""

    suggestion_id: str
    segment_id: str
    suggestion: Suggestion


@dataclass(frozen=True)
class _Question:
    """An ask with everything known that the answer depends on."""

    ask: Ask
    project: Project
    codebook: Codebook
    suggester: Suggester
    segments: tuple[StoredSegment, ...]
    passages: tuple[Passage, ...]
    past: Mapping[str, list[Decision]]
    members: tuple[Person, ...]
    #: The projects whose excerpts the caller may read.
    readable: frozenset[str]


def suggest(engine: sa.Engine, shelf: ModelShelf, ask: Ask, now: float) -> list[Answered]:
    """Answer one ask; raise what stands in its way."""
    (answer,) = suggest_many(engine, shelf, [ask], now)
    if isinstance(answer, errors.InklingError):
        raise answer
    return answer


def suggest_many(
    engine: sa.Engine, shelf: ModelShelf, asks: Sequence[Ask], now: float
) -> list[list[Answered] | errors.InklingError]:
    """Answer several asks together, each by itself: one that is refused gets its error and stores nothing."""
    with store.writing(engine) as connection:
        store.take_turns(connection, [f"segments of {ask.project}" for ask in asks])
        stored = [_stored(connection, ask, now) for ask in asks]
    with store.reading(engine) as connection:
        questions = [
            found if isinstance(found, errors.InklingError) else _question(connection, shelf, ask, found)
            for ask, found in zip(asks, stored, strict=True)
        ]
    good = [q for q in questions if isinstance(q, _Question)]
    advised = _advise(good)
    with store.writing(engine) as connection:
        answered = {
            id(q): found if isinstance(found, errors.InklingError) else _answer(connection, q, found, now)
            for q, found in zip(good, advised, strict=True)
        }
    return [q if isinstance(q, errors.InklingError) else answered[id(q)] for q in questions]


def _stored(connection: sa.Connection, ask: Ask, now: float) -> list[StoredSegment] | errors.InklingError:
    try:
        project = access.project_of(connection, ask.project, ask.caller)
        return store_segments(connection, project, ask.segments, now)
    except errors.InklingError as error:
        return error


def _question(
    connection: sa.Connection, shelf: ModelShelf, ask: Ask, segments: Sequence[StoredSegment]
) -> "_Question | errors.InklingError":
    try:
        project = access.project_of(connection, ask.project, ask.caller)
        book = projects.codebook_of(connection, project)
        return _Question(
            ask,
            project,
            book,
            shelf.current(book),
            tuple(segments),
            tuple(_passages(connection, ask, segments)),
            decisions.of_segments(connection, [s.segment_id for s in segments]),
            projects.members(connection, project),
            _readable(connection, ask.caller),
        )
    except errors.InklingError as error:
        return error


def _readable(connection: sa.Connection, caller: Person | Program) -> frozenset[str]:
    return projects.names_of(connection, caller.person_id) if isinstance(caller, Person) else frozenset()


def _passages(connection: sa.Connection, ask: Ask, segments: Sequence[StoredSegment]) -> list[Passage]:
    numbers = {segment.document_number for segment in segments}
    owners = {number: documents.by_number(connection, number) for number in numbers}
    many = len(segments) > _READ_WHOLE
    around = {
        number: _neighbours(connection, owner) if many else {}
        for number, owner in owners.items()
        if owner.document_id != ADHOC
    }
    return [
        passage_of(connection, owners[segment.document_number], segment, asked.context, around)
        for asked, segment in zip(ask.segments, segments, strict=True)
    ]


def _neighbours(connection: sa.Connection, document: StoredDocument) -> dict[str, tuple[str, str]]:
    found = documents.segments(connection, document)
    texts = ["", *(segment.text for segment in found), ""]
    return {segment.segment_id: (texts[i], texts[i + 2]) for i, segment in enumerate(found)}


def passage_of(
    connection: sa.Connection,
    document: StoredDocument,
    segment: StoredSegment,
    context: str,
    around: Mapping[int, Mapping[str, tuple[str, str]]],
) -> Passage:
    """Return a segment as a model reads it: with its stored neighbours, unless it stands alone."""
    participant = document.participant_id
    previous, following = "", ""
    if document.document_id == ADHOC:
        participant = f"{ADHOC}/{segment.position}"
    elif segment.segment_id in around.get(document.number, {}):
        previous, following = around[document.number][segment.segment_id]
    else:
        previous = documents.neighbour(connection, segment, after=False) or ""
        following = documents.neighbour(connection, segment, after=True) or ""
    return Passage(
        segment.text,
        segment.speaker,
        segment.role,
        previous or context or segment.context,
        following,
        participant,
        document.document_id,
    )


def _advise(questions: Sequence[_Question]) -> list[list[Suggestion] | errors.InklingError]:
    """Ask each model once for all that is asked of it; one that refuses spoils only what is asked of it."""
    wanted: dict[tuple[str, str], list[tuple[_Question, int]]] = {}
    for question in questions:
        key = (question.suggester.model_id, f"{question.codebook.name}\x1f{question.codebook.version}")
        if question.segments:
            wanted.setdefault(key, []).extend((question, i) for i in range(len(question.segments)))
    said: dict[tuple[int, int], Suggestion] = {}
    refused: dict[int, errors.InklingError] = {}
    for places in wanted.values():
        first = places[0][0]
        try:
            found = first.suggester.suggest([q.passages[i] for q, i in places], first.codebook)
        except errors.InklingError as error:
            refused.update({id(q): error for q, _ in places})
            continue
        said.update({(id(q), i): s for (q, i), s in zip(places, found, strict=True)})
    return [refused.get(id(q)) or [_held_back(q, i, said[id(q), i]) for i in range(len(q.segments))] for q in questions]


def _held_back(question: _Question, index: int, said: Suggestion) -> Suggestion:
    """Replace advice that this caller must not have, and evidence that they may not read."""
    reason = _silence(question, question.segments[index])
    if reason is not None:
        return Suggestion(said.model_id, tuple(suggestion.silent(a.dimension, reason) for a in said.dimensions))
    return Suggestion(said.model_id, tuple(_readable_advice(question, a) for a in said.dimensions))


def _silence(question: _Question, segment: StoredSegment) -> Reason | None:
    past = question.past.get(segment.segment_id, [])
    waiting = _waits_for(question.ask.caller, question.members, segment, past)
    policy = question.project.settings.advice
    if segment.blind or policy == "never":
        return "withheld"
    if policy == "after_own_choice" and not _has_chosen(question, past, waiting=waiting):
        return "withheld"
    bundle = question.suggester.bundle
    if waiting and (segment.segment_id in bundle.trained_segments or bundle.trained_on(segment.text)):
        return "in_training_data"
    return None


def _waits_for(
    caller: Person | Program, members: Sequence[Person], segment: StoredSegment, past: Sequence[Decision]
) -> bool:
    """Say whether the segment is open to the person who asks; for a program, to any of its project's members."""
    people = [m for m in members if m.may_decide and (isinstance(caller, Program) or m.person_id == caller.person_id)]
    return any(coding.is_open(past, segment.needs, person.person_id) for person in people)


def _has_chosen(question: _Question, past: Sequence[Decision], *, waiting: bool) -> bool:
    caller = question.ask.caller
    return caller.person_id in coding.standing(past) if isinstance(caller, Person) else not waiting


def _readable_advice(question: _Question, advice: Advice) -> Advice:
    return dataclasses.replace(advice, evidence=tuple(_redacted(question, e) for e in advice.evidence))


def _redacted(question: _Question, evidence: Evidence) -> Evidence:
    """Take out of an excerpt what the caller may not read: "" stands for what is withheld."""
    if isinstance(question.ask.caller, Program):
        return dataclasses.replace(evidence, text="")
    if evidence.project and evidence.project not in question.readable:
        return dataclasses.replace(evidence, text="", document_id="")
    return evidence


def _answer(connection: sa.Connection, question: _Question, found: Sequence[Suggestion], now: float) -> list[Answered]:
    caller = question.ask.caller
    person = caller.person_id if isinstance(caller, Person) else None
    token = caller.token_id if isinstance(caller, Program) else None
    visible = [_without_open(connection, question, said) for said in found]
    answers = [
        suggestions.Answer(segment.segment_id, said, person, token)
        for segment, said in zip(question.segments, visible, strict=True)
    ]
    ids = suggestions.add(connection, answers, now)
    return [
        Answered(suggestion_id, answer.segment_id, answer.suggestion)
        for suggestion_id, answer in zip(ids, answers, strict=True)
    ]


def _without_open(connection: sa.Connection, question: _Question, said: Suggestion) -> Suggestion:
    """Drop evidence from segments that are open to the caller: it would tell what others decided there."""
    cited = {e.segment_id for a in said.dimensions for e in a.evidence if e.segment_id}
    if not cited:
        return said
    hidden = {segment_id for segment_id in cited if _is_hidden(connection, question, segment_id)}
    kept = tuple(
        dataclasses.replace(a, evidence=tuple(e for e in a.evidence if e.segment_id not in hidden))
        for a in said.dimensions
    )
    return Suggestion(said.model_id, kept)


def _is_hidden(connection: sa.Connection, question: _Question, segment_id: str) -> bool:
    segment = documents.segment(connection, segment_id)
    if segment is None:
        return False
    project_id = documents.by_number(connection, segment.document_number).project_id
    members = question.members
    if project_id != question.project.project_id:
        members = projects.members(connection, projects.by_id(connection, project_id))
    return _waits_for(question.ask.caller, members, segment, decisions.of_segment(connection, segment_id))
