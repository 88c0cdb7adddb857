"""RQDA: projects as a database, with codes in categories, cases and attributes; what was deleted has another status."""

from collections import defaultdict
from collections.abc import Iterator

from service.domain.coded_file import CodedFile, ForeignCode, Left, coders_named
from service.readers.coded_files import placing, projects
from service.readers.coded_files.projects import Cases, keyed
from service.readers.containers.databases import Database, Row, text, whole

TOOL = "RQDA"
#: What a database of RQDA's holds.
TABLES = frozenset({"source", "freecode", "coding"})
_LIVE = 1
#: What of a project has no place in ours: its table, what it is, and why.
_PLACELESS = (
    ("annotation", "annotations", "remarks on places of a document have no place here"),
    ("journal", "journal entries", "a project's journal has no place here"),
    ("imageCoding", "codings of images", "images are not read"),
    ("coding2", "codings of the second coding", "RQDA keeps them apart from the project's codings"),
    ("treefile", "documents in file categories", "groups of documents have no place here"),
)
_CODING = ("cid", "fid", "seltext", "selfirst", "selend", "owner", "date", "memo")


def read_database(database: Database) -> CodedFile:
    """Read a project.

    Raises:
        BadInput: it is damaged.
    """
    sources = dict(keyed(_live(database, "source", "name", "file", "memo"), "id"))
    codes, notes = _codes(database)
    live = list(_live(database, "coding", *_CODING))
    rows = [row for row in live if whole(row["fid"]) in sources and projects.code_key(row) in codes]
    texts = {key: str(row["file"] or "") for key, row in sources.items()}
    placed = placing.place(texts, [projects.selection(row, "selfirst", "selend") for row in rows])
    cases = _cases(database)
    codings = projects.codings(rows, placed)
    return CodedFile(
        database.name,
        "",
        TOOL,
        tuple(projects.documents(sources, "file", codings, cases)),
        tuple(codes.values()),
        coders_named(projects.owners(codings)),
        placed.left + _left(database, len(live), len(live) - len(rows)) + cases.left(),
        placed.alignment,
        placed.notes + notes,
    )


def _live(database: Database, table: str, *columns: str) -> Iterator[Row]:
    """Yield the rows that were not deleted; a table without a status has none that were."""
    for row in database.rows(table, ("status", "id", *columns)):
        if row["status"] is None or whole(row["status"]) == _LIVE:
            yield row


def _codes(database: Database) -> tuple[dict[str, ForeignCode], tuple[str, ...]]:
    """Return the codes below their categories, and a note on those that have several."""
    categories = dict(keyed(_live(database, "codecat", "name", "catid", "memo"), "catid"))
    above: dict[int, dict[int, None]] = defaultdict(dict)
    for key, row in keyed(_live(database, "treecode", "cid", "catid"), "cid"):
        if (category := whole(row["catid"])) in categories and category is not None:
            above[key][category] = None
    paths = {key: (projects.title_of(row, f"category {key}"),) for key, row in categories.items()}
    found = {
        f"category:{key}": ForeignCode(f"category:{key}", paths[key], text(row["memo"]).strip(), codable=False)
        for key, row in categories.items()
    }
    for key, row in keyed(_live(database, "freecode", "name", "memo", "color"), "id"):
        branch = next((paths[category] for category in above.get(key, ())), ())
        path = (*branch, projects.title_of(row, f"code {key}"))
        memo = text(row["memo"]).strip()
        found[f"code:{key}"] = ForeignCode(f"code:{key}", path, memo, colour=projects.colour(row))
    several = sum(len(given) > 1 for given in above.values())
    return found, (f"{several} codes stand in several categories; the first counts.",) if several else ()


def _cases(database: Database) -> Cases:
    cases = dict(keyed(_live(database, "cases", "name"), "id"))
    return Cases(
        cases,
        projects.linked(_live(database, "caselinkage", "caseid", "fid"), cases),
        _attributes(database, "caseAttr", "caseID"),
        _attributes(database, "fileAttr", "fileID"),
    )


def _attributes(database: Database, table: str, column: str) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for key, row in keyed(_live(database, table, "variable", "value", column), column):
        variable, value = text(row["variable"]).strip(), text(row["value"]).strip()
        if variable and value and value != "NA":
            found[key][variable] = value
    return found


def _left(database: Database, live: int, orphans: int) -> tuple[Left, ...]:
    """Return what of the project stays behind."""
    stored = sum(1 for _ in database.rows("coding", ("cid",)))
    found = [
        Left("codings", "they were deleted in RQDA", stored - live),
        Left("codings", "their document or their code was deleted in RQDA", orphans),
    ]
    found += [Left(what, why, sum(1 for _ in _live(database, table))) for table, what, why in _PLACELESS]
    return tuple(left for left in found if left.count)
