"""The archive: a folder is scored, comes into a project's queue, and nothing of it is decided."""

import json
from pathlib import Path

from tests.integration.cli.conftest import Inkling

TALK = "Interviewer: And then?\n\nParticipant: We got a second key for room {}.\n\nParticipant: Nobody asked why.\n"


def test_from_archive_to_review_queue(team: Inkling, tmp_path: Path) -> None:
    """Every segment is accounted for; a stopped run goes on; a broken file is listed; no coding comes of it."""
    archive, out, model = tmp_path / "archive", tmp_path / "scored", tmp_path / "model"
    archive.mkdir()
    for number in range(3):
        (archive / f"talk-{number}.txt").write_text(TALK.format(number), encoding="utf-8")
    (archive / "broken.docx").write_bytes(b"not a zip")
    book = "data/codebooks/trauma-informed-practice.yaml"
    assert team("train", "--codebook", book, "--out", str(model)).code == 0

    to = ("--out", str(out), "--project", "intake", "--sample", "2")
    words = ("score", str(archive), "--model", str(model), *to, "--json")
    done = team(*words)
    assert done.code == 3
    summary = json.loads(done.out)
    assert (summary["scored_files"], len(summary["refused_files"])) == (3, 1)

    again = json.loads(team(*words, "--resume").out)
    assert (again["scored_files"], again["unchanged_files"]) == (0, 3)
    assert team("export", "--project", "intake", "--format", "jsonl").out == ""

    shares = json.loads(team("shares", str(out), "--project", "intake", "--json").out)
    assert (shares["sample"], shares["decided"]["domain"], shares["segments"]["domain"]) == (2, 0, 3)
    assert all(code["corrected"] is None for code in shares["codes"])
    assert "uncorrected" in team("shares", str(out)).out
