"""The order of a queue: by what would teach the model most, a share by lot in between."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from service import errors
from service.domain import projects as rules
from service.domain.codebook import Codebook
from service.domain.projects import Project
from service.domain.suggestion import Passage
from service.store import documents, projects, queue_places
from service.store import engine as store
from service.suggest.teaching import Doubts
from service.use_cases import queue_order
from service.use_cases.create_project import change_order
from service.use_cases.order_queue import QueueOrders, order_queue
from service.use_cases.queue_order import Mark, Order
from service.use_cases.store_segments import AskedSegment
from service.use_cases.work_queue import waiting
from tests.unit.use_cases.fakes_models import FakeShelf, FakeSuggester
from tests.unit.use_cases.worlds import Who, World


def _texts(count: int) -> list[str]:
    return [f"Sentence number {number} of what was said." for number in range(count)]


def _filled(world: World, count: int = 40, document_id: str = "doc") -> list[str]:
    """Store segments and return their ids, by position."""
    asked = [AskedSegment(text, document_id, position) for position, text in enumerate(_texts(count))]
    return [segment.segment_id for segment in world.put(asked)]


def _places(world: World, project: Project, model_id: str = "small-1") -> dict[str, float]:
    with store.reading(world.engine) as connection:
        return queue_places.of_model(connection, project, model_id)


def _ordered(world: World, project: Project, shelf: FakeShelf) -> list[str]:
    """Order the queue, and return the ids of its segments in order."""
    order_queue(world.engine, shelf.as_shelf, project, world.now())
    with store.reading(world.engine) as connection:
        order = Order("any", queue_places.of_model(connection, project, shelf.serving.model_id))
        placed = [p for p in documents.placed(connection, project) if p.segment_id in order.places]
    return [p.segment_id for p in sorted(placed, key=lambda p: order.key(p, to_code=True))]


def _by_lot(project: Project, ids: list[str]) -> set[str]:
    return {segment_id for position, segment_id in enumerate(ids) if rules.is_drawn(project, "doc", position)}


@pytest.fixture
def project(world: World) -> Project:
    return world.project(order="teaching")


def test_what_the_model_is_least_sure_of_comes_first(world: World, shelf: FakeShelf, project: Project) -> None:
    """Among those not taken by lot, places go by doubt."""
    ids = _filled(world)
    lots = _by_lot(project, ids)
    shelf.serving.unsure = {text: number for number, text in enumerate(_texts(40), start=1)}
    taught = [segment_id for segment_id in _ordered(world, project, shelf) if segment_id not in lots]
    assert taught == [segment_id for segment_id in reversed(ids) if segment_id not in lots]


def test_the_share_taken_by_lot_stands_evenly_between(world: World, shelf: FakeShelf, project: Project) -> None:
    """All that the lot takes, and nothing else, is spread over the whole queue, and the model is not asked of it."""
    ids = _filled(world, 200)
    lots = _by_lot(project, ids)
    order = _ordered(world, project, shelf)
    assert sorted(order) == sorted(ids)
    for length in (50, 100, 150, 200):
        assert sum(s in lots for s in order[:length]) == pytest.approx(length * len(lots) / 200, abs=1)
    assert sum(len(asked) for asked in shelf.serving.asked) == 200 - len(lots)


def test_lots_do_not_depend_on_the_model(world: World, shelf: FakeShelf, project: Project) -> None:
    """The segments taken by lot keep their order among themselves under any model."""
    lots = _by_lot(project, _filled(world, 100))
    orders = []
    for number in range(2):
        shelf.serving = replace(shelf.serving, model_id=f"small-{number}", unsure={_texts(3)[number]: 5.0})
        orders.append([s for s in _ordered(world, project, shelf) if s in lots])
    assert orders[0] == orders[1]
    assert len(orders[0]) > 10


def test_the_blind_share_is_taken_by_lot(world: World, shelf: FakeShelf) -> None:
    """Of segments that never get advice the model is not asked, so that their place tells nothing of it."""
    project = world.project(order="teaching", blind_share=0.5)
    ids = _filled(world, 100)
    with store.reading(world.engine) as connection:
        blind = {s.segment_id for s in documents.all_segments(connection, project) if s.blind}
    _ordered(world, project, shelf)
    assert blind == _by_lot(project, ids)
    assert sum(len(asked) for asked in shelf.serving.asked) == 100 - len(blind)


def test_what_the_model_learned_from_comes_last(world: World, shelf: FakeShelf, project: Project) -> None:
    """Whatever the model says of a segment it was trained on, the place does not tell."""
    ids = _filled(world)
    taught = [s for s in ids if s not in _by_lot(project, ids)]
    shelf.serving.trained_segments = taught[:1]
    shelf.serving.trained_texts = [_texts(40)[ids.index(taught[1])]]
    shelf.serving.unsure = {_texts(40)[ids.index(taught[0])]: 9.0}
    assert [s for s in _ordered(world, project, shelf) if s in taught][-2:] == taught[:2]


def test_places_stay_when_more_comes(world: World, shelf: FakeShelf, project: Project) -> None:
    """New segments stand between the others; what is decided meanwhile gets no place, and nobody's codes matter."""
    ids = _filled(world, 20)
    _ordered(world, project, shelf)
    before = _places(world, project)
    new = _filled(world, 30, "later")
    world.decide(world.person("Ann"), new[0], {"mood": ["angry"]})
    _ordered(world, project, shelf)
    after = _places(world, project)
    assert {segment_id: after[segment_id] for segment_id in ids} == before
    assert set(after) == {*ids, *new[1:]}
    shelf.serving.asked.clear()
    _ordered(world, project, shelf)
    assert shelf.serving.asked == []


def test_the_two_last_orders_are_kept(world: World, shelf: FakeShelf, project: Project) -> None:
    """A list begun under the order before goes on; older ones are forgotten."""
    _filled(world)
    for number in range(4):
        shelf.serving = replace(shelf.serving, model_id=f"small-{number}")
        _ordered(world, project, shelf)
    with store.reading(world.engine) as connection:
        assert queue_places.models(connection, project) == ("small-3", "small-2")
        assert queue_order.as_begun(connection, project, Mark("small-2")).model_id == "small-2"
        with pytest.raises(errors.Unprocessable, match="anew"):
            queue_order.as_begun(connection, project, Mark("small-1"))


def test_another_projects_order_is_its_own(world: World, shelf: FakeShelf, project: Project) -> None:
    """Two projects on one codebook are ordered apart by the same model."""
    _filled(world)
    _ordered(world, project, shelf)
    other = world.project("Beta", order="teaching")
    assert _places(world, other) == {}
    assert _ordered(world, other, shelf) == []
    assert len(_places(world, project)) == 40


def test_stopping_leaves_nothing(world: World, shelf: FakeShelf, project: Project) -> None:
    """An order that is left half-way is made again from its start."""
    _filled(world)
    order_queue(world.engine, shelf.as_shelf, project, world.now(), lambda: True)
    assert _places(world, project) == {}


class _Slow(FakeSuggester):
    """A model that takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_at, self.go_on = threading.Event(), threading.Event()

    def doubts(self, passages: Sequence[Passage], book: Codebook | None = None) -> Doubts:
        """Wait until told to go on."""
        self.asked_at.set()
        assert self.go_on.wait(30)
        return super().doubts(passages, book)


def test_nobody_waits_long_for_an_order(world: World, project: Project) -> None:
    """While it is being made requests go on, it is made once, and stands when it is done."""
    _filled(world)
    slow = _Slow()
    orders = QueueOrders(world.engine, FakeShelf(slow).as_shelf, world.now, patience=0.05)
    for _ in range(3):
        assert orders.freshen(project) == "small-1"
    assert slow.asked_at.is_set()
    assert _places(world, project) == {}
    slow.go_on.set()
    orders.close()
    assert len(_places(world, project)) == 40
    assert len(slow.asked) == 1


def test_a_model_that_fails_is_let_be_for_a_while(
    world: World, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, by its kind alone, and not tried again with every request."""
    _filled(world)
    failing = FakeShelf(FakeSuggester(fails=ValueError(_texts(1)[0])))
    orders = QueueOrders(world.engine, failing.as_shelf, world.now)
    for _ in range(3):
        orders.freshen(project)
    orders.close()
    assert caplog.text.count("could not be ordered") == 1
    assert "ValueError" in caplog.text
    assert _texts(1)[0] not in caplog.text


def _waiting(world: World, project: Project, who: Who, model_id: str) -> list[tuple[str, str]]:
    with store.reading(world.engine) as connection:
        fresh = projects.by_id(connection, project.project_id)
        order = queue_order.present(connection, fresh, model_id)
        return [(item.kind, item.placed.segment_id) for item in waiting(connection, fresh, who[0], order)]


def test_what_is_to_be_settled_comes_last_as_the_transcripts_have_it(
    world: World, shelf: FakeShelf, project: Project
) -> None:
    """The order is for coding; differences between coders keep to the text, also where they had a place."""
    ids = _filled(world)
    order = _ordered(world, project, shelf)
    for name, mood in (("Ann", "calm"), ("Ben", "angry")):
        who = world.person(name)
        for segment_id in (ids[3], ids[1]):
            world.decide(who, segment_id, {"mood": [mood]})
    found = _waiting(world, project, world.person("Jo", "adjudicator"), "small-1")
    assert found[-2:] == [("adjudicate", ids[1]), ("adjudicate", ids[3])]
    assert found[:-2] == [("code", s) for s in order if s not in (ids[1], ids[3])]


def test_until_the_new_model_has_ordered_the_order_before_stands(
    world: World, shelf: FakeShelf, project: Project
) -> None:
    """The queue does not fall back to the transcripts while a new order is being made."""
    _filled(world)
    order = _ordered(world, project, shelf)
    found = _waiting(world, project, world.person("Ann"), "small-2")
    assert [segment_id for _, segment_id in found] == order


def test_a_project_may_go_back_to_its_transcripts(world: World, shelf: FakeShelf, project: Project) -> None:
    """The setting is all that decides; what was ordered is not looked at then."""
    ids = _filled(world)
    _ordered(world, project, shelf)
    change_order(world.engine, project.name, "transcript")
    assert [s for _, s in _waiting(world, project, world.person("Ann"), "small-1")] == ids
    with pytest.raises(errors.Unprocessable, match="transcript or teaching"):
        change_order(world.engine, project.name, "random")  # type: ignore[arg-type]
    with pytest.raises(errors.NotFound):
        change_order(world.engine, "nowhere", "teaching")
