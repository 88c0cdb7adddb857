"""Frozen training data."""

from dataclasses import replace
from typing import Any

import pytest

from service import errors
from service.domain import codebook as codebooks
from service.domain.excerpts import CodingRow
from tests import invented
from training import dataset

ROW = CodingRow("d", 0, "SECRETWORD we cooked.", "topic", ("food",))


def test_the_same_rows_give_the_same_snapshot() -> None:
    """Row order doesn't matter; a changed code, text or codebook does."""
    rows, book = invented.rows(3), invented.book()
    first = dataset.freeze(rows, book)
    assert dataset.freeze(rows[::-1], book) == first
    changed = (replace(rows[0], codes=("travel" if rows[0].codes == ("food",) else "food",)), *rows[1:])
    others = [dataset.freeze(changed, book), dataset.freeze(rows[2:], book)]
    others.append(dataset.freeze(rows, replace(book, version="2")))
    assert len({first.sha256, *(other.sha256 for other in others)}) == 4


def test_segments_carry_truth_group_and_origin() -> None:
    """Each distinct segment is one example."""
    snapshot = dataset.freeze(invented.rows(3, 4, origin="synthetic"), invented.book())
    assert len(snapshot.examples) == 12
    assert {example.group for example in snapshot.examples} == {"P00", "P01", "P02"}
    assert all(set(example.truth) == {"topic", "mood"} for example in snapshot.examples)
    assert (snapshot.origins(), snapshot.few_groups) == ({"synthetic": 12}, False)


def test_disagreement_is_no_truth() -> None:
    """Segments whose coders differ stay, without truth on that dimension."""
    rows = [replace(ROW, annotator_id="a"), replace(ROW, annotator_id="b", codes=("travel",)), *invented.rows(3)]
    snapshot = dataset.freeze(rows, invented.book())
    (open_one,) = [example for example in snapshot.examples if example.document_id == "d"]
    assert open_one.truth == {}


def test_an_overruled_coder_may_have_given_several_codes() -> None:
    """Where one code is taken, only the truth must be one; the codings it settled are as they were."""
    rows = [ROW, replace(ROW, annotator_id="a", codes=("food", "travel")), *invented.rows(3)]
    snapshot = dataset.freeze(rows, invented.book())
    (settled,) = [example for example in snapshot.examples if example.document_id == "d"]
    assert settled.truth == {"topic": ("food",)}


BAD = [
    (replace(ROW, dimension="weather"), "no dimension 'weather'"),
    (replace(ROW, codes=("drink",)), "no code 'drink'"),
    (replace(ROW, codes=("food", "travel")), "takes one code"),
]


@pytest.mark.parametrize(("row", "message"), BAD)
def test_rows_that_do_not_fit_the_codebook_are_refused(row: CodingRow, message: str) -> None:
    """One sentence names the place and never the text."""
    with pytest.raises(errors.BadExcerpts, match=message) as caught:
        dataset.freeze([row], invented.book())
    assert "document d, position 0" in str(caught.value)
    assert "SECRETWORD" not in str(caught.value)


@pytest.mark.parametrize("change", [{"dimension": "She said\nso. " * 9}, {"codes": ("She said\nso. " * 9,)}])
def test_what_is_no_name_is_cut_short(change: dict[str, Any]) -> None:
    """With columns out of place, names are what somebody said: a refusal shows where to look and little of it."""
    row = replace(ROW, document_id="She said so. " * 9, **change)
    with pytest.raises(errors.BadExcerpts) as caught:
        dataset.freeze([row], invented.book())
    assert str(caught.value).count("She said") <= 8
    assert "document She said so. She said so. She said so. S…, position 0" in str(caught.value)
    assert "'She said so. She said so. She said so. S…'" in str(caught.value)


def test_nothing_to_learn_is_refused() -> None:
    """Rows without any settled coding are no training data."""
    rows = [replace(ROW, annotator_id="a"), replace(ROW, annotator_id="b", codes=())]
    with pytest.raises(errors.BadExcerpts, match="nothing to learn"):
        dataset.freeze(rows, invented.book())


def test_retired_codes_and_dimensions_that_do_not_apply_teach_nothing() -> None:
    """A row whose codes are all retired is unknown, not "none"; an interviewer's segment has no part."""
    raw = {
        "name": "x",
        "version": 2,
        "dimensions": {
            "topic": {
                "applies_to": ["participant", "Ann"],
                "codes": {"food": {"definition": "x", "retired": True}, "travel": "y"},
            }
        },
    }
    book = codebooks.parse(raw, "x", short_name="x")
    rows = [
        replace(ROW, speaker="Ann", codes=("food",)),
        replace(ROW, position=1, speaker="Ann", codes=("food", "travel")),
        replace(ROW, position=2, speaker="Bo", codes=("travel",)),
        replace(ROW, position=3, speaker="Bo", codes=("travel",), extra={"role": "participant"}),
    ]
    found = {example.position: dict(example.truth) for example in dataset.freeze(rows, book).examples}
    assert found == {0: {}, 1: {"topic": ("travel",)}, 2: {}, 3: {"topic": ("travel",)}}


def test_select_is_one_where_all_truth_is_exactly_one_code() -> None:
    """No truth, an empty one or several codes mean `many`."""
    other = replace(ROW, position=1)
    assert dataset.infer_select([ROW, other]) == {"topic": "one"}
    assert dataset.infer_select([ROW, replace(other, codes=())]) == {"topic": "many"}
    assert dataset.infer_select([ROW, replace(other, codes=("food", "travel"))]) == {"topic": "many"}
    differ = [replace(ROW, annotator_id="a"), replace(ROW, annotator_id="b", codes=("travel",))]
    assert dataset.infer_select(differ) == {"topic": "many"}
    assert dataset.infer_select([*differ, other]) == {"topic": "one"}


def test_without_a_codebook_the_rows_codes_are_one() -> None:
    """Codes are those that any row names."""
    book = dataset.codebook_of(invented.rows(3), "mine-12345678")
    assert (book.name, book.version) == ("mine-12345678", "1")
    assert {d.id: (d.select, [c.id for c in d.codes]) for d in book.dimensions} == {
        "mood": ("many", ["joy", "worry"]),
        "topic": ("one", ["food", "travel"]),
    }
    with pytest.raises(errors.BadExcerpts, match="nothing to learn"):
        dataset.codebook_of([replace(ROW, codes=())], "x")


def test_files_are_merged() -> None:
    """What two files say alike counts once; further coders and segments are added."""
    second = [ROW, replace(ROW, annotator_id="b"), replace(ROW, position=1, text="Other.")]
    assert dataset.merge([[ROW], second]) == tuple(second)


def test_segments_without_positions_move_behind() -> None:
    """Where a later file gave no positions, its segments don't clash with those of the first."""
    other = [replace(ROW, text="Other.", placed=False), replace(ROW, position=1, text="More.", placed=False)]
    assert [(row.position, row.text) for row in dataset.merge([[ROW], other])][1:] == [(1, "Other."), (2, "More.")]


def test_files_that_contradict_are_refused() -> None:
    """Other text or other codes by the same coder at one place, without quoting either."""
    for other, message in ((replace(ROW, text="Other."), "other texts"), (replace(ROW, codes=()), "other codes")):
        with pytest.raises(errors.BadExcerpts, match=message) as caught:
            dataset.merge([[ROW], [other]])
        assert "SECRETWORD" not in str(caught.value)


def test_documents_are_recognised_even_without_long_sentences() -> None:
    """Then the whole text stands for the document."""
    keys = dataset.recognition_keys([("a", "Yes."), ("a", "No."), ("b", "Yes."), ("c", "Yes.  No.")])
    assert keys["a"] == keys["c"] != keys["b"]


def test_advice_and_coders_are_part_of_the_snapshot() -> None:
    """They are kept beside the truth, change the hash, and never become truth."""
    plain = [ROW, *invented.rows(3)]
    shown = [replace(ROW, advice="shown"), *plain[1:]]
    own = [
        replace(ROW, annotator_id=who, codes=(code,), settles=False) for who, code in (("a", "food"), ("b", "travel"))
    ]
    first, second, third = (dataset.freeze(rows, invented.book()) for rows in (plain, shown, [*plain, *own]))
    assert len({first.sha256, second.sha256, third.sha256}) == 3
    (example,) = [e for e in second.examples if e.document_id == "d"]
    assert example.advice == {"topic": "shown"}
    (example,) = [e for e in third.examples if e.document_id == "d"]
    assert example.truth == {"topic": ("food",)}
    assert [given.codes for given in example.coders["topic"]] == [("food",), ("travel",)]
    assert dataset.freeze([*own, *plain][::-1], invented.book()) == third


def test_codings_for_agreement_alone_are_nothing_to_learn() -> None:
    """Where no coding is settled, there is nothing to fit, however many coded by themselves."""
    with pytest.raises(errors.BadExcerpts, match="nothing to learn"):
        dataset.freeze([replace(ROW, annotator_id="a", settles=False)], invented.book())


def test_retired_codes_of_coders_are_left_out() -> None:
    """A coder whose every code was retired gave nothing that counts; one without any code gave that."""
    raw = {**invented.BOOK, "dimensions": {**invented.BOOK["dimensions"]}}
    raw["dimensions"]["topic"] = {"codes": {"food": "Meals.", "travel": "Trips.", "rest": {"retired": True}}}
    book = codebooks.parse(raw, "days out", short_name="days out")
    own = [
        replace(ROW, annotator_id=who, codes=codes) for who, codes in (("a", ("rest",)), ("b", ()), ("c", ("food",)))
    ]
    (example,) = dataset.freeze([ROW, *own], book).examples
    assert [given.coder for given in example.coders["topic"]] == ["b", "c"]


def test_late_codings_are_counted_beside_the_coders() -> None:
    """What was given once others could be seen is no coder's own; its number is part of the snapshot."""
    rows = invented.rows(3)
    own = [replace(row, annotator_id=who, settles=False) for row in rows[:2] for who in ("a", "b")]
    after = [replace(row, annotator_id="c", settles=False, independent=None) for row in rows[:2]]
    without, found = (dataset.freeze([*rows, *own, *more], invented.book()) for more in ([], after))
    example = next(example for example in found.examples if example.late)
    assert example.late == dict.fromkeys(example.coders, 1)
    assert {given.coder for given in example.coders[rows[0].dimension]} == {"a", "b"}
    assert without.sha256 != found.sha256
