"""The texts of a REFI-QDA project: its documents, and the words that belong to recordings, pictures and PDF files."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.readers.coded_files import refi_codes
from service.readers.coded_files.refi_left import Leftovers
from service.readers.coded_files.refi_model import Coding, Selection, Source
from service.readers.coded_files.refi_offsets import MeasuredText
from service.readers.coded_files.refi_package import Package

_MEDIA = {
    "PictureSource": "pictures",
    "PDFSource": "PDF files",
    "AudioSource": "audio recordings",
    "VideoSource": "video recordings",
}
_ABSENT = "their files are not in the archive"
_FORMATTED = "there is only a formatted file, in which positions can't be told"
_WORDLESS = "the project names no text for them"
_ILLEGIBLE = "their files are not text in UTF-8 or UTF-16"


@dataclass(frozen=True)
class Draft:
    """A document with its text, before its codings are placed."""

    name: str
    text: MeasuredText
    selections: Sequence[Selection]
    #: Codings of the whole.
    codings: Sequence[Coding]
    memos: Sequence[str]
    notes: Sequence[str]
    values: Sequence[tuple[str, str]]
    #: What it is known as: itself, and the recording or PDF file that it belongs to.
    guids: tuple[str, ...]


def find(sources: Sequence[Source], package: Package, left: Leftovers) -> list[Draft]:
    """Return the documents of a project that have a text; the others are counted as left."""
    drafts: list[Draft] = []
    names: dict[str, int] = {}
    known: set[str] = set()
    for source in sources:
        for draft in (
            _of_text(source, package, left) if source.tag == "TextSource" else _of_media(source, package, left)
        ):
            name = refi_codes.unlike(draft.name or f"Document {len(drafts) + 1}", names)
            # of two sources with one identifier the first is meant by what refers to it
            drafts.append(replace(draft, name=name, guids=tuple(g for g in draft.guids if g not in known)))
            known.update(draft.guids)
    return drafts


def _of_text(source: Source, package: Package, left: Leftovers) -> list[Draft]:
    found = _text(source, package)
    if isinstance(found, str):
        left.add("texts", found, codings=source.coded)
        return []
    return [_draft(source, found, source.name or posixpath.basename(source.plain_path), (source.guid,))]


def _of_media(source: Source, package: Package, left: Leftovers) -> list[Draft]:
    """Return the texts of a recording, a picture or a PDF file; what is coded beside its words stays behind."""
    drafts, texts, coded = [], set(), 0
    for part in source.parts:
        found = _text(part, package)
        if isinstance(found, str):
            coded += part.coded
            continue
        name = source.name if part.tag == "Representation" else part.name or source.name
        drafts.append(_draft(part, found, name, (part.guid, source.guid)))
        texts |= {selection.guid for selection in part.selections}
    # tools that code words of a page write the area and the words as one selection, twice
    coded += sum(len(area.codings) for area in source.areas if area.guid not in texts)
    if drafts:
        drafts[0] = _with(drafts[0], source)
    else:
        coded += len(source.codings)
    what = _MEDIA.get(source.tag, "sources of other kinds")
    left.add(what, "only their words are taken along" if drafts else "only texts are taken along", codings=coded)
    return drafts


def _text(source: Source, package: Package) -> MeasuredText | str:
    """Return a source's text, or why there is none."""
    try:
        found = package.text(source.plain_path) if source.plain_path else None
    except UnicodeDecodeError:
        return _ILLEGIBLE
    if found is not None:
        return MeasuredText(found.raw, found.mark)
    if source.content is not None:
        return MeasuredText(source.content.removeprefix("\ufeff"), source.content.startswith("\ufeff"))
    if source.plain_path:
        return _ABSENT
    return _FORMATTED if source.rich_path else _WORDLESS


def _draft(source: Source, text: MeasuredText, name: str, guids: tuple[str, ...]) -> Draft:
    return Draft(name, text, source.selections, source.codings, source.memos, source.notes, source.values, guids)


def _with(draft: Draft, source: Source) -> Draft:
    """Return a draft with what is said of the whole recording, picture or file."""
    return replace(
        draft,
        codings=[*draft.codings, *source.codings],
        memos=[*source.memos, *draft.memos],
        notes=[*source.notes, *draft.notes],
        values=[*draft.values, *source.values],
    )
