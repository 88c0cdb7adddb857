"""Fit SetFit with its defaults and say what it suggests. Run by the environment that has it, as a program of its own.

Beside the defaults there are: a seed, no checkpoints on disk, no progress shown, and a limit on the time. Where all
pairs of examples would take longer, training takes as many steps as fit, and its learning rate falls accordingly.
"""

import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from numpy.typing import NDArray
from setfit import SetFitModel, Trainer, TrainingArguments
from transformers import TrainerCallback

_BATCH = 16
#: Steps that are made and thrown away, to know how long one takes.
_TRIED = 12
_SHORT = 60


class _Clock(TrainerCallback):
    """Notes when each step ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.ends.append(time.monotonic())


class _Lesson:
    """What there is to learn, and from where to start."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked
        self.truth = np.array(asked["truth"], dtype=np.int64)
        self.many = asked["select"] == "many"
        #: A code that no example has can't be learned.
        self.codes = np.flatnonzero(self.truth.any(axis=0))

    def labels(self) -> list[Any]:
        truth = self.truth[:, self.codes]
        found: list[Any] = (truth if self.many else truth.argmax(axis=1)).tolist()
        return found

    def train(self, steps: int) -> tuple[Any, _Clock]:
        """Return a model trained for so many steps (-1: all pairs once), and when its steps ended."""
        strategy = {"multi_target_strategy": "one-vs-rest"} if self.many else {}
        model = SetFitModel.from_pretrained(self.asked["base"], local_files_only=True, **strategy)
        arguments = TrainingArguments(
            max_steps=steps, seed=self.asked["seed"], report_to="none", save_strategy="no", show_progress_bar=False
        )
        data = Dataset.from_dict({"text": self.asked["texts"], "label": self.labels()})
        clock = _Clock()
        Trainer(model=model, args=arguments, train_dataset=data, callbacks=[clock]).train()
        return model, clock


def all_steps(truth: NDArray[np.int64]) -> int:
    """Return how many steps SetFit's defaults take: as many pairs that share a code as pairs that share none."""
    sets, counts = np.unique(truth, axis=0, return_counts=True)
    shared = (sets @ sets.T) > 0
    pairs = np.outer(counts, counts).astype(np.float64)
    alike = (pairs[shared].sum() + counts[np.diag(shared)].sum()) / 2.0
    total = counts.sum() * (counts.sum() + 1) / 2.0
    return int(np.ceil(2.0 * max(alike, total - alike) / _BATCH))


def steps_within(lesson: _Lesson, total: int, limit: float) -> int:
    """Return how many steps fit into a time, in seconds; -1 where all of them do."""
    if total <= _SHORT:
        return -1
    ends = lesson.train(_TRIED)[1].ends
    fitting = int(limit / statistics.median(np.diff(ends[1:]).tolist()))
    return -1 if fitting >= total else fitting


def said(lesson: _Lesson, model: Any, texts: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return what a model suggests of each text, and the probabilities, a column per code."""
    distinct, back = np.unique(np.array(texts), return_inverse=True)
    given = np.asarray(model.predict_proba(distinct.tolist(), as_numpy=True), np.float64)[back]
    probabilities = np.zeros((len(texts), lesson.truth.shape[1]))
    probabilities[:, lesson.codes] = given
    if lesson.many:
        return probabilities > 0.5, probabilities
    best = np.zeros(probabilities.shape, dtype=np.bool_)
    best[np.arange(len(best)), probabilities.argmax(axis=1)] = True
    return best, probabilities


def main(question: Path, answer: Path) -> None:
    """Read what is asked (JSON), and write what is said (arrays)."""
    lesson = _Lesson(json.loads(question.read_text("utf-8")))
    total = all_steps(lesson.truth)
    steps = steps_within(lesson, total, lesson.asked["seconds"])
    begun = time.monotonic()
    model, clock = lesson.train(steps)
    took = time.monotonic() - begun
    best, probabilities = said(lesson, model, lesson.asked["judged"])
    with answer.open("wb") as file:
        np.savez(file, best=best, probabilities=probabilities, seconds=took, steps=len(clock.ends), all_steps=total)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
