"""Random samples of archives."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from service import errors
from service.domain.suggestion import Passage
from service.use_cases import draw_sample
from service.use_cases.draw_sample import Sample
from service.use_cases.score_tables import Piece


def pieces(count: int, text: str = "Said.") -> list[Piece]:
    return [Piece(f"d{n % 7}", n, None, None, Passage(text)) for n in range(count)]


def draw(
    found: Iterable[Piece],
    wanted: int,
    is_known: Callable[[Piece], bool],
    seed: int = 1,
    *,
    name: str = "a",
    before: Sample | None = None,
) -> Sample:
    return draw_sample.draw([(name, found)], wanted, is_known, {name: "f" * 64}, seed, before)


def test_draws_as_many_as_asked_for_with_lots_in_order() -> None:
    """The lots lie between 0 and 1; the same archive gives the same draw."""
    sample = draw(pieces(500), 40, lambda piece: False)
    assert len(sample.lots) == 40
    assert sample.population == 500
    assert all(0 <= lot < 1 for lot in sample.lots.values())
    assert draw(reversed(pieces(500)), 40, lambda piece: False) == sample


def test_every_segment_is_as_likely_as_any_other() -> None:
    """Over many seeds no part of the archive comes up more than others, and lots tell nothing of places."""
    drawn = Counter(p[1] // 50 for seed in range(300) for p in draw(pieces(200), 20, lambda piece: False, seed).lots)
    assert min(drawn.values()) > 0.9 * 1500
    assert max(drawn.values()) < 1.1 * 1500


def test_a_larger_draw_holds_the_smaller_one() -> None:
    """Who wants more later keeps what was decided."""
    small, large = (draw(pieces(500), wanted, lambda piece: False) for wanted in (20, 60))
    assert small.lots.keys() < large.lots.keys()


def test_what_is_known_or_says_nothing_stays_outside() -> None:
    """Known codings are kept by place; empty segments are of no population."""
    found = [*pieces(10), Piece("e", 1, None, None, Passage("  "))]
    sample = draw(found, 100, lambda piece: piece.position < 3)
    assert (sample.population, len(sample.lots), len(sample.known)) == (7, 7, 3)


def test_an_archive_that_has_grown_is_drawn_from_anew() -> None:
    """Of the old part comes some of what was drawn, and nothing that was decided meanwhile becomes known."""
    old, more = pieces(300), [replace(piece, document_id="new") for piece in pieces(300)]
    first = draw(old, 40, lambda piece: piece.position < 5)
    inputs = {"a": "f" * 64, "b": "e" * 64}
    again = draw_sample.draw([("a", old), ("b", more)], 40, lambda piece: piece.position < 50, inputs, before=first)
    assert again.population == 295 + 250
    assert {place for place in again.lots if place[0] != "new"} < first.lots.keys()
    assert any(document == "new" for document, _ in again.lots)
    assert all(again.lots[place] == first.lots[place] for place in again.lots.keys() & first.lots.keys())
    assert first.covers({"a": "f" * 64})
    assert not first.covers({"a": "f" * 64, "b": "e" * 64})


def test_a_sample_is_kept_with_the_scores(tmp_path: Path) -> None:
    """What was drawn once is read back; there is none in another folder, and a damaged one is said."""
    sample = draw(pieces(50), 5, lambda piece: piece.position < 3)
    draw_sample.save(sample, tmp_path)
    assert draw_sample.load(tmp_path) == sample
    assert draw_sample.load(tmp_path / "none") is None
    (tmp_path / draw_sample.NAME).write_text('{"seed": 1}', "utf-8")
    with pytest.raises(errors.BadInput, match=r"sample\.json: it is not the sample"):
        draw_sample.load(tmp_path)
