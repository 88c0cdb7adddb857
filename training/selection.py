"""What of the coded rows is left out of training on request: whole participants, and codings made with advice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from service import errors
from service.domain.excerpts import CodingRow


@dataclass(frozen=True)
class Choice:
    """What is to be left out."""

    #: Ids of participants, or of documents, none of whose rows may leave a trace.
    without: tuple[str, ...] = ()
    #: Also leave out codings made where advice was shown, or may have been.
    unadvised_only: bool = False


EVERYTHING = Choice()


@dataclass(frozen=True)
class Selected:
    """What to train on."""

    rows: tuple[CodingRow, ...]
    #: Rows whose codings are left out and whose text may still stand around others.
    around: tuple[CodingRow, ...] = ()
    #: Number of `participants` and of `advised` codings left out, where that was asked.
    left_out: Mapping[str, int] = field(default_factory=dict)


def read_ids(path: Path) -> tuple[str, ...]:
    """Return the ids that stand in a file, one a line; empty lines don't count.

    Raises:
        BadInput: it can't be read as UTF-8 text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise errors.BadInput(f"{path}: it can't be read; give a UTF-8 text file with one id a line.") from error
    return tuple(line.strip() for line in lines if line.strip())


def select(rows: Sequence[CodingRow], choice: Choice) -> Selected:
    """Leave out what was asked for.

    What a participant left out had said is also removed where a file gives it as the turn before someone else's.

    Raises:
        BadExcerpts: an id stands nowhere in the rows, or nothing is left.
    """
    named = set(choice.without)
    for name in choice.without:
        if not any(name in (row.participant, row.document_id) for row in rows):
            raise errors.BadExcerpts(
                f"{name} can't be left out: no participant and no document of the codings has this id."
            )
    gone = [row for row in rows if named & {row.participant, row.document_id}]
    kept = _without_what_they_said([row for row in rows if not named & {row.participant, row.document_id}], gone)
    advised = [row for row in kept if choice.unadvised_only and _advised(row)]
    left = tuple(row for row in kept if not (choice.unadvised_only and _advised(row)))
    if rows and not left:
        raise errors.BadExcerpts("Nothing is left to train on: all codings were to be left out.")
    counted = {"participants": len({row.participant for row in gone})} if choice.without else {}
    counted |= {"advised": len(advised)} if choice.unadvised_only else {}
    return Selected(left, tuple(advised), counted)


def _advised(row: CodingRow) -> bool:
    """Say whether advice was shown with a coding, or may have been; codings from elsewhere say nothing of it."""
    return row.advice != "none"


def _without_what_they_said(rows: Sequence[CodingRow], gone: Iterable[CodingRow]) -> list[CodingRow]:
    said: dict[str, set[str]] = defaultdict(set)
    for row in gone:
        said[row.document_id].add(row.text.strip())

    def repeats(row: CodingRow) -> bool:
        return bool(row.context) and any(text and text in row.context for text in said.get(row.document_id, ()))

    return [replace(row, context="") if repeats(row) else row for row in rows]
