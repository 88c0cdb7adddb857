"""Models whose reports have everything in them, and some that have next to nothing."""

import random
from dataclasses import replace

from service.domain import codebook as codebooks
from service.domain.codebook import Codebook
from service.domain.coding import AdviceGiven
from service.domain.excerpts import CodingRow
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.model import Bundle
from tests import invented
from training import dataset, fit

ENCODER = HashingEncoder(64)
#: Never in a report, and long enough not to be found in it by chance.
CANARY = "quicksilverish"


def coded(participants: int = 12, *, seed: int = 3, coders: int = 2) -> tuple[CodingRow, ...]:
    """Return excerpts coded by several, with and without advice, on some of which the coders differ."""
    chance = random.Random(seed)
    out: list[CodingRow] = []
    for row in invented.rows(participants, 16, seed=seed):
        told = replace(row, text=f"{row.text} {CANARY}", context=f"{CANARY} {row.context}")
        advice: AdviceGiven = "shown" if chance.random() < 0.3 else "none"
        settled = chance.random() < 0.8
        if settled:
            out.append(replace(told, advice=advice))
        if row.position % 2:
            out += [_own(told, f"coder{number}", chance) for number in range(coders)]
    return tuple(out)


def _own(row: CodingRow, coder: str, chance: random.Random) -> CodingRow:
    other = chance.choice(
        [(), ("food",), ("travel",)] if row.dimension == "topic" else [(), ("joy",), ("joy", "worry")]
    )
    codes = row.codes if chance.random() < 0.7 else other
    advice: AdviceGiven = "shown" if chance.random() < 0.2 else "none"
    return replace(row, annotator_id=coder, codes=codes, advice=advice, settles=False)


def fitted(rows: tuple[CodingRow, ...], book: Codebook | None = None) -> Bundle:
    """Fit a model with an encoder that has no weights."""
    return fit.fit_head(dataset.freeze(rows, book or invented.book()), ENCODER)


def hostile_book() -> Codebook:
    """Return a codebook whose labels would break out of a page that trusted them."""
    raw = {**invented.BOOK, "name": 'days <script>alert("out")</script>'}
    dimensions = {name: dict(found) for name, found in invented.BOOK["dimensions"].items()}
    dimensions["topic"]["label"] = "</title><b onclick='x'>Topic & more</b>"
    raw["dimensions"] = dimensions
    return codebooks.parse(raw, "days out", short_name="days out")
