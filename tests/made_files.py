"""Coded files that tests make up, and a reader of them: JSON with documents, codes, and who gave which to what."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import pytest

from service import errors
from service.domain.coded_file import (
    CodedFile,
    ForeignCode,
    ForeignCoding,
    ForeignDocument,
    Left,
    coders_named,
)
from service.domain.folding import STEP
from service.readers import coded

SUFFIX = ".fake"
#: Who, which code, which words.
Given = tuple[str, str, str]


def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files that end so be read like those of any other tool."""
    monkeypatch.setattr(coded, "READERS", {**coded.READERS, SUFFIX: read})


def made(texts: Mapping[str, str], given: Iterable[Given], codes: Sequence[str] = (), **rest: Any) -> bytes:
    """Return a file.

    Args:
        texts: by document.
        given: coder, code's path and words, which stand in one document.
        codes: paths of further codes.
        rest: what else the reader takes.
    """
    return json.dumps({"texts": dict(texts), "given": list(given), "codes": list(codes), **rest}).encode()


def read(name: str, file: BinaryIO, columns: Mapping[str, str]) -> CodedFile:
    """Read one."""
    raw = json.loads(file.read())
    if raw.get("broken"):
        raise errors.UnreadableFile(f"{name}: it is broken.")
    given = [tuple(item) for item in raw["given"]]
    paths = dict.fromkeys((*raw["codes"], *(code for _, code, _ in given)))
    parents = {STEP.join(path.split(STEP)[:depth]) for path in paths for depth in range(1, len(path.split(STEP)))}
    codes = [
        ForeignCode(path, tuple(path.split(STEP)), codable=path in paths) for path in {**parents_of(parents), **paths}
    ]
    coders = coders_named((coder, coder) for coder in dict.fromkeys(coder for coder, _, _ in given) if coder)
    documents = tuple(ForeignDocument(one, text, tuple(_codings(text, given))) for one, text in raw["texts"].items())
    left = tuple(Left(what, why, count) for what, why, count in raw.get("left", ()))
    guessed = {**raw.get("columns", {}), **columns} if raw.get("titles") else {}
    titles = tuple(raw.get("titles", ()))
    return CodedFile(name, "", "Some tool", documents, tuple(codes), coders, left, columns=guessed, titles=titles)


def parents_of(parents: Iterable[str]) -> dict[str, None]:
    """Return headings in the order of a tree."""
    return dict.fromkeys(sorted(parents))


def _codings(text: str, given: Iterable[tuple[Any, ...]]) -> Iterator[ForeignCoding]:
    for coder, code, words in given:
        start = text.find(words)
        if start >= 0:
            yield ForeignCoding(start, start + len(words), code, coder)
