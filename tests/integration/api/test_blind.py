"""Blind: two services in which others decided the opposite answer a third person byte for byte the same."""

from collections.abc import Callable

import pytest

from tests.fakes import AWARE, SAFE, Site
from tests.integration.api.asking import answers, comparable

OTHER = "We wrote it down together so that the next group would find it."


@pytest.mark.parametrize("order", ["transcript", "teaching"])
@pytest.mark.parametrize("advice", ["always", "after_own_choice", "never"])
def test_no_answer_tells_how_others_decided_while_a_segment_is_open(
    sites: Callable[..., Site], advice: str, order: str
) -> None:
    """Queue, segments, documents, codings, export, report, suggestions and errors are the same in both worlds."""
    worlds = []
    for name, codes in (("safe", SAFE), ("aware", AWARE)):
        site = sites(name)
        reader = site.project(coders_required=3, advice=advice, order=order)
        _decide_all(site, codes)
        worlds.append(list(answers(reader)))
    safe, aware = worlds
    assert len(safe) > 30
    for (name, one), (_, other) in zip(safe, aware, strict=True):
        assert comparable(one) == comparable(other), name


def _decide_all(site: Site, codes: dict[str, list[str]]) -> None:
    others = [site.person(name, member_of=("alpha",)) for name in ("Ada", "Grace")]
    others[0].bring("alpha", "one.txt")
    others[0].suggest("alpha", {"document_id": "posted", "text": OTHER})
    for other in others:
        for item in other.get("/projects/alpha/queue")["items"]:
            place = {key: item[key] for key in ("document_id", "position", "text")}
            (said,) = other.suggest("alpha", place)
            memo = f"because {codes['domain'][0]}"
            other.decide(item["segment_id"], codes, memo=memo, suggestion_id=said["suggestion_id"])


def test_what_others_decided_is_seen_once_one_has_decided(site: Site) -> None:
    """The segment is not open any more, so their codings, and whether all agree, appear."""
    reader = site.project(coders_required=3)
    _decide_all(site, AWARE)
    segment = reader.get("/projects/alpha/queue")["items"][0]["segment_id"]
    before = reader.get(f"/segments/{segment}")
    assert (before["open"], before["decided_by_others"], before["codings"], before["differs"]) == (True, True, [], [])
    assert before["final"] == {"domain": None, "level": None}
    reader.decide(segment, {**AWARE, "domain": ["safety"]})
    after = reader.get(f"/segments/{segment}")
    assert [c["person"] for c in after["codings"]] == ["Ada", "Grace", reader.name]
    assert after["codings"][0]["memo"] == "because awareness"
    assert after["differs"] == ["domain"]
    assert after["final"] == {"domain": None, "level": ["organization"]}


def test_a_retraction_closes_the_view_again(site: Site) -> None:
    """Who takes their decision back may decide anew, so others' codings are hidden from them again."""
    reader = site.project(coders_required=3)
    _decide_all(site, AWARE)
    segment = reader.get("/projects/alpha/queue")["items"][0]["segment_id"]
    reader.decide(segment, SAFE)
    reader.post(f"/segments/{segment}/decisions", {"retract": True})
    seen = reader.get(f"/segments/{segment}")
    assert (seen["open"], seen["own"], seen["codings"]) == (True, None, [])


def test_a_projects_progress_counts_what_everybody_decided(site: Site) -> None:
    """Complete is what as many people as it needs have decided on, in the project and in each transcript."""
    researcher = site.project(coders_required=2)
    ada, ben = (site.person(name, member_of=("alpha",)) for name in ("Ada", "Ben"))
    asked = [{"document_id": "d", "position": place, "text": f"They said {place} things."} for place in range(3)]
    first, second, _ = (found["segment_id"] for found in ada.suggest("alpha", *asked))
    for person, segment in ((ada, first), (ben, first), (ada, second)):
        person.decide(segment, SAFE)
    shown = ("segments", "complete", "decided", "open")
    for person, counts in ((researcher, (3, 1, 0, 2)), (ada, (3, 1, 2, 1)), (ben, (3, 1, 1, 2))):
        (listed,), (document,) = (person.get(f"/projects{path}")["items"] for path in ("", "/alpha/documents"))
        for found in (listed, document, person.get("/projects/alpha")):
            assert tuple(found[name] for name in shown) == counts
