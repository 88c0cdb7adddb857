"""What a model said of unseen segments, on its way to disk and back."""

import json
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from service import errors
from service.domain import codebook as codebooks
from service.domain.suggestion import Passage
from service.suggest import held_out
from service.suggest.bundle_reader import Checked, Fields
from service.suggest.held_out import HeldOut, segment_key

BOOK = codebooks.parse(
    {"meal": {"soup": "Soup.", "bread": "Bread."}, "hour": {"noon": "Noon."}}, "book.yaml", short_name="book"
)


def _example() -> HeldOut:
    truth = np.array([[True, False], [False, True], [False, False]])
    return HeldOut(
        ("soup", "bread"),
        "many",
        np.array(["p2", "p1", "p2"]),
        truth,
        ~truth,
        np.array([[0.9, 0.1], [0.25, 0.5], [0.0, 1.0]]),
        truth,
        np.array([False, True, False]),
        np.array([1, 2**64 - 1, 3], dtype=np.uint64),
    )


def _read(arrays: dict[str, Any], names: object) -> dict[str, HeldOut]:
    listed = Fields.parse(json.dumps(names, sort_keys=True).encode(), "m/held_out.json")
    return held_out.read(Checked.parse(save(arrays), "m/held_out.safetensors"), listed, BOOK)


def test_it_comes_back_as_it_was() -> None:
    """Masks, probabilities, groups and keys of each dimension survive the two files."""
    empty = np.zeros((1, 1), dtype=bool)
    noon = HeldOut(
        ("noon",), "many", np.array(["p9"]), empty, empty, np.ones((1, 1)), empty, empty[0], np.array([4], np.uint64)
    )
    held = {"meal": _example(), "hour": noon}
    back = _read(held_out.arrays(held), held_out.names(held))
    for name, before in held.items():
        assert (back[name].codes, back[name].select) == (before.codes, before.select)
        for part in ("truth", "best", "in_set", "abstained", "keys", "groups"):
            assert getattr(back[name], part).tolist() == getattr(before, part).tolist()
        assert np.abs(back[name].probabilities - before.probabilities).max() < 1e-6


@pytest.mark.parametrize(
    ("arrays", "names", "says"),
    [
        ({}, {"drink": {}}, "no dimension"),
        ({}, {"meal": {"codes": ["soup", "salad"]}}, "codes are not those"),
        ({"0.group": np.array([0, 7, 0])}, {}, "does not fit the groups"),
        ({"0.truth": np.zeros((2, 2), dtype=bool)}, {}, "another type or shape"),
        ({"1.truth": np.zeros((2, 2), dtype=bool)}, {}, "belongs to nothing"),
    ],
)
def test_what_does_not_fit_is_refused(arrays: dict[str, Any], names: dict[str, Any], says: str) -> None:
    """Unknown dimensions, codes and groups, and arrays of another shape, are refused by name."""
    held = {"meal": _example()}
    right = held_out.names(held)
    listed = {name: {**right.get(name, {"codes": [], "groups": []}), **more} for name, more in names.items()}
    with pytest.raises(errors.BadBundle, match=says):
        _read({**held_out.arrays(held), **arrays}, listed or right)


def test_a_segment_is_known_by_its_text_and_what_stands_around_it() -> None:
    """White space, names and places don't matter; the same words between other words are another segment."""
    assert segment_key(Passage("Yes, so", document_id="a")) == segment_key(Passage("Yes,  so ", document_id="b"))
    assert segment_key(Passage("Yes", before=("Well?",))) != segment_key(Passage("Yes", before=("No?",)))
    assert segment_key(Passage("Yes", before=("Well?",))) != segment_key(Passage("Yes", after=("Well?",)))
