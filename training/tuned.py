"""The second way to fit: heads on an encoder that was tuned to the codings, measured by encoders that were not."""

import shutil
import statistics
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service import errors
from service.domain import groups
from service.suggest import encoder_source, openvino_graph
from service.suggest.encoder import Encoder
from service.suggest.openvino_encoder import OpenVINOEncoder
from service.suggest.openvino_graph import Graph
from training import fit, material, tune
from training.dataset import Snapshot
from training.fit import Candidate
from training.heads import Target
from training.material import Material, Progress, View
from training.plan import Plan, Steps, steps
from training.tune import Lesson

#: Steps that are made and thrown away, to know how long one takes; the first warms up.
_TRIED = 4


@dataclass(frozen=True)
class Workshop:
    """Where encoders are tuned: the model to start from, and a folder for what is thrown away afterwards."""

    base: Path
    folder: Path


def planned(snapshot: Snapshot, shop: Workshop, plan: Plan) -> Steps:
    """Translate the plan into steps, by trying a few where it gives minutes."""
    lesson = _lesson(snapshot, material.targets(snapshot), np.ones(len(snapshot.examples), dtype=np.bool_))
    seconds = 0.0 if plan.steps is not None else _seconds(shop.base, lesson)
    return steps(plan, lesson.steps_per_round, seconds)


def _seconds(base: Path, lesson: Lesson) -> float:
    from training.tuning_loop import Loop

    loop = Loop(base, lesson, _TRIED, 0)
    taken: list[float] = []
    for number, stretches in enumerate(tune.order(lesson, _TRIED, 0)):
        begun = time.monotonic()
        loop.step(number, stretches)
        taken.append(time.monotonic() - begun)
    return statistics.median(taken[1:])


def candidate(head: Material, shop: Workshop, length: Steps, seed: int, progress: Progress) -> Candidate:
    """Tune an encoder without each fold in turn and one on everything, and fit heads on what they see.

    Args:
        head: the same snapshot as the untuned encoder sees it.
        shop: where to tune.
        length: how long.
        seed: of folds and tuning.
        progress: told how far it is.

    Raises:
        BadEncoder: the tuned encoder can't be compiled.
    """
    snapshot = head.snapshot
    folds = _folds(snapshot, length.folds, seed)
    turns = [*(int(fold) for fold in np.unique(folds)), None]
    views: dict[int | None, View] = {}
    for number, without in enumerate(turns):
        share, more = 0.9 * number / len(turns), 0.9 / len(turns)
        place = shop.folder / f"without-{without}"
        _tune(snapshot, folds, without, shop.base, length, seed, place, _part(progress, "tuning", share, 0.85 * more))
        encoder, graph = _compiled(place)
        views[without] = material.seen_by(
            snapshot, encoder, head.served.matrices, _part(progress, "encoding", share + 0.85 * more, 0.15 * more)
        )
        if without is not None:
            shutil.rmtree(place)
    tuned = Material(snapshot, encoder, folds, views)
    found = fit.candidate(tuned, fit.TUNED, lambda stage, share: progress(stage, 0.9 + 0.1 * share))
    return replace(found, graph=graph, tuning={"steps": length.final, "folds": len(views) - 1})


def _part(progress: Progress, stage: str, start: float, width: float) -> tune.Tell:
    return lambda share: progress(stage, start + width * share)


def _folds(snapshot: Snapshot, count: int, seed: int) -> NDArray[np.int64]:
    of_group = groups.folds(snapshot.groups, seed)
    return np.array([of_group[example.group] % count for example in snapshot.examples], dtype=np.int64)


def _tune(
    snapshot: Snapshot,
    folds: NDArray[np.int64],
    without: int | None,
    base: Path,
    length: Steps,
    seed: int,
    place: Path,
    tell: tune.Tell,
) -> None:
    kept = np.ones(len(folds), dtype=np.bool_) if without is None else folds != without
    lesson = _lesson(snapshot, material.targets(snapshot), kept)
    tune.tune(base, lesson, length.final if without is None else length.each, seed, place / "model", tell)


def _lesson(snapshot: Snapshot, targets: dict[str, Target], kept: NDArray[np.bool_]) -> Lesson:
    parts = {name: target.part(kept[target.rows]) for name, target in targets.items()}
    return Lesson([example.passage for example in snapshot.examples], parts, np.flatnonzero(kept))


def _compiled(place: Path) -> tuple[Encoder, Graph]:
    """Compile a tuned model as it will serve; the conversion holds it to what torch computes."""
    source = encoder_source.find(place / "model", place)
    graph = openvino_graph.prepare(source, place)
    if graph is None:
        raise errors.BadEncoder("This encoder can be tuned but not compiled, so it can't serve; train with --no-tune.")
    graph = replace(graph, keeps=False)
    return OpenVINOEncoder(graph, source.encoder_id), graph
