"""How near a segment is to what the codebook says of each code; needs no coded excerpt."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from service.domain.codebook import Code, Codebook, Dimension
from service.suggest.calibration import Mask, Verdict, leading
from service.suggest.encoder import Encoder
from service.suggest.scorer import Array, Float32, sigmoid, softmax

#: Ordinary talk about nothing in particular: how near it comes to a code is the code's zero.
BACKGROUND = (
    "So, um, I was there on a Tuesday, I think, and we just talked for a while.",
    "Yeah, I mean, it depends on the day, really.",
    "It was a long time ago now, so I don't remember all of it.",
    "Could you tell me a little more about that?",
    "We drove out early in the morning and came home after dark.",
    "Okay. Mm-hm. Right.",
    "I'd say it took us about three weeks, maybe four, to get used to it.",
    "My sister said the same thing when I told her.",
    "There's the one thing I keep coming back to, you know, and I can't quite explain it.",
    "Well, at first it was hard, and then it got a bit easier.",
    "They asked me to come back the next month and I said I'd see.",
    "I like it when it's quiet and I can think.",
    "What did you do after that?",
    "Honestly I didn't know what to expect when I started.",
    "It cost more than we thought and it was late, too.",
    "He opened the page and read it out loud, twice.",
    "People come in, they sit down, they have a coffee, and then we begin.",
    "I suppose that's how everybody did it in those days.",
    "It doesn't work the way I want it to, so I do it by hand.",
    "That was, uh, the best part of the whole year for me.",
    "Let me just look at my notes here for a second.",
    "I grew up in a small place, two brothers, one school.",
    "We changed a few things last year and we're still trying it out.",
    "No, no, I wouldn't say that. Not exactly.",
)

#: A codebook with this many texts per code is rich enough to learn a direction per code from them.
_RICH = 3.0
#: How much of a code's nearness to ordinary talk is taken off.
_CENTRE = 0.5
_NEARNESS_SCALE = 0.4
_DIRECTION_SCALE = 0.85
_RIDGE = 1.0
#: A direction learned from n texts per code has a spread of about this times n / (n + 20).
_DIRECTION_SPREAD = 0.33
#: Codes at least this likely against the leading one are suggested with it (`select: many`).
_BESIDE_LEAD = 0.9
_NEAR_LEAD = 0.3
#: Farther from every code than ordinary talk by this many spreads is unlike anything in the codebook.
_ABSURD = 2.5
_TINY = 1e-3


@dataclass(frozen=True)
class Prototypes:
    """What the codebook says of the codes of one dimension, as embeddings: texts by code and kind, in that order."""

    codes: tuple[str, ...]
    texts: Float32
    owners: NDArray[np.int64]
    kinds: NDArray[np.int64]
    #: Embeddings of ordinary talk.
    background: Float32

    def score(self, segments: Float32) -> "Nearness":
        """Return how near each segment is to each code."""
        zero = self._zero
        near = self._nearness(segments)
        logits = _NEARNESS_SCALE * _between(near - zero.offset) / zero.spread
        if self.rich:
            towards = segments.astype(np.float64) @ self._directions[:-1] + self._directions[-1]
            logits = logits + _DIRECTION_SCALE * _between(towards)
        return Nearness(softmax(logits), (near.max(axis=1) - zero.mean) / zero.width, self.rich)

    @property
    def rich(self) -> bool:
        """Whether the codebook gives enough texts to learn from."""
        return len(self.codes) > 1 and len(self.texts) >= _RICH * len(self.codes)

    def _nearness(self, rows: Float32) -> Array:
        """Return half the highest and half the mean similarity to each kind of text, averaged over kinds."""
        layout = self._layout
        similarity = rows.astype(np.float64) @ layout.texts
        highest = np.maximum.reduceat(similarity, layout.starts, axis=1)
        mean = np.add.reduceat(similarity, layout.starts, axis=1) / layout.sizes
        return np.asarray((0.5 * highest + 0.5 * mean) @ layout.weights)

    @cached_property
    def _layout(self) -> "_Layout":
        keys = self.owners * (self.kinds.max() + 1) + self.kinds
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        weights = (self.owners[starts][:, None] == np.arange(len(self.codes))).astype(np.float64)
        return _Layout(
            np.ascontiguousarray(self.texts.T, dtype=np.float64),
            starts,
            np.diff(starts, append=len(keys)),
            weights / weights.sum(axis=0),
        )

    @cached_property
    def _zero(self) -> "_Zero":
        near = self._nearness(self.background)
        offset = _CENTRE * near.mean(axis=0)
        lead = near.max(axis=1)
        spread = float(_between(near - offset).std())
        return _Zero(offset, max(spread, _TINY), float(lead.mean()), max(float(lead.std()), _TINY))

    @cached_property
    def _directions(self) -> Array:
        """A direction per code from a ridge regression of the codebook's texts on their codes, to a common spread.

        The last row is the constant.
        """
        texts = self.texts.astype(np.float64)
        belongs = (self.owners[:, None] == np.arange(len(self.codes))).astype(np.float64)
        centre = ((belongs / belongs.sum(axis=0)).T @ texts).mean(axis=0)
        centred = texts - centre
        weight = 1.0 / belongs.sum(axis=0)[self.owners]
        weighted = centred * (weight / weight.mean())[:, None]
        gram = weighted.T @ centred + _RIDGE * np.eye(texts.shape[1])
        solved = np.linalg.solve(gram, weighted.T @ (belongs - 1.0 / len(self.codes)))
        per_code = len(texts) / len(self.codes)
        spread = _DIRECTION_SPREAD * per_code / (per_code + 20.0)
        return np.vstack([solved, -centre @ solved]) / spread


@dataclass(frozen=True)
class _Layout:
    """Where the texts of each code and kind stand, and what each such group counts for its code."""

    texts: Array
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    weights: Array


@dataclass(frozen=True)
class _Zero:
    """What ordinary talk scores: per code, its spread between codes, and the mean and spread of its nearest code."""

    offset: Array
    spread: float
    mean: float
    width: float


@dataclass(frozen=True)
class Nearness:
    """How near segments are to the codes of a dimension."""

    #: Sums to 1 over the codes.
    share: Array
    #: Nearness to the nearest code, in spreads above ordinary talk.
    above: Array
    rich: bool

    @property
    def present(self) -> Array:
        """How likely it is that any code applies, as far as definitions can tell."""
        zero = 0.0 if self.rich else -1.0
        return sigmoid((self.above - zero + 0.5) / 0.75)

    def absurd(self) -> Mask:
        """Mark segments that are unlike anything the codebook speaks of."""
        return np.asarray(self.above < -_ABSURD)

    def judge(self, select: str) -> Verdict:
        """Return the verdict of the definitions alone; its candidate sets state no coverage."""
        probabilities = self.share if select == "one" else self.share * self.present[:, None]
        probabilities = probabilities.round(6)
        highest = probabilities.max(axis=1, keepdims=True)
        best = leading(probabilities)
        if select == "many":
            said = self.above >= (0.0 if self.rich else -1.0)
            best = (probabilities >= _BESIDE_LEAD * highest) & said[:, None]
        near = probabilities >= _NEAR_LEAD * highest
        return Verdict(probabilities, np.zeros(len(probabilities)), best, near, self._flat())

    def _flat(self) -> Mask:
        """Mark segments about as near to every code."""
        codes = self.share.shape[1]
        return np.asarray((codes > 1) & (self.share.max(axis=1) < 1.2 / codes))


def _between(scores: Array) -> Array:
    """Return scores against the mean over the codes."""
    return np.asarray(scores - scores.mean(axis=1, keepdims=True))


def build(codebook: Codebook, encoder: Encoder) -> dict[str, Prototypes]:
    """Encode what a codebook says of its active codes, dimension by dimension."""
    listed = {d.id: list(_texts(codebook, d)) for d in codebook.dimensions if d.active}
    texts_said = dict.fromkeys(text for found in listed.values() for _, _, text in found)
    distinct = {text: row for row, text in enumerate(texts_said)}
    vectors = encoder.encode([*distinct, *BACKGROUND]).astype(np.float32)
    out: dict[str, Prototypes] = {}
    for dimension in codebook.dimensions:
        if dimension.id in listed:
            owners, kinds, texts = zip(*sorted(listed[dimension.id]), strict=True)
            out[dimension.id] = Prototypes(
                tuple(code.id for code in dimension.active),
                vectors[[distinct[text] for text in texts]],
                np.array(owners, dtype=np.int64),
                np.array(kinds, dtype=np.int64),
                vectors[len(distinct) :],
            )
    return out


def _texts(codebook: Codebook, dimension: Dimension) -> Iterator[tuple[int, int, str]]:
    """Yield (code, kind, text); what stands under a code in other dimensions speaks for it too."""
    common = _repeated(dimension)
    for row, code in enumerate(dimension.active):
        for kind, text in _said(code, common):
            yield row, kind, text
    under = _children(codebook, dimension)
    for row, code in enumerate(dimension.active):
        for child in under.get(code.id, ()):
            for kind, text in _said(child, common):
                yield row, kind + 3, text


def _said(code: Code, common: frozenset[str]) -> Iterator[tuple[int, str]]:
    label = re.sub(r"[-_\s]+", " ", code.label).strip() or code.id
    yield 0, label if code.definition.strip() in common else f"{label}: {code.definition.strip()}"
    yield from ((1, text) for text in code.include if text.strip())
    yield from ((2, text) for text in code.examples if text.strip())


def _repeated(dimension: Dimension) -> frozenset[str]:
    """Return definitions that several codes share, and the empty one: they tell codes apart no better than none."""
    seen = [code.definition.strip() for code in dimension.active]
    return frozenset({"", *(text for text in seen if seen.count(text) > 1)})


def _children(codebook: Codebook, dimension: Dimension) -> Mapping[str, list[Code]]:
    under: dict[str, list[Code]] = {}
    for other in codebook.dimensions:
        for code in other.active if other.id != dimension.id else ():
            if dimension.id in code.parent:
                under.setdefault(code.parent[dimension.id], []).append(code)
    return under
