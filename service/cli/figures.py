"""Figures for people: a table on a terminal, plain lines otherwise."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

_SHOWN = (
    ("macro-F1", "macro_f1"),
    ("kappa", "kappa"),
    ("calibration error", "ece"),
)
#: Those that come with their interval; of the others the report has it.
_WITH_INTERVAL = ("macro_f1", "kappa")
_COLUMNS = ("", "segments", *(title for title, _ in _SHOWN), "coders' kappa")


def show(metrics: Mapping[str, Any]) -> None:
    """Print what was measured on participants that the model was not trained on, or why nothing was."""
    if "dimensions" not in metrics:
        print(f"Not measured: {metrics.get('reason', 'there were no examples')}.")
        return
    rows = [_row(name, found) for name, found in metrics["dimensions"].items()]
    if sys.stdout.isatty():
        _table(rows, _title(metrics))
    else:
        print(f"{_title(metrics)}:")
        for name, segments, *cells in rows:
            named = [f"{title} {cell}" for title, cell in zip(_COLUMNS[2:], cells, strict=True) if cell]
            print(f"{name}: {segments} segments, {', '.join(named)}")
    for line in _notes(metrics["dimensions"]):
        print(line)


def kept_and_left_out(codings: Mapping[str, int]) -> Iterator[str]:
    """Yield what became of the codings that a model was measured on (`training.evaluate.Account`)."""
    left_out = {
        "trained_on": "{} of participants it was fitted on",
        "unsettled": "{} whose coders differ and nothing is agreed",
    }
    parts = [words.format(_segments(codings[name])) for name, words in left_out.items() if codings[name]]
    if codings["passed_over"]:
        parts.append(f"{codings['passed_over']} codings on dimensions it doesn't have")
    if parts:
        yield f"Left out: {', '.join(parts)}."
    yield f"Kept: {advised(codings)}."


def advised(codings: Mapping[str, int]) -> str:
    """Say how many of the codings that a model was held against were made with advice in view, its own above all."""
    if not codings["advised"]:
        return "no coding that says it was made with advice in view"
    own = codings["advised_by_it"]
    flatters = ", which flatters it: whoever saw its advice may have followed it" if own else ""
    return f"{_segments(codings['advised'])} coded with advice in view, {own or 'none'} of them with its own{flatters}"


def _segments(number: int) -> str:
    return f"{number} segment" if number == 1 else f"{number} segments"


def _title(metrics: Mapping[str, Any]) -> str:
    title = "On participants not seen in training"
    return f"{title}, on invented text" if metrics.get("on_invented_text") else title


def _row(name: str, found: Mapping[str, Any]) -> list[str]:
    leading = found["unadvised"] if found.get("leads") == "unadvised" else found
    intervals = leading["intervals"] or {}
    cells = [_figure(leading[key], intervals.get(key) if key in _WITH_INTERVAL else None) for _, key in _SHOWN]
    agreed = found.get("agreement")
    people = agreed and agreed["coder_coder"]
    with_people = _figure(people["kappa"], (people["intervals"] or {}).get("kappa")) if people else ""
    return [name, str(leading["n"]), *cells, with_people]


def _figure(value: float | None, interval: list[float | None] | None) -> str:
    """Write a measure; one that can't be computed, such as kappa where all is alike, has no number."""
    if value is None:
        return "none"
    if interval is None or None in interval:
        return f"{value:.3f}"
    return f"{value:.3f} ({interval[0]:.2f}–{interval[1]:.2f})"


def _table(rows: list[list[str]], title: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(_COLUMNS):
        title = column.replace(" ", "\n")
        table.add_column(title, justify="right" if number else "left", overflow="fold", no_wrap=number > 0)
    for row in rows:
        table.add_row(*(cell.replace(" (", "\n(") for cell in row))
    Console().print(table)


def _notes(dimensions: Mapping[str, Any]) -> Iterator[str]:
    """Yield on which codings the figures are, where it makes a difference, and what more codings would bring."""
    from training.report import more_sentence

    for name, found in dimensions.items():
        alone = found.get("unadvised")
        if "leads" in found and (alone is None or alone["n"] < found["n"]):
            lead = "made without advice" if found["leads"] == "unadvised" else "with and without advice"
            yield f"{name}: figures are on codings {lead}; the report gives both."
        if found.get("learning_curve"):
            yield f"{name}: {more_sentence(found['learning_curve'])}"
