"""The models that serve: taken over beside the old one, and never at its cost."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service import errors
from service.domain import codebook as codebooks
from service.domain.codebook import Codebook
from service.suggest import bundle
from service.suggest.bundle import Bundle
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.registry import Registry
from service.use_cases.serve_models import ModelShelf
from tests import invented
from tests.outdated import outdate

ENCODER = HashingEncoder(16)
BOOK = invented.book()
OTHER = codebooks.parse({"pace": {"slow": "Slowly.", "fast": "Fast."}}, "x", short_name="other")


class SlowRegistry(Registry):
    """Reads a model only once its gate is opened."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.gates: dict[str, threading.Event] = {}
        self.read: list[str] = []

    def load(self, model_id: str) -> Bundle:
        """Return a model, when it may be read."""
        if threading.current_thread().name == "load":
            self.read.append(model_id)
            if model_id in self.gates:
                self.gates[model_id].wait()
        return super().load(model_id)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[SlowRegistry]:
    """Return an empty registry, whose gates are opened in the end."""
    found = SlowRegistry(tmp_path / "models")
    yield found
    for gate in found.gates.values():
        gate.set()


def _model(registry: Registry, version: str, book: Codebook = BOOK) -> str:
    return registry.keep(definitions_bundle(replace(book, version=version), ENCODER)).name


def _shelf(registry: Registry, patience: float = 0.0) -> ModelShelf:
    return ModelShelf(registry, lambda: ENCODER, patience)


def _until(wanted: Callable[[], bool]) -> None:
    for _ in range(3000):
        if wanted():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came")


def test_a_promoted_model_serves_at_once_where_it_is_quickly_loaded(registry: SlowRegistry) -> None:
    """The first request after a promotion is answered by the new model."""
    one, two = _model(registry, "1"), _model(registry, "2")
    shelf = _shelf(registry, patience=600.0)
    registry.promote(one, "Ida", "first")
    assert shelf.current(BOOK).model_id == one
    registry.promote(two, "Ida", "second")
    assert shelf.current(BOOK).model_id == two
    registry.rollback(BOOK.name, "Ida", "back")
    assert shelf.current(BOOK).model_id == one


def test_the_old_one_serves_while_the_new_one_is_loaded(registry: SlowRegistry) -> None:
    """Nobody waits for a slow model, it is read once, and after the change it alone serves."""
    one, two = _model(registry, "1"), _model(registry, "2")
    shelf = _shelf(registry)
    registry.promote(one, "Ida", "first")
    shelf.current(BOOK)
    registry.gates[two] = threading.Event()
    registry.promote(two, "Ida", "second")
    assert [shelf.current(BOOK).model_id for _ in range(20)] == [one] * 20
    registry.gates[two].set()
    _until(lambda: shelf.current(BOOK).model_id == two)
    assert [shelf.current(BOOK).model_id for _ in range(20)] == [two] * 20
    assert registry.read.count(two) == 1


def test_requests_wait_one_moment_in_all(registry: SlowRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment begins when the promotion is seen: once it is over, no request waits for the slow model."""
    one, two = _model(registry, "1"), _model(registry, "2")
    now = [1000.0]
    monkeypatch.setattr("service.use_cases.serve_models.time.monotonic", lambda: now[0])
    shelf = _shelf(registry, patience=0.01)
    registry.promote(one, "Ida", "first")
    shelf.current(BOOK)
    registry.gates[two] = threading.Event()
    registry.promote(two, "Ida", "second")
    assert shelf.current(BOOK).model_id == one
    now[0] += 3600
    shelf._patience = 3600.0
    assert shelf.current(BOOK).model_id == one


def test_other_codebooks_do_not_wait(registry: SlowRegistry) -> None:
    """While a first model of one codebook is loaded, another's is loaded and serves."""
    one, other = _model(registry, "1"), _model(registry, "1", OTHER)
    for model in (one, other):
        registry.promote(model, "Ida", "first")
    registry.gates[one] = threading.Event()
    shelf = _shelf(registry)
    waiting = threading.Thread(target=shelf.current, args=(BOOK,))
    waiting.start()
    assert shelf.current(OTHER).model_id == other
    registry.gates[one].set()
    waiting.join()


def test_a_model_that_was_replaced_while_it_loaded_does_not_come_back(registry: SlowRegistry) -> None:
    """Who began to load it gets it once; everyone else gets its successor."""
    one, two = _model(registry, "1"), _model(registry, "2")
    registry.promote(one, "Ida", "first")
    registry.gates[one] = threading.Event()
    shelf = _shelf(registry, patience=600.0)
    slow = threading.Thread(target=shelf.current, args=(BOOK,))
    slow.start()
    _until(lambda: registry.read == [one])
    registry.promote(two, "Ida", "second")
    assert shelf.current(BOOK).model_id == two
    registry.gates[one].set()
    slow.join()
    assert shelf.current(BOOK).model_id == two
    assert registry.read == [one, two]


def test_a_model_that_cannot_be_loaded_leaves_the_old_one_serving(
    registry: SlowRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    """One line says why; it is not read again with every request, and the next promotion is taken over."""
    one, two, three = (_model(registry, version) for version in "123")
    shelf = _shelf(registry, patience=600.0)
    registry.promote(one, "Ida", "first")
    shelf.current(BOOK)
    registry.promote(two, "Ida", "second")
    (registry.root / two / "vocabulary.json").write_text("{}", encoding="utf-8")
    with caplog.at_level(logging.ERROR, "inkling"):
        assert [shelf.current(BOOK).model_id for _ in range(5)] == [one] * 5
    (line,) = caplog.messages
    assert f"{two} can't serve, so {one} goes on: {two}/vocabulary.json" in line
    assert registry.read.count(two) == 1
    registry.promote(three, "Ida", "third")
    assert shelf.current(BOOK).model_id == three


def test_a_model_prepared_serves_with_the_promotion(registry: SlowRegistry) -> None:
    """It is read before anyone is asked to wait for it; one that can't be used is refused then."""
    one, two = _model(registry, "1"), _model(registry, "2")
    shelf = _shelf(registry)
    registry.promote(one, "Ida", "first")
    shelf.current(BOOK)
    shelf.prepare(two, BOOK)
    assert shelf.current(BOOK).model_id == one
    registry.promote(two, "Ida", "second")
    assert shelf.current(BOOK).model_id == two
    assert registry.read == [one, two]
    with pytest.raises(errors.BadBundle, match="not in the models folder"):
        shelf.prepare("absent")


def test_without_an_older_one_the_refusal_is_told(registry: SlowRegistry) -> None:
    """A first model that can't be used is tried anew with each request, so that putting it right is enough."""
    one = _model(registry, "1")
    registry.promote(one, "Ida", "first")
    card = registry.root / one / bundle.MANIFEST
    content = card.read_text(encoding="utf-8")
    outdate(registry.root / one)
    shelf = _shelf(registry)
    for _ in range(2):
        with pytest.raises(errors.BadBundle, match="train the model again"):
            shelf.current(BOOK)
    card.write_text(content, encoding="utf-8")
    assert shelf.current(BOOK).model_id == one


def test_a_definitions_model_of_an_earlier_version_is_made_anew(registry: SlowRegistry) -> None:
    """Nobody chose it and nothing was trained, so an upgrade asks nobody."""
    shelf = _shelf(registry)
    first = shelf.current(BOOK).model_id
    folder = registry.root / first
    outdate(folder)
    (folder).rename(registry.root / "older")
    (registry.root / "registry.json").write_text(
        (registry.root / "registry.json").read_text(encoding="utf-8").replace(first, "older"), encoding="utf-8"
    )
    again = _shelf(Registry(registry.root))
    assert again.current(BOOK).model_id == first
    assert [change.model_id for change in registry.history(BOOK.name)] == ["older", first]
