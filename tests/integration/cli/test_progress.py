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
        for share in (0.1, 0.5, 1):
            report(share)
    assert (clock, capsys.readouterr().err) == ([0.0], "")


def test_what_was_begun_to_be_told_is_told_to_its_end(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    """After a first line the last one comes too, once, however soon."""
    with progress.shown("scoring") as report:
        for share in (0.25, 0.5, 0.75, 1, 1):
            clock[0] += 3
            report(share, "7 segments")
            clock[0] -= 1 if share == 0.75 else 0
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["scoring: 50%, 7 segments", "scoring: 100%, 7 segments"]
