"""The coded excerpts a model was fitted on: evidence for its suggestions, and what it must not advise on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from service.domain.excerpts import SYNTHETIC
from service.domain.suggestion import Evidence, Passage
from service.suggest.scorer import Float32

#: Shorter texts are said by many people and give nothing away.
MIN_TEXT = 40
#: With this many real excerpts of a code, invented ones are no longer shown as evidence.
REAL_ENOUGH = 10
_SHOWN = 3
#: Looked at first; all only where these don't suffice.
_DEPTH = 32
_NOWHERE = np.zeros(0, dtype=np.int64)


def text_key(text: str) -> str:
    """Return the SHA-256 of a text, white space joined."""
    return sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Excerpt:
    """A coded segment that may be shown as evidence."""

    text: str
    document_id: str
    participant_id: str
    #: The group of documents that must not be evidence for one another.
    group: str
    codes: Mapping[str, tuple[str, ...]]
    origin: str = ""
    project: str = ""
    #: The project's segment that it is ("" = from an excerpts file).
    segment_id: str = ""


@dataclass(frozen=True)
class Support:
    """The excerpts behind a model, with their embeddings."""

    excerpts: tuple[Excerpt, ...]
    embeddings: Float32
    #: Sentence keys of each document the model was fitted on, to recognise them under other names.
    documents: tuple[frozenset[int], ...]
    #: Keys of the texts of 40 characters or more that came from files that are not synthetic.
    texts: frozenset[str]
    #: Ids of the segments of projects whose codings the model was fitted on.
    segments: frozenset[str]
    #: Number of excerpts by dimension and code over the whole snapshot, synthetic ones apart.
    real: Mapping[str, Mapping[str, int]]
    #: Under three groups evidence may come from the same participant.
    few_groups: bool

    def trained_on(self, text: str) -> bool:
        """Say whether the model was fitted on this text (40 characters or more, not from a synthetic file)."""
        return len(" ".join(text.split())) >= MIN_TEXT and text_key(text) in self.texts

    def neighbours(self, passages: Sequence[Passage], embeddings: Float32) -> "Neighbours":
        """Compare segments with all excerpts in one matrix product."""
        similarity = embeddings @ self.embeddings.T
        own = [self._own(passage) for passage in passages]
        for row, columns in enumerate(own):
            similarity[row, self._same_text(passages[row]) if self.few_groups else columns] = -1.0
        return Neighbours(self, embeddings, similarity, own)

    def _own(self, passage: Passage) -> NDArray[np.int64]:
        """Return the excerpts of the passage's own participant, document, or of a copy of it."""
        keys = [("participant", passage.participant_id), ("document", passage.document_id)]
        if len(passage.text) >= MIN_TEXT:
            keys.append(("text", text_key(passage.text)))
        found = {group for key in keys if key[1] for group in self._groups.get(key, ())}
        rows = [self._rows[group] for group in sorted(found)]
        return np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)

    def _same_text(self, passage: Passage) -> NDArray[np.int64]:
        return np.array(self._by_text.get(text_key(passage.text), ()), dtype=np.int64)

    @cached_property
    def _groups(self) -> Mapping[tuple[str, str], set[str]]:
        out: dict[tuple[str, str], set[str]] = {}
        for e in self.excerpts:
            names = (("participant", e.participant_id), ("document", e.document_id), ("text", text_key(e.text)))
            for name in names:
                out.setdefault(name, set()).add(e.group)
        return out

    @cached_property
    def _rows(self) -> Mapping[str, NDArray[np.int64]]:
        return _places(excerpt.group for excerpt in self.excerpts)

    @cached_property
    def _by_text(self) -> Mapping[str, NDArray[np.int64]]:
        return _places(text_key(excerpt.text) for excerpt in self.excerpts)

    @cached_property
    def shown(self) -> Mapping[str, NDArray[np.int64]]:
        """By dimension, the excerpts that may be evidence: those with codes, invented ones only while needed."""
        dimensions = {dimension for excerpt in self.excerpts for dimension in excerpt.codes}
        return {
            d: np.array([r for r, e in enumerate(self.excerpts) if self._shows(e, d)], np.int64) for d in dimensions
        }

    def _shows(self, excerpt: Excerpt, dimension: str) -> bool:
        codes = excerpt.codes.get(dimension, ())
        real = self.real.get(dimension, {})
        return any(excerpt.origin != SYNTHETIC or real.get(code, 0) < REAL_ENOUGH for code in codes)


def _places(keys: Iterable[str]) -> dict[str, NDArray[np.int64]]:
    found: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        found.setdefault(key, []).append(row)
    return {key: np.array(rows, dtype=np.int64) for key, rows in found.items()}


@dataclass(frozen=True)
class Neighbours:
    """Similarities of some segments to the excerpts."""

    support: Support
    embeddings: Float32
    similarity: Float32
    own: Sequence[NDArray[np.int64]]

    @cached_property
    def nearest(self) -> NDArray[np.float32]:
        """Return each segment's similarity to its nearest excerpt of other participants."""
        if not self.support.excerpts:
            return np.ones(len(self.similarity), dtype=np.float32)
        return np.asarray(self.similarity.max(axis=1), dtype=np.float32)

    def evidence(self, row: int, dimension: str, codes: frozenset[str]) -> tuple[Evidence, ...]:
        """Return the nearest excerpts coded on a dimension with any of these codes, nearest first."""
        columns = self.support.shown.get(dimension, _NOWHERE)
        for depth in (_DEPTH, len(columns)):
            found = (self._evidence(row, near, dimension, codes) for near in self._nearest_of(row, columns, depth))
            shown = list(islice((evidence for evidence in found if evidence is not None), _SHOWN))
            if len(shown) >= _SHOWN or depth >= len(columns):
                break
        return tuple(shown)

    def _nearest_of(self, row: int, columns: NDArray[np.int64], depth: int) -> list[tuple[int, float]]:
        """Return the nearest of these excerpts with their similarity, the few that matter in double precision."""
        if depth < len(columns):
            columns = columns[np.argpartition(-self.similarity[row, columns], depth)[:depth]]
        columns = columns[self.similarity[row, columns] > 0]
        exact = self.support.embeddings[columns].astype(np.float64) @ self.embeddings[row].astype(np.float64)
        similarity = exact.round(4)
        return [(int(columns[place]), float(similarity[place])) for place in np.lexsort((columns, -similarity))]

    def _evidence(self, row: int, near: tuple[int, float], dimension: str, codes: frozenset[str]) -> Evidence | None:
        column, similarity = near
        excerpt = self.support.excerpts[column]
        given = tuple(code for code in excerpt.codes[dimension] if code in codes)
        if not given:
            return None
        return Evidence(
            excerpt.text,
            excerpt.document_id,
            excerpt.participant_id,
            given,
            similarity,
            excerpt.origin,
            excerpt.project,
            column in self.own[row],
            excerpt.segment_id,
        )


def empty(size: int) -> Support:
    """Return the support of a model that was fitted on nothing."""
    return Support((), np.zeros((0, size), np.float32), (), frozenset(), frozenset(), {}, few_groups=True)
