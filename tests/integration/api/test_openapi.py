"""The service describes itself: as JSON for programs, as a page for people without a network."""

import re
from typing import Any

import pytest

from service.api import openapi
from tests.fakes import Site

PROMISED = {
    ("POST", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/suggestions"),
    ("POST", "/api/v1/segments/{segment_id}/decisions"),
    ("GET", "/api/v1/segments/{segment_id}"),
    ("GET", "/api/v1/projects/{project}/queue"),
    ("GET", "/api/v1/projects/{project}/codings"),
    ("GET", "/api/v1/models"),
    ("POST", "/api/v1/projects/{project}/trainings"),
    ("GET", "/api/v1/jobs/{job_id}"),
    ("DELETE", "/api/v1/jobs/{job_id}"),
    ("POST", "/api/v1/models/{model_id}/promotion"),
    ("GET", "/api/v1/health"),
}


@pytest.fixture
def document(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = site.client.get("/api/v1/openapi.json").json()
    return found


def test_every_promised_route_is_there(document: dict[str, Any]) -> None:
    """The contract's routes, by method and path."""
    assert {(method, path) for method, path, _ in openapi.operations(document)} >= PROMISED


def test_every_operation_says_who_may_and_what_can_go_wrong(document: dict[str, Any]) -> None:
    """Each has a description, its security, and its problems as such."""
    for method, path, operation in openapi.operations(document):
        assert operation["description"], path
        if path not in ("/api/v1/health",) and (method, path) != ("POST", "/api/v1/session"):
            assert operation["security"], path
        problems = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"400", "401", "403", "413", "422", "500"} <= set(problems), path
        for answer in problems.values():
            assert list(answer["content"]) == ["application/problem+json"], path


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """A client can be generated from the document."""
    names = set(re.findall(r"'#/components/schemas/([^']+)'", str(document)))
    assert names <= set(document["components"]["schemas"])
    assert "SuggestionsIn" in names


def test_the_page_lists_every_route_and_loads_nothing_from_elsewhere(site: Site, document: dict[str, Any]) -> None:
    """It stands under the same strict policy as all pages: no script, no foreign address."""
    page = site.client.get("/api/docs").text
    for method, path, operation in openapi.operations(document):
        assert f'id="{operation["operationId"]}"' in page, (method, path)
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in page
    assert "<script" not in page
    assert " style=" not in page
    assert not re.findall(r'(?:href|src)="(?:https?:)?//', page)
    linked = set(re.findall(r'href="(/[^"]+\.(?:css|svg|json))"', page))
    assert all(site.client.get(address).status_code == 200 for address in linked)
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_the_contracts_example_can_be_followed_from_the_document_alone(site: Site, document: dict[str, Any]) -> None:
    """The example bodies are valid as they stand."""
    researcher = site.project("demo")
    body = document["components"]["schemas"]["SuggestionsIn"]["examples"][0]
    assert len(researcher.suggest(body["project"], *body["segments"])) == len(body["segments"])
