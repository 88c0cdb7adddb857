"""What metrics.json says of a dimension: figures side by side, and agreement on segments that nobody settled."""

import json
from dataclasses import replace

import numpy as np
import pytest

from service.domain.excerpts import CodingRow
from service.suggest.measures import MEASURES, measure
from service.suggest.model import Bundle
from tests import invented
from tests.training import worlds
from training import dataset
from training.figures import leads


@pytest.fixture(scope="module")
def model() -> Bundle:
    """Return a model fitted on codings of several coders, some with advice."""
    return worlds.fitted(worlds.coded())


def test_figures_without_advice_stand_beside_those_on_all(model: Bundle) -> None:
    """The same measures on fewer segments, and those that lead are named."""
    snapshot = dataset.freeze(worlds.coded(), invented.book())
    for name, found in model.metrics["dimensions"].items():
        coded = [example for example in snapshot.examples if name in example.truth]
        alone = np.array([example.advice[name] == "none" for example in coded])
        assert found["unadvised"] == measure(model.held_out[name].part(alone))
        assert found["unadvised"]["n"] < found["n"] == len(coded)
        assert found["leads"] == "unadvised"
        assert set(MEASURES) <= set(found["unadvised"])


def test_codings_with_advice_throughout_have_no_figures_without() -> None:
    """What can't be computed is null, and the others lead."""
    made = worlds.fitted(tuple(replace(row, advice="unknown") for row in invented.rows(4)))
    found = made.metrics["dimensions"]["topic"]
    assert (found["unadvised"], found["leads"]) == (None, "all")


@pytest.mark.parametrize(
    ("segments", "groups", "first"), [(99, 50, "all"), (100, 9, "all"), (100, 10, "unadvised"), (0, 0, "all")]
)
def test_a_hundred_segments_of_ten_participants_lead(segments: int, groups: int, first: str) -> None:
    """Below either number figures on all codings lead."""
    assert leads(segments, groups) == first


def test_segments_that_nobody_settled_count_in_agreement(model: Bundle) -> None:
    """Without them a model would be held against its coders only where they agree."""
    snapshot = dataset.freeze(worlds.coded(), invented.book())
    shared = [e for e in snapshot.examples if len(e.coders.get("topic", ())) > 1]
    assert any("topic" not in example.truth for example in shared)
    found = model.metrics["dimensions"]["topic"]["agreement"]
    assert (found["coders"], found["segments"], found["participants"]) == (2, len(shared), 12)
    assert found["unadvised"]["segments"] < found["segments"]
    assert found["model_coder"]["kappa"] > 0.3
    assert set(found["model_coder"]["intervals"]) == {"kappa", "alpha"}
    mood = model.metrics["dimensions"]["mood"]["agreement"]
    assert mood["coder_coder"]["micro_f1"] is not None


def test_coders_change_nothing_that_is_learned() -> None:
    """The same settled codings give the same heads, whatever coders gave by themselves beside them."""
    rows = invented.rows(6)
    own = [replace(row, annotator_id=who, codes=(), settles=False) for row in rows for who in ("a", "b")]
    alone, beside = worlds.fitted(rows), worlds.fitted((*rows, *own))
    assert alone.manifest.snapshot.sha256 != beside.manifest.snapshot.sha256
    for name, dimension in alone.dimensions.items():
        other = beside.dimensions[name]
        assert dimension.head is not None
        assert other.head is not None
        assert np.array_equal(dimension.head.dense, other.head.dense)
        assert np.array_equal(dimension.head.examples, other.head.examples)
    assert alone.metrics["dimensions"]["topic"]["agreement"] is None
    assert beside.metrics["dimensions"]["topic"]["agreement"]["coder_coder"]["kappa"] is None


def test_invented_excerpts_are_nobodys_agreement() -> None:
    """Two codings of invented text say nothing of how people agree."""
    rows = [replace(row, origin="synthetic") for row in invented.rows(4)]
    both = tuple(replace(row, annotator_id=who) for row in rows for who in ("a", "b"))
    assert worlds.fitted(both).metrics["dimensions"]["topic"]["agreement"] is None


def test_one_coders_advice_leaves_only_the_others_alone() -> None:
    """Where one of two had advice throughout, no agreement is without it."""
    rows: list[CodingRow] = []
    for row in invented.rows(4):
        rows += [replace(row, annotator_id="a"), replace(row, annotator_id="b", advice="shown")]
    found = worlds.fitted(tuple(rows)).metrics["dimensions"]["topic"]["agreement"]
    assert (found["unadvised"], found["leads"]) == (None, "all")


def test_metrics_are_plain_numbers(model: Bundle) -> None:
    """They survive JSON as they are: no NaN, no numbers of other kinds."""
    assert json.loads(json.dumps(model.metrics, allow_nan=False)) == model.metrics
    topic = model.metrics["dimensions"]["topic"]
    assert len(topic["reliability"]) == 10
    assert len(topic["risk_coverage"]["points"]) <= 50
    assert len(topic["learning_curve"]["points"]) == 3


def test_figures_on_what_came_by_lot_stand_beside_those_on_all() -> None:
    """They are the same measures on those segments alone, in metrics, report and card."""
    rows = tuple(replace(row, by_lot=row.position % 4 == 0) for row in worlds.coded())
    made = worlds.fitted(rows)
    snapshot = dataset.freeze(rows, invented.book())
    for name, found in made.metrics["dimensions"].items():
        drawn = np.array([example.position % 4 == 0 for example in snapshot.examples if name in example.truth])
        assert found["by_lot"] == measure(made.held_out[name].part(drawn))
        assert found["by_lot"]["n"] < found["n"]
        assert f"By lot ({found['by_lot']['n']} segments)" in made.report
        assert f"On segments that came by lot, not for what they teach ({found['by_lot']['n']} segments)" in made.card


@pytest.mark.parametrize("by_lot", [None, True, False])
def test_where_nothing_was_chosen_or_nothing_drawn_there_are_no_such_figures(by_lot: bool | None) -> None:
    """Where all came by lot the figures on all are honest; where none did there is nothing to tell."""
    made = worlds.fitted(tuple(replace(row, by_lot=by_lot) for row in invented.rows(4)))
    assert made.metrics["dimensions"]["topic"]["by_lot"] is None
    assert "By lot" not in made.report
