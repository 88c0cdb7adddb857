"""Tuning an encoder: what each step learns, and that a tuned model serves like any other."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service import errors
from service.domain.suggestion import Passage
from service.suggest import bundle
from service.suggest.encoder import Encoder, load_encoder
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.keeping_encoder import KeepingEncoder
from service.suggest.suggester import Suggester
from tests import invented, tiny_encoders
from training import choose, dataset, material, tune
from training import tuned as tuned_ways
from training.fit import Candidate
from training.material import Material as Prepared
from training.plan import Plan, Steps
from training.retrain import Material, Trained, retrain
from training.tune import PER_STEP, STRETCH, Lesson

#: torch warns of its own affairs.
pytestmark = pytest.mark.filterwarnings("ignore")

ASKED = [Passage("We cooked soup and were glad."), Passage("The train was late.", before=("Afraid?",))]


def _lesson(participants: int = 6) -> Lesson:
    snapshot = dataset.freeze(invented.rows(participants), invented.book())
    passages = [example.passage for example in snapshot.examples]
    return Lesson(passages, material.targets(snapshot), np.arange(len(passages)))


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformer so small that a step takes a moment."""
    return tiny_encoders.make(tmp_path_factory.mktemp("tiny"))["bert"]


@pytest.fixture(scope="session")
def encoder(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """The same, compiled."""
    return load_encoder(base, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def tuned(base: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A tuned model in a folder."""
    coded = Material(invented.rows(6), invented.book())
    return retrain(coded, encoder, tmp_path_factory.mktemp("models") / "m", Plan(tune=True, steps=4), base)


def test_a_stretch_is_of_one_document() -> None:
    """Every row is in one stretch, in order, and no stretch is too long or holds two documents."""
    lesson = _lesson()
    lesson = replace(
        lesson, passages=[replace(p, document_id=f"d{row // 40}") for row, p in enumerate(lesson.passages)]
    )
    stretches = lesson.stretches()
    assert np.concatenate(stretches).tolist() == lesson.rows.tolist()
    for rows in stretches:
        assert len(rows) <= STRETCH
        assert len({lesson.passages[row].document_id for row in rows}) == 1


def test_each_round_goes_over_everything_in_a_new_order() -> None:
    """The order rests on the seed alone."""
    lesson = _lesson(12)
    steps = 2 * lesson.steps_per_round
    rounds = [[rows.tolist() for step in tune.order(lesson, steps, seed) for rows in step] for seed in (0, 0, 1)]
    assert rounds[0] == rounds[1] != rounds[2]
    half = len(rounds[0]) // 2
    assert sorted(rounds[0][:half]) == sorted(rounds[0][half:])
    assert rounds[0][:half] != rounds[0][half:]
    assert all(len(step) <= PER_STEP for step in tune.order(lesson, steps, 0))


def test_the_same_call_gives_the_same_weights(base: Path, tmp_path: Path) -> None:
    """Another seed gives others, and all differ from the weights at the start."""
    for name, seed in (("one", 0), ("again", 0), ("other", 1)):
        tune.tune(base, _lesson(), 3, seed, tmp_path / name)
    found = {folder.parent.name: _digest(folder) for folder in tmp_path.glob("*/model.safetensors")}
    assert found["one"] == found["again"]
    assert len({*found.values(), _digest(base / "model.safetensors")}) == 3


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_tuned_model_brings_its_encoder_and_suggests_the_same_after_loading(tuned: Trained, encoder: Encoder) -> None:
    """It needs no other encoder, and says how it was tuned and how good it is on unseen participants."""
    loaded = bundle.load(tuned.path)
    assert loaded.manifest.method == "tuned"
    assert loaded.manifest.encoder_id != encoder.encoder_id
    assert {"steps": 4, "folds": 3}.items() <= loaded.manifest.settings.fitting.items()
    assert loaded.metrics["dimensions"]["topic"]["n"] == len(invented.rows(6)) // 2
    said = [Suggester(bundle.load(tuned.path), shared).suggest(ASKED) for shared in (encoder, HashingEncoder())]
    assert said[0] == said[1]


def test_the_same_steps_give_the_same_model(tuned: Trained, base: Path, encoder: Encoder, tmp_path: Path) -> None:
    """Id and files but for times are those of the first."""
    coded = Material(invented.rows(6), invented.book())
    again = retrain(coded, encoder, tmp_path / "m", Plan(tune=True, steps=4), base)
    assert again.bundle.manifest.model_id == tuned.bundle.manifest.model_id


def test_kept_vectors_give_the_same_model(encoder: Encoder, tmp_path: Path) -> None:
    """Whether none, some or all of the texts were encoded by an earlier training, and beside which others."""
    rows = invented.rows(6)
    coded = Material(rows, invented.book())
    plain = retrain(coded, encoder, tmp_path / "plain")
    KeepingEncoder(encoder, tmp_path / "kept").encode([row.text for row in rows[::3]])
    for name in ("some", "all"):
        found = retrain(coded, KeepingEncoder(encoder, tmp_path / "kept"), tmp_path / name)
        assert found.bundle.manifest.model_id == plain.bundle.manifest.model_id


@pytest.mark.parametrize("name", ["model.bin", "model.xml", "tokenizer.json", "encoder.json"])
def test_an_encoder_that_was_changed_is_refused(tuned: Trained, tmp_path: Path, name: str) -> None:
    """One byte more in any of its files, and the model is refused by that file's name."""
    for path in tuned.path.rglob("*"):
        if path.is_file():
            (tmp_path / path.relative_to(tuned.path)).parent.mkdir(exist_ok=True)
            (tmp_path / path.relative_to(tuned.path)).write_bytes(path.read_bytes())
    with (tmp_path / "encoder" / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(errors.BadBundle, match=f"encoder/{name}"):
        bundle.load(tmp_path)
    (tmp_path / "encoder" / name).unlink()
    with pytest.raises(errors.BadBundle, match=f"encoder/{name}"):
        bundle.load(tmp_path)


def test_no_head_is_scored_on_what_its_encoder_was_tuned_on(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each encoder to measure by is tuned without the participants that are measured with it."""
    learned: dict[str, set[str]] = {}

    def spy(start: Path, lesson: Lesson, steps: int, seed: int, out: Path, tell: tune.Tell) -> None:
        out.mkdir(parents=True)
        learned[out.parent.name] = {lesson.passages[row].participant_id for row in lesson.rows}
        coded = {lesson.passages[row].participant_id for target in lesson.targets.values() for row in target.rows}
        assert coded <= learned[out.parent.name]

    encoder = HashingEncoder(16)
    monkeypatch.setattr(tune, "tune", spy)
    monkeypatch.setattr(tuned_ways, "_compiled", lambda place: (encoder, None))
    snapshot = dataset.freeze(invented.rows(6), invented.book())
    prepared = material.prepare(snapshot, encoder, 0, material.quiet)
    shop = tuned_ways.Workshop(base, tmp_path)
    found = tuned_ways.candidate(prepared, tuned_ways.lesson_of(snapshot), shop, Steps(2, 3), 0, material.quiet)
    for fold in (0, 1, 2):
        mine = {e.participant_id for e, own in zip(snapshot.examples, found.material.folds, strict=True) if own == fold}
        assert mine
        assert not mine & learned[f"without-{fold}"]
    assert learned["without-None"] == {example.participant_id for example in snapshot.examples}


def test_the_tuned_encoder_must_be_ahead_and_behind_on_neither_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ahead thanks to a few people alone, or nowhere, the untuned one is kept; what was tried is told either way."""
    snapshot = dataset.freeze(invented.rows(6), invented.book())
    prepared = material.prepare(snapshot, HashingEncoder(16), 0, material.quiet)
    tried = {
        (0.5, 0.5, 0.6, 0.6): True,
        (0.5, 0.5, 0.6, 0.495): True,
        (0.5, 0.5, 0.501, 0.495): False,
        (0.5, 0.5, 0.4, 0.9): False,
        (0.5, 0.5, 0.5, 0.5): False,
    }
    for scores, wins in tried.items():
        given = iter(scores)
        monkeypatch.setattr(choose, "_score", lambda way, half, given=given: next(given))
        head, other = _candidate(prepared, "head"), _candidate(prepared, "other")
        kept = choose._better(head, other, Steps(9, 3))
        assert kept.tuning["name"] == ("other" if wins else "head")
        assert kept.tuning["tried"] == {"head": list(scores[:2]), "tuned": list(scores[2:])}


def _candidate(prepared: Prepared, name: str) -> Candidate:
    return Candidate(prepared, {}, tuning={"name": name})


@pytest.mark.parametrize(
    ("participants", "has_base", "says"), [(6, False, "no weights"), (2, True, "fewer than three")]
)
def test_tuning_that_cannot_be_done_is_refused(
    base: Path, encoder: Encoder, tmp_path: Path, participants: int, has_base: bool, says: str
) -> None:
    """Asked for it is refused in one sentence; left open, the head is fitted."""
    coded = Material(invented.rows(participants), invented.book())
    own = base if has_base else None
    with pytest.raises(errors.BadInput, match=says) as caught:
        retrain(coded, encoder, tmp_path / "m", Plan(tune=True), own)
    assert "--" not in str(caught.value)  # it may have been asked for on the page
    assert retrain(coded, encoder, tmp_path / "m", Plan(), own).bundle.manifest.method == "head"


def test_a_budget_too_short_for_a_step_is_refused(
    base: Path, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was to be tuned and was not would pass for tuned; it is said in words that fit any way to ask."""
    monkeypatch.setattr("training.tuned._seconds", lambda *_: 1.0)
    with pytest.raises(errors.BadInput, match=r"0\.001 minutes are no time") as caught:
        retrain(Material(invented.rows(6), invented.book()), encoder, tmp_path / "m", Plan(True, budget=0.001), base)
    assert "--" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
