"""What is written for other tools is read back as it was, to the character."""

import io
import zipfile
from collections import Counter
from datetime import UTC, datetime

from hypothesis import given, settings

from service.domain.coded_file import CodedFile, ForeignCode
from service.readers.coded_files import refi
from service.writers import qdc, qdpx
from tests.coded_files import code_trees, coded_files
from tests.refi_schema import offences

NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)


def written(file: CodedFile, now: datetime = NOW) -> bytes:
    """Return a file as a project."""
    out = io.BytesIO()
    qdpx.write(file, out, now)
    return out.getvalue()


def codings(file: CodedFile) -> list[Counter[object]]:
    """Return the codings of each document by the names that people know."""
    paths = {code.key: code.path for code in file.codes}
    coders = {coder.key: coder.name for coder in file.coders} | {"": ""}
    return [
        Counter(
            (c.start, c.end, paths[c.code], coders[c.coder], c.memo.strip() and c.memo, c.made_at) for c in d.codings
        )
        for d in file.documents
    ]


@settings(max_examples=200, deadline=None)
@given(coded_files())
def test_a_project_comes_back_as_it_was(file: CodedFile) -> None:
    """Texts, codes, coders, codings, memos, participants and turns survive writing and reading."""
    back = refi.read_project("made.qdpx", io.BytesIO(written(file)), {})
    assert [(d.name, d.text, d.memo) for d in back.documents] == [(d.name, d.text, d.memo) for d in file.documents]
    assert [d.turns for d in back.documents] == [d.turns for d in file.documents]
    assert [d.participant for d in back.documents] == [d.participant for d in file.documents]
    said = [(c.path, c.description, c.codable, c.colour) for c in file.codes]
    assert [(c.path, c.description, c.codable, c.colour) for c in back.codes] == said
    assert [c.name for c in back.coders if c.key] == [c.name for c in file.coders]
    assert codings(back) == codings(file)
    assert back.left == ()
    assert back.notes == ()


@settings(max_examples=40, deadline=None)
@given(coded_files())
def test_a_project_keeps_to_the_schema(file: CodedFile) -> None:
    """What is written has the schema's elements, order and attributes, and each reference points at something."""
    content = zipfile.ZipFile(io.BytesIO(written(file))).read("project.qde")
    assert offences(content, "urn:QDA-XML:project:1.0") == []


@settings(max_examples=15, deadline=None)
@given(coded_files())
def test_the_same_content_gives_the_same_bytes(file: CodedFile) -> None:
    """Writing twice gives one and the same file, and what is read back writes the same texts."""
    assert written(file) == written(file)


@settings(max_examples=30, deadline=None)
@given(code_trees())
def test_a_codebook_comes_back_as_it_was(codes: tuple[ForeignCode, ...]) -> None:
    """Codes, descriptions and colours survive a codebook file, which keeps to the schema."""
    out = io.BytesIO()
    qdc.write(codes, out)
    back, origin = refi.read_codebook("made.qdc", io.BytesIO(out.getvalue()))
    assert [(c.path, c.description, c.codable, c.colour) for c in back] == [
        (c.path, c.description, c.codable, c.colour) for c in codes
    ]
    assert origin.startswith("Inkling ")
    if codes:
        assert offences(out.getvalue(), "urn:QDA-XML:codebook:1.0") == []
