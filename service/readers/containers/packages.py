"""Office packages: zip archives that say in lists of relations which part is what."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from service import errors
from service.readers.containers import archives, xmlevents


@dataclass(frozen=True)
class Relation:
    """What a part is to another: the last word of its type, and its path in the archive."""

    kind: str
    path: str


class _Relations(xmlevents.Handler):
    """The relations of a list, by their ids."""

    def __init__(self, folder: str) -> None:
        self.found: dict[str, Relation] = {}
        self._folder = folder

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Keep a relation."""
        if tag != "Relationship":
            return
        target = attributes.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.join(self._folder, target)
        kind = attributes.get("Type", "").rpartition("/")[2]
        key = attributes.get("Id", str(len(self.found)))
        self.found.setdefault(key, Relation(kind, posixpath.normpath(path)))


def main_part(archive: archives.Archive, usual: str) -> str:
    """Return where the archive says its main document is; the usual place unless it names another."""
    for relation in relations(archive, "").values():
        if relation.kind == "officeDocument":
            return relation.path
    return usual


def relations(archive: archives.Archive, part: str) -> Mapping[str, Relation]:
    """Return what a part (the archive itself: "") is related to, by the ids that the part uses.

    Raises:
        UnreadableFile: where the list is damaged or declares entities.
    """
    folder, base = posixpath.split(part)
    xml = archive.member(posixpath.join(folder, "_rels", f"{base}.rels"))
    handler = _Relations(folder)
    try:
        xmlevents.read(archive.name, "Office file", xml or b"<Relationships/>", handler)
    except errors.UnreadableFile:
        raise errors.UnreadableFile(f"{archive.name}: its list of parts is damaged; save the document again.") from None
    return handler.found
