"""Coded files made for tests, and short words for taking them over."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from service.domain.coded_file import (
    CodedFile,
    ForeignCode,
    ForeignCoder,
    ForeignCoding,
    ForeignDocument,
    NoneApplies,
    Unit,
)
from service.domain.folding import Choices as CodeChoices
from service.domain.imported import ImportedCoding
from service.store import documents, imports, projects
from service.store.documents import StoredSegment
from service.store.engine import reading
from service.use_cases.import_codings import Choices, ImportedFile, Request, import_coded
from tests.unit.use_cases.worlds import World

TALK = (
    "Lee: How was it?\n\nMara: We felt safe there.\n\nLee: And then?\n\n"
    "Mara: We left in anger.\n\nLee: Why?\n\nMara: Nobody knows.\n"
)
PATHS = ("Mood > calm", "Mood > angry", "Mood > odd", "Theme > trust", "Theme > safety")
CODES = tuple(ForeignCode(path, tuple(path.split(" > "))) for path in PATHS)
CODERS = (ForeignCoder("k1", "Ana"), ForeignCoder("k2", "Ben"), ForeignCoder("k3", "NVivo", machine=True))

#: Words, the code given to them, and the coder's key.
Marked = tuple[str, str, str]


def coded(text: str, *marked: Marked, name: str = "talk.txt", **more: Any) -> ForeignDocument:
    """Return a document in which these words have codes; an empty stretch of words stands for none."""
    codings = []
    for words, code, coder in marked:
        start = text.index(words)
        codings.append(ForeignCoding(start, start + len(words), code, coder))
    return ForeignDocument(name, text, tuple(codings), **more)


def excerpts(
    name: str, rows: Sequence[tuple[str, str | None, str]], positions: Sequence[int] | None = None
) -> ForeignDocument:
    """Return a document of excerpts: words, the code (None: none of the branch Mood applies), and the coder's key."""
    texts = list(dict.fromkeys(words for words, _, _ in rows))
    starts, at = {}, 0
    for words in texts:
        starts[words] = at
        at += len(words) + 2
    spans = {words: (start, start + len(words)) for words, start in starts.items()}
    units = [Unit(n, *spans[words]) for n, words in zip(positions or range(len(texts)), texts, strict=True)]
    return ForeignDocument(
        name,
        "\n\n".join(texts),
        tuple(ForeignCoding(*spans[words], code, coder) for words, code, coder in rows if code is not None),
        units=tuple(units),
        nothing=tuple(NoneApplies(*spans[words], "Mood", coder) for words, code, coder in rows if code is None),
        loose=True,
    )


def coded_file(*found: ForeignDocument, name: str = "study.qdpx", **more: Any) -> CodedFile:
    """Return a file of these documents, of its own digest."""
    digest = hashlib.sha256(f"{name}{found}".encode()).hexdigest()
    return CodedFile(name, digest, "NVivo", found, **{"codes": CODES, "coders": CODERS, **more})


def said(codes: CodeChoices | None = None, **more: Any) -> Choices:
    """Return choices of a person to whom what lies under no selection is unknown."""
    return Choices(codes or CodeChoices(), **{"unselected": "unknown", **more})


def take(world: World, file: CodedFile, choices: Choices | None = None, project: str = "Alpha") -> ImportedFile:
    """Take a file over as the operator."""
    request = Request([(file, choices or said())])
    return import_coded(world.engine, project, request, None, world.now())[1][0]


def stored_segments(world: World, document_id: str = "talk.txt") -> list[StoredSegment]:
    """Return a document's segments."""
    with reading(world.engine) as connection:
        project = projects.find(connection, "Alpha")
        assert project is not None
        found = documents.find(connection, project, document_id)
        assert found is not None
        return list(documents.segments(connection, found))


def found_codings(world: World, document_id: str = "talk.txt") -> list[ImportedCoding]:
    """Return what counts of a document's imported codings, by position."""
    segments = stored_segments(world, document_id)
    with reading(world.engine) as connection:
        known = imports.of_segments(connection, [segment.segment_id for segment in segments])
    return [coding for segment in segments for coding in known.get(segment.segment_id, ())]


def codes_of(world: World, document_id: str = "talk.txt") -> Mapping[tuple[str, str, str], set[str]]:
    """Return the codes by the segment's words, dimension and coder."""
    words = {segment.segment_id: segment.text for segment in stored_segments(world, document_id)}
    return {(words[c.segment_id], c.dimension, c.coder): set(c.codes) for c in found_codings(world, document_id)}
