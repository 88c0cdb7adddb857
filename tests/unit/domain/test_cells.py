"""Cells that no spreadsheet program takes for a formula, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.cells import guarded, unguarded


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\ta", "\ra", "'=1", "''@"])
def test_what_would_be_a_formula_is_guarded(cell: str) -> None:
    """It has an apostrophe before it, also where it had one."""
    assert guarded(cell) == f"'{cell}"


@given(st.text(st.sampled_from("'=+-@\t\r ab"), max_size=6))
def test_guarding_loses_nothing(cell: str) -> None:
    """Whatever a cell holds comes back, and what is guarded begins like no formula."""
    assert unguarded(guarded(cell)) == cell
    assert guarded(cell)[:1] not in set("=+-@\t\r")
