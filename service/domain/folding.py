"""A tree of codes folded into dimensions: which branch is which, and which code of a codebook each code is."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from service import errors
from service.domain import codebook
from service.domain.codebook import Code, Codebook, Dimension
from service.domain.coded_file import ForeignCode

#: Between the names of a path, where a person writes or reads one.
STEP = " > "
#: The dimension of codes that stand at the top and have none below them.
LOOSE_CODES = "codes"
_LONGEST_ID = 200

Path = tuple[str, ...]
#: Ids of codes by dimension, and by their names as names are compared.
_Names = Mapping[str, Mapping[str, set[str]]]


@dataclass(frozen=True)
class Target:
    """A code of the project's codebook."""

    dimension: str
    code: str


@dataclass(frozen=True)
class Choices:
    """What a person says of a file's codes; what they leave open is matched by name."""

    #: Dimension by branch, as `path_text` writes it; "" takes a branch for none.
    dimensions: Mapping[str, str] = field(default_factory=dict)
    #: "dimension:code" by code; "" leaves the code out.
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Matching:
    """What became of a file's codes, by key."""

    targets: Mapping[str, Target]
    #: Left out because a person says so.
    ignored: frozenset[str] = frozenset()
    #: Why a code is none of the codebook's.
    unmatched: Mapping[str, str] = field(default_factory=dict)
    #: The dimensions that an unmatched code may speak of: that of its branch, and those of the branch's other codes.
    doubtful: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: The codebook's dimension by branch, as `path_text` writes it.
    branches: Mapping[str, str] = field(default_factory=dict)

    def dimension_of(self, branch: str, book: Codebook) -> str | None:
        """Return the codebook's dimension that a branch stands for; None where it is none."""
        known = _dimension_ids(book)
        return self.branches.get(branch, known.get(_plain(branch)))


def path_text(path: Path) -> str:
    """Return a path as a person writes it."""
    return STEP.join(path)


def branches(codes: Sequence[ForeignCode], chosen: Mapping[str, str]) -> dict[Path, str]:
    """Say which branch is which dimension.

    Branches that a person names are what they say. Of the rest, each code at the top with codes below it is a dimension
    of its own name, and those without any are the dimension `codes`, which has the empty path.

    Raises:
        Unprocessable: a named branch is not in the tree.
    """
    tree = _Tree(codes)
    found = {tree.branch(name): dimension for name, dimension in chosen.items()}
    parents = {code.path[:-1] for code in codes}
    leaves = (code.path for code in codes if code.path not in parents)
    for path in [path for path in leaves if _longest(path, found) is None]:
        alone = len(path) == 1
        found.setdefault(() if alone else path[:1], LOOSE_CODES if alone else path[0])
    return found


def _longest(path: Path, found: Container[Path]) -> Path | None:
    """Return the innermost of some branches that a code stands in; None where it stands in none."""
    return next((path[:n] for n in range(len(path), 0, -1) if path[:n] in found), None)


def _standing_in(path: Path, found: Container[Path]) -> Path | None:
    """Return the same, or the branch without a name where there is one."""
    return _longest(path, found) or (() if () in found else None)


class _Tree:
    """A tree of codes, in which a person names branches."""

    def __init__(self, codes: Sequence[ForeignCode]) -> None:
        self._codes = codes

    @cached_property
    def _by_name(self) -> tuple[dict[str, list[Path]], ...]:
        """The branches by their paths as written, by their paths as compared, and by their own names as compared."""
        exact, whole, own = defaultdict[str, list[Path]](list), defaultdict[str, list[Path]](list), defaultdict(list)
        for path in dict.fromkeys(code.path[:depth] for code in self._codes for depth in range(1, len(code.path) + 1)):
            exact[path_text(path)].append(path)
            whole[_plain(path_text(path))].append(path)
            own[_plain(path[-1])].append(path)
        return exact, whole, own

    def branch(self, name: str) -> Path:
        """Return the branch that a person names by its path or, where that is clear, by its own name.

        The codes at the top that have none below them are the branch without a name.
        """
        if not name:
            return ()
        exact, whole, own = self._by_name
        if len(exact.get(name, ())) == 1:
            return exact[name][0]
        named = whole.get(_plain(name)) or own.get(_plain(name), [])
        if len(named) != 1:
            what = "is not in the file's tree of codes" if not named else "stands there more than once; give its path"
            raise errors.Unprocessable(f"The branch {errors.shown(name)} {what}.")
        return named[0]


def _plain(text: str) -> str:
    """Return a name as names are compared."""
    return " ".join(text.replace("_", " ").casefold().split())


def folded(codes: Sequence[ForeignCode], chosen: Mapping[str, str]) -> dict[str, tuple[str, Path]]:
    """Return of each codable code, by key, its dimension and its path below the branch; codes outside any are left."""
    return _folded(codes, branches(codes, chosen))


def _folded(codes: Sequence[ForeignCode], found: Mapping[Path, str]) -> dict[str, tuple[str, Path]]:
    parents = {code.path[:-1] for code in codes}
    out = {}
    for code in codes:
        branch = _standing_in(code.path, found)
        if branch is None or not found[branch]:
            continue
        if code.path == branch and (code.path in parents or not code.codable):
            continue
        if code.codable:
            out[code.key] = found[branch], code.path[len(branch) :] or code.path[-1:]
    return out


def codebook_of(
    name: str, codes: Sequence[ForeignCode], chosen: Mapping[str, str], used: Iterable[str] = ()
) -> Codebook:
    """Fold a tree of codes into a codebook whose dimensions take many codes.

    Args:
        name: what the codebook is called, before a digest of what it holds: two trees of one name are two codebooks.
        codes: the tree.
        chosen: dimension by branch, as a person says it.
        used: keys of codes that were given to something: a branch's own top is a code only if it was.

    Raises:
        BadCodebook: there is no code in the tree.
        Unprocessable: a named branch is not in the tree.
    """
    dimension_of = branches(codes, chosen)
    places = _folded(codes, dimension_of) | _used_tops(codes, dimension_of, frozenset(used))
    if not places:
        raise errors.BadCodebook(f"{name}: there are no codes in it.")
    found: dict[str, dict[str, Code]] = {}
    labels: dict[str, str] = {}
    for code in codes:
        if code.key in places:
            dimension, path = places[code.key]
            of = found.setdefault(_id((dimension,)), {})
            of.setdefault(_id(path), Code(_id(path), _label(path), _whole(code.description)))
            labels.setdefault(_id((dimension,)), _label((dimension,)))
    dimensions = tuple(Dimension(d, labels[d], "many", tuple(of.values())) for d, of in found.items())
    book = Codebook(name, "1", dimensions)
    digest = hashlib.sha256(json.dumps(codebook.as_dict(book), sort_keys=True).encode()).hexdigest()
    return replace(book, name=f"{name}-{digest[:8]}")


def _used_tops(
    codes: Sequence[ForeignCode], found: Mapping[Path, str], used: frozenset[str]
) -> dict[str, tuple[str, Path]]:
    return {
        code.key: (found[code.path], code.path[-1:])
        for code in codes
        if code.key in used and found.get(code.path) and code.codable
    }


def _id(path: Path) -> str:
    """Return an id that a codebook takes."""
    return _line(path_text(path)).replace(";", ",")[:_LONGEST_ID].strip() or "?"


def _label(path: Path) -> str:
    return _line(path_text(path)) or "?"


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _whole(text: str) -> str:
    """Return a text without what no store keeps."""
    return codebook.NO_CHARACTER.sub("", text)


def match(codes: Sequence[ForeignCode], book: Codebook, choices: Choices) -> Matching:
    """Say which code of a codebook each code of a file is.

    A person's word goes first; then the code's branch says the dimension and its name the code; else its path, as much
    of it as any dimension has, where only one has it. So a project made of a tree knows the tree's codes again,
    whatever its dimensions are called.

    Raises:
        Unprocessable: a person names a branch, code or dimension that is not there.
    """
    told = _told(codes, book, choices.codes)
    known, names = _dimension_ids(book), _code_ids(book)
    homes = _homes(names)
    _check_dimensions(choices.dimensions, book, known)
    dimension_of = branches(codes, choices.dimensions)
    places = _folded(codes, dimension_of)
    targets = {key: target for key, target in told.items() if target is not None}
    ignored = {key for key, target in told.items() if target is None} | (
        _of_no_dimension(codes, dimension_of) - {*told}
    )
    unmatched: dict[str, str] = {}
    for code in codes:
        if code.key in told or code.key in ignored:
            continue
        found = _by_branch(code, names, known, places.get(code.key)) or _by_path(code, names, homes)
        if len(found) == 1:
            targets[code.key] = found[0]
        elif code.codable:
            many = ", ".join(f"{t.dimension}:{t.code}" for t in found)
            unmatched[code.key] = f"several codes have its name ({many})" if found else "the codebook has no such code"
    return Matching(
        targets,
        frozenset(ignored),
        unmatched,
        _doubtful(unmatched, places, known, targets),
        {path_text(path): known[_plain(name)] for path, name in dimension_of.items() if _plain(name) in known},
    )


def _of_no_dimension(codes: Sequence[ForeignCode], found: Mapping[Path, str]) -> set[str]:
    """Return the codes of branches of which a person says that they are no dimension."""
    none = {path for path, dimension in found.items() if not dimension}
    return {code.key for code in codes if none and _standing_in(code.path, found) in none}


def _doubtful(
    unmatched: Iterable[str],
    places: Mapping[str, tuple[str, Path]],
    known: Mapping[str, str],
    targets: Mapping[str, Target],
) -> dict[str, frozenset[str]]:
    """Return by unmatched code the dimensions in which nobody knows what it says of a segment."""
    spoken_of = {name: {known[_plain(name)]} if _plain(name) in known else set() for name, _ in places.values()}
    for key, (name, _) in places.items():
        spoken_of[name] |= {targets[key].dimension} if key in targets else set()
    return {key: frozenset(spoken_of[places[key][0]]) for key in unmatched if key in places}


def _dimension_ids(book: Codebook) -> dict[str, str]:
    """Return the dimensions' ids by their names, as names are compared."""
    return {_plain(name): dimension.id for dimension in book.dimensions for name in (dimension.label, dimension.id)}


def _code_ids(book: Codebook) -> _Names:
    """Return the ids of a codebook's codes, by dimension and by their names as names are compared."""
    found: dict[str, dict[str, set[str]]] = {}
    for dimension in book.dimensions:
        of = found.setdefault(dimension.id, {})
        for code in dimension.codes:
            for name in (code.id, code.label):
                of.setdefault(_plain(name), set()).add(code.id)
    return found


def _told(codes: Sequence[ForeignCode], book: Codebook, chosen: Mapping[str, str]) -> dict[str, Target | None]:
    out: dict[str, Target | None] = {}
    tree, keys = _Tree(codes), defaultdict[Path, list[str]](list)
    for code in codes:
        keys[code.path].append(code.key)
    for name, wanted in chosen.items():
        out |= dict.fromkeys(keys[tree.branch(name)], _target(wanted, book) if wanted else None)
    return out


def _target(wanted: str, book: Codebook) -> Target:
    """Return the code that `dimension:code` names."""
    for dimension in book.dimensions:
        for code in dimension.codes:
            if wanted in (f"{dimension.id}:{code.id}", f"{dimension.label}:{code.label}"):
                return Target(dimension.id, code.id)
    raise errors.Unprocessable(f"The codebook has no code {errors.shown(wanted, 100)}; write dimension:code.")


def _check_dimensions(chosen: Mapping[str, str], book: Codebook, known: Container[str]) -> None:
    """Refuse what a person calls a branch, where the codebook has no such dimension."""
    for dimension in chosen.values():
        if dimension and _plain(dimension) not in known:
            names = ", ".join(d.id for d in book.dimensions)
            raise errors.Unprocessable(f"The codebook has no dimension {errors.shown(dimension)}; it has {names}.")


def _by_branch(
    code: ForeignCode, names: _Names, known: Mapping[str, str], place: tuple[str, Path] | None
) -> list[Target]:
    if place is None or _plain(place[0]) not in known:
        return []
    dimension, path = known[_plain(place[0])], place[1]
    exact = _named(dimension, names, {_plain(path_text(path)), _plain(_id(path))})
    return exact or _named(dimension, names, {_plain(code.name)})


def _homes(names: _Names) -> dict[str, list[str]]:
    """Return the dimensions that have a code of a name."""
    found = defaultdict[str, list[str]](list)
    for dimension, of in names.items():
        for name in of:
            found[name].append(dimension)
    return found


def _by_path(code: ForeignCode, names: _Names, homes: Mapping[str, list[str]]) -> list[Target]:
    """Return the codes of any dimension that are called as the code, with as many of the steps above it as fit."""
    for step in range(len(code.path)):
        name = _plain(path_text(code.path[step:]))
        if name in homes:
            return [target for dimension in homes[name] for target in _named(dimension, names, {name})]
    return []


def _named(dimension: str, names: _Names, wanted: set[str]) -> list[Target]:
    found = {code for name in wanted for code in names[dimension].get(name, ())}
    return [Target(dimension, code) for code in sorted(found)]
