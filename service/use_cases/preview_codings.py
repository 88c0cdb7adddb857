"""Show what a coded file holds, and what would become of it, before anything is stored."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from service.domain import folding
from service.domain.codebook import Codebook
from service.domain.coded_file import CodedFile, ForeignDocument, Left
from service.domain.folding import Matching
from service.suggest.segmenter import Segmenter
from service.use_cases.import_codings import Choices, Question, questions
from service.use_cases.lay_out_documents import Layout
from service.use_cases.left_behind import unmatched


@dataclass(frozen=True)
class DocumentSeen:
    """A document of the file."""

    document_id: str
    characters: int
    codings: int
    participant_id: str | None


@dataclass(frozen=True)
class CoderSeen:
    """A coder of the file; "" is whoever it does not name."""

    name: str
    codings: int
    #: Whether it is a tool's machine, whose codings are nobody's.
    machine: bool


@dataclass(frozen=True)
class CodeSeen:
    """A code of the file, how often it was given, and what it is in the codebook."""

    path: str
    description: str
    codings: int
    #: The branch it stands in and the dimension that this is taken for, whether the codebook has it or not.
    branch: str | None
    dimension: str | None
    #: The codebook's code; None where there is none, and then why.
    target: str | None
    why: str


@dataclass(frozen=True)
class Preview:
    """What a file holds and what a project would make of it."""

    file: str
    sha256: str
    tool: str
    documents: tuple[DocumentSeen, ...]
    coders: tuple[CoderSeen, ...]
    codes: tuple[CodeSeen, ...]
    #: Dimension by branch, as the tree of codes is folded.
    branches: Mapping[str, str]
    codings: int
    selections: int | None
    aligned: int | None
    counted_in: str
    #: What the columns of a table were taken for.
    columns: Mapping[str, str]
    #: The titles of all columns of a table.
    titles: Sequence[str]
    #: What does not come along.
    left: tuple[Left, ...]
    notes: tuple[str, ...]
    #: What has yet to be said before it can be imported.
    questions: tuple[str, ...]
    #: The same by the names of the choices.
    unanswered: tuple[Question, ...]
    #: What the file leaves to be said at all, by the names of the choices.
    asks: tuple[Question, ...]


#: What `inkling read` says of a transcript.
_TRANSCRIPT = ("document_id", "text", "turns", "segments")


def preview(file: CodedFile, book: Codebook | None, choices: Choices) -> Preview:
    """Say what a file holds.

    Args:
        file: as it was read.
        book: the codebook of the project that it is to go into; None shows the file's own tree, folded.
        choices: what the importing person has said so far.

    Raises:
        Unprocessable: a branch, code or dimension is named that is not there.
    """
    often = Counter(made.code for document in file.documents for made in document.codings)
    matching = None if book is None else folding.match(file.codes, book, choices.codes)
    left = (*file.left, *(() if matching is None else unmatched(file, matching)))
    found = folding.branches(file.codes, choices.codes.dimensions)
    alignment, asked = file.alignment, questions(file, choices)
    return Preview(
        file.name,
        file.sha256,
        file.tool,
        tuple(_document(document) for document in file.documents),
        _coders(file),
        _codes(file, choices, matching, often),
        {folding.path_text(branch): dimension for branch, dimension in found.items()},
        file.codings,
        None if alignment is None else alignment.selections,
        None if alignment is None else alignment.aligned,
        "" if alignment is None else alignment.counted_in,
        file.columns,
        file.titles,
        left,
        file.notes,
        tuple(asked.values()),
        tuple(asked),
        tuple(questions(file, Choices())),
    )


def _document(document: ForeignDocument) -> DocumentSeen:
    who = document.participant.participant_id if document.participant else None
    return DocumentSeen(document.name, len(document.text), len(document.codings), who)


def _coders(file: CodedFile) -> tuple[CoderSeen, ...]:
    often = Counter(made.coder for document in file.documents for made in document.codings)
    often.update(stated.coder for document in file.documents for stated in document.nothing)
    named = [CoderSeen(coder.name, often[coder.key], coder.machine) for coder in file.coders if coder.key]
    return (*named, *([CoderSeen("", often[""], machine=False)] if often[""] else []))


def _codes(file: CodedFile, choices: Choices, matching: Matching | None, often: Counter[str]) -> tuple[CodeSeen, ...]:
    places = folding.folded(file.codes, choices.codes.dimensions)
    found = []
    for code in file.codes:
        dimension, below = places.get(code.key, (None, ()))
        target = None if matching is None else matching.targets.get(code.key)
        why = "" if matching is None else matching.unmatched.get(code.key, "")
        if matching is not None and code.key in matching.ignored:
            why = "to be left out"
        branch = None if dimension is None else folding.path_text(code.path[: len(code.path) - len(below)])
        found.append(
            CodeSeen(
                folding.path_text(code.path),
                code.description,
                often[code.key],
                branch,
                dimension,
                None if target is None else f"{target.dimension}:{target.code}",
                why,
            )
        )
    return tuple(found)


def as_json(file: CodedFile, segment_words: int = 60) -> dict[str, Any]:
    """Return what `inkling read --json` prints of a coded file: all of it, with the turns and segments of its texts."""
    seen = asdict(preview(file, None, Choices()))
    paths = {code.key: list(code.path) for code in file.codes}
    names = {coder.key: coder.name for coder in file.coders}
    layout = Layout(Segmenter(segment_words))
    documents = [_whole(document, paths, names, layout) for document in file.documents]
    # a file of one document is shown as a transcript is, too
    alone = {key: documents[0][key] for key in _TRANSCRIPT} if len(documents) == 1 else {}
    return {**alone, **seen, "documents": documents}


def _whole(
    document: ForeignDocument, paths: Mapping[str, list[str]], names: Mapping[str, str], layout: Layout
) -> dict[str, Any]:
    understood = layout.new(document).incoming.understood
    return {
        "document_id": document.name,
        "participant_id": document.participant.participant_id if document.participant else None,
        "attributes": dict(document.participant.attributes) if document.participant else {},
        "text": document.text,
        "memo": document.memo,
        "turns": [asdict(turn) for turn in understood.transcript.turns],
        "segments": [
            {"position": s.position, "start": s.start, "end": s.end, "text": s.text} for s in understood.segments
        ],
        "codings": [
            {
                "start": made.start,
                "end": made.end,
                "code": paths.get(made.code, [made.code]),
                "coder": names.get(made.coder, ""),
                "memo": made.memo,
                "made_at": made.made_at,
            }
            for made in document.codings
        ],
    }
