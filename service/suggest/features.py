"""What a head reads: embeddings of the segment and its neighbours, and its words. Training and serving share it."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from service.domain.suggestion import Passage
from service.suggest.encoder import Encoder

Float32 = NDArray[np.float32]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def terms(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words and pairs of neighbouring words of a text, case folded, with where they stand."""
    before: tuple[str, int] | None = None
    for match in _WORD.finditer(text):
        word = match.group().casefold().replace("’", "'")
        yield word, match.start(), match.end()
        if before is not None:
            yield f"{before[0]} {word}", before[1], match.end()
        before = (word, match.start())


def words(text: str) -> int:
    """Return how many words a text has."""
    return sum(1 for _ in _WORD.finditer(text))


@dataclass(frozen=True)
class TermVector:
    """The known terms of one text: their columns, their values (a unit vector) and where each first stands."""

    columns: NDArray[np.int64]
    values: NDArray[np.float64]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Vocabulary:
    """The terms that a model knows, with their inverse document frequency."""

    terms: tuple[str, ...]
    idf: NDArray[np.float64]
    _columns: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_columns", {term: column for column, term in enumerate(self.terms)})

    def vector(self, text: str) -> TermVector:
        """Return the terms of a text with their weights: 1 + log count, times idf, scaled to unit length."""
        counts: dict[int, int] = {}
        spans: dict[int, tuple[int, int]] = {}
        for term, start, end in terms(text) if self.terms else ():
            column = self._columns.get(term)
            if column is not None:
                counts[column] = counts.get(column, 0) + 1
                spans.setdefault(column, (start, end))
        columns = sorted(counts)
        raw = np.array([1.0 + math.log(counts[c]) for c in columns]) * self.idf[columns] if columns else np.zeros(0)
        length = float(np.sqrt(raw @ raw)) or 1.0
        return TermVector(np.array(columns, dtype=np.int64), raw / length, tuple(spans[c] for c in columns))


NO_TERMS = Vocabulary((), np.zeros(0))


@dataclass(frozen=True)
class Embedded:
    """Embeddings of segments and of what stands around them; a neighbour that is not known is a row of zeros."""

    segment: Float32
    previous: Float32
    following: Float32

    def dense(self) -> Float32:
        """Return the columns a head reads: segment, neighbours, and whether each neighbour is known."""
        known = [np.any(part, axis=1, keepdims=True) for part in (self.previous, self.following)]
        return np.hstack([self.segment, self.previous, self.following, *known]).astype(np.float32, copy=False)


def embed(passages: Sequence[Passage], encoder: Encoder) -> Embedded:
    """Encode each distinct text around and of these passages once."""
    parts = [
        [passage.text for passage in passages],
        [passage.previous for passage in passages],
        [passage.following for passage in passages],
    ]
    distinct = {text: row for row, text in enumerate(dict.fromkeys(t for part in parts for t in part if t.strip()))}
    vectors = np.zeros((len(distinct) + 1, encoder.size), dtype=np.float32)
    if distinct:
        vectors[:-1] = encoder.encode(list(distinct))
    rows = [np.array([distinct.get(text, -1) for text in part], dtype=np.int64) for part in parts]
    return Embedded(*(vectors[row] for row in rows))
