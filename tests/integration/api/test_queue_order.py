"""The teaching order by REST: a researcher's choice, off by default; pages that miss and repeat nothing."""

from typing import Any

import pytest

from service.domain import projects as rules
from service.store import engine as store
from service.store import projects, queue_places
from service.use_cases import paging
from tests.fakes import AWARE, SAFE, Site, Someone

TEXTS = [
    f"{who} {what} and it was safe for awareness of the {where}."
    for who in ("The facilitator", "An organization", "Nobody")
    for what in ("said so", "wrote it down", "forgot", "asked")
    for where in ("group", "street", "agency")
]


def _fill(someone: Someone, document_id: str = "d") -> None:
    someone.suggest("alpha", *({"document_id": document_id, "text": text} for text in TEXTS))


def _queue(someone: Someone, query: str = "") -> list[Any]:
    return list(someone.get(f"/projects/alpha/queue?limit=500{query}")["items"])


def _ids(someone: Someone, query: str = "") -> list[str]:
    return [item["segment_id"] for item in _queue(someone, query)]


@pytest.fixture
def researcher(site: Site) -> Someone:
    """Return a researcher whose project has segments waiting."""
    someone = site.project()
    _fill(someone)
    return someone


def _teach(researcher: Someone, order: str = "teaching") -> Any:
    answer = researcher.ask("PATCH", "/projects/alpha", json={"order": order})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_off_by_default(researcher: Someone) -> None:
    """Until a researcher says otherwise, segments come as their transcripts have them."""
    assert researcher.get("/projects/alpha")["order"] == "transcript"
    assert [item["position"] for item in _queue(researcher)] == list(range(len(TEXTS)))


def test_a_researcher_turns_it_on_and_off(site: Site, researcher: Someone) -> None:
    """The same segments come in another order, the same for every coder; turned off, they come as before."""
    ben, before = site.person("Ben", member_of=("alpha",)), _ids(researcher)
    assert _teach(researcher)["order"] == "teaching"
    taught = _ids(researcher)
    assert taught != before
    assert sorted(taught) == sorted(before)
    assert _ids(ben) == taught == _ids(ben)
    _teach(researcher, "transcript")
    assert _ids(ben) == before


@pytest.mark.parametrize("role", ["coder", "adjudicator", "admin"])
def test_it_is_the_researchers_choice(site: Site, researcher: Someone, role: Any) -> None:
    """Others get 403, and nothing changes."""
    other = site.person("Other", role, member_of=() if role == "admin" else ("alpha",))
    assert other.ask("PATCH", "/projects/alpha", json={"order": "teaching"}).status_code == 403
    assert researcher.get("/projects/alpha")["order"] == "transcript"


def test_what_cannot_be_is_refused(site: Site, researcher: Someone) -> None:
    """An order that there is not, a project that is not theirs; without a change the project is shown."""
    assert researcher.ask("PATCH", "/projects/alpha", json={"order": "random"}).status_code == 422
    stranger = site.person("Stranger", "researcher")
    assert stranger.ask("PATCH", "/projects/alpha", json={"order": "teaching"}).status_code == 404
    assert researcher.ask("PATCH", "/projects/alpha", json={}).json()["order"] == "transcript"


def test_a_project_may_be_created_with_it(site: Site) -> None:
    """The setting is one of those that a new project takes."""
    rita = site.person("Rita", "researcher")
    made = rita.post("/projects", {"name": "beta", "order": "teaching"})
    assert made["order"] == "teaching"


def _pages(someone: Someone, between: Any = None) -> list[str]:
    """Return the ids of a whole list, read in pages of five; after the first page something happens."""
    found: list[str] = []
    cursor = ""
    while True:
        page = someone.get(f"/projects/alpha/queue?limit=5{cursor}")
        found += [item["segment_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return found
        if between is not None and not cursor:
            between()
        cursor = f"&cursor={page['next_cursor']}"


def test_pages_miss_and_repeat_nothing(researcher: Someone) -> None:
    """Page by page the queue is what it is at once."""
    _teach(researcher)
    assert _pages(researcher) == _ids(researcher)


def test_a_list_goes_on_as_it_was_begun_when_another_model_orders(site: Site, researcher: Someone) -> None:
    """What a new model would put elsewhere neither falls out of a list that is being read nor comes twice."""
    _teach(researcher)
    begun = _ids(researcher)

    def reorder() -> None:
        with store.writing(site.engine) as connection:
            project = projects.find(connection, "alpha")
            assert project is not None
            places = {segment_id: row / 100 for row, segment_id in enumerate(reversed(begun))}
            queue_places.put(connection, project, "newer-1", places, site.clock() + 60)

    assert _pages(researcher, reorder) == begun


def test_a_list_goes_on_as_it_was_begun_when_the_order_is_changed(researcher: Someone) -> None:
    """A list begun by transcript ends by transcript, and one begun in the teaching order in that."""
    by_transcript = _ids(researcher)
    assert _pages(researcher, lambda: _teach(researcher)) == by_transcript
    taught = _ids(researcher)
    assert _pages(researcher, lambda: _teach(researcher, "transcript")) == taught


def test_a_decision_on_the_way_takes_only_its_own_segment_out(researcher: Someone) -> None:
    """While a list is read, what somebody decides leaves the rest in place."""
    _teach(researcher)
    order = _ids(researcher)
    assert _pages(researcher, lambda: researcher.decide(order[20], SAFE)) == [s for s in order if s != order[20]]


@pytest.mark.parametrize("text", ["0.5 1 2", "x 1 2 m", "0.5 1 2 m\x00", "0.5 1 2 nobody-1", "1.2"])
def test_a_cursor_that_was_never_given_is_refused(researcher: Someone, text: str) -> None:
    """With a sentence that says what to do."""
    _teach(researcher)
    _ids(researcher)
    answer = researcher.ask("GET", f"/projects/alpha/queue?cursor={paging.encoded(text)}")
    assert answer.status_code == 422
    assert "start without one" in answer.json()["detail"]


def test_what_comes_later_finds_its_place(researcher: Someone) -> None:
    """Segments of a new document stand between the others, whose order stays."""
    _teach(researcher)
    before = _ids(researcher)
    _fill(researcher, "e")
    after = _ids(researcher)
    assert len(after) == 2 * len(before)
    assert [s for s in after if s in before] == before
    assert after[: len(before)] != before
    assert sorted(_ids(researcher, "&document_id=e")) == sorted(s for s in after if s not in before)


def test_the_order_tells_nothing_of_how_others_decided(site: Site, researcher: Someone) -> None:
    """With opposite decisions of another on half of the segments, the queue of the rest is the same."""
    ben = site.person("Ben", member_of=("alpha",))
    _teach(researcher)
    order = _ids(researcher)
    for codes in (SAFE, AWARE):
        for segment_id in order[::2]:
            ben.decide(segment_id, codes)
        assert _ids(researcher) == order[1::2]


def test_a_fifth_is_an_honest_sample(site: Site, researcher: Someone) -> None:
    """The segments taken by lot stand evenly in the queue, and hold the whole blind share."""
    _fill(researcher, "e")
    _teach(researcher)
    with store.reading(site.engine) as connection:
        project = projects.find(connection, "alpha")
    assert project is not None
    queue = [(item["document_id"], item["position"]) for item in _queue(researcher)]
    drawn = [rules.is_drawn(project, *place) for place in queue]
    assert sum(drawn[: len(drawn) // 2]) == pytest.approx(sum(drawn) / 2, abs=1)
    assert 0 < sum(drawn) < len(drawn) / 2
    assert all(rules.is_drawn(project, *place) for place in queue if rules.is_blind(project, *place))


def test_a_queue_that_cannot_be_ordered_is_still_offered(
    site: Site, researcher: Someone, caplog: pytest.LogCaptureFixture
) -> None:
    """A model that can't be used leaves the transcripts' order, and the log says why, without any text."""
    registry = site.app.state.inkling.shelf.registry
    _ids(researcher)
    (registry.path(registry.current("tiny")) / "manifest.json").write_text("{}")
    site.app.state.inkling.shelf._serving.clear()
    site.app.state.inkling.shelf._coming.clear()
    registry.outgrown = lambda _name: None
    _teach(researcher)
    assert [item["position"] for item in _queue(researcher)] == list(range(len(TEXTS)))
    assert "could not be ordered" in caplog.text
    assert TEXTS[0] not in caplog.text
