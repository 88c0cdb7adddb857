"""Invented coded excerpts and a codebook for them, small enough to fit a model in a moment."""

import random
from typing import Any

from service.domain import codebook as codebooks
from service.domain.codebook import Codebook
from service.domain.excerpts import CodingRow

BOOK: dict[str, Any] = {
    "name": "days out",
    "version": 1,
    "dimensions": {
        "topic": {
            "select": "one",
            "codes": {
                "food": {
                    "label": "Food",
                    "definition": "Cooking, eating and what is on the table.",
                    "include": ["Meals, soup, bread, kitchens", "Being hungry or full"],
                    "examples": ["We cooked soup and ate bread at the kitchen table."],
                },
                "travel": {
                    "label": "Travel",
                    "definition": "Trains, roads and being on the way.",
                    "include": ["Journeys by train, bus or bicycle", "Stations and tickets"],
                    "examples": ["The train left the station late and the bus was full."],
                },
            },
        },
        "mood": {
            "select": "many",
            "required": False,
            "codes": {
                "joy": {"label": "Joy", "definition": "Laughing, singing, being glad."},
                "worry": {"label": "Worry", "definition": "Fear, trouble and sleepless nights."},
            },
        },
    },
}

_WORDS = {
    "food": "soup bread kitchen table cooked ate hungry spoon onions supper plates stove",
    "travel": "train station road bus ticket platform bicycle journey driver luggage tracks map",
    "joy": "laughed singing glad delighted cheerful smiling",
    "worry": "afraid trouble sleepless nervous dreading anxious",
}
_FILLER = "then there was something about that day which everybody there still remembers quite well because"


def book() -> Codebook:
    """Return the codebook of the invented excerpts."""
    return codebooks.parse(BOOK, "days-out.yaml", short_name="days out")


def rows(
    participants: int = 6, each: int = 12, *, seed: int = 1, origin: str = "", prefix: str = "p"
) -> tuple[CodingRow, ...]:
    """Return excerpts of some participants, coded on both dimensions; every ninth or so has no topic."""
    chance = random.Random(seed)
    out: list[CodingRow] = []
    for person in range(participants):
        name = f"{prefix}{person:02d}"
        before = ""
        for position in range(each):
            topic = chance.choice(["food", "travel"])
            moods = chance.choice([(), ("joy",), ("worry",), ("joy", "worry")])
            text = _sentence(chance, topic, moods, f"{name} {position}")
            place = (name, position, text)
            extra = {"speaker": "Ann", "context": before, "participant_id": name.upper(), "origin": origin}
            out.append(CodingRow(*place, "topic", (topic,), **extra))  # type: ignore[arg-type]
            out.append(CodingRow(*place, "mood", moods, **extra))  # type: ignore[arg-type]
            before = text
    return tuple(out)


def _sentence(chance: random.Random, topic: str, moods: tuple[str, ...], mark: str) -> str:
    words = chance.sample(_WORDS[topic].split(), 4) + chance.sample(_FILLER.split(), 5)
    words += [word for mood in moods for word in chance.sample(_WORDS[mood].split(), 2)]
    chance.shuffle(words)
    return f"{' '.join(words).capitalize()}, said {mark}."
