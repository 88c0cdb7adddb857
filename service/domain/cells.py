"""Cells of tables that spreadsheet programs open, none of which they take for a formula."""

import re

#: Spreadsheet programs take a cell that begins so for a formula.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def guarded(cell: str) -> str:
    """Return a cell that is taken for no formula: with an apostrophe before what would be one."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return what a guarded cell was."""
    return cell[1:] if _GUARDED.match(cell) else cell
