"""The columns that heads are fitted on: embeddings as they are, and words weighted anew for every split."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from service.suggest.features import Embedded, Float32, Vocabulary, terms
from training.logistic import Inputs

#: Terms must have been said by this many participants (groups), so that no one person's words are kept.
_MIN_GROUPS = 2
_MAX_TERMS = 2500

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Matrices:
    """Columns of all segments of a snapshot."""

    dense: Float32
    #: Count of each candidate term in each segment; no columns where word features are left out.
    counts: sparse.csr_matrix
    terms: tuple[str, ...]
    #: Index of each segment's group.
    groups: Rows

    def vocabulary(self, rows: Rows) -> Vocabulary:
        """Return the terms that at least two groups among these rows said, weighted by their frequency there.

        Every candidate term keeps its column; a term that too few said weighs nothing.
        """
        present = self.counts[rows] > 0
        documents = np.asarray(present.sum(axis=0)).ravel()
        idf = np.log((1.0 + len(rows)) / (1.0 + documents)) + 1.0
        return Vocabulary(self.terms, np.where(_said_by(present, self.groups[rows]) >= _MIN_GROUPS, idf, 0.0))

    def inputs(self, rows: Rows, vocabulary: Vocabulary) -> Inputs:
        """Return the dense columns and the weighted terms of these rows."""
        weighted = self.counts[rows].astype(np.float32)
        weighted.data = 1.0 + np.log(weighted.data)
        weighted = sparse.csr_matrix(weighted.multiply(vocabulary.idf.astype(np.float32)))
        length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        scaled = sparse.diags_array(1.0 / np.where(length > 0, length, 1.0)) @ weighted
        return Inputs(self.dense[rows], sparse.csr_matrix(scaled, dtype=np.float32))


def build(texts: Sequence[str], embedded: Embedded, groups: Rows, *, words: bool) -> Matrices:
    """Count the words of all segments and put them beside the embeddings."""
    dense = embedded.dense()
    if not words:
        return Matrices(dense, sparse.csr_matrix((len(texts), 0)), (), groups)
    counter = CountVectorizer(analyzer=_analyse, min_df=_MIN_GROUPS, dtype=np.int32)
    try:
        counts = sparse.csr_matrix(counter.fit_transform(texts))
    except ValueError:  # no term is said twice
        return Matrices(dense, sparse.csr_matrix((len(texts), 0)), (), groups)
    names = counter.get_feature_names_out()
    said_by = _said_by(counts > 0, groups)
    frequency = np.asarray((counts > 0).sum(axis=0)).ravel()
    order = np.lexsort((names, -frequency, -said_by))
    kept = np.sort([column for column in order if said_by[column] >= _MIN_GROUPS][:_MAX_TERMS]).astype(int)
    return Matrices(dense, counts[:, kept], tuple(str(names[column]) for column in kept), groups)


def _analyse(text: str) -> list[str]:
    return [term for term, _, _ in terms(text)]


def _said_by(present: sparse.csr_matrix, groups: Rows) -> NDArray[np.int64]:
    """Return how many groups said each term."""
    belongs = sparse.csr_matrix((np.ones(len(groups)), (groups, np.arange(len(groups)))))
    return np.asarray(((belongs @ present) > 0).sum(axis=0)).ravel().astype(np.int64)
