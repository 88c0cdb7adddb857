"""What projects of RQDA and QualCoder have in common: rows by number, selections, codings, cases and attributes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from service.domain.coded_file import ForeignCoding, ForeignDocument, Left
from service.domain.transcript import Participant
from service.readers.coded_files.placing import Placed, Selection
from service.readers.containers.databases import Row, text, whole

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Cases:
    """Who speaks where: the cases by number, which of them each document belongs to, and the attributes of both."""

    rows: Mapping[int, Row]
    of_documents: Mapping[int, set[int]]
    attributes: Mapping[int, Mapping[str, str]]
    of_files: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def participant(self, document: int, title: str) -> Participant | None:
        """Return whose a document is: its one case, with the attributes of both."""
        cases = self.of_documents.get(document, set())
        attributes = dict(self.of_files.get(document, {}))
        if len(cases) == 1:
            case = next(iter(cases))
            attributes.update(self.attributes.get(case, {}))
            return Participant(title_of(self.rows[case], f"case {case}"), attributes)
        return Participant(title, attributes) if attributes else None

    def left(self) -> tuple[Left, ...]:
        """Return which documents have no one participant."""
        several = sum(len(cases) > 1 for cases in self.of_documents.values())
        why = "a document has one participant here; it holds parts of several cases"
        return (Left("cases of a document", why, several),) if several else ()


def keyed(rows: Iterable[Row], column: str) -> Iterator[tuple[int, Row]]:
    """Yield the rows that have a number in a column, with it."""
    return ((key, row) for row in rows if (key := whole(row[column])) is not None)


def linked(rows: Iterable[Row], cases: Mapping[int, Row]) -> dict[int, set[int]]:
    """Return which known cases each document belongs to; the rows name both."""
    found: dict[int, set[int]] = defaultdict(set)
    for key, row in keyed(rows, "fid"):
        if (case := whole(row["caseid"])) in cases and case is not None:
            found[key].add(case)
    return found


def title_of(row: Row, otherwise: str) -> str:
    """Return a row's name."""
    return text(row["name"]).strip() or otherwise


def colour(row: Row) -> str:
    """Return a row's colour as "#rrggbb", "" where it says none."""
    found = text(row["color"]).strip()
    return found.lower() if _COLOUR.fullmatch(found) else ""


def selection(row: Row, first: str, last: str) -> Selection:
    """Return what a coding's row selects; it stands between two of its columns."""
    start, end = whole(row[first]), whole(row[last])
    place = (-1, -1) if start is None or end is None else (start, end)
    return Selection(whole(row["fid"]) or 0, *place, str(row["seltext"] or ""))


def code_key(row: Row) -> str:
    """Return the key of a coding's code."""
    return f"code:{whole(row['cid'])}"


def codings(rows: Iterable[Row], placed: Placed) -> dict[int, list[ForeignCoding]]:
    """Return each document's codings that have a place, in order."""
    found: dict[int, list[ForeignCoding]] = defaultdict(list)
    for row, at in zip(rows, placed.at, strict=True):
        if at is not None:
            memo, owner, date = (text(row[column]).strip() for column in ("memo", "owner", "date"))
            found[whole(row["fid"]) or 0].append(ForeignCoding(*at, code_key(row), owner, memo, date))
    return {key: sorted(given, key=lambda one: (one.start, one.end)) for key, given in found.items()}


def documents(
    sources: Mapping[int, Row], column: str, given: Mapping[int, list[ForeignCoding]], cases: Cases
) -> Iterator[ForeignDocument]:
    """Yield the documents, whose text stands in a column."""
    for key, row in sources.items():
        title, memo = title_of(row, f"document {key}"), text(row["memo"]).strip()
        person = cases.participant(key, title)
        yield ForeignDocument(title, text(row[column]), tuple(given.get(key, ())), participant=person, memo=memo)


def owners(given: Mapping[int, list[ForeignCoding]]) -> list[tuple[str, str]]:
    """Return who coded, as keys and names."""
    names = {coding.coder for codings in given.values() for coding in codings} - {""}
    return [(name, name) for name in sorted(names)]
