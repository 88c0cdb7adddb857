"""The study's table: pairs of domain and level, themes below them, and what is masked."""

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import codebook, masking, report
from service.domain.masking import Count
from service.domain.report import NONE_APPLIES, UNCLEAR, FinalSegment, Report

BOOK = codebook.parse(
    {
        "name": "change",
        "version": 1,
        "dimensions": {
            "domain": {"codes": {"x": "", "y": "", "gone": {"retired": True}}},
            "level": {"codes": {"1": "", "2": ""}},
            "theme": {
                "required": False,
                "codes": {
                    "x1": {"parent": {"domain": "x", "level": "1"}},
                    "x1b": {"parent": {"domain": "x", "level": "1"}},
                    "y2": {"parent": {"domain": "y", "level": "2"}},
                    "half": {"parent": {"domain": "x"}},
                    "faded": {"parent": {"domain": "x", "level": "1"}, "retired": True},
                },
            },
            "tone": {"select": "one", "codes": {"warm": "", "cold": ""}},
        },
    },
    "book.yaml",
    short_name="book",
)


def coded(
    domain: Collection[str] | None,
    level: Collection[str] | None,
    theme: Collection[str] | None = None,
    *,
    who: str = "P1",
    tone: Collection[str] | None = None,
) -> FinalSegment:
    given_codes = {"domain": domain, "level": level, "theme": theme, "tone": tone}
    final = {name: None if codes is None else frozenset(codes) for name, codes in given_codes.items()}
    return FinalSegment(who, f"of {who}", final)


def counts(found: Report) -> dict[tuple[str, ...], int]:
    return {row.place: row.count.segments for row in found.rows if row.count.segments}


def places(*keys: str) -> dict[tuple[str, ...], int]:
    return {(*key.split("-"), *[""] * (2 - key.count("-"))): 1 for key in keys}


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        (coded("x", "1"), places("x-1")),
        (coded("xy", "1"), places("x-1", "y-1")),
        (coded("x", "12"), places("x-1", "x-2")),
        (coded("xy", "12"), places(UNCLEAR)),
        (coded("xy", "12", ["x1", "y2"]), places("x-1", "x-1-x1", "y-2", "y-2-y2")),
        (coded("xy", "12", ["x1"]), places("x-1", "x-1-x1", UNCLEAR)),
        (coded("xy", "12", ["x1", "x1b"]), places("x-1", "x-1-x1", "x-1-x1b", UNCLEAR)),
        (coded("x", "12", ["x1"]), places("x-1", "x-1-x1", "x-2")),
        (coded("x", "1", ["y2"]), places("x-1")),
        (coded("xy", "12", []), places(UNCLEAR)),
        (coded("", "1", ["x1"]), {}),
        (coded("x", "", ["x1"]), {}),
        (coded(None, "1", ["x1"]), {}),
        (coded("x", None, ["x1"]), {}),
        (coded("y", "2", ["half"]), {("y", "2", ""): 1, ("", "", "half"): 1}),
    ],
)
def test_pairs_come_from_themes_else_from_a_single_code_else_stay_unclear(
    segment: FinalSegment, expected: dict[tuple[str, ...], int]
) -> None:
    """Each way in which a segment's codes can or can't be paired."""
    assert counts(report.build(BOOK, [segment])) == expected


def test_what_stands_in_no_pair_is_counted_apart() -> None:
    """Segments where none applies, and themes under another pair, are told beside the table."""
    found = report.build(BOOK, [coded("", "1"), coded("x", "1", ["y2", "x1"]), coded("x", None)])
    assert found.total.segments == 2
    assert found.none_applies.segments == 1
    assert found.theme_elsewhere.segments == 1


def test_rows_stand_in_codebook_order_with_zeros() -> None:
    """Every pair and theme in use has its row, whether observed or not; retired codes only if observed."""
    nothing = report.build(BOOK, [])
    order = ["x-1", "x-1-x1", "x-1-x1b", "x-2", "y-1", "y-2", "y-2-y2"]
    expected = [*(next(iter(places(key))) for key in order), ("", "", "half"), (UNCLEAR, "", "")]
    assert [row.place for row in nothing.rows] == expected
    seen = report.build(BOOK, [coded(["gone"], "1"), coded("x", "1", ["faded"])])
    assert counts(seen) == {("x", "1", ""): 1, ("x", "1", "faded"): 1, ("gone", "1", ""): 1}


def test_a_segment_with_two_themes_of_a_pair_counts_once_in_the_pair() -> None:
    """Pairs count segments, participants and organisations, not codes."""
    segments = [coded("x", "1", ["x1", "x1b"], who=who) for who in ("P1", "P1", "P2")]
    assert {row.place: row.count for row in report.build(BOOK, segments).rows}["x", "1", ""] == Count(3, 2, 2)


def test_organisations_that_are_not_known_are_not_counted() -> None:
    """An empty organisation is none."""
    segments = [FinalSegment(who, "", coded("x", "1").codes) for who in ("P1", "P2")]
    assert report.build(BOOK, segments).total == Count(2, 2, 0)


def test_dimensions_beside_the_pairs_have_their_own_tables() -> None:
    """A further dimension of such a codebook is counted by itself, with a line for none applies."""
    found = report.build(BOOK, [coded("x", "1", tone=["warm"]), coded(None, None, tone=[])])
    (table,) = found.tables
    assert [(row.place[0], row.count.segments) for row in table.rows] == [("warm", 1), ("cold", 0), (NONE_APPLIES, 1)]
    assert (found.kind, found.total.segments, table.total.segments) == ("pairs", 1, 2)


@pytest.mark.parametrize(
    ("dimensions", "kind", "tables"),
    [
        ({"domain": {"a": ""}, "level": {"b": ""}}, "pairs", []),
        ({"domain": {"a": ""}, "depth": {"b": ""}}, "dimensions", ["domain", "depth"]),
        ({"domain": {"a": ""}, "level": {"b": ""}, "theme": {"c": ""}}, "pairs", ["theme"]),
    ],
)
def test_roles_are_found_by_name_and_parents(dimensions: Any, kind: str, tables: list[str]) -> None:
    """Domain and level make pairs; only a dimension whose codes have both parents holds themes."""
    found = report.build(codebook.parse(dimensions, "b.yaml", short_name="b"), [])
    assert (found.kind, [table.dimension for table in found.tables]) == (kind, tables)


def people(prefix: str, number: int) -> list[str]:
    return [f"{prefix}{index}" for index in range(number)]


def shown(found: Report) -> dict[tuple[str, ...], Any]:
    return {
        row.place: row.count.mask or row.count.shown()[0] for row in found.rows if row.count.mask or row.count.segments
    }


def test_small_cells_are_masked_and_one_more_where_the_rest_would_tell() -> None:
    """One masked pair alone could be worked out from the total, so the next smallest is masked too."""
    segments = [coded("x", "1", who=who) for who in people("P", 9)]
    segments += [coded("x", "2", who=who) for who in people("P", 6)]
    segments += [coded("y", "1", who=who) for who in people("P", 2)]
    found = shown(report.build(BOOK, segments, 5))
    assert found == {("x", "1", ""): 9, ("x", "2", ""): "masked", ("y", "1", ""): "<5"}
    segments += [coded("y", "2", who="P1")]
    found = shown(report.build(BOOK, segments, 5))
    assert found == {("x", "1", ""): 9, ("x", "2", ""): 6, ("y", "1", ""): "<5", ("y", "2", ""): "<5"}


def test_themes_of_a_pair_are_masked_as_parts_of_it() -> None:
    """A single masked theme takes the next smallest theme of its pair with it, and no other."""
    segments = [coded("x", "1", ["x1"], who=who) for who in people("P", 9)]
    segments += [coded("x", "1", ["x1b"], who=who) for who in people("P", 3)]
    segments += [coded("y", "2", ["y2"], who=who) for who in people("P", 7)]
    found = shown(report.build(BOOK, segments, 5))
    assert found == {
        ("x", "1", ""): 12,
        ("x", "1", "x1"): "masked",
        ("x", "1", "x1b"): "<5",
        ("y", "2", ""): 7,
        ("y", "2", "y2"): 7,
    }


def test_a_pair_masked_to_cover_another_does_not_show_in_its_themes() -> None:
    """Where a pair is masked to cover another, a theme below it is too, so that they do not add up to it."""
    segments = [coded("x", "1", ["x1"], who=who) for who in people("P", 6)]
    segments += [coded("y", "1", who=who) for who in people("P", 2)]
    segments += [coded("y", "2", who=who) for who in people("P", 9)]
    found = shown(report.build(BOOK, segments, 5))
    assert found == {("x", "1", ""): "masked", ("x", "1", "x1"): "masked", ("y", "1", ""): "<5", ("y", "2", ""): 9}


def test_a_study_of_few_people_shows_no_numbers_at_all() -> None:
    """Under the minimum altogether, even the totals are masked, and masked counts hold no numbers."""
    found = report.build(BOOK, [coded("x", "1", ["x1"], tone=["warm"])], 5)
    made = report.as_dict(found)
    assert (made["segments_final"], made["participants"], made["organisations"]) == ("masked", "<5", "masked")
    assert {row["segments"] for row in made["rows"]} == {0, "masked"}
    assert all(row.count.segments == 0 for row in found.rows)


def test_json_names_codes_labels_and_what_is_masked() -> None:
    """The JSON shape that pages read."""
    made = report.as_dict(report.build(BOOK, [coded("x", "1", ["x1"], tone=["warm"])]))
    assert made["rows"][1] == {
        "domain": "x",
        "level": "1",
        "theme": "x1",
        "segments": 1,
        "participants": 1,
        "organisations": 1,
        "masked": False,
        "domain_label": "X",
        "level_label": "1",
        "theme_label": "X1",
    }
    assert made["tables"][0]["rows"][0] == {
        "dimension": "tone",
        "code": "warm",
        "segments": 1,
        "participants": 1,
        "organisations": 1,
        "masked": False,
        "code_label": "Warm",
    }
    assert {"kind", "segments_final", "participants", "organisations", "minimum"} <= set(made)


_counts = st.tuples(st.integers(0, 12), st.integers(0, 4)).map(
    lambda drawn: Count(drawn[0] + drawn[1] if drawn[0] else 0, drawn[0], 0)
)


@given(st.lists(_counts, min_size=1, max_size=8), st.integers(2, 6))
def test_no_single_masked_count_can_be_worked_out(parts: list[Count], minimum: int) -> None:
    """Where parts make up a total, either none is masked or at least two numbers are unknown."""
    total = masking.mask(Count(sum(part.segments for part in parts), max(p.participants for p in parts), 0), minimum)
    out = masking.mask_below(total, parts, minimum)
    for part, masked in zip(parts, out, strict=True):
        assert masked.mask or masked == part
        assert masked.mask or not 0 < part.participants < minimum
        assert part.segments or not masked.mask
    unknown = sum(count.mask != "" for count in (total, *out))
    observed = sum(part.segments > 0 for part in parts)
    assert unknown != 1 or (observed == 1 and not total.mask) or observed == 0
