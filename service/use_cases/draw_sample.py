"""Draw a random sample of an archive, for people to decide first: what models say of the rest is corrected by it."""

import heapq
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service import errors, files
from service.domain.projects import number
from service.use_cases.score_tables import Piece

NAME = "sample.json"
#: The draw is the same for the same archive; another number would draw another sample.
SEED = 1

#: Where a segment stands: its document and position.
Place = tuple[str, int]
#: An input to draw from: its id and its segments.
Source = tuple[str, Iterable[Piece]]


@dataclass(frozen=True)
class Sample:
    """What was drawn, out of what."""

    seed: int
    #: How many were asked for; fewer are drawn where there are fewer.
    wanted: int
    #: How many could have been drawn: all that say something and whose coding is not known.
    population: int
    #: The lot of each that was drawn, 0 to 1.
    lots: Mapping[Place, float]
    #: Where codings were known before: they count as they are.
    known: frozenset[Place]
    #: The inputs that it was drawn from, by id with the SHA-256 of their content.
    inputs: Mapping[str, str]

    def covers(self, inputs: Mapping[str, str]) -> bool:
        """Say whether these inputs are those that it was drawn from, or some of them."""
        return inputs.items() <= self.inputs.items()

    def drawn_in(self, pieces: Iterable[Piece]) -> int:
        """Return how many of these were drawn."""
        return sum((piece.document_id, piece.position) in self.lots for piece in pieces)


def draw(
    sources: Iterable[Source],
    wanted: int,
    is_known: Callable[[Piece], bool],
    inputs: Mapping[str, str],
    seed: int = SEED,
    before: Sample | None = None,
) -> Sample:
    """Draw from all segments that say something, each as likely as any other; one pass, in little memory.

    An archive that has grown is drawn from anew: of its old part that gives some of what was drawn before, and nothing
    else. What was decided there meanwhile does not become known: that would leave a part from which nobody drew.

    Args:
        sources: the archive's inputs.
        wanted: how many to draw.
        is_known: whether a segment's coding is known already, so that it stays outside.
        inputs: the SHA-256 of each input, by id; also of those that hold nothing to draw from.
        seed: what makes the draw.
        before: the draw from the archive as it was.
    """
    lowest: list[tuple[float, Place]] = []  # a heap by the negative lot: the highest lot is given up first
    known: set[Place] = set()
    population = 0
    for key, piece in ((key, piece) for key, pieces in sources for piece in pieces):
        place = piece.document_id, piece.position
        if not piece.passage.text.strip():
            continue
        was_there = before is not None and before.inputs.get(key) == inputs[key]
        if place in before.known if before is not None and was_there else is_known(piece):
            known.add(place)
            continue
        population += 1
        lot = _lot(seed, place)
        if len(lowest) < wanted:
            heapq.heappush(lowest, (-lot, place))
        elif lot < -lowest[0][0]:
            heapq.heapreplace(lowest, (-lot, place))
    return Sample(seed, wanted, population, {place: -lot for lot, place in lowest}, frozenset(known), inputs)


def _lot(seed: int, place: Place) -> float:
    """Return a number in [0, 1) that tells nothing of the text."""
    return number("sample", str(seed), place[0], str(place[1]))


def save(sample: Sample, folder: Path) -> None:
    """Write a sample to an output folder, in one step."""
    drawn = sorted((lot, *place) for place, lot in sample.lots.items())
    content = {
        "seed": sample.seed,
        "wanted": sample.wanted,
        "population": sample.population,
        "drawn": [[name, position, lot] for lot, name, position in drawn],
        "known": sorted(sample.known),
        "inputs": dict(sorted(sample.inputs.items())),
    }
    with files.replacing(folder / NAME) as file:
        json.dump(content, file)


def load(folder: Path) -> Sample | None:
    """Return the sample that was drawn for an output folder; None where there is none.

    Raises:
        BadInput: it is damaged.
    """
    try:
        content = json.loads((folder / NAME).read_text("utf-8"))
        return _parsed(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise errors.BadInput(
            f"{folder / NAME}: it is not the sample that was drawn here; score into a new folder."
        ) from None


def _parsed(content: Mapping[str, Any]) -> Sample:
    return Sample(
        int(content["seed"]),
        int(content["wanted"]),
        int(content["population"]),
        {(str(name), int(position)): float(lot) for name, position, lot in content["drawn"]},
        frozenset((str(name), int(position)) for name, position in content["known"]),
        {str(key): str(digest) for key, digest in content["inputs"].items()},
    )
