"""Bundles on disk: whole, checked, and never half-written."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from service import errors
from service.domain import codebook as codebooks
from service.domain.suggestion import Passage
from service.suggest import bundle, bundle_encoder, model
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.model import FORMAT, Bundle
from service.suggest.suggester import Suggester
from tests import invented
from training import dataset, fit

ENCODER = HashingEncoder(64)


@pytest.fixture(scope="module")
def fitted() -> Bundle:
    """Return a small fitted model."""
    return fit.fit_head(dataset.freeze(invented.rows(), invented.book()), ENCODER)


@pytest.fixture
def saved(fitted: Bundle, tmp_path: Path) -> Path:
    """Return the folder of a saved model."""
    bundle.save(fitted, tmp_path / "model")
    return tmp_path / "model"


def test_a_loaded_model_says_the_same(fitted: Bundle, saved: Path) -> None:
    """Manifest, card, metrics and every suggestion survive the disk."""
    loaded = bundle.load(saved)
    assert (loaded.manifest, loaded.card, loaded.codebook) == (fitted.manifest, fitted.card, fitted.codebook)
    assert loaded.report == fitted.report != ""
    assert json.loads(json.dumps(fitted.metrics)) == loaded.metrics
    passages = [Passage("We cooked soup and I was glad."), Passage("Afraid at the station", before=("Soup?",))]
    assert Suggester(loaded, ENCODER).suggest(passages) == Suggester(fitted, ENCODER).suggest(passages)
    assert bundle.read_manifest(saved) == loaded.manifest


def test_the_folder_holds_what_it_should(saved: Path) -> None:
    """Every file is listed with its hash, nothing else is there, and texts lie in the support alone."""
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    files = {str(path.relative_to(saved)) for path in saved.rglob("*") if path.is_file()}
    assert files == {*manifest["files"], "manifest.json"}
    said = "said p00 3."
    assert said in (saved / "support" / "excerpts.jsonl").read_text(encoding="utf-8")
    assert not any(said.encode() in (saved / name).read_bytes() for name in files - {"support/excerpts.jsonl"})


def test_the_same_codebook_gives_the_same_definitions_model() -> None:
    """Times are no part of a model's id; another version of the codebook is."""
    one, two = (definitions_bundle(invented.book(), ENCODER) for _ in range(2))
    other = definitions_bundle(replace(invented.book(), version="2"), ENCODER)
    assert one.manifest.model_id == two.manifest.model_id != other.manifest.model_id
    assert one.report == two.report
    assert one.manifest.model_id in one.report


def test_a_full_folder_is_left_alone(fitted: Bundle, tmp_path: Path) -> None:
    """Nothing is written over."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(errors.FolderInUse):
        bundle.save(fitted, tmp_path / "model")
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_a_model_is_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder one stands in, a link, a file, a folder below one, and where a disk is mounted; nothing is made."""
    stand = tmp_path / "stand"
    stand.mkdir()
    (tmp_path / "link").symlink_to(stand)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    monkeypatch.chdir(stand)
    cases = {".": "name a new folder inside", "../link": "is a link", "../file": "not an empty folder"}
    cases |= {"..": "not an empty folder", str(stand): "name a new folder inside", "../new/..": "inside it"}
    for name, message in cases.items():
        with pytest.raises(errors.FolderInUse, match=message):
            bundle.check_free(Path(name))
    with pytest.raises(errors.BadInput, match="no folder can be made here"):
        bundle.check_free(Path("../file/model"))
    bundle.check_free(tmp_path / "new" / "model")
    assert {path.name for path in tmp_path.iterdir()} == {"stand", "link", "file"}
    assert list(stand.iterdir()) == []


def test_what_a_killed_program_left_beside_a_model_is_removed(fitted: Bundle, tmp_path: Path) -> None:
    """The next model of the same name takes it away, and nothing else."""
    for name in (".unfinished-model-cut", ".model-mine"):
        (tmp_path / name / "model").mkdir(parents=True)
    bundle.save(fitted, tmp_path / "model")
    assert {path.name for path in tmp_path.iterdir()} == {"model", ".model-mine"}


def test_a_failed_write_leaves_nothing(fitted: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk or an interruption half-way leaves no folder behind."""
    for error, shown in ((OSError(28, "No space left"), errors.StorageFull), (KeyboardInterrupt(), KeyboardInterrupt)):

        def fail(handle: int, error: BaseException = error) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", fail)
            with pytest.raises(shown):
                bundle.save(fitted, tmp_path / "model")
        assert list(tmp_path.iterdir()) == []


def test_an_absent_model_is_named(tmp_path: Path) -> None:
    """A folder without a manifest holds no model."""
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(errors.NoModel, match="no model"):
            bundle.load(folder)


def test_a_model_of_an_earlier_version_says_what_to_do(saved: Path) -> None:
    """Models that kept nothing of unseen segments can't be compared: they are told from damaged ones, and by method."""
    for name in ("held_out.json", "held_out.safetensors"):
        (saved / name).unlink()
    _change(
        saved, lambda m: [m.update(format=1), *(m["files"].pop(f"held_out.{end}") for end in ("json", "safetensors"))]
    )
    with pytest.raises(errors.BadBundle, match=r"train the model again"):
        bundle.load(saved)
    assert bundle.outdated_method(saved) == "head"
    _change(saved, lambda m: m.update(format=FORMAT))
    assert bundle.outdated_method(saved) is None
    with pytest.raises(errors.BadBundle, match=r"does not list held_out\.json"):
        bundle.load(saved)


FILES = (
    "MODEL_CARD.md",
    "held_out.json",
    "held_out.safetensors",
    "manifest.json",
    "metrics.json",
    "report.html",
    "support/embeddings.safetensors",
    "support/excerpts.jsonl",
    "support/trained.json",
    "vocabulary.json",
    "weights.safetensors",
)


@pytest.mark.parametrize("name", FILES)
def test_damage_is_noticed(saved: Path, name: str) -> None:
    """A changed byte anywhere refuses the model, naming the file."""
    path = saved / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(errors.BadBundle, match=Path(name).name):
        bundle.load(saved)


@pytest.mark.parametrize("name", [name for name in FILES if name != "manifest.json"])
def test_missing_files_are_named(saved: Path, name: str) -> None:
    """Each file is needed."""
    (saved / name).unlink()
    with pytest.raises(errors.BadBundle, match="missing"):
        bundle.load(saved)


def test_unknown_files_are_refused(saved: Path) -> None:
    """Nothing rides along, not even by a link."""
    (saved / "estimator.bin").write_bytes(b"x")
    with pytest.raises(errors.BadBundle, match=r"estimator\.bin"):
        bundle.load(saved)
    (saved / "estimator.bin").unlink()
    card = (saved / "MODEL_CARD.md").rename(saved.parent / "card")
    (saved / "MODEL_CARD.md").symlink_to(card)
    with pytest.raises(errors.BadBundle, match="not a plain file"):
        bundle.load(saved)


def _rewrite(folder: Path, name: str, content: bytes) -> None:
    """Change a file and its hash in the manifest, as someone who tampers would."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][name] = sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _change(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _forge(folder: Path, name: str, content: bytes) -> None:
    """Change a file and everything in the manifest that hangs on it, the model's id included."""
    _rewrite(folder, name, content)
    raw = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    book = codebooks.parse(raw["codebook"], "x", short_name=raw["codebook_name"])
    digests = {name: digest for name, digest in raw["files"].items() if name not in ("MODEL_CARD.md", "report.html")}
    raw["model_id"] = model.model_id(bundle.read_manifest(folder), book, digests)
    rest = {key: value for key, value in raw.items() if key != "manifest_sha256"}
    raw["manifest_sha256"] = sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(raw, ensure_ascii=False, indent=1), encoding="utf-8")


def _forge_arrays(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    arrays = load_file(folder / name)
    change(arrays)
    save_file(arrays, folder.parent / "changed")
    _forge(folder, name, (folder.parent / "changed").read_bytes())


def test_new_hashes_do_not_help(saved: Path) -> None:
    """The model id stands for the content: weights with a fitting hash are still not this model's."""
    arrays = load_file(saved / "weights.safetensors")
    arrays["0.bias"] = arrays["0.bias"] + 1
    save_file(arrays, saved / "changed")
    content = (saved / "changed").read_bytes()
    (saved / "changed").unlink()
    _rewrite(saved, "weights.safetensors", content)
    with pytest.raises(errors.BadBundle, match="model id"):
        bundle.load(saved)


CHANGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda m: m.update(format=99), f"format 99 and this version reads {FORMAT}; update Inkling"),
    (lambda m: m.update(format=1), r"format 1 and this version reads 4; train the model again \(`inkling train`\)"),
    (lambda m: m["snapshot"].pop("left_out"), "left_out is missing"),
    (lambda m: m.update(seed=5), "model id"),
    (lambda m: m.update(on_invented_text=True), "model id"),
    (lambda m: m.update(method="magic"), "must be one of"),
    (lambda m: m.update(encoder_size="x"), "whole number"),
    (lambda m: m.update(settings=[]), "JSON object"),
    (lambda m: m.pop("created_at"), "created_at is missing"),
    (lambda m: m.update(created_at="2001-01-01T00:00:00+00:00"), "SHA-256"),
    (lambda m: m["libraries"].update(numpy="0"), "SHA-256"),
    (lambda m: m.pop("manifest_sha256"), "manifest_sha256 is missing"),
    (lambda m: m["codebook"]["dimensions"]["topic"]["codes"].pop("food"), "model id"),
    (lambda m: m["codebook"].update(dimensions={}), "codebook"),
    (lambda m: m["files"].pop("metrics.json"), "does not list"),
    (lambda m: m["files"].update({"../x": "0"}), "no such file"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_a_changed_manifest_is_refused(saved: Path, change: Callable[[dict[str, Any]], object], message: str) -> None:
    """Every field is checked, by itself and against the id."""
    _change(saved, change)
    with pytest.raises(errors.BadBundle, match=message):
        bundle.load(saved)


BREAKS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda a: a.pop("0.bias"), "missing"),
    (lambda a: a.update({"0.bias": a["0.bias"].astype(np.float32)}), "type or shape"),
    (lambda a: a.update({"0.bias": a["0.bias"][:1]}), "type or shape"),
    (lambda a: a.update({"0.bias": a["0.bias"] * np.nan}), "not finite"),
    (lambda a: a.update({"0.bias": a["0.bias"] + 1e300}), "far larger"),
    (lambda a: a.update({"idf": a["idf"] + np.inf}), "not finite"),
    (lambda a: a.update({"0.temperature": np.array([-1.0])}), "temperature must hold"),
    (lambda a: a.update({"0.temperature": np.array([0.0])}), "temperature must hold"),
    (lambda a: a.update({"0.temperature": np.array([5e-324])}), "temperature must hold numbers from 0.01 to 100"),
    (lambda a: a.update({"0.temperature": np.array([np.nan])}), "not finite"),
    (lambda a: a.update({"0.examples": a["0.examples"] - 99}), "examples must hold numbers not below 0"),
    (lambda a: a.update({"background": a["background"][:0]}), "background is empty"),
    (lambda a: a.update({"background": a["background"][:, :-1].copy()}), "type or shape"),
    (lambda a: a.update({"1.threshold": a["1.threshold"] + 1}), "threshold must hold numbers from 0 to 1"),
    (lambda a: a.update({"0.in_set": np.array([2.0])}), "in_set must hold numbers from 0 to 1"),
    (lambda a: a.update({"0.in_set": np.array([0.5, 0.5])}), "calibration"),
    (lambda a: a.update({"0.owners": a["0.owners"] * 0}), "owners"),
    (lambda a: a.update({"extra": np.zeros(3)}), "belongs to nothing"),
]


@pytest.mark.parametrize(("change", "message"), BREAKS)
def test_arrays_are_checked_before_use(saved: Path, change: Callable[[dict[str, Any]], object], message: str) -> None:
    """Even where the id fits, arrays must have the names, types, shapes and values that the manifest implies."""
    _forge_arrays(saved, "weights.safetensors", change)
    with pytest.raises(errors.BadBundle, match=message):
        bundle.load(saved)


NAMES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda v: v["heads"].pop("topic"), "heads: topic is missing"),
    (lambda v: v.update(heads={}), "heads: topic is missing"),
    (lambda v: v["heads"]["topic"]["codes"].reverse(), "not those in use"),
    (lambda v: v["heads"]["mood"]["head"].update(none=True), "none has a row of its own"),
]


@pytest.mark.parametrize(("change", "message"), NAMES)
def test_names_are_checked_before_use(saved: Path, change: Callable[[dict[str, Any]], object], message: str) -> None:
    """Heads must be those of the codebook's dimensions, their codes those in use, in its order."""
    lists = json.loads((saved / "vocabulary.json").read_text(encoding="utf-8"))
    change(lists)
    _forge(saved, "vocabulary.json", json.dumps(lists).encode())
    with pytest.raises(errors.BadBundle, match=message):
        bundle.load(saved)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
def test_numbers_that_are_none_are_no_json(saved: Path, number: str) -> None:
    """What would be read as infinite is refused as well as what JSON does not have."""
    _forge(saved, "metrics.json", b'{"dimensions": {"topic": {"macro_f1": %s}}}' % number.encode())
    with pytest.raises(errors.BadBundle, match=r"metrics\.json: it is not valid JSON"):
        bundle.load(saved)


def test_what_was_said_of_unseen_segments_is_probable(saved: Path) -> None:
    """Probabilities that are none would make every comparison nonsense."""
    _forge_arrays(
        saved, "held_out.safetensors", lambda a: a.update({"0.probabilities": a["0.probabilities"] + np.float32(1)})
    )
    with pytest.raises(errors.BadBundle, match="probabilities must hold numbers from 0 to 1"):
        bundle.load(saved)


def test_a_model_forged_whole_is_another_model(saved: Path) -> None:
    """What holds together is loaded under the id that its content gives it: the checks look at each number, then."""
    before = bundle.load(saved).manifest.model_id
    _forge_arrays(saved, "weights.safetensors", lambda a: a.update({"0.bias": a["0.bias"] + 1}))
    assert bundle.load(saved).manifest.model_id != before


def test_arrays_that_are_none_are_named(saved: Path) -> None:
    """Rubbish in place of arrays is a bad bundle, not a crash."""
    _forge(saved, "weights.safetensors", b"\xff" * 100)
    with pytest.raises(errors.BadBundle, match="arrays"):
        bundle.load(saved)


def test_what_it_was_trained_on_is_known(saved: Path) -> None:
    """Texts of forty characters or more are recognised by hash, whatever their white space; others are not."""
    loaded = bundle.load(saved)
    text = next(row.text for row in invented.rows() if len(row.text) >= 40)
    assert loaded.trained_on(text)
    assert loaded.trained_on(text.replace(" ", "\n "))
    assert not loaded.trained_on(text + " And more.")
    assert not loaded.trained_on("Short.")
    assert loaded.trained_segments == frozenset()


FACTS: dict[str, Any] = {"size": 8, "max_length": 32, "pad_id": 0, "prompt": ""}


@pytest.mark.parametrize("change", [{"size": 0}, {"size": "8"}, {"max_length": -1}, {"pad_id": None}, {"prompt": 3}])
def test_a_models_own_encoder_says_what_must_be_known(tmp_path: Path, change: dict[str, Any]) -> None:
    """Facts that no encoder has are refused where the model is loaded, not where it is used."""
    (tmp_path / "encoder").mkdir()
    for facts, fit_for_use in ((FACTS, True), (FACTS | change, False)):
        for name in bundle_encoder.FILES:
            content = json.dumps(facts) if name.endswith("encoder.json") else "x"
            (tmp_path / name).write_text(content, encoding="utf-8")
        listed = {name: bundle_encoder.digest(tmp_path / name) for name in bundle_encoder.FILES}
        if fit_for_use:
            assert bundle_encoder.read(tmp_path, listed).size == 8
        else:
            with pytest.raises(errors.BadBundle, match="does not say what must be known"):
                bundle_encoder.read(tmp_path, listed)
