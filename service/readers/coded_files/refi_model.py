"""What a REFI-QDA project says, before its offsets are mapped and its references followed."""

import re
from collections import Counter
from dataclasses import dataclass, field

from service import errors
from service.readers.coded_files import refi_xml
from service.readers.coded_files.refi_xml import Element

#: Codes, sources with memos, users and so on, of each.
_MOST = 100_000
_COUNTED = {"User": "users", "Case": "cases", "Variable": "variables", "Link": "links"}
_POSITION = re.compile(r"\s*[+-]?[0-9]{1,12}\s*")


@dataclass(frozen=True, slots=True)
class Coding:
    """A code given by somebody."""

    code: str
    user: str
    made_at: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """A stretch of a text in the tool's own counting, or an area of something else, which has no offsets."""

    guid: str
    name: str
    start: int | None
    end: int | None
    user: str
    made_at: str
    memo: str
    notes: tuple[str, ...]
    codings: tuple[Coding, ...]


@dataclass(slots=True)
class Source:
    """A text, a picture, a recording, a memo; `parts` are the texts that belong to it."""

    tag: str
    guid: str
    name: str
    plain_path: str
    rich_path: str
    memos: list[str] = field(default_factory=list)
    content: str | None = None
    selections: list[Selection] = field(default_factory=list)
    #: Pieces of pictures, pages and recordings.
    areas: list[Selection] = field(default_factory=list)
    #: Codings of the whole.
    codings: list[Coding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    parts: list["Source"] = field(default_factory=list)
    #: Where in a transcript's text its time marks stand.
    marks: dict[str, int] = field(default_factory=dict)

    @property
    def coded(self) -> int:
        """How many codings it holds."""
        selections = (*self.selections, *self.areas)
        return len(self.codings) + sum(len(selection.codings) for selection in selections)


@dataclass(frozen=True, slots=True)
class Case:
    """A unit of analysis: a person, an organisation, a place."""

    guid: str
    name: str
    memo: str
    codes: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    selections: tuple[str, ...]


@dataclass(slots=True)
class Project:
    """A project, or a codebook alone."""

    root: str = ""
    origin: str = ""
    users: dict[str, str] = field(default_factory=dict)
    codes: list[Element] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    notes: dict[str, Source] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    memo: str = ""
    own_notes: tuple[str, ...] = ()
    #: How many there are of what is not looked into.
    others: Counter[str] = field(default_factory=Counter)


class Collector:
    """Makes a project of a file's elements as they come."""

    def __init__(self, name: str) -> None:
        self.project = Project()
        self._name = name
        self._sources: list[Source] = []
        self._counts: Counter[str] = Counter()

    def begin(self, element: Element) -> None:
        """Begin a source, or note what the file says of itself."""
        if not self.project.root:
            self.project.root, self.project.origin = element.tag, element.get("origin")
        if element.tag in refi_xml.SOURCES:
            self._begin_source(element)

    def end(self, tag: str) -> None:
        """End a source."""
        if tag in refi_xml.SOURCES:
            self._sources.pop()

    def take(self, element: Element) -> None:
        """Take an element into the source that is open, or into the project."""
        self._count(*(("codes", _size(element)) if element.tag == "Code" else (_COUNTED.get(element.tag, ""), 1)))
        if self._sources:
            _into_source(self._sources[-1], element)
        else:
            _into_project(self.project, element)

    def _count(self, what: str, more: int) -> None:
        self._counts[what] += more
        if what and self._counts[what] > _MOST:
            raise errors.TooLarge(f"{self._name}: more than {_MOST:,} {what}; no project has so many.")

    def _begin_source(self, element: Element) -> None:
        self._count("sources and memos", 1)
        source = Source(
            element.tag,
            element.guid(),
            element.get("name").strip(),
            element.get("plainTextPath").strip(),
            element.get("richTextPath").strip(),
        )
        if self._sources:
            self._sources[-1].parts.append(source)
        elif element.tag == "Note":
            self.project.notes.setdefault(source.guid, source)
        else:
            self.project.sources.append(source)
        self._sources.append(source)


def _size(code: Element) -> int:
    """Return how many codes a branch holds."""
    return 1 + sum(map(_size, code.all("Code")))


def _into_source(source: Source, element: Element) -> None:
    match element.tag:
        case "PlainTextSelection":
            source.selections.append(_selection(element, element.get("startPosition"), element.get("endPosition")))
        case "Coding":
            source.codings += _codings([element])
        case "Description":
            source.memos.append(element.text)
        case "PlainTextContent":
            source.content = (source.content or "") + element.text
        case "NoteRef":
            source.notes.append(element.guid("targetGUID"))
        case "VariableValue":
            source.values += _values([element])
        case "SyncPoint":
            source.marks[element.guid()] = _number(element.get("position")) or 0
        case "TranscriptSelection":
            begin, end = (source.marks.get(element.guid(name)) for name in ("fromSyncPoint", "toSyncPoint"))
            source.selections.append(_selection(element, begin, end))
        case tag if tag.endswith("Selection"):
            source.areas.append(_selection(element, None, None))


def _into_project(project: Project, element: Element) -> None:
    match element.tag:
        case "User":
            project.users.setdefault(element.guid(), (element.get("name") or element.get("id")).strip())
        case "Code":
            project.codes.append(element)
        case "Variable":
            project.variables.setdefault(element.guid(), element.get("name").strip())
        case "Case":
            project.cases.append(_case(element))
        case "Link":
            project.links.append((element.guid("originGUID"), element.guid("targetGUID")))
        case "Description":
            project.memo += element.text
        case "NoteRef":
            project.own_notes += (element.guid("targetGUID"),)
        case tag:
            project.others[tag] += 1


def _selection(element: Element, start: str | int | None, end: str | int | None) -> Selection:
    return Selection(
        element.guid(),
        element.get("name"),
        _number(start),
        _number(end),
        element.guid("creatingUser"),
        element.get("creationDateTime").strip(),
        element.words("Description"),
        element.targets("NoteRef"),
        tuple(_codings(element.all("Coding"))),
    )


def _codings(elements: list[Element]) -> list[Coding]:
    """Return a coding for each code that an element points at, or one of no code."""
    return [
        Coding(code, element.guid("creatingUser"), element.get("creationDateTime").strip(), element.targets("NoteRef"))
        for element in elements
        for code in element.targets("CodeRef") or ("",)
    ]


def _case(element: Element) -> Case:
    return Case(
        element.guid(),
        element.get("name").strip(),
        element.words("Description"),
        element.targets("CodeRef"),
        tuple(_values(element.all("VariableValue"))),
        element.targets("SourceRef"),
        element.targets("SelectionRef"),
    )


def _values(elements: list[Element]) -> list[tuple[str, str]]:
    """Return the variables and values that elements give; what is empty says nothing."""
    found = []
    for element in elements:
        words = "".join(child.text for child in element.children if child.tag.endswith("Value")).strip()
        found += [(variable, words) for variable in element.targets("VariableRef")[:1] if words]
    return found


def _number(given: str | int | None) -> int | None:
    if given is None or isinstance(given, int):
        return given
    return int(given) if _POSITION.fullmatch(given) else None
