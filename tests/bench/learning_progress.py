"""How long what is left will take, from what has been done so far and rough guesses before that."""

from collections.abc import Iterable
from dataclasses import dataclass, field

#: Seconds of a fit on two cores, so many at least, and so many for 1,000 segments of the dataset.
_ROUGH = {
    "coders": (0.1, 0.2),
    "majority": (0.1, 0.1),
    "tfidf": (0.5, 0.5),
    "probe": (2.0, 4.0),
    "head": (5.0, 10.0),
    "tuned": (30.0, 180.0),
    "setfit-8": (60.0, 2.0),
    "head-8": (10.0, 1.0),
    "tuned-8": (60.0, 1.0),
    "setfit-32": (500.0, 2.0),
    "head-32": (10.0, 1.0),
    "tuned-32": (120.0, 1.0),
}
_OTHERWISE = (600.0, 5.0)


@dataclass
class Left:
    """Learns from each fit how far its guess was off."""

    _taken: dict[str, list[float]] = field(default_factory=dict)
    _guessed: dict[str, list[float]] = field(default_factory=dict)

    def took(self, method: str, segments: int, seconds: float) -> None:
        """Note how long a fit took."""
        self._taken.setdefault(method, []).append(seconds)
        self._guessed.setdefault(method, []).append(guess(method, segments))

    def seconds(self, waiting: Iterable[tuple[str, int]]) -> float:
        """Return about how many seconds these fits will take, each a method and the segments of its dataset."""
        return sum(guess(method, segments) * self._factor(method) for method, segments in waiting)

    def _factor(self, method: str) -> float:
        if method in self._taken:
            return sum(self._taken[method]) / sum(self._guessed[method])
        return 1.0


def guess(method: str, segments: int) -> float:
    """Return about how many seconds one fit takes."""
    least, more = _ROUGH.get(method, _OTHERWISE)
    return least + more * segments / 1000.0


def words(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
