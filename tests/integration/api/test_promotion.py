"""A running service takes a promoted model over, and goes back, without dropping or mixing a request."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from service.readers.codebook import read_codebook
from service.readers.excerpts import read_rows
from service.settings import Settings
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.registry import Registry
from tests.fakes import open_site
from tests.integration.api.test_durability import _free_port, _serve
from training import dataset, fit

ROOT = Path(__file__).parents[3]
TEXTS = ("We ask before we begin, and nobody has to answer.", "The agency rewrote its intake form with us.")
CLIENTS = 4


@dataclass
class Running:
    """A service in a process of its own, and two models of the starter codebook that it may serve."""

    folder: Path
    port: int
    headers: dict[str, str]
    models: tuple[str, str]
    registry: Registry
    answers: list[tuple[float, float, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def suggest(self) -> bytes:
        """Return the body of suggestions for the same segments, without their ids."""
        segments = [{"document_id": "d", "position": place, "text": text} for place, text in enumerate(TEXTS)]
        answer = httpx2.post(
            f"http://127.0.0.1:{self.port}/api/v1/suggestions",
            json={"project": "alpha", "segments": segments},
            headers=self.headers,
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        return re.sub(rb'("suggestion_id":)"[^"]+"', rb'\1""', answer.content)

    def model(self) -> str:
        """Return the id of the model that answers."""
        return str(json.loads(self.suggest())["suggestions"][0]["model_id"])

    def until(self, model_id: str) -> None:
        """Wait until this model answers."""
        for _ in range(600):
            if self.model() == model_id:
                return
            time.sleep(0.05)
        raise AssertionError(f"{model_id} never served")

    def inkling(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run the command in another process."""
        names = {"HOME": self.folder / "home", "MODELS": self.folder / "models", "ENCODER": "hashing"}
        env = {**os.environ, **{f"INKLING_{name}": str(value) for name, value in names.items()}}
        return subprocess.run([sys.executable, "-m", "service", *words], cwd=ROOT, env=env, capture_output=True)

    def sign(self, *words: str) -> None:
        """Promote or go back as the researcher."""
        done = self.inkling("models", *words, "--by", "rita", "--reason", "a test")
        assert done.returncode == 0, done.stderr.decode()


def _models(registry: Registry) -> tuple[str, str]:
    """Keep a model from definitions and one fitted on a few invented excerpts."""
    book, encoder = read_codebook(Settings().starter_codebook), HashingEncoder()
    rows = read_rows(Settings().data / "excerpts" / "trauma-informed-practice.jsonl")[:200]
    made = definitions_bundle(book, encoder), fit.fit_head(dataset.freeze(rows, book), encoder)
    first, second = (registry.keep(bundle).name for bundle in made)
    return first, second


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Serve a project with the first of two models."""
    site, client = open_site(tmp_path)
    site.clock.time = time.time()
    registry = Registry(tmp_path / "models")
    first, second = _models(registry)
    registry.set_up(first)
    with client:
        rita = site.person("rita", "researcher")
        rita.post("/projects", {"name": "alpha", "blind_share": 0.0})
    port = _free_port()
    process = _serve(tmp_path, port)
    try:
        yield Running(tmp_path, port, dict(rita.headers), (first, second), registry)
    finally:
        process.kill()
        process.wait()


def _keep_asking(running: Running, stop: threading.Event) -> None:
    """Note when each request began and ended and which model answered it."""
    while not stop.is_set():
        began = time.monotonic()
        try:
            said = running.model()
        except Exception as error:
            running.faults.append(repr(error))
            return
        running.answers.append((began, time.monotonic(), said))


def test_no_request_is_dropped_by_a_promotion(running: Running) -> None:
    """While others ask, a promotion by the command line changes the model once: nothing fails, nothing flickers."""
    first, second = running.models
    assert running.model() == first
    stop = threading.Event()
    clients = [threading.Thread(target=_keep_asking, args=(running, stop)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    running.sign("promote", second)
    running.until(second)
    seen = time.monotonic()
    enough = len(running.answers) + 4 * CLIENTS
    while len(running.answers) < enough and not running.faults:
        time.sleep(0.01)
    stop.set()
    for client in clients:
        client.join()
    assert running.faults == []
    assert {said for _, _, said in running.answers} == {first, second}
    assert {said for began, _, said in running.answers if began > seen} == {second}
    first_new = min(ended for _, ended, said in running.answers if said == second)
    assert all(said == second for began, _, said in running.answers if began > first_new)


def test_a_rollback_gives_the_same_bytes(running: Running) -> None:
    """Over REST and on the command line, the model gone back to says what it said, to the byte."""
    first, second = running.models
    ask = ("suggest", "--text", TEXTS[0], "--json")
    before, said = running.suggest(), running.inkling(*ask).stdout
    running.sign("promote", second)
    running.until(second)
    assert running.suggest() != before
    assert running.inkling(*ask).stdout != said
    name = running.registry.show(first).codebook
    running.sign("rollback", "--codebook", name)
    running.until(first)
    assert running.suggest() == before
    assert running.inkling(*ask).stdout == said


def test_a_model_that_cannot_be_used_is_passed_over(running: Running) -> None:
    """Damaged after it was promoted, it never serves, and the one before goes on answering."""
    first, second = running.models
    assert running.model() == first
    weights = running.registry.path(second) / "weights.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1])
    refused = running.inkling("models", "promote", second, "--by", "rita", "--reason", "a test")
    assert refused.returncode == 1
    assert b"weights.safetensors" in refused.stderr
    assert refused.stderr.count(b"\n") == 1
    changes = json.loads((running.registry.root / "registry.json").read_text(encoding="utf-8"))
    changes["changes"].append({**changes["changes"][-1], "model_id": second, "by": "rita"})
    (running.registry.root / "part").write_text(json.dumps(changes), encoding="utf-8")
    (running.registry.root / "part").replace(running.registry.root / "registry.json")
    assert [running.model() for _ in range(3)] == [first] * 3
