"""The models folder and its pointer."""

import json
import threading
from pathlib import Path

import pytest

from service import errors
from service.domain import codebook as codebooks
from service.suggest import bundle
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.registry import FILE, Registry
from tests import invented

ENCODER = HashingEncoder(16)


def _model(registry: Registry, version: int = 1) -> str:
    raw = {**invented.BOOK, "version": version}
    made = definitions_bundle(codebooks.parse(raw, "x", short_name=""), ENCODER)
    target = registry.root / made.manifest.model_id
    if not target.exists():
        bundle.save(made, target)
    return made.manifest.model_id


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Return an empty registry."""
    return Registry(tmp_path / "models")


def test_an_empty_registry_has_nothing(registry: Registry) -> None:
    """No folder is needed for there to be no models."""
    assert (registry.list(), registry.current("days out"), registry.history()) == ((), None, ())


def test_a_bundle_is_added_whole_and_once(registry: Registry, tmp_path: Path) -> None:
    """Adding checks and copies; adding again changes nothing."""
    made = definitions_bundle(invented.book(), ENCODER)
    bundle.save(made, tmp_path / "made")
    assert registry.add(tmp_path / "made") == registry.add(tmp_path / "made") == made.manifest.model_id
    (entry,) = registry.list()
    assert (entry.state, entry.codebook, entry.method) == ("candidate", "days out", "definitions")


def test_a_damaged_bundle_is_not_added(registry: Registry, tmp_path: Path) -> None:
    """Nothing of it stays behind."""
    bundle.save(definitions_bundle(invented.book(), ENCODER), tmp_path / "made")
    (tmp_path / "made" / "metrics.json").write_text("{}", encoding="utf-8")
    with pytest.raises(errors.BadBundle):
        registry.add(tmp_path / "made")
    assert not registry.root.exists() or list(registry.root.glob("*")) == []


def test_set_up_serves_until_a_person_decides(registry: Registry) -> None:
    """Setting up never replaces a model."""
    first, second = _model(registry), _model(registry, 2)
    assert registry.set_up(first)
    assert not registry.set_up(second)
    assert registry.current("days out") == first
    assert registry.history()[0].by == "set-up"


def test_promoting_and_rolling_back_move_the_pointer(registry: Registry) -> None:
    """States follow from the history, which keeps who and why."""
    one, two, three = (_model(registry, version) for version in (1, 2, 3))
    registry.set_up(one)
    registry.promote(two, "Ida", "better on unseen participants")
    registry.promote(three, "Ida", "new codes")
    assert [registry.show(m).state for m in (one, two, three)] == ["retired", "retired", "current"]
    assert registry.rollback("days out", "Ola", "worse in the field") == two
    assert registry.rollback("days out", "Ola", "worse still") == one
    with pytest.raises(errors.NoModel, match="no earlier model"):
        registry.rollback("days out", "Ola", "and again")
    assert [(change.model_id, change.by) for change in registry.history("days out")] == [
        (one, "set-up"),
        (two, "Ida"),
        (three, "Ida"),
        (two, "Ola"),
        (one, "Ola"),
    ]


def test_one_current_model_per_codebook(registry: Registry) -> None:
    """Another codebook's pointer is its own."""
    one = _model(registry)
    other = definitions_bundle(codebooks.parse({"d": {"a": "x"}}, "x", short_name="other-1"), ENCODER)
    bundle.save(other, registry.root / other.manifest.model_id)
    registry.set_up(one)
    registry.set_up(other.manifest.model_id)
    assert (registry.current("days out"), registry.current("other-1")) == (one, other.manifest.model_id)


def test_promotions_are_signed(registry: Registry) -> None:
    """A person and a reason are needed, and the set-up is no person."""
    model = _model(registry)
    for by, reason in (("", "x"), ("Ida", " "), ("set-up", "x")):
        with pytest.raises(errors.Unprocessable):
            registry.promote(model, by, reason)
    registry.promote(model, "Ida", "first")
    with pytest.raises(errors.Conflict):
        registry.promote(model, "Ida", "again")


@pytest.mark.parametrize("name", ["", "absent", "../models", "a/b", ".."])
def test_unknown_models_are_named(registry: Registry, name: str) -> None:
    """No name leads out of the folder."""
    _model(registry)
    with pytest.raises(errors.NoModel):
        registry.path(name)


def test_a_model_is_found_by_id_or_folder(registry: Registry) -> None:
    """Both lead to the same place."""
    model = _model(registry)
    assert registry.resolve(model) == registry.resolve(registry.root / model) == registry.root / model
    with pytest.raises(errors.NoModel):
        registry.resolve("absent")


def test_a_damaged_registry_is_named(registry: Registry) -> None:
    """Half a file is not taken for an empty one."""
    registry.set_up(_model(registry))
    (registry.root / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(errors.BadBundle, match="registry"):
        registry.current("days out")


def test_writers_at_once_lose_nothing(registry: Registry) -> None:
    """Every promotion of several threads is in the history, and the file is whole throughout."""
    models = [_model(registry, version) for version in range(1, 7)]
    threads = [threading.Thread(target=registry.promote, args=(m, "Ida", "race")) for m in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {change.model_id for change in registry.history()} == set(models)
    json.loads((registry.root / FILE).read_text(encoding="utf-8"))


def test_what_is_still_being_written_is_no_model(registry: Registry) -> None:
    """Hidden folders, as writing makes them, are neither listed nor in anyone's way."""
    model_id = _model(registry)
    (registry.root / model_id).rename(registry.root / f".{model_id}-part")
    assert (registry.ids(), registry.list()) == ((), ())


def test_what_a_killed_program_left_while_adding_is_removed(registry: Registry, tmp_path: Path) -> None:
    """The next to add removes it, whole models stay."""
    model_id = _model(registry)
    (registry.root / ".adding-cut-short").mkdir()
    bundle.save(definitions_bundle(invented.book(), HashingEncoder(24)), tmp_path / "made")
    added = registry.add(tmp_path / "made")
    assert sorted(path.name for path in registry.root.glob("*[!k]")) == sorted([model_id, added])
