"""The starter model on participants it has not seen, beside definitions alone. All of it on invented text."""

import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from service.readers.codebook import read_codebook
from service.readers.excerpts import read_rows
from service.settings import Settings
from service.suggest.definitions import definitions_bundle
from service.suggest.encoder import load_encoder
from training.evaluate import evaluate
from training.retrain import Material, retrain

MEASURES = ("macro_f1", "micro_f1", "kappa", "ece", "coverage", "mean_set_size", "abstained_share")


def main() -> None:
    """Fit the starter model, measure it out of fold, and print both beside each other."""
    settings = Settings()
    book = read_codebook(settings.starter_codebook)
    rows = read_rows(settings.data / "excerpts" / "trauma-informed-practice.jsonl")
    encoder = load_encoder(settings.encoder, settings.cache)
    plain = evaluate(definitions_bundle(book, encoder), encoder, rows)
    with tempfile.TemporaryDirectory() as folder:
        fitted = retrain(Material(rows, book), encoder, Path(folder) / "model").as_json()
    participants = len({row.participant for row in rows})
    show({"definitions only": plain, "starter model": fitted["metrics"]}, participants)


def show(results: dict[str, dict[str, Any]], participants: int) -> None:
    """Print one row per dimension and method, each measure with its 95 % interval."""
    segments = results["definitions only"]["segments"]
    table = Table(
        title=f"On invented text: {segments} excerpts of {participants} invented participants, none seen in training"
    )
    for column in ("dimension", "method", *MEASURES):
        table.add_column(column.replace("_", " "))
    for dimension in results["definitions only"]["dimensions"]:
        for method, result in results.items():
            found = result["dimensions"][dimension]
            table.add_row(dimension, method, *(_cell(found, measure) for measure in MEASURES))
    Console(width=180).print(table)


def _cell(found: dict[str, Any], measure: str) -> str:
    value, interval = found[measure], (found["intervals"] or {}).get(measure)
    if value is None:
        return "–"
    return f"{value:.3f}" + (f" ({interval[0]:.2f}–{interval[1]:.2f})" if interval else "")


if __name__ == "__main__":
    main()
