"""`inkling score`: suggestions for a whole archive."""

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from service.cli import context, progress
from service.cli.transcripts import Interviewer, Json
from service.domain.counting import counted
from service.settings import Settings

if TYPE_CHECKING:
    from service.suggest.bundle import Bundle
    from service.use_cases.archive_shares import ArchiveShares
    from service.use_cases.score_archive import Engine
    from service.use_cases.score_engines import Recipe
    from service.use_cases.score_told import Progress, Standing

SOME_REFUSED = 3
#: Less text than this is done before further processes have started.
_WORTH_PROCESSES = 2_000_000
#: Before so long nothing is said of the speed.
_SECONDS = 1.0

_SHARES = ("dimension", "code", "as the model says, uncorrected", "corrected", "95 % interval", "by")

EngineName = Literal["local", "ray"]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("score")(score)
    app.command("shares")(shares)


def score(
    inputs: Annotated[list[Path], typer.Argument(help="Files, folders, and patterns in quotes.")],
    model: Annotated[str, typer.Option(help="A model's folder or id.")],
    out: Annotated[Path, typer.Option(help="The output folder.")],
    engine: Annotated[EngineName, typer.Option(help="This machine's cores, or a Ray cluster.")] = "local",
    address: Annotated[str | None, typer.Option(help="The Ray cluster; none starts one on this machine.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="How many workers; by default one a core.")] = None,
    resume: Annotated[bool, typer.Option(help="Score only what is new or changed.")] = False,
    interviewer: Interviewer = None,
    project: Annotated[str | None, typer.Option(help="Also put the segments into this project's queue.")] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Draw so many segments at random, for people to decide first, unadvised.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Score transcripts and excerpts in bulk; the result needs human decisions."""
    from service.use_cases.queue_suggestions import ProjectQueue
    from service.use_cases.score_archive import ScoreOptions, score

    if address is not None and engine != "ray":
        raise typer.BadParameter("--address goes with --engine ray")
    if sample is not None and project is None:
        raise typer.BadParameter("--sample goes with --project: people decide on the sample there")
    settings = Settings()
    with contextlib.ExitStack() as stack:
        recipe, bundle = _recipe(model)
        queue = None
        if project is not None:
            store = stack.enter_context(context.store())
            queue = ProjectQueue(store, project, context.now(), bundle.support)
        book = bundle.codebook if queue is None else queue.codebook()
        options = ScoreOptions(
            resume,
            tuple(interviewer or ()),
            settings.segment_words,
            settings.max_upload_bytes,
            project=project,
            queue=queue,
            sample=sample,
        )
        chosen = _engine(engine, recipe, inputs, address, workers)
        report = stack.enter_context(progress.shown("scoring"))
        summary = score(inputs, chosen, book, out, options, _told(report))
    if as_json:
        context.print_json(summary.as_dict())
    else:
        print(summary.sentence())
    for warning in summary.warnings:
        context.say(f"Warning: {warning}")
    if summary.refused_files:
        raise typer.Exit(SOME_REFUSED)


def shares(
    scores: Annotated[Path, typer.Argument(help="A folder that `inkling score` wrote.")],
    project: Annotated[str | None, typer.Option(help="Correct by what was decided on this project's sample.")] = None,
    as_json: Json = False,
) -> None:
    """Say how common each code is in a scored archive, corrected once people have decided a sample of it."""
    from service.store.engine import reading
    from service.use_cases import access
    from service.use_cases.archive_shares import archive_shares

    if project is None:
        found = archive_shares(scores)
    else:
        with context.store() as engine, reading(engine) as connection:
            found = archive_shares(scores, connection, access.named(connection, project))
    if as_json:
        context.print_json(found.as_dict())
    else:
        _print_shares(found)


def _print_shares(found: "ArchiveShares") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*_SHARES)
    for column in table.columns:
        column.overflow = "fold"
    for code in found.codes:
        right = code.corrected
        columns = (
            ("", "", "")
            if right is None
            else (f"{right.estimate:.1%}", f"{right.low:.1%} to {right.high:.1%}", right.method)
        )
        table.add_row(code.dimension, code.code, f"{code.uncorrected:.1%}", *columns)
    Console().print(table)
    for dimension, decided in found.decided.items():
        known = found.known[dimension]
        beside = f", and {counted(known, 'coding')} known before" if known else ""
        of = counted(found.segments[dimension], "segment")
        of_sample = f"; {decided} of the sample of {found.sample} decided{beside}" if found.sample else ""
        print(f"{dimension}: {of}{of_sample}.")
    if any(code.corrected is None for code in found.codes):
        least = found.as_dict()["least_decided"]
        print(
            f"Shares are corrected once {least} segments of a sample are decided: inkling score --project P --sample N."
        )


def _recipe(model: str) -> "tuple[Recipe, Bundle]":
    """Return what workers load, and the model."""
    from service.use_cases.score_engines import Recipe

    settings, registry = Settings(), context.registry()
    bundle = registry.open(model)
    folder = registry.resolve(model).resolve()
    recipe = Recipe(bundle.manifest.model_id, folder, settings.encoder, settings.cache.resolve())
    return recipe, bundle


def _engine(
    name: EngineName, recipe: "Recipe", inputs: list[Path], address: str | None, workers: int | None
) -> "Engine":
    from service.use_cases import score_inputs
    from service.use_cases.score_engines import Alone, Processes

    if name == "ray":
        from service.use_cases.score_on_ray import Cluster

        return Cluster(recipe, address, workers)
    count = workers or len(os.sched_getaffinity(0))
    if workers is None and sum(entry.path.stat().st_size for entry in score_inputs.inputs(inputs)) < _WORTH_PROCESSES:
        count = 1
    return Processes(recipe, count) if count > 1 else Alone(recipe.suggester())


def _told(report: progress.Report) -> "Progress":
    """Tell of the share done, with what there is to say of the speed."""
    begun: tuple[float, float] = time.monotonic(), 0.0

    def tell(standing: "Standing") -> None:
        nonlocal begun
        if not standing.counts.segments:  # what an earlier run did says nothing about the speed
            begun = time.monotonic(), standing.share
        taken, gained = time.monotonic() - begun[0], standing.share - begun[1]
        left = taken * (1 - standing.share) / gained if gained > 0 else None
        report(standing.share, _line(standing, taken, left))

    return tell


def _line(standing: "Standing", taken: float, left: float | None) -> str:
    counts = standing.counts
    parts = [f"{standing.files:,} of {counted(standing.of_files, 'file')}", counted(counts.segments, "segment")]
    if counts.segments and taken >= _SECONDS:
        parts.append(f"{counts.segments / taken:,.0f} a second")
    if left is not None and standing.share < 1:
        parts.append(f"{_duration(left)} left")
    if counts.rows:
        parts.append(f"abstained {counts.abstained / counts.rows:.0%}")
    if standing.refused_files:
        parts.append(f"{counted(standing.refused_files, 'file')} refused")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    """Return about how long that is."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
