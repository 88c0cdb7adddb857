"""What of a REFI-QDA project stays behind, counted by what it is and why."""

from collections import Counter

from service.domain.coded_file import Left


class Leftovers:
    """Counts what stays behind, and how many codings go with it."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._codings: Counter[tuple[str, str]] = Counter()

    def add(self, what: str, why: str, count: int = 1, codings: int = 0) -> None:
        """Count something.

        Args:
            what: a plural, such as "pictures".
            why: half a sentence.
            count: how many.
            codings: how many codings stay behind with them.
        """
        if count:
            self._counts[what, why] += count
            self._codings[what, why] += codings

    def listed(self) -> tuple[Left, ...]:
        """Return what was counted, in the order in which it was found."""
        return tuple(Left(what, why + _with(self._codings[what, why]), n) for (what, why), n in self._counts.items())


def _with(codings: int) -> str:
    return f", with {codings:,} coding{'s' * (codings > 1)}" if codings else ""
