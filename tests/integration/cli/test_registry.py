"""`inkling models` and what `inkling train` leaves out: comparing, signing, going back, refusing."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from service.domain.excerpts import CodingRow
from service.suggest.model import FORMAT
from tests import invented
from tests.integration.cli.conftest import Done, Inkling
from tests.outdated import outdate


def _write(path: Path, rows: tuple[CodingRow, ...]) -> Path:
    lines = (
        {
            "document_id": row.document_id,
            "position": row.position,
            "text": row.text,
            "dimension": row.dimension,
            "codes": list(row.codes),
            "context": row.context,
            "participant_id": row.participant_id,
            "advice": "shown" if row.position == 2 else "none",
            "advice_model": ["another"] if row.position == 2 else [],
        }
        for row in rows
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Write a codebook, coded excerpts of eleven participants, of fourteen, and of ten others."""
    book = tmp_path / "book.json"
    book.write_text(json.dumps(invented.BOOK), encoding="utf-8")
    old = invented.rows(11, 6)
    return {
        "book": str(book),
        "old": str(_write(tmp_path / "old.jsonl", old)),
        "new": str(_write(tmp_path / "new.jsonl", (*old, *invented.rows(3, 6, seed=2, prefix="q")))),
        "other": str(_write(tmp_path / "other.jsonl", invented.rows(10, 6, seed=3, prefix="z"))),
    }


def _train(inkling: Inkling, files: dict[str, str], name: str, *words: str) -> str:
    done = inkling("train", "--excerpts", files[name], "--codebook", files["book"], "--json", *words)
    assert done.code == 0, done.err
    return str(json.loads(done.out)["model_id"])


def _sign(inkling: Inkling, *words: str) -> Done:
    return inkling("models", *words, "--by", "rita", "--reason", "to see")


def test_a_promotion_tells_compares_and_records(team: Inkling, files: dict[str, str]) -> None:
    """The comparison is printed, the model serves whatever it says, and list and show keep who, why and verdict."""
    one, two = _train(team, files, "old"), _train(team, files, "new")
    first = _sign(team, "promote", one)
    assert (first.code, first.out) == (0, f"{one} is current.\n")
    shown = team("models", "compare", two)
    assert shown.code == 0
    assert f"{two} beside {one}, on people neither had seen:" in shown.out
    assert "  66 segments of 11 participants" in shown.out
    assert "macro-F1" in shown.out
    states = {entry["model_id"]: entry["state"] for entry in json.loads(team("models", "list", "--json").out)}
    assert states == {one: "current", two: "candidate"}
    done = _sign(team, "promote", two)
    assert done.code == 0
    assert done.out == shown.out + f"{two} is current.\n"
    entries = {entry["model_id"]: entry for entry in json.loads(team("models", "list", "--json").out)}
    assert (entries[one]["state"], entries[two]["state"]) == ("retired", "current")
    assert (entries[two]["by"], entries[two]["reason"]) == ("rita", "to see")
    assert entries[two]["verdict"]["current"] == one
    assert "rita" in team("models", "list").out
    card = team("models", "show", two).out
    assert "State: current, rita, " in card
    assert f"  topic: {entries[two]['verdict']['dimensions']['topic']['verdict']}" in card
    assert json.loads(team("models", "show", one, "--json").out)["state"] == "retired"


def test_other_models_and_other_people_can_be_compared(team: Inkling, files: dict[str, str]) -> None:
    """Any two models, on coded excerpts as well; with nothing to compare with, that is said."""
    one, two = _train(team, files, "old"), _train(team, files, "new")
    alone = team("models", "compare", two)
    assert alone.code == 1
    assert "No other model serves the codebook" in alone.err
    found = json.loads(team("models", "compare", two, "--with", one, "--excerpts", files["other"], "--json").out)
    assert (found["candidate"], found["current"]) == (two, one)
    assert {dimension["groups"] for dimension in found["dimensions"].values()} == {21}
    assert set(found["dimensions"]["topic"]["measures"]["macro_f1"]) == {
        "current",
        "candidate",
        "difference",
        "interval",
    }
    more = team("models", "compare", two, "--with", one, "--excerpts", files["other"], "--excerpts", files["new"])
    assert "144 segments of 24 participants" in more.out
    assert f"Of the codings given, {two} was asked about 60 segments: 10 segments coded with advice in view" in more.out
    assert "  66 more are of participants it was fitted on: they count as it kept them then." in more.out
    apart = team("models", "compare", _train(team, files, "other"), "--with", one)
    assert "can't tell (no segment in common)" in apart.out
    assert "Add codings that neither was fitted on" in apart.out


def test_evaluation_says_what_it_leaves_out_and_what_it_keeps(
    team: Inkling, files: dict[str, str], tmp_path: Path
) -> None:
    """Codings made with advice stay, those with the model's own are told apart; who was in training does not stay."""
    one, mixed = _train(team, files, "old"), tmp_path / "mixed.jsonl"
    lines = Path(files["new"]).read_text(encoding="utf-8")
    mixed.write_text(lines.replace('["another"]', f'["{one}"]'), encoding="utf-8")
    out = team("evaluate", "--model", one, "--excerpts", str(mixed)).out
    assert "Left out: 66 segments of participants it was fitted on.\n" in out
    assert "Kept: 3 segments coded with advice in view, 3 of them with its own, which flatters it" in out
    plain = team("evaluate", "--model", one, "--excerpts", files["other"]).out
    assert "Kept: 10 segments coded with advice in view, none of them with its own.\n" in plain


def test_a_table_is_shown_on_a_terminal(
    team: Inkling, files: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same figures in columns."""
    from service.cli import comparison
    from service.suggest.registry import Registry
    from training.compare import compare

    one, two = _train(team, files, "old"), _train(team, files, "new")
    registry = Registry(Path(os.environ["INKLING_MODELS"]))
    found = compare(registry.load(two), registry.load(one))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    capsys.readouterr()
    comparison.show(found)
    out = capsys.readouterr().out
    assert "95 % interval" in out
    assert "calibration error" in out


def test_going_back_restores_what_was_said(team: Inkling, files: dict[str, str]) -> None:
    """The model before serves again with the same bytes."""
    one, two = _train(team, files, "old"), _train(team, files, "new")
    ask = ("suggest", "--text", "We cooked soup at the station.", "--json", "--model")
    _sign(team, "promote", one)
    before = team(*ask, one).out
    _sign(team, "promote", two)
    assert _sign(team, "rollback", "--codebook", "days out").out == f"{one} is current.\n"
    assert team(*ask, one).out == before
    assert json.loads(team("models", "show", one, "--json").out)["state"] == "current"


def test_a_candidate_is_removed_unless_it_has_advised(
    team: Inkling, files: dict[str, str], interview: Path, tmp_path: Path
) -> None:
    """A model whose suggestions stand in a project stays, as does one that serves; others are gone for good."""
    one, two = _train(team, files, "old"), _train(team, files, "new")
    _sign(team, "promote", one)
    refused = team("models", "remove", one)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "only candidates can be removed" in refused.err
    team("projects", "create", "days", "--codebook", files["book"])
    scored = team("score", str(interview), "--model", two, "--out", str(tmp_path / "scored"), "--project", "days")
    assert scored.code == 0, scored.err
    refused = team("models", "remove", two)
    assert (refused.code, f"{two} has suggested codes in this store" in refused.err) == (1, True)
    three = _train(team, files, "other")
    assert team("models", "remove", three).out == f"{three} is removed.\n"
    assert three not in team("models", "list").out
    assert team("models", "remove", three).code == 1


def test_several_files_are_one_snapshot(team: Inkling, files: dict[str, str], tmp_path: Path) -> None:
    """The order of files does not matter; files together are the snapshot that one file of all rows is."""
    both = ("--excerpts", files["other"])
    one = _train(team, files, "old", *both)
    again = ["train", "--excerpts", files["other"], "--excerpts", files["old"], "--codebook", files["book"], "--json"]
    assert json.loads(team(*again).out)["model_id"] == one
    assert one != _train(team, files, "old")
    told = team("train", "--excerpts", files["old"], "--codebook", files["book"], *both, "--out", str(tmp_path / "m"))
    snapshot = json.loads((tmp_path / "m" / "manifest.json").read_text(encoding="utf-8"))["snapshot"]
    assert f"Snapshot {snapshot['sha256'][:16]}: segments 126, documents 21, participants 21." in told.out


def test_people_and_codings_are_left_out(inkling: Inkling, files: dict[str, str], tmp_path: Path) -> None:
    """By id or by a file of ids, and what was made with advice; how many is said, who is not."""
    ids = tmp_path / "withdrawn.txt"
    ids.write_text("P01\nQ02\n", encoding="utf-8")
    words = ["train", "--excerpts", files["new"], "--codebook", files["book"], "--out", str(tmp_path / "m")]
    done = inkling(*words, "--without", "p00", "--without-file", str(ids), "--unadvised-only")
    assert done.code == 0
    assert "Left out: the codings of 3 participants." in done.out
    assert "Left out: 22 codings made with advice shown, or where that is unknown." in done.out
    manifest = (tmp_path / "m" / "manifest.json").read_text(encoding="utf-8")
    assert json.loads(manifest)["snapshot"]["left_out"] == {"participants": 3, "advised": 22}
    assert "P01" not in manifest
    wrong = inkling(*words[:-1], str(tmp_path / "n"), "--without", "P77")
    assert (wrong.code, wrong.err.count("\n")) == (1, 1)
    assert "P77" in wrong.err
    assert inkling("train", "--codebook", files["book"], "--without", "P01").code == 2


def test_a_destination_that_cannot_be_is_one_sentence(
    inkling: Inkling, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said before the training, which is not begun; and where models can't be kept, as well."""
    monkeypatch.setattr("training.dataset.freeze", lambda *_: pytest.fail("it began to work"))
    words = ["train", "--excerpts", files["old"], "--codebook", files["book"]]
    for out in (".", files["book"], f"{files['book']}/m", "/proc/m"):
        done = inkling(*words, "--out", out)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert "Traceback" not in done.err
    for models in (files["book"], f"{files['book']}/models", "/proc/m/models"):
        monkeypatch.setenv("INKLING_MODELS", models)
        done = inkling(*words)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert models in done.err
    assert inkling("models", "list").code == 0


Entry = Callable[[Inkling, str, dict[str, str], Path], Done]

ENTRIES: dict[str, Entry] = {
    "evaluate": lambda run, model, files, _: run("evaluate", "--model", model, "--excerpts", files["other"]),
    "suggest": lambda run, model, files, _: run("suggest", "--text", "We cooked.", "--model", model),
    "score": lambda run, model, files, tmp: run(
        "score", files["other"], "--model", model, "--out", str(tmp / "scored")
    ),
    "promote": lambda run, model, files, _: _sign(run, "promote", model),
    "compare": lambda run, model, files, _: run("models", "compare", model, "--with", model),
    "show": lambda run, model, files, _: run("models", "show", model),
    "add": lambda run, model, files, tmp: run("models", "add", str(tmp / "models" / model)),
}


def _swap_weights(folder: Path) -> None:
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[::-1])


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "tampered": (_swap_weights, "weights.safetensors: it is damaged or was changed"),
    "incomplete": (lambda folder: (folder / "held_out.safetensors").unlink(), "held_out.safetensors: the file is mis"),
    "more": (lambda folder: (folder / "run.py").write_text("", encoding="utf-8"), "run.py: a model has no such file"),
    "outdated": (outdate, f"it has format 1 and this version reads {FORMAT}; train the model again (`inkling train`)"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_no_whole_model_is_refused_everywhere(
    team: Inkling, files: dict[str, str], tmp_path: Path, damage: str
) -> None:
    """One clear sentence on stderr and exit 1, wherever a model is named."""
    model = _train(team, files, "old")
    change, says = DAMAGE[damage]
    change(tmp_path / "models" / model)
    for name, entry in ENTRIES.items():
        done = entry(team, model, files, tmp_path)
        assert done.code == 1, name
        assert says in done.err, name
        assert done.err.strip().splitlines()[-1].startswith("inkling: "), name
    assert not (tmp_path / "models" / "registry.json").exists()


def test_a_model_of_another_codebook_is_refused(team: Inkling, files: dict[str, str], tmp_path: Path) -> None:
    """To be compared with, to be measured on, or to score into a project of another codebook."""
    model = _train(team, files, "old")
    book = tmp_path / "pace.json"
    book.write_text(json.dumps({"pace": {"slow": "Slowly.", "fast": "Fast."}}), encoding="utf-8")
    other = json.loads(team("train", "--codebook", str(book), "--json").out)["model_id"]
    for words, says in (
        (("models", "compare", model, "--with", other), "only models of one codebook can be compared"),
        (("evaluate", "--model", other, "--excerpts", files["old"]), "No row is coded on a dimension of this model"),
        (
            ("score", files["old"], "--model", other, "--out", str(tmp_path / "scored"), "--project", "intake"),
            "codebook",
        ),
    ):
        done = team(*words)
        assert done.code == 1, words
        assert says in done.err


def test_a_bundle_added_twice_changes_nothing(team: Inkling, files: dict[str, str], tmp_path: Path) -> None:
    """The folder stays as it is; a copy that was changed is refused, whatever it is called."""
    made = tmp_path / "made"
    model = _train(team, files, "old", "--out", str(made))
    assert [team("models", "add", str(made)).out for _ in range(2)] == [f"{model}\n"] * 2
    shutil.copytree(made, tmp_path / "copy")
    (tmp_path / "copy" / "MODEL_CARD.md").write_text("Perfect.", encoding="utf-8")
    refused = team("models", "add", str(tmp_path / "copy"))
    assert (refused.code, "copy/MODEL_CARD.md" in refused.err) == (1, True)


def test_one_unreadable_model_does_not_hide_the_others(team: Inkling, files: dict[str, str], tmp_path: Path) -> None:
    """The list shows the rest on stdout and says on stderr what is wrong with that one."""
    one, two = _train(team, files, "old"), _train(team, files, "new")
    outdate(tmp_path / "models" / one)
    done = team("models", "list")
    assert done.code == 0
    assert two in done.out
    assert one not in done.out
    assert f"{one}/manifest.json: it has format 1" in done.err
