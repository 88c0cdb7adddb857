"""`inkling export`, `inkling report`: take final codings away."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from service import files
from service.cli import context
from service.domain.counting import counted

#: A cell of fewer than two participants is one of one, or of nobody.
_LEAST_MASK = 2

Project = Annotated[str, typer.Option()]
Out = Annotated[Path | None, typer.Option(help="A file; default: stdout.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("export")(export)
    app.command("report")(report)


def export(
    project: Project,
    form: Annotated[Literal["csv", "jsonl"], typer.Option("--format")] = "csv",
    codings: Annotated[Literal["final", "all"], typer.Option(help="Final ones, or all people's too.")] = "final",
    out: Out = None,
) -> None:
    """Write a project's codings as coded excerpts, which `inkling train` reads back."""
    from service.store.engine import reading
    from service.use_cases import access, export_codings

    options = export_codings.ExportOptions(form, codings)
    with context.store() as engine, reading(engine) as connection:
        found = access.named(connection, project)
        if out is None or str(out) == "-":
            rows = export_codings.export(connection, found, options, sys.stdout)
        else:
            rows = export_codings.export_to(connection, found, options, out)
    _say_where(out, rows)


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


def _say_where(out: Path | None, rows: int) -> None:
    """Say on stderr how many rows were written, and into which file."""
    where = "" if out is None or str(out) == "-" else f"{out}: "
    context.say(f"{where}{counted(rows, 'row')}.")
