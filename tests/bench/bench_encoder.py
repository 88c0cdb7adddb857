"""Encoding speed beside sentence-transformers: the same texts, the same cores, one run. `make bench-archive` calls it.

It prints what it measures and judges nothing: times depend on the machine and on who shares it.
"""

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from service.settings import Settings
from service.suggest import encoder_source
from service.suggest.encoder import load_encoder

ROOT = Path(__file__).parents[2]
ARCHIVE = ROOT / "../shared/archive/changelog_turns.parquet"
EXCERPTS = ROOT / "data/excerpts/trauma-informed-practice.jsonl"

Encode = Callable[[list[str]], NDArray[np.float32]]


def texts(count: int) -> tuple[list[str], str]:
    """Return texts and where they are from: turns of the archive, or the starter excerpts."""
    if ARCHIVE.is_file():
        import pyarrow.parquet

        found = pyarrow.parquet.read_table(ARCHIVE, columns=["text"])["text"].to_pylist()
        return random.Random(1).sample(found, min(count, len(found))), "turns of the shared archive"
    lines = EXCERPTS.read_text("utf-8").splitlines()
    return list(dict.fromkeys(json.loads(line)["text"] for line in lines))[:count], "starter excerpts, invented"


def theirs(cache: Path) -> Encode:
    """Return `SentenceTransformer.encode` with its defaults."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(encoder_source.find(None, cache).folder), device="cpu", local_files_only=True)
    return lambda given: np.asarray(model.encode(given, show_progress_bar=False), np.float32)


def seconds(encode: Encode, given: list[str]) -> tuple[float, NDArray[np.float32]]:
    """Return how long encoding took, and the vectors."""
    start = time.perf_counter()
    rows = encode(given)
    return time.perf_counter() - start, rows


def main() -> None:
    """Measure in turns, so that a busy neighbour meets all alike, and print one table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=4000)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    given, origin = texts(chosen.texts)
    cache = Settings().cache
    ways: dict[str, Encode] = {
        "SentenceTransformer.encode, defaults": theirs(cache),
        "Inkling, precision auto": load_encoder(None, cache).encode,
        "Inkling, precision f32": load_encoder(None, cache, "f32").encode,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    rows: dict[str, NDArray[np.float32]] = {}
    for encode in ways.values():
        encode(given[:64])  # warm
    for _ in range(chosen.rounds):
        for name, encode in ways.items():
            took, rows[name] = seconds(encode, given)
            times[name].append(took)
    show(given, origin, times, rows)


def show(given: list[str], origin: str, times: dict[str, list[float]], rows: dict[str, NDArray[np.float32]]) -> None:
    """Print the table."""
    cores = len(os.sched_getaffinity(0))
    title = f"{len(given)} {origin}; {cores} cores; median of {len(next(iter(times.values())))}"
    table = Table("encoder", "texts/s", "ratio", "cosine mean", "cosine min", title=title)
    first = next(iter(times))
    base = statistics.median(times[first])
    for name, taken in times.items():
        middle = statistics.median(taken)
        cosine = np.sum(rows[name] * rows[first], axis=1)
        speed, ratio = f"{len(given) / middle:.0f}", f"{base / middle:.2f}"
        table.add_row(name, speed, ratio, f"{cosine.mean():.5f}", f"{cosine.min():.5f}")
    Console().print(table)


if __name__ == "__main__":
    main()
