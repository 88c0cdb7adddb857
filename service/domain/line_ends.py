"""A text with newlines as line ends, and where what stood in it before stands now."""

import re
from bisect import bisect_left
from dataclasses import replace

from service.domain.coded_file import ForeignDocument


def with_newlines(document: ForeignDocument) -> ForeignDocument:
    """Return a document whose lines end in newlines, its codings and turns on the same words as before."""
    if "\r" not in document.text:
        return document
    pairs = [found.start() for found in re.finditer("\r\n", document.text)]

    def at(place: int) -> int:
        return place - bisect_left(pairs, place)

    return replace(
        document,
        text=document.text.replace("\r\n", "\n").replace("\r", "\n"),
        codings=tuple(replace(made, start=at(made.start), end=at(made.end)) for made in document.codings),
        turns=tuple(replace(turn, start=at(turn.start), end=at(turn.end)) for turn in document.turns),
    )
