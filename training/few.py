"""What a model fitted on one or two participants can't know yet, in words for a lone coder."""

from collections.abc import Iterator

from service.domain.groups import MIN_GROUPS
from service.suggest.measures import MIN_FOR_INTERVALS
from service.suggest.model import Bundle


def not_known_yet(bundle: Bundle) -> tuple[str, ...]:
    """Return sentences that say what can't be known of a model, and what would change that; none where much can."""
    fitted = bundle.manifest.snapshot.segments > 0
    return tuple(_sentences(bundle)) if fitted and bundle.support.few_groups else ()


def _sentences(bundle: Bundle) -> Iterator[str]:
    people = bundle.manifest.snapshot.participants
    known = "one participant" if people == 1 else f"{people} participants"
    if people >= MIN_GROUPS:
        known += ", whose transcripts are copies of one another"
    yield f"It knows {known}, so how good it is on anyone else can't be told yet: no figures are given."
    yield "Its probabilities were calibrated on the same people it learned from, and may be too sure of others."
    yield "Its candidate sets state no coverage, and it heeds no single words, which would be these people's own."
    yield "Evidence may come from the participant whose segment is being coded; it is marked where it does."
    yield (
        f"Code segments of other participants and train again: from {MIN_GROUPS} participants on it is measured on "
        f"people left out, from {MIN_FOR_INTERVALS} on with intervals."
    )
