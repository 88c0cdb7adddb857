"""Write a file as a whole or not at all, and keep apart what is not finished yet."""

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from service import errors

#: How the name of a file or folder begins that is not finished yet; what a killed program leaves behind.
UNFINISHED = ".unfinished-"


@contextlib.contextmanager
def replacing(path: Path, mode: str = "w", permissions: int = 0o644) -> Iterator[IO[Any]]:
    """Give a file to write, which takes the place of `path` when the block ends well and leaves no trace otherwise.

    Args:
        path: the file to replace; its folder must be there.
        mode: "w" for UTF-8 text with line endings as written, "wb" for bytes.
        permissions: those of the new file.

    Raises:
        StorageFull: the disk is full.
        BadInput: the file can't be written there.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise errors.BadInput(f"{path}: this is a device or a pipe and no file; name a file, or - for the output.")
    text: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
        part = Path(name)
        with os.fdopen(handle, mode, **text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(permissions)
        part.replace(path)
    except OSError as error:
        raise _refusal(f"{path}: the file can't be written", error, "name one in a folder you may write to") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def scratch(folder: Path, of: str) -> Iterator[Path]:
    """Give a new folder for unfinished work, gone when the block ends; what killed programs left is removed first.

    It is locked as long as its program lives, so that others can tell what nobody uses any more.

    Args:
        folder: where to make it; made if absent.
        of: what the work is for; it stands in the folder's name.

    Raises:
        StorageFull: the disk is full.
        BadInput: no folder can be made there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder, of)
        work, lock = _locked(folder, _prefix(of))
    except OSError as error:
        raise _refusal(f"{folder}: no folder can be made here", error, "name one you may write to") from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def check_folder(folder: Path) -> None:
    """Raise as `scratch` does unless folders can be made in this one, or in as much of its path as is there."""
    try:
        there = next(path for path in (folder, *folder.parents) if path.exists())
    except OSError as error:
        raise _refusal(f"{folder}: no folder can be made here", error, "name one you may write to") from error
    with scratch(there, "trial"):
        pass


def sweep(folder: Path, of: str) -> None:
    """Remove the folders of some unfinished work whose programs are gone; what is locked is in use, and stays."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name.startswith(_prefix(of)):
                _remove_abandoned(path)


def _remove_abandoned(path: Path) -> None:
    with contextlib.suppress(OSError):  # it is in use, no folder, or another program removes it
        lock = _lock(path)
        try:
            shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(lock)


def _prefix(of: str) -> str:
    return f"{UNFINISHED}{of}-"


def _locked(folder: Path, prefix: str) -> tuple[Path, int | None]:
    """Make a folder and lock it; None in place of the lock where the disk knows none, and nobody sweeps there."""
    while True:
        work = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
        try:
            lock = _lock(work)
        except (FileNotFoundError, BlockingIOError):
            continue  # swept before it could be locked
        except OSError:
            return work, None
        if work.is_dir():
            return work, lock
        os.close(lock)


def _lock(path: Path) -> int:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _refusal(what: str, error: OSError, right: str) -> errors.InklingError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return errors.StorageFull()
    return errors.BadInput(f"{what} ({error.strerror}); {right}.")
