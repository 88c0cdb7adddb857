"""Keeps vectors in a file between runs: a week's new codings are few beside what was encoded before."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.suggest.encoder import DIGEST_BYTES, Encoder, digests

#: A file that has grown beyond this is begun anew.
_MOST_BYTES = 4_000_000_000
#: How far from 1 the length of a sound vector may be.
_SLACK = 0.01


class KeepingEncoder:
    """Gives what another encoder gives; what was ever asked for comes from a file, where digests stand for texts.

    Vectors tell much of what their texts say, so only the file's owner may read it. Several processes may share it.
    A file that can't be read or written, and any record that doesn't hold a vector, only costs the saving.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        """Keep vectors in a file of this folder that is named for the encoder."""
        self.encoder_id = encoder.encoder_id
        self.size = encoder.size
        self._encoder = encoder
        self._path = folder / f"{encoder.encoder_id}.vectors"
        self._record = np.dtype([("key", f"V{DIGEST_BYTES}"), ("vector", "<f4", (encoder.size,))])
        self._known = self._read()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text; empty texts give zeros."""
        keys = digests(texts)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if missing:
            made = self._encoder.encode(list(missing.values()))
            self._known |= zip(missing, made, strict=True)
            self._write(list(missing), made)
        return np.stack([self._known[key] for key in keys]) if keys else np.zeros((0, self.size), np.float32)

    def _read(self) -> dict[bytes, NDArray[np.float32]]:
        try:
            whole = self._path.stat().st_size // self._record.itemsize
            records = np.fromfile(self._path, self._record, count=whole)
        except OSError:
            return {}
        lengths = np.linalg.norm(records["vector"], axis=1)
        sound = records[np.abs(lengths - 1.0) < _SLACK]
        return dict(zip((key.tobytes() for key in sound["key"]), sound["vector"], strict=True))

    def _write(self, keys: list[bytes], vectors: NDArray[np.float32]) -> None:
        records = np.zeros(len(keys), self._record)
        records["key"] = np.array(keys, dtype=f"V{DIGEST_BYTES}")
        records["vector"] = vectors
        try:
            with _locked(self._path) as handle:
                size = os.fstat(handle).st_size
                # What a killed process left of a record would shift all that follow.
                os.ftruncate(handle, 0 if size > _MOST_BYTES else size - size % self._record.itemsize)
                with open(handle, "ab", closefd=False) as file:
                    file.write(records.tobytes())
        except OSError:
            return


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)
