"""The models folder and its pointer."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from service import errors, files
from service.domain import codebook as codebooks
from service.suggest import bundle
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.registry import FILE, Registry
from tests import invented
from tests.outdated import outdate

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


def test_going_back_undoes_one_promotion_after_the_other(registry: Registry) -> None:
    """A model promoted anew has one that served between; what was gone back from is not come back to."""
    one, two, three = (_model(registry, version) for version in (1, 2, 3))
    for model in (one, two, one):
        registry.promote(model, "Ida", "in turn")
    assert registry.rollback("days out", "Ola", "back") == two
    assert registry.rollback("days out", "Ola", "back") == one
    with pytest.raises(errors.NoModel, match="no earlier model"):
        registry.previous("days out")
    registry.promote(three, "Ida", "new")
    assert registry.rollback("days out", "Ola", "back") == one
    with pytest.raises(errors.NoModel, match="no earlier model"):
        registry.previous("days out")


def test_a_history_that_does_not_say_who_went_back_is_read(registry: Registry) -> None:
    """Before that was kept, a model that comes again was most likely gone back to."""
    one, two, three = (_model(registry, version) for version in (1, 2, 3))
    changes = [
        {"codebook": "days out", "model_id": model, "by": "Ida", "reason": "x", "at": "2030-01-01"}
        for model in (one, two, three, two)
    ]
    (registry.root / FILE).write_text(json.dumps({"format": 1, "changes": changes}), encoding="utf-8")
    assert registry.previous("days out") == one


def test_a_candidate_can_be_removed(registry: Registry) -> None:
    """Its folder is gone, its manifest readable or not; one that serves or served stays, and so does the history."""
    one, two, three = (_model(registry, version) for version in (1, 2, 3))
    registry.promote(one, "Ida", "the first")
    registry.promote(two, "Ida", "the second")
    (registry.root / three / bundle.MANIFEST).write_text("{}", encoding="utf-8")
    registry.remove(three)
    assert registry.ids() == tuple(sorted((one, two)))
    for kept in (one, two):
        with pytest.raises(errors.Conflict, match="only candidates can be removed"):
            registry.remove(kept)
    with pytest.raises(errors.NoModel):
        registry.remove(three)
    assert registry.rollback("days out", "Ida", "back") == one
    assert {path.name for path in registry.root.iterdir()} == {one, two, FILE, ".registry.lock"}


def test_one_current_model_per_codebook(registry: Registry) -> None:
    """Another codebook's pointer is its own."""
    one = _model(registry)
    other = definitions_bundle(codebooks.parse({"d": {"a": "x"}}, "x", short_name="other-1"), ENCODER)
    bundle.save(other, registry.root / other.manifest.model_id)
    registry.set_up(one)
    registry.set_up(other.manifest.model_id)
    assert (registry.current("days out"), registry.current("other-1")) == (one, other.manifest.model_id)


def test_promotions_are_signed(registry: Registry) -> None:
    """A person and a reason that can be read are needed, and the set-up is no person."""
    model = _model(registry)
    for by, reason in (("", "x"), ("Ida", " "), ("set-up", "x"), ("Ida", "\0"), ("Ida", "\x01\t\u200b\x7f\u3000")):
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


@pytest.mark.parametrize("content", ["[" * 200_000, None])
def test_a_registry_that_cannot_be_read_is_said(registry: Registry, content: str | None) -> None:
    """JSON nested without end, and a folder in the file's place, each in one sentence, before a model is kept."""
    registry.root.mkdir()
    if content is None:
        (registry.root / FILE).mkdir()
    else:
        (registry.root / FILE).write_text(content, encoding="utf-8")
    for use in (registry.history, registry.check_writable):
        with pytest.raises(errors.BadBundle, match="registry"):
            use()


def test_a_models_folder_that_cannot_be_written_is_said(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in its place and no permission are one sentence; where all is well, looking leaves nothing behind."""
    registry.check_writable()
    assert [path.name for path in registry.root.iterdir()] == [".registry.lock"]
    below = Registry(registry.root / ".registry.lock" / "models")
    with pytest.raises(errors.BadBundle, match="Not a directory"):
        below.check_writable()
    for number in (13, 30):

        def fail(*_: object, number: int = number, **__: object) -> str:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr("tempfile.mkdtemp", fail)
        with pytest.raises(errors.BadInput, match=os.strerror(number)):
            registry.check_writable()
    made = definitions_bundle(invented.book(), ENCODER)
    monkeypatch.setattr("pathlib.Path.mkdir", fail)
    with pytest.raises(errors.BadInput, match="the models folder can't be written"):
        registry.keep(made)


def test_folders_of_other_programs_in_the_models_folder_are_left_alone(registry: Registry) -> None:
    """Who writes a model of a name of its own there is in nobody's way."""
    with files.scratch(registry.root, "mine") as work:
        _model(registry)
        registry.keep(definitions_bundle(replace(invented.book(), version="9"), ENCODER))
        assert work.is_dir()


def test_a_verdict_is_kept_with_the_change(registry: Registry) -> None:
    """The registry shows who made a model current, when, why, and how it had compared; a candidate has none of it."""
    one, two = _model(registry), _model(registry, 2)
    verdict = {"current": one, "dimensions": {"topic": {"verdict": "worse", "segments": 3}}}
    registry.promote(one, "Ida", "the first")
    registry.promote(two, "Ida", "new codes matter more", verdict=verdict)
    shown = registry.show(two)
    assert (shown.by, shown.reason, shown.verdict) == ("Ida", "new codes matter more", verdict)
    assert shown.decided_at == registry.history()[-1].at
    assert (registry.show(one).state, registry.show(one).verdict) == ("retired", None)
    three = registry.show(_model(registry, 3))
    assert (three.state, three.by, three.decided_at) == ("candidate", "", "")


def test_a_history_without_verdicts_is_read(registry: Registry) -> None:
    """Changes made before verdicts were kept stay readable."""
    change = {"codebook": "days out", "model_id": _model(registry), "by": "Ida", "reason": "x", "at": "2030-01-01"}
    (registry.root / FILE).write_text(json.dumps({"format": 1, "changes": [change]}), encoding="utf-8")
    assert registry.history()[0].verdict is None


@pytest.mark.parametrize("broken", [{"by": 3}, {"verdict": "good"}, {"back": "yes"}, {"more": ""}])
def test_a_change_of_another_shape_is_damage(registry: Registry, broken: dict[str, object]) -> None:
    """Values of the wrong kind are refused where they are read, not where they are used."""
    change = {"codebook": "c", "model_id": "m", "by": "Ida", "reason": "x", "at": "2030-01-01", **broken}
    registry.root.mkdir()
    (registry.root / FILE).write_text(json.dumps({"format": 1, "changes": [change]}), encoding="utf-8")
    with pytest.raises(errors.BadBundle, match="registry is damaged"):
        registry.history()


def test_a_change_by_another_program_is_seen(registry: Registry) -> None:
    """The file is read again as soon as another has taken its place."""
    one, two = _model(registry), _model(registry, 2)
    registry.promote(one, "Ida", "first")
    assert registry.current("days out") == one
    Registry(registry.root).promote(two, "Ola", "second")
    assert registry.current("days out") == two


def test_a_damaged_model_neither_serves_nor_returns(registry: Registry) -> None:
    """Promoting and going back check a model whole, and change nothing where it is damaged."""
    one, two = _model(registry), _model(registry, 2)
    for model in (one, two):
        registry.promote(model, "Ida", "fine so far")
    (registry.root / one / "vocabulary.json").write_text("{}", encoding="utf-8")
    with pytest.raises(errors.BadBundle, match=r"vocabulary\.json"):
        registry.rollback("days out", "Ida", "back")
    three = _model(registry, 3)
    (registry.root / three / "MODEL_CARD.md").write_text("Perfect.", encoding="utf-8")
    with pytest.raises(errors.BadBundle, match=r"MODEL_CARD\.md"):
        registry.promote(three, "Ida", "says it is perfect")
    assert registry.current("days out") == two


def test_a_folder_of_another_name_is_refused(registry: Registry) -> None:
    """A model under another model's id is not that model."""
    one, two = _model(registry), _model(registry, 2)
    (registry.root / one).rename(registry.root / "aside")
    (registry.root / two).rename(registry.root / one)
    for use in (registry.load, registry.open, registry.show, lambda name: registry.promote(name, "Ida", "x")):
        with pytest.raises(errors.BadBundle, match="holds another model"):
            use(one)
    assert registry.history() == ()


def test_a_model_that_cannot_be_read_hides_no_other(registry: Registry) -> None:
    """The list shows the rest, and says what is wrong with this one."""
    one, two = _model(registry), _model(registry, 2)
    (registry.root / one / "manifest.json").write_text('{"format": 1}', encoding="utf-8")
    assert [entry.model_id for entry in registry.list()] == [two]
    assert "train the model again" in registry.unreadable()[one]


def test_what_an_earlier_version_set_up_is_set_up_anew(registry: Registry) -> None:
    """Nobody chose such a model, so an upgrade need not ask; one that a person chose, or a damaged one, stays."""
    one, two = _model(registry), _model(registry, 2)
    registry.set_up(one)
    manifest = registry.root / one / "manifest.json"
    content = manifest.read_text(encoding="utf-8")
    outdate(registry.root / one)
    assert registry.outgrown("days out") == "definitions"
    manifest.write_text(content[:-9], encoding="utf-8")
    assert registry.outgrown("days out") is None
    assert not registry.set_up(two)
    manifest.write_text(content, encoding="utf-8")
    outdate(registry.root / one)
    assert registry.set_up(two)
    assert registry.current("days out") == two
    assert registry.outgrown("days out") is None


def test_leftovers_of_a_killed_program_are_no_models(registry: Registry) -> None:
    """Folders still being written are hidden, and the next program that adds sweeps them away."""
    one = _model(registry)
    left = registry.root / ".unfinished-adding-x" / "half"
    left.mkdir(parents=True)
    (registry.root / ".unfinished-y").write_text("{", encoding="utf-8")
    (left.parent / "manifest.json").write_text("{", encoding="utf-8")
    assert (registry.ids(), registry.unreadable()) == ((one,), {})
    with pytest.raises(errors.NoModel):
        registry.path(".unfinished-adding-x")
    registry.keep(definitions_bundle(replace(invented.book(), version="9"), ENCODER))
    assert {path.name for path in registry.root.glob(".*")} == {".registry.lock"}


def test_a_model_kept_twice_stays_as_it_is(registry: Registry) -> None:
    """The same content is the same folder, untouched; where that was damaged, it is said."""
    made = definitions_bundle(invented.book(), ENCODER)
    folder = registry.keep(made)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert registry.keep(made) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    (folder / "metrics.json").write_text("{}", encoding="utf-8")
    with pytest.raises(errors.BadBundle, match=r"metrics\.json"):
        registry.keep(made)


_PROMOTE = """
import sys
from pathlib import Path
from service import errors
from service.suggest.registry import Registry
try:
    Registry(Path(sys.argv[1])).promote(sys.argv[2], "Ida", "at once", verdict={"said": "x" * 10_000})
except errors.Conflict:
    sys.exit(9)
"""

_CHURN = """
import shutil, sys
from pathlib import Path
from service.suggest.registry import Registry
registry, spare, models = Registry(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3:]
print("going", flush=True)
while True:
    for model in models:
        registry.promote(model, "Ida", "on and on", verdict={"said": "x" * 100_000})
        aside = spare.with_name("aside")
        shutil.rmtree(aside, ignore_errors=True)
        if (registry.root / spare.name).exists():
            (registry.root / spare.name).rename(aside)
        registry.add(spare)
"""


def _start(script: str, *words: str | Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", script, *(str(word) for word in words)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE)


def test_programs_that_promote_at_once_are_recorded_in_order_or_refused(registry: Registry) -> None:
    """Of several that promote the same model one does and the others conflict; other models follow one another."""
    one, two = _model(registry), _model(registry, 2)
    programs = [_start(_PROMOTE, registry.root, model) for model in (one, one, two)]
    ends = [program.wait() for program in programs]
    for program in programs:
        program.communicate()
    changes = [change.model_id for change in registry.history()]
    assert set(ends) <= {0, 9}
    assert len(changes) == ends.count(0)
    assert ends[2] == 0
    assert changes in ([one, two], [two, one], [one, two, one])


def test_a_program_killed_while_it_writes_leaves_a_readable_registry(registry: Registry, tmp_path: Path) -> None:
    """Wherever `kill -9` strikes, the history is whole, every model listed is whole, and work goes on."""
    models = [_model(registry), _model(registry, 2)]
    made = definitions_bundle(replace(invented.book(), version="3"), ENCODER)
    spare = tmp_path / made.manifest.model_id
    bundle.save(made, spare)
    chance = random.Random(5)
    for _ in range(6):
        program = _start(_CHURN, registry.root, spare, *models)
        assert program.stdout is not None
        assert program.stdout.readline() == b"going\n"
        before = len(registry.history())
        for _ in range(chance.randrange(1, 400)):
            registry.history()
        os.kill(program.pid, signal.SIGKILL)
        program.communicate()
        assert len(registry.history()) >= before
        assert registry.current("days out") in (*models, None)
    for model in registry.ids():
        registry.load(model)
    last = registry.current("days out")
    registry.promote(next(model for model in models if model != last), "Ola", "still here")
    assert registry.add(spare) == spare.name
    assert {path.name for path in registry.root.glob(".*")} == {".registry.lock"}


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
    (registry.root / ".unfinished-adding-cut-short").mkdir()
    bundle.save(definitions_bundle(invented.book(), HashingEncoder(24)), tmp_path / "made")
    added = registry.add(tmp_path / "made")
    assert sorted(path.name for path in registry.root.glob("*[!k]")) == sorted([model_id, added])
