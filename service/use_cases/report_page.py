"""Lay a report out as one page that stands alone: no script, nothing loaded from elsewhere, fit to print."""

import base64
import hashlib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import jinja2

from service.domain.masking import COVERED, Count
from service.domain.projects import Project
from service.domain.report import UNCLEAR, Report
from service.use_cases.report_figure import heat_map_svg

__all__ = ["heat_map_svg", "page", "policy", "style"]

_TEMPLATES = Path(__file__).parent / "templates"


def page(report: Report, project: Project) -> str:
    """Return the report as HTML, with its figure inside."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    own = [row for row in report.rows if row.labels[1]]
    return environment.get_template("report.html").render(
        report=report,
        project=project,
        policy=policy(style()),
        style=style(),
        figure="data:image/svg+xml;base64," + base64.b64encode(heat_map_svg(report)).decode(),
        alt=_alt(report),
        caption=_caption(report),
        summary=_summary(report),
        domains=[(label, list(rows)) for label, rows in groupby(own, key=lambda row: row.labels[0])],
        others=[row for row in report.rows if not row.labels[1]],
        notes=list(_notes(report)),
    )


def style() -> str:
    """Return the style sheet of pages that stand alone."""
    return (_TEMPLATES / "report.css").read_text(encoding="utf-8")


def policy(sheet: str) -> str:
    """Return the content security policy that allows this style sheet and embedded images, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _many(number: int | str, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _summary(report: Report) -> str:
    segments, participants, organisations = report.total.shown()
    if not report.total.mask and report.total.segments == 0:
        return "Nothing is final yet."
    if report.total.mask:
        return f"Fewer than {report.minimum} participants have final codings yet, so the numbers are masked."
    said = f"{_many(segments, 'segment')} from {_many(participants, 'participant')}"
    return f"{said} of {_many(organisations, 'organisation')}." if organisations else f"{said}."


def _alt(report: Report) -> str:
    what = "Heat map of segments by domain and level" if report.kind == "pairs" else "Bars of segments by code"
    return f"{what}; the table below holds the same numbers."


def _caption(report: Report) -> str:
    if report.kind == "pairs":
        said = "Segments with each pair of domain and level, and the participants they come from."
    else:
        said = "Segments with each code, and the participants they come from."
    return said if report.minimum is None else f"{said} Hatched: masked."


def _notes(report: Report) -> Iterator[str]:
    yield "Only final codings are counted: what people decided and agreed on, or an adjudicator settled."
    yield "A segment can stand in several rows, and a participant in all of them."
    if report.kind == "pairs":
        yield from _notes_on_pairs(report)
    if report.minimum is not None:
        yield (
            f"Cells of fewer than {report.minimum} participants show <{report.minimum} and no other number; "
            f"“{COVERED}” stands where a number would give such a cell away."
        )


def _notes_on_pairs(report: Report) -> Iterator[str]:
    unclear = next(row.count for row in report.rows if row.place[0] == UNCLEAR)
    if _any(unclear):
        yield (
            "Pairing unclear: segments with several domains and several levels, "
            "where no theme says which of them belong together."
        )
    if _any(report.none_applies):
        yield f"None applies, in domain or level: {_many(report.none_applies.shown()[0], 'segment')}."
    if _any(report.theme_elsewhere):
        number = _many(report.theme_elsewhere.shown()[0], "segment")
        yield f"Not counted by theme: {number} with a theme that belongs under another domain or level than theirs."


def _any(count: Count) -> bool:
    return count.mask != "" or count.segments > 0
