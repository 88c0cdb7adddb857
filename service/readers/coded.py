"""Files in which other tools keep coded material: which reader takes which, and what all of them promise.

A reader takes a file's name and its open bytes and returns what it holds. It stores nothing, decides nothing, refuses
machine output and whatever is made to harm in one sentence, and lists what it can't take along.
"""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import BinaryIO

from service import errors
from service.domain.coded_file import CodedFile
from service.readers import refi

#: What a reader gets beside the file: what a person says its columns hold, by our name of each.
Columns = Mapping[str, str]
Reader = Callable[[str, BinaryIO, Columns], CodedFile]

READERS: Mapping[str, Reader] = MappingProxyType({".qdpx": refi.read_project})
SUFFIXES = tuple(READERS)


@dataclass(frozen=True)
class Reading:
    """How to read: what a table's columns hold, where they are not to be guessed."""

    columns: Columns = field(default_factory=dict)


def read_coded(source: Path | bytes, name: str = "", how: Reading | None = None) -> CodedFile:
    """Read a file of another tool.

    Args:
        source: the file, or its bytes.
        name: the file's name where bytes are given; its end says the format.
        how: how to read it.

    Raises:
        BadInput: it can't be read (`UnreadableFile`, `TooLarge`, `MachineOutput`).
    """
    short = PurePosixPath(name or str(source)).name
    reader = READERS.get(PurePosixPath(short).suffix.lower())
    if reader is None:
        raise errors.UnreadableFile(f"{short}: coded material comes as {', '.join(SUFFIXES)}.")
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            return replace(reader(short, file, (how or Reading()).columns), name=short, sha256=digest)
    except OSError as problem:
        raise errors.UnreadableFile(f"{short}: it can't be opened ({problem.strerror}).") from None


def is_coded(name: str, file: BinaryIO) -> bool:
    """Say whether a file holds codings."""
    return PurePosixPath(name).suffix.lower() in READERS
