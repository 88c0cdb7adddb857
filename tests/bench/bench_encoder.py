"""Encoding speed beside sentence-transformers: the same texts, the same cores, one run. `make bench-archive` calls it.

It prints what it measures and judges nothing: times depend on the machine and on who shares it. The ceiling is what a
large bf16 matrix product reaches on the same cores; an encoder's share of it counts the products that its texts need
without any padding, repeats included.
"""

import argparse
import json
import multiprocessing
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from service.domain.suggestion import Passage
from service.readers.codebook import read_codebook
from service.settings import Settings
from service.suggest import encoder_source
from service.suggest.definitions import definitions_bundle
from service.suggest.encoder import Encoder, load_encoder
from service.suggest.suggester import Suggester

ROOT = Path(__file__).parents[2]
ARCHIVE = ROOT / "../shared/archive/changelog_turns.parquet"
EXCERPTS = ROOT / "data/excerpts/trauma-informed-practice.jsonl"
#: Of all-MiniLM-L6-v2.
_LAYERS, _WIDTH, _INNER = 6, 384, 1536
_CHUNK = 2048

Vectors = NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]


def texts(count: int) -> tuple[list[str], str]:
    """Return texts and where they are from: turns of the archive, or the starter excerpts."""
    if ARCHIVE.is_file():
        import pyarrow.parquet

        found = pyarrow.parquet.read_table(ARCHIVE, columns=["text"])["text"].to_pylist()
        return random.Random(1).sample(found, min(count, len(found))), "turns of the shared archive"
    lines = EXCERPTS.read_text("utf-8").splitlines()
    return list(dict.fromkeys(json.loads(line)["text"] for line in lines))[:count], "starter excerpts, invented"


def theirs(cache: Path) -> Any:
    """Return sentence-transformers' own model."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(encoder_source.find(None, cache).folder), device="cpu", local_files_only=True)


@cache
def _worker() -> Encoder:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    return load_encoder(None, Settings().cache, threads=1)


def _work(given: list[str]) -> Vectors:
    return _worker().encode(given)


def a_process_a_core(pool: ProcessPoolExecutor) -> Encode:
    """Return what `inkling score` does with an archive."""

    def encode(given: list[str]) -> Vectors:
        parts = [given[start : start + _CHUNK] for start in range(0, len(given), _CHUNK)]
        return np.concatenate(list(pool.map(_work, parts)))

    return encode


def seconds(encode: Encode, given: list[str]) -> tuple[float, Vectors]:
    """Return how long encoding took, and the vectors."""
    start = time.perf_counter()
    rows = encode(given)
    return time.perf_counter() - start, rows


def ceiling() -> float:
    """Return how many products a second (two operations each) a large bf16 matrix product makes on all cores."""
    import torch

    left, right = (torch.randn(2048, 2048).to(torch.bfloat16) for _ in range(2))
    torch.mm(left, right)
    times = []
    for _ in range(7):
        begun = time.perf_counter()
        torch.mm(left, right)
        times.append(time.perf_counter() - begun)
    return 2 * 2048**3 / min(times)


def operations(model: Any, given: Sequence[str]) -> float:
    """Return the operations of the matrix products that the texts need, unpadded."""
    lengths = np.array(
        [len(model.tokenizer.encode(t, truncation=True, max_length=model.max_seq_length)) for t in given]
    )
    each = lengths * (8 * _WIDTH**2 + 4 * _WIDTH * _INNER) + 4 * lengths**2 * _WIDTH
    return float(_LAYERS * each.sum())


def same_top(given: list[str], first: Vectors, rows: Vectors) -> float:
    """Return on which share of texts the leading code is the same with both vectors: the least of the dimensions'."""
    same = _leading(given, first) == _leading(given, rows)
    return float(same.mean(axis=0).min())


def _leading(given: list[str], vectors: Vectors) -> NDArray[np.str_]:
    """Return the leading code of each text and dimension of the starter codebook, by its definitions."""
    encoder = load_encoder(None, Settings().cache)
    bundle = definitions_bundle(read_codebook(Settings().starter_codebook), encoder)
    known = _Known(encoder, dict(zip(given, vectors, strict=True)))
    said = Suggester(bundle, known).suggest([Passage(text) for text in given], reasons=False)
    return np.array([[a.candidates[0].code if a.candidates else "" for a in s.dimensions] for s in said])


class _Known:
    """Gives the vectors that were made before."""

    def __init__(self, encoder: Encoder, vectors: dict[str, Vectors]) -> None:
        self.encoder_id, self.size = encoder.encoder_id, encoder.size
        self._vectors = vectors

    def encode(self, given: Sequence[str]) -> Vectors:
        """Return one row per text."""
        return np.stack([self._vectors[text] for text in given])


def main() -> None:
    """Measure in turns, so that a busy neighbour meets all alike, and print one table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=4000)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    given, origin = texts(chosen.texts)
    home, cores = Settings().cache, len(os.sched_getaffinity(0))
    model = theirs(home)
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn")) as pool:
        ways: dict[str, Encode] = {
            "SentenceTransformer.encode, defaults": lambda t: np.asarray(model.encode(t, show_progress_bar=False)),
            "Inkling, a process a core (score)": a_process_a_core(pool),
            "Inkling, one process (serve)": load_encoder(None, home).encode,
            "Inkling, one process, f32": load_encoder(None, home, "f32").encode,
        }
        times, rows = measured(ways, given, chosen.rounds)
    title = f"{len(given):,} {origin}; {cores} cores; median of {chosen.rounds}"
    show(given, title, times, rows, operations(model, given) / ceiling())


def measured(
    ways: dict[str, Encode], given: list[str], rounds: int
) -> tuple[dict[str, list[float]], dict[str, Vectors]]:
    """Return the times of each way, and its vectors."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    rows: dict[str, Vectors] = {}
    for encode in ways.values():
        encode(given)  # warm
    for _ in range(rounds):
        for name, encode in ways.items():
            took, rows[name] = seconds(encode, given)
            times[name].append(took)
    return times, rows


def show(given: list[str], title: str, times: dict[str, list[float]], rows: dict[str, Vectors], least: float) -> None:
    """Print the table; `least` is the time at the ceiling."""
    columns = ("encoder", "texts/s", "ratio", "of the ceiling", "cosine mean", "cosine min", "same leading code")
    table = Table(*columns, title=title)
    first = next(iter(times))
    base = statistics.median(times[first])
    for name, taken in times.items():
        middle = statistics.median(taken)
        cosine = np.sum(rows[name] * rows[first], axis=1)
        speed = f"{len(given) / middle:.0f}", f"{base / middle:.2f}", f"{least / middle:.0%}"
        near = f"{cosine.mean():.5f}", f"{cosine.min():.5f}", f"{same_top(given, rows[first], rows[name]):.2%}"
        table.add_row(name, *speed, *near)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
