"""Page shells and static files: their headers, and that they hold no data."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.testclient import TestClient

from service import errors
from service.readers import codebook, coded, files
from service.web import pages

_STATIC = Path(pages.__file__).parent / "static"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
_PATHS = (
    "/",
    "/sign-in",
    "/projects/demo",
    "/projects/demo/adjudicate",
    "/projects/demo/report",
    "/projects/demo/import",
    "/projects/demo/models",
    "/projects/demo/code/folder%2Finterview%201.txt",
)


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    pages.mount(app)

    @app.exception_handler(errors.NotFound)
    def missing(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 404)

    return TestClient(app)


@pytest.mark.parametrize("path", _PATHS)
def test_pages_are_strict_and_never_kept(client: TestClient, path: str) -> None:
    """Every page carries the whole policy and is stored by no cache."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == _POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]


def test_a_page_is_the_same_for_every_project(client: TestClient) -> None:
    """A shell holds no data, not even what its address says."""
    assert client.get("/projects/one").content == client.get("/projects/two").content


def test_a_page_knows_only_whether_there_may_be_a_session(client: TestClient) -> None:
    """With a session's cookie the shell lets its script ask for the session; without, it offers to sign in at once."""
    client.cookies.set("inkling_session", "anything")
    assert 'data-session="maybe"' in client.get("/").text
    client.cookies.clear()
    assert 'data-session="none"' in client.get("/").text


def test_files_of_this_version_are_kept_for_ever_and_others_asked_for_again(client: TestClient) -> None:
    """The address with the digest is immutable; the plain one and an old one answer with an ETag to compare."""
    found = re.search(r'src="(/static/v-[0-9a-f]+)/js/theme.js"', client.get("/").text)
    assert found
    lasting = client.get(f"{found[1]}/js/theme.js")
    assert lasting.headers["cache-control"] == "public, max-age=31536000, immutable"
    for address in ("/static/js/theme.js", "/static/v-0000/js/theme.js"):
        answer = client.get(address)
        assert answer.content == lasting.content
        assert answer.headers["cache-control"] == "no-cache"
        again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("path", ["/static/nothing.js", "/static/..%2fpages.py", "/static/../pages.py"])
def test_only_files_of_the_folder_are_served(client: TestClient, path: str) -> None:
    """Nothing outside the static folder, and nothing of another kind, can be fetched."""
    assert client.get(path).status_code == 404


def test_everything_that_pages_and_scripts_name_exists(client: TestClient) -> None:
    """Every style, script and import that a page leads to is there."""
    for path in _PATHS:
        for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get(path).text):
            assert client.get(address).status_code == 200, address
    for script in _STATIC.rglob("*.js"):
        for name in re.findall(r'(?:from|import) "(\.[^"]+)"', script.read_text()):
            assert (script.parent / name).is_file(), f"{script.name} imports {name}"


def test_text_can_enter_a_page_only_as_text() -> None:
    """No script builds HTML from strings, and no template has anything inline."""
    for script in _STATIC.rglob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script.read_text())
    for template in (Path(pages.__file__).parent / "templates").glob("*.html"):
        text = template.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), template.name


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No style, script or page names another host."""
    for file in [*_STATIC.rglob("*.*"), *(Path(pages.__file__).parent / "templates").glob("*.html")]:
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, file.name
        assert "https://" not in text, file.name


def test_the_pages_know_every_format(client: TestClient) -> None:
    """What a file dialog offers is what the readers read; what only another tool can read is told where it is said."""
    script = (_STATIC / "js" / "coded-files.js").read_text()
    named = {found for group in re.findall(r"\[(\"\.[^\]]*)\]", script) for found in re.findall(r'"(\.\w+)"', group)}
    assert {*coded.SUFFIXES, *coded.REFUSED} - {".pdf"} == named
    offered = {
        page: set(re.findall(r"\.\w+", found[1]))
        for page in ("/", "/projects/demo")
        if (found := re.search(r'<inkling-drop[^>]* accept="([^"]*)"', client.get(page).text))
    }
    assert offered == {"/": {*codebook.SUFFIXES, *coded.SUFFIXES}, "/projects/demo": set(files.SUFFIXES)}
