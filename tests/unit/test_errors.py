"""What a refusal may show of a file."""

import pytest

from service import errors


@pytest.mark.parametrize(
    ("name", "shown"),
    [("food", "food"), ("f" * 40, "f" * 40), ("f" * 41, "f" * 40 + "…"), (3, "3"), ("a\nb\x00\ud800c", "a b  c")],
)
def test_names_are_shown_short_and_on_one_line(name: object, shown: str) -> None:
    """Forty characters and a sign that there is more; what can't be printed is a space."""
    assert errors.shown(name) == shown


def test_a_longer_limit_may_be_given() -> None:
    """Where paths are shown, say."""
    assert errors.shown("p" * 120, 100) == "p" * 100 + "…"
