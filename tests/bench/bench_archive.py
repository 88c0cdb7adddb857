"""Scoring an archive beside what one would otherwise write: speed, memory, and how well each codes.

`make bench-archive` calls it. The archive is the first turns of the shared one. Each way learns AnnoMI's therapist
behaviour from two thirds of its documents and is judged on the last third, then goes through the archive, in processes
of its own, one after the other.
Inkling's time counts from the start of `inkling score`, programs and encoder to load; the others' without theirs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
from rich.console import Console
from rich.table import Table

from service.domain import codebook as codebooks
from service.suggest.measures import measure
from service.suggest.segmenter import Segmenter
from service.use_cases import read_transcript, score_inputs
from service.use_cases.score_inputs import Input
from tests.bench import learning_setfit
from tests.bench.learning_data import Corpus, alone, held_out, load
from training.heads import Target

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "../shared"
CHILD = Path(__file__).with_name("archive_child.py")
_DIMENSION, _FOLD = "therapist_behaviour", 0
WAYS = ("by-hand", "setfit", "textcat")
_NAMES = {
    "inkling": "inkling score",
    "by-hand": "pandas, SentenceTransformer, scikit-learn",
    "setfit": "SetFit, predict (eight examples a code)",
    "textcat": "spaCy textcat, nlp.pipe",
}


@dataclass(frozen=True)
class Measured:
    """What one way took and reached."""

    seconds: float
    megabytes: float
    macro_f1: float


def turns(count: int, folder: Path) -> Path:
    """Write the archive's first turns as one table; where there are too few, again with a number at the end of each."""
    table = pyarrow.parquet.read_table(SHARED / "archive/changelog_turns.parquet")
    with pyarrow.parquet.ParquetWriter(folder / "archive.parquet", table.schema) as file:
        for start in range(0, count, len(table)):
            part = table.slice(0, count - start)
            file.write_table(_changed(part, start // len(table)) if start else part)
    return folder / "archive.parquet"


def _changed(table: pyarrow.Table, number: int) -> pyarrow.Table:
    for name in ("document_id", "text"):
        column = pyarrow.array(
            [f"{value} {number}" for value in table[name].to_pylist()], table.schema.field(name).type
        )
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def reading(archive: Path, folder: Path) -> str:
    """Return how fast one process reads tables and transcripts: what one run can feed its workers at most."""
    segmenter, options = Segmenter(), read_transcript.Options()
    begun = time.monotonic()
    found = score_inputs.pieces(Input(archive, "", archive.name), segmenter, options)
    count = sum(1 for _ in found.all)
    tables = count / (time.monotonic() - begun)
    files = _transcripts(archive, folder)
    score_inputs.pieces(Input(files[0], "", files[0].name), segmenter, options)  # loads spaCy
    begun, count = time.monotonic(), 0
    for path in files:
        count += score_inputs.pieces(Input(path, "", path.name), segmenter, options).count
    transcripts = count / (time.monotonic() - begun)
    return f"One process reads {tables:,.0f} segments a second of tables and {transcripts:,.0f} of transcripts in .txt."


def _transcripts(archive: Path, folder: Path) -> list[Path]:
    """Write the first conversations of the archive as transcripts."""
    table = pyarrow.parquet.read_table(archive, columns=["document_id", "speaker", "text"]).slice(0, 20_000).to_pylist()
    for name, said in groupby(table, key=lambda row: str(row["document_id"])):
        spoken = "\n\n".join(f"{row['speaker'] or 'A'}: {row['text']}" for row in said)
        (folder / f"{name.replace('/', '_')}.txt").write_text(spoken, "utf-8")
    return sorted(folder.glob("*.txt"))


def peak(process: "subprocess.Popen[bytes]", counted_from: Path | None = None) -> float:
    """Wait for a process and return the most memory that it and its children held at once, in MB.

    Shared pages are counted once (proportional set size). Where a file is named, nothing before it is there counts.
    """
    most = 0.0
    while process.poll() is None:
        if counted_from is None or counted_from.exists():
            most = max(most, sum(map(_proportional, _family(process.pid))))
        time.sleep(0.2)
    return most


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                yield from _family(int(child))
        except OSError:
            continue


def _proportional(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


@dataclass(frozen=True)
class Ground:
    """What all ways learn, are judged by, and go through."""

    folder: Path
    corpus: Corpus
    archive: Path

    @property
    def learned(self) -> Target:
        """What there is to learn."""
        return self.corpus.learned(_DIMENSION, _FOLD)

    @property
    def judged(self) -> Target:
        """What is to be judged."""
        return self.corpus.judged(_DIMENSION, _FOLD)

    def macro_f1(self, said: Sequence[str]) -> float:
        """Return the macro-F1 of what was said of each segment that is judged."""
        codes = self.judged.codes
        best = np.array([[code == name for name in codes] for code in said], dtype=np.bool_)
        found = measure(held_out(self.corpus, self.judged, best, best.astype(np.float64)))
        return float(found["macro_f1"])

    def question(self) -> Path:
        """Write what the other ways learn."""
        codes = [self.learned.codes[int(row.argmax())] for row in self.learned.truth]
        asked = {
            "base": str(learning_setfit.base()),
            "texts": self.corpus.texts(self.learned),
            "codes": codes,
            "judged": self.corpus.texts(self.judged),
        }
        path = self.folder / "question.json"
        path.write_text(json.dumps(asked), "utf-8")
        return path


def other(ground: Ground, way: str) -> Measured:
    """Measure a way of going through the archive without Inkling."""
    folder = ground.folder / way
    folder.mkdir()
    python = sys.executable if way == "textcat" else str(learning_setfit.PYTHON)
    command = [python, str(CHILD), way, str(ground.question()), str(ground.archive), str(folder)]
    with (
        (folder / "said").open("wb") as said,
        subprocess.Popen(command, env=learning_setfit.environment(), stdout=said, stderr=said) as process,
    ):
        megabytes = peak(process, folder / "begun")
    answer = json.loads((folder / "answer.json").read_text("utf-8"))
    return Measured(answer["seconds"], megabytes, ground.macro_f1(answer["judged"]))


def inkling(ground: Ground) -> Measured:
    """Train a head, score the archive, and score what is judged."""
    files = {"learned": ground.corpus.material(_FOLD).rows, "judged": ground.corpus.rows}
    for name, rows in files.items():
        kept = [
            r
            for r in rows
            if r.dimension == _DIMENSION and (name == "learned" or ground.corpus.fold_of[r.document_id] == _FOLD)
        ]
        with (ground.folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(_plain(row)) + "\n" for row in kept)
    book = ground.folder / "codebook.json"
    book.write_text(json.dumps(codebooks.as_dict(alone(ground.corpus.snapshot.codebook, _DIMENSION))), "utf-8")
    model = ground.folder / "model"
    _run("train", "--excerpts", ground.folder / "learned.jsonl", "--codebook", book, "--no-tune", "--out", model)
    _run("score", ground.folder / "judged.jsonl", "--model", model, "--out", ground.folder / "judged")
    begun = time.monotonic()
    command = _command("score", ground.archive, "--model", model, "--out", ground.folder / "scores")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        megabytes = peak(process)
    return Measured(time.monotonic() - begun, megabytes, ground.macro_f1(_said(ground)))


def _said(ground: Ground) -> list[str]:
    best = {}
    for shard in sorted((ground.folder / "judged").glob("*.parquet")):
        for row in pyarrow.parquet.read_table(shard).to_pylist():
            best[row["document_id"], row["position"]] = row["best"]
    places = [(example.document_id, example.position) for example in ground.corpus.examples(ground.judged)]
    return [(best[place] or [""])[0] for place in places]


def _plain(row: Any) -> dict[str, Any]:
    names = ("document_id", "position", "speaker", "text", "context", "dimension", "annotator_id", "participant_id")
    return {**{name: getattr(row, name) for name in names}, "codes": list(row.codes)}


def _command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "service", *map(str, words)]


def _run(*words: str | Path) -> None:
    subprocess.run(_command(*words), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    """Measure each way in turn and print one table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=20_000)
    options.add_argument("--ways", default=",".join(WAYS))
    chosen = options.parse_args()
    if not SHARED.is_dir():
        print("SKIPPED: the archive and AnnoMI lie beside the project, and are not here.")
        return
    with tempfile.TemporaryDirectory(prefix="inkling-") as place:
        folder = Path(place)
        ground = Ground(folder, load(SHARED / "datasets/annomi"), turns(chosen.turns, folder))
        found = {"inkling": inkling(ground)}
        found |= {way: other(ground, way) for way in chosen.ways.split(",") if way}
        size = pyarrow.parquet.read_metadata(ground.archive).num_rows
        written = sum(path.stat().st_size for path in (folder / "scores").iterdir())
        show(found, size)
        print(reading(ground.archive, folder))
        print(f"Scores take {written / size:,.0f} bytes a segment.")


def show(found: dict[str, Measured], size: int) -> None:
    """Print the table."""
    title = f"{size:,} turns; {len(os.sched_getaffinity(0))} cores"
    table = Table("way", "segments/s", "Inkling's lead", "memory, MB", "macro-F1, AnnoMI therapist", title=title)
    first = found["inkling"].seconds
    for way, taken in found.items():
        numbers = f"{size / taken.seconds:,.0f}", f"{taken.seconds / first:.1f} times", f"{taken.megabytes:,.0f}"
        table.add_row(_NAMES[way], *numbers, f"{taken.macro_f1:.3f}")
    Console(width=120).print(table)
    print("A static embedding model is not measured: none can be had without a network.")


if __name__ == "__main__":
    main()
