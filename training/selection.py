"""What of the coded rows is left out of training: people, codings made with advice, and samples of archives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from service import errors
from service.domain import excerpts, groups
from service.domain.excerpts import SAMPLED, CodingRow


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
    #: Number of `participants` and of `advised` and `sampled` codings left out, where there are any to leave out.
    left_out: Mapping[str, int] = field(default_factory=dict)


def read_ids(path: Path) -> tuple[str, ...]:
    """Return the ids that stand in a file, one a line; empty lines don't count.

    Raises:
        BadInput: it can't be read as UTF-8 text, or there is none in it.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise errors.BadInput(f"{path}: it can't be read; give a UTF-8 text file with one id a line.") from error
    ids = tuple(line.strip() for line in lines if line.strip())
    if not ids:
        raise errors.BadInput(f"{path}: there is no id in it, so nobody would be left out; give one a line.")
    return ids


def select(rows: Sequence[CodingRow], choice: Choice) -> Selected:
    """Leave out what was asked for, and the random sample of an archive, which is there to measure models by.

    What a participant left out had said is also removed where a file gives it as the turn before someone else's: every
    other row of a document that they speak in loses its `context`. A segment is theirs if any row on it names them.

    Raises:
        BadExcerpts: an id stands nowhere in the rows, or nothing is left.
    """
    named = set(choice.without)
    for name in choice.without:
        if not any(name in (row.participant, row.document_id) for row in rows):
            raise errors.BadExcerpts(
                f"{errors.shown(name)} can't be left out: no participant and no document of the codings has this id."
            )
    theirs = [row for row in rows if named & {row.participant, row.document_id}]
    places = {(row.document_id, row.position) for row in theirs}
    gone = [row for row in rows if (row.document_id, row.position) in places]
    kept = _without_their_words([row for row in rows if (row.document_id, row.position) not in places], gone)
    sampled = [row for row in kept if row.extra.get(SAMPLED) == "yes"]
    taught = [row for row in kept if row.extra.get(SAMPLED) != "yes"]
    advised = [row for row in taught if choice.unadvised_only and _advised(row)]
    left = tuple(row for row in taught if not (choice.unadvised_only and _advised(row)))
    if rows and not left:
        raise errors.BadExcerpts("Nothing is left to train on: all codings were to be left out.")
    counted = {"participants": len({row.participant for row in theirs})} if choice.without else {}
    counted |= {"advised": len(advised)} if choice.unadvised_only else {}
    counted |= {"sampled": len(sampled)} if sampled else {}
    return Selected(left, (*advised, *sampled), counted)


def _advised(row: CodingRow) -> bool:
    """Say whether advice was shown with a coding, or may have been; codings from elsewhere say nothing of it."""
    return row.advice != "none"


def _without_their_words(rows: Sequence[CodingRow], gone: Sequence[CodingRow]) -> list[CodingRow]:
    """Take away the contexts that hold, or may hold, what those left out had said.

    In a document that they spoke in, any context may quote them, shortened or respelled: none stays. In others one goes
    that repeats a whole turn of theirs, or a sentence long enough to be told from others.
    """
    documents = {row.document_id for row in gone}
    turns = {_plain(row.text) for row in gone}
    sentences = frozenset[int]().union(*(groups.sentences(row.text) for row in gone))
    loose = excerpts.loose_documents([row for row in (*rows, *gone) if row.document_id in documents])

    def unquoting(row: CodingRow) -> CodingRow:
        if row.document_id in documents:
            return replace(row, context="", loose=row.document_id in loose)
        quotes = _plain(row.context) in turns or not sentences.isdisjoint(groups.sentences(row.context))
        return replace(row, context="") if row.context and quotes else row

    return [unquoting(row) for row in rows]


def _plain(text: str) -> str:
    """Return a text whatever its white space and case."""
    return " ".join(text.split()).casefold()
