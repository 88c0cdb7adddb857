"""What coders' rows amount to, and what stands around a segment."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.excerpts import CodingRow, Given, advice, coders, passages, truth

ROW = CodingRow("d", 0, "We cooked.", "topic", ("food",))


def _by(coder: str, *codes: str) -> CodingRow:
    return replace(ROW, annotator_id=coder, codes=codes)


def test_the_agreed_coding_is_the_truth() -> None:
    """A row without a coder counts, whatever the coders gave."""
    assert truth([_by("a", "food"), _by("", "travel"), _by("b", "food")]) == {("d", 0, "topic"): ("travel",)}


def test_an_only_coder_is_the_truth() -> None:
    """Where one person coded, that counts, no code included."""
    assert truth([_by("a")]) == {("d", 0, "topic"): ()}


def test_equal_coders_are_the_truth() -> None:
    """Coders who give the same set, in whatever order, settle it."""
    assert truth([_by("a", "x", "y"), _by("b", "y", "x")]) == {("d", 0, "topic"): ("x", "y")}


def test_differing_coders_leave_it_open() -> None:
    """Coders who differ, or two agreed codings that do, settle nothing."""
    assert truth([_by("a", "food"), _by("b")]) == {}
    assert truth([_by("", "food"), _by("", "travel")]) == {}


@given(st.permutations([_by("a", "x"), _by("b", "y"), _by("", "z"), replace(ROW, position=1)]))
def test_truth_does_not_depend_on_row_order(rows: list[CodingRow]) -> None:
    """Any order of the rows gives the same truth."""
    assert truth(rows) == {("d", 0, "topic"): ("z",), ("d", 1, "topic"): ("food",)}


def test_participant_defaults_to_the_document() -> None:
    """Without a participant the document stands for one."""
    assert ROW.participant == "d"
    assert replace(ROW, participant_id="p").participant == "p"


def _segments(*texts: str, contexts: tuple[str, ...] = ()) -> list[CodingRow]:
    given_contexts = contexts or ("",) * len(texts)
    return [
        replace(ROW, position=position, text=text, context=context)
        for position, (text, context) in enumerate(zip(texts, given_contexts, strict=True))
    ]


def test_neighbours_come_by_position() -> None:
    """Without contexts the segments of a document follow one another."""
    found = passages(_segments("one", "two", "three"))
    assert (found["d", 1].previous, found["d", 1].following) == ("one", "three")
    assert (found["d", 0].previous, found["d", 2].following) == ("", "")


def test_a_gap_hides_the_neighbour() -> None:
    """Nothing is known across a missing position."""
    rows = _segments("one", "two", "three")
    found = passages([rows[0], rows[2]])
    assert (found["d", 0].following, found["d", 2].previous) == ("", "")


def test_eight_segments_are_read_to_either_side_as_far_as_the_next_gap() -> None:
    """What stands around comes nearest first; how far into the transcript a segment stands is known without gaps."""
    rows = _segments(*(str(number) for number in range(30)))
    found = passages(rows)["d", 12]
    assert found.before == tuple(str(number) for number in range(11, 3, -1))
    assert found.after == tuple(str(number) for number in range(13, 21))
    assert found.place == pytest.approx(12.5 / 30, abs=1e-4)
    gapped = passages([row for row in rows if row.position != 10])["d", 12]
    assert gapped.before == ("11",)
    assert gapped.place is None


def test_contexts_of_a_running_transcript_confirm_the_neighbours() -> None:
    """Where contexts hold the segment before, the segment after is known as well."""
    found = passages(_segments("one", "two", "three", contexts=("", "one", "two")))
    assert (found["d", 1].previous, found["d", 1].following) == ("one", "three")


def test_loose_excerpts_are_not_each_others_neighbours() -> None:
    """Where contexts are questions that no row holds, nothing is read from the next row or the one before."""
    found = passages(_segments("one", "two", "three", contexts=("What then?", "", "And after that?")))
    assert [found["d", place].previous for place in range(3)] == ["What then?", "", "And after that?"]
    assert [found["d", place].following for place in range(3)] == ["", "", ""]


def test_each_segment_is_one_passage() -> None:
    """Rows on several dimensions and by several coders are one passage, with the context that any of them has."""
    rows = [ROW, replace(ROW, dimension="mood", context="Before."), replace(ROW, annotator_id="a")]
    assert [passage.previous for passage in passages(rows).values()] == ["Before."]


def test_material_for_agreement_settles_nothing() -> None:
    """A row that is not to settle anything leaves the truth as it was, alone or beside others."""
    own = replace(_by("a", "food"), settles=False)
    assert truth([own]) == {}
    assert truth([own, _by("", "travel")]) == truth([_by("", "travel")])
    assert truth([own, _by("b")]) == truth([_by("b")])


def test_advice_is_that_of_whoever_settled_it() -> None:
    """Shown to any of them counts, then unknown; coders whom the agreed coding stands above don't count."""
    shown, unknown = replace(_by("a", "x"), advice="shown"), replace(_by("b", "x"), advice="unknown")
    place = ROW.place
    assert advice([shown, unknown])[place] == "shown"
    assert advice([unknown, _by("c", "x")])[place] == "unknown"
    assert advice([shown, _by("", "x")])[place] == "none"
    assert advice([replace(shown, settles=False)]) == {}


def test_coders_are_those_who_coded_by_themselves() -> None:
    """The agreed coding is nobody's own, invented excerpts are nobody's, and later codings don't replace first ones."""
    rows = [_by("", "x"), _by("b", "y", "x"), _by("a"), replace(_by("c", "z"), independent=("x",))]
    rows += [replace(_by("d", "z"), independent=None), replace(_by("e", "z"), origin="synthetic")]
    found = coders(rows)[ROW.place]
    assert found == (Given("a", (), "none"), Given("b", ("x", "y"), "none"), Given("c", ("x",), "none"))
    assert coders([_by("", "x")]) == {}
