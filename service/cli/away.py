"""`inkling export`, `inkling report`: take final codings away."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from service import files
from service.cli import context
from service.domain.counting import counted
from service.use_cases.export_files import Format

#: A cell of fewer than two participants is one of one, or of nobody.
_LEAST_MASK = 2

#: Formats that are no text, and what is counted in them.
_BINARY = {"xlsx": "row", "qdpx": "coding", "docx": "coding", "qdc": "code"}

Project = Annotated[str, typer.Option()]
Out = Annotated[Path | None, typer.Option(help="A file; default: stdout.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("export")(export)
    app.command("report")(report)


def export(
    project: Project,
    form: Annotated[Format, typer.Option("--format")] = "csv",
    codings: Annotated[Literal["final", "all"], typer.Option(help="Final ones, or all people's too.")] = "final",
    document: Annotated[str | None, typer.Option(help="Of one document only.")] = None,
    out: Out = None,
) -> None:
    """Write a project's codings: as coded excerpts, for other tools (REFI-QDA), or as a coded transcript (Word)."""
    from service.store.engine import reading
    from service.use_cases import access
    from service.use_cases.export_files import Export, ExportOptions, export_to

    to_stdout = out is None or str(out) == "-"
    if to_stdout and form in _BINARY and sys.stdout.isatty():
        raise typer.BadParameter(f"a .{form} is no text for a terminal; give --out FILE")
    with context.store() as engine, reading(engine) as connection:
        found = access.named(connection, project)
        wanted = Export(connection, found, ExportOptions(form, codings, document), None, context.now())
        if out is None or to_stdout:
            rows = wanted.write(sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            rows = export_to(wanted, out)
    _say_where(out, rows, _BINARY.get(form, "row"))
    if not rows and codings == "final":
        context.say("Nothing is final yet; --codings all writes what each person coded, here or elsewhere.")


def report(
    project: Project,
    form: Annotated[Literal["csv", "html"], typer.Option("--format")] = "csv",
    out: Out = None,
    mask_below: Annotated[int | None, typer.Option(help="Mask cells under so many participants; 0: none.")] = None,
) -> None:
    """Write the table of domains, levels and themes from final codings."""
    from service.store.engine import reading
    from service.use_cases import access, report_codings, report_page

    if mask_below is not None and mask_below != 0 and mask_below < _LEAST_MASK:
        raise typer.BadParameter(f"--mask-below is {_LEAST_MASK} or more, such as 5; 0 masks nothing")
    with context.store() as engine, reading(engine) as connection:
        of = access.named(connection, project)
        counted_codes = report_codings.report(connection, of, minimum=mask_below)
    text = report_codings.as_csv(counted_codes) if form == "csv" else report_page.page(counted_codes, of)
    if out is None or str(out) == "-":
        sys.stdout.write(text)
    else:
        with files.replacing(out) as file:
            file.write(text)
    _say_where(out, len(counted_codes.rows) + sum(len(table.rows) for table in counted_codes.tables))


def _say_where(out: Path | None, rows: int, what: str = "row") -> None:
    """Say on stderr how much was written, and into which file."""
    where = "" if out is None or str(out) == "-" else f"{out}: "
    context.say(f"{where}{counted(rows, what)}.")
