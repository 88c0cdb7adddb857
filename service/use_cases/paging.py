"""Long lists, a page at a time: a cursor says where the next page begins and means nothing to the client."""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from service import errors

Item = TypeVar("Item")

#: A segment's place in a project: its document's number and its position.
Place = tuple[int, int]

START: Place = (-1, -1)
LARGEST = 500
UNKNOWN = "This cursor is none that was given; start without one."


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items, and where the next ones begin (None: these are the last)."""

    items: tuple[Item, ...]
    next_cursor: str | None = None


def place_of(cursor: str | None) -> Place:
    """Return the place after which a page begins.

    Raises:
        Unprocessable: the cursor is none of ours.
    """
    if cursor is None:
        return START
    try:
        number, position = decoded(cursor).split(".")
        return int(number), int(position)
    except ValueError:
        raise errors.Unprocessable(UNKNOWN) from None


def cursor_of(place: Place) -> str:
    """Return the cursor for a page that begins after a place."""
    return encoded(f"{place[0]}.{place[1]}")


def encoded(text: str) -> str:
    """Return a cursor that says this."""
    return base64.urlsafe_b64encode(text.encode()).decode()


def decoded(cursor: str) -> str:
    """Return what a cursor says; raise `ValueError` where it says nothing."""
    return base64.urlsafe_b64decode(cursor.encode()).decode()


def page(found: Iterable[Item], limit: int, cursor: Callable[[Item], str]) -> Page[Item]:
    """Take the first items; one more is looked at to know whether there are others.

    Args:
        found: the items, those before the page left out.
        limit: how many to take.
        cursor: says that a list has come as far as an item.
    """
    taken: list[Item] = []
    for item in found:
        if len(taken) == limit:
            return Page(tuple(taken), cursor(taken[-1]))
        taken.append(item)
    return Page(tuple(taken))
