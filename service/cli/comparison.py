"""Show how two models compare: a table on a terminal, plain lines otherwise."""

import sys
from collections.abc import Iterator

from service.cli import figures
from service.suggest.comparison import Comparison, DimensionComparison, Moved, Pair

_TITLES = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "kappa": "kappa",
    "ece": "calibration error",
    "coverage": "coverage",
    "mean_set_size": "codes per set",
    "abstained_share": "abstains",
}
_MOVES_SHOWN = 3


def show(found: Comparison) -> None:
    """Print a comparison on stdout."""
    print(f"{found.candidate} beside {found.current}, on people neither had seen:")
    for name, dimension in found.dimensions.items():
        print(f"{name}: {dimension.in_words()}")
        if dimension.measures and sys.stdout.isatty():
            _print_table(dimension)
        elif dimension.measures:
            print("\n".join(_lines(dimension)))
        for remark in _remarks(dimension):
            print(f"  {remark}")
    for line in _given(found):
        print(line)
    if not any(dimension.segments for dimension in found.dimensions.values()):
        print("Add codings that neither was fitted on: inkling models compare MODEL_ID with --project or --excerpts.")


def _given(found: Comparison) -> Iterator[str]:
    """Say what became of the codings that were given, with either model."""
    if found.codings is None:
        return
    for which, model_id in (("candidate", found.candidate), ("current", found.current)):
        codings = found.codings[which]
        asked, trained_on = codings["asked"], codings["trained_on"]
        yield f"Of the codings given, {model_id} was asked about {asked} segments: {figures.advised(codings)}."
        if trained_on:
            yield f"  {trained_on} more are of participants it was fitted on: they count as it kept them then."
        if codings["unsettled"]:
            yield f"  {codings['unsettled']} more are left out: their coders differ and nothing is agreed."
    if found.codings["current"]["passed_over"]:
        number = found.codings["current"]["passed_over"]
        yield f"{number} codings are left out: their dimension or code is one that only one of the models knows."


def _lines(dimension: DimensionComparison) -> Iterator[str]:
    for measure, pair in dimension.measures.items():
        yield f"  {_TITLES[measure]} {_number(pair.current)} -> {_number(pair.candidate)}, {_difference(pair)}"


def _print_table(dimension: DimensionComparison) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "current", "candidate", "difference", "95 % interval", box=None, pad_edge=False)
    for measure, pair in dimension.measures.items():
        row = (_number(pair.current), _number(pair.candidate), _number(pair.difference, sign=True), _interval(pair))
        table.add_row(f"  {_TITLES[measure]}", *row)
    Console().print(table)


def _number(value: float | None, *, sign: bool = False) -> str:
    return "none" if value is None else f"{value:{'+' if sign else ''}.3f}"


def _difference(pair: Pair) -> str:
    between = _interval(pair)
    return _number(pair.difference, sign=True) + (f" (95 % {between})" if between else "")


def _interval(pair: Pair) -> str:
    if pair.interval is None or None in pair.interval:
        return ""
    return " to ".join(_number(bound, sign=True) for bound in pair.interval)


def _remarks(dimension: DimensionComparison) -> Iterator[str]:
    """Say what was compared, what would change, and what was left out."""
    if dimension.segments:
        yield f"{dimension.segments} segments of {dimension.groups} participants"
    changes, left = dimension.changes, dimension.left_out
    if changes.segments:
        often = "; ".join(_move(moved) for moved in changes.commonest[:_MOVES_SHOWN])
        yield f"{changes.segments} get other codes: {changes.righted} become right, {changes.wronged} wrong; {often}"
    if left.other_truth:
        yield f"{left.other_truth} left out: their coding changed between the two snapshots"
    if left.other_codes:
        yield f"{left.other_codes} left out: their code is one that only one of the models knows"
    if left.repeated:
        yield f"{left.repeated} left out: the same segment stands another number of times in the two"
    if dimension.added:
        yield f"codes that only the candidate knows, not compared: {', '.join(dimension.added)}"
    if dimension.retired:
        yield f"codes that only the current model knows, not compared: {', '.join(dimension.retired)}"
    for name, measures in (dimension.by_participant or {}).items():
        pair = measures["macro_f1"]
        yield f"{name}: macro-F1 {_number(pair.current)} -> {_number(pair.candidate)}"


def _move(moved: Moved) -> str:
    before, after = (" + ".join(codes) or "none" for codes in (moved.before, moved.after))
    return f"{before} -> {after} ({moved.segments})"
