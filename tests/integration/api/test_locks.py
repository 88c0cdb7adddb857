"""Only a person finalises a code: what the server's edge refuses."""

from typing import Any

import pytest

from tests.fakes import SAFE, Site, Someone


@pytest.fixture
def coder(site: Site) -> Someone:
    site.project()
    return site.person("Ada", member_of=("alpha",))


def _segment(coder: Someone) -> str:
    return str(coder.suggest("alpha", {"document_id": "d", "text": "We always ask before we begin."})[0]["segment_id"])


def test_a_token_that_decides_gets_403(site: Site, coder: Someone) -> None:
    """No program can decide, not even on what it asked about itself."""
    segment = _segment(coder)
    answer = site.program().ask("POST", f"/segments/{segment}/decisions", json={"codes": SAFE})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:inkling:persons-only"
    assert coder.get("/projects/alpha/codings")["items"] == []


def test_a_token_beside_a_cookie_is_still_a_token(site: Site, coder: Someone) -> None:
    """A program can't borrow the rights of a person's session that it also sends."""
    headers = {**coder.headers, **site.program().headers}
    answer = Someone(site.client, headers).ask("POST", f"/segments/{_segment(coder)}/decisions", json={"codes": SAFE})
    assert answer.status_code == 403


def test_strangers_and_bad_tokens_get_401(site: Site, coder: Someone) -> None:
    """Without a session or with an unknown token nothing is decided."""
    path = f"/segments/{_segment(coder)}/decisions"
    assert site.nobody.ask("POST", path, json={"codes": SAFE}).status_code == 401
    for header in ("Bearer nonsense", "Basic YTpi", "Bearer"):
        answer = site.nobody.ask("POST", path, json={"codes": SAFE}, headers={"Authorization": header})
        assert answer.status_code == 401, header
        assert answer.headers["www-authenticate"] == "Bearer"


def test_an_admin_does_not_decide(site: Site, coder: Someone) -> None:
    """Admins keep people and tokens; they have no part in coding."""
    admin = site.person("Root", "admin")
    assert admin.ask("POST", f"/segments/{_segment(coder)}/decisions", json={"codes": SAFE}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"codes": {"domain": ["safety"]}},
        {"codes": {}},
        {},
        {"codes": {"level": ["facilitator"]}, "accept_suggestion": True},
        {"suggestion_id": "SUGGESTION"},
        [{"codes": SAFE}],
        {"segments": ["a", "b"], "codes": SAFE},
        {"codes": {**SAFE, "domain": None}},
        {"codes": SAFE, "final": True},
    ],
)
def test_every_required_dimension_must_be_named_in_one_request_for_one_segment(coder: Someone, body: Any) -> None:
    """There is no accept-all, no default and no other way to leave a dimension to the machine."""
    (said,) = coder.suggest("alpha", {"document_id": "d", "text": "We always ask before we begin."})
    if isinstance(body, dict) and body.get("suggestion_id"):
        body = {"suggestion_id": said["suggestion_id"]}
    assert coder.ask("POST", f"/segments/{said['segment_id']}/decisions", json=body).status_code == 422
    assert coder.get("/projects/alpha/codings")["items"] == []


def test_a_suggestion_is_never_a_coding(coder: Someone) -> None:
    """However often the machine is asked, nothing becomes final."""
    for _ in range(3):
        (said,) = coder.suggest("alpha", {"document_id": "d", "text": "We always ask before we begin."})
    segment = coder.get(f"/segments/{said['segment_id']}")
    assert segment["own"] is None
    assert segment["final"] == {"domain": None, "level": None}
    assert coder.get("/projects/alpha/codings")["items"] == []


def test_a_decision_belongs_to_the_session_that_sends_it(site: Site, coder: Someone) -> None:
    """The person is who is signed in, whatever a body claims."""
    segment = _segment(coder)
    assert coder.decide(segment, SAFE)["person"] == "Ada"
    answer = coder.ask("POST", f"/segments/{segment}/decisions", json={"codes": SAFE, "person": "Grace"})
    assert answer.status_code == 422
