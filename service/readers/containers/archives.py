"""Zip archives read with care: few members, a bounded size, no encryption, each checked while it is unpacked."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from service import errors

_MEMBERS = 5_000
#: A member's entry in the directory takes some hundred bytes.
_ENTRY = 400
_RATIO = 200
#: Below this size a high ratio is harmless; Word's own XML of repeated words reaches it.
_RATIO_COUNTS_FROM = 10_000_000
_CHUNK = 1 << 20
#: The others unpack a few kilobytes to gigabytes in one step.
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
#: How far before its end an archive's directory is described.
_TAIL = 66_000
#: What the library raises on damaged archives.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    OSError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True)
class Archive:
    """An opened archive; `limit` bounds what one member may unpack to."""

    name: str
    file: zipfile.ZipFile
    limit: int

    def member(self, path: str) -> bytes | None:
        """Return a member's bytes, None where there is none.

        Raises:
            TooLarge: where it unpacks to more than the limit, or to far more than its packed size.
            UnreadableFile: where it is encrypted or damaged.
        """
        try:
            info = self.file.getinfo(path)
        except KeyError:
            return None
        return b"".join(self.chunks(info, self.limit))

    def chunks(self, info: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
        """Yield a member's bytes piece by piece.

        Raises:
            TooLarge: where it unpacks to more than `limit` bytes, or to far more than its packed size.
            UnreadableFile: where it is encrypted or damaged.
        """
        if info.flag_bits & 0x1:
            raise errors.UnreadableFile(f"{self.name}: it is encrypted; save it without a password.")
        if info.compress_type not in _PACKINGS:
            raise errors.UnreadableFile(f"{self.name}: it is packed in a way that few programs know; save it again.")
        size = 0
        try:
            with self.file.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    bomb = size > _RATIO_COUNTS_FROM and size > _RATIO * max(info.compress_size, 1)
                    if bomb or size > limit:
                        raise errors.TooLarge(f"{self.name}: it unpacks to more than is allowed ({limit:,} bytes).")
                    yield chunk
        except _DAMAGED:
            raise errors.UnreadableFile(
                f"{self.name}: its part {errors.shown(info.filename)} is damaged; save the file again."
            ) from None


def open_zip(name: str, source: bytes | BinaryIO, limit: int, members: int = _MEMBERS) -> Archive:
    """Open an archive; nothing of it is read but its directory.

    Args:
        name: the file's name.
        source: its bytes, or a file that can be sought in.
        limit: how many bytes one member may unpack to.
        members: how many members it may have.

    Raises:
        UnreadableFile: where it is no archive, or damaged.
        TooLarge: where it is unreasonable.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    length = stream.seek(0, io.SEEK_END)
    count, directory = _directory(name, stream, length)
    if count > members or directory > members * _ENTRY:
        raise errors.TooLarge(f"{name}: it holds more than {members:,} parts; no such file does.")
    try:
        file = zipfile.ZipFile(stream)
    except _DAMAGED:
        raise _cut_short(name) from None
    if len(file.infolist()) > members:
        raise errors.TooLarge(f"{name}: it holds more than {members:,} parts; no such file does.")
    if sum(info.file_size for info in file.infolist()) > max(10 * limit, _RATIO * length):
        raise errors.TooLarge(f"{name}: it unpacks to far more than a document holds.")
    return Archive(name, file, limit)


def _directory(name: str, stream: BinaryIO, length: int) -> tuple[int, int]:
    """Return how many members an archive says that it has, and how many bytes its directory takes."""
    stream.seek(max(0, length - _TAIL))
    tail = stream.read(_TAIL)
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + 22:
        raise _cut_short(name)
    count, size = struct.unpack_from("<H", tail, end + 10)[0], struct.unpack_from("<I", tail, end + 12)[0]
    if end >= 20 and tail[end - 20 :].startswith(_END_64):
        place = struct.unpack_from("<Q", tail, end - 12)[0]
        stream.seek(min(place, length))
        record = stream.read(56)
        if len(record) < 56:
            raise _cut_short(name)
        count, size = struct.unpack_from("<QQ", record, 32)
    return count, size


def _cut_short(name: str) -> errors.UnreadableFile:
    return errors.UnreadableFile(f"{name}: the file is cut short or damaged; save or copy it again.")
