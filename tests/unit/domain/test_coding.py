"""The one rule, case by case as the contract words it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from service.domain import coding
from service.domain.codebook import Code, Dimension
from service.domain.coding import Codes, Decision
from service.domain.people import Coder

CODES = (Code("a", "A"), Code("b", "B"))
DOMAIN = Dimension("domain", "Domain", "many", CODES)
THEME = Dimension("theme", "Theme", "many", CODES, required=False)
BOTH = (DOMAIN, THEME)

NONE: Codes = frozenset()
A, B, AB = frozenset("a"), frozenset("b"), frozenset("ab")


def did(who: str, domain: Codes | None = None, theme: Codes | None = None, *, independent: bool = True) -> Decision:
    codes = {name: chosen for name, chosen in (("domain", domain), ("theme", theme)) if chosen is not None}
    return Decision("d", "s", Coder(who, who, "in"), datetime(2026, 1, 1, tzinfo=UTC), codes, independent=independent)


def retracted(who: str, *, adjudication: bool = False, independent: bool = True) -> Decision:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Decision(
        "d", "s", Coder(who, who, "in"), at, retract=True, adjudication=adjudication, independent=independent
    )


def settled(who: str, domain: Codes | None = None, theme: Codes | None = None) -> Decision:
    own = did(who, domain, theme)
    return Decision(own.decision_id, own.segment_id, own.coder, own.decided_at, own.codes, adjudication=True)


def final(decisions: Sequence[Decision], needs: int = 1) -> tuple[Codes | None, Codes | None]:
    found = coding.final_codes(decisions, needs, BOTH)
    return found["domain"], found["theme"]


@pytest.mark.parametrize(
    ("decisions", "needs", "expected"),
    [
        ([], 1, (None, None)),
        ([did("ana", A)], 1, (A, None)),
        ([did("ana", NONE)], 1, (NONE, None)),
        ([did("ana", A)], 2, (None, None)),
        ([did("ana", A), did("ben", A)], 2, (A, None)),
        ([did("ana", A), did("ben", B)], 2, (None, None)),
        ([did("ana", A), did("ben", AB)], 1, (None, None)),
        ([did("ana", A, A), did("ben", A)], 2, (A, A)),
        ([did("ana", A, A), did("ben", A, B)], 2, (A, None)),
        ([did("ana", A, A)], 2, (None, None)),
        ([did("ana", A), did("ana", A)], 2, (None, None)),
        ([did("ana", None, A), did("ben", A, A)], 2, (None, A)),
        ([did("ana", A), did("ana", B)], 1, (B, None)),
        ([did("ana", A, A), did("ana", B)], 1, (B, None)),
        ([did("ana", A), retracted("ana")], 1, (None, None)),
        ([did("ana", A), retracted("ana"), did("ana", B)], 1, (B, None)),
        ([did("ana", A), did("ben", B), retracted("ben")], 1, (A, None)),
        ([did("ana", A), did("ben", A), did("cy", A)], 2, (A, None)),
        ([did("ana", A), did("ben", A), did("cy", B)], 2, (None, None)),
    ],
)
def test_a_coding_is_final_when_enough_people_agree(
    decisions: list[Decision], needs: int, expected: tuple[Codes | None, Codes | None]
) -> None:
    """Enough people, at least one who names the dimension, and one set among all who name it."""
    assert final(decisions, needs) == expected


DIFFER = [did("ana", A), did("ben", B)]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([], AB),
        ([did("ana", A)], AB),
        ([did("ana", AB)], AB),
        ([did("ana", AB), did("ana", A)], AB),
        ([did("ana", B)], B),
        ([did("ana", NONE)], None),
        ([did("ana", B), did("ana", A)], None),
        ([did("ana", None, A)], AB),
        ([retracted("ana")], AB),
        ([did("dee", AB)], AB),
        ([did("dee", A)], None),
        ([did("cy", AB)], AB),
        ([retracted("cy")], AB),
        ([retracted("cy", adjudication=True)], None),
        ([settled("cy", None, A)], None),
        ([settled("cy", A)], A),
        ([settled("dee", A)], A),
        ([settled("dee", A), retracted("dee", adjudication=True)], AB),
        ([settled("dee", A), did("ben", AB)], None),
        ([did("ana", NONE), settled("dee", A)], A),
        ([did("ana", NONE), settled("dee", A), retracted("dee", adjudication=True)], None),
    ],
)
def test_an_adjudication_settles_until_it_ends(later: list[Decision], expected: Codes | None) -> None:
    """It ends by a set that is new, or is withdrawn or replaced; then the coders count again."""
    assert final([*DIFFER, settled("cy", AB), *later], 2)[0] == expected


def test_an_adjudication_settles_only_what_it_names() -> None:
    """Dimensions that an adjudication does not name are left to the coders."""
    decisions = [did("ana", A, A), did("ben", B, A), settled("cy", A)]
    assert final(decisions, 2) == (A, A)
    assert [*coding.settled_by(decisions)] == ["domain"]
    assert coding.adjudicated(decisions) == {"domain": A}


def test_an_adjudication_is_not_the_persons_own_coding() -> None:
    """Who adjudicates holds no coding by it, and their own does not change."""
    decisions = [did("ana", A), did("ben", B), settled("ana", B)]
    assert coding.standing(decisions)["ana"].codes == {"domain": A}
    assert "cy" not in coding.standing([*decisions, settled("cy", B)])


def test_a_segment_is_open_to_who_has_not_decided_while_too_few_have() -> None:
    """Open ends with one's own decision or with enough of others', and begins again with a retraction."""
    assert coding.is_open([], 1, "ana")
    assert not coding.is_open([did("ana", A)], 2, "ana")
    assert coding.is_open([did("ana", A)], 2, "ben")
    assert not coding.is_open([did("ana", A)], 1, "ben")
    assert coding.is_open([did("ana", A), retracted("ana")], 1, "ben")
    assert coding.is_open([settled("ana", A)], 1, "ana")


def test_people_differ_only_once_there_are_enough_of_them() -> None:
    """A difference counts when the segment has its number of people, and where both name the dimension."""
    assert coding.differing(DIFFER, 3) == ()
    assert coding.differing(DIFFER, 2) == ("domain",)
    assert coding.differing([did("ana", A, A), did("ben", A)], 2) == ()
    assert coding.differing([*DIFFER, did("ana", B)], 2) == ()


@pytest.mark.parametrize(
    ("decisions", "needs", "seen"),
    [
        ([], 1, False),
        ([did("ben", A)], 1, True),
        ([did("ben", A)], 2, False),
        ([did("ben", A), did("cy", A)], 2, True),
        ([did("ana", A)], 1, False),
        ([did("ana", A), did("ben", A)], 2, True),
        ([did("ana", A), retracted("ana"), did("ben", A)], 2, False),
        ([did("ana", A), did("ben", A), retracted("ana")], 2, True),
        ([did("ben", A), retracted("ben"), did("ana", A)], 2, False),
    ],
)
def test_what_others_decided_could_be_seen_only_while_a_segment_was_not_open(
    decisions: list[Decision], needs: int, seen: bool
) -> None:
    """Ana could have seen others' work where it stood while the segment was not open to her."""
    assert coding.could_have_seen_others(decisions, needs, "ana") is seen


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([], None),
        ([did("ana", A)], A),
        ([did("ana", A), did("ana", B)], B),
        ([did("ana", A), did("ana", B, independent=False)], A),
        ([did("ana", A, independent=False)], None),
        ([did("ana", A), retracted("ana")], None),
        ([did("ana", A), retracted("ana", independent=False)], A),
        ([did("ana", A), settled("ana", B), did("ben", B)], A),
    ],
)
def test_the_last_independent_decision_is_kept_for_agreement(decisions: list[Decision], expected: Codes | None) -> None:
    """Later decisions that others' work could have touched do not replace an independent one."""
    found = coding.last_independent(decisions, "ana")
    assert (None if found is None else found.codes["domain"]) == expected


def test_having_decided_before_counts_own_decisions_only() -> None:
    """A retraction and an adjudication are no first choice."""
    assert coding.has_decided_before([did("ana", A), retracted("ana")], "ana")
    assert not coding.has_decided_before([retracted("ana"), settled("ana", A), did("ben", A)], "ana")


def test_codes_as_lists_are_sorted_and_keep_what_is_not_final() -> None:
    """Sets become sorted lists, None stays None."""
    assert coding.as_lists({"domain": AB, "theme": None}) == {"domain": ["a", "b"], "theme": None}
