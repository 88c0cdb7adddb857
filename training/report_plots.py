"""The plots of a model's report as inline SVG: light and dark come from the page's style, and no script is needed.

Drawn by hand and not by matplotlib, whose files carry their colours and style attributes: the page's policy allows
neither, and they could not follow the reader's colour scheme. The same figures give the same characters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Any

_WIDTH, _HEIGHT = 300, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 20, 10, 44
_STRIP_WIDTH, _STRIP_HEIGHT = 160, 22
_Range = tuple[float, float]
_Interval = Sequence[float | None] | None


@dataclass(frozen=True)
class Words:
    """What a plot is called and what it shows, for those who don't see it; `key` makes its ids unique on the page."""

    key: str
    title: str
    description: str


@dataclass(frozen=True)
class _Axes:
    """Where values stand on the sheet."""

    across: _Range
    up: _Range

    def x(self, value: float) -> float:
        low, high = self.across
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.up
        return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    def frame(self, across: str, up: str, ticks: tuple[Sequence[float], Sequence[float]]) -> Iterable[str]:
        """Yield hairlines, figures along both axes and their names."""
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        for value in ticks[1]:
            yield _line((_LEFT, self.y(value)), (right, self.y(value)), "hair")
            yield _text((_LEFT - 7, self.y(value) + 4), _figure(value, self.up), "tick end")
        for value in ticks[0]:
            yield _line((self.x(value), bottom), (self.x(value), bottom + 4), "axis")
            yield _text((self.x(value), bottom + 18), _figure(value, self.across), "tick middle")
        yield _line((_LEFT, bottom), (right, bottom), "axis")
        yield _text(((_LEFT + right) / 2, _HEIGHT - 7), across, "name middle")
        middle = (_TOP + bottom) / 2
        yield f'<text class="name middle" transform="translate(10 {_n(middle)}) rotate(-90)">{escape(up)}</text>'

    def whisker(self, at: float, bounds: _Interval) -> str:
        """Return a line from one end of an interval to the other, where there is one."""
        low, high = bounds or (None, None)
        if low is None or high is None:
            return ""
        return _line((self.x(at), self.y(low)), (self.x(at), self.y(high)), "whisker")

    def path(self, points: Iterable[tuple[float, float]], kind: str) -> str:
        """Return a line through points."""
        steps = " ".join(f"{_n(self.x(a))},{_n(self.y(b))}" for a, b in points)
        return f'<polyline class="{kind}" points="{steps}"/>'

    def dot(self, across: float, up: float, kind: str = "pencil") -> str:
        """Return a mark: a ring in pencil is the model's, a full one in ink is people's."""
        return f'<circle class="{kind}" cx="{_n(self.x(across))}" cy="{_n(self.y(up))}" r="4"/>'


def reliability(bins: Sequence[Mapping[str, Any]], words: Words) -> str:
    """Draw how often the top code was right against how likely it was said to be; on the diagonal the two are one."""
    axes, ticks = _Axes((0.0, 1.0), (0.0, 1.0)), (0.0, 0.25, 0.5, 0.75, 1.0)
    parts = [*axes.frame("Probability stated", "Share that was right", (ticks, ticks))]
    parts.append(axes.path([(0.0, 0.0), (1.0, 1.0)], "ideal"))
    parts += [axes.whisker(row["probability"], row["interval"]) for row in bins]
    parts += [axes.dot(row["probability"], row["right"]) for row in bins]
    return _sheet(parts, words)


def risk_coverage(found: Mapping[str, Any], words: Words) -> str:
    """Draw how wrong a model is on the share of segments that it is surest of, and where its advice ends."""
    points = [(point["coverage"], point["risk"]) for point in found["points"]]
    high = max(0.1, ceil(10 * max(risk for _, risk in points)) / 10)
    axes = _Axes((0.0, 1.0), (0.0, high))
    parts = [
        *axes.frame("Share of segments, surest first", "Risk", ((0.0, 0.25, 0.5, 0.75, 1.0), _ticks(0.0, high))),
        axes.path(points, "curve"),
    ]
    advised = found["advised"]
    if advised is not None:
        at = axes.x(advised["coverage"])
        parts.append(_line((at, _TOP), (at, _HEIGHT - _BOTTOM), "ideal"))
        parts.append(axes.dot(advised["coverage"], advised["risk"]))
        side, kind = (at - 6, "tick end") if advised["coverage"] > 0.4 else (at + 6, "tick")
        parts.append(_text((side, _TOP + 12), "advice ends", kind))
    return _sheet(parts, words)


def learning_curve(found: Mapping[str, Any], words: Words) -> str:
    """Draw macro-F1 against the number of coded segments, and on to what is expected with another hundred."""
    more = (found["next_hundred"]["segments"], found["next_hundred"]["macro_f1"])
    points = [(point["segments"], point["macro_f1"]) for point in found["points"]]
    ends = [value for point in found["points"] for value in point["interval"] or () if value is not None]
    values = [*ends, more[1], *(value for _, value in points)]
    low, high = max(0.0, floor(10 * min(values)) / 10), min(1.0, ceil(10 * max(values)) / 10)
    axes = _Axes((0.0, 1.04 * more[0]), (low, max(high, low + 0.1)))
    parts = [
        *axes.frame("Coded segments fitted on", "Macro-F1", (_ticks(*axes.across), _ticks(*axes.up))),
        axes.path(points, "curve"),
        axes.path([points[-1], more], "ideal"),
        *(axes.whisker(point["segments"], point["interval"]) for point in found["points"]),
        *(axes.dot(across, up) for across, up in points),
    ]
    return _sheet(parts, words)


@dataclass(frozen=True)
class Mark:
    """A figure between 0 and 1 with its interval, on a strip; `ink` for people, `pencil` for the model."""

    kind: str
    value: float | None
    interval: _Interval = None


def strip(marks: Sequence[Mark]) -> str:
    """Draw figures between 0 and 1 on a line beside the numbers that they show; hidden from screen readers."""
    right = _STRIP_WIDTH - 6

    def x(value: float) -> float:
        return 6 + min(1.0, max(0.0, value)) * (right - 6)

    base = _STRIP_HEIGHT / 2
    parts = [
        _line((6, base), (right, base), "hair"),
        *(_line((x(t), base - 4), (x(t), base + 4), "hair") for t in _FIFTHS),
    ]
    for row, mark in enumerate(marks):
        if mark.value is None:
            continue
        y = base + (row - (len(marks) - 1) / 2) * 8
        low, high = mark.interval or (None, None)
        if low is not None and high is not None:
            parts.append(_line((x(low), y), (x(high), y), "whisker"))
        parts.append(f'<circle class="{mark.kind}" cx="{_n(x(mark.value))}" cy="{_n(y)}" r="3.5"/>')
    box = f"0 0 {_STRIP_WIDTH} {_STRIP_HEIGHT}"
    return f'<svg class="strip" viewBox="{box}" aria-hidden="true">{"".join(parts)}</svg>'


_FIFTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def bar(share: float) -> str:
    """Draw a share as a bar beside its number; hidden from screen readers."""
    part = f'<rect class="part" width="{_n(100 * share)}" height="10"/>'
    start = '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
    return f'{start}<rect class="ground" width="100" height="10"/>{part}</svg>'


def _sheet(parts: Iterable[str], words: Words) -> str:
    """Put a plot on its sheet, with its name and what it shows."""
    title, about = f"{words.key}-title", f"{words.key}-desc"
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{title} {about}">'
        f'<title id="{title}">{escape(words.title)}</title><desc id="{about}">{escape(words.description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _line(start: tuple[float, float], end: tuple[float, float], kind: str) -> str:
    return f'<line class="{kind}" x1="{_n(start[0])}" y1="{_n(start[1])}" x2="{_n(end[0])}" y2="{_n(end[1])}"/>'


def _text(at: tuple[float, float], said: str, kind: str) -> str:
    return f'<text class="{kind}" x="{_n(at[0])}" y="{_n(at[1])}">{escape(said)}</text>'


def _ticks(low: float, high: float) -> list[float]:
    """Return four to six round values within a range."""
    step = 10.0 ** floor(log10((high - low) / 2))
    step = next(step * times for times in (1, 2, 2.5, 5, 10) if (high - low) / (step * times) <= 5.01)
    first = ceil(round(low / step, 6))
    return [round(step * number, 6) for number in range(first, floor(round(high / step, 6)) + 1)]


def _figure(value: float, within: _Range) -> str:
    return f"{value:,.0f}" if within[1] > 1 else f"{value:.2f}".rstrip("0").rstrip(".")


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
