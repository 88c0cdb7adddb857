"""Training, evaluating and promoting on the command line."""

import json
from pathlib import Path

import pytest

from service.cli import figures
from tests.integration.cli.conftest import Inkling

TALK = {
    "rooms": ["We moved the chairs in room {}.", "The door of house {} got a new lock.", "Wall {} is painted now."],
    "paper": ["Form {} was typed again.", "I wrote letter {} to the board.", "File {} has a new cover sheet."],
}


@pytest.fixture
def excerpts(tmp_path: Path) -> Path:
    """Write coded excerpts of twelve participants."""
    file = tmp_path / "coded.jsonl"
    rows = [
        {"document_id": f"d{p}", "position": 3 * c + i, "text": said.format(p), "dimension": "topic", "codes": [code]}
        for p in range(12)
        for c, (code, lines) in enumerate(TALK.items())
        for i, said in enumerate(lines)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_train_reports_and_promotes_by_a_person(team: Inkling, excerpts: Path) -> None:
    """A fitted model is a candidate until a researcher or admin promotes it, and can be rolled back."""
    done = team("train", "--excerpts", str(excerpts), "--json")
    result = json.loads(done.out)
    assert result["method"] == "head"
    assert result["dimensions"]
    assert "topic" in result["metrics"]["dimensions"]
    model_id = result["model_id"]
    assert team("models", "promote", model_id, "--by", "cora", "--reason", "I like it").code == 1
    assert team("models", "promote", model_id, "--by", "rita", "--reason", "better").code == 0
    entries = json.loads(team("models", "list", "--json").out)
    assert [e["state"] for e in entries if e["model_id"] == model_id] == ["current"]


def test_same_excerpts_and_seed_give_the_same_model(inkling: Inkling, excerpts: Path, tmp_path: Path) -> None:
    """A model's id depends on snapshot and seed, not on time."""
    first = json.loads(inkling("train", "--excerpts", str(excerpts), "--out", str(tmp_path / "a"), "--json").out)
    second = json.loads(inkling("train", "--excerpts", str(excerpts), "--out", str(tmp_path / "b"), "--json").out)
    assert first["model_id"] == second["model_id"]
    assert (tmp_path / "a" / "manifest.json").is_file()


def test_evaluate_refuses_what_the_model_was_trained_on(inkling: Inkling, tmp_path: Path) -> None:
    """Documents seen in training are left out by their text; exit 1 if none remain."""
    file = tmp_path / "coded.jsonl"
    rows = [
        {
            "document_id": f"d{p}",
            "text": f"Participant number {p} talked for a long while about {code} and what it meant to number {p}.",
            "dimension": "topic",
            "codes": [code],
        }
        for p in range(4)
        for code in ("rooms", "paper")
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert inkling("train", "--excerpts", str(file), "--out", str(tmp_path / "m"), "--json").code == 0
    renamed = tmp_path / "renamed.jsonl"
    renamed.write_text(file.read_text(encoding="utf-8").replace('"d', '"other'), encoding="utf-8")
    assert inkling("evaluate", "--model", str(tmp_path / "m"), "--excerpts", str(renamed)).code == 1


def test_a_measure_that_has_no_value_is_printed(inkling: Inkling, tmp_path: Path, excerpts: Path) -> None:
    """One segment of one code has no kappa; the plain output says so."""
    bundle, one = tmp_path / "m", tmp_path / "one.jsonl"
    assert inkling("train", "--excerpts", str(excerpts), "--out", str(bundle), "--json").code == 0
    row = json.loads(excerpts.read_text(encoding="utf-8").splitlines()[0])
    row |= {"document_id": "new", "text": "The heating broke and we all sat with our coats on until it was noon."}
    one.write_text(json.dumps(row) + "\n", encoding="utf-8")
    done = inkling("evaluate", "--model", str(bundle), "--excerpts", str(one))
    assert done.code == 0
    assert "kappa" in done.out


def test_budget_and_steps_exclude_each_other(inkling: Inkling, excerpts: Path) -> None:
    """Minutes or steps, not both."""
    assert inkling("train", "--excerpts", str(excerpts), "--budget", "1", "--steps", "2").code == 2


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--budget", "0", "give --no-tune"),
        ("--budget", "inf", "at most 10,000"),
        ("--budget", "nan", "over 0"),
        ("--budget", "-1", "over 0"),
        ("--seed", "-1", "greater than"),
        ("--seed", str(2**64), "less than"),
        ("--steps", "0", "greater than"),
        ("--steps", str(2**64), "less than"),
    ],
)
def test_numbers_no_training_can_have_are_wrong_use(
    inkling: Inkling, excerpts: Path, option: str, value: str, message: str
) -> None:
    """It is said what would be right, before anything is read or fitted."""
    done = inkling("train", "--excerpts", str(excerpts), option, value)
    assert done.code == 2
    assert message in " ".join(done.err.replace("│", "").split())
    assert "Traceback" not in done.err


def test_machine_output_never_trains(inkling: Inkling, tmp_path: Path) -> None:
    """A file with probabilities is refused as machine output."""
    file = tmp_path / "scored.jsonl"
    row = {"document_id": "d", "text": "t", "dimension": "topic", "codes": ["a"], "probabilities": [1.0]}
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    done = inkling("train", "--excerpts", str(file), "--json")
    assert done.code == 1
    assert "scored.jsonl" in done.err


def test_damaged_bundle_is_refused(inkling: Inkling, excerpts: Path, tmp_path: Path) -> None:
    """A bundle with a changed file is refused with one line that names the file."""
    bundle = tmp_path / "m"
    assert inkling("train", "--excerpts", str(excerpts), "--out", str(bundle)).code == 0
    weights = bundle / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    done = inkling("suggest", "--text", "We moved the chairs.", "--model", str(bundle))
    assert done.code == 1
    assert "weights.safetensors" in done.err
    assert done.err.count("\n") == 1


def test_a_project_has_its_own_codebook(inkling: Inkling, tmp_path: Path) -> None:
    """Another one beside it is refused as wrong use."""
    done = inkling("train", "--project", "alpha", "--codebook", str(tmp_path / "book.yaml"))
    assert done.code == 2
    assert "its own codebook" in done.err


def test_out_folder_must_be_empty(inkling: Inkling, excerpts: Path, tmp_path: Path) -> None:
    """`train --out` refuses a folder that holds something, and leaves it as it was."""
    out = tmp_path / "full"
    out.mkdir()
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    assert inkling("train", "--excerpts", str(excerpts), "--out", str(out)).code == 1
    assert [file.name for file in out.iterdir()] == ["mine.txt"]


def test_training_prints_figures_for_people(inkling: Inkling, excerpts: Path, tmp_path: Path) -> None:
    """Plain lines where it is no terminal: leading figures with intervals, more codings, and where the report lies."""
    out = inkling("train", "--excerpts", str(excerpts), "--out", str(tmp_path / "m")).out
    assert "On participants not seen in training:" in out
    assert "topic: 72 segments, macro-F1 " in out
    assert "nother hundred codings would bring" in out
    assert f"Report: {tmp_path / 'm' / 'report.html'}" in out
    assert (tmp_path / "m" / "report.html").is_file()


def test_on_a_terminal_figures_are_a_table(
    inkling: Inkling,
    excerpts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The table has a row per dimension, and says which figures lead where some codings had advice."""
    inkling("train", "--excerpts", str(excerpts), "--out", str(tmp_path / "m"))
    metrics = json.loads((tmp_path / "m" / "metrics.json").read_text(encoding="utf-8"))
    topic = metrics["dimensions"]["topic"]
    topic["unadvised"] = {**topic["unadvised"], "n": 7, "kappa": None, "intervals": None}
    topic["agreement"] = {"coder_coder": {"kappa": 0.5, "intervals": None}}
    metrics["on_invented_text"] = True
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    capsys.readouterr()
    figures.show(metrics)
    said = capsys.readouterr().out
    assert "on invented text" in said
    assert "topic" in said
    assert "0.500" in said
    assert "topic: figures are on codings" in said


def test_what_is_not_there_is_said_to_be_so(team: Inkling, tmp_path: Path) -> None:
    """A file, a folder without a model, a codebook that no model serves, and a person: each by its name."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "book.yaml").write_text("\n", encoding="utf-8")
    signed = ("--by", "rita", "--reason", "why")
    for words, said in (
        (("import", "nosuch", "--project", "intake"), "nosuch: there is no such file or folder."),
        (("read", "nosuch"), "nosuch: there is no such file."),
        (("read", str(tmp_path / "empty")), "empty: this is a folder, not a file; name one in it."),
        (("projects", "create", "p", "--codebook", str(tmp_path / "book.yaml")), "book.yaml: it is empty;"),
        (("suggest", "--text", "x", "--model", str(tmp_path / "empty")), "empty: there is no model in this folder"),
        (("suggest", "--text", "x", "--model", "nosuch"), "There is no model 'nosuch'"),
        (("models", "rollback", "--codebook", "nosuch", *signed), "No model has served a codebook named nosuch;"),
        (("models", "promote", "m", "--by", "zoe", "--reason", "why"), "--by zoe: nobody in this store has this name."),
        (("models", "promote", "m", "--by", "cora", "--reason", "why"), "--by cora: only a researcher or admin"),
    ):
        done = team(*words)
        assert (done.code, done.err.count("\n")) == (1, 1), words
        assert said in done.err


def test_what_is_wrong_in_excerpts_is_named_with_its_file(inkling: Inkling, tmp_path: Path) -> None:
    """Also where it shows only once the rows meet the codebook."""
    rows = tmp_path / "coded.csv"
    rows.write_text("document_id,position,text,dimension,codes\na,1,Some words.,topic,x;y\n", encoding="utf-8")
    book = tmp_path / "book.json"
    topic = {"select": "one", "codes": {"x": "X.", "y": "Y."}}
    book.write_text(json.dumps({"name": "b", "version": 1, "dimensions": {"topic": topic}}), encoding="utf-8")
    done = inkling("train", "--excerpts", str(rows), "--codebook", str(book), "--out", str(tmp_path / "m"))
    assert done.code == 1
    assert "coded.csv: document a, position 1" in done.err
