"""Time and memory of training on 3,000 and 10,000 segments: `inkling train` beside SetFit and beside doing it by hand.

Each way is a process of its own, measured from its start to its end; memory is the most it held at once. The segments
are TalkMoves' first ones, in whole documents as far as the number goes.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from service import errors
from service.domain import codebook as codebooks
from service.domain.codebook import Codebook
from service.domain.excerpts import CodingRow
from service.suggest.encoder import load_encoder
from tests.bench import learning_setfit
from tests.bench.learning_data import Corpus
from tests.bench.learning_methods import Limits, Method
from tests.bench.learning_progress import words
from tests.bench.learning_results import Key, Results

SIZES = (3000, 10_000)
WAYS = ("head", "tuned", "by-hand", "setfit")
_DATASET = "talkmoves"
_BY_HAND = Path(__file__).with_name("by_hand_child.py")
#: Starts a command and says the most memory it held. A process also counts what the one held that started it: were that
#: this one, with its encoder and its data, theirs would be measured.
_SMALL_PARENT = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Ground:
    """A folder to work in: the segments, a codebook, and a home in which nothing but the encoder is ready."""

    folder: Path
    rows: Sequence[CodingRow]
    codebook: Codebook
    limits: Limits

    @property
    def excerpts(self) -> Path:
        """The segments as a file."""
        return self.folder / "excerpts.jsonl"

    def prepare(self) -> None:
        """Write the files and compile the encoder, as any first use of Inkling does."""
        with self.excerpts.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(_plain(row)) + "\n" for row in self.rows)
        (self.folder / "codebook.json").write_text(json.dumps(codebooks.as_dict(self.codebook)), "utf-8")
        load_encoder(None, self.folder / "home" / "cache")

    def environment(self) -> dict[str, str]:
        """Return the environment of what is measured."""
        home, models = self.folder / "home", self.folder / "models"
        return {**learning_setfit.environment(), "INKLING_HOME": str(home), "INKLING_MODELS": str(models)}

    def train(self, out: str, *options: str) -> Cost:
        """Run `inkling train`."""
        files = ["--excerpts", str(self.excerpts), "--codebook", str(self.folder / "codebook.json")]
        command = [sys.executable, "-m", "service", "train", *files, "--out", str(self.folder / out), *options]
        return measured(command, self.environment())


def measured(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command to its end and return what it took.

    Raises:
        BadInput: it failed.
    """
    with tempfile.TemporaryFile() as said:
        begun = time.monotonic()
        started = [sys.executable, "-S", "-c", _SMALL_PARENT, *command]
        done = subprocess.run(started, env=environment, stdout=subprocess.PIPE, stderr=said, check=False)
        took = time.monotonic() - begun
        said.seek(0)
        if done.returncode:
            raise errors.BadInput(f"It ended with code {done.returncode}: {learning_setfit.last(said.read())}")
    return Cost(took, int(done.stdout) / 1000.0)


def _plain(row: CodingRow) -> dict[str, Any]:
    names = ("document_id", "position", "speaker", "text", "context", "dimension")
    return {**{name: getattr(row, name) for name in names}, "codes": list(row.codes)}


def ways(ground: Ground, way: str) -> dict[str, tuple[Cost, str]]:
    """Train in one way; return what each row of the table takes, and a remark."""
    if way == "head":
        cold, again = ground.train("cold", "--no-tune"), ground.train("again", "--no-tune")
        return {"head": (cold, ""), "head, again": (again, "a second run in the same home")}
    if way == "tuned":
        return {"tuned": (ground.train("tuned", "--tune", f"--budget={ground.limits.budget:g}"), "")}
    if way == "by-hand":
        command = [sys.executable, str(_BY_HAND), str(ground.excerpts), str(learning_setfit.base())]
        cost = measured(command, ground.environment())
        return {"by-hand": (cost, "SentenceTransformer.encode, then LogisticRegressionCV")}
    return {"setfit": _setfit(ground)}


def _setfit(ground: Ground) -> tuple[Cost, str]:
    """Train SetFit on the dimension that most segments are coded on; the others would come on top."""
    names = [row.dimension for row in ground.rows]
    most = max(sorted(set(names)), key=names.count)
    rows = [row for row in ground.rows if row.dimension == most]
    codes = sorted({row.codes[0] for row in rows})
    question = {
        "base": str(learning_setfit.base()),
        "select": "one",
        "texts": [row.text for row in rows],
        "truth": [[int(row.codes[0] == code) for code in codes] for row in rows],
        "judged": [rows[0].text],
        "seed": 0,
        "seconds": ground.limits.setfit,
    }
    asked, answer = ground.folder / "question.json", ground.folder / "answer.npz"
    asked.write_text(json.dumps(question), "utf-8")
    cost = measured(learning_setfit.command(asked, answer), ground.environment())
    return cost, f"{most} alone; {learning_setfit.answered(answer).note}"


def main(results: Results, corpora: Sequence[Corpus], limits: Limits, asked: Sequence[str], *, measure: bool) -> None:
    """Measure what is missing and print the table."""
    corpus = next((corpus for corpus in corpora if corpus.name == _DATASET), None)
    if corpus is None:
        if asked:
            print(f"SKIPPED: time and memory of training, which are measured on {_DATASET}.")
        return
    keys = {(size, way): _key(corpus, limits, size, way) for size in SIZES for way in asked}
    for (size, way), key in keys.items() if measure else ():
        if results.facts(key) is None:
            print(f"training on {size:,} segments: {way}", flush=True)
            try:
                results.add(key, {"rows": _measure(corpus, limits, size, way)})
            except errors.InklingError as error:
                print(f"NOT MEASURED: {size:,} segments, {way}: {error}", flush=True)
    _show(results, list(keys.values()))


def _key(corpus: Corpus, limits: Limits, size: int, way: str) -> Key:
    how = "by hand" if way == "by-hand" else Method.named(way).how(limits)
    return Key(corpus.name, corpus.sha256[:12], f"{size} segments", f"cost of {way}", 0, how)


def _measure(corpus: Corpus, limits: Limits, size: int, way: str) -> list[list[Any]]:
    rows = sorted(corpus.rows, key=lambda row: (row.document_id, row.position))[:size]
    with tempfile.TemporaryDirectory(prefix="inkling-") as folder:
        ground = Ground(Path(folder), rows, corpus.snapshot.codebook, limits)
        ground.prepare()
        found = ways(ground, way)
    return [[name, cost.seconds, cost.megabytes, remark] for name, (cost, remark) in found.items()]


def _show(results: Results, keys: Sequence[Key]) -> None:
    table = Table("trained on", "way", "time", "memory, MB", "remarks", title="What training takes, in one process")
    for key in keys:
        for name, seconds, megabytes, remark in (results.facts(key) or {}).get("rows", ()):
            table.add_row(key.dimension, name, words(seconds), f"{megabytes:,.0f}", remark)
    if table.row_count:
        Console(width=170).print(table)
