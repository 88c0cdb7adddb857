"""The results of measuring as tables: one per dimension, a row per method, 95 % intervals in parentheses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from service.suggest.held_out import HeldOut
from service.suggest.measures import MIN_FOR_INTERVALS, measure
from tests.bench.learning_progress import words
from tests.bench.learning_results import Key, Results, together

SHOWN = ("macro_f1", "micro_f1", "kappa")
_COLUMNS = ("method", "macro-F1", "micro-F1", "kappa", "learned from", "time to fit", "remarks")


@dataclass(frozen=True)
class Line:
    """One method on one dimension: a key for each part of the split."""

    dataset: str
    dimension: str
    method: str
    keys: tuple[Key, ...]


def show(lines: Sequence[Line], results: Results, console: Console) -> None:
    """Print a table for each dimension of which anything is known."""
    for dataset, dimension in dict.fromkeys((line.dataset, line.dimension) for line in lines):
        mine = [line for line in lines if (line.dataset, line.dimension) == (dataset, dimension)]
        rows = [found for line in mine if (found := row(line, results)) is not None]
        if rows:
            table = Table(*_COLUMNS, title=f"{dataset}: {dimension}{_size(mine, results)}")
            for cells in rows:
                table.add_row(*cells)
            console.print(table)


def row(line: Line, results: Results) -> tuple[str, ...] | None:
    """Return a row's cells; None where nothing was measured yet."""
    facts = [found for key in line.keys if (found := results.facts(key)) is not None]
    if not facts:
        return None
    if "agreement" in facts[0]:
        return _agreement(line.method, facts[0])
    if len(facts) < len(line.keys):
        return (line.method, *["…"] * 3, "", "", f"{len(facts)} of {len(line.keys)} parts done")
    found = measure(together([results.held(key) for key in line.keys]))
    learned = f"{np.mean([fact['learned'] for fact in facts]):,.0f}"
    seconds = words(float(np.mean([fact["seconds"] for fact in facts])))
    notes = "; ".join(dict.fromkeys(fact["note"] for fact in facts if fact.get("note")))
    return (line.method, *(cell(found, name) for name in SHOWN), learned, seconds, notes)


def cell(found: Mapping[str, Any], name: str) -> str:
    """Return a figure with its interval, where there is one."""
    value, interval = found.get(name), (found.get("intervals") or {}).get(name)
    if value is None:
        return "–"
    return f"{value:.3f}" + (f" ({interval[0]:.2f}–{interval[1]:.2f})" if interval else "")


def _agreement(method: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
    found = facts["agreement"]
    alpha = f"alpha {found['alpha']:.3f}; " if found["alpha"] is not None else ""
    where = f"{facts['coders']} coders, {facts['segments']} segments of {facts['participants']} participants"
    return (method, *(cell(found, name) for name in SHOWN), "", "", alpha + where)


def _size(lines: Sequence[Line], results: Results) -> str:
    """Say on how much the figures are measured."""
    for line in lines:
        known = [results.facts(key) for key in line.keys]
        if all(facts is not None and "agreement" not in facts for facts in known):
            return _counted(together([results.held(key) for key in line.keys]))
    return ""


def _counted(held: HeldOut) -> str:
    people = len(np.unique(held.groups))
    few = f"; no intervals under {MIN_FOR_INTERVALS}" if people < MIN_FOR_INTERVALS else ""
    return f", {len(held.groups):,} segments of {people} participants that no model had seen{few}"
