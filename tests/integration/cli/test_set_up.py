"""The first start: the store, the starter model, the demo project."""

import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Inkling
from tests.outdated import outdate


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point at data with a tenth of the excerpts, so that fitting takes no time."""
    data = tmp_path / "data"
    here = Path("data")
    for folder in ("codebooks", "transcripts"):
        (data / folder).mkdir(parents=True)
        for file in (here / folder).iterdir():
            (data / folder / file.name).write_bytes(file.read_bytes())
    (data / "excerpts").mkdir()
    name = "excerpts/trauma-informed-practice.jsonl"
    lines = (here / name).read_text(encoding="utf-8").splitlines(keepends=True)
    (data / name).write_text("".join(line for line in lines if '"excerpts-p0' in line), encoding="utf-8")
    monkeypatch.setenv("INKLING_DATA", str(data))
    return data


def test_set_up_makes_a_demo_once(inkling: Inkling, small: Path, tmp_path: Path) -> None:
    """The first run fits the starter model and imports three interviews; the second finds all that."""
    del small
    assert inkling("set-up", "--demo").code == 0
    password = (tmp_path / "home" / "demo-password").read_text(encoding="utf-8")
    states = inkling("models", "list").out
    assert "current" in states
    assert "on invented text" in states
    again = inkling("set-up", "--demo")
    assert (again.code, again.err) == (0, "")
    assert (tmp_path / "home" / "demo-password").read_text(encoding="utf-8") == password


def test_a_demo_cut_short_is_finished_by_the_next_run(inkling: Inkling, small: Path) -> None:
    """Where the import failed the first time, people and password stay and the interviews come the second time."""
    broken = small / "transcripts" / "z.docx"
    broken.write_bytes(b"not a zip")
    assert inkling("set-up", "--demo").code == 1
    broken.unlink()
    assert inkling("set-up", "--demo").code == 0
    done = inkling("import", str(small / "transcripts" / "interview-c.txt"), "--project", "demo")
    assert "unchanged" in done.out


def test_a_starter_model_of_an_earlier_version_is_fitted_anew(inkling: Inkling, small: Path, tmp_path: Path) -> None:
    """After an upgrade that can't read it, nobody has to ask for a new one; what a person chose would stay."""
    del small
    assert inkling("set-up").code == 0
    models = tmp_path / "models"
    (entry,) = json.loads(inkling("models", "list", "--json").out)
    name = entry["model_id"]
    outdate(models / name)
    (models / name).rename(models / "earlier")
    history = models / "registry.json"
    history.write_text(history.read_text(encoding="utf-8").replace(name, "earlier"), encoding="utf-8")
    assert inkling("set-up").code == 0
    listed = inkling("models", "list")
    assert f"{name}\tcurrent" in listed.out
    assert "earlier/manifest.json: it has format 1" in listed.err
