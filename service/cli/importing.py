"""`inkling import`, `imports`, `codebook`: bring transcripts and codings into a project, and take the latter back."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from service import errors, files
from service.cli import context, holdings
from service.cli.transcripts import Interviewer, Json, options_for
from service.domain.counting import counted
from service.domain.folding import Choices as CodeChoices

if TYPE_CHECKING:
    from service.domain.coded_file import CodedFile
    from service.use_cases.import_codings import Choices, ImportedFile
    from service.use_cases.import_transcript import Imported

#: Files that hold codings and nothing else.
_CODED_ONLY = frozenset({".qdpx", ".rqda", ".qda", ".sqlite3"})
#: Documents named in one note.
_NAMED = 5

Dimensions = Annotated[
    list[str] | None,
    typer.Option("--dimension", help='"BRANCH=DIMENSION": what a branch of the codes is; "BRANCH=" takes none.'),
]
Codes = Annotated[
    list[str] | None, typer.Option("--code", help='"CODE=DIMENSION:CODE": what a code is here; "CODE=" leaves it out.')
]
Coders = Annotated[list[str] | None, typer.Option("--coder", help='"NAME IN THE FILE=PERSON": who a coder is here.')]
Columns = Annotated[
    list[str] | None, typer.Option("--column", help='"text=TITLE": which column of a table holds what.')
]
Unselected = Annotated[
    Literal["none", "unknown"] | None, typer.Option(help="What lies under no selection: no code applies, or unknown.")
]
CodedBy = Annotated[str | None, typer.Option(help="Who coded it, in a sentence, where the file names nobody.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("import")(import_)
    app.command("codebook")(codebook)
    app.add_typer(_imports(), name="imports")


def codebook(
    file: Path,
    dimension: Dimensions = None,
    out: Annotated[Path | None, typer.Option(help="A file; default: stdout.")] = None,
) -> None:
    """Write the codes of another tool's file as a codebook, each branch a dimension: YAML to read and change."""
    import yaml

    from service.domain.codebook import as_dict

    book = context.codebook(file, pairs(dimension, "--dimension"))
    text = yaml.safe_dump(as_dict(book), allow_unicode=True, sort_keys=False, width=120)
    if out is None or str(out) == "-":
        print(text, end="")
        return
    with files.replacing(out) as written:
        written.write(text)
    context.say(f"{out}: {counted(len(book.dimensions), 'dimension')}.")


def pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """Return what is given as "NAME=VALUE"; the value is what stands behind the last equals sign.

    "=DIMENSION" speaks of the codes without a branch.
    """
    found = {}
    for text in given or ():
        name, equals, value = text.rpartition("=")
        if not equals or not (name.strip() or option == "--dimension"):
            raise typer.BadParameter(f'{option} is written "NAME=VALUE"')
        found[name.strip()] = value.strip()
    return found


def _columns(given: list[str] | None) -> dict[str, str]:
    """Return our names with the titles they stand for; a title may hold an equals sign."""
    split = [text.partition("=") for text in given or ()]
    if any(not equals for _, equals, _ in split):
        raise typer.BadParameter('--column is written "text=TITLE"')
    return {name.strip(): title.strip() for name, _, title in split}


def import_(
    inputs: Annotated[list[Path], typer.Argument(metavar="FILE…")],
    project: Annotated[str, typer.Option()],
    interviewer: Interviewer = None,
    dimension: Dimensions = None,
    code: Codes = None,
    coder: Coders = None,
    column: Columns = None,
    unselected: Unselected = None,
    coded_by: CodedBy = None,
    queue: Annotated[
        bool, typer.Option("--queue/--no-queue", help="Whether people are to code new documents that hold codings.")
    ] = True,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would become of it; store nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Import transcripts, or codings from other tools, into a project: all of them, or none if one can't be read."""
    from service.readers import coded
    from service.use_cases.import_codings import Choices

    columns = _columns(column)
    given = [path for path in inputs if holdings.is_coded(path, told=columns)]
    transcripts = [path for path in inputs if path not in given]
    said = Choices(
        CodeChoices(pairs(dimension, "--dimension"), pairs(code, "--code")),
        _coders(coder),
        unselected,
        coded_by or "",
        tuple(interviewer or ()),
        queue,
    )
    read = [coded.read_coded(path, how=coded.Reading(columns)) for path in given]
    _check_codings(transcripts, read, told=any((dimension, code, coder, column, unselected, coded_by)))
    if preview:
        _preview(project, read, said, as_json=as_json)
        return
    _require(read, said)
    done, taken = _store(project, transcripts, read, said)
    if as_json:
        context.print_json({"documents": [asdict(d) for d in done], "files": [asdict(f) for f in taken]})
        return
    _say_documents(done)
    for file in taken:
        _say_file(file)


def _check_codings(transcripts: list[Path], read: Sequence["CodedFile"], *, told: bool) -> None:
    """Refuse files that hold codes alone, and words about codings where there are none; name what a folder hides."""
    from service.readers import codes
    from service.readers import files as files_of

    bare = [file.name for file in read if not file.documents and file.codes and not file.left]
    bare += [path.name for path in transcripts if codes.lists_codes(path)]
    if bare:
        raise errors.BadInput(
            f"{bare[0]}: it holds codes and no codings; make a project of it: "
            f"inkling projects create NAME --codebook {bare[0]}"
        )
    for folder in (path for path in transcripts if path.is_dir()):
        hidden = sorted(p.name for p in folder.rglob("*") if p.suffix.lower() in _CODED_ONLY)
        if hidden:
            context.say(f"{folder}: passed over, as codings come from files named one by one: {', '.join(hidden)}")
    readable = all(path.is_dir() or path.suffix.lower() in files_of.SUFFIXES for path in transcripts)
    if told and not read and readable:
        raise typer.BadParameter("no file here holds codings that can be told; --column says which columns do")


def _coders(given: list[str] | None) -> dict[str, str]:
    """Return people by coder; "=PERSON" says who the coder is whom the file does not name."""
    named = pairs([text for text in given or () if not text.startswith("=")], "--coder")
    unnamed = [text[1:].strip() for text in given or () if text.startswith("=")]
    return {**named, **({"": unnamed[-1]} if unnamed else {})}


def _require(read: Sequence["CodedFile"], said: "Choices") -> None:
    from service.use_cases.import_codings import questions

    for file in read:
        asked = holdings.with_options(questions(file, said))
        if asked:
            raise typer.BadParameter(f"{file.name}: {' '.join(asked)}")


def _store(
    project: str, transcripts: list[Path], read: Sequence["CodedFile"], said: "Choices"
) -> tuple[list["Imported"], list["ImportedFile"]]:
    from service.settings import Settings
    from service.use_cases.import_codings import Request, import_coded
    from service.use_cases.import_transcript import read_files

    with context.store() as engine:
        options = options_for(list(said.interviewers))
        incoming = read_files(engine, project, transcripts, options) if transcripts else []
        request = Request([(file, said) for file in read], incoming, Settings().segment_words)
        return import_coded(engine, project, request, None, context.now())


def _preview(project: str, read: Sequence["CodedFile"], said: "Choices", *, as_json: bool) -> None:
    from service.store import projects
    from service.store.engine import reading
    from service.use_cases import access
    from service.use_cases.preview_codings import preview

    if not read:
        raise typer.BadParameter("--preview is for files with codings; `inkling read FILE` shows a transcript")
    with context.store() as engine, reading(engine) as connection:
        book = projects.codebook_of(connection, access.named(connection, project))
    seen = [preview(file, book, said) for file in read]
    if as_json:
        context.print_json([asdict(one) for one in seen])
        return
    for one in seen:
        holdings.show(one)


def _say_documents(done: Sequence["Imported"]) -> None:
    for item in done:
        state = "unchanged" if item.unchanged else counted(item.segments, "segment")
        context.tell(f"{item.document_id}: {state}")
    _say_notes(done)


def _say_file(file: "ImportedFile") -> None:
    """Say what became of a file: what is kept, what it comes to, what is left and why."""
    _say_documents(file.documents)
    if file.unchanged:
        context.tell(f"{file.file} ({file.tool}): unchanged")
    else:
        kept = f"{file.kept:,} of {counted(file.codings, 'coding')} kept at their offsets"
        kept += f", {file.matched:,} with a code of the project's"
        context.tell(f"{file.file} ({file.tool}): {kept}, {counted(file.segment_codings, 'coding')} of segments")
    for note in file.notes:
        context.say(f"{file.file}: note: {note}")
    for left in file.left:
        context.say(f"{file.file}: left: {holdings.left(left)}")


def _say_notes(done: Sequence["Imported"]) -> None:
    """Say each note once, with the documents it is about."""
    about: dict[str, list[str]] = {}
    for item in done:
        for note in item.notes:
            about.setdefault(note, []).append(item.document_id)
    for note, names in about.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        context.say(f"{', '.join(names[:_NAMED])}{more}: note: {note}")


def _imports() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Files whose codings a project took over.")

    @app.command("list")
    def list_(project: Annotated[str, typer.Option()], as_json: Json = False) -> None:
        """List them, with what did not come along."""
        from service.use_cases.list_imports import list_imports

        with context.store() as engine:
            found = list_imports(engine, project, None)
        if as_json:
            context.print_json([asdict(one) for one in found])
        for one in [] if as_json else found:
            state = "ended" if one.ended else one.imported_at[:10]
            context.tell(f"{one.import_id}\t{state}\t{one.file}\t{one.tool}")
            for item in one.left or ():
                context.tell(f"    left: {holdings.left(item)}")

    @app.command()
    def withdraw(import_id: str, project: Annotated[str, typer.Option()]) -> None:
        """Have a file's codings count no longer; its documents stay, and so does the record of it."""
        from service.use_cases import list_imports

        with context.store() as engine:
            list_imports.withdraw(engine, project, import_id, None, context.now())
        print(f"The codings of {import_id} count no longer; its documents stay.")

    return app
