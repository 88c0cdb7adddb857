"""Zip archives read with care: few members, a bounded size, no encryption, each checked while it is unpacked."""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

from service import errors

_MEMBERS = 5_000
_DIRECTORY = 2_000_000
_RATIO = 200
#: Below this size a high ratio is harmless; Word's own XML of repeated words reaches it.
_RATIO_COUNTS_FROM = 10_000_000
_CHUNK = 1 << 20
_END = b"PK\x05\x06"


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
        if info.flag_bits & 0x1:
            raise errors.UnreadableFile(f"{self.name}: it is encrypted; save it without a password.")
        try:
            return self._unpacked(info)
        except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError):
            raise errors.UnreadableFile(
                f"{self.name}: its part {errors.shown(path)} is damaged; save the file again."
            ) from None

    def _unpacked(self, info: zipfile.ZipInfo) -> bytes:
        out = bytearray()
        with self.file.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                out += chunk
                bomb = len(out) > _RATIO_COUNTS_FROM and len(out) > _RATIO * max(info.compress_size, 1)
                if bomb or len(out) > self.limit:
                    raise errors.TooLarge(f"{self.name}: it unpacks to more than is allowed ({self.limit:,} bytes).")
        return bytes(out)


def open_zip(name: str, content: bytes, limit: int) -> Archive:
    """Open an archive; raise `UnreadableFile` or `TooLarge` where it is none, damaged, or unreasonable."""
    end = content.rfind(_END, max(0, len(content) - 66_000))
    if end < 0 or len(content) < end + 22:
        raise errors.UnreadableFile(f"{name}: the file is cut short or damaged; save or copy it again.")
    members, size = struct.unpack_from("<H", content, end + 10)[0], struct.unpack_from("<I", content, end + 12)[0]
    if members > _MEMBERS or size > _DIRECTORY:
        raise errors.TooLarge(f"{name}: it holds more than {_MEMBERS:,} parts; a Word file has a few dozen.")
    try:
        file = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise errors.UnreadableFile(f"{name}: the file is cut short or damaged; save or copy it again.") from None
    if sum(info.file_size for info in file.infolist()) > max(10 * limit, _RATIO * len(content)):
        raise errors.TooLarge(f"{name}: it unpacks to far more than a document holds.")
    return Archive(name, file, limit)
