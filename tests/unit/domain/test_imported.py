"""Imported codings: what selections come to for segments, who may see them, and what they amount to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.domain import codebook, folding, imported
from service.domain.coded_file import (
    CodedFile,
    ForeignCode,
    ForeignCoder,
    ForeignCoding,
    ForeignDocument,
    Left,
    NoneApplies,
)
from service.domain.coding import Decision
from service.domain.imported import Carrying, ImportedCoding, SegmentCoding, Unselected
from service.domain.people import Coder
from service.domain.transcript import Segment

BOOK = codebook.parse(
    {
        "name": "small",
        "version": 1,
        "dimensions": {
            "mood": {"select": "one", "codes": {"calm": "At rest.", "angry": "Cross."}},
            "theme": {"codes": {"trust": "Relying.", "safety": "Being safe."}},
            "craft": {"applies_to": ["interviewer"], "codes": {"asks": "Asks."}},
        },
    },
    "small",
    short_name="small",
)
PATHS = ("Mood > calm", "Mood > angry", "Mood > odd", "Theme > trust", "Theme > safety", "Craft > asks", "Site > north")
CODES = tuple(ForeignCode(path, tuple(path.split(" > "))) for path in PATHS)
CODERS = (ForeignCoder("a", "Ana"), ForeignCoder("b", "Ben"), ForeignCoder("n", "NVivo", machine=True))
SEGMENTS = [Segment(n, n * 10, n * 10 + 10, "x" * 10) for n in range(4)]


def given(segment: int, path: str, coder: str = "a", **more: Any) -> ForeignCoding:
    """Return a code given to a whole segment."""
    return ForeignCoding(segment * 10, segment * 10 + 10, path, coder, **more)


def carrying(
    *codings: ForeignCoding,
    unselected: Unselected = "unknown",
    chosen: folding.Choices | None = None,
    same: Mapping[str, str] | None = None,
    **document: Any,
) -> tuple[Carrying, ForeignDocument]:
    one = ForeignDocument("one", "x" * 40, codings, **document)
    file = CodedFile("file", "", "Some tool", (one,), CODES, CODERS)
    matching = folding.match(CODES, BOOK, chosen or folding.Choices())
    return Carrying(file, BOOK, matching, unselected, same or {}), one


def carried(*codings: ForeignCoding, **how: Any) -> dict[tuple[int, str, str], set[str]]:
    """Return the codes by segment, dimension and coder."""
    how_to, document = carrying(*codings, **how)
    return _by_place(how_to.codings(document, SEGMENTS))


def _by_place(found: list[SegmentCoding]) -> dict[tuple[int, str, str], set[str]]:
    return {(c.index, c.dimension, c.coder): set(c.codes) for c in found}


def test_selections_on_one_segment_are_one_coding_per_dimension_and_coder() -> None:
    """Codes of several selections come together; coders stay apart."""
    assert carried(given(0, "Theme > trust"), given(0, "Theme > safety"), given(0, "Theme > trust", "b")) == {
        (0, "theme", "a"): {"trust", "safety"},
        (0, "theme", "b"): {"trust"},
    }


def test_what_lies_under_no_selection_is_unknown_unless_it_is_said() -> None:
    """Nothing follows from it; or else that none applies, in the dimensions in which a coder coded at all."""
    codings = given(1, "Mood > calm"), given(1, "Theme > trust", "b")
    assert set(carried(*codings)) == {(1, "mood", "a"), (1, "theme", "b")}
    found = carried(*codings, unselected="none")
    assert {place for place, codes in found.items() if not codes} == {
        (n, *place) for n in (0, 2, 3) for place in (("mood", "a"), ("theme", "b"))
    }


def test_none_applies_only_where_a_coder_coded_something_of_the_document() -> None:
    """A document without codings of a coder is unknown; what they coded elsewhere in the file says which dimensions."""
    how, one = carrying(given(0, "Mood > calm"), unselected="none")
    two = ForeignDocument("two", "x" * 40, (given(0, "Theme > trust"), given(0, "Mood > calm", "b")))
    three = ForeignDocument("three", "x" * 40)
    how = replace(how, file=replace(how.file, documents=(one, two, three)))
    assert how.codings(three, SEGMENTS) == []
    assert set(_by_place(how.codings(one, SEGMENTS))) == {(n, d, "a") for n in range(4) for d in ("mood", "theme")}
    found = _by_place(how.codings(two, SEGMENTS))
    assert set(found) == {(n, d, "a") for n in range(4) for d in ("mood", "theme")} | {
        (n, "mood", "b") for n in range(4)
    }
    assert found[0, "mood", "a"] == set()


def test_none_applies_never_where_a_code_lies_that_is_not_known() -> None:
    """An unmatched code leaves its branch's dimension open for its coder there, and no other."""
    codings = given(0, "Mood > calm"), given(0, "Theme > trust"), given(1, "Mood > odd"), given(2, "Site > north")
    found = carried(*codings, given(1, "Mood > calm", "b"), given(0, "Mood > odd", "b"), unselected="none")
    nothing = {place for place, codes in found.items() if not codes}
    own = {(n, "mood", "a") for n in (2, 3)} | {(n, "theme", "a") for n in (1, 2, 3)}
    assert nothing == own | {(n, "mood", "b") for n in (2, 3)}


def test_none_applies_never_where_a_selection_lies_that_codes_no_segment() -> None:
    """With less than half in any segment it is listed, and in the segments that it touches nobody knows."""
    across = ForeignCoding(16, 27, "Theme > trust", "a")
    segments = [Segment(0, 0, 10, "x" * 10), Segment(1, 10, 20, "x" * 10), Segment(2, 23, 33, "x" * 10)]
    how, document = carrying(given(0, "Theme > safety"), across, given(1, "Mood > calm"), unselected="none")
    found = _by_place(how.codings(document, segments))
    assert {place for place in found if place[1] == "theme"} == {(0, "theme", "a")}
    assert {place[0] for place in found if place[1] == "mood"} == {0, 1, 2}
    assert [what for what, _ in how.left] == ["codings"]


def test_a_code_that_is_left_out_is_as_if_it_had_not_been_given() -> None:
    """It codes nothing, and nothing is unknown because of it."""
    chosen = folding.Choices(codes={"Mood > odd": ""})
    found = carried(given(0, "Mood > calm"), given(1, "Mood > odd"), unselected="none", chosen=chosen)
    assert found[1, "mood", "a"] == set()


def test_a_file_that_says_all_of_each_segment_says_what_is_unknown_too() -> None:
    """Its rows of no codes are `none applies`; no row is unknown, whatever is said of other files."""
    stated = (NoneApplies(10, 20, "Mood", "a"), NoneApplies(10, 20, "Site", "a"), NoneApplies(10, 20, "Mood", "n"))
    how, document = carrying(given(0, "Mood > calm"), unselected="none", nothing=stated)
    how = replace(how, file=replace(how.file, explicit=True))
    assert _by_place(how.codings(document, SEGMENTS)) == {(0, "mood", "a"): {"calm"}, (1, "mood", "a"): set()}


def test_a_machines_codings_are_nobodys() -> None:
    """They are counted as left, and leave no trace in what others gave."""
    how, document = carrying(given(0, "Mood > calm", "n"), given(1, "Mood > calm"), unselected="none")
    assert {c.coder for c in how.codings(document, SEGMENTS)} == {"a"}
    assert how.left == {("codings", "a tool's machine made them, and no person"): 1}


def test_what_the_codebook_does_not_allow_is_left_and_counted() -> None:
    """Two codes where one is taken, a dimension of other speakers, and selections on no segment."""
    outside = ForeignCoding(39, 60, "Mood > calm", "a")
    how, document = carrying(given(0, "Mood > calm"), given(0, "Mood > angry"), given(1, "Craft > asks"), outside)
    assert how.codings(document, [*SEGMENTS[:2], replace(SEGMENTS[2], role="interviewer")]) == []
    assert imported.listed(how.left) == (
        Left("codings", "they lie on no segment: a heading, a name or the interviewer's words"),
        Left("segments", "craft does not apply to who speaks there"),
        Left("segments", "mood takes one code, and several lie on it"),
    )


def test_none_applies_is_not_said_of_dimensions_of_other_speakers() -> None:
    """A dimension that does not apply to a segment has no coding there, and nothing is missed."""
    how, document = carrying(given(1, "Craft > asks"), unselected="none")
    segments = [SEGMENTS[0], replace(SEGMENTS[1], role="interviewer"), replace(SEGMENTS[2], role="interviewer")]
    assert _by_place(how.codings(document, segments)) == {(1, "craft", "a"): {"asks"}, (2, "craft", "a"): set()}
    assert not how.left


def test_coders_who_are_one_are_gathered_as_one() -> None:
    """What one gave under two keys is one coding, and covers what lies under no selection of either."""
    codings = given(0, "Theme > trust", "a"), given(0, "Theme > safety", "b"), given(1, "Theme > safety", "b")
    found = carried(*codings, same={"b": "a"}, unselected="none")
    assert found == {
        (0, "theme", "a"): {"trust", "safety"},
        (1, "theme", "a"): {"safety"},
        (2, "theme", "a"): set(),
        (3, "theme", "a"): set(),
    }


def test_advice_that_had_been_shown_comes_along() -> None:
    """A coding of several selections was advised if any was, by all of the models named."""
    shown = {"advice": "shown", "adviser": "m2"}
    how, document = carrying(
        given(0, "Theme > trust", advice="unknown", adviser="m1"), given(0, "Theme > safety", **shown)
    )
    (found,) = how.codings(document, SEGMENTS)
    assert (found.advice, found.adviser) == ("shown", "m1;m2")


AT = datetime(2026, 1, 1, tzinfo=UTC)


def coding(
    codes: str = "calm", coder: str = "Ana", person: str | None = None, dimension: str = "mood", **more: Any
) -> ImportedCoding:
    return ImportedCoding("s", dimension, frozenset(codes.split()), coder, person, "i", more.pop("at", AT), **more)


@pytest.mark.parametrize(
    ("found", "true"),
    [
        ([], {}),
        ([coding("calm")], {"mood": {"calm"}}),
        ([coding("")], {"mood": set()}),
        ([coding("calm"), coding("calm", "Ben")], {"mood": {"calm"}}),
        ([coding("calm"), coding("angry", "Ben")], {}),
        ([coding("calm"), coding("angry", "Ben"), coding("angry", "")], {"mood": {"angry"}}),
        ([coding("calm"), coding("angry", "", "p1")], {}),
        ([coding("calm"), coding("trust", dimension="theme")], {"mood": {"calm"}, "theme": {"trust"}}),
    ],
)
def test_the_truth_is_the_agreed_coding_or_the_only_one_or_what_all_gave(
    found: list[ImportedCoding], true: dict[str, set[str]]
) -> None:
    """The agreed coding is that of whom the file does not name, unless a person of the project is said to be that."""
    assert imported.truth(found) == true


def test_while_a_segment_waits_for_someone_they_see_their_own_only() -> None:
    """Afterwards all of it; whoever is nobody sees nothing of what waits."""
    found = [coding(person="p1"), coding(coder="Ben", person="p2"), coding(coder="Cy")]
    assert imported.visible(found, "p1", waiting=True) == (found[0],)
    assert imported.visible(found, None, waiting=True) == ()
    assert imported.visible(found, "p1", waiting=False) == tuple(found)


def test_coders_are_told_apart_from_people_and_from_nobody() -> None:
    """A person goes by their name here; an outside coder who is called like a person has the tool's name behind."""
    found = [
        coding(person="p1"),
        coding(coder="Ana B", tool="NVivo 14.23.1 (57)"),
        coding(coder="", tool="NVivo"),
        coding(coder="as imported", tool="a table"),
        coding(coder="Ben"),
    ]
    names = imported.by_coder(found, {"p1": "Ana B", "p2": "Cy"})
    assert list(names) == ["Ana B", "Ana B (NVivo)", "Ben", "as imported", "as imported (a table)"]
    assert names["Ana B"]["mood"] is found[0]


def decision(minutes: int, person: str, **more: Any) -> Decision:
    coder = Coder(person, person, f"session of {person}")
    return Decision(f"{minutes}", "s", coder, AT + timedelta(minutes=minutes), {"mood": frozenset({"calm"})}, **more)


@pytest.mark.parametrize(
    ("decisions", "found", "seen"),
    [
        ([], [coding()], False),  # open to them all the time
        ([decision(1, "ben")], [], False),
        ([decision(1, "ben")], [coding()], True),  # decided by as many as it needs, so they could see all
        ([decision(1, "ben")], [coding(person="ana")], False),  # their own
        ([decision(1, "ana")], [coding()], True),
        ([decision(-2, "ana")], [coding()], True),  # decided before it came, and still is when it does
        ([decision(-2, "ana"), decision(-1, "ana", retract=True)], [coding()], False),
        ([decision(1, "ben"), decision(2, "ben", retract=True)], [coding()], True),
        ([decision(1, "ben")], [coding(ended_at=AT + timedelta(seconds=30))], False),  # withdrawn while it was open
        ([decision(1, "ben")], [coding(ended_at=AT + timedelta(minutes=2))], True),
    ],
)
def test_who_could_have_seen_an_imported_coding(
    decisions: list[Decision], found: list[ImportedCoding], seen: bool
) -> None:
    """Whoever had a moment, while it stood, in which the segment was not open to them."""
    assert imported.could_have_seen_imported(decisions, 1, "ana", found) is seen


def test_what_needs_nobody_is_open_to_nobody_from_the_start() -> None:
    """So whoever decides on it could have seen what was imported; but for their own, or what came to an end before."""
    assert imported.could_have_seen_imported([], 0, "ana", [coding()])
    assert not imported.could_have_seen_imported([], 0, "ana", [coding(person="ana")])
    assert not imported.could_have_seen_imported([], 1, "ana", [coding(ended_at=AT + timedelta(minutes=2))])
