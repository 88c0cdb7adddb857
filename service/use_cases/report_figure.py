"""Draw a report as one would put it in a paper: a heat map of domains by levels, or bars for other codebooks."""

import io
import threading
import warnings
from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from service.domain.masking import COVERED, Count
from service.domain.report import UNCLEAR, Report, Row, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Drawing reads settings that matplotlib shares between threads.
_DRAWING = threading.Lock()

_INK, _GREY, _PAPER = "#1b2333", "#5d6675", "#ffffff"

_STYLE: Any = {
    "svg.hashsalt": "inkling",
    "svg.fonttype": "none",
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": _INK,
    "hatch.linewidth": 0.6,
    "text.parse_math": False,
}

#: Faces that stand in for the one the figure was measured with, where it is not installed.
_FACES = "'Source Sans 3', 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

#: Lightness, and the two colour axes, of the map's ends in OKLab: paper and ink.
_LIGHT, _DARK = (0.975, -0.003, -0.012), (0.34, -0.015, -0.095)

_CELL_WIDTH, _CELL_HEIGHT = 1.5, 0.82


def heat_map_svg(report: Report) -> bytes:
    """Return the report's figure as an SVG file, the same bytes for the same report.

    Colour and the large number count segments, the small one participants; what is masked is hatched.
    """
    import matplotlib as mpl

    with _DRAWING, mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # the viewer's own faces have it
        figure = _heat_map(report) if report.kind == "pairs" else _bars(report.tables)
        out = io.BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight", pad_inches=0.1)
    return out.getvalue().replace(b"'DejaVu Sans', sans-serif", _FACES.encode())


def _figure(width: float, height: float) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor=_PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return figure, axes


def _heat_map(report: Report) -> "Figure":
    pairs = [row for row in report.rows if not row.place[2] and row.place[0] != UNCLEAR]
    domains = list({row.place[0]: row.labels[0] for row in pairs}.items())
    levels = list({row.place[1]: row.labels[1] for row in pairs}.items())
    figure, axes = _figure(_CELL_WIDTH * max(1, len(levels)), _CELL_HEIGHT * max(1, len(domains)))
    axes.set_xlim(0, max(1, len(levels)))
    axes.set_ylim(max(1, len(domains)), 0)
    most = max((row.count.segments for row in pairs), default=0)
    columns, lines = [key for key, _ in levels], [key for key, _ in domains]
    for row in pairs:
        _cell(axes, (columns.index(row.place[1]), lines.index(row.place[0])), row.count, most)
    for x, (_, label) in enumerate(levels):
        axes.text(x + 0.5, -0.12, fill(label, 18), ha="center", va="bottom", fontsize=9.5)
    for y, (_, label) in enumerate(domains):
        axes.text(-0.08, y + 0.5, fill(label, 26), ha="right", va="center", fontsize=9.5)
    return figure


def _cell(axes: "Axes", at: tuple[int, int], count: Count, most: int) -> None:
    from matplotlib.patches import Rectangle

    x, y = at
    colour, ink = _colours(count.segments / most if most else 0.0)
    if count.mask:
        axes.add_patch(Rectangle(at, 1, 1, facecolor=_PAPER, edgecolor="#b4bac4", hatch="////", linewidth=0))
        axes.add_patch(Rectangle(at, 1, 1, facecolor="none", edgecolor=_PAPER, linewidth=1.5))
        box = {"facecolor": _PAPER, "edgecolor": "none", "boxstyle": "round,pad=0.25"}
        axes.text(x + 0.5, y + 0.5, _masked(count), ha="center", va="center", fontsize=8, bbox=box)
        return
    axes.add_patch(Rectangle(at, 1, 1, facecolor=colour, edgecolor=_PAPER, linewidth=1.5))
    if count.segments == 0:
        axes.text(x + 0.5, y + 0.5, "0", ha="center", va="center", fontsize=10, color=_GREY)
        return
    axes.text(x + 0.5, y + 0.41, str(count.segments), ha="center", va="center", fontsize=14, color=ink)
    axes.text(x + 0.5, y + 0.71, _people(count), ha="center", va="center", fontsize=7.5, color=ink)


def _masked(count: Count) -> str:
    return count.mask if count.mask == COVERED else f"{count.mask} participants"


def _people(count: Count) -> str:
    return f"{count.participants} participant{'' if count.participants == 1 else 's'}"


def _colours(share: float) -> tuple[str, str]:
    """Return the colour of a cell, even steps looking even, and that of the ink on it."""
    light, a, b = ((1 - share) * low + share * high for low, high in zip(_LIGHT, _DARK, strict=True))
    return _hex(light, a, b), _PAPER if light < 0.66 else _INK


def _hex(light: float, a: float, b: float) -> str:
    """Return an OKLab colour as sRGB."""
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(min(1.0, max(0.0, part)))):02x}" for part in linear)


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else float(1.055 * value ** (1 / 2.4) - 0.055)


def _bars(tables: Sequence[Table]) -> "Figure":
    """Draw each dimension's codes as bars, one line per code, one title per dimension."""
    lines = sum(len(table.rows) + 1.5 for table in tables)
    figure, axes = _figure(4.2, 0.27 * max(1, lines))
    axes.set_ylim(max(1, lines), 0)
    most = max((row.count.segments for table in tables for row in table.rows), default=0)
    axes.set_xlim(0, max(1, most))
    y = 0.0
    for table in tables:
        axes.text(0, y + 0.6, table.label, ha="left", va="center", fontsize=10, fontweight="bold")
        for row in table.rows:
            y += 1
            _bar(axes, y + 0.5, row, max(1, most))
        y += 1.5
    return figure


def _bar(axes: "Axes", y: float, row: Row, most: int) -> None:
    count, gap = row.count, 0.012 * most
    axes.text(-gap, y, fill(row.labels[0], 60), ha="right", va="center")
    if count.mask:
        axes.barh(y, 0.12 * most, height=0.62, facecolor=_PAPER, edgecolor="#b4bac4", hatch="/////", linewidth=0)
        axes.text(0.12 * most + gap, y, count.mask, ha="left", va="center")
        return
    axes.barh(y, count.segments, height=0.62, color=_colours(0.75)[0])
    said = f"{count.segments}  ({_people(count)})" if count.segments else "0"
    axes.text(count.segments + gap, y, said, ha="left", va="center", color=_INK if count.segments else _GREY)
