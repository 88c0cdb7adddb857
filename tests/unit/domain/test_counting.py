"""Numbers with their noun."""

import pytest

from service.domain.counting import counted


@pytest.mark.parametrize(("number", "said"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1234, "1,234 files")])
def test_a_noun_agrees_with_its_number(number: int, said: str) -> None:
    """One is one, everything else is many."""
    assert counted(number, "file") == said


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    """What takes no s is given."""
    assert (counted(1, "entry", "entries"), counted(3, "entry", "entries")) == ("1 entry", "3 entries")
