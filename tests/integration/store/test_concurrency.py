"""Many at once: nothing is lost, nothing is doubled."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

from service import errors
from service.store import tables
from service.use_cases.decide_coding import Choice, Request, decide
from service.use_cases.store_segments import AskedSegment
from service.use_cases.suggest_codes import Answered, Ask, suggest_many
from tests.unit.use_cases.fakes_models import FakeShelf
from tests.unit.use_cases.worlds import START, Who, World

THREADS = 8


def together(act: Callable[[int], Any]) -> list[Any]:
    """Run an act in all threads at once; return what each came to, errors included."""
    barrier = Barrier(THREADS)

    def one(number: int) -> Any:
        barrier.wait(30)
        try:
            return act(number)
        except errors.InklingError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_same_key_makes_one_decision(world: World) -> None:
    """The same request sent by all at once is carried out once, and all get the same answer."""
    world.project()
    ann, segment = world.person("Ann"), world.segment()
    for round_ in range(5):
        request = Request(segment, Choice({"mood": ["calm"]}), f"key {round_}")
        answers = together(partial(_decide, world, ann, request))
        assert all(answer == answers[0] for answer in answers)
    assert len(world.past(segment)) == 5


def _decide(world: World, who: Who, request: Request, number: int) -> dict[str, Any]:
    return decide(world.engine, who, request, START + number)


def test_different_keys_are_all_kept(world: World) -> None:
    """Every acknowledged decision is stored once, in an order that holds for everybody."""
    world.project(coders_required=3)
    segment = world.segment()
    who = [world.person(f"Coder {i}") for i in range(THREADS)]

    def act(number: int) -> list[str]:
        out = []
        for turn in range(5):
            request = Request(segment, Choice({"mood": ["calm"]}), f"{number} {turn}")
            out.append(str(decide(world.engine, who[number], request, START)["decision_id"]))
        return out

    acknowledged = together(act)
    stored = [d.decision_id for d in world.past(segment)]
    assert sorted(stored) == sorted(i for own in acknowledged for i in own)
    for own in acknowledged:
        assert [i for i in stored if i in own] == own
    assert world.count(tables.idempotency) == 5 * THREADS


def test_one_key_on_many_segments_is_used_once(world: World) -> None:
    """The same key on different segments at once stores one decision; the others are told of the conflict."""
    world.project()
    ann = world.person("Ann")
    segments = [world.segment(f"Number {i}.") for i in range(THREADS)]
    answers = together(lambda i: decide(world.engine, ann, Request(segments[i], Choice({"mood": []}), "k"), START))
    assert sum(isinstance(a, errors.Conflict) for a in answers) == THREADS - 1
    assert world.count(tables.decisions) == 1


def test_independence_is_judged_in_order(world: World) -> None:
    """Of people who decide at once where one is needed, exactly the first is independent."""
    world.project()
    segment = world.segment()
    who = [world.person(f"Coder {i}") for i in range(THREADS)]
    together(lambda i: decide(world.engine, who[i], Request(segment, Choice({"mood": ["calm"]})), START))
    assert [d.independent for d in world.past(segment)] == [True] + [False] * (THREADS - 1)


def test_posted_segments_are_stored_once(world: World) -> None:
    """Clients that post the same new segments at once are all answered, with the same segments."""
    world.project()
    ann, _ = world.person("Ann")
    shelf = FakeShelf().as_shelf

    def act(number: int) -> list[str]:
        texts = [AskedSegment(f"Number {i}.", "doc") for i in range(3)]
        (answer,) = suggest_many(world.engine, shelf, [Ask("Alpha", ann, tuple(texts))], START + number)
        assert isinstance(answer, list)
        return [a.segment_id for a in answer if isinstance(a, Answered)]

    answers = together(act)
    assert all(answer == answers[0] for answer in answers)
    assert world.count(tables.segments) == 3
    assert world.count(tables.suggestions) == 3 * THREADS
