"""A candidate beside the current model: on what both kept, and on coded rows of people neither was fitted on."""

from dataclasses import replace
from pathlib import Path

import pytest

from service import errors
from service.domain import codebook as codebooks
from service.domain.excerpts import CodingRow
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.model import Bundle
from service.suggest.registry import Registry
from tests import invented
from training import dataset, fit
from training.compare import Coded, against_current, compare
from training.promote import promote

ENCODER = HashingEncoder(64)
OLD = invented.rows(11, 8)
NEW = (*OLD, *invented.rows(3, 8, seed=2, prefix="q"))
UNSEEN = invented.rows(10, 8, seed=3, prefix="z")


def _fitted(rows: tuple[CodingRow, ...]) -> Bundle:
    return fit.fit_head(dataset.freeze(rows, invented.book()), ENCODER)


@pytest.fixture(scope="module")
def before() -> Bundle:
    """Return the model of eleven participants."""
    return _fitted(OLD)


@pytest.fixture(scope="module")
def after() -> Bundle:
    """Return the model of fourteen, eleven of them the same."""
    return _fitted(NEW)


def test_two_models_are_compared_out_of_fold(before: Bundle, after: Bundle) -> None:
    """Without any rows it is the segments both were fitted on, each judged by a fit without its participant."""
    found = compare(after, before)
    assert (found.candidate, found.current) == (after.manifest.model_id, before.manifest.model_id)
    assert {(d.segments, d.groups) for d in found.dimensions.values()} == {(88, 11)}
    itself = compare(after, after)
    assert {d.verdict for d in itself.dimensions.values()} == {"no clear difference"}
    assert {p.difference for d in itself.dimensions.values() for p in d.measures.values()} == {0}


def test_coded_rows_of_unseen_people_widen_it(before: Bundle, after: Bundle) -> None:
    """Participants in neither snapshot are scored by both models now, beside those held out."""
    found = compare(after, before, Coded(UNSEEN, ENCODER))
    assert {(d.segments, d.groups) for d in found.dimensions.values()} == {(168, 21)}


def test_codings_made_with_advice_of_either_model_are_counted(before: Bundle, after: Bundle) -> None:
    """Each model is told apart, with what of the rows it was fitted on; without rows nothing is said of them."""
    told = tuple(
        replace(row, advice="shown", extra={"advice_model": before.manifest.model_id}) if row.position < 3 else row
        for row in UNSEEN
    )
    slow = replace(told[0], dimension="pace", codes=("slow",))
    found = compare(after, before, Coded((*told, *NEW, slow), ENCODER)).codings
    rest = {"unsettled": 0, "passed_over": 1, "advised": 30}
    assert found == {
        "candidate": {"asked": 80, "trained_on": 112, **rest, "advised_by_it": 0},
        "current": {"asked": 104, "trained_on": 88, **rest, "advised_by_it": 30},
    }
    assert compare(after, before).codings is None


def test_people_who_came_since_count(before: Bundle, after: Bundle) -> None:
    """What the candidate says of them is out of fold, and the current model has never seen them."""
    found = compare(after, before, Coded(NEW, ENCODER))
    assert {(d.segments, d.groups) for d in found.dimensions.values()} == {(112, 14)}


def test_nobody_is_scored_by_a_model_fitted_on_them(before: Bundle, after: Bundle) -> None:
    """People of a snapshot are known by their text under any name, and add nothing."""
    renamed = tuple(replace(row, document_id=f"x{row.document_id}", participant_id="") for row in OLD)
    found = compare(after, before, Coded(renamed, ENCODER))
    assert {(d.segments, d.groups) for d in found.dimensions.values()} == {(88, 11)}
    mixed = tuple(replace(row, participant_id="P00") if row.participant_id == "Z00" else row for row in UNSEEN)
    one = tuple(row for row in OLD if row.document_id == "p00" and row.position == 0)
    shared = compare(after, before, Coded((*mixed, *one), ENCODER))
    assert {d.groups for d in shared.dimensions.values()} == {20}


def test_a_segment_counts_once(before: Bundle, after: Bundle) -> None:
    """A stranger's document that repeats one segment of a snapshot adds its other segments."""
    (first, *rest) = (row for row in UNSEEN if row.document_id == "z00" and row.dimension == "topic")
    known = next(row for row in OLD if row.dimension == "topic")
    repeated = replace(first, text=known.text, context=known.context)
    around = {row.position: row for row in OLD if row.document_id == known.document_id}
    rest[0] = replace(rest[0], text=around[1].text)
    found = compare(after, before, Coded((repeated, *rest), ENCODER)).dimensions["topic"]
    assert (found.segments, found.left_out.repeated) == (88 + 7, 0)


def test_a_model_from_definitions_is_compared_on_rows(after: Bundle) -> None:
    """It kept nothing and has seen nobody, so the candidate's own rows serve: the candidate out of fold."""
    bare = definitions_bundle(invented.book(), ENCODER)
    silent = compare(after, bare)
    assert {d.verdict for d in silent.dimensions.values()} == {"can't tell"}
    assert all("the current model has kept nothing" in d.reason for d in silent.dimensions.values())
    found = compare(after, bare, Coded(NEW, ENCODER))
    assert {(d.segments, d.groups) for d in found.dimensions.values()} == {(112, 14)}
    assert found.dimensions["topic"].verdict in ("better", "no clear difference")


def test_versions_of_a_codebook_are_compared_on_what_both_know(before: Bundle) -> None:
    """A dimension and a code that only the newer version has are named and set aside, in rows too."""
    raw = {**invented.BOOK, "version": 2, "dimensions": {**invented.BOOK["dimensions"]}}
    topics = {**raw["dimensions"]["topic"]["codes"], "rest": {"definition": "Sleeping and sitting still."}}
    raw["dimensions"]["topic"] = {**raw["dimensions"]["topic"], "codes": topics}
    raw["dimensions"]["pace"] = {"required": False, "codes": {"slow": "Slowly."}}
    newer = codebooks.parse(raw, "book.yaml", short_name="")
    again = tuple(
        replace(row, codes=("rest",)) if row.dimension == "topic" and row.position == 7 else row for row in OLD
    )
    slow = tuple(replace(row, dimension="pace", codes=("slow",)) for row in OLD if row.dimension == "mood")
    candidate = fit.fit_head(dataset.freeze((*again, *slow), newer), ENCODER)
    found = compare(candidate, before)
    topic = found.dimensions["topic"]
    assert (topic.added, topic.segments, topic.left_out.other_codes) == (("rest",), 77, 11)
    assert found.dimensions["pace"].verdict == "can't tell"
    assert found.dimensions["mood"].segments == 88
    wider = compare(candidate, before, Coded((*UNSEEN, *slow), ENCODER))
    assert (wider.dimensions["topic"].segments, wider.dimensions["mood"].segments) == (157, 168)
    with pytest.raises(errors.BadExcerpts, match="both models know"):
        compare(candidate, before, Coded(slow, ENCODER))


def test_a_promotion_keeps_the_verdict_and_is_not_stopped_by_it(before: Bundle, after: Bundle, tmp_path: Path) -> None:
    """The first has nothing to be compared with; a worse one is promoted all the same, and the registry says so."""
    registry = Registry(tmp_path / "models")
    for made in (before, after):
        registry.keep(made)
    assert promote(registry, before.manifest.model_id, "Ida", "the first") is None
    assert against_current(registry, before.manifest.model_id) is None
    found = promote(registry, after.manifest.model_id, "Ida", "more people")
    assert found is not None
    assert registry.current("days out") == after.manifest.model_id
    kept = registry.show(after.manifest.model_id).verdict
    assert kept is not None
    assert kept["current"] == before.manifest.model_id
    assert kept["dimensions"]["topic"]["verdict"] == found.dimensions["topic"].verdict


def test_a_current_model_that_cannot_be_read_stands_in_nobodys_way(
    before: Bundle, after: Bundle, tmp_path: Path
) -> None:
    """That nothing could be compared, and why, is the verdict."""
    registry = Registry(tmp_path / "models")
    folder = registry.keep(before)
    registry.keep(after)
    registry.promote(before.manifest.model_id, "Ida", "the first")
    (folder / "metrics.json").write_text("{}", encoding="utf-8")
    found = promote(registry, after.manifest.model_id, "Ida", "the first is damaged")
    assert found is not None
    assert {d.verdict for d in found.dimensions.values()} == {"can't tell"}
    assert "metrics.json" in found.dimensions["topic"].reason
