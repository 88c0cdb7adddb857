"""Suggest codes for segments that people or programs ask about, and remember what each was shown.

Many requests are carried out together, so that they share the encoder's batch, the queries and the commits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from service import errors
from service.domain.codebook import Codebook
from service.domain.coding import Decision
from service.domain.people import Person, Program
from service.domain.projects import Project
from service.domain.suggestion import Passage, Suggestion
from service.store import decisions, projects, suggestions
from service.store import engine as store
from service.store.documents import StoredSegment
from service.suggest.suggester import Suggester
from service.use_cases import access
from service.use_cases.hold_back import Asker, OpenSegments, held_back
from service.use_cases.read_passages import read_passages
from service.use_cases.serve_models import ModelShelf
from service.use_cases.store_segments import AskedSegment, store_segments


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
class _Stored:
    """An ask, its project, and its segments as they are stored now."""

    ask: Ask
    project: Project
    segments: tuple[StoredSegment, ...]


@dataclass(frozen=True)
class _Room:
    """What is known of one project, the same for all that is asked in it."""

    codebook: Codebook
    suggester: Suggester
    members: tuple[Person, ...]


@dataclass(frozen=True)
class _Question:
    """An ask with everything known that the answer depends on."""

    asker: Asker
    room: _Room
    segments: tuple[StoredSegment, ...]
    passages: tuple[Passage, ...]
    past: Mapping[str, list[Decision]]


@dataclass(frozen=True)
class _Advised:
    """What the caller of an ask may be told, one suggestion for each segment."""

    caller: Person | Program
    segments: tuple[StoredSegment, ...]
    said: tuple[Suggestion, ...]


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
    with store.writing(engine, durable=False) as connection:
        store.take_turns(connection, [f"segments of {ask.project}" for ask in asks])
        stored = _store(connection, asks, now)
    with store.reading(engine) as connection:
        questions = _questions(connection, shelf, stored)
    advised = _advise(questions)
    with store.writing(engine) as connection:
        return _remember(connection, advised, now)


def _store(connection: sa.Connection, asks: Sequence[Ask], now: float) -> list[_Stored | errors.InklingError]:
    """Store what is new in each ask, project by project."""
    projects_of: dict[tuple[str, Person | Program], Project | errors.InklingError] = {}
    together: dict[str, list[int]] = {}
    out: list[_Stored | errors.InklingError] = []
    for place, ask in enumerate(asks):
        key = (ask.project, ask.caller)
        if key not in projects_of:
            projects_of[key] = _project(connection, ask)
        project = projects_of[key]
        if isinstance(project, Project):
            together.setdefault(project.project_id, []).append(place)
        out.append(_Stored(ask, project, ()) if isinstance(project, Project) else project)
    for places in together.values():
        found = _store_together(connection, [s for s in (out[p] for p in places) if isinstance(s, _Stored)], now)
        for place, stored in zip(places, found, strict=True):
            out[place] = stored
    return out


def _project(connection: sa.Connection, ask: Ask) -> Project | errors.InklingError:
    try:
        return access.project_of(connection, ask.project, ask.caller)
    except errors.InklingError as error:
        return error


def _store_together(
    connection: sa.Connection, asked: Sequence[_Stored], now: float
) -> list[_Stored | errors.InklingError]:
    """Store the segments of asks of one project at once; where one stands in the way, each by itself."""
    segments = [segment for one in asked for segment in one.ask.segments]
    try:
        found = iter(store_segments(connection, asked[0].project, segments, now))
        return [_Stored(one.ask, one.project, tuple(islice(found, len(one.ask.segments)))) for one in asked]
    except errors.InklingError as error:
        if len(asked) == 1:
            return [error]
    return [stored for one in asked for stored in _store_together(connection, [one], now)]


def _questions(
    connection: sa.Connection, shelf: ModelShelf, stored: Sequence[_Stored | errors.InklingError]
) -> list[_Question | errors.InklingError]:
    good = [one for one in stored if isinstance(one, _Stored)]
    rooms = {one.project.project_id: one.project for one in good}
    known = {project_id: _room(connection, shelf, project) for project_id, project in rooms.items()}
    readable = {one.ask.caller: _readable(connection, one.ask.caller) for one in good}
    segments = [segment for one in good for segment in one.segments]
    contexts = [asked.context for one in good for asked in one.ask.segments]
    passages = iter(read_passages(connection, segments, contexts))
    past = decisions.of_segments(connection, [segment.segment_id for segment in segments]) if segments else {}

    def question(one: _Stored) -> _Question | errors.InklingError:
        own = tuple(islice(passages, len(one.segments)))
        room = known[one.project.project_id]
        if isinstance(room, errors.InklingError):
            return room
        asker = Asker(one.ask.caller, one.project, room.members, readable[one.ask.caller])
        return _Question(asker, room, one.segments, own, past)

    return [question(one) if isinstance(one, _Stored) else one for one in stored]


def _room(connection: sa.Connection, shelf: ModelShelf, project: Project) -> _Room | errors.InklingError:
    book = projects.codebook_of(connection, project)
    try:
        return _Room(book, shelf.current(book), projects.members(connection, project))
    except errors.InklingError as error:
        return error


def _readable(connection: sa.Connection, caller: Person | Program) -> frozenset[str]:
    return projects.names_of(connection, caller.person_id) if isinstance(caller, Person) else frozenset()


def _advise(questions: Sequence[_Question | errors.InklingError]) -> list[_Advised | errors.InklingError]:
    """Ask each model once for all that is asked of it; one that refuses spoils only what is asked of it."""
    wanted: dict[tuple[int, int], list[_Question]] = {}
    for question in questions:
        if isinstance(question, _Question):
            wanted.setdefault((id(question.room.suggester), id(question.room.codebook)), []).append(question)
    said = {id(q): found for group in wanted.values() for q, found in zip(group, _ask_model(group), strict=True)}
    return [said[id(question)] if isinstance(question, _Question) else question for question in questions]


def _ask_model(group: Sequence[_Question]) -> list[_Advised | errors.InklingError]:
    """Ask the one model that a group of questions needs."""
    room = group[0].room
    passages = [passage for question in group for passage in question.passages]
    try:
        found = iter(room.suggester.suggest(passages, room.codebook) if passages else ())
    except errors.InklingError as error:
        return [error for _ in group]
    return [_allowed(question, found) for question in group]


def _allowed(question: _Question, found: Iterator[Suggestion]) -> _Advised:
    """Keep of the model's next suggestions what the caller of a question may have."""
    bundle = question.room.suggester.bundle
    said = tuple(
        held_back(question.asker, bundle, segment, question.past.get(segment.segment_id, ()), next(found))
        for segment in question.segments
    )
    return _Advised(question.asker.caller, question.segments, said)


def _remember(
    connection: sa.Connection, advised: Sequence[_Advised | errors.InklingError], now: float
) -> list[list[Answered] | errors.InklingError]:
    """Store what each caller is told, and tell it."""
    good = [one for one in advised if isinstance(one, _Advised)]
    cited = OpenSegments(connection, (said for one in good for said in one.said))
    told = [
        suggestions.Answer(
            segment.segment_id,
            cited.without(one.caller, said),
            one.caller.person_id if isinstance(one.caller, Person) else None,
            one.caller.token_id if isinstance(one.caller, Program) else None,
        )
        for one in good
        for segment, said in zip(one.segments, one.said, strict=True)
    ]
    ids = suggestions.add(connection, told, now)
    answers = (Answered(i, answer.segment_id, answer.suggestion) for i, answer in zip(ids, told, strict=True))
    return [list(islice(answers, len(one.said))) if isinstance(one, _Advised) else one for one in advised]
