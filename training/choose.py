"""Which way to fit: an untuned encoder, a tuned one, or both, of which the better is kept."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service import errors
from service.domain import groups
from service.suggest.encoder import Encoder
from service.suggest.held_out import HeldOut
from service.suggest.measures import Counts
from service.suggest.model import Bundle
from training import fit, material, tuned
from training.dataset import Snapshot
from training.fit import Candidate
from training.material import Progress, quiet, within
from training.plan import LEAST_SEGMENTS, LEAST_STEPS, Plan, Steps
from training.tuned import Workshop

#: A difference in macro-F1 that nobody would choose by.
_HARDLY = 0.01


def fit_best(
    snapshot: Snapshot, encoder: Encoder, base: Path | None, plan: Plan, folder: Path, progress: Progress = quiet
) -> Bundle:
    """Fit a model as planned; the same snapshot, encoder, seed and steps give the same one on one machine.

    Args:
        snapshot: frozen coded excerpts.
        encoder: the untuned encoder.
        base: its sentence-transformers folder; None where it can't be tuned.
        plan: what was asked for.
        folder: for tuned encoders on their way; the bundle's own lies in it until it is saved.
        progress: told how far it is.

    Raises:
        BadInput: tuning was asked for where it can't be done.
    """
    shop = _shop(snapshot, base, plan, folder)
    if shop is None or (plan.tune is None and len(snapshot.coded) < LEAST_SEGMENTS):
        return fit.fit_head(snapshot, encoder, plan.seed, progress)
    lesson = tuned.lesson_of(snapshot)
    length = tuned.planned(lesson, shop, plan)
    if plan.tune is None and length.final < LEAST_STEPS:
        return fit.fit_head(snapshot, encoder, plan.seed, progress)
    if length.final < 1:
        raise _untunable(f"{plan.budget:g} minutes are no time for it; give more")
    prepared = material.prepare(snapshot, encoder, plan.seed, within(progress, 0.0, 0.05))
    found = tuned.candidate(prepared, lesson, shop, length, plan.seed, within(progress, 0.15, 0.75))
    if plan.tune is None:
        head = fit.candidate(prepared, progress=within(progress, 0.9, 0.04))
        found = _better(head, found, length)
    return fit.finish(found, plan.seed, within(progress, 0.94, 0.06))


def _shop(snapshot: Snapshot, base: Path | None, plan: Plan, folder: Path) -> Workshop | None:
    """Return where to tune; None where it isn't to be, or can't and need not."""
    if plan.tune is False:
        return None
    if base is not None and not snapshot.few_groups:
        return Workshop(base, folder)
    if plan.tune is None:
        return None
    why = "it has no weights; take another" if base is None else "fewer than three participants are coded; code more"
    raise _untunable(why)


def _untunable(why: str) -> errors.BadInput:
    return errors.BadInput(f"The encoder can't be tuned: {why}, or train without tuning.")


def _better(head: Candidate, found: Candidate, length: Steps) -> Candidate:
    """Keep the tuned encoder where it is ahead over two halves of the participants and hardly behind on either.

    So the choice doesn't hang on a few people, and would have been much the same for either half, had only the other
    been asked.
    """
    said = {"head": head.held_out(), "tuned": found.held_out()}
    halves = {name: [_score(held, half) for half in (0, 1)] for name, held in said.items()}
    tried = {name: [round(score, 4) for score in scores] for name, scores in halves.items()}
    gains = [after - before for before, after in zip(halves["head"], halves["tuned"], strict=True)]
    kept = found if sum(gains) > 0 and min(gains) > -_HARDLY else head
    return replace(kept, tuning={**kept.tuning, "tried": tried, "steps_tried": length.final})


def _score(said: Mapping[str, HeldOut], half: int) -> float:
    """Return macro-F1 out of fold, averaged over dimensions, on half of the participants."""
    scores = []
    for held in said.values():
        mine = _half(held.groups) == half
        if mine.any():
            counts = Counts(held.part(mine))
            scores.append(float(counts.macro_f1(np.ones((1, len(counts.names))))[0]))
    return float(np.nanmean(scores)) if scores else 0.0


def _half(names: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return which half each group belongs to: every second one of a shuffled order."""
    order = {name: place % 2 for place, name in enumerate(sorted(set(names.tolist()), key=groups.key))}
    return np.array([order[name] for name in names.tolist()], dtype=np.int64)
