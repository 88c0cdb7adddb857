"""Two models on the same unseen people: what is compared, what is left out, and what may be concluded."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import errors
from service.domain import codebook as codebooks
from service.domain.codebook import Select
from service.suggest import comparison
from service.suggest.comparison import DimensionComparison, Moved, Pair, compare_dimension
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.held_out import HeldOut
from service.suggest.measures import MEASURES, measure
from tests import invented

ENCODER = HashingEncoder(16)


def _held(truth: list[str], best: list[str], select: Select = "one", codes: str = "ab", **parts: Any) -> HeldOut:
    """Write truth and best as strings of codes, one segment after the other, two to a group."""
    shape = (len(truth), len(codes))
    masks = [np.array([[c in row for c in codes] for row in rows]).reshape(shape) for rows in (truth, best)]
    given_parts = {
        "groups": np.array([f"g{row // 2:03d}" for row in range(len(truth))]),
        "probabilities": np.where(masks[1], 0.8, 0.2),
        "in_set": masks[1],
        "abstained": np.zeros(len(truth), dtype=bool),
        "keys": np.arange(len(truth), dtype=np.uint64),
    } | parts
    return HeldOut(tuple(codes), select, truth=masks[0], best=masks[1], **given_parts)


TRUTH = ["a", "b"] * 20
RIGHT = _held(TRUTH, TRUTH)
HALF = _held(TRUTH, ["a"] * 40)


def test_a_clearly_better_model_is_called_so() -> None:
    """Both models' measures, their difference with its interval, and the verdict in words, either way round."""
    found = compare_dimension(RIGHT, HALF)
    assert (found.verdict, found.reason, found.segments, found.groups) == ("better", "", 40, 20)
    assert found.measures["macro_f1"].candidate == measure(RIGHT)["macro_f1"] == 1
    assert found.measures["macro_f1"].current == measure(HALF)["macro_f1"]
    assert found.measures["macro_f1"].difference == pytest.approx(1 - (2 / 3) / 2, abs=1e-6)
    interval = found.measures["macro_f1"].interval
    assert interval is not None
    assert (interval[0] or 0) > 0
    assert compare_dimension(HALF, RIGHT).verdict == "worse"


def test_what_changed_is_counted_by_codes() -> None:
    """How many segments would get other codes, how many of them become right, and the most frequent changes."""
    changes = compare_dimension(RIGHT, HALF).changes
    assert (changes.segments, changes.righted, changes.wronged) == (20, 20, 0)
    assert changes.commonest == (Moved(("a",), ("b",), 20),)


def test_only_segments_that_both_held_out_are_compared() -> None:
    """Segments are found by their key, in whatever order they stand."""
    order = np.random.default_rng(3).permutation(30)
    found = compare_dimension(RIGHT.part(order), HALF)
    assert (found.segments, found.groups) == (30, 15)
    assert found.measures["macro_f1"].current == measure(HALF.part(np.arange(30)))["macro_f1"]
    nothing = compare_dimension(replace(RIGHT, keys=RIGHT.keys + np.uint64(1000)), HALF)
    assert (nothing.verdict, nothing.reason) == ("can't tell", "no segment in common")


def test_segments_with_another_truth_are_left_out() -> None:
    """A coding that changed between the two snapshots counts for neither model."""
    recoded = replace(HALF, truth=HALF.truth.copy())
    recoded.truth[:3] = ~recoded.truth[:3]
    found = compare_dimension(RIGHT, recoded)
    assert (found.segments, found.left_out.other_truth) == (37, 3)


def test_segments_that_stand_twice_are_paired_in_order_or_left_out() -> None:
    """The same number in both is paired as it stands; another number is left out and counted."""
    keys = RIGHT.keys.copy()
    keys[2] = keys[0]
    alike = compare_dimension(replace(RIGHT, keys=keys), replace(HALF, keys=keys))
    assert (alike.segments, alike.left_out.repeated) == (40, 0)
    other = compare_dimension(replace(RIGHT, keys=keys), HALF)
    assert (other.segments, other.left_out.repeated) == (38, 1)


def test_codes_of_one_model_alone_are_named_and_set_aside() -> None:
    """Measures are over the codes that both know; a truth that one can't know is left out where one code is taken."""
    wider = _held(["c", "c", *TRUTH[2:]], ["c", "c", *TRUTH[2:]], codes="abc")
    found = compare_dimension(wider, HALF)
    assert (found.added, found.retired) == (("c",), ())
    assert (found.segments, found.left_out.other_codes, found.left_out.other_truth) == (38, 2, 0)
    assert compare_dimension(HALF, wider).retired == ("c",)
    assert compare_dimension(HALF, _held(TRUTH, TRUTH, codes="xyab"[:2])).reason == "they have no code in common"


def test_where_many_codes_are_taken_the_common_ones_are_compared() -> None:
    """A segment that also carries a new code stays in, for the codes that both know."""
    wider = _held(["ac", *TRUTH[1:]], TRUTH, "many", codes="abc")
    found = compare_dimension(wider, _held(TRUTH, ["a"] * 40, "many"))
    assert (found.segments, found.verdict, found.added) == (40, "better", ("c",))


def test_under_ten_participants_nothing_is_concluded() -> None:
    """There is no interval and no verdict, but each participant's figures of both models."""
    few = np.arange(18)
    found = compare_dimension(RIGHT.part(few), HALF.part(few))
    assert found.verdict == "can't tell"
    assert found.reason.startswith("9 participants in common")
    assert found.measures["macro_f1"].interval is None
    assert found.by_participant is not None
    assert found.by_participant["g000"]["micro_f1"] == Pair(0.5, 1.0, 0.5, None)
    assert len(found.by_participant) == 9


def test_what_one_model_holds_together_is_held_together() -> None:
    """Two participants that one of the models takes for one are one group in the comparison."""
    joined = np.array([name.replace("g001", "g000") for name in RIGHT.groups.tolist()])
    other = np.array([name.replace("g001", "g002") for name in HALF.groups.tolist()])
    assert compare_dimension(replace(RIGHT, groups=joined), HALF).groups == 19
    assert compare_dimension(replace(RIGHT, groups=joined), replace(HALF, groups=other)).groups == 18


@pytest.mark.parametrize(
    ("candidate", "current", "which"),
    [(None, RIGHT, "the candidate has"), (RIGHT, None, "the current model has"), (None, None, "both models have")],
)
def test_a_model_that_kept_nothing_is_named(candidate: HeldOut | None, current: HeldOut | None, which: str) -> None:
    """A model without held-out segments, such as one from definitions alone, can't be compared by them."""
    found = compare_dimension(candidate, current)
    assert found.verdict == "can't tell"
    assert found.reason.startswith(which)


def test_one_code_and_many_codes_are_not_compared() -> None:
    """The measures mean different things there."""
    assert compare_dimension(RIGHT, replace(HALF, select="many")).verdict == "can't tell"


def test_a_measure_that_says_the_opposite_is_not_hidden() -> None:
    """Better in the mean over codes and worse over all segments is not called better."""
    truth = (["a"] * 9 + ["b"]) * 20
    groups = np.array([f"g{row // 10:02d}" for row in range(200)])
    common = _held(truth, ["a"] * 200, groups=groups)
    rare = _held(truth, (["b"] * 2 + ["a"] * 7 + ["b"]) * 20, groups=groups)
    found = compare_dimension(rare, common)
    assert found.in_words() == "can't tell (macro-F1 is better, but micro-F1 is worse)"
    assert compare_dimension(common, rare).in_words() == "can't tell (macro-F1 is worse, but micro-F1 is better)"


def test_models_of_other_codebooks_are_refused() -> None:
    """Nothing can be said of models that suggest different things."""
    one = definitions_bundle(invented.book(), ENCODER)
    other = definitions_bundle(codebooks.parse({"d": {"a": "x"}}, "x", short_name="other"), ENCODER)
    with pytest.raises(errors.WrongCodebook, match="only models of one codebook"):
        comparison.compare(one, other)


def test_the_record_is_json_and_names_no_participant() -> None:
    """What the registry keeps holds the verdicts and what they rest on; the whole comparison is JSON too."""
    few = np.arange(18)
    book = codebooks.parse({"d": {"a": "One.", "b": "Two."}}, "x", short_name="book")
    new, old = (definitions_bundle(replace(book, version=version), ENCODER) for version in "12")
    found = comparison.compare_said(new, old, {"d": RIGHT.part(few)}, {"d": HALF.part(few)})
    assert "g000" in json.dumps(found.as_json())
    kept = json.loads(json.dumps(found.record()))
    assert "g000" not in json.dumps(kept)
    assert kept["current"] == old.manifest.model_id
    assert kept["dimensions"]["d"]["verdict"] == "can't tell"
    assert set(kept["dimensions"]["d"]["macro_f1"]) == {"current", "candidate", "difference", "interval"}


_sets = st.sampled_from(["", "a", "b", "ab"])
_rows = st.lists(st.tuples(_sets, _sets, _sets, st.integers(0, 14), st.integers(0, 30)), min_size=1, max_size=60)


def _drawn(rows: list[tuple[str, str, str, int, int]], best: int, select: Select) -> HeldOut:
    length = 1 if select == "one" else 2
    said = [(row[1] if best == 1 else row[2])[:length] for row in rows]
    groups = np.array([f"p{row[3]:02d}" for row in rows])
    keys = np.array([row[4] for row in rows], dtype=np.uint64)
    return _held([row[0][:length] for row in rows], said, select, groups=groups, keys=keys)


@settings(max_examples=60, deadline=None)
@given(_rows, st.sampled_from(["one", "many"]))
def test_a_model_beside_itself_differs_by_nothing(rows: list[tuple[str, str, str, int, int]], select: Select) -> None:
    """Every difference is nothing, every interval holds only that, and no suggestion changes."""
    held = _drawn(rows, 1, select)
    found = compare_dimension(held, held)
    assert found.segments == len(rows)
    assert found.changes.segments == 0
    assert found.left_out == comparison.LeftOut()
    assert {p.difference for p in found.measures.values()} <= {0, None}
    assert all(bound in (0, None) for p in found.measures.values() for bound in p.interval or ())
    assert found.verdict in ("no clear difference", "can't tell")


_TURNED = {"better": "worse", "worse": "better"}


@settings(max_examples=60, deadline=None)
@given(_rows, st.sampled_from(["one", "many"]))
def test_swapping_the_sides_turns_every_sign(rows: list[tuple[str, str, str, int, int]], select: Select) -> None:
    """Candidate against current says the opposite of current against candidate, on the same segments and groups."""
    one, other = _drawn(rows, 1, select), _drawn(rows, 2, select)
    there, back = compare_dimension(one, other), compare_dimension(other, one)
    assert (there.segments, there.groups, there.left_out) == (back.segments, back.groups, back.left_out)
    assert back.verdict == _TURNED.get(there.verdict, there.verdict)
    for name in MEASURES if there.segments else ():
        _check_turned(there, back, name)
    assert (there.changes.righted, there.changes.wronged) == (back.changes.wronged, back.changes.righted)


def _check_turned(there: DimensionComparison, back: DimensionComparison, name: str) -> None:
    mine, theirs = there.measures[name], back.measures[name]
    assert (mine.current, mine.candidate) == (theirs.candidate, theirs.current)
    if mine.difference is not None and theirs.difference is not None:
        assert mine.difference == pytest.approx(-theirs.difference, abs=1e-6)
    for low, high in zip(mine.interval or (), reversed(theirs.interval or ()), strict=True):
        assert (low is None) == (high is None)
        if low is not None and high is not None:
            assert low == pytest.approx(-high, abs=2e-6)
