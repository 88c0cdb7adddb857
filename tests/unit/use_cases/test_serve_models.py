"""Which model answers while models come and go: nobody waits for another codebook's model."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service import errors
from service.domain import codebook as codebooks
from service.domain.codebook import Codebook
from service.suggest import bundle
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.registry import Registry
from service.use_cases.serve_models import ModelShelf
from tests import invented

ENCODER = HashingEncoder(16)


def _book(name: str = "days out", version: int = 1) -> Codebook:
    return codebooks.parse({**invented.BOOK, "name": name, "version": version}, "x", short_name="")


def _model(registry: Registry, book: Codebook) -> str:
    made = definitions_bundle(book, ENCODER)
    bundle.save(made, registry.root / made.manifest.model_id)
    return made.manifest.model_id


class Gate:
    """Holds up the loading of one model until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.model_id = ""
        self.open = threading.Event()
        self.reached = threading.Event()
        self._load = bundle.load
        monkeypatch.setattr(bundle, "load", self)

    def __call__(self, directory: Path) -> Any:
        if directory.name == self.model_id:
            self.reached.set()
            self.open.wait(60)
        return self._load(directory)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


def test_the_one_before_serves_while_the_promoted_one_loads(registry: Registry, gate: Gate) -> None:
    """No question waits, of this codebook or of another; once loaded the new one answers."""
    first, second = _model(registry, _book()), _model(registry, _book(version=2))
    other = _model(registry, _book("weekdays"))
    shelf = ModelShelf(registry, lambda: ENCODER, patience=0)
    for model_id in (first, other):
        registry.set_up(model_id)
    assert shelf.current(_book()).model_id == first
    gate.model_id = second
    registry.promote(second, "Ray", "better")
    assert shelf.current(_book()).model_id == first
    assert shelf.current(_book("weekdays")).model_id == other
    gate.open.set()
    while shelf.current(_book()).model_id == first:
        gate.open.wait(0.001)
    assert shelf.current(_book()).model_id == second


def test_a_quick_model_is_waited_for(registry: Registry) -> None:
    """With patience the first question after a promotion is answered by the new model."""
    first, second = _model(registry, _book()), _model(registry, _book(version=2))
    shelf = ModelShelf(registry, lambda: ENCODER, patience=60)
    registry.set_up(first)
    assert shelf.current(_book()).model_id == first
    registry.promote(second, "Ray", "better")
    assert shelf.current(_book()).model_id == second


def test_a_promotion_over_the_shelf_serves_at_once(registry: Registry) -> None:
    """The model is loaded before it becomes current, so not even an impatient question gets the old one."""
    first, second = _model(registry, _book()), _model(registry, _book(version=2))
    shelf = ModelShelf(registry, lambda: ENCODER, patience=0)
    registry.set_up(first)
    shelf.current(_book())
    shelf.promote(second, "Ray", "better")
    assert shelf.current(_book()).model_id == second


def test_the_model_in_service_answers_during_a_promotion(registry: Registry, gate: Gate) -> None:
    """However long the new one takes to load, the old one is current until then."""
    first, second = _model(registry, _book()), _model(registry, _book(version=2))
    shelf = ModelShelf(registry, lambda: ENCODER)
    registry.set_up(first)
    shelf.current(_book())
    gate.model_id = second
    promotion = threading.Thread(target=shelf.promote, args=(second, "Ray", "better"))
    promotion.start()
    assert gate.reached.wait(60)
    assert shelf.current(_book()).model_id == first
    gate.open.set()
    promotion.join(60)
    assert shelf.current(_book()).model_id == second


def test_a_damaged_model_is_not_promoted(registry: Registry) -> None:
    """Its file is named, and what served goes on."""
    first, second = _model(registry, _book()), _model(registry, _book(version=2))
    registry.set_up(first)
    (registry.root / second / "metrics.json").write_text("{}", encoding="utf-8")
    shelf = ModelShelf(registry, lambda: ENCODER)
    with pytest.raises(errors.BadBundle, match=r"metrics\.json"):
        shelf.promote(second, "Ray", "better")
    assert (registry.current("days out"), shelf.current(_book()).model_id) == (first, first)


class Other:
    """An encoder that no model here was made with."""

    encoder_id, size = "other", 16

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return nothing of use."""
        return np.ones((len(texts), self.size), np.float32)


def test_a_model_of_another_encoder_is_not_promoted(registry: Registry) -> None:
    """It could not suggest here, so it never comes to serve."""
    model_id = _model(registry, _book())
    with pytest.raises(errors.BadBundle, match="encoder"):
        ModelShelf(registry, Other).promote(model_id, "Ray", "better")
    assert registry.current("days out") is None


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_promotion_needs_a_reason(registry: Registry, reason: str) -> None:
    """Without one nothing changes, and nothing is kept loaded."""
    model_id = _model(registry, _book())
    shelf = ModelShelf(registry, lambda: ENCODER)
    with pytest.raises(errors.Unprocessable):
        shelf.promote(model_id, "Ray", reason)
    assert registry.history() == ()


def test_promoting_the_current_model_is_a_conflict(registry: Registry) -> None:
    """It goes on serving."""
    model_id = _model(registry, _book())
    registry.set_up(model_id)
    shelf = ModelShelf(registry, lambda: ENCODER)
    serving = shelf.current(_book())
    with pytest.raises(errors.Conflict):
        shelf.promote(model_id, "Ray", "again")
    assert shelf.current(_book()) is serving


def test_an_unknown_model_is_not_promoted(registry: Registry) -> None:
    """There is no such model."""
    with pytest.raises(errors.NoModel):
        ModelShelf(registry, lambda: ENCODER).promote("none", "Ray", "better")


def test_a_load_that_failed_is_tried_again(registry: Registry, tmp_path: Path) -> None:
    """Once a damaged file is put right the model serves, without a restart."""
    model_id = _model(registry, _book())
    registry.set_up(model_id)
    shelf = ModelShelf(registry, lambda: ENCODER)
    file = registry.root / model_id / "metrics.json"
    good = file.read_bytes()
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(errors.BadBundle):
        shelf.current(_book())
    file.write_bytes(good)
    assert shelf.current(_book()).model_id == model_id


def test_a_new_codebook_gets_a_model_of_its_definitions_once(registry: Registry) -> None:
    """However many ask at once."""
    shelf = ModelShelf(registry, lambda: ENCODER)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(shelf.current(_book()).model_id)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(set(found)) == 1
    assert len(registry.history()) == 1
