"""Gather a project's documents and codings as other tools keep them: texts, a tree of codes, who gave which to what."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service.domain import coding, imported
from service.domain.codebook import Code, Codebook
from service.domain.coded_file import (
    CodedFile,
    ForeignCode,
    ForeignCoder,
    ForeignCoding,
    ForeignDocument,
    marked_machine,
)
from service.domain.coding import Codes, Decision
from service.domain.folding import STEP
from service.domain.line_ends import with_newlines
from service.domain.people import Person
from service.domain.projects import ADHOC, Project
from service.domain.transcript import Participant, Turn
from service.store import decisions, documents, imports, people, projects
from service.store.documents import StoredDocument, StoredSegment
from service.store.imports import Selection
from service.use_cases.export_codings import Codings
from service.use_cases.read_codings import CodedSegment, coded_segments

_BETWEEN = "\n\n"
_KEYS = uuid.UUID("5b0d7a0e-6b55-4c37-9c7f-0d0f7c1c7a11")


def codes_of(book: Codebook) -> tuple[ForeignCode, ...]:
    """Return a codebook as a tree of codes: a branch a dimension, and below it the steps of its codes' labels."""
    found: dict[tuple[str, ...], ForeignCode] = {}
    for dimension in book.dimensions:
        top = (dimension.label or dimension.id,)
        found[top] = ForeignCode(_key(top), top, codable=False)
        labels = [code.label for code in dimension.codes]
        for code in dimension.codes:
            name = code.label if labels.count(code.label) == 1 else code.id
            path = (*top, *(step for step in name.split(STEP) if step.strip()))
            for depth in range(len(top) + 1, len(path)):
                found.setdefault(path[:depth], ForeignCode(_key(path[:depth]), path[:depth], codable=False))
            found[path] = ForeignCode(_key((dimension.id, "", code.id)), path, _description(code))
    return tuple(found.values())


def _key(parts: tuple[str, ...]) -> str:
    return str(uuid.uuid5(_KEYS, "\x1f".join(parts)))


def _description(code: Code) -> str:
    """Return a code's definition, with what the codebook says beside it, a line each."""
    lines = [code.definition] if code.definition else []
    for what, sentences in (("Include", code.include), ("Exclude", code.exclude), ("Example", code.examples)):
        lines += [f"{what}: {sentence}" for sentence in sentences]
    return "\n".join(lines)


def gather(
    connection: sa.Connection,
    project: Project,
    codings: Codings,
    reader: Person | None = None,
    document_id: str | None = None,
) -> CodedFile:
    """Return a project's documents with their final codings, or with all people's and the imported ones.

    Args:
        connection: a view of the store that stays the same while this runs.
        project: whose codings.
        codings: `final` or `all`.
        reader: who will see them; what is open to them is left out. None is the operator, who sees all.
        document_id: of one document only.
    """
    book = projects.codebook_of(connection, project)
    by_document: dict[int, list[CodedSegment]] = {}
    for coded in coded_segments(connection, project, book, reader):
        by_document.setdefault(coded.document.number, []).append(coded)
    gathering = _Gathering(connection, project, book, codings, reader)
    wanted = [d for d in documents.every(connection, project) if document_id in (None, d.document_id)]
    found = tuple(gathering.document(d, by_document.get(d.number, [])) for d in wanted)
    given = {made.coder for document in found for made in document.codings}
    coders = tuple(coder for coder in gathering.coders.values() if coder.key in given)
    return CodedFile(project.name, "", "Inkling", found, gathering.codes(), coders)


@dataclass
class _Gathering:
    """A project on its way out."""

    connection: sa.Connection
    project: Project
    book: Codebook
    codings: Codings
    reader: Person | None

    def __post_init__(self) -> None:
        self.coders: dict[str, ForeignCoder] = {}
        self._own = {code.key: code for code in codes_of(self.book)}
        self._keys = {code.path: code.key for code in self._own.values()}
        self._foreign: dict[tuple[str, ...], ForeignCode] = {}
        self._attributes = documents.attributes(self.connection, self.project)
        standing = [one for one in imports.every(self.connection, self.project) if not one.ended]
        self._tools = {one.import_id: one.file.tool for one in standing}
        self._memos = {name: memo for one in standing for name, memo in one.file.memos.items()}
        self._described = {tuple(code["path"]): code["description"] for one in standing for code in one.file.codes}
        self._people = {person.person_id: person.name for person in people.every(self.connection)}

    def codes(self) -> tuple[ForeignCode, ...]:
        """Return the codebook's codes and, behind them, those of imported files that it does not have."""
        return (*self._own.values(), *(code for path, code in self._foreign.items() if path not in self._keys))

    def document(self, stored: StoredDocument, coded: Sequence[CodedSegment]) -> ForeignDocument:
        """Return a document with the codings that go along."""
        segments = documents.segments(self.connection, stored)
        text, starts = _laid_out(stored, segments)
        made = [*self._decided(coded, starts), *self._imported(stored, segments)]
        who = stored.participant_id
        found = ForeignDocument(
            stored.document_id,
            text,
            tuple(dict.fromkeys(made)),
            stored.turns or tuple(_turns(segments, starts)),
            participant=None if stored.document_id == ADHOC else Participant(who, self._attributes.get(who, {})),
            memo=self._memos.get(stored.document_id, ""),
        )
        return with_newlines(found)

    def _decided(self, coded: Sequence[CodedSegment], starts: Mapping[str, int]) -> Iterator[ForeignCoding]:
        for one in coded:
            start = starts[one.segment.segment_id]
            span = start, start + len(one.segment.text)
            if self.codings == "final":
                yield from self._final(one, span)
            else:
                yield from self._own_codings(one, span)

    def _final(self, coded: CodedSegment, span: tuple[int, int]) -> Iterator[ForeignCoding]:
        """Yield final codes, each as a coding of everyone whose decision it rests on."""
        parts: dict[str, tuple[Decision, dict[str, Codes]]] = {}
        for dimension, codes in coded.final().items():
            for decision in coded.deciding(dimension) if codes else ():
                parts.setdefault(decision.decision_id, (decision, {}))[1][dimension] = codes or frozenset()
        for decision, found in parts.values():
            coder = self._coder(decision.coder.person_id, decision.coder.name)
            yield from self._of(decision, found, span, coder)

    def _own_codings(self, coded: CodedSegment, span: tuple[int, int]) -> Iterator[ForeignCoding]:
        for decision in coding.standing(coded.decisions).values():
            coder = self._coder(decision.coder.person_id, decision.coder.name)
            yield from self._of(decision, decision.codes, span, coder)
        for dimension, decision in coding.settled_by(coded.decisions).items():
            name = f"{decision.coder.name} (settling differences)"
            coder = self._coder(f"{decision.coder.person_id} settling", name)
            yield from self._of(decision, {dimension: decision.codes[dimension]}, span, coder)

    def _of(
        self, decision: Decision, codes: Mapping[str, Iterable[str]], span: tuple[int, int], coder: str
    ) -> Iterator[ForeignCoding]:
        """Yield a decision's codes, the first with its memo."""
        memo = decision.memo
        for dimension, found in codes.items():
            for code in sorted(found):
                key = _key((dimension, "", code))
                yield ForeignCoding(*span, key, coder, memo, decision.decided_at.isoformat())
                memo = ""

    def _coder(self, key: str, name: str, *, machine: bool = False) -> str:
        self.coders.setdefault(key, ForeignCoder(key, name, machine))
        return key

    def _imported(self, stored: StoredDocument, segments: Sequence[StoredSegment]) -> Iterator[ForeignCoding]:
        """Yield what files of other tools hold of a document, as they hold it."""
        if self.codings == "final":
            return
        waiting = self._waiting(stored, segments)
        for import_id, selection in imports.selections(self.connection, stored):
            own = self.reader is not None and selection.person_id == self.reader.person_id
            if own or not any(s.start < selection.end and selection.start < s.end for s in waiting):
                yield ForeignCoding(
                    selection.start,
                    selection.end,
                    self._code(selection),
                    self._foreign_coder(selection, self._tools[import_id]),
                    selection.memo,
                    selection.made_at,
                )

    def _waiting(self, stored: StoredDocument, segments: Sequence[StoredSegment]) -> list[StoredSegment]:
        """Return the segments that are open to the reader."""
        if self.reader is None or not self.reader.may_decide:
            return []
        past = decisions.of_document(self.connection, stored)
        who = self.reader.person_id
        return [s for s in segments if coding.is_open(past.get(s.segment_id, []), s.needs, who)]

    def _code(self, selection: Selection) -> str:
        if selection.dimension is not None and selection.code is not None:
            key = _key((selection.dimension, "", selection.code))
            if key in self._own:
                return key
        if selection.path in self._keys:
            return self._keys[selection.path]
        for depth in range(1, len(selection.path) + 1):
            path = selection.path[:depth]
            self._foreign.setdefault(path, ForeignCode(_key(("", *path)), path, self._described.get(path, "")))
        return self._foreign[selection.path].key

    def _foreign_coder(self, selection: Selection, tool: str) -> str:
        if selection.person_id is not None:
            return self._coder(selection.person_id, self._people.get(selection.person_id, selection.coder))
        if not selection.coder:
            return ""
        name = imported.told_apart(selection.coder, tool, {*self._people.values()})
        return self._coder(
            f"outside {name}", marked_machine(name) if selection.machine else name, machine=selection.machine
        )


def _laid_out(stored: StoredDocument, segments: Sequence[StoredSegment]) -> tuple[str, dict[str, int]]:
    """Return a document's text, and where each segment begins in it; segments posted one by one make a text."""
    if stored.text is not None:
        return stored.text, {segment.segment_id: segment.start for segment in segments}
    starts, at = {}, 0
    for segment in segments:
        starts[segment.segment_id] = at
        at += len(segment.text) + len(_BETWEEN)
    return _BETWEEN.join(segment.text for segment in segments), starts


def _turns(segments: Sequence[StoredSegment], starts: Mapping[str, int]) -> Iterator[Turn]:
    for segment in segments:
        start = starts[segment.segment_id]
        yield Turn(segment.speaker, segment.role, start, start + len(segment.text))
