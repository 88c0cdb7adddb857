"""What a model said of segments whose participants it had not seen: kept with it, so that models can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service import errors
from service.domain import groups
from service.domain.codebook import Codebook, Dimension, Select
from service.domain.suggestion import Passage
from service.suggest.bundle_reader import Arrays, Checked, Fields
from service.suggest.calibration import Mask
from service.suggest.scorer import Array

_MASKS = ("truth", "best", "in_set", "abstained")


@dataclass(frozen=True)
class HeldOut:
    """Verdicts on segments whose truth is known, on one dimension: a row per segment, a column per code."""

    codes: tuple[str, ...]
    select: Select
    #: The group of documents each segment belongs to.
    groups: NDArray[np.str_]
    truth: Mask
    best: Mask
    probabilities: Array
    in_set: Mask
    #: One entry per segment, as `keys`.
    abstained: Mask
    #: Recognises the segment, with what stands around it, under any name (`segment_key`).
    keys: NDArray[np.uint64]

    def part(self, kept: NDArray[Any]) -> "HeldOut":
        """Return the same for some of the segments."""
        return HeldOut(
            self.codes,
            self.select,
            self.groups[kept],
            self.truth[kept],
            self.best[kept],
            self.probabilities[kept],
            self.in_set[kept],
            self.abstained[kept],
            self.keys[kept],
        )


def segment_key(passage: Passage) -> int:
    """Return a 64-bit key of a segment and its neighbours: short answers alone would be mistaken for one another."""
    parts = (passage.previous, passage.text, passage.following)
    return groups.key("\x1f".join(" ".join(part.split()) for part in parts))


def names(held: Mapping[str, HeldOut]) -> dict[str, Any]:
    """Return what of it is words, for a JSON file."""
    return {
        dimension: {"codes": list(found.codes), "groups": sorted({str(name) for name in found.groups})}
        for dimension, found in held.items()
    }


def arrays(held: Mapping[str, HeldOut]) -> Arrays:
    """Return what of it is numbers, for a file of arrays."""
    out: Arrays = {}
    for row, (_, found) in enumerate(sorted(held.items())):
        listed = np.array(sorted({str(name) for name in found.groups}), dtype=np.str_)
        parts: Arrays = {name: getattr(found, name) for name in (*_MASKS, "keys")}
        parts["probabilities"] = found.probabilities.astype(np.float32)
        parts["group"] = np.searchsorted(listed, found.groups).astype(np.int64)
        out |= {f"{row}.{name}": np.ascontiguousarray(array) for name, array in parts.items()}
    return out


def read(found: Checked, listed: Fields, codebook: Codebook) -> dict[str, HeldOut]:
    """Put both files together again.

    Raises:
        BadBundle: naming the file and what is wrong with it.
    """
    known = {dimension.id: dimension for dimension in codebook.dimensions}
    out: dict[str, HeldOut] = {}
    for row, name in enumerate(sorted(listed.raw)):
        if name not in known:
            raise errors.BadBundle(f"{listed.where}: the codebook has no dimension {errors.shown(name)!r}.")
        out[name] = _read_one(found, row, listed.fields(name), known[name])
    found.done()
    return out


def _read_one(found: Checked, row: int, listed: Fields, dimension: Dimension) -> HeldOut:
    codes, named = listed.text_list("codes"), np.array(listed.text_list("groups"), dtype=np.str_)
    if len(set(codes)) != len(codes) or not set(codes) <= {code.id for code in dimension.codes}:
        raise errors.BadBundle(f"{listed.where}: codes are not those of the codebook.")
    keys = found.take(f"{row}.keys", np.uint64, (None,))
    group = found.take(f"{row}.group", np.int64, (len(keys),))
    if len(group) and not 0 <= group.min() <= group.max() < len(named):
        raise errors.BadBundle(f"{found.where}: {row}.group does not fit the groups.")
    shape = (len(keys), len(codes))
    truth, best, in_set = (found.take(f"{row}.{name}", np.bool_, shape) for name in _MASKS[:3])
    probabilities = found.take(f"{row}.probabilities", np.float32, shape).astype(np.float64)
    found.within(f"{row}.probabilities", probabilities, 0, 1)
    abstained = found.take(f"{row}.abstained", np.bool_, (len(keys),))
    return HeldOut(codes, dimension.select, named[group], truth, best, probabilities, in_set, abstained, keys)
