"""The command `inkling` in a home of its own, with the stand-in encoder."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.cli.main import main


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Inkling = Callable[..., Done]


@pytest.fixture
def inkling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inkling:
    """Return a function that runs `inkling` with these words."""
    monkeypatch.setenv("INKLING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INKLING_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("INKLING_ENCODER", "hashing")

    def run(*words: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["inkling", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


@pytest.fixture
def interview(tmp_path: Path) -> Path:
    """Write a short interview and return its path."""
    file = tmp_path / "talk.txt"
    file.write_text(
        "Interviewer: What changed for you?\n\n"
        "Participant: We moved the chairs so that nobody sits with their back to the door. It took a week.\n\n"
        "Interviewer: And for your agency?\n\n"
        "Participant: They rewrote the intake form. I was the one who typed it, so I remember.\n",
        encoding="utf-8",
    )
    return file


@pytest.fixture
def team(inkling: Inkling, tmp_path: Path) -> Inkling:
    """Add a person of each role and a project with the starter codebook."""
    secret = tmp_path / "secret"
    secret.write_text("a long enough password\n", encoding="utf-8")
    for name, role in (("cora", "coder"), ("adam", "adjudicator"), ("rita", "researcher"), ("anna", "admin")):
        assert inkling("people", "add", name, "--role", role, "--password-file", str(secret)).code == 0
    assert inkling("projects", "create", "intake", "--blind-share", "0").code == 0
    assert inkling("projects", "member", "intake", "cora").code == 0
    return inkling
