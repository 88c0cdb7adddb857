"""What a head reads: embeddings of the segment and its neighbours, and its words. Training and serving share it."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from service.domain.suggestion import REACH, Passage
from service.suggest.encoder import Encoder

Float32 = NDArray[np.float32]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def terms(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words and pairs of neighbouring words of a text, case folded, with where they stand."""
    before: tuple[str, int] | None = None
    for match in _WORD.finditer(text):
        word = _folded(match.group())
        yield word, match.start(), match.end()
        if before is not None:
            yield f"{before[0]} {word}", before[1], match.end()
        before = (word, match.start())


def spans(text: str) -> dict[str, tuple[int, int]]:
    """Return where each term of a text first stands."""
    first: dict[str, tuple[int, int]] = {}
    for term, start, end in terms(text):
        first.setdefault(term, (start, end))
    return first


def _folded(word: str) -> str:
    return word.casefold().replace("’", "'")


def words(text: str) -> int:
    """Return how many words a text has."""
    return sum(1 for _ in _WORD.finditer(text))


@dataclass(frozen=True)
class TermVector:
    """The known terms of one text: their columns, ascending, and their values (a unit vector)."""

    columns: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Vocabulary:
    """The terms that a model knows, with their inverse document frequency."""

    terms: tuple[str, ...]
    idf: NDArray[np.float64]

    def vector(self, text: str) -> TermVector:
        """Return the terms of a text with their weights: 1 + log count, times idf, scaled to unit length."""
        counts = self._counts(text) if self.terms else {}
        columns = sorted(counts)
        raw = np.array([1.0 + math.log(counts[c]) for c in columns]) * self.idf[columns] if columns else np.zeros(0)
        length = float(np.sqrt(raw @ raw)) or 1.0
        return TermVector(np.array(columns, dtype=np.int64), raw / length)

    def _counts(self, text: str) -> dict[int, int]:
        """Count the known terms of a text by their columns; what `terms` yields, without making pairs nobody knows."""
        counts: dict[int, int] = {}
        after: Mapping[str, int] = {}
        for found in _WORD.findall(text):
            word = _folded(found)
            for column in (self._alone.get(word), after.get(word)):
                if column is not None:
                    counts[column] = counts.get(column, 0) + 1
            after = self._pairs.get(word, {})
        return counts

    @cached_property
    def _alone(self) -> Mapping[str, int]:
        return {term: column for column, term in enumerate(self.terms) if " " not in term}

    @cached_property
    def _pairs(self) -> Mapping[str, Mapping[str, int]]:
        """By the first word of a pair, the column of each second one."""
        pairs: dict[str, dict[str, int]] = {}
        for column, term in enumerate(self.terms):
            first, _, second = term.partition(" ")
            if second:
                pairs.setdefault(first, {})[second] = column
        return pairs


NO_TERMS = Vocabulary((), np.zeros(0))


#: How many neighbours to either side the means of embeddings cover.
_NEAR, _WIDE = 3, REACH
#: Where in a transcript a segment stands is told by its nearness to so many places, evenly apart.
_PLACES = 6
#: How long a segment is, by its nearness to so many lengths from no word to about 150, evenly apart by their logarithm.
_LENGTHS, _LONGEST, _APART = 6, 5.0, 0.7
_FORMS = _LENGTHS + 4


@dataclass(frozen=True)
class Columns:
    """Which of the dense columns hold what."""

    segment: slice
    neighbours: slice
    windows: slice
    #: Where in the transcript, and whether each neighbour is known.
    place: slice
    #: How long the segment is, whether it asks, and whether it answers.
    form: slice

    @classmethod
    def of(cls, size: int) -> "Columns":
        """Return the columns for embeddings of this size."""
        ends = (0, size, 3 * size, 5 * size, 5 * size + _PLACES + 2, 5 * size + _PLACES + 2 + _FORMS)
        return cls(*(slice(start, end) for start, end in pairwise(ends)))

    @property
    def width(self) -> int:
        """How many dense columns there are."""
        return int(self.form.stop)


@dataclass(frozen=True)
class Embedded:
    """Embeddings of segments and of what stands around them; a neighbour that is not known is a row of zeros."""

    segment: Float32
    previous: Float32
    following: Float32
    #: Means over the segment and three, and eight, neighbours to either side, as far as they are known.
    near: Float32
    wide: Float32
    #: Nearness to places in the transcript; zeros where the place is not known.
    place: Float32
    #: What its length and its question marks tell.
    form: Float32

    def dense(self) -> Float32:
        """Return the columns a head reads, as `Columns` says."""
        known = [np.any(part, axis=1, keepdims=True) for part in (self.previous, self.following)]
        parts = [self.segment, self.previous, self.following, self.near, self.wide, self.place, *known, self.form]
        return np.hstack(parts).astype(np.float32, copy=False)


def texts_read(passages: Sequence[Passage]) -> list[str]:
    """Return each distinct text in and around these passages once; empty ones are not read."""
    said = (text for p in passages for text in (p.text, *p.before[:REACH], *p.after[:REACH]))
    return list(dict.fromkeys(text for text in said if text.strip()))


@dataclass(frozen=True)
class Layout:
    """Where the vectors of passages and of what stands around them are found: rows by step and passage, -1 for none."""

    #: The segment, the one before and the one after; each of shape (1, passages).
    alone: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
    #: What the near and the wide window cover.
    means: tuple[NDArray[np.int64], NDArray[np.int64]]


def layout(passages: Sequence[Passage], rows: Mapping[str, int]) -> Layout:
    """Return where each passage's vectors are, given the row of each text that has one."""

    def found(texts: Iterable[str]) -> list[int]:
        return [rows.get(text, -1) for text in texts]

    segment = found(p.text for p in passages)
    before, after = (
        [found(side[step] if step < len(side) else "" for side in sides) for step in range(REACH)]
        for sides in ([p.before for p in passages], [p.after for p in passages])
    )
    near, wide = ([segment, *before[:reach], *after[:reach]] for reach in (_NEAR, _WIDE))
    one, previous, following, close, far = (
        np.array(part, dtype=np.int64) for part in ([segment], before[:1], after[:1], near, wide)
    )
    return Layout((one, previous, following), (close, far))


def embed(passages: Sequence[Passage], encoder: Encoder) -> Embedded:
    """Encode each distinct text around and of these passages once."""
    distinct = {text: row for row, text in enumerate(texts_read(passages))}
    vectors = np.zeros((len(distinct) + 1, encoder.size), dtype=np.float32)
    if distinct:
        vectors[:-1] = encoder.encode(list(distinct))
    found = layout(passages, distinct)
    segment, previous, following = (vectors[rows[0]] for rows in found.alone)
    near, wide = (_mean(vectors, rows) for rows in found.means)
    return Embedded(segment, previous, following, near, wide, places(passages), forms(passages))


def _mean(vectors: Float32, rows: NDArray[np.int64]) -> Float32:
    """Return the mean of the vectors at these rows, for each passage; the last vector, of zeros, is no text's."""
    total = np.zeros((rows.shape[1], vectors.shape[1]), dtype=np.float32)
    for row in rows:
        total += vectors[row]
    return np.asarray(total / np.maximum((rows >= 0).sum(axis=0), 1)[:, None].astype(np.float32))


def places(passages: Sequence[Passage]) -> Float32:
    """Return how near each passage is to places evenly apart in its transcript (Gaussian bumps)."""
    known = np.array([[np.nan if p.place is None else p.place] for p in passages], dtype=np.float64).reshape(-1, 1)
    steps = (known - np.linspace(0.0, 1.0, _PLACES)) * (_PLACES - 1)
    return np.nan_to_num(np.exp(-(steps**2) / 2.0)).astype(np.float32)


def forms(passages: Sequence[Passage]) -> Float32:
    """Return what form alone tells of each passage: its length, its question marks, and what stands before it.

    An embedding hardly knows a question from a statement; what people do in a conversation hangs much on it.
    """
    return np.array([_form(p) for p in passages], dtype=np.float32).reshape(-1, _FORMS)


def _form(passage: Passage) -> list[float]:
    length = math.log1p(words(passage.text))
    lengths = (_LONGEST * step / (_LENGTHS - 1) for step in range(_LENGTHS))
    near = [math.exp(-(((length - at) / _APART) ** 2) / 2.0) for at in lengths]
    asks = "?" in passage.text, passage.text.rstrip().endswith("?"), passage.previous.rstrip().endswith("?")
    return [*near, *map(float, asks), math.log1p(words(passage.previous)) / _LONGEST]
