"""The code tree of a REFI-QDA project or codebook."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from service.domain.coded_file import ForeignCode
from service.readers.coded_files.refi_memos import Memos
from service.readers.coded_files.refi_xml import Element

_COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_NAMELESS = "Unnamed code"


@dataclass
class Tree:
    """The codes found so far, and what was odd about them."""

    #: Codes that stand for cases are none: NVivo gives its cases a code each.
    cases: Collection[str]
    memos: Memos
    codes: list[ForeignCode] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    odd: Counter[str] = field(default_factory=Counter)


def read(elements: Sequence[Element], memos: Memos, cases: Collection[str] = ()) -> tuple[list[ForeignCode], list[str]]:
    """Return the codes in the tree's order, and notes on what had to be changed.

    Args:
        elements: the codes at the root.
        memos: the project's memos.
        cases: what cases are known as.
    """
    tree = Tree(cases, memos)
    _grow(tree, (), elements)
    said = {
        "nameless": f'codes without a name are called "{_NAMELESS}"',
        "name": "codes have the name of another beside them; a number was added",
        "key": "codes have the identifier of another; codings that name it are taken for the first",
        "case": "codes stand for cases; they are taken as cases and not as codes",
    }
    return tree.codes, [f"{tree.odd[what]:,} {words}." for what, words in said.items() if tree.odd[what]]


def unlike(name: str, taken: dict[str, int]) -> str:
    """Return a name with a number where it is taken, and remember it.

    Args:
        name: the name.
        taken: the names that there are, with the last number that each got.
    """
    number, given = taken.get(name, 0), name
    while name in taken:
        number += 1
        name = f"{given} ({number})"
    taken[given] = number or 1
    taken.setdefault(name, 1)
    return name


def _grow(tree: Tree, above: tuple[str, ...], elements: Sequence[Element]) -> bool:
    """Add codes below a path; say whether there were any but cases."""
    taken: dict[str, int] = {}
    added = False
    for element in elements:
        path = (*above, _name(tree, element, taken))
        place = len(tree.codes)
        below = element.all("Code")
        key = _key(tree, element, path)
        grown = _grow(tree, path, below)
        is_case = key in tree.cases
        tree.odd["case"] += is_case
        codable = element.get("isCodable").strip().casefold() not in ("false", "0") and not is_case
        if codable or grown or not (is_case or below):
            memo = tree.memos.of([element.words("Description")], element.targets("NoteRef"), key)
            tree.codes.insert(place, ForeignCode(key, path, memo, codable, _colour(element.get("color"))))
            added = True
    return added


def _name(tree: Tree, element: Element, taken: dict[str, int]) -> str:
    """Return a code's name, made to differ from those beside it."""
    name = element.get("name").strip()
    tree.odd["nameless"] += not name
    tree.odd["name"] += name in taken
    return unlike(name or _NAMELESS, taken)


def _key(tree: Tree, element: Element, path: tuple[str, ...]) -> str:
    """Return what a code is known as, made to differ from all others."""
    key = element.guid() or "/".join(path)
    if key in tree.keys:
        tree.odd["key"] += 1
        key = f"{key} {len(tree.keys)}"
    tree.keys.add(key)
    return key


def _colour(given: str) -> str:
    colour = given.strip().casefold()
    if not _COLOUR.fullmatch(colour):
        return ""
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])
