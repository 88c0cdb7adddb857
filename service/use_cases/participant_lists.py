"""The lists of participants that stand beside transcripts: whose document each is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from service.domain.transcript import Participant
from service.readers import participants


@dataclass
class ParticipantLists:
    """The lists beside the files of one import, each read once."""

    _read: dict[Path, Mapping[str, Participant]] = field(default_factory=dict)

    def of(self, path: Path, document_id: str) -> Participant | None:
        """Return who speaks in a file: the list in its own folder says so, or one in a folder above it."""
        for folder, name in _places(path, document_id):
            found = self._list(folder)
            if name in found or document_id in found:
                return found.get(name) or found[document_id]
        return None

    def _list(self, folder: Path) -> Mapping[str, Participant]:
        if folder not in self._read:
            file = folder / participants.NAME
            self._read[folder] = participants.read_participants(file) if file.is_file() else {}
        return self._read[folder]


def _places(path: Path, document_id: str) -> list[tuple[Path, str]]:
    """Return the folders whose list may speak of a file, its own first, each with the file's path below it."""
    parts = document_id.split("/")
    folders = list(path.parents)[: len(parts)]
    return [(folder, "/".join(parts[-1 - level :])) for level, folder in enumerate(folders)]
