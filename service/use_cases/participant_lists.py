"""The lists of participants that stand beside transcripts: whose document each is."""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from service import errors
from service.domain.transcript import Participant
from service.readers import participants


class ParticipantLists:
    """The lists beside the files of one import, each read once."""

    def __init__(self, named: Sequence[tuple[Path, str]]) -> None:
        """Read the lists in the folders of these files, and in those above them as far as their ids reach.

        Raises:
            BadInput: a list can't be read.
        """
        self._named = named
        self._read: dict[Path, Mapping[str, Participant]] = {}
        for path, document_id in named:
            for folder, _ in _places(path, document_id):
                self._read.setdefault(folder, _list(folder))

    def of(self, path: Path, document_id: str) -> Participant | None:
        """Return who speaks in a file: the list in its own folder says so, or one in a folder above it."""
        for folder, name in _places(path, document_id):
            found = self._read[folder]
            if name in found or document_id in found:
                return found.get(name) or found[document_id]
        return None

    def notes(self, path: Path, document_id: str) -> tuple[str, ...]:
        """Say so where there is a list that should speak of a file and doesn't."""
        silent = any(self._read[folder] for folder, _ in _places(path, document_id))
        if not silent or self.of(path, document_id) is not None:
            return ()
        return (f"{participants.NAME} has no line for it, so it counts as a participant of its own.",)

    def check(self, given: Collection[Path], known: Collection[str]) -> list[str]:
        """Refuse an id in a list that can only be a mistake, and return sentences about those that may be none.

        Args:
            given: the files and folders to import; what a list in such a folder names must be there.
            known: ids of documents that were imported before.

        Raises:
            BadInput: an id names no file, or a file without its suffix.
        """
        folders = [path for path in given if path.is_dir()]
        notes = []
        for folder, listed in self._read.items():
            whole = any(folder == path or path in folder.parents for path in folders)
            for document_id in self._astray(folder, listed, known):
                sentence = self._sentence(folder, document_id)
                if whole or self._suffixed(folder, document_id):
                    raise errors.BadInput(sentence)
                notes.append(sentence)
        return notes

    def _astray(self, folder: Path, listed: Collection[str], known: Collection[str]) -> Iterator[str]:
        """Yield the ids of a list that name neither a file of this import, nor one imported before, nor one there."""
        here = set(self._below(folder)) | set(known)
        for document_id in listed:
            if document_id not in here and not _is_there(folder / document_id):
                yield document_id

    def _below(self, folder: Path) -> Iterator[str]:
        """Yield what a list in a folder may call the files of this import."""
        for path, document_id in self._named:
            for place, name in _places(path, document_id):
                if place == folder:
                    yield from (name, document_id)

    def _suffixed(self, folder: Path, document_id: str) -> str | None:
        """Return the file that was meant by an id without its suffix, if there is one."""
        return next((n for n in self._below(folder) if str(PurePosixPath(n).with_suffix("")) == document_id), None)

    def _sentence(self, folder: Path, document_id: str) -> str:
        place = f"{folder / participants.NAME}: document_id {errors.shown(document_id, 100)}"
        meant = self._suffixed(folder, document_id)
        if meant is not None:
            return f"{place} lacks its suffix; write {meant}."
        return f"{place} names no file here; write the file's path below this folder, with its suffix."


def _list(folder: Path) -> Mapping[str, Participant]:
    file = folder / participants.NAME
    return participants.read_participants(file) if file.is_file() else {}


def _is_there(file: Path) -> bool:
    with contextlib.suppress(OSError):  # such as a name too long for any file
        return file.is_file()
    return False


def _places(path: Path, document_id: str) -> list[tuple[Path, str]]:
    """Return the folders whose list may speak of a file, its own first, each with the file's path below it."""
    parts = document_id.split("/")
    folders = list(path.parents)[: len(parts)]
    return [(folder, "/".join(parts[-1 - level :])) for level, folder in enumerate(folders)]
