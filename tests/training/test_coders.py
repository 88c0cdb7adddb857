"""Agreement of coders and model: against numbers worked out by hand, scikit-learn and krippendorff."""

from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from service.domain.agreement import alpha, masi_distance
from service.domain.codebook import Select
from training.coders import Coded, agreement, masi

CODES = "abc"


def _mask(given_codes: list[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array([[code in codes for code in CODES] for codes in given_codes], dtype=bool).reshape(-1, len(CODES))


def _agree(
    coded: list[tuple[int, str, str]], best: list[str], select: Select = "one", groups: list[str] | None = None
) -> dict[str, Any]:
    """Measure (segment, coder, codes) triples; codes are strings of letters, "" for none."""
    rows = Coded(
        np.array([segment for segment, _, _ in coded], dtype=np.int64),
        np.array([coder for _, coder, _ in coded], dtype=np.str_),
        _mask([codes for _, _, codes in coded]),
    )
    named = np.array(groups or [f"g{row}" for row in range(len(best))], dtype=np.str_)
    found = agreement(rows, _mask(best), named, select)
    assert found is not None
    return found


def test_two_coders_by_hand() -> None:
    """Four segments, three agreed on: kappa from the two margins, as on paper."""
    coded = [(0, "x", "a"), (1, "x", "a"), (2, "x", "b"), (3, "x", "b")]
    coded += [(0, "y", "a"), (1, "y", "a"), (2, "y", "b"), (3, "y", "a")]
    found = _agree(coded, ["a", "a", "b", "b"])
    assert (found["coders"], found["segments"], found["participants"]) == (2, 4, 4)
    # agreed 3/4, chance (2*3 + 2*1)/16
    assert found["coder_coder"]["kappa"] == pytest.approx((3 / 4 - 1 / 2) / (1 - 1 / 2))
    assert found["coder_coder"]["micro_f1"] is None
    assert found["coder_coder"]["intervals"] is None
    # The model says what x says, and agrees with y as x does: agreed 7 of 8, chance 2 + 2 of 8.
    assert found["model_coder"]["kappa"] == pytest.approx((7 - 4) / (8 - 4))


def test_lone_codings_are_left_out() -> None:
    """A segment that one person coded says nothing, and where there is no other there is nothing to say."""
    coded = [(0, "x", "a"), (0, "y", "b"), (1, "x", "a"), (1, "y", "a"), (2, "x", "b")]
    assert _agree(coded, ["a", "a", "b"])["segments"] == 2
    rows = Coded(np.array([0, 1]), np.array(["x", "y"]), _mask(["a", "a"]))
    assert agreement(rows, _mask(["a", "a"]), np.array(["g", "h"]), "one") is None
    assert agreement(rows.part(np.zeros(2, dtype=bool)), _mask(["a"]), np.array(["g"]), "one") is None


def test_a_model_that_is_one_of_the_coders_agrees_as_well_as_they_do() -> None:
    """With two coders, a model that says what one says has agreement halfway between theirs and full."""
    chance = np.random.default_rng(1)
    one, other = (["abc"[k] for k in chance.integers(0, 3, 60)] for _ in range(2))
    other = [a if keep else b for a, b, keep in zip(one, other, chance.random(60) < 0.6, strict=True)]
    coded = [(row, who, codes) for who, listed in (("x", one), ("y", other)) for row, codes in enumerate(listed)]
    found = _agree(coded, one)
    assert found["coder_coder"]["kappa"] < found["model_coder"]["kappa"] < 1


def test_intervals_hold_the_figure_from_ten_participants_on() -> None:
    """Resampling participants gives ends around the figure, the same each time."""
    chance = np.random.default_rng(2)
    coded = [(row, who, "ab"[int(chance.random() < 0.7)]) for row in range(60) for who in "xy"]
    groups = [f"g{row % 12}" for row in range(60)]
    found = _agree(coded, ["a"] * 60, groups=groups)
    for side in ("coder_coder", "model_coder"):
        for name, (low, high) in found[side]["intervals"].items():
            assert low <= found[side][name] <= high
    assert _agree(coded, ["a"] * 60, groups=groups) == found


pairs_one = st.lists(st.tuples(st.sampled_from(["a", "b", "c", ""]), st.sampled_from(["a", "b", "c", ""])), min_size=2)
pairs_many = st.lists(
    st.tuples(*(st.sampled_from(["", "a", "b", "ab", "bc", "abc"]) for _ in range(2))), min_size=2, max_size=20
)


@settings(deadline=None, max_examples=60)
@given(pairs_one)
def test_two_coders_of_one_code_agree_with_the_libraries(pairs: list[tuple[str, str]]) -> None:
    """Cohen's kappa is scikit-learn's and nominal alpha krippendorff's, "none applies" a category."""
    found = _agree(_of(pairs), [one for one, _ in pairs])["coder_coder"]
    outcomes = ["a", "b", "c", ""]
    numbers = [[outcomes.index(codes) for codes in side] for side in zip(*pairs, strict=True)]
    if len({*numbers[0], *numbers[1]}) < 2:
        assert found["kappa"] is None
        assert found["alpha"] is None
        return
    assert found["kappa"] == pytest.approx(oracle.cohen_kappa_score(*numbers, labels=range(4)), abs=1e-6)
    expected = krippendorff.alpha(
        np.array(numbers, dtype=float), level_of_measurement="nominal", value_domain=list(range(4))
    )
    assert found["alpha"] == pytest.approx(expected, abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(pairs_many)
def test_two_coders_of_many_codes_agree_with_the_libraries(pairs: list[tuple[str, str]]) -> None:
    """Kappa and micro-F1 pooled over segments and codes are scikit-learn's; alpha is the domain's."""
    found = _agree(_of(pairs), [one for one, _ in pairs], "many")["coder_coder"]
    one, other = (_mask([pair[side] for pair in pairs]) for side in (0, 1))
    expected = alpha([(frozenset(a), frozenset(b)) for a, b in pairs])
    assert found["alpha"] == (None if expected is None else pytest.approx(expected, abs=1e-6))
    if one.any() or other.any():
        assert found["micro_f1"] == pytest.approx(oracle.f1_score(one, other, average="micro"), abs=1e-6)
    if one.any() and not (one.all() and other.all()):
        assert found["kappa"] == pytest.approx(oracle.cohen_kappa_score(one.ravel(), other.ravel()), abs=1e-6)


def _of(pairs: list[tuple[str, str]]) -> list[tuple[int, str, str]]:
    return [(row, who, codes) for row, pair in enumerate(pairs) for who, codes in zip("xy", pair, strict=True)]


several = st.lists(
    st.lists(st.sampled_from(["", "a", "b", "ab", "abc", None]), min_size=3, max_size=3), min_size=2, max_size=15
)


@settings(deadline=None, max_examples=60)
@given(several)
def test_several_coders_with_gaps_agree_with_the_library(given_codes: list[list[str | None]]) -> None:
    """Alpha of three coders, of whom any may be missing, is krippendorff's, and renaming the coders changes nothing."""
    coded = [
        (row, who, codes)
        for row, unit in enumerate(given_codes)
        for who, codes in zip("xyz", unit, strict=True)
        if codes is not None
    ]
    units = [[frozenset(codes) for codes in unit if codes is not None] for unit in given_codes]
    if not any(len(unit) > 1 for unit in units):
        return
    found = _agree(coded, ["a"] * len(given_codes), "many")
    expected = alpha(units)
    assert found["coder_coder"]["alpha"] == (None if expected is None else pytest.approx(expected, abs=1e-6))
    renamed = [(row, {"x": "z", "y": "x", "z": "y"}[who], codes) for row, who, codes in coded]
    assert _agree(renamed, ["a"] * len(given_codes), "many") == found


@settings(deadline=None, max_examples=40)
@given(several)
def test_agreement_is_bounded_and_full_where_all_are_alike(given_codes: list[list[str | None]]) -> None:
    """No measure exceeds 1; where every coder and the model give the same it is 1, or can't be computed."""
    first = [next((codes for codes in unit if codes is not None), "") for unit in given_codes]
    same = [(row, who, codes) for row, codes in enumerate(first) for who in "xyz"]
    for side in ("coder_coder", "model_coder"):
        found = _agree(same, first, "many")[side]
        assert {found[name] for name in ("kappa", "alpha", "micro_f1")} <= {1.0, None}


@given(st.lists(st.sets(st.sampled_from(CODES)), min_size=1, max_size=6))
def test_masi_is_the_domains(sets: list[set[str]]) -> None:
    """The table of distances holds what `service.domain.agreement` says of each two sets."""
    found = masi(np.array([[code in given_set for code in CODES] for given_set in sets]))
    for row, one in enumerate(sets):
        for column, other in enumerate(sets):
            assert found[row, column] == pytest.approx(masi_distance(frozenset(one), frozenset(other)))
