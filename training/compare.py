"""Compare a candidate with the current model on people that neither had seen when it spoke of them.

What a model says of a segment counts where it kept it out of fold, or where it says it now of someone it was not
trained on. So coded rows widen the comparison: to participants in neither snapshot, to those who came since the
current model, and to models that kept nothing, such as those from definitions alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np

from service import errors
from service.domain.codebook import Codebook
from service.domain.excerpts import CodingRow
from service.suggest import comparison
from service.suggest.comparison import Comparison
from service.suggest.encoder import Encoder
from service.suggest.held_out import HeldOut
from service.suggest.model import Bundle
from service.suggest.registry import Registry
from training import dataset
from training.evaluate import Fresh, fresh, said_of


@dataclass(frozen=True)
class Coded:
    """Coded excerpts to ask both models about, and the encoder to ask with."""

    rows: Sequence[CodingRow]
    encoder: Encoder


def compare(candidate: Bundle, current: Bundle, coded: Coded | None = None) -> Comparison:
    """Compare two models on what both kept of unseen people, and on coded rows of people that they have not seen.

    Args:
        candidate: the model that may come to serve.
        current: the model beside it.
        coded: each model is asked only about groups that it was not trained on. Rows with a dimension or a code that
            only one of them knows can't be compared and are passed over. What became of the rows is in `codings`.

    Raises:
        WrongCodebook: they are models of different codebooks.
        BadExcerpts: rows were given and none of them can be compared.
        BadBundle: one of them was made with another encoder.
    """
    if coded is None:
        return comparison.compare(candidate, current)
    comparison.check_comparable(candidate, current)
    known = [row for row in coded.rows if _knows(candidate.codebook, row) and _knows(current.codebook, row)]
    if not known:
        raise errors.BadExcerpts("No row is coded on a dimension and with codes that both models know.")
    models = {"candidate": candidate, "current": current}
    asked = {which: fresh(model, known, coded.rows) for which, model in models.items()}
    said, before = (_said(model, coded.encoder, asked[which].examples) for which, model in models.items())
    found = comparison.compare_said(candidate, current, said, before)
    return replace(found, codings={which: _account(one) for which, one in asked.items()})


def against_current(registry: Registry, model_id: str, coded: Coded | None = None) -> Comparison | None:
    """Compare a model with the one that serves its codebook; None where none does, or it does so itself."""
    return comparison.against_current(registry, model_id, partial(compare, coded=coded))


def _knows(codebook: Codebook, row: CodingRow) -> bool:
    found = next((dimension for dimension in codebook.dimensions if dimension.id == row.dimension), None)
    return found is not None and set(row.codes) <= {code.id for code in found.codes}


def _account(asked: Fresh) -> dict[str, int]:
    return {"asked": len(asked.examples), **asdict(asked.account)}


def _said(model: Bundle, encoder: Encoder, examples: Sequence[dataset.Example]) -> Mapping[str, HeldOut]:
    """Return what a model kept, and beside it what it says of segments that it was not trained on."""
    now = said_of(model, encoder, examples) if examples else {}
    return {**model.held_out, **{name: _together(model.held_out.get(name), found) for name, found in now.items()}}


def _together(kept: HeldOut | None, said: HeldOut) -> HeldOut:
    """Put what is said now behind what was kept; a segment that was kept counts once."""
    if kept is None:
        return said
    new = said.part(~np.isin(said.keys, kept.keys))
    parts: dict[str, Any] = {
        field.name: np.concatenate([getattr(kept, field.name), getattr(new, field.name)])
        for field in fields(HeldOut)
        if isinstance(getattr(kept, field.name), np.ndarray)
    }
    return replace(kept, **parts)
