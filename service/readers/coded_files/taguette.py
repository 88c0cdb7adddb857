"""Taguette: the database of an exported project, and codebooks.

Taguette counts the bytes of the UTF-8 text between the tags of a document's HTML. `markup` says how that HTML becomes
text; a highlight's bytes are looked up there, so that none moves by a character.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from service import errors
from service.domain.coded_file import (
    Alignment,
    CodedFile,
    ForeignCode,
    ForeignCoding,
    ForeignDocument,
    Left,
    coders_named,
)
from service.readers.coded_files import markup, places
from service.readers.containers.databases import Database, Row, text, whole

TOOL = "Taguette"
#: What a database of Taguette's holds.
TABLES = frozenset({"documents", "highlights", "tags", "highlight_tags"})
#: A chain of merged tags that is longer goes round in circles.
_MERGES = 1_000

#: Who gave a tag to a highlight, and when.
_Given = tuple[str, str]


@dataclass(frozen=True)
class _Highlight:
    """A highlighted stretch of a document, counted in bytes."""

    key: int
    first: int
    last: int
    snippet: str


class _Placing:
    """Places highlights in their documents, and counts what comes of it."""

    def __init__(self, database: Database, tags: Mapping[int, str]) -> None:
        self.name = database.name
        self.selections = self.aligned = self.beyond = self.bare = 0
        self.highlights = _highlights(database)
        self._tagged = _tagged(database, tags)
        self._given = dict(_given(database))

    def codings(self, document: int, plain: markup.Plain) -> Iterator[ForeignCoding]:
        """Yield the codings of a document; its highlights are done with."""
        for highlight in self.highlights.pop(document, ()):
            tags = self._tagged.get(highlight.key, [])
            place = plain.stretch(highlight.first, highlight.last)
            if not tags:
                self.bare += 1
            elif place is None or place[0] >= place[1]:
                self.beyond += 1
            else:
                self.selections += 1
                self.aligned += self._fits(plain.text, place, highlight.snippet)
                for tag in tags:
                    user, date = self._given.get((highlight.key, tag), ("", ""))
                    yield ForeignCoding(*place, str(tag), user, made_at=date)

    def left(self) -> tuple[Left, ...]:
        """Return which highlights did not come along."""
        lost = sum(map(len, self.highlights.values()))
        found = (
            Left("highlights without a tag", "no code was given to them", self.bare),
            Left("highlights", "they lie beyond the end of their document or hold nothing", self.beyond),
            Left("highlights", "their document is not in the project", lost),
        )
        return tuple(left for left in found if left.count)

    def _fits(self, whole_text: str, place: tuple[int, int], snippet: str) -> bool:
        """Say whether a highlight begins and ends at words, or holds those that Taguette kept of it."""
        if places.at_words(whole_text, *place):
            return True
        if place[1] - place[0] > 2 * len(snippet):
            return False
        return "".join(whole_text[slice(*place)].split()) == "".join(markup.plain(self.name, snippet).text.split())


def read_database(database: Database) -> CodedFile:
    """Read the one project of a database.

    Raises:
        BadInput: it is damaged, or holds several projects.
    """
    project = _project(database)
    codes = tuple(_codes(database, project))
    placing = _Placing(database, {int(code.key): code.name for code in codes})
    documents = []
    for row in database.rows("documents", ("id", "project_id", "name", "description", "contents")):
        key = whole(row["id"])
        if key is not None and _of(row, project):
            plain = markup.plain(database.name, text(row["contents"]))
            codings = sorted(placing.codings(key, plain), key=lambda coding: (coding.start, coding.end))
            title = text(row["name"]).strip() or f"document {key}"
            documents.append(ForeignDocument(title, plain.text, tuple(codings), memo=text(row["description"]).strip()))
    users = sorted({coding.coder for document in documents for coding in document.codings} - {""})
    counted = Alignment(placing.selections, placing.aligned, "UTF-8 bytes of the text between the tags")
    return CodedFile(
        database.name,
        "",
        TOOL,
        tuple(documents),
        codes,
        coders_named((user, user) for user in users),
        placing.left(),
        counted,
    )


def _project(database: Database) -> int | None:
    """Return the one project that has documents; None where there are none."""
    used = {whole(row["project_id"]) for row in database.rows("documents", ("project_id",))}
    if len(used) > 1:
        raise errors.UnreadableFile(
            f"{database.name}: it holds {len(used)} projects; in Taguette, export the one you mean as a project file."
        )
    return next(iter(used), None)


def _of(row: Row, project: int | None) -> bool:
    return project is None or whole(row["project_id"]) in (None, project)


def _codes(database: Database, project: int | None) -> Iterator[ForeignCode]:
    for row in database.rows("tags", ("id", "project_id", "path", "description")):
        key, name = whole(row["id"]), text(row["path"]).strip()
        if key is not None and name and _of(row, project):
            yield ForeignCode(str(key), (name,), text(row["description"]).strip())


def _tagged(database: Database, tags: Mapping[int, str]) -> dict[int, list[int]]:
    """Return each highlight's tags."""
    found: dict[int, dict[int, None]] = defaultdict(dict)
    for row in database.rows("highlight_tags", ("highlight_id", "tag_id")):
        highlight, tag = whole(row["highlight_id"]), whole(row["tag_id"])
        if highlight is not None and tag is not None and tag in tags:
            found[highlight][tag] = None
    return {highlight: list(given) for highlight, given in found.items()}


def _highlights(database: Database) -> dict[int, list[_Highlight]]:
    """Return each document's highlights."""
    found: dict[int, list[_Highlight]] = defaultdict(list)
    for row in database.rows("highlights", ("id", "document_id", "start_offset", "end_offset", "snippet")):
        document, key = whole(row["document_id"]), whole(row["id"])
        first, last = whole(row["start_offset"]), whole(row["end_offset"])
        if document is not None and key is not None:
            place = (-1, -1) if first is None or last is None else (first, last)
            found[document].append(_Highlight(key, *place, text(row["snippet"])))
    return found


def _given(database: Database) -> Iterable[tuple[tuple[int, int], _Given]]:
    """Return who gave each highlight each of its tags: whoever's command first named a tag that then stayed."""
    merged: dict[int, int] = {}
    state: dict[int, dict[int, _Given]] = {}
    for row in database.rows("commands", ("user_login", "date", "payload")):
        payload = _payload(row)
        if payload.get("type") == "tag_merge":
            source, into = _number(payload.get("src_tag_id")), _number(payload.get("dest_tag_id"))
            if source is not None and into is not None:
                merged[source] = into
        elif payload.get("type") == "highlight_add" and (highlight := _number(payload.get("highlight_id"))) is not None:
            by = (text(row["user_login"]).strip(), text(row["date"]).strip())
            before, tags = state.get(highlight, {}), payload.get("tags")
            named = [tag for tag in tags if _number(tag) is not None] if isinstance(tags, list) else []
            state[highlight] = {tag: before.get(tag, by) for tag in named}
    for highlight, given in state.items():
        for tag, by in reversed(given.items()):
            yield (highlight, _merged(tag, merged)), by


def _payload(row: Row) -> Mapping[str, object]:
    try:
        found = json.loads(text(row["payload"]))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _merged(tag: int, merged: Mapping[int, int]) -> int:
    for _ in range(_MERGES):
        if tag not in merged:
            break
        tag = merged[tag]
    return tag
