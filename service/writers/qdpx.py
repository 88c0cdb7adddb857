"""REFI-QDA projects (.qdpx): an archive of the project file and of a plain text for each document.

Texts are UTF-8 without a byte-order mark, line ends are newlines, positions are code points. The same content gives the
same bytes.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from service.domain.coded_file import CodedFile
from service.writers import qde

_BATCH = 500
_UNIX = 3
#: A text that itself begins with this character gets another before it, which readers take for the file's mark.
_MARK = "\ufeff"


def write(file: CodedFile, out: BinaryIO, now: datetime) -> None:
    """Write coded material as a project.

    Coders become users, participants and speakers become cases, turns become selections of the speakers' cases.

    Args:
        file: what to write; its line ends are newlines.
        out: where to write.
        now: when it is written.
    """
    found = qde.sources(file)
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        with archive.open(_member("project.qde"), "w") as member:
            for batch in _batches(qde.write(file, found, now)):
                member.write(batch.encode())
        for source in found:
            text = source.document.text
            content = (_MARK * text.startswith(_MARK) + text).encode("utf-8", "replace")
            archive.writestr(_member(f"sources/{source.guid}.txt"), content)


def _member(name: str) -> ZipInfo:
    info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = 0o644 << 16
    return info


def _batches(pieces: Iterator[str]) -> Iterator[str]:
    """Yield pieces by the hundred: writing each alone takes longer than making it."""
    batch: list[str] = []
    for piece in pieces:
        batch.append(piece)
        if len(batch) == _BATCH:
            yield "".join(batch)
            batch.clear()
    yield "".join(batch)
