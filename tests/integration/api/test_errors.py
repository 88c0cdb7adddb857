"""The contract's error codes, each as a problem that repeats nothing a client sent."""

from typing import Any

import pytest

from tests.fakes import ADDRESS, AWARE, SAFE, Site, Someone

CANARY = "zebracanary"
SAID = {"document_id": "d", "position": 0, "text": f"They said {CANARY} in the first week."}


@pytest.fixture
def coder(site: Site) -> Someone:
    site.project()
    return site.person("Ada", member_of=("alpha",))


def _refused(someone: Someone, method: str, path: str, status: int, **options: Any) -> dict[str, Any]:
    answer = someone.ask(method, path, **options)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail"} <= set(body)
    assert body["status"] == status
    assert CANARY not in answer.text
    return body


def test_401_without_a_session(site: Site, coder: Someone) -> None:
    """Everything but the health of the service needs somebody."""
    assert site.nobody.get("/health")["status"] == "ok"
    for path in (
        "/session",
        "/projects",
        "/projects/alpha",
        "/projects/alpha/queue",
        "/segments/x",
        "/models",
        "/people",
    ):
        _refused(site.nobody, "GET", path, 401)
    _refused(site.nobody, "POST", "/suggestions", 401, json={"project": "alpha", "segments": [SAID]})
    _refused(site.nobody, "POST", "/suggestions", 401, json={"nonsense": CANARY})
    _refused(site.nobody, "POST", "/projects/alpha/documents", 401, files={"file": ("a.txt", b"x")})


def test_an_address_that_leads_nowhere_has_a_page_for_people_only(site: Site) -> None:
    """A browser gets a page, a program a problem; under the API's addresses everybody does."""
    person = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    shown = site.client.get("/nowhere", headers=person)
    assert (shown.status_code, shown.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "nowhere" not in shown.text
    for path, headers in (("/nowhere", {}), ("/nowhere", {"Accept": "application/json"}), ("/api/v1/nowhere", person)):
        answer = site.client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert site.client.post("/nowhere", headers=person).headers["content-type"] == "application/problem+json"


def test_404_for_what_is_unknown_or_another_projects(site: Site, coder: Someone) -> None:
    """Who is not a member can't tell an unknown project from one that is not theirs."""
    segment = coder.suggest("alpha", SAID)[0]["segment_id"]
    outsider = site.person("Eve")
    inside = _refused(outsider, "GET", "/projects/alpha", 404)
    assert inside == _refused(outsider, "GET", "/projects/nowhere", 404)
    for path in ("documents", "queue", "codings", "export", "report", "report.svg", "documents/d"):
        _refused(outsider, "GET", f"/projects/alpha/{path}", 404)
    here = _refused(outsider, "GET", f"/segments/{segment}", 404)
    assert here == _refused(outsider, "GET", "/segments/0123456789abcdef01234567", 404)
    _refused(outsider, "POST", f"/segments/{segment}/decisions", 404, json={"codes": SAFE})
    _refused(outsider, "POST", "/suggestions", 404, json={"project": "alpha", "segments": [SAID]})
    _refused(coder, "GET", "/projects/alpha/documents/none", 404)
    _refused(coder, "GET", "/nothing", 404)
    _refused(coder, "GET", "/projects/a%00b", 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/models", "GET"),
        ("PUT", "/session", "DELETE, GET, POST"),
        ("DELETE", "/projects/alpha/documents/north/one.txt", "GET, PATCH"),
        ("POST", "/health", "GET"),
    ],
)
def test_405_for_a_method_that_an_address_does_not_take(coder: Someone, method: str, path: str, allowed: str) -> None:
    """The answer says which it takes."""
    answer = coder.ask(method, path, json={})
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert answer.headers["content-type"] == "application/problem+json"


def test_409_for_a_suggestion_of_another_segment(coder: Someone) -> None:
    """A decision can only answer what was said of its own segment."""
    one, other = coder.suggest("alpha", SAID, {"document_id": "d", "text": "Something else entirely was said."})
    body = {"codes": SAFE, "suggestion_id": other["suggestion_id"]}
    _refused(coder, "POST", f"/segments/{one['segment_id']}/decisions", 409, json=body)
    body = {"codes": SAFE, "suggestion_id": "unknown"}
    _refused(coder, "POST", f"/segments/{one['segment_id']}/decisions", 404, json=body)


def test_409_for_other_text_at_the_same_place(coder: Someone) -> None:
    """What stands at a position stays."""
    coder.suggest("alpha", SAID)
    other = {**SAID, "text": f"Not what was said: {CANARY}"}
    _refused(coder, "POST", "/suggestions", 409, json={"project": "alpha", "segments": [other]})


def test_409_for_what_would_be_added_to_an_imported_transcript(coder: Someone) -> None:
    """A transcript is whole."""
    coder.bring("alpha", "one.txt")
    more = {"document_id": "one.txt", "text": f"More of it: {CANARY}"}
    _refused(coder, "POST", "/suggestions", 409, json={"project": "alpha", "segments": [more]})


def test_409_for_other_text_under_a_known_id(coder: Someone) -> None:
    """A file of the same name with other text is refused; what is stored stays."""
    first = coder.bring("alpha", "one.txt", f"Ada: We met in {CANARY} every week.")
    assert first.status_code == 201
    again = coder.bring("alpha", "one.txt", "Ada: We never met.")
    assert again.status_code == 409
    assert CANARY in coder.get("/projects/alpha/documents/one.txt")["text"]


def test_409_for_the_same_key_with_another_body(coder: Someone) -> None:
    """A key stands for one request."""
    segment = coder.suggest("alpha", SAID)[0]["segment_id"]
    headers = {"Idempotency-Key": "k1"}
    coder.decide(segment, SAFE, memo="", status=201)
    coder.post(f"/segments/{segment}/decisions", {"codes": SAFE}, headers=headers)
    _refused(coder, "POST", f"/segments/{segment}/decisions", 409, json={"codes": AWARE}, headers=headers)


@pytest.mark.parametrize(
    "codes",
    [
        {**SAFE, "domain": ["no such code"]},
        {**SAFE, "no such dimension": ["x"]},
        {"domain": ["safety"]},
        {**SAFE, "level": ["facilitator", "organization"]},
        {**SAFE, "craft": ["asks"]},
        {**SAFE, CANARY: [CANARY]},
        {**SAFE, "domain": [CANARY]},
        {**SAFE, "domain": "safety"},
        {**SAFE, "domain": [1]},
    ],
)
def test_422_for_codes_that_do_not_fit_the_codebook(coder: Someone, codes: Any) -> None:
    """Unknown code or dimension, a required one missing, two codes where one is taken, another speaker's."""
    segment = coder.suggest("alpha", SAID)[0]["segment_id"]
    _refused(coder, "POST", f"/segments/{segment}/decisions", 422, json={"codes": codes})
    assert coder.get(f"/segments/{segment}")["own"] is None


@pytest.mark.parametrize(
    "segment",
    [
        {},
        {"text": None},
        {"text": f"nul\x00 {CANARY}"},
        {"text": CANARY, "position": -1},
        {"text": CANARY, "position": "0"},
        {"text": CANARY, "position": 1.5},
        {"text": CANARY, "position": True},
        {"text": CANARY, "position": 2**31},
        {"text": CANARY, "document_id": ""},
        {"text": CANARY, CANARY: CANARY},
        {"text": CANARY * 20_000},
    ],
)
def test_422_for_segments_that_are_not_valid(coder: Someone, segment: Any) -> None:
    """Wrong types are not guessed at, and the answer does not repeat them."""
    body = _refused(coder, "POST", "/suggestions", 422, json={"project": "alpha", "segments": [segment]})
    assert all(set(fault) == {"place", "message"} for fault in body["errors"])


def test_422_for_more_than_256_segments(coder: Someone) -> None:
    """256 are answered, 257 are not."""
    many = [{"text": f"Segment number {i}."} for i in range(257)]
    assert len(coder.suggest("alpha", *many[:256])) == 256
    _refused(coder, "POST", "/suggestions", 422, json={"project": "alpha", "segments": many})


@pytest.mark.parametrize(
    "content",
    [
        b'{"project": "alpha", "segments": [{"text": "\\ud800 zebracanary"}]}',
        b'{"project": "alpha", "segments": [{"text": "zebracanary"',
        b"zebracanary",
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"[" * 100_000,
        b"1" * 10_000,
    ],
)
@pytest.mark.parametrize("path", ["/suggestions", "/projects", "/segments/abc/decisions"])
def test_bodies_that_can_not_be_read_are_refused(site: Site, coder: Someone, path: str, content: bytes) -> None:
    """Broken JSON and half characters are the client's fault, and say nothing of their content."""
    someone = site.person("Rosa", "researcher", member_of=("alpha",))
    answer = someone.ask("POST", path, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert CANARY not in answer.text


def test_an_unknown_field_is_named_by_its_place_only(coder: Someone) -> None:
    """The name of an unknown field came from the client, so it is not repeated."""
    segment = coder.suggest("alpha", SAID)[0]["segment_id"]
    body = _refused(coder, "POST", f"/segments/{segment}/decisions", 422, json={"codes": SAFE, CANARY: 1})
    assert [fault["place"] for fault in body["errors"]] == ["body.…"]


def test_bad_cursors_and_limits_are_refused(coder: Someone) -> None:
    """A cursor is ours or none."""
    for query in ("cursor=zebracanary", "cursor=AAAA", "limit=0", "limit=501", "limit=x", "cursor=%F0%9F%98%80"):
        for path in ("queue", "codings"):
            _refused(coder, "GET", f"/projects/alpha/{path}?{query}", 422)


def test_refusals_are_sentences_for_people(site: Site, coder: Someone) -> None:
    """The detail names the field and what would be right, whichever route reads the body or the address."""
    segment = coder.suggest("alpha", SAID)[0]["segment_id"]
    decisions = f"/segments/{segment}/decisions"
    unknown = {"codes": SAFE, CANARY: 1}
    detail = _refused(coder, "POST", decisions, 422, json=unknown)["detail"]
    assert detail.startswith("The body has a field that is not known here; it takes suggestion_id, codes, memo, ")
    asked = {"project": "alpha", "segments": [{CANARY: 1}, {"text": 1}, {"text": 2}, {"text": 3}]}
    detail = _refused(coder, "POST", "/suggestions", 422, json=asked)["detail"]
    assert detail.startswith("segments.0.text is missing. segments.0 has a field that is not known here; it takes ")
    assert detail.endswith("segments.1.text must be a text. 2 more of its parts are not valid.")
    assert _refused(coder, "POST", "/suggestions", 422, content=CANARY)["detail"].endswith("sent as application/json.")
    assert _refused(coder, "GET", "/projects/alpha/queue?limit=0", 422)["detail"] == "limit must be at least 1."
    assert _refused(coder, "GET", "/projects/alpha/queue?limit=x", 422)["detail"] == "limit must be a whole number."
    json_wanted = {"content": CANARY, "headers": {"Content-Type": "application/json"}}
    for path in ("/suggestions", decisions):
        assert _refused(coder, "POST", path, 422, **json_wanted)["detail"] == "The body must be JSON in UTF-8."
    answer = coder.ask("POST", "/projects/alpha/documents", data={"x": CANARY}, headers={"Origin": ADDRESS})
    assert answer.json()["detail"] == "file is missing."
