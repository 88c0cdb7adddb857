"""The memos of a REFI-QDA project: notes that other things refer to, or that links tie to them."""

import re
from collections.abc import Iterable

from service import errors
from service.readers.coded_files.refi_model import Project, Source
from service.readers.coded_files.refi_package import Package

#: A memo that many codings share counts for each.
_MOST = 200_000_000
#: Names that tools, this one too, give to notes of which nobody named them.
_UNNAMED = re.compile(r"(?:memo|note|comment|annotation)?\s*\d*", re.IGNORECASE)


class Memos:
    """Gives the words of notes, and remembers which were asked for."""

    def __init__(self, name: str, project: Project, package: Package | None) -> None:
        self._name, self._notes, self._package = name, project.notes, package
        self._read: dict[str, str] = {}
        self._given = 0
        self._linked: dict[str, list[str]] = {}
        self._used: set[str] = set()
        #: Links between other things than a note and what it is about.
        self.other_links = 0
        for origin, target in project.links:
            if (origin in self._notes) == (target in self._notes):
                self.other_links += 1
            else:
                note, about = (origin, target) if origin in self._notes else (target, origin)
                self._linked.setdefault(about, []).append(note)

    def of(self, own: Iterable[str], notes: Iterable[str] = (), guid: str = "") -> str:
        """Return a memo: the thing's own words, those of its notes and of notes linked to it.

        Args:
            own: what the thing itself says.
            notes: the notes that it refers to.
            guid: what it is known as where links name it.

        Raises:
            TooLarge: where all memos together are larger than a study's are.
        """
        found = [words for words in own if words.strip()]
        for note in dict.fromkeys((*notes, *self._linked.get(guid, ()))):
            if note in self._notes:
                self._used.add(note)
                if note not in self._read:
                    self._read[note] = self._words(self._notes[note])
                found.append(self._read[note])
        memo = "\n\n".join(dict.fromkeys(words for words in found if words.strip()))
        self._given += len(memo)
        if self._given > _MOST:
            raise errors.TooLarge(f"{self._name}: its memos come to more than {_MOST:,} characters.")
        return memo

    def unused(self) -> list[Source]:
        """Return the notes that nothing asked for."""
        return [note for guid, note in self._notes.items() if guid not in self._used]

    def _words(self, note: Source) -> str:
        text = note.content or ""
        if note.plain_path and self._package is not None:
            try:
                found = self._package.text(note.plain_path)
            except UnicodeDecodeError:
                found = None
            text = found.raw.replace("\r\n", "\n").replace("\r", "\n") if found else text
        named = not _UNNAMED.fullmatch(note.name) and not text.startswith(note.name)
        parts = [note.name] * named + [words for words in (*note.memos, text) if words.strip()]
        return "\n".join(parts)
