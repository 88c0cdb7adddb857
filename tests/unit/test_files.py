"""Unfinished work is kept apart, and what killed programs left of it is removed."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from service import errors, files

ROOT = Path(__file__).parents[2]

_HOLD = """
import sys, time
from pathlib import Path
from service import files
with files.scratch(Path(sys.argv[1]), "o") as work:
    (work / "half").write_text("x")
    print(work, flush=True)
    time.sleep(600)
"""


def _holder(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    """Start a program that works in a folder of its own, and return both."""
    command = [sys.executable, "-c", _HOLD, str(folder)]
    program = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    return program, Path(program.stdout.readline().strip())


def test_unfinished_work_is_gone_in_the_end(tmp_path: Path) -> None:
    """Whether its block ends well or not."""
    with files.scratch(tmp_path / "new", "o") as work:
        (work / "half").mkdir()
    with pytest.raises(KeyboardInterrupt), files.scratch(tmp_path / "new", "o"):
        raise KeyboardInterrupt
    assert list((tmp_path / "new").iterdir()) == []


def test_what_a_killed_program_left_is_removed_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    """The next work of the same name removes it; that of a living program, of other names, and files stay."""
    program, work = _holder(tmp_path)
    others = [tmp_path / name for name in (".unfinished-p-abc", ".o-abc", "o")]
    for other in others:
        other.mkdir()
    (tmp_path / ".unfinished-o-file").write_text("x", encoding="utf-8")
    (tmp_path / ".unfinished-o-link").symlink_to(others[0])
    with files.scratch(tmp_path, "o"):
        assert (work / "half").is_file()
    os.kill(program.pid, signal.SIGKILL)
    program.communicate()
    assert (work / "half").is_file()
    with files.scratch(tmp_path, "o"):
        assert not work.exists()
    kept = {*(path.name for path in others), ".unfinished-o-file", ".unfinished-o-link"}
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_programs_that_begin_at_once_keep_their_work(tmp_path: Path) -> None:
    """However they sweep beside one another, nobody's folder goes before its block ends."""

    def begin() -> None:
        for _ in range(150):
            with files.scratch(tmp_path, "o") as work:
                (work / "half").write_text("x", encoding="utf-8")
                kept.append((work / "half").is_file())

    kept: list[bool] = []
    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept == [True] * 600
    assert list(tmp_path.iterdir()) == []


def test_where_no_folder_can_be_made_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the way, no permission, and a full disk, each in one sentence, before anything is made."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(errors.BadInput, match=r"file: no folder can be made here \(File exists\)"):
        files.check_folder(tmp_path / "file" / "in")
    files.check_folder(tmp_path / "new" / "deep")
    for number, refusal in ((13, errors.BadInput), (28, errors.StorageFull)):

        def fail(*_: object, number: int = number, **__: object) -> str:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr("tempfile.mkdtemp", fail)
        with pytest.raises(refusal):
            files.check_folder(tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_disk_without_locks_is_swept_by_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be locked, work goes on and leaves alone what may be another's."""

    def fail(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", fail)
    (tmp_path / ".unfinished-o-abc").mkdir()
    with files.scratch(tmp_path, "o") as work:
        assert work.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == [".unfinished-o-abc"]


def test_a_device_or_a_pipe_is_never_replaced(tmp_path: Path) -> None:
    """Whoever names one as the output, perhaps as an administrator, is told; it stays what it is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(errors.BadInput, match="no file"), files.replacing(pipe) as out:
        out.write("x")
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
