"""A lone coder's first retraining, on one or two transcripts: it works, and says what it can't know yet."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import AWARE, SAFE, Site, Someone, open_site
from tests.integration.cli.conftest import Inkling

SAID = ("We always lock the side door before anyone comes in.", "I read a book about what trauma does to sleep.")
FEW = {"reason": "fewer than three participants"}
PLAIN = ("no figures are given", "may be too sure", "state no coverage", "it is marked", "from 3 participants on")


def _code(site: Site, transcripts: int) -> Someone:
    """Have one person decide on every segment of a few transcripts of a project."""
    site.project("alpha", blind_share=0.0)
    rita = site.person("rita", "researcher", member_of=("alpha",))
    for document in range(transcripts):
        for place in range(8):
            text = f"{SAID[place % 2]} That was number {place} of day {document}."
            (asked,) = rita.suggest("alpha", {"document_id": f"t{document}", "position": place, "text": text})
            rita.decide(asked["segment_id"], SAFE if place % 2 == 0 else AWARE)
    return rita


@pytest.mark.parametrize("transcripts", [1, 2])
def test_a_project_of_one_person_is_enough(inkling: Inkling, tmp_path: Path, transcripts: int) -> None:
    """The model is fitted and usable, and stdout, card and metrics say plainly that nothing was measured."""
    site, client = open_site(tmp_path)
    with client:
        rita = _code(site, transcripts)
        printed = inkling("train", "--project", "alpha", "--out", str(tmp_path / "shown"))
        assert printed.code == 0
        assert "Not measured: fewer than three participants." in printed.out
        result = json.loads(inkling("train", "--project", "alpha", "--json").out)
        assert result["metrics"] == FEW
        assert json.loads((Path(result["path"]) / "metrics.json").read_text(encoding="utf-8")) == FEW
        card = inkling("models", "show", result["model_id"]).out
        for words in PLAIN:
            assert words in printed.out
            assert words in card
            assert words in " ".join(result["not_known_yet"])
        assert json.loads((Path(result["path"]) / "vocabulary.json").read_text(encoding="utf-8"))["terms"] == []
        promoted = inkling("models", "promote", result["model_id"], "--by", "rita", "--reason", "our own words")
        assert promoted.code == 0
        assert "can't tell" in promoted.out
        _check_serves(rita, result["model_id"])


def _check_serves(rita: Someone, model_id: str) -> None:
    """Expect suggestions with evidence that is marked: it is the participant's own, or out of a copy of it."""
    asked = {"document_id": "t0", "position": 50, "text": "They lock the side door at night before we come in."}
    (said,) = rita.suggest("alpha", asked)
    assert said["model_id"] == model_id
    domain = next(found for found in said["dimensions"] if found["dimension"] == "domain")
    assert domain["candidates"][0]["code"] == "safety"
    assert domain["evidence"] != []
    assert all(found["same_participant"] for found in domain["evidence"])


@pytest.mark.parametrize("documents", [1, 2])
def test_a_file_of_one_or_two_transcripts_is_enough(inkling: Inkling, tmp_path: Path, documents: int) -> None:
    """The same from coded excerpts; the model answers on the command line."""
    file = tmp_path / "coded.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["document_id", "text", "dimension", "codes"])
        for place in range(10):
            text = f"{SAID[place % 2]} Number {place}."
            writer.writerow([f"d{place % documents}", text, "topic", ("door", "book")[place % 2]])
    done = inkling("train", "--excerpts", str(file), "--out", str(tmp_path / "m"))
    assert done.code == 0
    assert all(words in done.out for words in PLAIN)
    assert ("It knows one participant," if documents == 1 else "It knows 2 participants,") in done.out
    said = inkling("suggest", "--text", "We lock the side door.", "--model", str(tmp_path / "m"), "--json")
    (topic,) = json.loads(said.out)["suggestions"][0]["dimensions"]
    assert topic["best"] == ["door"]


SHORT = ("Door {}.", "Book {}.")


def _three(inkling: Inkling, tmp_path: Path, said: tuple[str, str]) -> dict[str, Any]:
    """Train on three participants."""
    rows = [
        {"document_id": f"d{n % 3}", "text": said[n % 2].format(n), "dimension": "topic", "codes": ["ab"[n % 2]]}
        for n in range(12)
    ]
    (tmp_path / "coded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = inkling("train", "--excerpts", str(tmp_path / "coded.jsonl"), "--out", str(tmp_path / "m"), "--json")
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_three_participants_are_measured(inkling: Inkling, tmp_path: Path) -> None:
    """From three on there are figures, and nothing is said of what can't be known."""
    result = _three(inkling, tmp_path, SHORT)
    assert "dimensions" in result["metrics"]
    assert result["not_known_yet"] == []


def test_three_copies_are_not_three_participants(inkling: Inkling, tmp_path: Path) -> None:
    """Transcripts that are mostly the same count as one, and that is said."""
    result = _three(inkling, tmp_path, SAID)
    assert result["metrics"] == FEW
    assert "3 participants, whose transcripts are copies of one another" in result["not_known_yet"][0]
