"""Masking of small counts, so that a table does not point at a person."""

from collections.abc import Sequence
from dataclasses import dataclass

#: Cells of fewer participants than this are masked, where masking is asked for without a number.
MINIMUM = 5

#: What stands in a cell that is masked only because it would give another away.
COVERED = "masked"


@dataclass(frozen=True)
class Count:
    """How often something was observed; a masked count holds no numbers, only what is shown in their place."""

    segments: int
    participants: int
    organisations: int
    mask: str = ""

    def shown(self) -> tuple[int | str, int | str, int | str]:
        """Return segments, participants and organisations as they may be shown."""
        if self.mask:
            return (COVERED, self.mask, COVERED)
        return (self.segments, self.participants, self.organisations)


def mask(count: Count, minimum: int) -> Count:
    """Mask a count of few participants; nothing observed stays zero."""
    return Count(0, 0, 0, f"<{minimum}") if 0 < count.participants < minimum else count


def mask_below(total: Count, counts: Sequence[Count], minimum: int) -> list[Count]:
    """Mask the counts that make up a total, and one more where a single one could be worked out from the rest.

    Args:
        total: what they make up, already masked.
        counts: the true counts.
        minimum: the fewest participants that are shown.
    """
    out = [mask(count, minimum) for count in counts]
    left = [index for index, count in enumerate(out) if count.segments > 0]
    if left and sum(count.mask != "" for count in (total, *out)) == 1:
        smallest = min(left, key=lambda index: (out[index].participants, out[index].segments))
        out[smallest] = Count(0, 0, 0, COVERED)
    return out
