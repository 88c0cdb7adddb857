"""What REFI-QDA projects and codebooks have in common: XML by the piece, identifiers, and the tree of codes.

Identifiers are those of the tool that the material came from where it gave any, and otherwise made from the content, so
that the same material is known as the same wherever it goes. Characters that XML can't hold become U+FFFD.
"""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from service import __version__
from service.domain.coded_file import ForeignCode
from service.writers.texts import for_xml

ORIGIN = f"Inkling {__version__}"
HEADER = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'

_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:inkling:refi-qda")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_GUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")


def guid(kind: str, *parts: object) -> str:
    """Return the identifier of something, made from what it is and what it holds."""
    return str(uuid.uuid5(_SPACE, "\x1f".join((kind, *map(str, parts)))))


def kept_guid(key: str) -> str:
    """Return a key as an identifier if it is one, "" otherwise."""
    return key.lower() if _GUID.fullmatch(key) else ""


def tag(kind: str, /, *, empty: bool = False, **attributes: str) -> str:
    """Return an opening tag, or that of an empty element, with those attributes that say something."""
    given = "".join(f" {key}={quoteattr(for_xml(value))}" for key, value in attributes.items() if value)
    return f"<{kind}{given}{'/' * empty}>"


def worded(name: str, words: str) -> str:
    """Return an element of words, "" where there are none."""
    return f"<{name}>{escape(for_xml(words), {chr(13): '&#13;'})}</{name}>" if words else ""


@dataclass
class CodeTree:
    """Codes as a tree; what a path names and no code is becomes a heading."""

    codes: Sequence[ForeignCode]
    #: The identifier of each code by its key.
    guids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._below: dict[tuple[str, ...], list[ForeignCode]] = {}
        paths: set[tuple[str, ...]] = set()
        told = {code.path for code in self.codes}
        for code in self.codes:
            for depth in range(1, len(code.path)):
                heading = code.path[:depth]
                if heading not in told and heading not in paths:
                    self._add(ForeignCode("", heading, codable=False))
                    paths.add(heading)
            self._add(code)
        used: set[str] = set()
        for number, code in enumerate(self.codes):
            own = kept_guid(code.key) or guid("code", *code.path)
            self.guids[code.key] = own if own not in used else guid("code", *code.path, number)
            used.add(self.guids[code.key])

    def _add(self, code: ForeignCode) -> None:
        self._below.setdefault(code.path[:-1], []).append(code)

    def xml(self) -> Iterator[str]:
        """Yield the tree as XML, the element of all codes around it; nothing where there are none."""
        if self.codes:
            yield "<Codes>\n"
            yield from self._branch((), set())
            yield "</Codes>\n"

    def _branch(self, path: tuple[str, ...], grown: set[tuple[str, ...]]) -> Iterator[str]:
        """Yield the codes below a path; of two codes of one path the first has what lies below."""
        for code in self._below.get(path, ()):
            colour = code.colour if _COLOUR.fullmatch(code.colour) else ""
            yield tag(
                "Code",
                guid=self.guids[code.key] if code.key else guid("code", *code.path),
                name=code.name or "Unnamed code",
                isCodable="true" if code.codable else "false",
                color=colour,
            )
            yield worded("Description", code.description)
            if code.path not in grown:
                grown.add(code.path)
                yield from self._branch(code.path, grown)
            yield "</Code>\n"
