"""`inkling train`, `evaluate`, `models`: fit models, measure them, and say which one serves."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service import errors
from service.cli import context, progress

if TYPE_CHECKING:
    from training.retrain import Material

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
By = Annotated[str, typer.Option(help="The person who decides this; a researcher or admin.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the registry.")]
Codebook = Annotated[Path | None, typer.Option(help="The codebook, YAML or JSON.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("train")(train)
    app.command("evaluate")(evaluate)
    app.add_typer(_models(), name="models")


def train(
    excerpts: Annotated[list[Path] | None, typer.Option(help="Coded excerpts; may be given several times.")] = None,
    project: Annotated[str | None, typer.Option(help="Train on a project's final codings.")] = None,
    codebook: Codebook = None,
    tune: Annotated[bool, typer.Option("--tune/--no-tune", help="Fine-tune the encoder (not yet possible).")] = False,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    budget: Annotated[float | None, typer.Option(min=0, help="Minutes; the head takes seconds.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of tuning; the head has none.")] = None,
    out: Annotated[Path | None, typer.Option(help="The bundle's folder; default: among the models.")] = None,
    as_json: Json = False,
) -> None:
    """Fit a model and report how good it is on participants it has not seen."""
    if budget is not None and steps is not None:
        raise typer.BadParameter("give --budget or --steps, not both")
    if tune:
        raise errors.BadInput("--tune: fine-tuning the encoder is not built yet; train without it.")
    if excerpts and project:
        raise typer.BadParameter("give --excerpts or --project, not both")
    if not (excerpts or project or codebook):
        raise typer.BadParameter("give --excerpts, --project or --codebook")
    with _naming(excerpts or []):
        result = fit(excerpts or [], codebook, project=project, seed=seed, out=out)
    if as_json:
        context.print_json(result)
    else:
        print(f"{result['model_id']} ({result['method']}) is in {result['path']}")
        _print_figures(result["metrics"])


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
    excerpts: list[Path], codebook: Path | None, *, project: str | None = None, seed: int = 0, out: Path | None = None
) -> dict[str, Any]:
    """Fit a model on excerpts files, a project's final codings, or a codebook alone; write its bundle."""
    from training.retrain import read_material, retrain

    material = read_material(excerpts, codebook) if project is None else _of_project(project)
    with progress.shown("training") as report:
        trained = retrain(material, context.encoder(), out or context.registry(), seed, _share(report))
    return trained.as_json()


def _share(report: progress.Report) -> Callable[[str, float], None]:
    return lambda _stage, share: report(round(100 * share), 100)


def _of_project(name: str) -> "Material":
    from service.store import projects
    from service.store.engine import reading
    from service.use_cases.training_rows import training_rows
    from training.retrain import Material

    with context.store() as engine, reading(engine) as connection:
        found = projects.find(connection, name)
        if found is None:
            raise errors.NotFound(f"There is no project {name}.")
        rows = training_rows(connection, found)
        book = projects.codebook_of(connection, found)
    if not rows:
        raise errors.BadExcerpts(f"Project {name} has no final codings yet; decide on some segments first.")
    return Material(rows, book)


def evaluate(
    model: Annotated[str, typer.Option(help="A model's folder or id.")],
    excerpts: Annotated[Path, typer.Option(help="Coded excerpts the model has not seen.")],
    as_json: Json = False,
) -> None:
    """Measure a model on coded excerpts; groups it was trained on are left out."""
    from service.readers.excerpts import read_rows
    from service.suggest import bundle
    from training.evaluate import evaluate

    loaded = bundle.load(context.registry().resolve(model))
    with progress.shown("evaluating"):
        result = evaluate(loaded, context.encoder(), read_rows(excerpts))
    if as_json:
        context.print_json(result)
        return
    print(f"{result['segments']} segments of {result['documents']} documents; {result['left_out']} left out.")
    _print_figures(result)


def _print_figures(result: Mapping[str, Any]) -> None:
    """Print what was measured on participants not seen in training, or why nothing was."""
    if "dimensions" not in result:
        print(f"Not measured: {result.get('reason', 'there were no examples')}.")
        return
    for name, found in result["dimensions"].items():
        shown = [f"{title} {_figure(found[key])}" for title, key in _SHOWN]
        print(f"{name}: {', '.join(shown)}")


_SHOWN = (("macro-F1", "macro_f1"), ("micro-F1", "micro_f1"), ("kappa", "kappa"))


def _figure(value: float | None) -> str:
    """Write a measure; one that can't be computed, such as kappa where all is alike, has no number."""
    return "none" if value is None else f"{value:.3f}"


def _models() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Which models there are, and which one serves each codebook.")

    @app.command("list")
    def list_models(as_json: Json = False) -> None:
        """List the models."""
        from dataclasses import asdict

        entries = context.registry().list()
        if as_json:
            context.print_json([asdict(entry) for entry in entries])
        for entry in () if as_json else entries:
            note = "  (on invented text)" if entry.on_invented_text else ""
            print(f"{entry.model_id}\t{entry.state}\t{entry.codebook}\t{entry.method}{note}")

    @app.command()
    def show(model_id: str) -> None:
        """Print a model's card."""
        print((context.registry().path(model_id) / "MODEL_CARD.md").read_text(encoding="utf-8"))

    @app.command()
    def add(folder: Path) -> None:
        """Add a bundle to the models, as a candidate."""
        print(context.registry().add(folder))

    @app.command()
    def promote(model_id: str, by: By, reason: Reason) -> None:
        """Make a model the current one of its codebook."""
        from training.promote import promote

        _check_signer(by)
        promote(context.registry(), model_id, by, reason)
        print(f"{model_id} is current.")

    @app.command()
    def rollback(codebook: Annotated[str, typer.Option(help="The codebook's name.")], by: By, reason: Reason) -> None:
        """Go back to the model before."""
        from training.promote import rollback

        _check_signer(by)
        print(f"{rollback(context.registry(), codebook, by, reason)} is current.")

    return app


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
