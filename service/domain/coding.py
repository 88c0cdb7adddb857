"""The one rule: a final coding is computed from people's decisions, and from nothing else.

Every function takes a segment's decisions in the order in which they were made.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from service.domain.codebook import Dimension
from service.domain.people import Coder

AdviceGiven = Literal["none", "shown", "unknown"]

Codes = frozenset[str]


@dataclass(frozen=True)
class Shown:
    """What the server knows a person had been shown of the segment before they decided."""

    advice: AdviceGiven = "none"
    suggestion_id: str | None = None
    model_id: str | None = None
    #: What the model had suggested, and every probability, by dimension.
    suggested: Mapping[str, Sequence[str]] = field(default_factory=dict)
    probabilities: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    seconds_before: float | None = None


@dataclass(frozen=True)
class Decision:
    """One person's act on one segment: codes by dimension, or a retraction. Never changed, only added to."""

    decision_id: str
    segment_id: str
    coder: Coder
    decided_at: datetime
    codes: Mapping[str, Codes] = field(default_factory=dict)
    retract: bool = False
    adjudication: bool = False
    memo: str = ""
    codebook_version: str = ""
    shown: Shown = field(default_factory=Shown)
    independent: bool = True


def standing(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """Return each person's own coding that holds now, by person id: their latest, unless they retracted."""
    latest = {d.coder.person_id: d for d in decisions if not d.adjudication}
    return {person: d for person, d in latest.items() if not d.retract}


def is_open(decisions: Sequence[Decision], needs: int, person_id: str) -> bool:
    """Say whether the segment still waits for this person: not decided by them, nor by as many as it needs."""
    holding = standing(decisions)
    return person_id not in holding and len(holding) < needs


def differing(decisions: Sequence[Decision], needs: int) -> tuple[str, ...]:
    """Return the dimensions in which the segment's coders differ, once it has its number of people."""
    holding = standing(decisions)
    if len(holding) < needs:
        return ()
    sets: dict[str, set[Codes]] = {}
    for decision in holding.values():
        for dimension, codes in decision.codes.items():
            sets.setdefault(dimension, set()).add(codes)
    return tuple(dimension for dimension, found in sets.items() if len(found) > 1)


def adjudicated(decisions: Sequence[Decision]) -> dict[str, Codes]:
    """Return what adjudications settle now, by dimension."""
    return {dimension: settling.codes[dimension] for dimension, settling in settled_by(decisions).items()}


def settled_by(decisions: Sequence[Decision]) -> dict[str, Decision]:
    """Return the adjudication that settles each dimension now.

    An adjudication ends in a dimension when someone later decides a set that is neither the adjudicated one nor
    their own last one before it. Then the coders count again, and not an earlier adjudication that it had replaced.
    """
    latest: dict[str, tuple[int, Decision]] = {}
    for index, adjudication in _adjudications(decisions):
        latest.update(dict.fromkeys(adjudication.codes, (index, adjudication)))
    return {
        dimension: adjudication
        for dimension, (index, adjudication) in latest.items()
        if not _overturned(decisions, index, dimension, adjudication.codes[dimension])
    }


def _adjudications(decisions: Sequence[Decision]) -> list[tuple[int, Decision]]:
    """Return each adjudicator's latest adjudication that they have not withdrawn, oldest first."""
    latest = {d.coder.person_id: (index, d) for index, d in enumerate(decisions) if d.adjudication}
    return sorted(((i, d) for i, d in latest.values() if not d.retract), key=lambda pair: pair[0])


def _overturned(decisions: Sequence[Decision], index: int, dimension: str, codes: Codes) -> bool:
    before = {
        d.coder.person_id: d.codes[dimension] for d in decisions[:index] if not d.adjudication and dimension in d.codes
    }
    later = (d for d in decisions[index + 1 :] if not d.adjudication and dimension in d.codes)
    return any(d.codes[dimension] not in (codes, before.get(d.coder.person_id)) for d in later)


def final_codes(decisions: Sequence[Decision], needs: int, dimensions: Sequence[Dimension]) -> dict[str, Codes | None]:
    """Compute the final coding of one segment: the only way to a final code.

    Args:
        decisions: every decision on the segment, in order.
        needs: how many people it needs.
        dimensions: those that apply to the segment.

    Returns:
        For each dimension the set of codes, empty for "none applies", or None where nothing is final.
    """
    settled = adjudicated(decisions)
    return {d.id: settled.get(d.id, _agreed(decisions, needs, d)) for d in dimensions}


def _agreed(decisions: Sequence[Decision], needs: int, dimension: Dimension) -> Codes | None:
    holding = standing(decisions).values()
    named = [decision.codes[dimension.id] for decision in holding if dimension.id in decision.codes]
    enough = len(named) if dimension.required else len(holding)
    if enough < needs or len(set(named)) != 1:
        return None
    return named[0]


def could_have_seen_others(decisions: Sequence[Decision], needs: int, person_id: str) -> bool:
    """Say whether this person could ever have seen what someone else decided on the segment.

    Nothing of it is visible while the segment is open to them; so what counts is whether there was a
    moment when it was not open to them and another person's decision stood.
    """
    for end in range(1, len(decisions) + 1):
        past = decisions[:end]
        latest = {(d.coder.person_id, d.adjudication): d for d in past}
        others = any(not d.retract and d.coder.person_id != person_id for d in latest.values())
        if others and not is_open(past, needs, person_id):
            return True
    return False


def last_independent(decisions: Iterable[Decision], person_id: str) -> Decision | None:
    """Return the person's last coding that nothing they could have seen had touched, if there is one.

    A retraction that was itself independent takes it back.
    """
    own = [d for d in decisions if d.coder.person_id == person_id and d.independent and not d.adjudication]
    return None if not own or own[-1].retract else own[-1]


def has_decided_before(decisions: Iterable[Decision], person_id: str) -> bool:
    """Say whether this person ever made a decision of their own here, retracted or not."""
    return any(d.coder.person_id == person_id and not d.adjudication and not d.retract for d in decisions)


def most_advice(given: Collection[AdviceGiven]) -> AdviceGiven:
    """Return the advice that codings rest on together: shown if it was for any, else unknown if for any."""
    return "shown" if "shown" in given else "unknown" if "unknown" in given else "none"


def as_lists(codes: Mapping[str, Codes | None]) -> dict[str, Any]:
    """Return codes by dimension as sorted lists (None stays None), ready for JSON."""
    return {dimension: None if found is None else sorted(found) for dimension, found in codes.items()}
