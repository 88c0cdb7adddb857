"""The project file of a REFI-QDA project: users, codes, participants and speakers as cases, texts with codings, memos.

The order of elements and the attributes are those of the published schema of version 1.0. What tools differ in is said
twice: a memo stands beside its selection and as a note of its coding, a coder beside both.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import PurePosixPath

from service.domain.coded_file import CodedFile, ForeignCode, ForeignCoding, ForeignDocument
from service.domain.transcript import Turn
from service.writers.refi import HEADER, ORIGIN, CodeTree, guid, kept_guid, tag, worded

_NAMESPACE = "urn:QDA-XML:project:1.0"
#: What the reader knows the role of a speaker by.
_ROLE = "Speaker role"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class Source:
    """A document and what it is known as."""

    guid: str
    document: ForeignDocument


@dataclass
class _Case:
    """A participant, a speaker, or both: somebody who is called the same."""

    guid: str
    name: str
    values: dict[str, str] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    selections: list[str] = field(default_factory=list)
    #: None as long as nobody speaks.
    role: str | None = None


def sources(file: CodedFile) -> list[Source]:
    """Return a file's documents with their identifiers."""
    names: Counter[str] = Counter()
    found = []
    for document in file.documents:
        names[document.name] += 1
        found.append(Source(guid("document", document.name, names[document.name], document.text), document))
    return found


def write(file: CodedFile, found: Sequence[Source], now: datetime) -> Iterator[str]:
    """Yield a project file piece by piece.

    Args:
        file: what to write.
        found: its documents with their identifiers.
        now: when it is written.
    """
    yield from _Writer(file, found, now).project()


class _Writer:
    def __init__(self, file: CodedFile, found: Sequence[Source], now: datetime) -> None:
        self._file, self._sources = file, found
        self._now = (now.astimezone(UTC) if now.tzinfo else now).strftime("%Y-%m-%dT%H:%M:%SZ")
        codings = [coding for source in found for coding in source.document.codings]
        known = {code.key for code in file.codes}
        others = dict.fromkeys(coding.code for coding in codings if coding.code not in known)
        self._tree = CodeTree([*file.codes, *(ForeignCode(key, (key or "Unnamed code",)) for key in others)])
        names = {coder.key: coder.name for coder in file.coders}
        self._users = {key: names.get(key, key) for key in (*names, *(coding.coder for coding in codings)) if key}
        self._notes: list[tuple[str, str, str]] = []

    def project(self) -> Iterator[str]:
        """Yield the whole file."""
        yield HEADER
        name = PurePosixPath(self._file.name).stem or "Inkling"
        yield tag("Project", xmlns=_NAMESPACE, name=name, origin=ORIGIN, creationDateTime=self._now) + "\n"
        yield from _around("Users", self._user_elements())
        yield from _around("CodeBook", self._tree.xml())
        cases = _cases(self._sources)
        yield from _around("Variables", _variables(cases))
        yield from _around("Cases", _case_elements(cases))
        yield from _around("Sources", self._source_elements())
        yield from _around("Notes", self._note_elements())
        yield "</Project>\n"

    def _user_elements(self) -> Iterator[str]:
        return (tag("User", empty=True, guid=_user(key), name=name) + "\n" for key, name in self._users.items())

    def _source_elements(self) -> Iterator[str]:
        for source in self._sources:
            document = source.document
            path = f"internal://{source.guid}.txt"
            yield tag(
                "TextSource", guid=source.guid, name=document.name, plainTextPath=path, creationDateTime=self._now
            )
            yield worded("Description", document.memo) + "\n"
            for number, turn in enumerate(document.turns):
                span = {"startPosition": str(turn.start), "endPosition": str(turn.end)}
                yield tag("PlainTextSelection", empty=True, guid=_turn(source.guid, number, turn), **span) + "\n"
            yield from self._selections(source)
            yield "</TextSource>\n"

    def _selections(self, source: Source) -> Iterator[str]:
        """Yield a selection for each stretch that one coder gave codes with one memo."""
        ordered = sorted(source.document.codings, key=_alike)
        for (start, end, coder, memo), together in groupby(ordered, key=_alike):
            codings = list(together)
            own = guid("selection", source.guid, start, end, coder, memo)
            times = [_moment(coding.made_at) for coding in codings]
            yield tag(
                "PlainTextSelection",
                guid=own,
                startPosition=str(start),
                endPosition=str(end),
                creatingUser=_user(coder),
                creationDateTime=min(times) if all(times) else "",
            ) + worded("Description", memo)
            for number, coding in enumerate(codings):
                yield self._coding(coding, guid("coding", own, coding.code, number))
            yield "</PlainTextSelection>\n"

    def _coding(self, coding: ForeignCoding, own: str) -> str:
        user, made_at = _user(coding.coder), _moment(coding.made_at)
        begin = tag("Coding", guid=own, creatingUser=user, creationDateTime=made_at)
        code = tag("CodeRef", empty=True, targetGUID=self._tree.guids[coding.code])
        if not coding.memo:
            return f"{begin}{code}</Coding>"
        note = guid("note", own)
        self._notes.append((note, user, coding.memo))
        return f"{begin}{code}{tag('NoteRef', empty=True, targetGUID=note)}</Coding>"

    def _note_elements(self) -> Iterator[str]:
        for number, (own, user, memo) in enumerate(self._notes, 1):
            yield tag("Note", guid=own, name=f"Memo {number}", creatingUser=user, creationDateTime=self._now)
            yield worded("PlainTextContent", memo) + "</Note>\n"


def _around(name: str, pieces: Iterator[str]) -> Iterator[str]:
    """Yield an element around others, nothing where there are none."""
    first = next(pieces, None)
    if first is not None:
        yield f"<{name}>\n{first}"
        yield from pieces
        yield f"</{name}>\n"


def _cases(found: Sequence[Source]) -> list[_Case]:
    """Return a case for each participant and each speaker, one for both who are called the same."""
    cases: dict[tuple[str, ...], _Case] = {}
    for source in found:
        if person := source.document.participant:
            key = ("participant", person.participant_id, *(f"{k}\x1f{v}" for k, v in sorted(person.attributes.items())))
            case = cases.setdefault(key, _Case(guid(*key), person.participant_id, dict(person.attributes)))
            case.sources.append(source.guid)
    speakers: dict[tuple[str, str], _Case] = {}
    for source in found:
        for number, turn in enumerate(source.document.turns):
            if (turn.speaker, turn.role) not in speakers:
                speakers[turn.speaker, turn.role] = _speaker(cases, turn)
            speakers[turn.speaker, turn.role].selections.append(_turn(source.guid, number, turn))
    return list(cases.values())


def _speaker(cases: dict[tuple[str, ...], _Case], turn: Turn) -> _Case:
    alike = (case for case in cases.values() if turn.speaker and case.name == turn.speaker and case.role is None)
    case = next(alike, None)
    if case is None:
        key = ("speaker", turn.speaker, turn.role)
        case = cases.setdefault(key, _Case(guid(*key), turn.speaker))
    case.role = turn.role
    return case


def _variables(cases: Sequence[_Case]) -> Iterator[str]:
    roles = (_ROLE for case in cases if case.role)
    for name in dict.fromkeys((*(name for case in cases for name in case.values if name), *roles)):
        yield tag("Variable", empty=True, guid=guid("variable", name), name=name, typeOfVariable="Text") + "\n"


def _case_elements(cases: Sequence[_Case]) -> Iterator[str]:
    for case in cases:
        values = {**case.values, **({_ROLE: case.role} if case.role else {})}
        yield tag("Case", guid=case.guid, name=case.name)
        for name, value in values.items():
            if name and value:
                yield f"<VariableValue>{tag('VariableRef', empty=True, targetGUID=guid('variable', name))}"
                yield f"{worded('TextValue', value)}</VariableValue>"
        for kind, targets in (("SourceRef", case.sources), ("SelectionRef", case.selections)):
            yield from (tag(kind, empty=True, targetGUID=target) for target in targets)
        yield "</Case>\n"


def _alike(coding: ForeignCoding) -> tuple[int, int, str, str]:
    return coding.start, coding.end, coding.coder, coding.memo


def _user(key: str) -> str:
    return (kept_guid(key) or guid("user", key)) if key else ""


def _turn(source: str, number: int, turn: Turn) -> str:
    return guid("turn", source, number, turn.start, turn.end)


def _moment(given: str) -> str:
    """Return a time as the schema wants it, "" where it can't be told."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return ""
    return given if _MOMENT.fullmatch(given) else moment.isoformat()
