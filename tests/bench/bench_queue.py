"""How many codings the teaching order saves: people's codings of open data, given out in one order or another.

Each time, documents are divided into a pool and a test. Fifty codings of the pool drawn at random are the start; then
the model is fitted anew whenever it has been given more, and says what to code next, as the queue does. What it scores
on the test documents is set beside what as many codings bring in random order. What was run is kept, and not run again.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.isotonic import IsotonicRegression
from threadpoolctl import threadpool_limits

from service.domain.projects import RANDOM_SHARE
from service.readers.codebook import read_codebook
from service.readers.excerpts import read_rows
from service.settings import Settings
from service.suggest import calibration, teaching
from service.suggest.calibration import Calibration, Verdict
from service.suggest.encoder import Encoder, load_encoder
from service.suggest.features import Float32
from service.suggest.scorer import Array, Head, logit
from training import calibrate, dataset, heads, material
from training.calibrate import Unseen
from training.heads import Strength, Target
from training.matrices import Matrices

Rows = NDArray[np.int64]
#: Codings given, and the macro-F1 on the test documents.
Curve = list[tuple[int, float]]

DATA = Path(__file__).parents[3] / "shared" / "datasets"
DATASETS = {
    "annomi": "therapist_behaviour",
    "serdif": "usability_theme",
    "jaioh": "topic",
    "ctrlshift": "subject",
}
SIZES = (50, 100, 200, 300, 400, 500, 600, 800, 1000)
SMALL = (50, 75, 100, 125, 150, 175, 200)
_TEST_SHARE = 0.4
_FOLDS = 3
_RESAMPLES = 1000


@dataclass(frozen=True)
class Coded:
    """A dataset on one dimension, as heads see it; rows are places among all its segments."""

    target: Target
    columns: Matrices
    vectors: Float32
    #: What the definitions alone say of each segment.
    shares: Array

    @classmethod
    def read(cls, name: str, dimension: str, encoder: Encoder) -> "Coded":
        """Read and encode a dataset."""
        rows = read_rows(DATA / name / "open.parquet")
        snapshot = dataset.freeze(rows, read_codebook(DATA / name / "codebook.json", dataset.infer_select(rows)))
        prepared = material.prepare(snapshot, encoder, 0, material.quiet)
        target, view = material.targets(snapshot)[dimension], prepared.served
        every = np.arange(len(snapshot.examples))
        return cls(target, view.matrices, view.embedded.segment, view.shares(dimension, every))

    def part(self, rows: Rows) -> Target:
        """Return what is true of these segments."""
        return self.target.part(np.array([self._places[row] for row in rows.tolist()]))

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return {row: place for place, row in enumerate(self.target.rows.tolist())}

    def divided(self, seed: int) -> tuple[Rows, Rows]:
        """Return the rows of a pool, by document and position, and of a test: other documents."""
        groups = self.columns.groups[self.target.rows]
        names = np.random.default_rng(seed).permutation(np.unique(groups))
        sizes = np.cumsum([(groups == name).sum() for name in names])
        tested = names[: 1 + int(np.searchsorted(sizes, _TEST_SHARE * len(groups)))]
        test = np.isin(groups, tested)
        return self.target.rows[~test], self.target.rows[test]


@dataclass(frozen=True)
class Learned:
    """A head fitted and calibrated on some codings."""

    coded: Coded
    rows: Rows
    head: Head
    calibration: Calibration

    @classmethod
    def of(cls, coded: Coded, rows: Rows) -> "Learned":
        """Fit on these rows; calibrated out of fold by document."""
        groups = coded.columns.groups[rows]
        folds = np.searchsorted(np.unique(groups), groups) % _FOLDS
        target = coded.part(rows)
        logits = np.zeros((len(rows), len(target.codes) + target.none))
        for fold in np.unique(folds):
            mine = folds == fold
            if not mine.all():
                logits[mine] = _score(coded, rows, _head(coded, rows[~mine], none=target.none), rows[mine])
        head = _head(coded, rows, none=target.none)
        unseen = Unseen(target, logits, coded.shares[rows], folds)
        return cls(coded, rows, head, calibrate.calibrate(head, unseen, stated=False))

    def judge(self, rows: Rows) -> Verdict:
        """Say what the model says of other segments."""
        logits = _score(self.coded, self.rows, self.head, rows)
        return calibration.judge(self.head, self.calibration, logits, self.coded.shares[rows])

    def macro_f1(self, rows: Rows) -> float:
        """Return the macro-F1 on other segments."""
        truth, best = self.coded.part(rows).truth, self.judge(rows).best
        both, either = (best & truth).sum(axis=0), best.sum(axis=0) + truth.sum(axis=0)
        return float((2 * both / np.maximum(either, 1))[truth.any(axis=0)].mean())


def _head(coded: Coded, rows: Rows, *, none: bool) -> Head:
    inputs = coded.columns.inputs(rows, coded.columns.vocabulary(rows))
    freedom = 10.0 if coded.target.select == "one" else 2.0
    return heads.fit(coded.part(rows), inputs, coded.vectors.shape[1], none, Strength(freedom=freedom))


def _score(coded: Coded, fitted_on: Rows, head: Head, rows: Rows) -> Array:
    inputs = coded.columns.inputs(rows, coded.columns.vocabulary(fitted_on))
    return np.asarray(inputs.times(np.hstack([head.dense, head.terms]).T) + head.bias, np.float64)


#: Says in which order a model would have these segments.
Way = Callable[[Learned, Rows], Rows]


def _by_entropy(learned: Learned, rows: Rows) -> Rows:
    return rows[np.argsort(-_entropy(learned, rows), kind="stable")]


def _teaching(learned: Learned, rows: Rows) -> Rows:
    return rows[teaching.order(_entropy(learned, rows), learned.coded.vectors[rows])]


def _far_apart(learned: Learned, rows: Rows) -> Rows:
    """Order as the queue does, but the farther from what was taken, the better."""
    return rows[teaching.order(_entropy(learned, rows), learned.coded.vectors[rows], apart=1.0)]


def _entropy(learned: Learned, rows: Rows) -> Array:
    return teaching.doubt(learned.judge(rows), learned.coded.target.select)


def _by_margin(learned: Learned, rows: Rows) -> Rows:
    """Order by how near the two leading outcomes, or the probability of a code and its threshold, are."""
    verdict = learned.judge(rows)
    if learned.coded.target.select == "one":
        ordered = np.sort(np.column_stack([verdict.probabilities, verdict.none]), axis=1)
        return rows[np.argsort(ordered[:, -1] - ordered[:, -2], kind="stable")]
    ahead = np.abs(logit(verdict.probabilities) - logit(learned.calibration.threshold))
    return rows[np.argsort(ahead.min(axis=1), kind="stable")]


def _by_rarity(learned: Learned, rows: Rows) -> Rows:
    """Order by the variance of each code, those with few examples counting more."""
    given = learned.judge(rows).probabilities
    weights = 1.0 / np.sqrt(learned.head.examples + 1.0)
    return rows[np.argsort(-(weights * given * (1.0 - given)).sum(axis=1), kind="stable")]


def _by_density(learned: Learned, rows: Rows) -> Rows:
    vectors = learned.coded.vectors[rows]
    typical = np.maximum(vectors @ vectors.mean(axis=0), 0.0)
    return rows[np.argsort(-_entropy(learned, rows) * typical, kind="stable")]


def _by_distance(learned: Learned, rows: Rows) -> Rows:
    """Order by distance alone: next what is farthest from all that was coded (k-centre)."""
    vectors = learned.coded.vectors[rows]
    near = (vectors @ learned.coded.vectors[learned.rows].T).max(axis=1)
    out: list[int] = []
    for _ in range(min(300, len(rows))):
        out.append(int(near.argmin()))
        near = np.maximum(near, vectors @ vectors[out[-1]])
        near[out] = np.inf
    return rows[out]


#: None: as the transcripts have them.
WAYS: Mapping[str, Way | None] = {"transcript": None, "teaching": _teaching, "entropy alone": _by_entropy}
TRIED: Mapping[str, Way] = {
    "far apart": _far_apart,
    "margin": _by_margin,
    "rarity": _by_rarity,
    "density": _by_density,
    "distance alone": _by_distance,
}


def curve(coded: Coded, way: str, seed: int, sizes: Sequence[int]) -> Curve:
    """Give out codings of a pool, and return what is learned."""
    pool, test = coded.divided(seed)
    rng = np.random.default_rng(seed)
    queue = rng.permutation(pool)
    lots = set(queue[rng.random(len(queue)) < RANDOM_SHARE].tolist())
    learned = Learned.of(coded, queue[: sizes[0]])
    found = [(sizes[0], learned.macro_f1(test))]
    for size in [size for size in sizes[1:] if size <= len(pool)]:
        following = _next(way, learned, queue[~np.isin(queue, learned.rows)], lots)
        learned = Learned.of(coded, np.concatenate([learned.rows, following[: size - len(learned.rows)]]))
        found.append((size, learned.macro_f1(test)))
    return found


def _next(way: str, learned: Learned, left: Rows, lots: set[int]) -> Rows:
    """Return what is left in the order of the queue, those taken by lot evenly between."""
    if way == "random":
        return left
    asked = {**WAYS, **TRIED}[way]
    if asked is None:
        return np.sort(left)
    drawn = np.array([row in lots for row in left.tolist()], dtype=np.bool_)
    parts = [asked(learned, left[~drawn]), left[drawn]]
    places = np.concatenate([(np.arange(len(part)) + 0.5) / max(1, len(part)) for part in parts])
    return np.concatenate(parts)[np.argsort(places, kind="stable")]


@dataclass
class Runs:
    """The curves run so far, kept in a file."""

    file: Path

    def get(self, coded: Callable[[], Coded], key: tuple[str, str, int], sizes: Sequence[int]) -> Curve:
        """Return a curve, run if it is not there."""
        name = json.dumps([*key, list(sizes)])
        if name not in self._known:
            self._known[name] = curve(coded(), key[1], key[2], sizes)
            with self.file.open("a", encoding="utf-8") as out:
                out.write(json.dumps([name, self._known[name]]) + "\n")
        return self._known[name]

    @cached_property
    def _known(self) -> dict[str, Curve]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.is_file() else []
        return {name: [(size, score) for size, score in found] for name, found in map(json.loads, lines)}


def needed(curves: Array, sizes: Array, score: float) -> float:
    """Return how many codings the mean of some curves, smoothed to rise, needs for a score; inf where it never does."""
    mean = IsotonicRegression().fit_transform(sizes, curves.mean(axis=0))
    if mean[-1] < score:
        return float("inf")
    return float(np.interp(score, *_rising(mean, sizes)))


def _rising(mean: Array, sizes: Array) -> tuple[Array, Array]:
    """Leave out of a curve where it stands still: the first of equal scores is what counts."""
    first = np.append(True, np.diff(mean) > 0)
    return mean[first], sizes[first]


def saving(way: Array, random: Array, sizes: Array, at: int) -> tuple[float, float, float]:
    """Return which part of so many random codings brings the same, with a 95 % interval by bootstrap over seeds.

    Args:
        way: macro-F1, a row per seed, a column per size.
        random: the same in random order.
        sizes: how many codings each column stands for.
        at: the column of `random` that is to be reached.
    """

    @cache  # few seeds are drawn in few ways
    def part(drawn: tuple[int, ...]) -> float:
        seeds = list(drawn)
        aim = IsotonicRegression().fit_transform(sizes, random[seeds].mean(axis=0))[at]
        return needed(way[seeds], sizes, float(aim)) / float(sizes[at])

    rng, seeds = np.random.default_rng(0), range(len(way))
    drawn = np.sort([part(tuple(sorted(rng.choice(seeds, len(seeds)).tolist()))) for _ in range(_RESAMPLES)])
    return part(tuple(seeds)), float(drawn[int(0.025 * _RESAMPLES)]), float(drawn[int(0.975 * _RESAMPLES) - 1])


def _columns(curves: Mapping[str, list[Curve]]) -> tuple[Array, dict[str, Array]]:
    """Cut all curves to the sizes that every seed's pool has."""
    shortest = min((found for of_way in curves.values() for found in of_way), key=len)
    sizes = np.array([size for size, _ in shortest], dtype=np.float64)
    return sizes, {
        way: np.array([[score for _, score in found[: len(sizes)]] for found in of_way])
        for way, of_way in curves.items()
    }


def _rows(name: str, curves: Mapping[str, list[Curve]]) -> list[list[str]]:
    sizes, found = _columns(curves)
    out = []
    for aim in (400, 800) if sizes[-1] >= 800 else (100, int(sizes[-1])):
        at = int(np.flatnonzero(sizes == aim)[0])
        for way in [way for way in found if way != "random"]:
            most = float(sizes[-1]) / aim
            part, low, high = (_part(value, most) for value in saving(found[way], found["random"], sizes, at))
            gain = 100 * (found[way] - found["random"])[:, 1:].mean()
            score = f"{found['random'][:, at].mean():.3f}"
            out.append([name, str(aim), score, way, f"{part} ({low}–{high})", f"{gain:+.1f}"])
    return out


def _part(value: float, most: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else f"over {most:.2f}"


def main() -> None:
    """Run what is missing, and print which part of the codings brings the same in each order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--all", action="store_true", help="also the orders that were tried and not taken")
    asked = parser.parse_args()
    settings, console = Settings(), Console(width=140)
    runs = Runs(settings.cache / "bench" / "queue.jsonl")
    encoder = load_encoder(settings.encoder, settings.cache)
    table = Table(title="Codings needed for the macro-F1 that so many in random order bring, on documents not seen")
    for column in ("dataset", "random codings", "macro-F1", "order", "part needed (95 %)", "mean gain, points"):
        table.add_column(column)
    ways = ["random", *WAYS, *(TRIED if asked.all else ())]
    with threadpool_limits(1):
        for name, dimension in DATASETS.items():
            if not (DATA / name / "open.parquet").is_file():
                console.print(f"[bold]{name}: not there ({DATA / name}), left out[/bold]")
                continue
            for row in _rows(name, _curves(runs, (name, dimension), encoder, ways, asked.seeds)):
                table.add_row(*row)
    console.print(table)


def _curves(
    runs: Runs, place: tuple[str, str], encoder: Encoder, ways: Sequence[str], seeds: int
) -> dict[str, list[Curve]]:
    read: list[Coded] = []

    def coded() -> Coded:
        if not read:
            read.append(Coded.read(*place, encoder))
        return read[0]

    sizes = SMALL if place[0] == "jaioh" else SIZES
    return {way: [runs.get(coded, (place[0], way, seed), sizes) for seed in range(seeds)] for way in ways}


if __name__ == "__main__":
    main()
