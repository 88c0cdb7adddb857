"""QualCoder: the database of a project (data.qda), with codes in categories, cases and attributes."""

from collections import defaultdict
from collections.abc import Mapping

from service.domain.coded_file import CodedFile, ForeignCode, Left, coders_named
from service.readers.coded_files import placing, projects
from service.readers.coded_files.projects import Cases, keyed
from service.readers.containers.databases import Database, Row, text, whole

TOOL = "QualCoder"
#: What a database of QualCoder's holds.
TABLES = frozenset({"source", "code_text", "code_name"})
_DEEPEST = 50
#: What of a project has no place in ours: its table, what it is, and why.
_PLACELESS = (
    ("annotation", "annotations", "remarks on places of a document have no place here"),
    ("journal", "journal entries", "a project's journal has no place here"),
    ("code_image", "codings of images", "images are not read"),
    ("code_av", "codings of recordings", "recordings are not read"),
)
_CODING = ("cid", "fid", "seltext", "pos0", "pos1", "owner", "date", "memo")


def read_database(database: Database) -> CodedFile:
    """Read a project.

    Raises:
        BadInput: it is damaged.
    """
    every = dict(keyed(database.rows("source", ("id", "name", "fulltext", "memo")), "id"))
    sources = {key: row for key, row in every.items() if row["fulltext"] is not None}
    codes = _codes(database)
    found = list(database.rows("code_text", _CODING))
    rows = [row for row in found if whole(row["fid"]) in sources and projects.code_key(row) in codes]
    texts = {key: str(row["fulltext"]) for key, row in sources.items()}
    placed = placing.place(texts, [projects.selection(row, "pos0", "pos1") for row in rows])
    cases = _cases(database)
    codings = projects.codings(rows, placed)
    lost = (
        Left("codings", "their document has no text or their code is not in the project", len(found) - len(rows)),
        Left("sources without text", "images, recordings and PDFs are not read", len(every) - len(sources)),
        *(Left(what, why, sum(1 for _ in database.rows(table, ("owner",)))) for table, what, why in _PLACELESS),
    )
    return CodedFile(
        database.name,
        "",
        TOOL,
        tuple(projects.documents(sources, "fulltext", codings, cases)),
        tuple(codes.values()),
        coders_named(projects.owners(codings)),
        placed.left + tuple(left for left in lost if left.count) + cases.left(),
        placed.alignment,
        placed.notes,
    )


def _codes(database: Database) -> dict[str, ForeignCode]:
    """Return the codes below their categories; a code may itself stand below another."""
    categories = dict(keyed(database.rows("code_cat", ("catid", "name", "memo", "supercatid")), "catid"))
    names = dict(keyed(database.rows("code_name", ("cid", "name", "memo", "catid", "supercid", "color")), "cid"))
    paths = {key: _path(_chain(key, categories, "supercatid"), categories) for key in categories}
    found = {
        f"category:{key}": ForeignCode(f"category:{key}", paths[key], text(row["memo"]).strip(), codable=False)
        for key, row in categories.items()
    }
    for key, row in names.items():
        chain = _chain(key, names, "supercid")
        category = whole(names[chain[-1]]["catid"])
        branch = paths.get(category, ()) if category is not None else ()
        path = (*branch, *_path(chain, names))
        memo = text(row["memo"]).strip()
        found[f"code:{key}"] = ForeignCode(f"code:{key}", path, memo, colour=projects.colour(row))
    return found


def _chain(key: int, rows: Mapping[int, Row], above: str) -> list[int]:
    """Return what stands above a row, itself first, as far as it goes without turning in circles."""
    chain = [key]
    while (up := whole(rows[chain[-1]][above])) in rows and up is not None:
        if up in chain or len(chain) == _DEEPEST:
            break
        chain.append(up)
    return chain


def _path(chain: list[int], rows: Mapping[int, Row]) -> tuple[str, ...]:
    return tuple(projects.title_of(rows[key], f"number {key}") for key in reversed(chain))


def _cases(database: Database) -> Cases:
    cases = dict(keyed(database.rows("cases", ("caseid", "name")), "caseid"))
    attributes: dict[str, dict[int, dict[str, str]]] = {
        "case": defaultdict(dict),
        "file": defaultdict(dict),
    }
    for key, row in keyed(database.rows("attribute", ("name", "attr_type", "value", "id")), "id"):
        name, value = text(row["name"]).strip(), text(row["value"]).strip()
        of = attributes.get(text(row["attr_type"]).strip().lower())
        if of is not None and name and value:
            of[key][name] = value
    links = projects.linked(database.rows("case_text", ("caseid", "fid")), cases)
    return Cases(cases, links, attributes["case"], attributes["file"])
