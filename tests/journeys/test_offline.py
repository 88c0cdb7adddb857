"""Nothing reaches for the network: the main job, training and scoring with every outside connection refused."""

import json
import logging
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import Inkling

CANARY = "marmalade"


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Refuse and record every look-up and connection that leaves the machine."""
    tried: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and str(address[0]) not in ("127.0.0.1", "::1"):
            tried.append(str(address))
            raise OSError("no network")
        connect(self, address)

    def guarded_look_up(host: Any, *rest: Any, **more: Any) -> Any:
        if host not in (None, "localhost", "127.0.0.1", "::1"):
            tried.append(str(host))
            raise socket.gaierror("no network")
        return look_up(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)
    return tried


def write_excerpts(folder: Path) -> Path:
    """Write coded excerpts of six participants."""
    said = {"rooms": "The {} door is locked now, said {}.", "paper": "Form {} was typed again by {}."}
    rows = [
        {"document_id": f"d{p}", "text": text.format(n, p), "dimension": "topic", "codes": [code]}
        for p in range(6)
        for n in range(4)
        for code, text in said.items()
    ]
    file = folder / "coded.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_import_suggest_train_and_score_stay_on_the_machine(
    team: Inkling, tmp_path: Path, outside: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Import, suggest, train, evaluate, score and export try no outside connection and log no transcript text."""
    talk = tmp_path / "talk.txt"
    talk.write_text(f"Interviewer: And?\n\nParticipant: We kept the {CANARY} in the locked room.\n", encoding="utf-8")
    excerpts, model, out = str(write_excerpts(tmp_path)), str(tmp_path / "model"), str(tmp_path / "out")
    caplog.set_level(logging.DEBUG)
    steps = [
        ("import", str(talk), "--project", "intake"),
        ("train", "--excerpts", excerpts, "--out", model),
        ("suggest", "--file", str(talk), "--model", model),
        ("score", str(talk), "--model", model, "--out", out),
        ("export", "--project", "intake", "--format", "jsonl"),
        ("report", "--project", "intake"),
    ]
    for step in steps:
        done = team(*step)
        assert done.code == 0, (step, done.err)
        assert CANARY not in done.err
    assert outside == []
    assert CANARY not in caplog.text


@pytest.mark.encoder
def test_the_real_encoder_stays_on_the_machine(
    inkling: Inkling, outside: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Suggesting with the packaged encoder tries no outside connection."""
    monkeypatch.delenv("INKLING_ENCODER")
    assert inkling("suggest", "--text", "We locked the side door.").code == 0
    assert outside == []
