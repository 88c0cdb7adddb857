"""What a file of another tool holds: documents, a tree of codes, coders, and who gave which codes to which words.

A reader fills this in; nothing is decided here, and nothing is anyone's final coding. Offsets are code points into
`ForeignDocument.text`, whose line ends are newlines, whatever the tool counts in.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from service.domain.codebook import NO_CHARACTER
from service.domain.coding import AdviceGiven
from service.domain.transcript import Participant, Turn

#: Words behind a program's name; a version is one.
_MARK = (
    r"(?:ai|agent|assist\w*+|auto\w*+|bot|gpt|llm|pro|mini|nano|turbo|opus|sonnet|haiku|flash|large|medium|small|preview"
    r"|instruct|[ck]odierung|o\d|v?\d[\w.]*+)"
)
_BETWEEN = r"[-_ .,:/\\|()\[\]]*+"
_VENDOR = rf"(?:(?:anthropic|google|microsoft|meta|openai|mistral|intentional|azure){_BETWEEN})"
#: Names that people have too, or that also stand for a tool's ordinary user.
_SHARED = r"(?:claude|gemini|mistral|mixtral|llama|deepseek|qwen|grok)"
#: Coders that are programs: the users under whom tools code by themselves. Names that people have too (Claude) or that
#: also stand for a tool's ordinary user count only with a word that no person's name has, such as a version.
_MACHINE = re.compile(
    rf"{_VENDOR}?(?:nvivo|atlas[. ]?ti|auto[- ]?cod\w*+|ai|a\.i\.?|llm|copilot|chat[- ]?gpt|gpt|openai|inkling"
    r"|(?:large )?language[- ]model|artificial intelligence|(?:chat|coding)[- ]?bot|machine[- ]?cod(?:er|ed|ing)"
    rf"|o\d-(?:mini|pro|preview)|{_VENDOR}{_SHARED}"
    rf"|(?:{_SHARED}|maxqda|qualcoder|dedoose|taguette|delve|model|machine|ki){_BETWEEN}{_MARK})"
    rf"(?:{_BETWEEN}(?:{_MARK}|assistant|coder|coding|coded|model|user|system))*+",
    re.IGNORECASE,
)
#: Beside what the file says: how our own exports call whom a file showed to be a machine.
_MARKED = " (machine)"
#: Given names, written as such; all in capitals they are what programs are called (KI in German).
_GIVEN_NAME = re.compile(r"(?:Ai|Ki)(?: ?\d)?")
_GERMAN = "KI"


@dataclass(frozen=True)
class ForeignCode:
    """A code of the file's tree; `path` holds the names from the root down to its own."""

    key: str
    path: tuple[str, ...]
    description: str = ""
    #: False for a heading that gathers codes and is none itself.
    codable: bool = True
    #: "#rrggbb", or "" where the file says none.
    colour: str = ""

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]


@dataclass(frozen=True)
class ForeignCoder:
    """Someone whom the file names as having coded; the key is "" for codings of nobody named."""

    key: str
    name: str
    #: Whether the file shows that it is a tool's machine and no person.
    machine: bool = False


@dataclass(frozen=True)
class ForeignCoding:
    """One code given by one coder to a stretch of a document, `text[start:end]`."""

    start: int
    end: int
    #: Keys of the file's code and coder.
    code: str
    coder: str
    memo: str = ""
    #: When it was made, in the file's words (ISO 8601 where it has them).
    made_at: str = ""
    #: Whether the file says that its coder had been shown advice, and of which models.
    advice: AdviceGiven = "none"
    adviser: str = ""


@dataclass(frozen=True)
class NoneApplies:
    """A coder's statement that no code of a branch applies to a stretch; files of coded excerpts say so."""

    start: int
    end: int
    branch: str
    coder: str
    advice: AdviceGiven = "none"
    adviser: str = ""


@dataclass(frozen=True)
class Unit:
    """A segment as the file itself cuts it, and its position among the document's segments."""

    position: int
    start: int
    end: int
    speaker: str = ""
    #: The turn before, as the file gives it.
    context: str = ""


@dataclass(frozen=True)
class ForeignDocument:
    """A document with its text and codings."""

    name: str
    text: str
    codings: tuple[ForeignCoding, ...] = ()
    #: Who speaks where, if the file itself says so; otherwise it is looked for in the text.
    turns: tuple[Turn, ...] = ()
    #: The segments, where the file is made of them; otherwise the text is cut.
    units: tuple[Unit, ...] = ()
    nothing: tuple[NoneApplies, ...] = ()
    participant: Participant | None = None
    #: Excerpts without the words between them, which belong into the document of this name where the project has it.
    loose: bool = False
    #: Whether the file itself says where its segments stand among the document's; otherwise they are merely numbered.
    placed: bool = True
    memo: str = ""


@dataclass(frozen=True)
class Left:
    """Something of the file that does not come along, in the plural, and why; `count` of them."""

    #: In the plural, such as "pictures".
    what: str
    why: str
    count: int = 1


@dataclass(frozen=True)
class Alignment:
    """How well the file's offsets fit its texts, under the way of counting that was chosen."""

    selections: int
    #: Of these, how many begin and end where a person would: at the edge of a word, or at words that the file repeats.
    aligned: int
    #: Such as "UTF-16 units, a line end counts as two".
    counted_in: str


@dataclass(frozen=True)
class CodedFile:
    """Everything that a reader found in a file."""

    name: str
    sha256: str
    #: The tool that wrote it, as the file says it.
    tool: str
    documents: tuple[ForeignDocument, ...] = ()
    codes: tuple[ForeignCode, ...] = ()
    coders: tuple[ForeignCoder, ...] = ()
    left: tuple[Left, ...] = ()
    alignment: Alignment | None = None
    notes: tuple[str, ...] = ()
    #: Codings by their column, guessed or told: what a table's columns were taken for.
    columns: dict[str, str] = field(default_factory=dict)
    #: The titles of all columns of a table, to choose another from.
    titles: tuple[str, ...] = ()
    #: Whether what it says of each segment is whole, so that nobody need say what lies under no selection.
    explicit: bool = False

    @property
    def codings(self) -> int:
        """How many codings it holds."""
        return sum(len(document.codings) for document in self.documents)


def is_machine(name: str) -> bool:
    """Say whether a coder's name is one under which a tool codes by itself, such as NVivo's autocoding user."""
    plain = "".join("-" if kind == "Pd" else c for c, kind in _kinds(name) if kind != "Cf")
    plain = " ".join(plain.split())
    if plain.endswith(_MARKED):
        return True
    plain = plain.strip("@[](){}_.,:;\"'*#<> ")
    if _GIVEN_NAME.fullmatch(plain):
        return False
    return plain == _GERMAN or _MACHINE.fullmatch(plain) is not None


def _kinds(name: str) -> Iterator[tuple[str, str]]:
    """Yield a name's characters as they are compared (no wide forms), and what kind each is of."""
    return ((c, unicodedata.category(c)) for c in unicodedata.normalize("NFKC", name))


def marked_machine(name: str) -> str:
    """Return a machine's name so that whoever reads it again knows it for one."""
    return name if is_machine(name) else f"{name}{_MARKED}"


def coders_named(names: Iterable[tuple[str, str]]) -> tuple[ForeignCoder, ...]:
    """Return coders of these keys and names, machines recognised by their names."""
    return tuple(ForeignCoder(key, name, is_machine(name)) for key, name in names)


def storable(file: CodedFile) -> CodedFile:
    """Return a file with a replacement character for each that no store keeps, so that no offset moves."""
    found: CodedFile = _storable(file)
    note = "Characters that are none (NUL, or half of a pair) are now replacement characters."
    return file if found is file else replace(found, notes=(*found.notes, note))


def _storable(value: Any) -> Any:
    """Return a value made whole; the same object where nothing had to be."""
    if isinstance(value, str):
        return NO_CHARACTER.sub("\ufffd", value) if NO_CHARACTER.search(value) else value
    if isinstance(value, tuple):
        found = [_storable(item) for item in value]
        return tuple(found) if any(new is not old for new, old in zip(found, value, strict=True)) else value
    if isinstance(value, Mapping):
        pairs = tuple(value.items())
        whole = _storable(pairs)
        return value if whole is pairs else dict(whole)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: getattr(value, part.name) for part in fields(value)}
        changed = {name: new for name, old in parts.items() if (new := _storable(old)) is not old}
        return replace(value, **changed) if changed else value
    return value
