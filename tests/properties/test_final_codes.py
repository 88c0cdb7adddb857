"""The one rule against a second reading of the contract, written as a replay of what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from service.domain import coding
from service.domain.codebook import Code, Dimension
from service.domain.coding import Codes, Decision
from service.domain.people import Coder

CODES = (Code("a", "A"), Code("b", "B"))
DIMENSIONS = (
    Dimension("domain", "Domain", "many", CODES),
    Dimension("level", "Level", "one", CODES),
    Dimension("theme", "Theme", "many", CODES, required=False),
)
PEOPLE = ("ana", "ben", "cy")

_sets = st.frozensets(st.sampled_from("ab"))
_codes = st.dictionaries(st.sampled_from([d.id for d in DIMENSIONS]), _sets, max_size=3)


@st.composite
def histories(draw: st.DrawFn, *, adjudications: bool = True) -> list[Decision]:
    """Draw what people did on one segment, in order."""
    acts = st.tuples(
        st.sampled_from(PEOPLE),
        _codes,
        st.sampled_from([False, False, False, True]),
        st.booleans() if adjudications else st.just(False),
    )
    return [_decision(number, *act) for number, act in enumerate(draw(st.lists(acts, max_size=9)))]


def _decision(number: int, who: str, codes: dict[str, Codes], retract: bool, adjudication: bool) -> Decision:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    given_codes = {} if retract else codes
    return Decision(str(number), "s", Coder(who, who, "in"), at, given_codes, retract, adjudication)


@dataclass
class Settlement:
    """One adjudication in one dimension, as it stands in the course of things."""

    by: str
    codes: Codes
    before: dict[str, Codes]
    ended: bool = False


@dataclass
class Replay:
    """A segment's state, kept up to date with each thing that happens."""

    own: dict[str, dict[str, Codes]] = field(default_factory=dict)
    last: dict[str, dict[str, Codes]] = field(default_factory=dict)
    settled: dict[str, list[Settlement]] = field(default_factory=dict)

    def happens(self, decision: Decision) -> None:
        """Take one decision in."""
        who = decision.coder.person_id
        if decision.adjudication:
            for dimension in self.settled:
                self.settled[dimension] = [s for s in self.settled[dimension] if s.by != who]
            for dimension, codes in decision.codes.items():
                before = {person: sets[dimension] for person, sets in self.last.items() if dimension in sets}
                self.settled.setdefault(dimension, []).append(Settlement(who, codes, before))
            return
        self.own.pop(who, None)
        if not decision.retract:
            self.own[who] = dict(decision.codes)
        for dimension, codes in decision.codes.items():
            for settlement in self.settled.get(dimension, []):
                if codes != settlement.codes and codes != settlement.before.get(who):
                    settlement.ended = True
            self.last.setdefault(who, {})[dimension] = codes

    def final(self, needs: int, dimension: Dimension) -> Codes | None:
        """Read the final set off."""
        standing = self.settled.get(dimension.id, [])
        if standing and not standing[-1].ended:
            return standing[-1].codes
        naming = [codes[dimension.id] for codes in self.own.values() if dimension.id in codes]
        if dimension.required and len(naming) < needs:
            return None
        if len(self.own) < needs or not naming:
            return None
        return naming[0] if all(codes == naming[0] for codes in naming) else None


def replay(decisions: Sequence[Decision]) -> Replay:
    """Replay a history."""
    state = Replay()
    for decision in decisions:
        state.happens(decision)
    return state


@given(histories(), st.integers(1, 3))
def test_final_codes_are_what_a_replay_finds(history: list[Decision], needs: int) -> None:
    """The rule computed from the whole history equals the state kept step by step."""
    state = replay(history)
    expected = {d.id: state.final(needs, d) for d in DIMENSIONS}
    assert coding.final_codes(history, needs, DIMENSIONS) == expected


@given(histories(), st.integers(1, 3))
def test_open_and_differing_are_what_a_replay_finds(history: list[Decision], needs: int) -> None:
    """A segment waits for who holds no coding while too few do; coders differ once there are enough."""
    own = replay(history).own
    for person in (*PEOPLE, "dee"):
        assert coding.is_open(history, needs, person) == (person not in own and len(own) < needs)
    differ = {d.id for d in DIMENSIONS if len({codes[d.id] for codes in own.values() if d.id in codes}) > 1}
    assert set(coding.differing(history, needs)) == (differ if len(own) >= needs else set())


@given(histories(), st.integers(1, 3), st.sampled_from(PEOPLE))
def test_others_are_seen_once_a_segment_is_closed_and_somebody_else_has_decided(
    history: list[Decision], needs: int, person: str
) -> None:
    """What others decided could be seen in any moment in which it stood and the segment was not open."""
    state, standing, seen = Replay(), dict[tuple[str, bool], bool](), False
    for decision in history:
        state.happens(decision)
        standing[decision.coder.person_id, decision.adjudication] = not decision.retract
        others = any(stands and who != person for (who, _), stands in standing.items())
        waits = person not in state.own and len(state.own) < needs
        seen = seen or (others and not waits)
    assert coding.could_have_seen_others(history, needs, person) == seen


@given(histories(adjudications=False), st.integers(1, 3), st.randoms())
def test_only_each_persons_latest_counts_and_in_no_order(history: list[Decision], needs: int, random: Random) -> None:
    """Without adjudications, a final coding depends on each person's latest decision alone."""
    latest = list({d.coder.person_id: d for d in history}.values())
    random.shuffle(latest)
    assert coding.final_codes(latest, needs, DIMENSIONS) == coding.final_codes(history, needs, DIMENSIONS)


@given(histories(), st.integers(1, 3))
def test_every_final_set_was_decided_by_a_person(history: list[Decision], needs: int) -> None:
    """No final set comes from nowhere: someone decided exactly this set in this dimension."""
    for dimension, codes in coding.final_codes(history, needs, DIMENSIONS).items():
        assert codes is None or any(d.codes.get(dimension) == codes for d in history)


@given(histories(), st.integers(1, 3), _codes)
def test_a_settled_dimension_names_who_settled_it(history: list[Decision], needs: int, codes: dict[str, Codes]) -> None:
    """An adjudication settles exactly the dimensions it names, until something later ends it."""
    settling = _decision(len(history), "judge", codes, retract=False, adjudication=True)
    after = [*history, settling]
    final = coding.final_codes(after, needs, DIMENSIONS)
    assert {dimension: final[dimension] for dimension in codes} == codes
    assert all(coding.settled_by(after)[dimension] is settling for dimension in codes)
    withdrawn = [*after, _decision(len(after), "judge", {}, retract=True, adjudication=True)]
    assert coding.final_codes(withdrawn, needs, DIMENSIONS) == coding.final_codes(history, needs, DIMENSIONS)


@given(histories(), st.integers(1, 3), _sets, _sets)
def test_an_adjudication_survives_what_repeats_and_ends_with_what_is_new(
    history: list[Decision], needs: int, settled: Codes, later: Codes
) -> None:
    """Deciding the adjudicated set, or one's own last one again, changes nothing; any other set ends it."""
    after = [*history, _decision(20, "judge", {"domain": settled}, retract=False, adjudication=True)]
    own = [
        d.codes["domain"] for d in history if d.coder.person_id == "ana" and "domain" in d.codes and not d.adjudication
    ]
    last = own[-1] if own else None
    then = [*after, _decision(21, "ana", {"domain": later, "level": frozenset()}, retract=False, adjudication=False)]
    survives = later in (settled, last)
    assert ("domain" in coding.settled_by(then)) == survives
    gone = [*then, _decision(22, "ana", {}, retract=True, adjudication=False)]
    assert ("domain" in coding.settled_by(gone)) == survives
