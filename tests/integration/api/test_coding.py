"""Queue, decisions, idempotency, adjudication and advice over HTTP."""

import dataclasses
from typing import Any

from service.store import engine as store
from service.store import projects
from tests.fakes import AWARE, SAFE, Site, Someone

TEXT = "We ask before we begin, and nobody has to answer."


def _team(site: Site, **settings: Any) -> tuple[Someone, Someone, Someone]:
    """Return two coders and an adjudicator of a project."""
    site.project(**settings)
    ada, grace = (site.person(name, member_of=("alpha",)) for name in ("Ada", "Grace"))
    return ada, grace, site.person("Judge", "adjudicator", member_of=("alpha",))


def _segment(someone: Someone, text: str = TEXT, **rest: Any) -> str:
    return str(someone.suggest("alpha", {"document_id": "d", "text": text, **rest})[0]["segment_id"])


def _kinds(someone: Someone) -> list[str]:
    return [item["kind"] for item in someone.get("/projects/alpha/queue")["items"]]


def test_the_queue_comes_in_pages_by_document_and_position(site: Site) -> None:
    """Following the cursor gives everything once, in order."""
    ada, _, _ = _team(site)
    for document in ("b", "a"):
        segments = [{"document_id": document, "position": p, "text": f"{document} {p} said."} for p in (4, 2, 0)]
        ada.suggest("alpha", *segments)
    seen: list[tuple[str, int]] = []
    cursor = ""
    while True:
        page = ada.get(f"/projects/alpha/queue?limit=2{cursor}")
        seen += [(item["document_id"], item["position"]) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [("b", 0), ("b", 2), ("b", 4), ("a", 0), ("a", 2), ("a", 4)]
    one = ada.get("/projects/alpha/queue?document_id=a")["items"]
    assert [item["document_id"] for item in one] == ["a"] * 3
    assert ada.ask("GET", "/projects/alpha/queue?document_id=none").status_code == 404


def test_segments_that_stand_alone_wait_only_if_asked(site: Site) -> None:
    """A program's questions do not fill the coders' queue, unless it says so."""
    ada, _, _ = _team(site)
    ada.suggest("alpha", {"text": "Alone."}, {"text": "Alone, and to be coded.", "queue": True})
    queue = ada.get("/projects/alpha/queue")["items"]
    assert [(item["document_id"], item["text"]) for item in queue] == [("adhoc", "Alone, and to be coded.")]
    ada.suggest("alpha", {"document_id": "d", "text": "Not to be coded.", "queue": False})
    assert len(ada.get("/projects/alpha/queue")["items"]) == 1
    ada.suggest("alpha", {"text": "Alone.", "queue": True})
    assert len(ada.get("/projects/alpha/queue")["items"]) == 2


def test_a_segment_leaves_the_queue_when_enough_people_have_decided(site: Site) -> None:
    """It needs one here: after Ada's decision it waits for nobody."""
    ada, grace, _ = _team(site)
    segment = _segment(ada)
    assert _kinds(grace) == ["code"]
    ada.decide(segment, SAFE)
    assert (_kinds(ada), _kinds(grace)) == ([], [])
    ada.post(f"/segments/{segment}/decisions", {"retract": True})
    assert (_kinds(ada), _kinds(grace)) == (["code"], ["code"])


def test_an_adjudicator_settles_what_coders_differ_in(site: Site) -> None:
    """Only with that right, only where they differ; withdrawn, the coders count again."""
    ada, grace, judge = _team(site, coders_required=2)
    segment = _segment(ada)
    path = f"/segments/{segment}/decisions"
    settle = {"codes": {"domain": ["safety"]}, "adjudication": True}
    assert judge.ask("POST", path, json=settle).status_code == 409
    ada.decide(segment, SAFE)
    assert ada.get("/projects/alpha/codings")["items"] == []
    assert grace.decide(segment, {**SAFE, "domain": ["awareness"]})["final"] == {
        "domain": None,
        "level": ["facilitator"],
    }

    assert _kinds(ada) == []
    assert _kinds(judge) == ["adjudicate"]
    assert judge.get("/projects/alpha/documents")["items"][0]["to_adjudicate"] == 1
    assert ada.ask("POST", path, json=settle).status_code == 403
    seen = judge.get(f"/segments/{segment}")
    assert seen["differs"] == ["domain"]
    assert {c["person"]: c["codes"]["domain"] for c in seen["codings"]} == {"Ada": ["safety"], "Grace": ["awareness"]}
    assert judge.post(path, settle)["final"] == SAFE
    assert _kinds(judge) == []
    seen = judge.get(f"/segments/{segment}")
    assert (seen["own"], seen["own_adjudication"]["codes"]) == (None, {"domain": ["safety"]})
    assert [c["adjudication"] for c in seen["codings"]] == [False, False, True]

    withdrawn = judge.post(path, {"retract": True, "adjudication": True})
    assert withdrawn["final"] == {"domain": None, "level": ["facilitator"]}
    assert _kinds(judge) == ["adjudicate"]
    assert judge.get(f"/segments/{segment}")["own_adjudication"] is None


def test_a_repeated_request_is_carried_out_once(site: Site) -> None:
    """A repeat answers 201 with the first answer; keys are each person's own."""
    ada, grace, _ = _team(site, coders_required=2)
    path = f"/segments/{_segment(ada)}/decisions"
    key = {"Idempotency-Key": "one-key"}
    first = ada.ask("POST", path, json={"codes": SAFE}, headers=key)
    assert first.status_code == 201
    for _ in range(5):
        again = ada.ask("POST", path, json={"codes": dict(reversed(SAFE.items()))}, headers=key)
        assert (again.status_code, again.json()) == (201, first.json())
    assert ada.ask("POST", path, json={"codes": AWARE}, headers=key).status_code == 409
    assert grace.ask("POST", path, json={"codes": AWARE}, headers=key).json()["person"] == "Grace"
    for bad in ("", "x" * 201, "two words"):
        answer = ada.ask("POST", path, json={"codes": SAFE}, headers={"Idempotency-Key": bad})
        assert answer.status_code == 422, bad


def test_an_empty_list_says_that_no_code_applies(site: Site) -> None:
    """Also where one code is chosen; it is final like any other set."""
    ada, _, _ = _team(site)
    none: dict[str, list[str]] = {"domain": [], "level": []}
    assert ada.decide(_segment(ada), none)["final"] == none


def test_dimensions_that_do_not_apply_to_the_speaker_are_absent(site: Site) -> None:
    """An interviewer's segment has the dimension for interviewers, a participant's has not."""
    ada, _, _ = _team(site)
    asked, told = (_segment(ada, f"{who} speaks here.", speaker=who) for who in ("interviewer", "participant"))
    assert ada.get(f"/segments/{asked}")["dimensions"] == ["domain", "level", "craft"]
    assert ada.get(f"/segments/{told}")["dimensions"] == ["domain", "level"]
    ada.decide(told, {**SAFE, "craft": ["asks"]}, status=422)
    assert ada.decide(asked, {**SAFE, "craft": ["asks"]})["final"]["craft"] == ["asks"]


def _advice(said: Any) -> set[tuple[bool, str | None, bool]]:
    return {(a["abstained"], a["reason"], bool(a["candidates"])) for a in said["dimensions"]}


WITHHELD = {(True, "withheld", False)}


def test_under_always_advice_is_given_and_recorded(site: Site) -> None:
    """The server knows what was shown, and how long before."""
    ada, _, _ = _team(site)
    (said,) = ada.suggest("alpha", {"document_id": "d", "text": TEXT})
    assert all(candidates for _, _, candidates in _advice(said))
    ada.decide(said["segment_id"], SAFE)
    assert ada.get(f"/segments/{said['segment_id']}")["own"]["advice"] == "shown"


def test_under_never_nothing_is_told_to_anyone(site: Site) -> None:
    """People and programs alike get `withheld`; nothing counts as shown."""
    ada, _, _ = _team(site, advice="never")
    (said,) = ada.suggest("alpha", {"document_id": "d", "text": TEXT})
    assert _advice(said) == WITHHELD
    assert all(not a["best"] and not a["words"] and not a["evidence"] for a in said["dimensions"])
    assert _advice(site.program().suggest("alpha", {"document_id": "d", "text": TEXT})[0]) == WITHHELD
    ada.decide(said["segment_id"], SAFE)
    assert ada.get(f"/segments/{said['segment_id']}")["own"]["advice"] == "none"


def test_after_own_choice_advice_comes_after_the_first_choice(site: Site) -> None:
    """Each person waits for their own choice, a program until the segment is open to nobody."""
    ada, grace, _ = _team(site, advice="after_own_choice", coders_required=2)
    program = site.program()
    place = {"document_id": "d", "text": TEXT}
    (said,) = ada.suggest("alpha", place)
    assert _advice(said) == WITHHELD
    ada.decide(said["segment_id"], SAFE)
    (shown,) = ada.suggest("alpha", place)
    assert _advice(shown) != WITHHELD
    assert _advice(grace.suggest("alpha", place)[0]) == WITHHELD
    assert _advice(program.suggest("alpha", place)[0]) == WITHHELD
    ada.decide(said["segment_id"], AWARE, suggestion_id=shown["suggestion_id"])
    assert ada.get(f"/segments/{said['segment_id']}")["own"]["advice"] == "shown"
    grace.decide(said["segment_id"], AWARE)
    assert grace.get(f"/segments/{said['segment_id']}")["own"]["advice"] == "none"
    assert _advice(program.suggest("alpha", place)[0]) != WITHHELD


def test_where_a_program_was_told_a_decision_says_unknown(site: Site) -> None:
    """Nobody knows whether the program showed it to the person."""
    ada, _, _ = _team(site)
    segment = site.program().suggest("alpha", {"document_id": "d", "text": TEXT})[0]["segment_id"]
    ada.decide(segment, SAFE)
    assert ada.get(f"/segments/{segment}")["own"]["advice"] == "unknown"


def test_the_blind_share_gets_no_advice_but_for_what_stands_alone(site: Site) -> None:
    """Its segments are the same for everybody."""
    ada, grace, _ = _team(site, blind_share=0.5)
    segments = [{"document_id": "d", "position": i, "text": f"Segment {i} of the story."} for i in range(60)]
    found = [_advice(said) == WITHHELD for said in ada.suggest("alpha", *segments)]
    assert 10 < sum(found) < 50
    assert found == [_advice(said) == WITHHELD for said in grace.suggest("alpha", *segments)]
    alone = ada.suggest("alpha", *({"text": f"Segment {i} alone."} for i in range(30)))
    assert not any(_advice(said) == WITHHELD for said in alone)


def test_a_model_is_silent_on_what_it_was_trained_on_while_it_is_open(site: Site) -> None:
    """Otherwise its advice would tell what others decided."""
    ada, grace, _ = _team(site, coders_required=2)
    ada.bring("alpha", "one.txt")
    item = ada.get("/projects/alpha/queue")["items"][0]
    place = {key: item[key] for key in ("document_id", "position", "text")}
    _train_on(site, item["segment_id"])
    trained = {(True, "in_training_data", False)}
    assert _advice(ada.suggest("alpha", place)[0]) == trained
    assert _advice(site.program().suggest("alpha", place)[0]) == trained
    ada.decide(item["segment_id"], SAFE)
    assert ada.get(f"/segments/{item['segment_id']}")["own"]["advice"] == "none"
    assert _advice(ada.suggest("alpha", place)[0]) != trained
    assert _advice(grace.suggest("alpha", place)[0]) == trained


def _train_on(site: Site, segment_id: str) -> None:
    """Let the project's model say that it was trained on a segment."""
    running = site.app.state.inkling
    with store.reading(site.engine) as connection:
        project = projects.find(connection, "alpha")
        assert project is not None
        suggester = running.shelf.current(projects.codebook_of(connection, project))
    support = dataclasses.replace(suggester.bundle.support, segments=frozenset({segment_id}))
    suggester.bundle = dataclasses.replace(suggester.bundle, support=support)


def test_the_same_place_keeps_its_segment(site: Site) -> None:
    """By position, and without one by its text; new text gets the next free place."""
    ada, grace, _ = _team(site)
    one = _segment(ada, position=7)
    assert _segment(grace, position=7) == one
    assert _segment(ada) == one
    new = ada.get(f"/segments/{_segment(ada, 'Something new.')}")
    assert (new["position"], new["document_id"]) == (8, "d")


def test_empty_text_is_refused_by_the_model_not_the_server(site: Site) -> None:
    """Every segment gets its answer."""
    ada, _, _ = _team(site)
    (said,) = ada.suggest("alpha", {"text": ""})
    assert {a["reason"] for a in said["dimensions"]} == {"refused"}
    assert ada.suggest("alpha") == []
