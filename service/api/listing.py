"""Lists as they are answered: items, and where the next ones begin."""

from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, StringConstraints

from service.api.patterns import CURSOR
from service.use_cases import paging

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=paging.LARGEST, description="How many items at most.")]
Cursor = Annotated[
    Annotated[str, StringConstraints(pattern=CURSOR, max_length=200)] | None,
    Query(description="`next_cursor` of the page before."),
]


class Listing(BaseModel, Generic[Item]):
    """A page of a list; without a `next_cursor` it is the last."""

    items: list[Item]
    next_cursor: str | None = None


def whole(items: Any) -> dict[str, Any]:
    """Return a list that is answered at once."""
    return {"items": list(items), "next_cursor": None}


def of(page: paging.Page[Any]) -> dict[str, Any]:
    """Return a page of a longer list."""
    return {"items": list(page.items), "next_cursor": page.next_cursor}
