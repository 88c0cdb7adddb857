"""The second way to fit: heads on an encoder that was tuned to the codings, measured by encoders that were not."""

import shutil
import statistics
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from service import errors
from service.suggest import encoder_source, openvino_graph
from service.suggest.encoder import Encoder
from service.suggest.openvino_encoder import OpenVINOEncoder
from service.suggest.openvino_graph import Graph
from training import fit, material, tune
from training.dataset import Snapshot
from training.fit import Candidate
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


def lesson_of(snapshot: Snapshot) -> Lesson:
    """Return all that there is to learn of a snapshot."""
    passages = [example.passage for example in snapshot.examples]
    return Lesson(passages, material.targets(snapshot), np.arange(len(passages)))


def planned(lesson: Lesson, shop: Workshop, plan: Plan) -> Steps:
    """Translate the plan into steps, by trying a few where it gives minutes."""
    seconds = 0.0 if plan.steps is not None else _seconds(shop.base, lesson)
    return steps(plan, len(lesson.rows), lesson.steps_per_round, seconds)


def _seconds(base: Path, lesson: Lesson) -> float:
    from training.tuning_loop import Loop

    loop = Loop(base, lesson, _TRIED, 0)
    taken: list[float] = []
    for number, stretches in enumerate(tune.order(lesson, _TRIED, 0)):
        begun = time.monotonic()
        loop.step(number, stretches)
        taken.append(time.monotonic() - begun)
    return statistics.median(taken[1:])


def candidate(
    head: Material, lesson: Lesson, shop: Workshop, length: Steps, seed: int, progress: Progress
) -> Candidate:
    """Tune an encoder without each fold in turn and one on everything, and fit heads on what they see.

    Args:
        head: the snapshot as the untuned encoder sees it.
        lesson: all that there is to learn of it.
        shop: where to tune.
        length: how long.
        seed: of folds and tuning.
        progress: told how far it is.

    Raises:
        BadEncoder: the tuned encoder can't be compiled.
    """
    snapshot = head.snapshot
    folds = material.folds_by_group(snapshot, seed) % length.folds
    turns = [*(int(fold) for fold in np.unique(folds)), None]
    views: dict[int | None, View] = {}
    for number, without in enumerate(turns):
        share, more = 0.9 * number / len(turns), 0.9 / len(turns)
        place = shop.folder / f"without-{without}"
        own, count = (lesson, length.final) if without is None else (lesson.part(folds != without), length.each)
        tune.tune(shop.base, own, count, seed, place / "model", _part(progress, "tuning", share, 0.85 * more))
        encoder, graph = _compiled(place)
        views[without] = material.seen_by(
            snapshot, encoder, head.served.matrices, _part(progress, "encoding", share + 0.85 * more, 0.15 * more)
        )
        if without is not None:
            shutil.rmtree(place)
    tuned = Material(snapshot, encoder, folds, views)
    found = fit.candidate(tuned, fit.TUNED, material.within(progress, 0.9, 0.1))
    return replace(found, graph=graph, tuning={"steps": length.final, "folds": len(views) - 1})


def _part(progress: Progress, stage: str, start: float, width: float) -> tune.Tell:
    return lambda share: progress(stage, start + width * share)


def _compiled(place: Path) -> tuple[Encoder, Graph]:
    """Compile a tuned model as it will serve; the conversion holds it to what torch computes."""
    source = encoder_source.find(place / "model", place)
    graph = openvino_graph.prepare(source, place)
    if graph is None:
        raise errors.BadEncoder("This encoder can be tuned but not compiled, so it can't serve; train without tuning.")
    graph = replace(graph, keeps=False)
    return OpenVINOEncoder(graph, source.encoder_id), graph
