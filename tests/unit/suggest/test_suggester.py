"""The one inference path."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import errors
from service.domain import codebook as codebooks
from service.domain.codebook import Code, Codebook, Dimension
from service.domain.suggestion import Advice, Passage
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.model import Bundle
from service.suggest.suggester import Suggester
from tests import invented
from training import dataset, fit

ENCODER = HashingEncoder(64)
FOOD = Passage("Soup and bread on the kitchen table, everybody still remembers that day quite well")


def _fitted(**given_rows: object) -> Bundle:
    return fit.fit_head(dataset.freeze(invented.rows(**given_rows), invented.book()), ENCODER)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def model() -> Bundle:
    """Return a small fitted model."""
    return _fitted(participants=8)


@pytest.fixture(scope="module")
def suggester(model: Bundle) -> Suggester:
    """Return a suggester with that model."""
    return Suggester(model, ENCODER)


def _advice(suggester: Suggester, passage: Passage, dimension: str = "topic", book: Codebook | None = None) -> Advice:
    (found,) = suggester.suggest([passage], book)
    return found.by_dimension()[dimension]


def test_a_segment_is_given_its_code(suggester: Suggester) -> None:
    """The suggestion names the code, ranked candidates and what it rests on."""
    advice = _advice(suggester, FOOD)
    assert advice.suggested == advice.best == ("food",)
    assert [c.code for c in advice.candidates] == ["food", "travel"]
    assert [c.label for c in advice.candidates] == ["Food", "Travel"]
    assert advice.candidates[0].in_candidate_set
    assert sum(c.probability for c in advice.candidates) == pytest.approx(1, abs=1e-5)
    assert any("food" in evidence.codes for evidence in advice.evidence)
    assert all(FOOD.text[FOOD.text.find(word.text) :].startswith(word.text) for word in advice.words)


def test_nothing_in_nothing_out(suggester: Suggester) -> None:
    """No passages give no suggestions."""
    assert suggester.suggest([]) == []


def test_a_model_is_least_sure_between_two_codes(suggester: Suggester) -> None:
    """Doubt is higher for a text of both topics than for one of a single topic, and vectors come with it."""
    both = Passage("Soup and bread on the train to the kitchen by the sea, everybody still remembers")
    doubts = suggester.doubts([FOOD, both])
    place = [d.id for d in suggester.bundle.codebook.dimensions].index("topic")
    assert doubts.by_dimension[0, place] < doubts.by_dimension[1, place]
    assert doubts.vectors.shape == (2, ENCODER.size)


def test_a_dimension_that_does_not_apply_leaves_no_doubt_of_its_own(model: Bundle) -> None:
    """It is not a number there, rather than none."""
    asks = Dimension("craft", "Craft", "many", codes=(Code("asks", "Asks"),), applies_to=("interviewer",))
    book = replace(model.codebook, dimensions=(*model.codebook.dimensions, asks))
    doubts = Suggester(model, ENCODER).doubts([FOOD], book)
    assert np.isnan(doubts.by_dimension[0, -1])
    assert not np.isnan(doubts.by_dimension[0, :-1]).any()


def test_an_empty_text_is_refused_in_silence(suggester: Suggester) -> None:
    """There is an entry per dimension, and it says nothing else."""
    for text in ("", " \n"):
        advice = _advice(suggester, Passage(text))
        assert (advice.abstained, advice.reason, advice.best, advice.candidates) == (True, "refused", (), ())


def test_a_short_text_gets_no_advice_but_a_best(suggester: Suggester) -> None:
    """Abstaining empties what is suggested, not what it would have said."""
    advice = _advice(suggester, Passage("Soup, bread"))
    assert (advice.suggested, advice.abstained, advice.reason) == ((), True, "too_short")
    assert advice.best == ("food",)


def test_an_unfamiliar_text_gets_no_advice(suggester: Suggester) -> None:
    """What resembles no excerpt is said to be unlike anything coded."""
    assert _advice(suggester, Passage("zzyzx qwrtp vbnmk plokij wqzzt")).reason == "unfamiliar"


def test_uncertain_verdicts_are_withheld(model: Bundle) -> None:
    """Below the limit that was learned, the model says that it is too unsure."""
    found = model.dimensions["topic"]
    assert found.calibration is not None
    unsure = replace(found, calibration=replace(found.calibration, doubt=1.1))
    doubting = replace(model, dimensions={**model.dimensions, "topic": unsure})
    advice = _advice(Suggester(doubting, ENCODER), FOOD)
    assert (advice.suggested, advice.best, advice.reason) == ((), ("food",), "uncertain")


texts = st.lists(st.sampled_from([row.text for row in invented.rows(3, 6)] + ["", "Yes", "soup " * 40, "é 🙂 train"]))


@settings(max_examples=30, deadline=None)
@given(texts, st.randoms())
def test_a_passage_is_suggested_for_the_same_in_any_batch(
    suggester: Suggester, several: list[str], chance: object
) -> None:
    """Neither the neighbours in a batch nor their order change anything about a passage's suggestion."""
    passages = [Passage(text, before=("We ate.",)) for text in several]
    together = suggester.suggest(passages)
    assert together == [suggester.suggest([passage])[0] for passage in passages]
    order = list(range(len(passages)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    assert suggester.suggest([passages[row] for row in order]) == [together[row] for row in order]


def test_large_batches_are_cut_without_a_seam(suggester: Suggester) -> None:
    """More passages than are looked at together give the same as fewer."""
    passages = [Passage(f"We ate soup number {number}") for number in range(1100)]
    assert suggester.suggest(passages)[1050] == suggester.suggest(passages[1050:1051])[0]


def test_evidence_never_comes_from_the_same_participant(suggester: Suggester, model: Bundle) -> None:
    """Neither by participant, nor by document, nor where the same text says who it is."""
    row = invented.rows(8)[0]
    for passage in (
        Passage(row.text, participant_id="P00"),
        Passage(row.text, document_id="p00"),
        Passage(row.text),
    ):
        evidence = _advice(suggester, passage, "topic").evidence
        assert len(evidence) == 3
        assert all(found.participant_id != "P00" and not found.same_participant for found in evidence)
    assert any(found.participant_id == "P00" for found in _advice(suggester, Passage(f"Yes, {row.text}")).evidence)


def test_under_three_groups_evidence_may_be_their_own(model: Bundle) -> None:
    """Then it is marked, but a segment is never its own evidence, and no coverage is stated."""
    few = _fitted(participants=2)
    row = invented.rows(2)[0]
    evidence = _advice(Suggester(few, ENCODER), Passage(row.text, participant_id="P00")).evidence
    assert {found.participant_id: found.same_participant for found in evidence}.get("P00", True)
    assert all(found.text != row.text for found in evidence)
    assert (few.metrics, few.states_coverage) == ({"reason": "fewer than three participants"}, False)
    assert few.vocabulary.terms == ()
    assert model.states_coverage


def test_invented_evidence_goes_once_there_are_ten_real_excerpts() -> None:
    """Synthetic excerpts are shown only for codes that have too few real ones."""
    invented_rows = invented.rows(4, origin="synthetic", prefix="s")
    real = invented.rows(4, 10, seed=2)
    mixed = fit.fit_head(dataset.freeze([*invented_rows, *real], invented.book()), ENCODER)
    few_real = fit.fit_head(dataset.freeze([*invented_rows, *real[:8]], invented.book()), ENCODER)
    assert all(e.origin == "" for e in _advice(Suggester(mixed, ENCODER), FOOD).evidence)
    assert any(e.origin == "synthetic" for e in _advice(Suggester(few_real, ENCODER), FOOD).evidence)


def _with(book: Codebook, dimension: str, **changes: object) -> Codebook:
    changed = tuple(replace(d, **changes) if d.id == dimension else d for d in book.dimensions)  # type: ignore[arg-type]
    return replace(book, version="2", dimensions=changed)


def test_where_no_code_was_ever_coded_definitions_speak() -> None:
    """A version that keeps just the code which nobody had used is served like one that the model never knew."""
    other = Code("other", "Other", "Anything else, weather or money.")
    before = _with(invented.book(), "topic", codes=(*invented.book().dimension("topic").codes, other))
    fitted = Suggester(fit.fit_head(dataset.freeze(invented.rows(participants=8), before), ENCODER), ENCODER)
    food, travel, _ = before.dimension("topic").codes
    meals = Code("meals", "Meals", food.definition)
    book = _with(before, "topic", codes=(replace(food, retired=True), replace(travel, retired=True), other, meals))
    advice = _advice(fitted, FOOD, book=replace(book, version="3"))
    assert sum(c.probability for c in advice.candidates) == pytest.approx(1, abs=1e-5)
    assert {c.code for c in advice.candidates} == {"other", "meals"}


def test_retired_codes_are_left_out(suggester: Suggester) -> None:
    """A later version of the codebook without a code gets no suggestion of it; the rest still sums to 1."""
    food, travel = invented.book().dimension("topic").codes
    book = _with(invented.book(), "topic", codes=(replace(food, retired=True), travel))
    advice = _advice(suggester, FOOD, book=book)
    assert [c.code for c in advice.candidates] == ["travel"]
    assert advice.candidates[0].probability == pytest.approx(1)


def test_new_codes_are_scored_by_their_definition(suggester: Suggester) -> None:
    """A code that the model never saw can lead by what the codebook says of it."""
    codes = (*invented.book().dimension("topic").codes, Code("music", "Music", "Fiddles, drums and dancing at night."))
    book = _with(invented.book(), "topic", codes=codes)
    advice = _advice(suggester, Passage("fiddles and drums and dancing at night"), book=book)
    assert "music" in [c.code for c in advice.candidates]
    assert sum(c.probability for c in advice.candidates) == pytest.approx(1, abs=1e-5)
    plain = {c.code: c.probability for c in _advice(suggester, FOOD, book=book).candidates}
    drums = {c.code: c.probability for c in advice.candidates}
    assert drums["music"] > plain["music"]


def test_new_dimensions_are_scored_by_definition(suggester: Suggester) -> None:
    """A dimension that a later version adds is served as well."""
    added = Dimension(
        "season", "Season", "one", (Code("summer", "Summer", "Warm days"), Code("winter", "Winter", "Snow"))
    )
    book = replace(invented.book(), version="2", dimensions=(*invented.book().dimensions, added))
    assert _advice(suggester, Passage("Snow on the ground, snow"), "season", book).best == ("winter",)


def test_another_codebook_is_refused(suggester: Suggester) -> None:
    """The message names both."""
    with pytest.raises(errors.WrongCodebook, match=r"days out.*nights in"):
        suggester.suggest([FOOD], replace(invented.book(), name="nights in"))


def test_another_encoder_is_refused(model: Bundle) -> None:
    """Vectors of another encoder mean nothing to the weights."""
    with pytest.raises(errors.BadBundle, match="encoder"):
        Suggester(model, HashingEncoder(32))


def test_dimensions_that_do_not_apply_have_no_entry(suggester: Suggester) -> None:
    """A dimension for participants says nothing of an interviewer's segment."""
    book = _with(invented.book(), "mood", applies_to=("participant",))
    found = suggester.suggest([replace(FOOD, role="interviewer"), replace(FOOD, role="participant")], book)
    assert [list(suggestion.by_dimension()) for suggestion in found] == [["topic"], ["topic", "mood"]]


def test_definitions_alone_are_useful() -> None:
    """A brand-new codebook gives suggestions before any example exists, without evidence or words."""
    suggester = Suggester(definitions_bundle(invented.book(), ENCODER), ENCODER)
    advice = _advice(suggester, FOOD)
    assert (advice.suggested, advice.words, advice.evidence) == (("food",), (), ())
    assert _advice(suggester, Passage("singing, laughing, being glad"), "mood").best == ("joy",)


def test_a_codebook_without_definitions_still_works() -> None:
    """Names alone are all there is to go by."""
    book = codebooks.parse({"d": {"soup and bread": "", "trains": ""}}, "x", short_name="bare")
    advice = _advice(Suggester(definitions_bundle(book, ENCODER), ENCODER), FOOD, "d")
    assert advice.candidates[0].code == "soup and bread"


def test_what_an_only_code_says_is_finite() -> None:
    """A dimension of one code gives a probability, not a division by zero."""
    for select in ("one", "many"):
        book = codebooks.parse({"d": {"a": "Soup"}}, "x", short_name="x", select={"d": select})
        advice = _advice(Suggester(definitions_bundle(book, ENCODER), ENCODER), FOOD, "d")
        assert np.isfinite(advice.candidates[0].probability)


def test_suggesting_loads_no_training_library() -> None:
    """Importing and using the suggester brings in neither torch nor scikit-learn nor their like."""
    program = (
        "import sys\n"
        "from service.domain import codebook\n"
        "from service.domain.suggestion import Passage\n"
        "from service.suggest.definitions import definitions_bundle\n"
        "from service.suggest.hashing_encoder import HashingEncoder\n"
        "from service.suggest.suggester import Suggester\n"
        "book = codebook.parse({'d': {'a': 'Soup', 'b': 'Trains'}}, 'x', short_name='x')\n"
        "Suggester(definitions_bundle(book, HashingEncoder()), HashingEncoder()).suggest([Passage('We ate soup.')])\n"
        "heavy = {'torch', 'transformers', 'spacy', 'sklearn', 'pandas', 'scipy', 'pyarrow'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
