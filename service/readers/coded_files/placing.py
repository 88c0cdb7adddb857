"""Selections of a database that keeps their words beside their offsets: how it counts, and where they stand.

RQDA and QualCoder do so. The way of counting is the one under which most selections hold their words; one that holds
others is looked for near its offset, and is left out where its words are nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.domain.coded_file import Alignment, Left
from service.readers.coded_files import places
from service.readers.coded_files.places import Counted, Way
from service.readers.containers.databases import text as lined


@dataclass(frozen=True)
class Selection:
    """A stretch as a tool counts it, and the words that it says are there; "" where it keeps none."""

    document: int
    first: int
    last: int
    words: str


@dataclass(frozen=True)
class Placed:
    """Where the selections stand, in their order, None for those that stand nowhere; and what to say of them."""

    at: tuple[tuple[int, int] | None, ...]
    alignment: Alignment
    left: tuple[Left, ...]
    notes: tuple[str, ...]


def place(raw: Mapping[int, str], selections: Sequence[Selection]) -> Placed:
    """Place selections.

    Args:
        raw: each document's text as the tool keeps it.
        selections: in the order in which their places are returned.
    """
    texts = {key: lined(text) for key, text in raw.items()}
    way = _best(raw, texts, selections)
    counted = {key: Counted(text, way) for key, text in raw.items()}
    at: list[tuple[int, int] | None] = []
    moved: list[int] = []
    aligned, search = 0, _Search()
    for selection in selections:
        text = texts.get(selection.document, "")
        found = _at(counted, selection)
        if found is None or not _holds(text, found, selection.words):
            before, found = found, search.elsewhere(text, found, selection.words)
            moved += [abs(found[0] - before[0]) if before else 0] if found else []
        else:
            aligned += bool(selection.words.strip()) or places.at_words(text, *found)
        at.append(found)
    lost = at.count(None)
    why = "their words are not at their offset, nor once elsewhere"
    notes = (f"{len(moved)} selections moved to their words, by up to {max(moved)} characters.",) if moved else ()
    return Placed(
        tuple(at),
        Alignment(len(selections), aligned, way.name),
        (Left("codings", why, lost),) if lost else (),
        notes,
    )


def _best(raw: Mapping[int, str], texts: Mapping[int, str], selections: Sequence[Selection]) -> Way:
    """Return the way of counting under which the most selections hold their words; the usual one among equals."""
    telling = [one for one in selections if one.words.strip() and one.document in raw]
    if not telling:
        return places.CHARACTERS
    fits = {}
    for way in places.WAYS:
        counted = {key: Counted(raw[key], way) for key in {one.document for one in telling}}
        placed = ((one, _at(counted, one)) for one in telling)
        fits[way] = sum(at is not None and _holds(texts[one.document], at, one.words) for one, at in placed)
        if fits[way] == len(telling):
            return way
    return max(places.WAYS, key=lambda way: fits[way])


def _at(counted: Mapping[int, Counted], selection: Selection) -> tuple[int, int] | None:
    document = counted.get(selection.document)
    if document is None:
        return None
    start, end = document.offset(selection.first), document.offset(selection.last)
    return None if start is None or end is None or start >= end else (start, end)


def _holds(text: str, at: tuple[int, int], words: str) -> bool:
    """Say whether the words stand there; those that a tool doesn't keep do."""
    words = lined(words)
    return not words.strip() or (at[1] - at[0] == len(words) and text.startswith(words, at[0]))


@dataclass
class _Search:
    """Looks for words that are not at their offset, as long as what it reads for that stays within bounds."""

    room: int = 1_000_000_000

    def elsewhere(self, text: str, at: tuple[int, int] | None, words: str) -> tuple[int, int] | None:
        words = lined(words)
        self.room -= len(text) + len(words)
        if not words.strip() or self.room < 0:
            return None
        start = places.nearest(text, words, at[0] if at else 0)
        return None if start is None else (start, start + len(words))
