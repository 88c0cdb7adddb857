"""`inkling train` and `evaluate`: fit models and measure them."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service import errors
from service.cli import context, figures, progress
from service.domain.jobs import MOST_MINUTES, MOST_STEPS, SEEDS, TrainingOptions

if TYPE_CHECKING:
    from training.plan import Plan
    from training.retrain import Material
    from training.selection import Choice

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
Codebook = Annotated[Path | None, typer.Option(help="The codebook, YAML or JSON.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("train")(train)
    app.command("evaluate")(evaluate)


def _minutes(budget: float | None) -> float | None:
    """Refuse what is no time to tune in, and no number."""
    if budget == 0:
        raise typer.BadParameter("in no time nothing is tuned; give --no-tune in its place")
    if budget is not None and not 0 < budget <= MOST_MINUTES:
        raise typer.BadParameter(f"it is a number of minutes over 0, at most {MOST_MINUTES:,}")
    return budget


def train(
    excerpts: Annotated[list[Path] | None, typer.Option(help="Coded excerpts; may be given several times.")] = None,
    project: Annotated[str | None, typer.Option(help="Train on a project's final and imported codings.")] = None,
    codebook: Codebook = None,
    tune: Annotated[bool | None, typer.Option("--tune/--no-tune", help="Tune the encoder; default: if better.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=SEEDS - 1)] = 0,
    budget: Annotated[
        float | None, typer.Option(callback=_minutes, help="Minutes, 30 by default; without tuning seconds.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, max=MOST_STEPS, help="Steps of tuning, in place of minutes.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="Leave out a participant or document, by id.")] = None,
    without_file: Annotated[Path | None, typer.Option(help="The same, a file with one id a line.")] = None,
    unadvised_only: Annotated[bool, typer.Option("--unadvised-only", help="Leave out codings after advice.")] = False,
    out: Annotated[Path | None, typer.Option(help="The bundle's folder; default: among the models.")] = None,
    as_json: Json = False,
) -> None:
    """Fit a model and report how good it is on participants it has not seen."""
    if budget is not None and steps is not None:
        raise typer.BadParameter("give --budget or --steps, not both")
    if excerpts and project:
        raise typer.BadParameter("give --excerpts or --project, not both")
    if project and codebook:
        raise typer.BadParameter("a project has its own codebook; leave --codebook out")
    if not (excerpts or project or codebook):
        raise typer.BadParameter("give --excerpts, --project or --codebook")
    if (without or without_file or unadvised_only) and not (excerpts or project):
        raise typer.BadParameter("a codebook alone has nothing to leave out; give --excerpts or --project")
    choice = _choice(without or [], without_file, unadvised_only=unadvised_only)
    how = plan(TrainingOptions(tune, budget, steps, seed))
    with _naming(excerpts or []):
        result = fit(excerpts or [], codebook, project=project, choice=choice, how=how, out=out)
    if as_json:
        context.print_json(result)
    else:
        print(f"{result['model_id']} ({result['method']}) is in {result['path']}")
        _print_snapshot(result["snapshot"])
        figures.show(result["metrics"])
        _print_limits(result)
        print(f"Report: {Path(result['path']) / 'report.html'}")


def _choice(without: list[str], file: Path | None, *, unadvised_only: bool) -> "Choice":
    from training.selection import Choice, read_ids

    ids = (*without, *(read_ids(file) if file is not None else ()))
    return Choice(ids, unadvised_only)


def _print_snapshot(snapshot: Mapping[str, Any]) -> None:
    """Print what the model was fitted on: the same codings always have the same snapshot."""
    if snapshot["segments"]:
        counts = ", ".join(f"{what} {snapshot[what]}" for what in ("segments", "documents", "participants"))
        print(f"Snapshot {snapshot['sha256'][:16]}: {counts}.")


def _print_limits(result: Mapping[str, Any]) -> None:
    """Print what was left out on request, and what a model of one or two participants can't know."""
    from training.card import left_out

    for words in left_out(result["left_out"]):
        print(f"Left out: {words}.")
    for sentence in result["not_known_yet"]:
        print(sentence)


@contextlib.contextmanager
def _naming(excerpts: list[Path]) -> Iterator[None]:
    """Put the files' names before an error that speaks of a document in one of them."""
    try:
        yield
    except errors.BadExcerpts as error:
        if not excerpts or any(str(error).startswith(path.name) for path in excerpts):
            raise
        raise errors.BadExcerpts(f"{', '.join(path.name for path in excerpts)}: {error}") from error


def fit(
    excerpts: list[Path],
    codebook: Path | None,
    *,
    project: str | None = None,
    choice: "Choice | None" = None,
    how: "Plan | None" = None,
    out: Path | None = None,
) -> dict[str, Any]:
    """Fit a model on excerpts files, a project's final codings, or a codebook alone; write its bundle."""
    from training.plan import HEAD_ONLY
    from training.retrain import read_material, retrain
    from training.selection import EVERYTHING

    choice = choice or EVERYTHING
    material = read_material(excerpts, codebook, choice) if project is None else project_material(project, choice)
    encoder, to = context.encoder(), out or context.registry()
    with progress.shown("training") as report:
        how, base = how or HEAD_ONLY, context.tunable(encoder)
        trained = retrain(material, context.keeping(encoder), to, how, base, _share(report), work=context.work())
    return trained.as_json()


def plan(options: TrainingOptions) -> "Plan":
    """Return how to fit, as it was asked for."""
    from training.plan import Plan

    told = {"budget": options.budget} if options.budget is not None else {}
    return Plan(options.tune, options.seed, steps=options.steps, **told)


def _share(report: progress.Report) -> Callable[[str, float], None]:
    return lambda stage, share: report(share, stage)


def project_material(name: str, choice: "Choice") -> "Material":
    """Return a project's final and imported codings, less what is to be left out, and its codebook.

    Raises:
        NotFound: there is no such project.
        BadExcerpts: nothing is coded in it yet, or what was to be left out is not there, or is all there is.
    """
    from service.store import projects
    from service.store.engine import reading
    from service.use_cases import access
    from service.use_cases.training_rows import surrounding_rows, training_rows
    from training.retrain import Material
    from training.selection import select

    with context.store() as engine, reading(engine) as connection:
        found = access.named(connection, name)
        rows = training_rows(connection, found)
        book = projects.codebook_of(connection, found)
        around = surrounding_rows(connection, found, rows)
    if not any(row.settles for row in rows):
        raise errors.BadExcerpts(
            f"Project {name} has no final codings yet; decide on some segments, or import codings, first."
        )
    return Material.of(select(rows, choice), book).amid(around)


def evaluate(
    model: Annotated[str, typer.Option(help="A model's folder or id.")],
    excerpts: Annotated[Path, typer.Option(help="Coded excerpts the model has not seen.")],
    as_json: Json = False,
) -> None:
    """Measure a model on coded excerpts, made with advice or without; groups it was trained on are left out."""
    from service.readers.excerpts import read_rows
    from training.evaluate import evaluate

    loaded = context.registry().open(model)
    with progress.shown("evaluating"):
        result = evaluate(loaded, context.keeping(context.encoder()), read_rows(excerpts))
    if as_json:
        context.print_json(result)
        return
    print(f"{result['segments']} segments of {result['documents']} documents.")
    for line in figures.kept_and_left_out(result["codings"]):
        print(line)
    figures.show(result)
