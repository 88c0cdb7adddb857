"""REFI-QDA projects (.qdpx) and codebooks (.qdc), as NVivo, ATLAS.ti, MAXQDA, QualCoder and others exchange them.

A project is an archive of an XML file and the sources that it names. Its texts, codes, codings, coders, memos and cases
are taken along; pictures, recordings, pages, sets, links and networks are counted and stay behind.
"""

import io
from collections.abc import Mapping
from typing import BinaryIO

from service import errors
from service.domain.coded_file import CodedFile, ForeignCode
from service.readers.coded_files import refi_codes, refi_documents, refi_offsets, refi_package, refi_texts, refi_xml
from service.readers.coded_files.refi_left import Leftovers
from service.readers.coded_files.refi_memos import Memos
from service.readers.coded_files.refi_model import Collector, Project

_CODEBOOK = 50_000_000
_CHUNK = 1 << 20


def read_project(name: str, file: BinaryIO, columns: Mapping[str, str]) -> CodedFile:
    """Read a project.

    Args:
        name: the file's name.
        file: the file, open and seekable; recordings in it are not read.
        columns: nothing here; tables have columns.

    Raises:
        UnreadableFile: where it is no project, damaged, or made to harm.
        TooLarge: where it holds more than projects do.
    """
    _check_zip(name, file)
    package = refi_package.open_package(name, file)
    project = _project(name, package)
    left = Leftovers()
    memos = Memos(name, project, package)
    drafts = refi_texts.find(project.sources, package, left)
    choice = refi_offsets.choose(project.origin, [(draft.text, draft.selections) for draft in drafts])
    codes, notes = refi_codes.read(project.codes, memos, {case.guid for case in project.cases})
    placing = refi_documents.Placing(project, choice.way, frozenset(code.key for code in codes), memos, left)
    documents = tuple(refi_documents.place(placing, drafts, refi_offsets.is_ours(project.origin)))
    _rest(placing)
    return CodedFile(
        name=name,
        sha256="",
        tool=project.origin,
        documents=documents,
        codes=tuple(codes),
        coders=refi_documents.coders(placing),
        left=left.listed(),
        alignment=choice.alignment if choice.alignment.selections else None,
        notes=(*package.notes, *choice.notes, *notes),
    )


def read_codebook(name: str, file: BinaryIO) -> tuple[tuple[ForeignCode, ...], str]:
    """Read the codes of a codebook (.qdc), or of a project, and the name of the tool that wrote it.

    Raises:
        UnreadableFile: where it is neither, damaged, or made to harm.
        TooLarge: where it holds more than codebooks do.
    """
    begins = file.read(2)
    file.seek(0)
    if begins == b"PK":
        package = refi_package.open_package(name, file)
        project = _project(name, package)
        memos = Memos(name, project, package)
    else:
        project = _codebook(name, file)
        memos = Memos(name, project, None)
    codes, _ = refi_codes.read(project.codes, memos, {case.guid for case in project.cases})
    return tuple(codes), project.origin


def _check_zip(name: str, file: BinaryIO) -> None:
    begins = file.read(2)
    file.seek(0)
    if begins != b"PK":
        raise errors.UnreadableFile(f"{name}: it is not a REFI-QDA project (.qdpx is a zip archive, this is not).")


def _project(name: str, package: refi_package.Package) -> Project:
    collector = Collector(name)
    refi_xml.read(name, package.xml(), collector)
    if collector.project.root != "Project":
        raise errors.UnreadableFile(f"{name}: its project file holds no REFI-QDA project.")
    return collector.project


def _codebook(name: str, file: BinaryIO) -> Project:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > _CODEBOOK:
        raise errors.TooLarge(f"{name}: it has {size:,} bytes; a codebook may have {_CODEBOOK:,}.")
    collector = Collector(name)
    refi_xml.read(name, iter(lambda: file.read(_CHUNK), b""), collector)
    if collector.project.root not in ("CodeBook", "Project"):
        raise errors.UnreadableFile(f"{name}: it holds no REFI-QDA codebook.")
    return collector.project


def _rest(placing: refi_documents.Placing) -> None:
    """Count what stays behind of the project as a whole."""
    project, left = placing.project, placing.left
    for case in project.cases:
        idle = case.guid not in placing.used
        left.add("cases", "they name no text that was taken along", int(idle))
        left.add("descriptions of cases", "participants have attributes only", int(bool(case.memo.strip())))
    for note in placing.memos.unused():
        left.add("memos", "they belong to nothing that was taken along", codings=note.coded)
    left.add("links", "only links between a memo and what it is about are taken along", placing.memos.other_links)
    left.add("descriptions of the project", "a project has none here", int(bool(project.memo.strip())))
    for tag, count in project.others.items():
        left.add(
            {"Set": "sets", "Graph": "networks"}.get(tag, f"elements {errors.shown(tag)}"), "they have no place", count
        )
