"""Schemathesis plays a client that has read nothing but the OpenAPI document, against a server that runs."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from service.app import create_app
from service.domain import codebook
from service.domain.projects import ProjectSettings
from service.settings import Settings
from service.store import engine as store
from service.store import people, projects
from tests.fakes import BOOK, CHEAP_HASH, PASSWORD
from tests.serving import running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Settings]]:
    """Run the service on a free port, over a store with a researcher and a project."""
    home = tmp_path_factory.mktemp("api")
    here = Settings(home=home, models=home / "models", encoder="hashing")
    with running(create_app(here)) as address:
        fill(here)
        yield address, here


def fill(here: Settings) -> None:
    """Add a researcher who is a member of the project `trial`."""
    engine = store.open_database(here.url)
    book = codebook.parse(dict(BOOK), "book", short_name="book")
    with store.writing(engine) as connection:
        person = people.add(connection, "rita", "researcher", CHEAP_HASH, time.time())
        projects.add(connection, "trial", projects.add_codebook(connection, book, 0.0), ProjectSettings(), 0.0)
        found = projects.find(connection, "trial")
        assert found is not None
        projects.add_member(connection, found, person)
    engine.dispose()


@pytest.fixture(scope="module")
def cookie(server: tuple[str, Settings]) -> str:
    """Sign the researcher in and return the session's cookie."""
    answer = httpx2.post(f"{server[0]}/api/v1/session", json={"name": "rita", "password": PASSWORD})
    return str(answer.headers["set-cookie"]).partition(";")[0]


def schemathesis(address: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis on the server's own description."""
    command = [str(Path(sys.executable).parent / "schemathesis"), *words[:2], "run", f"{address}/api/v1/openapi.json"]
    command += words[2:]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=folder)


def test_every_operation_keeps_its_word(server: tuple[str, Settings], cookie: str, tmp_path: Path) -> None:
    """Whatever is sent, each operation answers with a status, type and body that the document names, and no 5xx."""
    config = tmp_path / "schemathesis.toml"
    config.write_text(f'[auth.openapi.session]\napi_key = "{cookie.partition("=")[2]}"\n', encoding="utf-8")
    done = schemathesis(
        server[0],
        tmp_path,
        *("--config-file", str(config)),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--seed", "1", "--generation-database=none"),
        # Signing out would end the session that everything else is asked in; signing in is throttled.
        *("--exclude-path", "/api/v1/session", "--exclude-checks", "unsupported_method,positive_data_acceptance"),
        *("--report", "junit", "--report-dir", str(tmp_path)),
    )
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]


def test_the_document_is_complete(server: tuple[str, Settings]) -> None:
    """The document names every path of the contract that this version has."""
    paths = httpx2.get(f"{server[0]}/api/v1/openapi.json").json()["paths"]
    promised = {
        "/api/v1/session", "/api/v1/suggestions", "/api/v1/segments/{segment_id}/decisions",
        "/api/v1/segments/{segment_id}", "/api/v1/models",
    }  # fmt: skip
    assert promised <= set(paths)
