"""Print what a coded file holds, for a person to check before it is imported."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from service import errors
from service.cli import context
from service.domain.coded_file import CodedFile, Left
from service.domain.counting import counted
from service.settings import Settings

if TYPE_CHECKING:
    from service.use_cases.import_codings import Question
    from service.use_cases.preview_codings import CodeSeen, Preview


#: Whose columns a person may name.
#: Which option answers which question.
_OPTIONS = {"unselected": "--unselected none|unknown", "coded_by": '--coded-by "…"'}
_TABLES = frozenset({".csv", ".tsv", ".xlsx"})


def show_coded(file: Path, *, as_json: bool) -> None:
    """Show a file of another tool as it is read."""
    from service.readers import coded

    show_read(coded.read_coded(file), as_json=as_json)


def show_read(read: CodedFile, *, as_json: bool) -> None:
    """Show what was read of a file."""
    from service.use_cases.import_codings import Choices
    from service.use_cases.preview_codings import as_json as whole
    from service.use_cases.preview_codings import preview

    if as_json:
        context.print_json(whole(read, Settings().segment_words))
    else:
        show(preview(read, None, Choices()))


def show_codes(file: Path, *, as_json: bool) -> None:
    """Show a table that lists codes."""
    from service.readers import codes

    listed, _ = codes.read_codes(file)
    show_read(CodedFile(file.name, "", "a list of codes", codes=listed), as_json=as_json)


def show(seen: "Preview") -> None:
    """Print a preview."""
    context.tell(
        f"{seen.file}: {seen.tool}, {counted(len(seen.documents), 'document')}, {counted(seen.codings, 'coding')}"
    )
    for document in seen.documents:
        who = f", {document.participant_id}" if document.participant_id not in (None, document.document_id) else ""
        context.tell(
            f"  {document.document_id}{who}: {document.characters:,} characters, {counted(document.codings, 'coding')}"
        )
    for coder in seen.coders:
        what = " (a tool's machine: not taken over)" if coder.machine else ""
        context.tell(f"Coder {coder.name or 'not named'}: {counted(coder.codings, 'coding')}{what}")
    if seen.columns:
        context.tell("Columns: " + ", ".join(f"{name}={title}" for name, title in seen.columns.items()))
    for branch, dimension in seen.branches.items():
        context.tell(f"Branch {branch or '(codes at the top)'}: dimension {dimension or '(none)'}")
    for code in seen.codes:
        context.tell(f"  {code.path}: {counted(code.codings, 'coding')}{_becomes(code)}")
    if seen.selections:
        context.tell(
            f"{seen.aligned:,} of {counted(seen.selections, 'selection')} aligned, counted in {seen.counted_in}"
        )
    for note in seen.notes:
        context.tell(f"Note: {note}")
    for item in seen.left:
        context.tell(f"Left: {left(item)}")
    for question in with_options(dict(zip(seen.unanswered, seen.questions, strict=True))):
        context.tell(f"To be said: {question}")


def _becomes(code: "CodeSeen") -> str:
    if code.target is not None:
        return f" -> {code.target}"
    return f" ({code.why})" if code.why else ""


def with_options(questions: Mapping["Question", str]) -> list[str]:
    """Return what has yet to be said of a file, each with the option that says it."""
    return [f"{sentence} Give {_OPTIONS[name]}." for name, sentence in questions.items()]


def left(item: Left) -> str:
    """Return a sentence on something that does not come along."""
    return f"{item.what} ({item.count:,}): {item.why}"


def is_coded(path: Path, *, told: Collection[str] = ()) -> bool:
    """Say whether a file is to be read for its codings: if it is told which columns hold them, or is no transcript."""
    from service.readers import coded, files

    suffix = path.suffix.lower()
    if not path.is_file():
        return False
    if (told and suffix in _TABLES) or (suffix in coded.READERS and suffix not in files.SUFFIXES):
        return True
    try:
        with path.open("rb") as file:
            return coded.is_coded(path.name, file)
    except OSError as problem:
        raise errors.UnreadableFile(f"{path.name}: it can't be opened ({problem.strerror}).") from None
