"""The learning curve: nested parts, unseen participants, modest promises."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from service.suggest.held_out import HeldOut
from service.suggest.scorer import Array, Head
from training import curve
from training.again import Again, Rows
from training.curve import learning_curve
from training.heads import Target
from training.report import more_sentence

CODES = ("a", "b")


def _again(groups: int, each: int = 10, seen: list[tuple[int, set[int]]] | None = None, skill: float = 1.0) -> Again:
    """Return a dimension whose heads are right the more often the more segments they were fitted on."""
    size = groups * each
    group = np.repeat(np.arange(groups), each)
    truth = np.zeros((size, 2), dtype=bool)
    truth[np.arange(size), np.arange(size) % 2] = True
    target = Target("topic", "one", CODES, truth, np.arange(size, dtype=np.int64))

    def refit(part: Target, fold: int, rows: Rows) -> tuple[Head, Array, Array]:
        if seen is not None:
            seen.append((fold, {int(g) for g in group[part.rows]}))
        luck = np.random.default_rng(len(part.rows)).random(len(rows)) < skill * len(part.rows) / size
        logits = np.where(truth[rows] == luck[:, None], 3.0, -3.0)
        head = Head(
            CODES,
            "one",
            False,
            np.zeros((2, 1), np.float32),
            np.zeros((2, 0), np.float32),
            np.zeros(2),
            part.truth.sum(axis=0),
        )
        return head, logits, np.full((len(rows), 2), 0.5)

    return Again(target, group % 5, refit)


def _held(again: Again) -> HeldOut:
    size = len(again.target.rows)
    best = again.best(again.target.rows)
    groups = np.array([f"g{row:03d}" for row in np.repeat(np.arange(size // 10), 10)])
    flags, keys = np.zeros(size, dtype=bool), np.arange(size, dtype=np.uint64)
    return HeldOut(CODES, "one", groups, again.target.truth, best, np.where(best, 0.8, 0.2), best, flags, keys)


def test_parts_are_nested_and_never_hold_who_is_scored() -> None:
    """Each draw's third lies within its two thirds, and no head saw a participant of the fold it scores."""
    seen: list[tuple[int, set[int]]] = []
    again = _again(15, seen=seen)
    held = _held(again)
    seen.clear()
    assert learning_curve(again, held, 0) is not None
    assert all(not any(group % 5 == fold for group in fitted) for fold, fitted in seen)
    third, thirds = seen[:5], seen[10:15]
    for (fold, small), (same, large) in zip(third, thirds, strict=True):
        assert fold == same
        assert small < large
    assert {len(fitted) for _, fitted in third} == {4}
    assert {len(fitted) for _, fitted in thirds} == {8}


def test_more_segments_help_and_are_said_to() -> None:
    """Macro-F1 rises with the segments, another hundred are expected to add some more, and the ends hold it."""
    again = _again(30)
    found = learning_curve(again, _held(again), 0)
    assert found is not None
    scores = [point["macro_f1"] for point in found["points"]]
    assert scores == sorted(scores)
    assert [point["segments"] for point in found["points"]] == [80, 160, 270]
    more = found["next_hundred"]
    assert more["segments"] == 400
    assert 0 < more["interval"][0] <= more["gain"] <= more["interval"][1]
    assert found["skipped"] is None
    assert learning_curve(again, _held(again), 0) == found
    assert more_sentence(found).startswith("Another hundred codings would bring about +0.")


def test_what_does_not_help_can_not_be_told() -> None:
    """Where heads are right by chance whatever they saw, the interval holds zero and the sentence says so."""
    again = _again(30, skill=0.0)
    found = learning_curve(again, _held(again), 0)
    assert found is not None
    assert "can't tell yet" in more_sentence(found)


def test_few_participants_have_no_curve_or_no_interval() -> None:
    """Under six a third is nobody; under ten nothing can be promised."""
    few, some = _again(5), _again(7)
    assert learning_curve(few, _held(few), 0) is None
    found = learning_curve(some, _held(some), 0)
    assert found is not None
    assert all(point["interval"] is None for point in found["points"])
    assert "ten participants" in more_sentence(found)


def test_one_fold_alone_has_no_curve() -> None:
    """Where all groups fall into one fold nothing is unseen."""
    again = _again(12)
    assert learning_curve(replace(again, folds=np.zeros(120, dtype=np.int64)), _held(again), 0) is None


def test_large_material_skips_the_small_part_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its limits a part is drawn once, then the third is left out."""
    again = _again(12)
    held = _held(again)
    monkeypatch.setattr(curve, "_FEW_SEGMENTS", 100)
    assert _shape(learning_curve(again, held, 0)) == (3, 1, False)
    monkeypatch.setattr(curve, "_MANY_SEGMENTS", 100)
    found = learning_curve(again, held, 0)
    assert _shape(found) == (2, 1, True)
    assert found is not None
    assert "left out" in more_sentence(found)


def _shape(found: dict[str, Any] | None) -> tuple[int, int, bool]:
    assert found is not None
    return len(found["points"]), found["draws"], found["skipped"] is not None
