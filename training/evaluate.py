"""Hold a model's suggestions against coded excerpts of participants that it was not trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from service import errors
from service.domain import excerpts, groups
from service.domain.codebook import Dimension
from service.domain.excerpts import CodingRow, Place
from service.domain.suggestion import Suggestion
from service.suggest import measures
from service.suggest.encoder import Encoder
from service.suggest.held_out import HeldOut, segment_key
from service.suggest.model import Bundle
from service.suggest.suggester import Suggester
from training import dataset


def evaluate(bundle: Bundle, encoder: Encoder, rows: Sequence[CodingRow]) -> dict[str, Any]:
    """Return what `inkling evaluate --json` prints: the measures of each dimension that the rows are coded on.

    Groups of documents that the model was trained on are recognised by their text, left out and counted. Codings made
    with advice are kept, and counted under `codings`.

    Raises:
        BadExcerpts: the rows share no dimension with the model, name codes it doesn't have, or all of them are of
            groups it was trained on.
    """
    known = [row for row in rows if any(row.dimension == d.id for d in bundle.codebook.dimensions)]
    if not known:
        names = ", ".join(errors.shown(d.id) for d in bundle.codebook.dimensions)
        raise errors.BadExcerpts(f"No row is coded on a dimension of this model; it has {names}.")
    found = fresh(bundle, known, rows)
    if not found.examples:
        raise errors.BadExcerpts("Nothing is left to evaluate: the model was trained on all of these documents.")
    said = said_of(bundle, encoder, found.examples)
    return {
        "model_id": bundle.manifest.model_id,
        "documents": len({example.document_id for example in found.examples}),
        "segments": len(found.examples),
        "left_out": len(found.left_out),
        "dimensions": {name: measures.measure(held) for name, held in said.items()},
        "codings": asdict(found.account),
    }


@dataclass(frozen=True)
class Account:
    """What became of the coded segments that a model was to be measured on."""

    #: Of participants that it was fitted on.
    trained_on: int
    #: Their coders differ, and nothing is agreed.
    unsettled: int
    #: Codings of one segment on one dimension that can't be held against it, for their dimension or code.
    passed_over: int
    #: Kept, and coded where advice had been shown or may have been; of these, where it was this model's own.
    advised: int
    advised_by_it: int


@dataclass(frozen=True)
class Fresh:
    """Coded segments of participants that a model was not fitted on."""

    examples: tuple[dataset.Example, ...]
    #: The groups that it was fitted on.
    left_out: frozenset[str]
    account: Account


def fresh(bundle: Bundle, known: Sequence[CodingRow], rows: Sequence[CodingRow]) -> Fresh:
    """Return what a model can be measured on, and an account of the rest.

    Args:
        bundle: the model.
        known: the rows whose dimension and codes can be held against it.
        rows: these, and others of the same documents.

    Raises:
        BadExcerpts: a row names a code that the model doesn't have, or nobody's coding is settled.
    """
    snapshot = dataset.freeze(known, bundle.codebook)
    trained = trained_groups(bundle, rows, snapshot)
    settled = [example for example in snapshot.examples if example.truth]
    kept = tuple(example for example in settled if example.group not in trained)
    advised = [example for example in kept if any(given != "none" for given in example.advice.values())]
    by_model = excerpts.advisers(known)
    own = [example for example in advised if bundle.manifest.model_id in _advisers(example, by_model)]
    passed_over = {row.place for row in rows} - {row.place for row in known}
    account = Account(
        len(settled) - len(kept),
        sum(not example.truth and example.group not in trained for example in snapshot.examples),
        len(passed_over),
        len(advised),
        len(own),
    )
    return Fresh(kept, frozenset(trained), account)


def _advisers(example: dataset.Example, by_place: Mapping[Place, frozenset[str]]) -> set[str]:
    """Return the models that had advised on any of what counts as true of a segment."""
    place = (example.document_id, example.position)
    return {name for dimension in example.truth for name in by_place[(*place, dimension)]}


def said_of(bundle: Bundle, encoder: Encoder, examples: Sequence[dataset.Example]) -> dict[str, HeldOut]:
    """Return what a model says of segments whose truth is known, for each dimension that any of them is coded on.

    Whether it has seen their participants is for the caller to know (`trained_groups`).
    """
    suggestions = Suggester(bundle, encoder).suggest([example.passage for example in examples], reasons=False)
    answered = [_Answered(example, suggestion) for example, suggestion in zip(examples, suggestions, strict=True)]
    found = {dimension.id: _held_out(dimension, answered) for dimension in bundle.codebook.dimensions}
    return {name: held for name, held in found.items() if held is not None}


def trained_groups(bundle: Bundle, rows: Sequence[CodingRow], snapshot: dataset.Snapshot) -> set[str]:
    """Return the groups of a snapshot that a model was fitted, tuned or calibrated on, whatever their names.

    They are known by their documents' sentences and by the ids of a project's segments.

    Args:
        bundle: the model.
        rows: the rows that the snapshot was made of, with others of the same documents.
        snapshot: what is to be looked through.
    """
    texts = {(row.document_id, row.position): row.text for row in rows}
    ordered = [(place[0], text) for place, text in sorted(texts.items())]
    seen = groups.recognise(dataset.recognition_keys(ordered), bundle.support.documents)
    return {
        example.group
        for example in snapshot.examples
        if example.document_id in seen or example.segment_id in bundle.trained_segments
    }


@dataclass(frozen=True)
class _Answered:
    """A segment whose truth is known, and what the model said of it."""

    example: dataset.Example
    suggestion: Suggestion


def _held_out(dimension: Dimension, answered: Sequence[_Answered]) -> HeldOut | None:
    """Lay out what was said and what is true on one dimension as arrays; None where nothing was coded on it."""
    pairs = [
        (answer.example, advice)
        for answer in answered
        if dimension.id in answer.example.truth
        and (advice := answer.suggestion.by_dimension().get(dimension.id)) is not None
    ]
    if not pairs:
        return None
    codes = tuple(code.id for code in dimension.active)
    column = {code: place for place, code in enumerate(codes)}
    shape = (len(pairs), len(codes))
    truth, best, in_set = (np.zeros(shape, dtype=np.bool_) for _ in range(3))
    probabilities = np.zeros(shape)
    for row, (example, advice) in enumerate(pairs):
        truth[row, [column[code] for code in example.truth[dimension.id]]] = True
        best[row, [column[code] for code in advice.best]] = True
        for candidate in advice.candidates:
            probabilities[row, column[candidate.code]] = candidate.probability
            in_set[row, column[candidate.code]] = candidate.in_candidate_set
    names = np.array([example.group for example, _ in pairs])
    abstained = np.array([advice.abstained for _, advice in pairs], dtype=np.bool_)
    keys = np.array([segment_key(example.passage) for example, _ in pairs], dtype=np.uint64)
    return HeldOut(codes, dimension.select, names, truth, best, probabilities, in_set, abstained, keys)
