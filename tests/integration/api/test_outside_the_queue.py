"""Segments that programs ask about and nobody is to code: on no page, in no count; without words, in no hands."""

from typing import Any

import pytest

from service.store import documents, tables
from service.store import engine as store
from tests.fakes import SAFE, Site, Someone

TEXT = "We ask before we begin, and nobody has to answer."


@pytest.fixture
def ada(site: Site) -> Someone:
    site.project()
    return site.person("Ada", member_of=("alpha",))


def _listed(ada: Someone) -> dict[str, tuple[int, int, int]]:
    items = ada.get("/projects/alpha/documents")["items"]
    return {item["document_id"]: (item["segments"], item["decided"], item["open"]) for item in items}


def test_pages_show_and_count_what_is_in_the_queue(site: Site, ada: Someone) -> None:
    """A document is listed once one of its segments is to be coded, and then with those alone."""
    outside = site.program().suggest("alpha", {"text": TEXT})[0]["segment_id"]
    ada.suggest("alpha", {"document_id": "d", "text": "Asked in passing.", "queue": False})
    ada.decide(outside, SAFE)
    assert _listed(ada) == {}
    assert ada.get("/projects/alpha/documents/adhoc")["segments"] == []
    ada.suggest("alpha", {"text": "To be coded.", "queue": True})
    assert _listed(ada) == {"adhoc": (1, 0, 1)}
    assert [s["text"] for s in ada.get("/projects/alpha/documents/adhoc")["segments"]] == ["To be coded."]
    assert ada.get("/projects/alpha")["segments"] == 1


@pytest.mark.parametrize("text", ["", " \n\t "])
@pytest.mark.parametrize("place", [{}, {"queue": True}, {"document_id": "d", "queue": True}])
def test_a_text_without_words_is_never_open(site: Site, ada: Someone, text: str, place: dict[str, Any]) -> None:
    """It is stored and refused, also when asked again, and can't be coded even by its id."""
    for _ in range(2):
        (said,) = ada.suggest("alpha", {"text": text, **place})
        assert {advice["reason"] for advice in said["dimensions"]} == {"refused"}
    assert ada.get("/projects/alpha/queue")["items"] == []
    assert _listed(ada) == {}
    assert ada.get(f"/segments/{said['segment_id']}")["open"] is False
    ada.decide(said["segment_id"], SAFE, 422)
    with store.reading(site.engine) as connection:
        assert connection.execute(tables.decisions.select()).all() == []
        segment = documents.segment(connection, said["segment_id"])
    assert segment is not None
    assert (segment.queued, segment.text) == (False, text)
