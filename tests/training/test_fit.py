"""From excerpts to a measured model, and what it says of people it has not seen."""

from dataclasses import replace
from pathlib import Path

import pytest

from service import errors
from service.domain import groups
from service.domain.codebook import Codebook
from service.domain.excerpts import CodingRow
from service.domain.suggestion import Passage
from service.suggest import bundle
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.measures import MEASURES
from service.suggest.model import Bundle
from service.suggest.registry import Registry
from service.suggest.suggester import Suggester
from tests import invented
from training import dataset, fit, material, promote, retrain
from training.evaluate import evaluate
from training.heads import Strength, Target
from training.retrain import Material

ENCODER = HashingEncoder(64)


def _fit(rows: tuple[CodingRow, ...], book: Codebook | None = None, seed: int = 0) -> Bundle:
    return fit.fit_head(dataset.freeze(rows, book or invented.book()), ENCODER, seed)


@pytest.fixture(scope="module")
def model() -> Bundle:
    """Return a model fitted on twelve invented participants."""
    return _fit(invented.rows(12))


def test_the_same_snapshot_and_seed_give_the_same_model(model: Bundle) -> None:
    """The id is a hash of what was learned from what; another seed is another model."""
    assert _fit(invented.rows(12)).manifest.model_id == model.manifest.model_id
    assert _fit(invented.rows(12), seed=1).manifest.model_id != model.manifest.model_id


def test_it_learns_and_says_how_well(model: Bundle) -> None:
    """Measures out of fold have every key, intervals over the twelve and a row per code."""
    for name, codes in (("topic", {"food", "travel"}), ("mood", {"joy", "worry"})):
        found = model.metrics["dimensions"][name]
        assert set(MEASURES) <= set(found)
        assert found["macro_f1"] > 0.8
        assert set(found["intervals"]) == set(MEASURES)
        assert set(found["codes"]) == codes
        assert 0.8 <= found["coverage"] <= 1


def test_figures_on_invented_text_say_so() -> None:
    """On the card and in the manifest, and only where all or some of the text was invented."""
    synthetic = _fit(invented.rows(4, origin="synthetic"))
    mixed = _fit((*invented.rows(4, origin="synthetic"), *invented.rows(3, seed=5, prefix="q")))
    real = _fit(invented.rows(4))
    assert [m.manifest.on_invented_text for m in (synthetic, mixed, real)] == [True, False, False]
    assert "(on invented text)" in synthetic.card
    assert "(partly on invented text)" in mixed.card
    assert "invented" not in real.card
    assert not any(row.text in synthetic.card for row in invented.rows(4))


def test_synthetic_texts_are_not_held_back() -> None:
    """Only texts that someone said count as training texts to keep advice from."""
    row = next(row for row in invented.rows(4) if len(row.text) >= 40)
    assert _fit(invented.rows(4)).trained_on(row.text)
    assert not _fit(invented.rows(4, origin="synthetic")).trained_on(row.text)


def test_segments_of_projects_are_remembered() -> None:
    """Ids and the project's name come with the rows."""
    rows = tuple(replace(row, extra={"segment_id": "s1", "project": "mine"}) for row in invented.rows(3))
    made = _fit(rows)
    assert made.trained_segments == frozenset({"s1"})
    assert {excerpt.project for excerpt in made.support.excerpts} == {"mine"}


def test_under_three_participants_it_still_serves() -> None:
    """Nothing is measured, no words are kept, no coverage stated, and it still tells the codes apart."""
    made = _fit(invented.rows(2))
    assert made.metrics == {"reason": "fewer than three participants"}
    assert "Not measured" in made.card
    advice = Suggester(made, ENCODER).suggest([Passage("soup bread kitchen table cooked that day remembers")])[0]
    assert advice.dimensions[0].best == ("food",)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_very_few_examples_are_enough_to_fit(count: int) -> None:
    """A handful of segments gives a model, whatever is missing in it."""
    rows = tuple(row for row in invented.rows(3, 1, seed=count) if row.dimension == "mood")[:count]
    rows = rows or invented.rows(1, 1)
    made = _fit(tuple(replace(row, codes=("joy",)) for row in rows))
    assert Suggester(made, ENCODER).suggest([Passage("glad and cheerful, we sang and laughed")])


def test_a_dimension_that_few_were_coded_on_is_fitted_but_not_measured() -> None:
    """What one or two people were coded on says nothing of others."""
    for coded in ({"p00"}, {"p00", "p01"}):
        rows = tuple(row for row in invented.rows(4) if row.dimension == "topic" or row.document_id in coded)
        made = _fit(rows)
        assert set(made.metrics["dimensions"]) == {"topic"}
        found = made.dimensions["mood"]
        assert found.head is not None
        assert found.calibration is not None
        assert found.calibration.in_set is None


def test_no_code_can_be_an_outcome_of_its_own() -> None:
    """Where some truth is empty, "none applies" leads for segments like those, and the codes sum to less than 1."""
    rows = list(invented.rows(6))
    for number in range(6):
        for position in range(20, 30):
            text = f"Umbrella lamp carpet window pencil, item {position} of {number}."
            rows.append(CodingRow(f"p{number:02d}", position, text, "topic", (), participant_id=f"P{number:02d}"))
    made = _fit(tuple(rows))
    advice = Suggester(made, ENCODER).suggest([Passage("Umbrella lamp carpet window pencil, item 3.")])[0].dimensions[0]
    assert (advice.best, advice.suggested, advice.abstained) == ((), (), False)
    assert sum(candidate.probability for candidate in advice.candidates) < 0.5
    assert any(candidate.in_candidate_set for candidate in advice.candidates)
    assert [candidate.code for candidate in advice.candidates if not candidate.code] == []


def test_evaluation_has_the_contracts_keys(model: Bundle) -> None:
    """Measures on other people's excerpts, with everything that `inkling evaluate` prints."""
    found = evaluate(model, ENCODER, invented.rows(4, seed=9, prefix="new"))
    assert list(found) == ["model_id", "documents", "segments", "left_out", "dimensions", "codings"]
    assert (found["documents"], found["segments"], found["left_out"]) == (4, 48, 0)
    topic = found["dimensions"]["topic"]
    assert set(topic) == {"n", *MEASURES, "intervals", "codes", "by_participant"}
    assert topic["macro_f1"] > 0.8
    assert set(topic["codes"]["food"]) == {"precision", "recall", "f1", "support"}
    assert topic["intervals"] is None
    assert set(topic["by_participant"]) == {f"NEW{number:02d}" for number in range(4)}


def test_training_groups_are_left_out_by_their_text(model: Bundle) -> None:
    """Other names don't hide a trained document, and its whole group goes; the same name on other text stays."""
    renamed = [replace(row, document_id=f"x-{row.document_id}", participant_id="Z") for row in invented.rows(1)]
    fresh = [replace(row, participant_id="P00", document_id="p00") for row in invented.rows(1, seed=9, prefix="new")]
    also = [replace(row, participant_id="Z") for row in invented.rows(1, seed=7, prefix="also")]
    found = evaluate(model, ENCODER, [*renamed, *fresh, *also])
    assert (found["documents"], found["left_out"]) == (1, 1)


def test_evaluation_counts_codings_made_with_the_models_own_advice(model: Bundle) -> None:
    """They are kept and counted apart from those made with another's; so is all that is left out."""
    own, rows = model.manifest.model_id, invented.rows(4, seed=9, prefix="new")
    advice = {0: f'["{own}", "days-out-0"]', 1: f"days-out-0;{own}", 2: "days-out-0", 3: ""}
    told = [
        replace(row, advice="shown", extra={"advice_model": advice[row.position]}) if row.position in advice else row
        for row in rows
    ]
    differing = [replace(row, annotator_id=who, codes=(who,)) for row in rows[:1] for who in ("food", "travel")]
    unsettled = [replace(row, position=50, text="They walked.") for row in differing]
    foreign = replace(rows[0], dimension="weather")
    trained = [row for row in invented.rows(12) if row.document_id == "p00"]
    found = evaluate(model, ENCODER, [*told, *unsettled, foreign, *trained])
    assert (found["segments"], found["left_out"]) == (48, 1)
    assert found["codings"] == {
        "trained_on": len({row.position for row in trained}),
        "unsettled": 1,
        "passed_over": 1,
        "advised": 16,
        "advised_by_it": 8,
    }


def test_nothing_left_to_evaluate_is_an_error(model: Bundle) -> None:
    """A model is not measured on what it was trained on."""
    with pytest.raises(errors.BadExcerpts, match="trained on all"):
        evaluate(model, ENCODER, invented.rows(12))


def test_evaluation_needs_the_models_codes(model: Bundle) -> None:
    """Other dimensions alone are refused, beside known ones left aside; unknown codes are refused."""
    rows = invented.rows(1, seed=9, prefix="new")
    other = [replace(row, dimension="weather") for row in rows]
    with pytest.raises(errors.BadExcerpts, match="topic, mood"):
        evaluate(model, ENCODER, other)
    assert set(evaluate(model, ENCODER, [*rows, *other])["dimensions"]) == {"topic", "mood"}
    with pytest.raises(errors.BadExcerpts, match="no code"):
        evaluate(model, ENCODER, [replace(rows[0], codes=("drink",))])


def test_evaluation_asks_the_one_inference_path(model: Bundle) -> None:
    """What it measures is what the suggester says: the share right among its best."""
    rows = invented.rows(4, seed=9, prefix="new")
    snapshot = dataset.freeze(rows, invented.book())
    said = Suggester(model, ENCODER).suggest([example.passage for example in snapshot.examples])
    right = [
        suggestion.by_dimension()["topic"].best == example.truth["topic"]
        for suggestion, example in zip(said, snapshot.examples, strict=True)
    ]
    found = evaluate(model, ENCODER, rows)["dimensions"]["topic"]
    assert found["micro_f1"] == pytest.approx(sum(right) / len(right), abs=1e-6)


def test_splits_are_by_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """No segment is ever scored by a head that saw its participant."""
    seen: list[tuple[set[str], set[str]]] = []
    snapshot = dataset.freeze(invented.rows(12), invented.book())
    prepared = material.prepare(snapshot, ENCODER, 0, material.quiet)
    target = material.targets(snapshot)["topic"]

    def spy(self: material.Material, head: object, rows: object, without: object = None) -> object:
        mine = {snapshot.examples[row].group for row in rows}  # type: ignore[attr-defined]
        seen.append((fitted[-1], mine))
        return score(self, head, rows, without)  # type: ignore[arg-type]

    fitted: list[set[str]] = []
    score, make = material.Material.score, material.Material.fit

    def fit_spy(self: material.Material, part: Target, *args: object, **kwargs: object) -> object:
        fitted.append({snapshot.examples[row].group for row in part.rows})
        return make(self, part, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(material.Material, "score", spy)
    monkeypatch.setattr(material.Material, "fit", fit_spy)
    fit._unseen(prepared, target, Strength())
    assert {name for _, mine in seen for name in mine} == set(snapshot.groups)
    assert all(not trained & mine for trained, mine in seen)
    assert len(seen) == len(set(groups.folds(snapshot.groups).values()))


def test_progress_is_told() -> None:
    """From 0 towards 1, never back."""
    told: list[tuple[str, float]] = []
    fit.fit_head(
        dataset.freeze(invented.rows(3), invented.book()), ENCODER, 0, lambda stage, share: told.append((stage, share))
    )
    assert [share for _, share in told] == sorted(share for _, share in told)
    stages = [f"{what} {name}" for what in ("fitting", "measuring") for name in ("topic", "mood")]
    assert {"encoding", "counting words", *stages, "writing"} == {stage for stage, _ in told}


def test_retraining_writes_the_bundle_it_names(tmp_path: Path) -> None:
    """The folder is the bundle itself; the answer has the contract's keys."""
    done = retrain.retrain(Material(invented.rows(3), invented.book()), ENCODER, tmp_path / "out" / "model")
    answer = done.as_json()
    assert list(answer)[:5] == ["model_id", "path", "method", "dimensions", "metrics"]
    assert list(answer)[5:] == ["snapshot", "left_out", "not_known_yet"]
    assert answer["model_id"] == bundle.load(tmp_path / "out" / "model").manifest.model_id
    assert (answer["method"], answer["dimensions"]) == ("head", ["topic", "mood"])


def test_a_codebook_alone_gives_definitions(tmp_path: Path) -> None:
    """Nothing to measure, and the reason says so."""
    done = retrain.retrain(Material((), invented.book()), ENCODER, tmp_path / "model")
    assert done.as_json()["method"] == "definitions"
    assert done.as_json()["metrics"] == {"reason": "fewer than three participants"}
    assert done.bundle.manifest.model_id == definitions_bundle(invented.book(), ENCODER).manifest.model_id


def test_without_a_folder_the_model_is_a_candidate(tmp_path: Path) -> None:
    """It goes under its id into the registry, and again changes nothing."""
    registry = Registry(tmp_path / "models")
    material = Material(invented.rows(3), invented.book())
    first, again = (retrain.retrain(material, ENCODER, registry) for _ in range(2))
    assert first.path == again.path == registry.root / first.bundle.manifest.model_id
    assert [entry.state for entry in registry.list()] == ["candidate"]


def test_a_full_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    """Nothing is fitted for a folder that can't be written to."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    def never(stage: str, share: float) -> None:
        pytest.fail("it began to work")

    with pytest.raises(errors.FolderInUse):
        retrain.retrain(Material(invented.rows(3), invented.book()), ENCODER, tmp_path, progress=never)


def test_a_place_that_cannot_take_a_model_is_refused_before_any_work(tmp_path: Path) -> None:
    """A file above the folder, a damaged registry to be put among, and one to be held against."""

    def never(stage: str, share: float) -> None:
        pytest.fail("it began to work")

    registry = Registry(tmp_path / "models")
    registry.root.mkdir()
    (registry.root / "registry.json").write_text("[", encoding="utf-8")
    material, new = Material(invented.rows(3), invented.book()), tmp_path / "new"
    for out, beside in ((registry, None), (new, registry), (registry.root / "registry.json" / "m", None)):
        with pytest.raises(errors.BadInput):
            retrain.retrain(material, ENCODER, out, progress=never, beside=beside)
    assert not new.exists()


def test_encoders_on_their_way_lie_where_the_next_training_finds_them(tmp_path: Path) -> None:
    """What a killed training left there is gone with the next, which leaves nothing itself."""
    (tmp_path / "work" / ".unfinished-training-cut" / "without-0").mkdir(parents=True)
    material = Material(invented.rows(3), invented.book())
    retrain.retrain(material, ENCODER, tmp_path / "m", work=tmp_path / "work")
    assert list((tmp_path / "work").iterdir()) == []


def _interrupted(stage: str, share: float) -> None:
    if stage == "writing":
        raise KeyboardInterrupt


def test_an_interrupted_training_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C at the end of the work leaves no folder."""
    with pytest.raises(KeyboardInterrupt):
        retrain.retrain(Material(invented.rows(3), invented.book()), ENCODER, tmp_path / "m", progress=_interrupted)
    assert list(tmp_path.iterdir()) == []


def test_material_comes_from_files(tmp_path: Path) -> None:
    """Excerpts with and without a codebook, several files, and nothing at all."""
    one, two, book = tmp_path / "one.csv", tmp_path / "two.csv", tmp_path / "book.json"
    one.write_text("document_id,text,dimension,codes\nd,We cooked.,topic,food\n", encoding="utf-8")
    two.write_text("document_id,text,dimension,codes\nd,We drove.,topic,travel\n", encoding="utf-8")
    book.write_text('{"topic": {"food": "Meals", "travel": "Trips", "rest": "Sleep"}}', encoding="utf-8")
    bare, full = retrain.read_material([one, two], None), retrain.read_material([one], book)
    assert [row.position for row in bare.rows] == [0, 1]
    assert bare.codebook.name.startswith("one-")
    assert [code.id for code in bare.codebook.dimension("topic").codes] == ["food", "travel"]
    assert (full.codebook.name[:5], full.codebook.dimension("topic").select) == ("book-", "one")
    assert retrain.read_material([], book).codebook.dimension("topic").select == "many"
    with pytest.raises(errors.BadInput, match="needs"):
        retrain.read_material([], None)


def test_only_whole_models_are_promoted(tmp_path: Path) -> None:
    """Promoting and going back check every file first and leave the pointer where it was."""
    registry = Registry(tmp_path / "models")
    one = retrain.retrain(Material(invented.rows(3), invented.book()), ENCODER, registry).bundle.manifest.model_id
    two = retrain.retrain(Material(invented.rows(4), invented.book()), ENCODER, registry).bundle.manifest.model_id
    promote.promote(registry, one, "Ida", "first")
    promote.promote(registry, two, "Ida", "better")
    (registry.path(one) / "metrics.json").write_text("{}", encoding="utf-8")
    with pytest.raises(errors.BadBundle):
        registry.rollback("days out", "Ida", "worse")
    assert registry.current("days out") == two
    with pytest.raises(errors.BadBundle):
        promote.promote(registry, one, "Ida", "back")


def test_a_report_says_what_changed_against_the_model_that_serves(tmp_path: Path) -> None:
    """A first model is held against none; a later one against the current one, whichever folder it goes to."""
    registry = Registry(tmp_path / "models")
    first = retrain.retrain(Material(invented.rows(6), invented.book()), ENCODER, registry)
    assert "not compared" in first.bundle.report
    registry.set_up(first.bundle.manifest.model_id)
    later = Material(invented.rows(8), invented.book())
    for out in (tmp_path / "m", registry):
        found = retrain.retrain(later, ENCODER, out, beside=registry)
        page = (found.path / "report.html").read_text(encoding="utf-8")
        assert f"Held against {first.bundle.manifest.model_id}" in page
