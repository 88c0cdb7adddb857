"""What holds of learning whatever the excerpts: nothing crashes, nothing leaks, probabilities are probabilities."""

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.excerpts import CodingRow
from service.domain.suggestion import Passage
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.model import Bundle
from service.suggest.suggester import Suggester
from tests import invented
from training import dataset, fit

ENCODER = HashingEncoder(16)

words = st.sampled_from(
    ["soup", "bread", "train", "bus", "laughed", "afraid", "so", "um", "and", "then", "🙂", "été", "مرحبا"]
)
spoken = st.lists(words, max_size=12).map(" ".join)


@st.composite
def codings(draw: st.DrawFn) -> list[CodingRow]:
    """Draw a few excerpts of a few people, some coded by several, some on one dimension only."""
    rows = []
    for place in range(draw(st.integers(1, 14))):
        document, text = f"d{draw(st.integers(0, 4))}", draw(spoken)
        for coder in draw(st.sampled_from([[""], ["a"], ["a", "b"]])):
            topic = draw(st.sampled_from([(), ("food",), ("travel",)]))
            moods = draw(st.sets(st.sampled_from(["joy", "worry"])).map(sorted).map(tuple))
            row = (document, place, text)
            if draw(st.booleans()):
                rows.append(CodingRow(*row, "topic", topic, annotator_id=coder))
            rows.append(CodingRow(*row, "mood", moods, annotator_id=coder))
    rows.append(CodingRow("d0", 99, "We laughed.", "mood", ("joy",)))
    return rows


def _check(model: Bundle, texts: list[str]) -> None:
    for text, suggestion in zip(texts, Suggester(model, ENCODER).suggest([Passage(t) for t in texts]), strict=True):
        for advice in suggestion.dimensions:
            chances = [candidate.probability for candidate in advice.candidates]
            assert chances == sorted(chances, reverse=True)
            assert all(0 <= chance <= 1 for chance in chances)
            assert advice.abstained == (advice.reason is not None)
            assert advice.suggested == (() if advice.abstained else advice.best)
            assert (advice.reason == "refused") == (not text.strip())
            assert all(word.text in text for word in advice.words)


@settings(max_examples=12, deadline=None)
@given(codings(), st.lists(spoken, min_size=1, max_size=4))
def test_any_excerpts_give_a_working_model(rows: list[CodingRow], texts: list[str]) -> None:
    """However few, lopsided or odd the excerpts, a model is fitted and every suggestion is well formed."""
    model = fit.fit_head(dataset.freeze(rows, invented.book()), ENCODER)
    _check(model, texts)
    for name, found in model.metrics.get("dimensions", {}).items():
        if model.codebook.dimension(name).select == "one":
            assert found["mean_set_size"] >= 1
        for measure in ("macro_f1", "micro_f1", "ece", "coverage", "abstained_share"):
            assert found[measure] is None or 0 <= found[measure] <= 1


@settings(max_examples=8, deadline=None)
@given(st.integers(3, 6), st.integers(0, 100))
def test_no_word_of_one_person_alone_is_kept(participants: int, seed: int) -> None:
    """Every term of the vocabulary was said by at least two groups of participants."""
    rows = invented.rows(participants, 4, seed=seed)
    model = fit.fit_head(dataset.freeze(rows, invented.book()), ENCODER)
    for term in model.vocabulary.terms:
        sayers = {row.participant for row in rows if term in " ".join(row.text.casefold().replace(",", "").split())}
        assert len(sayers) >= 2
