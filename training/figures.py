"""All that is measured of a dimension on unseen participants: the contract's measures and what a report shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.suggest.held_out import HeldOut
from service.suggest.measures import measure
from training import diagnostics
from training.again import Again, Rows
from training.coders import Coded, agreement
from training.curve import learning_curve
from training.dataset import Example, Snapshot

#: From here on, figures on codings made without advice lead.
LEADING_SEGMENTS = 100
LEADING_GROUPS = 10


@dataclass(frozen=True)
class Ways:
    """How a dimension can be fitted again: by the splits of the fit itself, and by few, which is cheap."""

    again: Again
    coarsely: Again


def figures(snapshot: Snapshot, name: str, held: HeldOut, ways: Ways, seed: int = 0) -> dict[str, Any]:
    """Return what `metrics.json` holds of one dimension.

    Args:
        snapshot: what the model was fitted on.
        name: of the dimension.
        held: what was said of each of the dimension's segments out of fold.
        ways: to judge segments whose coders differ, and to fit on parts; the target's segments are those of `held`,
            in the same order.
        seed: of the learning curve's draws.

    Returns:
        the measures of `service.suggest.measures` on all segments; the same under `unadvised` on those coded without
        advice (null where there are none); the same under `by_lot` on those that came to their coders by lot, where
        others were chosen for what they teach (else null); `leads` (`all` or `unadvised`); `risk_coverage`,
        `reliability`, `confusion`, `disagreements`, `agreement` and `learning_curve`, null where they can't be
        computed; `late_codings`, the number of coders' codings that no agreement counts, since others' could be seen.
    """
    examples = [snapshot.examples[row] for row in ways.again.target.rows]
    alone = np.array([example.advice.get(name, "none") == "none" for example in examples], dtype=np.bool_)
    unadvised, on_all = held.groups[alone], measure(held)
    without = on_all if alone.all() else measure(held.part(alone)) if alone.any() else None
    return {
        **on_all,
        "unadvised": without,
        "by_lot": _by_lot(held, examples),
        "leads": leads(len(unadvised), len(np.unique(unadvised))),
        "risk_coverage": diagnostics.risk_coverage(held),
        "reliability": diagnostics.reliability(held),
        "confusion": diagnostics.confusion(held),
        "disagreements": diagnostics.disagreements(held, [(e.document_id, e.position) for e in examples]),
        "agreement": _agreement(snapshot, name, held, ways.again),
        "late_codings": sum(example.late.get(name, 0) for example in snapshot.examples),
        "learning_curve": learning_curve(ways.coarsely, held, seed),
    }


def _by_lot(held: HeldOut, examples: Sequence[Example]) -> dict[str, Any] | None:
    """Return the measures on segments taken by lot: chosen ones are harder than most, and make a model look worse."""
    drawn = np.array([example.by_lot is True for example in examples], dtype=np.bool_)
    chosen = any(example.by_lot is False for example in examples)
    return measure(held.part(drawn)) if chosen and drawn.any() else None


def leads(segments: int, groups: int) -> str:
    """Say which figures lead, given how many segments of how many participants were coded without advice."""
    return "unadvised" if segments >= LEADING_SEGMENTS and groups >= LEADING_GROUPS else "all"


def _agreement(snapshot: Snapshot, name: str, held: HeldOut, again: Again) -> dict[str, Any] | None:
    """Return agreement with and among coders, on all codings and on those made without advice."""
    rows = np.array([row for row, e in enumerate(snapshot.examples) if len(e.coders.get(name, ())) > 1], np.int64)
    judged = _judged(rows, held, again)
    rows = rows[[row in judged for row in rows]]
    if not len(rows):
        return None
    best = np.stack([judged[row] for row in rows])
    groups = np.array([snapshot.examples[row].group for row in rows], dtype=np.str_)
    given = [(place, given) for place, row in enumerate(rows) for given in snapshot.examples[row].coders[name]]
    coded = Coded(
        np.array([place for place, _ in given], dtype=np.int64),
        np.array([own.coder for _, own in given], dtype=np.str_),
        np.array([[code in own.codes for code in held.codes] for _, own in given], dtype=np.bool_),
    )
    alone = coded.part(np.array([own.advice == "none" for _, own in given], dtype=np.bool_))
    unadvised = agreement(alone, best, groups, held.select)
    first = leads(unadvised["segments"], unadvised["participants"]) if unadvised else "all"
    everyone = agreement(coded, best, groups, held.select)
    return None if everyone is None else {**everyone, "unadvised": unadvised, "leads": first}


def _judged(rows: Rows, held: HeldOut, again: Again) -> dict[int, diagnostics.Mask]:
    """Return what is said out of fold of segments that several coded, those included on which nothing is settled.

    Without these a model would be held against its coders only where they agree.
    """
    found = {int(row): held.best[place] for place, row in enumerate(again.target.rows)}
    open_rows = np.setdiff1d(rows, again.target.rows)
    if len(open_rows) and again.splits:
        found |= {int(row): best for row, best in zip(open_rows, again.best(open_rows), strict=True)}
    return found
