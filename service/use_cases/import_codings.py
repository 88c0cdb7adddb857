"""Take over what people coded elsewhere, with a person's word on whose it is and what its codes mean.

What comes of it are imported codings: they train models and count in agreement, and are no one's decision.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from types import MappingProxyType
from typing import Any, Literal

import sqlalchemy as sa

from service import errors
from service.domain import folding, imported
from service.domain.coded_file import CodedFile, ForeignCoder, ForeignDocument, Left
from service.domain.folding import Matching
from service.domain.imported import Carrying, ImportedCoding, SegmentCoding, Unselected
from service.domain.people import Person
from service.domain.projects import ADHOC, Project
from service.store import documents, imports, people, projects
from service.store import engine as store
from service.store.imports import NewImport, Selection
from service.suggest.segmenter import Segmenter
from service.use_cases import access, import_transcript, left_behind
from service.use_cases.import_transcript import Imported, Incoming
from service.use_cases.lay_out_documents import Laid, Layout

LONGEST_SENTENCE = 1_000


@dataclass(frozen=True)
class Choices:
    """What the importing person says of a file."""

    codes: folding.Choices = field(default_factory=folding.Choices)
    #: Names of people of the project by the names of the file's coders; "" stands for the one it does not name.
    coders: Mapping[str, str] = field(default_factory=dict)
    #: What lies under no selection.
    unselected: Unselected | None = None
    #: Who coded it, in a sentence, where the file names nobody.
    coded_by: str = ""
    interviewers: Collection[str] = ()
    #: Whether new documents are put into the queue, for people to decide on.
    queued: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return them ready for JSON."""
        return {
            "dimensions": dict(self.codes.dimensions),
            "codes": dict(self.codes.codes),
            "coders": dict(self.coders),
            "unselected": self.unselected,
            "coded_by": self.coded_by,
        }


@dataclass(frozen=True)
class ImportedFile:
    """What became of a file."""

    import_id: str
    file: str
    tool: str
    documents: tuple[Imported, ...]
    #: Selections with a code: in the file, and kept to the character.
    codings: int
    kept: int
    #: Of those, how many have a code that the project's codebook knows.
    matched: int
    #: What they come to: codings of segments, one for each segment, dimension and coder.
    segment_codings: int
    left: tuple[Left, ...]
    notes: tuple[str, ...] = ()
    #: The same file was taken over in the same way before.
    unchanged: bool = False


class Incomplete(errors.Unprocessable):
    """Something has to be said about the file first."""


@dataclass(frozen=True)
class Request:
    """What to take over together: files, each with what the importing person says of it, and transcripts."""

    files: Sequence[tuple[CodedFile, Choices]]
    transcripts: Sequence[Incoming] = ()
    #: About how many words a segment has where a text is cut.
    segment_words: int = 60


def import_coded(
    engine: sa.Engine, project_name: str, request: Request, by: Person | None, now: float
) -> tuple[list[Imported], list[ImportedFile]]:
    """Take over transcripts and codings: all of them, or none; transcripts come first.

    Args:
        engine: the store.
        project_name: into which project.
        request: what to take over.
        by: the importing person, a researcher of the project; None is the operator.
        now: seconds since 1970.

    Raises:
        NotFound: there is no such project, or the person does not belong to it.
        NotAllowed: the person is no researcher.
        Incomplete: it must be said who coded a file, or what lies under no selection.
        Unprocessable: a code, branch, coder or person is named that is not there.
        Conflict: the project has a document of the same name with other text.
    """
    with store.reading(engine) as connection:
        project_for(connection, project_name, by)  # before any work
    segmenter = Segmenter(request.segment_words)
    read = [(file, said, _laid_out(segmenter, file, said)) for file, said in request.files]
    with store.writing(engine) as connection:
        project = project_for(connection, project_name, by)
        done = import_transcript.store_all(connection, project, request.transcripts, now)
        return done, [_Import(connection, project, file, said, by, now).run(layout) for file, said, layout in read]


def _laid_out(segmenter: Segmenter, file: CodedFile, said: Choices) -> Layout:
    """Understand a file's texts beforehand: it takes long, and others write to the store meanwhile."""
    asked = questions(file, said)
    if asked:
        raise Incomplete(f"{file.name}: {' '.join(asked.values())}")
    return Layout(segmenter, said.interviewers, said.queued).ready(_named(file.documents))


def project_for(connection: sa.Connection, name: str, by: Person | None) -> Project:
    """Return the project that a person may import codings into; None is the operator."""
    if by is None:
        return access.named(connection, name)
    found = access.project_of(connection, name, by)
    access.require(by.may_research, "Importing codings is for the project's researchers.")
    return found


#: What has to be said of a file that does not say it itself.
Question = Literal["unselected", "coded_by"]

_QUESTIONS: Mapping[Question, str] = MappingProxyType(
    {
        "unselected": "Say what lies under no selection (unselected): none, no code applied there, or unknown.",
        "coded_by": "It names no coder: say in a sentence who coded it (coded_by).",
    }
)


def questions(file: CodedFile, choices: Choices) -> dict[Question, str]:
    """Return what the importing person has yet to say about a file: a sentence by each choice's name."""
    asked: list[Question] = []
    if choices.unselected is None and not file.explicit and file.codings:
        asked.append("unselected")
    if not choices.coded_by.strip() and _is_anonymous(file) and not choices.coders.get(""):
        asked.append("coded_by")
    return {name: _QUESTIONS[name] for name in asked}


def _is_anonymous(file: CodedFile) -> bool:
    codings = (made.coder for document in file.documents for made in document.codings)
    stated = (made.coder for document in file.documents for made in document.nothing)
    return any(coder == "" for coder in chain(codings, stated))


@dataclass(frozen=True)
class _Coders:
    """The file's coders, by its keys of them."""

    known: Mapping[str, ForeignCoder]
    #: Whom of the project's people the importing person says that they are.
    persons: Mapping[str, str]

    def name(self, key: str) -> str:
        """How the file calls a coder; "" where it names nobody."""
        return self.known[key].name if key in self.known else ""

    def same(self) -> dict[str, str]:
        """Return the first key of whoever has several: who is called the same, or is the same person."""
        first: dict[tuple[str, str], str] = {}
        keys = dict.fromkeys(("", *self.known))
        identities = {
            key: ("person", self.persons[key]) if key in self.persons else ("", self.name(key)) for key in keys
        }
        return {key: first.setdefault(identity, key) for key, identity in identities.items()}


@dataclass(frozen=True)
class _Carried:
    """A document of the file within the project, and what its codings come to."""

    laid: Laid
    number: int
    segment_ids: Sequence[str]
    codings: Sequence[SegmentCoding]


@dataclass(frozen=True)
class _Import:
    """One file on its way into a project."""

    connection: sa.Connection
    project: Project
    file: CodedFile
    choices: Choices
    by: Person | None
    now: float

    def run(self, layout: Layout) -> ImportedFile:
        self._check()
        book = projects.codebook_of(self.connection, self.project)
        matching = folding.match(self.file.codes, book, self.choices.codes)
        coders = self._coders()
        laid = [layout.into(self.connection, self.project, document) for document in _named(self.file.documents)]
        stored = import_transcript.store_all(self.connection, self.project, [one.incoming for one in laid], self.now)
        carrying = Carrying(self.file, book, matching, self.choices.unselected or "unknown", coders.same())
        carried = [self._carried(carrying, one) for one in laid]
        left = (
            *self.file.left,
            *left_behind.empty(self.file),
            *left_behind.unfound(laid),
            *left_behind.unmatched(self.file, matching),
            *imported.listed(carrying.left),
        )
        same = self._same()
        notes = self._on_earlier(carried) if same is None else []
        return ImportedFile(
            same or self._store(matching, coders, carried, left),
            self.file.name,
            self.file.tool,
            tuple(stored),
            self.file.codings,
            sum(len(one.document.codings) for one in laid),
            sum(made.code in matching.targets for one in laid for made in one.document.codings),
            sum(len(one.codings) for one in carried),
            left,
            (*self.file.notes, *notes),
            unchanged=same is not None,
        )

    def _check(self) -> None:
        if len(self.choices.coded_by) > LONGEST_SENTENCE:
            raise errors.Unprocessable(f"Who coded it is said in at most {LONGEST_SENTENCE:,} characters.")

    def _said(self) -> dict[str, Any]:
        """Return how the file was taken over: the person's choices, and what a table's columns were taken for."""
        return {**self.choices.as_dict(), "columns": dict(self.file.columns)}

    def _same(self) -> str | None:
        """Return an import of the same file in the same way; one in another way ends."""
        known = [i for i in imports.every(self.connection, self.project) if i.file.file_sha256 == self.file.sha256]
        standing = [i for i in known if not i.ended]
        same = [i.import_id for i in standing if i.file.choices == self._said()]
        if same:
            return same[-1]
        imports.end(self.connection, [i.import_id for i in standing], self.now)
        return None

    def _on_earlier(self, carried: Sequence[_Carried]) -> list[str]:
        """Say which other imports speak of the same documents: where this one is silent, they go on counting."""
        earlier = imports.about(self.connection, [one.number for one in carried])
        return [
            f"{one.file.file_name} was imported before ({one.import_id}) and goes on counting where this file says "
            "nothing; withdraw it where this one is a later state of the same work."
            for one in imports.every(self.connection, self.project)
            if one.import_id in earlier and one.file.tool == self.file.tool
        ]

    def _coders(self) -> _Coders:
        named = {coder.name: coder for coder in self.file.coders}
        for name, person in self.choices.coders.items():
            if name and name not in named:
                known = ", ".join(map(errors.shown, named)) or "nobody"
                raise errors.Unprocessable(
                    f"{self.file.name}: there is no coder {errors.shown(name)}; it names {known}."
                )
            if name and named[name].machine and person:
                raise errors.Unprocessable(
                    f"{self.file.name}: {errors.shown(name)} is a tool's machine and nobody's codings."
                )
        people_by_name = {name: self._person(person) for name, person in self.choices.coders.items() if person}
        known_by_key = {coder.key: coder for coder in self.file.coders}
        names = {"": "", **{key: coder.name for key, coder in known_by_key.items()}}
        persons = {key: people_by_name[name] for key, name in names.items() if name in people_by_name}
        return _Coders(known_by_key, persons)

    def _person(self, name: str) -> str:
        found = people.find(self.connection, name)
        if found is None or not projects.is_member(self.connection, self.project, found.person_id):
            raise errors.Unprocessable(f"{errors.shown(name)} is no member of {self.project.name}.")
        return found.person_id

    def _carried(self, carrying: Carrying, laid: Laid) -> _Carried:
        document = documents.find(self.connection, self.project, laid.document.name)
        if document is None:
            raise errors.NotFound
        segments = documents.segments(self.connection, document)
        codings = carrying.codings(laid.document, segments, laid.uncertain)
        return _Carried(laid, document.number, [segment.segment_id for segment in segments], codings)

    def _store(self, matching: Matching, coders: _Coders, carried: Sequence[_Carried], left: Sequence[Left]) -> str:
        import_id = imports.add(self.connection, self.project, self._new([one.laid for one in carried], left), self.now)
        for one in carried:
            chosen = self._selections(one, matching, coders)
            imports.add_selections(self.connection, import_id, chosen)
            imports.add_codings(self.connection, self._codings(one, coders, import_id))
        return import_id

    def _new(self, laid: Sequence[Laid], left: Sequence[Left]) -> NewImport:
        return NewImport(
            self.file.name,
            self.file.sha256,
            self.file.tool,
            self.choices.coded_by.strip(),
            self._said(),
            [{"path": list(c.path), "description": c.description, "colour": c.colour} for c in self.file.codes],
            {one.document.name: one.document.memo for one in laid if one.document.memo},
            [{"what": item.what, "why": item.why, "count": item.count} for item in left],
            None if self.by is None else self.by.person_id,
        )

    def _codings(self, carried: _Carried, coders: _Coders, import_id: str) -> list[ImportedCoding]:
        at = datetime.fromtimestamp(self.now, UTC)
        return [
            ImportedCoding(
                carried.segment_ids[given.index],
                given.dimension,
                given.codes,
                coders.name(given.coder),
                coders.persons.get(given.coder),
                import_id,
                at,
                given.advice,
                given.adviser,
                given.memo,
            )
            for given in carried.codings
        ]

    def _selections(self, carried: _Carried, matching: Matching, coders: _Coders) -> Iterator[Selection]:
        paths = {code.key: code.path for code in self.file.codes}
        for made in carried.laid.document.codings:
            target, coder = matching.targets.get(made.code), coders.known.get(made.coder)
            yield Selection(
                carried.number,
                made.start,
                made.end,
                paths.get(made.code, (made.code,)),
                None if target is None else target.dimension,
                None if target is None else target.code,
                coders.name(made.coder),
                coder is not None and coder.machine,
                coders.persons.get(made.coder),
                made.memo,
                made.made_at,
            )


def _named(documents: Iterable[ForeignDocument]) -> Iterator[ForeignDocument]:
    """Yield the documents that hold words, under names that the store takes and that differ.

    None is that of segments without a document.
    """
    taken: set[str] = set()
    for document in documents:
        if not document.text.strip():
            continue
        name = "".join(c if c.isprintable() else " " for c in document.name).strip()[: import_transcript.LONGEST_ID]
        name = bare = f"{ADHOC} (imported)" if name == ADHOC else name or "document"
        number = 1
        while name in taken:
            number += 1
            mark = f" ({number})"
            name = bare[: import_transcript.LONGEST_ID - len(mark)] + mark
        taken.add(name)
        yield document if name == document.name else replace(document, name=name)
