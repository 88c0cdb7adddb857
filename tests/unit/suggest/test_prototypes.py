"""Codes scored by what the codebook says of them."""

import numpy as np
import pytest

from service.domain import codebook as codebooks
from service.suggest import prototypes
from service.suggest.hashing_encoder import HashingEncoder
from tests import invented

ENCODER = HashingEncoder()


def test_the_nearer_code_leads() -> None:
    """A segment with a code's own words is given that code."""
    built = prototypes.build(invented.book(), ENCODER)["topic"]
    found = built.score(ENCODER.encode(["We cooked onions and ate bread", "The bus to the station, a ticket"]))
    assert found.share.argmax(axis=1).tolist() == [0, 1]
    assert np.allclose(found.share.sum(axis=1), 1)


def test_a_segment_scores_the_same_alone_and_among_others() -> None:
    """What else is scored in the call changes nothing."""
    built = prototypes.build(invented.book(), ENCODER)["topic"]
    texts = ENCODER.encode(["bread and soup", "the train", "nothing much", "laughing at the station"])
    together = built.score(texts).share
    assert np.array_equal(together, np.vstack([built.score(texts[[row]]).share for row in range(4)]).round(12)) or (
        np.allclose(together, np.vstack([built.score(texts[[row]]).share for row in range(4)]), atol=1e-12)
    )


def test_what_stands_under_a_code_speaks_for_it() -> None:
    """Texts of a code whose parent it is count for the parent."""
    raw = {
        "name": "x",
        "version": 1,
        "dimensions": {
            "a": {"codes": {"one": "First.", "two": "Second."}},
            "b": {"codes": {"child": {"definition": "Third.", "examples": ["Fourth."], "parent": {"a": "two"}}}},
        },
    }
    built = prototypes.build(codebooks.parse(raw, "x", short_name="x"), ENCODER)
    assert np.bincount(built["a"].owners).tolist() == [1, 3]
    assert built["a"].kinds.tolist() == [0, 0, 3, 5]


def test_a_definition_that_several_codes_share_is_left_out() -> None:
    """It tells them apart no better than none; the names remain."""
    raw = {"d": {"first-code": "The same.", "other": "The same.", "third": ""}}
    built = prototypes.build(codebooks.parse(raw, "x", short_name="x"), ENCODER)["d"]
    assert np.allclose(built.texts, ENCODER.encode(["First code", "Other", "Third"]), atol=1e-6)


def test_retired_codes_are_not_scored() -> None:
    """Only active codes have texts, and a dimension without any is left out."""
    raw = {
        "name": "x",
        "version": 2,
        "dimensions": {
            "a": {"codes": {"old": {"definition": "Gone.", "retired": True}, "new": "Here."}},
            "b": {"codes": {"old": {"definition": "Gone.", "retired": True}}},
        },
    }
    built = prototypes.build(codebooks.parse(raw, "x", short_name="x"), ENCODER)
    assert {name: found.codes for name, found in built.items()} == {"a": ("new",)}


@pytest.mark.parametrize("select", ["one", "many"])
def test_verdicts_are_consistent(select: str) -> None:
    """Probabilities are between 0 and 1; `one` takes exactly the leading code and sums to 1."""
    built = prototypes.build(invented.book(), ENCODER)["mood"]
    verdict = built.score(ENCODER.encode(["singing and laughing", "trouble and fear", "qwxz"])).judge(select)
    assert ((verdict.probabilities >= 0) & (verdict.probabilities <= 1)).all()
    if select == "one":
        assert verdict.best.sum(axis=1).tolist() == [1, 1, 1]
        assert np.allclose(verdict.probabilities.sum(axis=1), 1, atol=1e-5)
