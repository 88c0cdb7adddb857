"""What a head reads of a segment."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.suggestion import Passage, around
from service.suggest import features
from service.suggest.features import Columns, Vocabulary
from service.suggest.hashing_encoder import HashingEncoder

ENCODER = HashingEncoder(16)


def test_words_and_pairs_are_terms() -> None:
    """Case and the shape of the apostrophe don't matter; punctuation separates nothing but words."""
    found = [term for term, _, _ in features.terms("Don’t, you know, STOP_it")]
    assert found == ["don't", "you", "don't you", "know", "you know", "stop", "know stop", "it", "stop it"]


@given(st.text())
def test_terms_say_where_they_stand(text: str) -> None:
    """The place of a term is inside the text and holds its words."""
    for term, start, end in features.terms(text):
        assert 0 <= start < end <= len(text)
        assert text[start:end].casefold().replace("’", "'").split()[0].startswith(term.split()[0][:1])


@pytest.mark.parametrize(("text", "count"), [("", 0), ("…!", 0), ("Yes.", 1), ("Well, I don't know", 4), ("été 3", 2)])
def test_words_are_counted(text: str, count: int) -> None:
    """Marks are no words; figures are."""
    assert features.words(text) == count


def test_a_vector_knows_only_the_vocabulary() -> None:
    """Values have unit length, repeated words count more, and each term says where it first stands."""
    vocabulary = Vocabulary(("soup", "the soup", "train"), np.array([1.0, 2.0, 1.0]))
    vector = vocabulary.vector("Ah, the Soup! Soup and the soup.")
    assert vector.columns.tolist() == [0, 1]
    assert np.linalg.norm(vector.values) == pytest.approx(1)
    spans = features.spans("Ah, the Soup! Soup and the soup.")
    assert [spans[vocabulary.terms[column]] for column in vector.columns] == [(8, 12), (4, 12)]
    assert vector.values[0] / vector.values[1] == pytest.approx((1 + np.log(3)) / (2 * (1 + np.log(2))))
    assert len(vocabulary.vector("nothing known").columns) == 0


@given(st.text(alphabet="abA ’'İßǅ.\u0307", max_size=60))
def test_a_vector_counts_what_terms_yields(text: str) -> None:
    """Whatever letters change when case is folded."""
    vocabulary = Vocabulary(tuple(dict.fromkeys(term for term, _, _ in features.terms(f"a b ab {text}"))), np.ones(999))
    expected = Counter(term for term, _, _ in features.terms(text))
    vector = vocabulary.vector(text)
    found = {vocabulary.terms[column]: value for column, value in zip(vector.columns, vector.values, strict=True)}
    length = np.sqrt(sum((1 + np.log(count)) ** 2 for count in expected.values()))
    assert found == pytest.approx({term: (1 + np.log(count)) / length for term, count in expected.items()})


def test_each_text_is_encoded_once() -> None:
    """Neighbours in a transcript are segments too; empty texts are not encoded at all."""
    asked: list[str] = []

    class Counting(HashingEncoder):
        def encode(self, texts):  # type: ignore[no-untyped-def]
            asked.extend(texts)
            return super().encode(texts)

    passages = [Passage("one two", after=("three",)), Passage("three", before=("one two",)), Passage(" ")]
    embedded = features.embed(passages, Counting(16))
    assert sorted(asked) == ["one two", "three"]
    assert np.array_equal(embedded.segment[0], embedded.previous[1])
    assert not embedded.segment[2].any()


def test_unknown_neighbours_are_marked() -> None:
    """The last two columns of the place say whether what stands before and after is known."""
    dense = features.embed([Passage("a", before=("b",)), Passage("a", after=("b",))], ENCODER).dense()
    assert dense.shape == (2, Columns.of(16).width)
    assert dense[:, Columns.of(16).place][:, -2:].tolist() == [[1, 0], [0, 1]]


def test_windows_are_means_of_what_is_known() -> None:
    """The near window covers three to either side, the wide one eight; what is not known does not count."""
    texts = [f"word{number}" for number in range(20)]
    before, after = around(texts, 10)
    row = features.embed([Passage(texts[10], before=before, after=after[:1])], ENCODER)
    one = ENCODER.encode(texts)
    assert row.near[0] == pytest.approx(one[7:12].mean(axis=0), abs=1e-6)
    assert row.wide[0] == pytest.approx(one[2:12].mean(axis=0), abs=1e-6)


def test_a_place_is_told_by_bumps_and_an_unknown_one_by_nothing() -> None:
    """The beginning is nearest to the first place, the end to the last; without a place all are zero."""
    place = features.embed([Passage("a", place=0.0), Passage("a", place=1.0), Passage("a")], ENCODER).place
    assert place.argmax(axis=1).tolist() == [0, place.shape[1] - 1, 0]
    assert not place[2].any()


def test_form_tells_questions_answers_and_lengths() -> None:
    """A question mark within, one at the end, one that ends what stands before, and how long both are."""
    passages = [Passage("Why? I ask."), Passage("Why?"), Passage("So.", before=("Why? ",)), Passage("word " * 150)]
    form = features.embed(passages, ENCODER).form
    assert form[:, -4:-1].tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert form[:, -1].tolist() == [0, 0, pytest.approx(np.log(2) / 5), 0]
    assert form[3, :-4].argmax() == form.shape[1] - 5


def test_columns_lie_side_by_side() -> None:
    """Each part begins where the one before ends, and the dense columns are as many as they say."""
    columns = Columns.of(16)
    parts = (columns.segment, columns.neighbours, columns.windows, columns.place, columns.form)
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
    dense = features.embed([Passage("a b", before=("c",), place=0.5)], ENCODER).dense()
    assert dense.shape[1] == columns.width
    assert np.array_equal(dense[0, columns.segment], ENCODER.encode(["a b"])[0])


def test_nothing_to_embed_is_fine() -> None:
    """No passages give no rows."""
    assert features.embed([], ENCODER).dense().shape == (0, Columns.of(16).width)
