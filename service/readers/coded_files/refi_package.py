"""The archive of a REFI-QDA project: its project file, and the texts beside it, wherever a tool put them."""

import codecs
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import unquote
from zipfile import ZipInfo

from service import errors
from service.readers.containers import archives

_PROJECT = 200_000_000
_TEXT = 100_000_000
#: All texts together: two thousand interviews of three hours.
_ALL_TEXTS = 300_000_000
_MEMBERS = 50_000
_OUTSIDE = re.compile(r"(?:relative|absolute|file|https?)://|/|\\|[A-Za-z]:", re.IGNORECASE)
_INSIDE = re.compile(r"internal:/+", re.IGNORECASE)
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class Text:
    """A text as the archive holds it; `mark` where a byte-order mark stood before it."""

    raw: str
    mark: bool


@dataclass
class Package:
    """An opened project; `notes` say what a person should know about how it was found."""

    archive: archives.Archive
    project: ZipInfo
    members: dict[str, ZipInfo]
    #: The same members by the last part of their names.
    short: dict[str, list[ZipInfo]]
    notes: list[str] = field(default_factory=list)
    read: int = 0

    def xml(self) -> Iterator[bytes]:
        """Yield the project file's bytes."""
        return self.archive.chunks(self.project, _PROJECT)

    def text(self, path: str) -> Text | None:
        """Return the text that a path of the project file leads to, None where the archive has no such file.

        Raises:
            UnreadableFile: where the archive is encrypted or damaged there.
            TooLarge: where the text, or all texts together, are larger than interviews are.
            UnicodeDecodeError: where it is no text in UTF-8 or marked UTF-16.
        """
        info = self._find(path)
        if info is None:
            return None
        content = b"".join(self.archive.chunks(info, _TEXT))
        self.read += len(content)
        if self.read > _ALL_TEXTS:
            raise errors.TooLarge(f"{self.archive.name}: its texts unpack to more than {_ALL_TEXTS:,} bytes.")
        return _decoded(content)

    def _find(self, path: str) -> ZipInfo | None:
        """Look beside the project file first, then for the one file of this name anywhere; never outside."""
        if not path or _OUTSIDE.match(path):
            return None
        named = _INSIDE.sub("", path, count=1)
        folder = posixpath.dirname(_normal(self.project.filename))
        for wanted in (_normal(named), _normal(unquote(named))):
            for place in (posixpath.join(folder, "sources", wanted), posixpath.join(folder, wanted)):
                if place in self.members:
                    return self.members[place]
            alike = self.short.get(posixpath.basename(wanted), [])
            if len(alike) == 1:
                return alike[0]
        return None


def open_package(name: str, file: BinaryIO) -> Package:
    """Open a project without reading more than its directory.

    Raises:
        UnreadableFile: where it is no archive, damaged, or holds no project file.
        TooLarge: where it holds more parts than a project does.
    """
    archive = archives.open_zip(name, file, _PROJECT, _MEMBERS)
    members: dict[str, ZipInfo] = {}
    twice = 0
    for info in archive.file.infolist():
        place = _normal(info.filename)
        if info.filename and not info.is_dir() and _is_sound(place):
            twice += place in members
            members[place] = info
    projects = sorted((p for p in members if p.endswith(".qde")), key=_likely)
    if not projects:
        raise errors.UnreadableFile(f"{name}: it is a zip archive but holds no project file (project.qde).")
    short: dict[str, list[ZipInfo]] = {}
    for place, info in members.items():
        short.setdefault(posixpath.basename(place), []).append(info)
    package = Package(archive, members[projects[0]], members, short)
    if twice:
        package.notes.append(f"{twice} names stand twice in the archive; the last file of a name counts.")
    if len(projects) > 1:
        shown = errors.shown(package.project.filename)
        package.notes.append(f"The archive holds {len(projects)} project files; {shown} was read.")
    return package


def _likely(place: str) -> tuple[bool, int, str]:
    return posixpath.basename(place) != "project.qde", place.count("/"), place


def _normal(place: str) -> str:
    """Return a member's name as it is compared: capitals, backslashes and "./" don't count."""
    return posixpath.normpath(place.replace("\\", "/")).casefold()


def _is_sound(place: str) -> bool:
    """Say whether a name leads nowhere else, and is none of the shadow files that macOS adds."""
    parts = place.split("/")
    outside = parts[0] in ("", "..") or ":" in parts[0]
    return not outside and parts[0] != "__macosx" and not parts[-1].startswith("._")


def _decoded(content: bytes) -> Text:
    if content.startswith(codecs.BOM_UTF8):
        text = Text(content[len(codecs.BOM_UTF8) :].decode("utf-8"), mark=True)
    else:
        wide = next((encoding for mark, encoding in _WIDE if content.startswith(mark)), None)
        text = Text(content[2:].decode(wide), mark=True) if wide else Text(content.decode("utf-8"), mark=False)
    if "\0" in text.raw:
        raise UnicodeDecodeError("utf-8", content[:100], 0, 1, "holds NUL characters")
    return text
