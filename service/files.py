"""Write a file as a whole or not at all."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from service import errors

#: How the name of a file begins that is not written whole yet; what a killed program leaves behind.
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
        raise _refusal(path, error) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _refusal(path: Path, error: OSError) -> errors.InklingError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return errors.StorageFull()
    return errors.BadInput(
        f"{path}: the file can't be written ({error.strerror}); name one in a folder you may write to."
    )
