"""Groups of documents that must never be on both sides of a split: one participant's, and copies of one another."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

#: Sentences shorter than this say nothing about whether two documents are copies.
MIN_SENTENCE = 40
FOLDS = 10
#: Under this many groups nothing can be said about unseen participants.
MIN_GROUPS = 3

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\s*\n+\s*")


@dataclass(frozen=True)
class Document:
    """A document as grouping sees it."""

    document_id: str
    participant_id: str
    #: Keys of its sentences, from `sentences`.
    sentences: frozenset[int]


def sentences(text: str) -> frozenset[int]:
    """Return a 64-bit key for each distinct sentence of 40 characters or more."""
    parts = (" ".join(part.split()) for part in _SENTENCE_END.split(text))
    return frozenset(key(part) for part in parts if len(part) >= MIN_SENTENCE)


def key(text: str) -> int:
    """Return the 64-bit key of a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def same(one: frozenset[int], other: frozenset[int]) -> bool:
    """Say whether more than half of the shorter one's sentences stand in the other."""
    return 2 * len(one & other) > min(len(one), len(other))


def groups(documents: Iterable[Document]) -> dict[str, str]:
    """Return each document's group, named by the first of its participants in order of the alphabet."""
    listed = list(documents)
    joined = _Union()
    for document in listed:
        joined.join(("document", document.document_id), ("participant", document.participant_id))
    for one, other in _copies(listed):
        joined.join(("document", one), ("document", other))
    first: dict[tuple[str, str], str] = {}
    for document in listed:
        root = joined.root(("document", document.document_id))
        first[root] = min(first.get(root, document.participant_id), document.participant_id)
    return {d.document_id: first[joined.root(("document", d.document_id))] for d in listed}


def folds(group_ids: Iterable[str], seed: int = 0) -> dict[str, int]:
    """Return each group's fold: up to ten groups each is a fold, beyond that a hash of the group's name decides."""
    names = sorted(set(group_ids))
    if len(names) <= FOLDS:
        return {name: index for index, name in enumerate(names)}
    return {name: key(f"{seed}:{name}") % FOLDS for name in names}


def _copies(documents: list[Document]) -> Iterable[tuple[str, str]]:
    """Yield pairs of documents that are copies of one another.

    More than half of the shorter document's sentences must be shared, so at least one of its rarer half is: only
    documents that hold one of those are compared.
    """
    holders: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        for sentence in document.sentences:
            holders[sentence].append(document)
    for document in documents:
        rare = sorted(document.sentences, key=lambda s: (len(holders[s]), s))[: (len(document.sentences) + 1) // 2]
        candidates = {d.document_id: d for s in rare for d in holders[s] if len(d.sentences) >= len(document.sentences)}
        for other in candidates.values():
            if other.document_id != document.document_id and same(document.sentences, other.sentences):
                yield document.document_id, other.document_id


def recognise(documents: Mapping[str, frozenset[int]], known: Iterable[frozenset[int]]) -> set[str]:
    """Return the ids of those documents that are copies of one of the known ones."""
    holders: dict[int, list[frozenset[int]]] = defaultdict(list)
    for other in known:
        for sentence in other:
            holders[sentence].append(other)
    return {
        document_id
        for document_id, mine in documents.items()
        if any(same(mine, other) for other in {id(o): o for s in mine for o in holders.get(s, ())}.values())
    }


class _Union:
    """Joins names into sets."""

    def __init__(self) -> None:
        self._parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(self, name: tuple[str, str]) -> tuple[str, str]:
        self._parent.setdefault(name, name)
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name

    def join(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        self._parent[self.root(one)] = self.root(other)
