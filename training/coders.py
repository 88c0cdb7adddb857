"""How far coders agree with each other, and a model with each of them, on the same segments and by the same measures.

Kappa is Cohen's: of every pair of coders, agreement and its chance are summed over the pairs, so that a pair counts by
the segments both coded; with two coders it is the ordinary one. Alpha is Krippendorff's, with MASI distance (Passonneau
2006) where several codes are taken and nominal else. Micro-F1 counts a code that both gave twice, over all given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.domain.codebook import Select
from service.suggest.measures import MIN_FOR_INTERVALS, interval, plain, ratio, resamples

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Coded:
    """What coders gave to segments on one dimension, one entry per coding."""

    #: Place of the segment.
    segments: Rows
    coders: NDArray[np.str_]
    #: A column per code.
    codes: Mask

    def part(self, kept: Mask) -> "Coded":
        """Return some of the codings."""
        return Coded(self.segments[kept], self.coders[kept], self.codes[kept])

    def shared(self) -> "Coded":
        """Return the codings of segments that at least two coded."""
        found, where, often = np.unique(self.segments, return_inverse=True, return_counts=True)
        return self.part(often[where] > 1) if len(found) else self


def agreement(coded: Coded, best: Mask, groups: NDArray[np.str_], select: Select) -> dict[str, Any] | None:
    """Return the agreement of coders with each other, and of what a model says with each of them.

    Args:
        coded: the coders' own codings; segments that one person coded are left out.
        best: what the model says of each segment, a column per code.
        groups: the group of documents of each segment.
        select: how many codes the dimension takes.

    Returns:
        `coders`, `segments`, `participants` (groups), and under `coder_coder` and `model_coder` each `kappa`, `alpha`,
        `micro_f1` (`many` only, else null) and `intervals` (95 %, by bootstrap over participants; null under ten);
        None where no segment was coded by two.
    """
    kept = coded.shared()
    if not len(kept.segments):
        return None
    names, group = np.unique(groups[kept.segments], return_inverse=True)
    sets, given = np.unique(np.concatenate([kept.codes, best[kept.segments]]), axis=0, return_inverse=True)
    coder, model = np.split(np.asarray(given).ravel(), 2)
    table = _Table(sets, select, len(names))
    people = table.sums(list(_between(kept, coder, group)), coder, group)
    each = np.unique(kept.coders)
    against = [_Pair(model[kept.coders == c], coder[kept.coders == c], group[kept.coders == c]) for c in each]
    with_model = table.sums(against, np.concatenate([model, coder]), np.concatenate([group, group]))
    return {
        "coders": len(each),
        "segments": len(np.unique(kept.segments)),
        "participants": len(names),
        "coder_coder": people.figures(),
        "model_coder": with_model.figures(),
    }


@dataclass(frozen=True)
class _Pair:
    """What two gave to the segments that both coded, as numbers of sets of codes."""

    one: Rows
    other: Rows
    group: Rows
    #: How much each segment counts in the observed distance: one over the number of its other coders.
    share: Array | float = 1.0


def _between(kept: Coded, given: Rows, group: Rows) -> Iterator[_Pair]:
    """Yield each pair of coders, in order of their names."""
    _, where, often = np.unique(kept.segments, return_inverse=True, return_counts=True)
    share = np.asarray(1.0 / (often[where] - 1.0), np.float64)
    entries = {str(c): np.flatnonzero(kept.coders == c) for c in np.unique(kept.coders)}
    for one, other in combinations(sorted(entries), 2):
        _, mine, theirs = np.intersect1d(
            kept.segments[entries[one]], kept.segments[entries[other]], return_indices=True
        )
        a, b = entries[one][mine], entries[other][theirs]
        if len(a):
            yield _Pair(given[a], given[b], group[a], share[a])


@dataclass(frozen=True)
class _Table:
    """The distinct sets of codes that were given, and how far they are apart."""

    sets: Mask
    select: Select
    groups: int

    def sums(self, pairs: Sequence[_Pair], values: Rows, group: Rows) -> "_Sums":
        """Sum what the measures need over groups."""
        apart = masi(self.sets) if self.select == "many" else 1.0 - np.eye(len(self.sets))
        observed = np.zeros(self.groups)
        for pair in pairs:
            np.add.at(observed, pair.group, 2.0 * apart[pair.one, pair.other] * pair.share)
        counts = np.zeros((self.groups, len(self.sets)))
        np.add.at(counts, (group, values), 1.0)
        return _Sums(self, tuple(pairs), apart, observed, counts)

    def by_group(self, group: Rows, values: Any) -> Array:
        """Return sums of values by group."""
        out = np.zeros((self.groups, *np.shape(values)[1:]))
        np.add.at(out, group, values)
        return out


def masi(sets: Mask) -> Array:
    """Return the MASI distance between every two of these sets of codes (`service.domain.agreement.masi_distance`)."""
    members = sets.astype(np.float64)
    size, shared = members.sum(axis=1), members @ members.T
    either = size[:, None] + size[None, :] - shared
    part = (shared == size[:, None]) | (shared == size[None, :])
    same = (shared == size[:, None]) & (shared == size[None, :])
    near = np.where(same, 1.0, np.where(part, 2.0 / 3.0, 1.0 / 3.0))
    return np.where(same, 0.0, 1.0 - near * shared / np.maximum(either, 1.0))


@dataclass(frozen=True)
class _Sums:
    """What agreement is made of, summed per group of participants, so that resampling them is a matrix product."""

    table: _Table
    pairs: tuple[_Pair, ...]
    apart: Array
    observed: Array
    counts: Array

    def figures(self) -> dict[str, Any]:
        """Return each measure with its interval."""
        everyone = np.ones((1, self.table.groups))
        out: dict[str, Any] = {name: plain(float(value[0])) for name, value in self._measures(everyone).items()}
        intervals = None
        if self.table.groups >= MIN_FOR_INTERVALS:
            drawn = self._measures(resamples(self.table.groups))
            intervals = {name: interval(values) for name, values in drawn.items()}
        return {"micro_f1": None, **out, "intervals": intervals}

    def _measures(self, weights: Array) -> dict[str, Array]:
        if self.table.select == "one":
            return {"kappa": self._kappa_one(weights), "alpha": self._alpha(weights)}
        return {"kappa": self._kappa_many(weights), "alpha": self._alpha(weights), "micro_f1": self._micro_f1(weights)}

    def _alpha(self, weights: Array) -> Array:
        counts = weights @ self.counts
        total = counts.sum(axis=1)
        expected = ratio(((counts @ self.apart) * counts).sum(axis=1), total * (total - 1.0))
        return 1.0 - ratio(ratio(weights @ self.observed, total), expected)

    def _kappa_one(self, weights: Array) -> Array:
        agreed, chance, total = (np.zeros(len(weights)) for _ in range(3))
        kinds = np.eye(len(self.table.sets))
        for pair in self.pairs:
            size = weights @ self.table.by_group(pair.group, np.ones(len(pair.group)))
            one, other = (weights @ self.table.by_group(pair.group, kinds[side]) for side in (pair.one, pair.other))
            agreed += weights @ self.table.by_group(pair.group, (pair.one == pair.other).astype(np.float64))
            chance += np.nan_to_num(ratio((one * other).sum(axis=1), size))
            total += size
        return ratio(agreed - chance, total - chance)

    def _kappa_many(self, weights: Array) -> Array:
        agreed, chance, total = (np.zeros(len(weights)) for _ in range(3))
        for pair in self.pairs:
            size, both, one, other = self._given(pair, weights)
            cells = size * self.table.sets.shape[1]
            agreed += cells - one - other + 2.0 * both
            chance += np.nan_to_num(ratio(one * other + (cells - one) * (cells - other), cells))
            total += cells
        return ratio(agreed - chance, total - chance)

    def _micro_f1(self, weights: Array) -> Array:
        found = [self._given(pair, weights) for pair in self.pairs]
        both, given = sum(2.0 * f[1] for f in found), sum(f[2] + f[3] for f in found)
        return ratio(np.asarray(both), np.asarray(given))

    def _given(self, pair: _Pair, weights: Array) -> tuple[Array, Array, Array, Array]:
        """Return the number of segments, of codes that both gave, and of codes that either gave."""
        one, other = self.table.sets[pair.one], self.table.sets[pair.other]
        parts = (np.ones(len(one)), (one & other).sum(axis=1), one.sum(axis=1), other.sum(axis=1))
        size, both, first, second = (weights @ self.table.by_group(pair.group, part) for part in parts)
        return size, both, first, second
