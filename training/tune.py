"""Fine-tune the encoder on all dimensions at once; what comes out is an encoder like any other.

Consecutive segments of a document are learned together, through the very columns that heads read
(`service.suggest.features.Columns`), so that an embedding also learns to serve its neighbours. The heads that teach
it are linear like those fitted afterwards, and are thrown away.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.domain.suggestion import Passage
from training.heads import Target

#: Segments of a document that are learned together, and how many such stretches make a step.
STRETCH = 24
PER_STEP = 2

Rows = NDArray[np.int64]
#: Told the share of the steps that are done.
Tell = Callable[[float], None]


@dataclass(frozen=True)
class Lesson:
    """What to learn from: passages in document order, and what is true of some of them on each dimension."""

    passages: Sequence[Passage]
    targets: Mapping[str, Target]
    #: Places of the passages to learn from, ascending.
    rows: Rows

    def part(self, kept: NDArray[np.bool_]) -> "Lesson":
        """Return what is to be learned of some of the passages alone, marked among all."""
        parts = {name: target.part(kept[target.rows]) for name, target in self.targets.items()}
        return Lesson(self.passages, parts, self.rows[kept[self.rows]])

    def stretches(self) -> list[Rows]:
        """Cut the rows into stretches of one document each."""
        own: dict[str, list[int]] = {}
        for row in self.rows.tolist():
            own.setdefault(self.passages[row].document_id, []).append(row)
        return [
            np.array(rows[start : start + STRETCH], dtype=np.int64)
            for rows in own.values()
            for start in range(0, len(rows), STRETCH)
        ]

    @property
    def steps_per_round(self) -> int:
        """How many steps go once over everything."""
        return -(-len(self.stretches()) // PER_STEP)


def quiet(share: float) -> None:
    """Say nothing."""


def tune(base: Path, lesson: Lesson, steps: int, seed: int, out: Path, tell: Tell = quiet) -> None:
    """Tune a sentence-transformers model and save it as one; the same call gives the same weights on one machine.

    Args:
        base: folder of the sentence-transformers model to start from.
        lesson: what to learn.
        steps: of optimisation, each over two stretches of documents.
        seed: of the order, the dropout and the start of the heads.
        out: folder to write to; made if absent.
        tell: told how far it is.
    """
    from training.tuning_loop import Loop

    loop = Loop(base, lesson, steps, seed)
    for number, stretches in enumerate(order(lesson, steps, seed)):
        loop.step(number, stretches)
        tell((number + 1) / steps)
    loop.save(out)


def order(lesson: Lesson, steps: int, seed: int) -> Iterator[list[Rows]]:
    """Yield what each step learns: all stretches, in a new order each round."""
    chance = np.random.default_rng(seed)
    stretches = lesson.stretches()
    waiting: list[int] = []
    for _ in range(steps):
        if not waiting:
            waiting = chance.permutation(len(stretches)).tolist()
        yield [stretches[place] for place in waiting[:PER_STEP]]
        waiting = waiting[PER_STEP:]
