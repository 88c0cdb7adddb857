"""What every request passes and every answer carries."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from service.api.guards import Guard, Rules
from service.store import projects
from service.web import pages
from tests.fakes import ADDRESS, PASSWORD, SAFE, Site, Someone
from tests.loops import run_alone

BODY = {"name": "Ada", "password": PASSWORD}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:9", "[::1]", "[::1]:8000", "inkling.example"])
def test_known_hosts_are_answered(sites: Callable[..., Site], host: str) -> None:
    """Loopback by any of its names, and what the settings add."""
    site = sites(hosts="inkling.example, other.example")
    assert site.nobody.ask("GET", "/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost:8000:1", "", "0.0.0.0", "a:b"])
def test_unknown_hosts_get_400(site: Site, host: str) -> None:
    """A foreign page can't reach the service by pointing its own name here."""
    answer = site.nobody.ask("GET", "/health", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://127.0.0.1:8000"}, 403),
        ({"Origin": "http://127.0.0.1:9000"}, 403),
        ({"Origin": "http://localhost:8000"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": ADDRESS, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": ADDRESS}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
    ],
)
def test_unsafe_requests_of_other_sites_get_403(site: Site, headers: dict[str, str], status: int) -> None:
    """A program says nothing of its origin and sends JSON; a browser says where it comes from."""
    site.person("Ada")
    assert site.nobody.ask("POST", "/session", json=BODY, headers=headers).status_code == status


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_forms_that_do_not_say_where_from_get_403(site: Site, kind: str) -> None:
    """An old browser could send these for another site's page."""
    ada = site.person("Ada")
    answer = ada.ask("POST", "/projects", content=b'{"name": "x"}', headers={"Content-Type": kind})
    assert answer.status_code == 403


def test_safe_requests_may_come_from_anywhere(site: Site) -> None:
    """Following a link here is no attack; the cookie does not even come along."""
    ada = site.person("Ada")
    assert ada.ask("GET", "/session", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_too_large_bodies_get_413(sites: Callable[..., Site]) -> None:
    """Whether the length is announced, wrongly announced or not announced at all."""
    site = sites(max_body_bytes=1000, max_upload_bytes=2000)
    site.project()
    ada = site.person("Ada", member_of=("alpha",))
    large = {"project": "alpha", "segments": [{"text": "x" * 2000}]}
    assert ada.ask("POST", "/suggestions", json=large).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 100

    for path in ("/suggestions", "/projects", "/segments/a/decisions"):
        answer = ada.ask("POST", path, content=pieces(), headers={"Content-Type": "application/json"})
        assert answer.status_code == 413, path
        assert answer.headers["content-type"] == "application/problem+json"
    assert ada.bring("alpha", "one.txt", "x " * 1500).status_code == 413
    assert ada.bring("alpha", "one.txt", "x " * 100_000).status_code == 413
    assert ada.get("/projects/alpha/documents")["items"] == []


def test_a_nonsense_length_is_refused(site: Site) -> None:
    """The header is not taken for a number if it is none."""
    assert site.nobody.ask("POST", "/session", content=b"{}", headers={"Content-Length": "many"}).status_code == 413


def test_every_answer_carries_the_security_headers(site: Site) -> None:
    """Pages, answers, problems and refusals alike."""
    ada = site.person("Ada")
    answers = [
        ada.ask("GET", "/session"),
        ada.ask("GET", "/nothing"),
        ada.ask("GET", "/session", headers={"Host": "evil.example"}),
        site.nobody.ask("GET", "/session"),
        site.client.get("/"),
        site.client.get("/nowhere"),
        site.client.get("/api/docs"),
        site.client.get("/api/v1/openapi.json"),
    ]
    for answer in answers:
        for name, value in pages.security_headers().items():
            assert answer.headers[name] == value, answer.url
        assert answer.headers["cache-control"] == "no-store"


def _raise(*_: object, **__: object) -> Any:
    raise RuntimeError("zebracanary")


def test_a_fault_of_ours_says_nothing_and_logs_where_not_what(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception's words can hold a transcript's, so neither the client nor the log gets them."""
    ada = site.person("Ada")
    monkeypatch.setattr(projects, "every", _raise)
    with caplog.at_level(logging.DEBUG):
        answer = ada.ask("GET", "/projects")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "zebracanary" not in answer.text
    assert "RuntimeError" not in answer.text
    faults = [record.getMessage() for record in caplog.records if record.name == "inkling.faults"]
    assert len(faults) == 1
    assert faults[0].startswith("RuntimeError at test_guards.py")
    assert "zebracanary" not in caplog.text


def test_logs_hold_routes_not_addresses_and_no_text(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """A document's name can name a person; a transcript's words are nobody's business."""
    with caplog.at_level(logging.DEBUG):
        site.project()
        ada = site.person("Ada", member_of=("alpha",))
        ada.bring("alpha", "maria-zebracanary.txt", "Maria: zebracanary was here, and she stayed the night.")
        ada.get("/projects/alpha/documents/maria-zebracanary.txt")
        ada.get("/projects/alpha/queue?document_id=maria-zebracanary.txt")
        said = ada.suggest("alpha", {"document_id": "d", "text": "zebracanary again"})[0]
        ada.decide(said["segment_id"], SAFE, memo="zebracanary memo")
        ada.decide(said["segment_id"], {"zebracanary": ["zebracanary"]}, status=422)
        ada.suggest("alpha", {"document_id": "d", "position": 0, "text": "zebracanary other"}, status=409)
        ada.bring("alpha", "broken.docx", "zebracanary")
    access = [record.getMessage() for record in caplog.records if record.name == "inkling.access"]
    assert any(line.startswith("GET /projects/{project}/documents/{document_id:path} 200") for line in access)
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert not [line for line in ours if "zebracanary" in line.lower()]


def test_a_stranger_is_refused_before_their_upload_is_read(site: Site) -> None:
    """No body of a stranger is taken in."""
    seen = []

    def pieces() -> Iterator[bytes]:
        seen.append(1)
        yield b"x"

    headers = {"Content-Type": "application/json", "Origin": ADDRESS}
    assert site.nobody.ask("POST", "/projects/alpha/documents", content=pieces(), headers=headers).status_code == 401


def test_two_clients_do_not_share_a_session(site: Site) -> None:
    """What one browser holds is not another's."""
    site.person("Ada")
    assert TestClient(site.app, base_url=ADDRESS).get("/api/v1/session").status_code == 401
    assert Someone(site.client, {"Cookie": "inkling_session=guess"}).ask("GET", "/session").status_code == 401


def test_a_client_that_leaves_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """Connections break; the log of faults is kept for what went wrong here."""

    async def left(scope: Scope, receive: Receive, send: Send) -> None:
        raise ClientDisconnect

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": [(b"host", b"localhost")]}
    run_alone(Guard(left, Rules())(scope, receive, send))
    assert (sent, caplog.records) == ([], [])
