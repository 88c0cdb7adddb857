"""Heads as plain arrays, held equal to scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from service.domain.codebook import Select
from service.suggest import features
from service.suggest.features import Columns, Embedded
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.scorer import sigmoid, softmax
from tests import invented
from training import dataset, heads, matrices
from training.heads import Strength, Target
from training.logistic import Inputs
from training.matrices import Matrices

ENCODER = HashingEncoder(32)
EVEN = Strength(3.0, 1.0, 1.0, 1.0, 1.0, 1.0)
#: Two runs of an iterative solver agree this well, in probability.
_SOLVER = 5e-3


def _material(participants: int = 6) -> tuple[dataset.Snapshot, Embedded, Matrices]:
    snapshot = dataset.freeze(invented.rows(participants), invented.book())
    embedded = features.embed([example.passage for example in snapshot.examples], ENCODER)
    groups = np.unique([example.group for example in snapshot.examples], return_inverse=True)[1]
    texts = [example.passage.text for example in snapshot.examples]
    return snapshot, embedded, matrices.build(texts, embedded, groups, words=True)


def _target(snapshot: dataset.Snapshot, dimension: str, select: Select) -> Target:
    codes = tuple(code.id for code in snapshot.codebook.dimension(dimension).codes)
    truth = np.array([[code in example.truth[dimension] for code in codes] for example in snapshot.examples])
    return Target(dimension, select, codes, truth, np.arange(len(truth)))


def _inputs(built: Matrices, count: int) -> Inputs:
    return built.inputs(np.arange(count), built.vocabulary(np.arange(count)))


def _wide(inputs: Inputs) -> features.Float32:
    return np.hstack([inputs.dense, inputs.terms.toarray()])


def _bare(dense: features.Float32) -> Inputs:
    return Inputs(dense, sparse.csr_matrix((len(dense), 0), dtype=np.float32))


@pytest.mark.parametrize("participants", [6, 40])
def test_one_gives_scikit_learns_probabilities(participants: int) -> None:
    """With fewer segments than columns and with more, the arrays give what the estimator does.

    Of two codes it knows one row of weights where a softmax has two, so the same penalty weighs twice as much.
    """
    snapshot, embedded, built = _material(participants)
    target = _target(snapshot, "topic", "one")
    columns = _wide(_inputs(built, len(target.rows)))
    estimator = LogisticRegression(C=6.0, tol=1e-6, max_iter=2000).fit(columns, target.truth.argmax(axis=1))
    expected = estimator.predict_proba(columns)
    head = heads.fit(target, _inputs(built, len(target.rows)), 32, none=False, strength=EVEN)
    vocabulary = built.vocabulary(target.rows)
    vectors = [vocabulary.vector(example.passage.text) for example in snapshot.examples]
    assert np.allclose(softmax(head.logits(embedded.dense(), vectors)), expected, atol=_SOLVER)


def test_many_gives_scikit_learns_probabilities() -> None:
    """Each code is an estimator of its own."""
    snapshot, embedded, built = _material()
    target = _target(snapshot, "mood", "many")
    columns = _wide(_inputs(built, len(target.rows)))
    head = heads.fit(target, _inputs(built, len(target.rows)), 32, none=False, strength=EVEN)
    vocabulary = built.vocabulary(target.rows)
    vectors = [vocabulary.vector(example.passage.text) for example in snapshot.examples]
    found = sigmoid(head.logits(embedded.dense(), vectors))
    for row in range(2):
        estimator = LogisticRegression(C=3.0, tol=1e-6, max_iter=2000).fit(columns, target.truth[:, row])
        assert np.allclose(found[:, row], estimator.predict_proba(columns)[:, 1], atol=_SOLVER)


def test_words_are_weighted_as_scikit_learn_does() -> None:
    """Sublinear counts, smoothed inverse document frequency and unit length, on the same words."""
    snapshot, _, built = _material()
    texts = [example.passage.text for example in snapshot.examples]
    names = list(built.terms)
    oracle = TfidfVectorizer(
        analyzer=lambda text: [term for term, _, _ in features.terms(text)], vocabulary=names, sublinear_tf=True
    )
    expected = oracle.fit_transform(texts).toarray()
    assert np.allclose(_inputs(built, len(texts)).terms.toarray(), expected, atol=1e-5)
    vocabulary = built.vocabulary(np.arange(len(texts)))
    for text, row in zip(texts, expected, strict=True):
        vector = vocabulary.vector(text)
        assert np.allclose(row[vector.columns], vector.values, atol=1e-9)


def test_scales_act_as_scaled_columns() -> None:
    """Heeding the context less is the same as shrinking its columns; the weights already account for it."""
    snapshot, _, built = _material()
    target = _target(snapshot, "topic", "one")
    strength = Strength(3.0, 0.3, 0.8, 0.5, 0.7, 1.5)
    inputs = _inputs(built, len(target.rows))
    parts, width = Columns.of(32), built.dense.shape[1]
    scales = strength.scales(32, inputs.width)
    assert set(scales[parts.segment]) == {1.0}
    scaled = (parts.neighbours, parts.windows, parts.place, parts.form, slice(width, None))
    factors = [set(scales[part].round(3)) for part in scaled]
    assert factors == [{np.float32(factor)} for factor in (0.3, 0.8, 0.5, 0.7, 1.5)]
    one = heads.fit(target, _inputs(built, len(target.rows)), 32, none=False, strength=strength)
    two = heads.fit(target, inputs.scaled(scales), 32, none=False, strength=EVEN)
    assert np.allclose(one.dense, two.dense * scales[:width], atol=1e-4)


def test_only_words_of_two_participants_are_kept() -> None:
    """What one person alone said is in no vocabulary, nor, in a split, what only one person of it said."""
    rows = list(invented.rows(4))
    rows[0] = replace(rows[0], text=rows[0].text + " Zanzibar Zanzibar.")
    rows[1] = replace(rows[1], text=rows[0].text)
    snapshot = dataset.freeze(rows, invented.book())
    embedded = features.embed([example.passage for example in snapshot.examples], ENCODER)
    groups = np.unique([example.group for example in snapshot.examples], return_inverse=True)[1]
    built = matrices.build([e.passage.text for e in snapshot.examples], embedded, groups, words=True)
    assert "zanzibar" not in built.terms
    assert "soup" in built.terms
    alone = built.vocabulary(np.flatnonzero(groups == 0))
    assert not alone.idf.any()


def test_no_words_where_they_are_left_out() -> None:
    """Without word features the columns are the embeddings alone."""
    snapshot, embedded, _ = _material()
    texts = [example.passage.text for example in snapshot.examples]
    built = matrices.build(texts, embedded, np.zeros(len(texts), dtype=np.int64), words=False)
    assert _inputs(built, 3).width == Columns.of(32).width


def test_texts_without_a_common_word_have_no_vocabulary() -> None:
    """That is no error."""
    embedded = Embedded(*(np.zeros((2, 4), np.float32) for _ in range(7)))
    assert matrices.build(["one", "two"], embedded, np.array([0, 1]), words=True).terms == ()


@pytest.mark.parametrize("select", ["one", "many"])
def test_codes_without_examples_have_empty_rows(select: Select) -> None:
    """A code that no segment carries can't be fitted and can't lead."""
    truth = np.array([[True, False, False], [True, False, False], [False, True, False], [False, True, False]])
    target = Target("d", select, ("a", "b", "c"), truth, np.arange(4))
    columns = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    head = heads.fit(target, _bare(columns), 1, none=False, strength=EVEN)
    assert head.examples.tolist() == [2, 2, 0]
    assert not head.dense[2].any()
    assert head.bias[2] == head.bias.min()


def test_a_single_outcome_is_certain() -> None:
    """Where every segment has the same code, there is nothing to tell apart."""
    target = Target("d", "one", ("a", "b"), np.array([[True, False]] * 3), np.arange(3))
    head = heads.fit(target, _bare(np.ones((3, 5), np.float32)), 1, none=False, strength=EVEN)
    assert softmax(head.logits(np.ones((1, 5), np.float32), []))[0, 0] == pytest.approx(1)


def test_rarity_is_given_back_to_scores() -> None:
    """Where columns tell nothing, full balance makes outcomes equally likely, and none leaves them their shares."""
    rare = np.arange(100) % 10 < 2
    target = Target("d", "one", ("a", "b"), np.column_stack([rare, ~rare]), np.arange(100))
    width = Columns.of(2).width
    for balance, expected in ((0.0, 0.2), (1.0, 0.5)):
        inputs = _bare(np.zeros((100, width), np.float32))
        head = heads.fit(target, inputs, 2, False, replace(EVEN, balance=balance))
        assert softmax(head.bias[None])[0, 0] == pytest.approx(expected, abs=1e-3)
