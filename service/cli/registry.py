"""`inkling models`: which models there are, how two compare, and who says which one serves."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import errors
from service.cli import context

if TYPE_CHECKING:
    from service.suggest.registry import Entry
    from training.compare import Coded

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
By = Annotated[str, typer.Option(help="The person who decides this; a researcher or admin.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the registry.")]
Excerpts = Annotated[
    list[Path] | None,
    typer.Option(help="Coded excerpts to compare on as well; each model only on people it was not trained on."),
]
Project = Annotated[str | None, typer.Option(help="The same, with a project's final codings.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    models = typer.Typer(no_args_is_help=True, help="Which models there are, and which one serves each codebook.")
    for command in (show, add, compare, promote, rollback, remove):
        models.command()(command)
    models.command("list")(list_models)
    app.add_typer(models, name="models")


def list_models(as_json: Json = False) -> None:
    """List the models, and who made which one current."""
    registry = context.registry()
    for problem in registry.unreadable().values():
        context.say(f"inkling: {problem}")
    entries = registry.list()
    if as_json:
        context.print_json([asdict(entry) for entry in entries])
    for entry in () if as_json else entries:
        note = "  (on invented text)" if entry.on_invented_text else ""
        print(f"{entry.model_id}\t{entry.state}\t{entry.codebook}\t{entry.method}{note}\t{_signed(entry)}".rstrip())


def show(model_id: str, as_json: Json = False) -> None:
    """Print a model's card, its state, and how it came to it."""
    registry = context.registry()
    card, entry = registry.load(model_id).card, registry.show(model_id)
    if as_json:
        context.print_json({**asdict(entry), "card": card})
        return
    print(card)
    print(f"State: {entry.state}{', ' if entry.by else ''}{_signed(entry)}")
    for name, found in (entry.verdict or {}).get("dimensions", {}).items():
        print(f"  {name}: {found['verdict']}{' (' + found['reason'] + ')' if found['reason'] else ''}")


def _signed(entry: "Entry") -> str:
    """Say who made a model current, when and why; nothing of a candidate."""
    return f"{entry.by}, {entry.decided_at[:16]}: {entry.reason}" if entry.by else ""


def add(folder: Path) -> None:
    """Add a bundle to the models, as a candidate."""
    print(context.registry().add(folder))


def compare(
    model_id: str,
    beside: Annotated[str | None, typer.Option("--with", help="Another model; default: the current one.")] = None,
    excerpts: Excerpts = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Compare a model with the current one on people that neither had seen."""
    from service.cli import comparison
    from training import compare

    registry, coded = context.registry(), _coded(excerpts, project)
    if beside is None:
        found = compare.against_current(registry, model_id, coded)
    else:
        found = compare.compare(registry.open(model_id), registry.open(beside), coded)
    if found is None:
        raise errors.NoModel(f"No other model serves the codebook of {model_id}; name one to compare it --with.")
    if as_json:
        context.print_json(found.as_json())
    else:
        comparison.show(found)


def promote(
    model_id: str, by: By, reason: Reason, excerpts: Excerpts = None, project: Project = None, as_json: Json = False
) -> None:
    """Compare a model with the current one, then make it the current one whatever that says."""
    from service.cli import comparison
    from training.promote import promote

    _check_signer(by)
    found = promote(context.registry(), model_id, by, reason, _coded(excerpts, project))
    if as_json:
        context.print_json({"model_id": model_id, "comparison": None if found is None else found.as_json()})
        return
    if found is not None:
        comparison.show(found)
    print(f"{model_id} is current.")


def rollback(codebook: Annotated[str, typer.Option(help="The codebook's name.")], by: By, reason: Reason) -> None:
    """Go back to the model before."""
    _check_signer(by)
    print(f"{context.registry().rollback(codebook, by, reason)} is current.")


def remove(model_id: str) -> None:
    """Delete a candidate that never advised; a model that serves, or once did, stays."""
    from service.use_cases.remove_models import remove_model

    with context.store() as engine:
        remove_model(engine, context.registry(), model_id)
    print(f"{model_id} is removed.")


def _coded(excerpts: list[Path] | None, project: str | None) -> "Coded | None":
    if excerpts and project:
        raise typer.BadParameter("give --excerpts or --project, not both")
    if not excerpts and project is None:
        return None
    from service.cli import models
    from service.readers.excerpts import read_rows
    from training import dataset
    from training.compare import Coded
    from training.selection import EVERYTHING

    if project is not None:
        return Coded(models.project_material(project, EVERYTHING).rows, context.encoder())
    return Coded(dataset.merge(read_rows(path) for path in excerpts or ()), context.encoder())


def _check_signer(name: str) -> None:
    """Raise `NotAllowed` unless this is a researcher or admin of the store."""
    from service.store import people
    from service.store.engine import reading

    with context.store() as engine, reading(engine) as connection:
        person = people.find(connection, name)
    if person is None:
        raise errors.NotFound(f"--by {name}: nobody in this store has this name.")
    if not person.may_promote:
        raise errors.NotAllowed(f"--by {name}: only a researcher or admin of this store can decide which model serves.")
