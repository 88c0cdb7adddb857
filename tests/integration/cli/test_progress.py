"""Progress where stderr is no terminal: a line now and then, and the end."""

from types import SimpleNamespace

import pytest

from service.cli import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, which stands still until it is changed; other threads keep theirs."""
    now = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_what_takes_no_time_says_nothing(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    """Work that is done before the first line is due prints none."""
    with progress.shown("training") as report:
        for share in (10, 50, 100):
            report(share, 100)
    assert (clock, capsys.readouterr().err) == ([0.0], "")


def test_what_was_begun_to_be_told_is_told_to_its_end(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    """After a first line the last one comes too, once, however soon."""
    with progress.shown("scoring") as report:
        for done in (0.5, 1, 1.5, 2, 2):
            clock[0] += 3
            report(done, 2, "files, 7 segments")
            clock[0] -= 1 if done == 1.5 else 0
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["scoring: 1 of 2 files, 7 segments", "scoring: 2 of 2 files, 7 segments"]
