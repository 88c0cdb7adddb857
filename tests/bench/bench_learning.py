"""What Inkling learns beside what a user would otherwise pick, on people no model has seen. `make bench-learning`.

Every result is kept as soon as it is known, under the home's `bench/learning`: run it again to go on where it was.
Parts of it: `python -m tests.bench.bench_learning --only annomi,jaioh --methods head,tuned,setfit-8`.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from service import errors
from service.settings import Settings
from tests.bench import learning_cost, learning_data, learning_methods, learning_tables
from tests.bench.learning_data import DATASETS, Corpus
from tests.bench.learning_methods import METHODS, Limits, Method
from tests.bench.learning_progress import Left, words
from tests.bench.learning_results import Key, Results
from tests.bench.learning_tables import Line

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "../shared/datasets"


@dataclass(frozen=True)
class Job:
    """One fit: what it says of each of these dimensions is a result of its own."""

    corpus: Corpus
    method: Method
    fold: int
    dimensions: tuple[str, ...]

    @property
    def name(self) -> str:
        """Say what it is."""
        on = f" on {self.dimensions[0]}" if len(self.dimensions) == 1 else ""
        return f"{self.corpus.name}{on}: {self.method.name}, part {self.fold + 1}"

    @property
    def size(self) -> tuple[str, int]:
        """What the time it takes depends on."""
        return self.method.name, len(self.corpus.snapshot.examples)


@dataclass(frozen=True)
class Bench:
    """What is to be measured, and where results are kept."""

    results: Results
    limits: Limits

    def key(self, corpus: Corpus, method: Method, fold: int, dimension: str) -> Key:
        """Return what a result is known by."""
        how = method.how(self.limits)
        return Key(corpus.name, corpus.sha256[:12], dimension, method.name, fold, how)

    def lines(self, corpora: Sequence[Corpus], methods: Sequence[Method]) -> Iterator[Line]:
        """Yield what can be in the tables, dimension by dimension."""
        for corpus in corpora:
            for dimension, target in corpus.targets.items():
                for method in (method for method in methods if method.takes(corpus, target)):
                    keys = tuple(self.key(corpus, method, fold, dimension) for fold in folds(corpus, method))
                    yield Line(corpus.name, dimension, method.name, keys)

    def jobs(self, corpora: Sequence[Corpus], methods: Sequence[Method]) -> Iterator[Job]:
        """Yield the fits that have not been made yet, dataset by dataset."""
        for corpus in corpora:
            for method in methods:
                taken = [name for name, target in corpus.targets.items() if method.takes(corpus, target)]
                for fold in folds(corpus, method):
                    missing = [d for d in taken if self.results.facts(self.key(corpus, method, fold, d)) is None]
                    together = [tuple(missing)] if method.whole and missing else [(d,) for d in missing]
                    yield from (Job(corpus, method, fold, dimensions) for dimensions in together)

    def do(self, job: Job) -> None:
        """Make a fit and keep what came of it."""
        found = learning_methods.run(job.corpus, job.method, job.fold, job.dimensions, self.limits)
        for dimension, outcome in found.items():
            key = self.key(job.corpus, job.method, job.fold, dimension)
            self.results.add(key, outcome.facts, outcome.held)


def folds(corpus: Corpus, method: Method) -> tuple[int, ...]:
    """Return the parts that are judged; coders are held against each other once."""
    return (0,) if method.kind == "coders" else corpus.folds


def main() -> None:
    """Measure what is missing and print the tables."""
    asked = options().parse_args()
    corpora = list(read(asked.only))
    limits = Limits(asked.cap_minutes * 60.0, asked.budget)
    home = Settings().home / "bench" / "learning"
    bench = Bench(Results(home), limits)
    if not asked.tables:
        work(bench, list(bench.jobs(corpora, asked.methods)))
    console = Console(width=170)
    learning_tables.show(list(bench.lines(corpora, asked.methods)), bench.results, console)
    learning_cost.main(bench.results, corpora, limits, asked.cost, measure=not asked.tables)
    print(f"Results are kept in {home}.")


def options() -> argparse.ArgumentParser:
    """Return the options of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=_datasets, default=DATASETS, help="datasets, with commas between")
    parser.add_argument("--methods", type=_methods, default=_methods(",".join(METHODS)), help=", ".join(METHODS))
    parser.add_argument("--budget", type=float, default=30.0, help="minutes of `inkling train` (30)")
    parser.add_argument("--cap-minutes", type=float, default=10.0, help="minutes of training that SetFit gets (10)")
    parser.add_argument("--cost", type=_ways, default=learning_cost.WAYS, help=", ".join(learning_cost.WAYS))
    parser.add_argument("--tables", action="store_true", help="measure nothing; print what is known")
    return parser


def _datasets(words: str) -> tuple[str, ...]:
    return _among(words, DATASETS)


def _ways(words: str) -> tuple[str, ...]:
    return () if words == "none" else _among(words, learning_cost.WAYS)


def _among(words: str, known: Sequence[str]) -> tuple[str, ...]:
    names = tuple(words.split(","))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is not one of {', '.join(known)}")
    return names


def _methods(words: str) -> tuple[Method, ...]:
    try:
        return tuple(Method.named(name) for name in words.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def read(names: Sequence[str]) -> Iterator[Corpus]:
    """Read the datasets that are here; say of each other one that it is skipped."""
    for name in names:
        if (SHARED / name / "open.parquet").is_file():
            yield learning_data.load(SHARED / name)
        else:
            print(f"SKIPPED: {name} is not here ({name}/open.parquet under ../shared/datasets).", flush=True)


def work(bench: Bench, jobs: Sequence[Job]) -> None:
    """Make fits one after the other; what can't be fitted is said and left out."""
    left = Left()
    for number, job in enumerate(jobs):
        rest = words(left.seconds(later.size for later in jobs[number:]))
        print(f"{number + 1} of {len(jobs)}: {job.name}; about {rest} left", flush=True)
        begun = time.monotonic()
        try:
            bench.do(job)
        except errors.InklingError as error:
            print(f"NOT MEASURED: {job.name}: {error}", flush=True)
        left.took(*job.size, time.monotonic() - begun)


if __name__ == "__main__":
    main()
