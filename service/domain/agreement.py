"""How far coders agree beyond chance, where a segment may carry several codes."""

from collections import Counter
from collections.abc import Collection, Iterable


def masi_distance(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the MASI distance of two sets of codes: 0 for equal sets, 1 where they share nothing."""
    if one == other:
        return 0.0
    shared = len(one & other)
    nearness = 2 / 3 if one < other or other < one else 1 / 3
    return 1.0 - nearness * shared / len(one | other)


def alpha(units: Iterable[Collection[frozenset[str]]]) -> float | None:
    """Return Krippendorff's alpha with MASI distance over segments, each with what its coders gave.

    Segments that fewer than two coded don't count; None where all gave the same throughout, or nothing is left.
    """
    kept = [list(unit) for unit in units if len(unit) > 1]
    values = Counter(value for unit in kept for value in unit)
    total = values.total()
    expected = _pairs(values) / (total * (total - 1)) if total else 0.0
    if not expected:
        return None
    observed = sum(_pairs(Counter(unit)) / (len(unit) - 1) for unit in kept) / total
    return 1.0 - observed / expected


def _pairs(values: Counter[frozenset[str]]) -> float:
    """Return the distances of all ordered pairs of values, summed."""
    listed = list(values.items())
    return 2.0 * sum(
        count * other_count * masi_distance(value, other)
        for place, (value, count) in enumerate(listed)
        for other, other_count in listed[:place]
    )
