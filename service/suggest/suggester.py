"""The one inference path: segments in, suggestions out. The page, the archive and the evaluation all call it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock

import numpy as np

from service import errors
from service.domain.codebook import Codebook, Dimension
from service.domain.suggestion import Advice, Candidate, Passage, Reason, Suggestion, Word, silent
from service.suggest import calibration, features, prototypes, teaching
from service.suggest.bundle_encoder import encoder_of
from service.suggest.calibration import Calibration, Mask, Verdict
from service.suggest.encoder import Encoder
from service.suggest.features import Float32, TermVector
from service.suggest.model import Bundle, DimensionModel
from service.suggest.prototypes import Nearness, Prototypes
from service.suggest.remembering_encoder import RememberingEncoder
from service.suggest.scorer import Array, Head
from service.suggest.support import Neighbours
from service.suggest.teaching import Doubts

_WORDS_SHOWN = 6
#: Words that moved the score by less than this (log-odds) are not worth showing.
_MOVED = 0.02
#: Passages looked at together, so that memory stays bounded whatever the number asked for.
_CHUNK = 1024
#: Versions of a codebook remembered beside the latest.
_VERSIONS = 7


class Suggester:
    """Suggests codes with one model."""

    def __init__(self, bundle: Bundle, encoder: Encoder, remember: int = 0, threads: int | None = None) -> None:
        """Pair a model with the encoder it was fitted on.

        Args:
            bundle: the model.
            encoder: the one that all models share; a tuned model brings its own.
            remember: how many texts to keep the vectors of: neighbours that are asked about one by one, and what is
                said again and again.
            threads: how many a tuned model's own encoder computes with (None: one on each core).

        Raises:
            BadBundle: it was fitted on another encoder's embeddings.
        """
        manifest, encoder = bundle.manifest, encoder_of(bundle, encoder, threads)
        if (manifest.encoder_id, manifest.encoder_size) != (encoder.encoder_id, encoder.size):
            made, here = manifest.encoder_id, encoder.encoder_id
            raise errors.BadBundle(f"{manifest.model_id}: it was made with encoder {made}, and this is {here}.")
        self.bundle = bundle
        self.encoder = RememberingEncoder(encoder, remember) if remember else encoder
        self._versions: tuple[tuple[Codebook, _Fitted], ...] = ()
        self._lock = Lock()

    @property
    def model_id(self) -> str:
        """The id of the model that suggests."""
        return self.bundle.manifest.model_id

    def suggest(
        self, passages: Sequence[Passage], codebook: Codebook | None = None, *, reasons: bool = True
    ) -> list[Suggestion]:
        """Return one suggestion per passage, in the order given.

        Args:
            passages: segments with what stands around them; any number, a single one is a batch of one.
            codebook: the project's current version of the model's codebook (default: the model's own). Codes that it
                retired are left out, codes that the model doesn't know are scored by their definitions.
            reasons: whether to name words and evidence too, which takes longer than the rest.

        Raises:
            WrongCodebook: the codebook has another name than the model's.
        """
        fitted = self._fit(codebook or self.bundle.codebook)
        out: list[Suggestion] = []
        for start in range(0, len(passages), _CHUNK):
            batch = _Batch(self.bundle, fitted, passages[start : start + _CHUNK], self.encoder)
            out += batch.suggestions(reasons=reasons)
        return out

    def doubts(self, passages: Sequence[Passage], codebook: Codebook | None = None) -> Doubts:
        """Return how unsure the model is of each passage on each of the codebook's active dimensions.

        Args:
            passages: as for `suggest`, at least one.
            codebook: as for `suggest`.

        Raises:
            WrongCodebook: the codebook has another name than the model's.
        """
        fitted = self._fit(codebook or self.bundle.codebook)
        starts = range(0, len(passages), _CHUNK)
        parts = (_Batch(self.bundle, fitted, passages[start : start + _CHUNK], self.encoder) for start in starts)
        return Doubts.joined([part.doubts() for part in parts])

    def _fit(self, codebook: Codebook) -> "_Fitted":
        """Fit the model to this version of its codebook; the last few versions are remembered."""
        if codebook.name != self.bundle.codebook.name:
            raise errors.WrongCodebook(
                f"{self.model_id} was trained for codebook {self.bundle.codebook.name}, not for {codebook.name}."
            )
        with self._lock:
            for known, fitted in self._versions:
                if known is codebook or known == codebook:
                    return fitted
            fitted = _fit(self.bundle, codebook, self.encoder)
            self._versions = (*self._versions[-_VERSIONS:], (codebook, fitted))
            return fitted


@dataclass(frozen=True)
class _FittedDimension:
    """One dimension as it is served: the model's arrays in the order of the codebook's active codes."""

    dimension: Dimension
    prototypes: Prototypes
    head: Head | None
    calibration: Calibration | None

    @cached_property
    def codes(self) -> frozenset[str]:
        return frozenset(self.prototypes.codes)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(code.label for code in self.dimension.active)


_Fitted = tuple[_FittedDimension, ...]


def _fit(bundle: Bundle, codebook: Codebook, encoder: Encoder) -> _Fitted:
    if codebook is bundle.codebook or codebook == bundle.codebook:
        built = {name: found.prototypes for name, found in bundle.dimensions.items()}
    else:
        built = prototypes.build(codebook, encoder)
    return tuple(_fit_dimension(bundle, d, built[d.id]) for d in codebook.dimensions if d.active)


def _fit_dimension(bundle: Bundle, dimension: Dimension, built: Prototypes) -> _FittedDimension:
    known = bundle.dimensions.get(dimension.id, DimensionModel(built))
    if known.head is None or known.calibration is None or known.head.select != dimension.select:
        return _FittedDimension(dimension, built, None, None)
    head = known.head.aligned(built.codes)
    if not head.examples.any():  # it knows none of these codes, or only such as nobody was coded with
        return _FittedDimension(dimension, built, None, None)
    return _FittedDimension(dimension, built, head, known.calibration.aligned(known.head.codes, built.codes))


class _Batch:
    """Some passages on their way through a model."""

    def __init__(self, bundle: Bundle, fitted: _Fitted, passages: Sequence[Passage], encoder: Encoder) -> None:
        self._bundle = bundle
        self._fitted = fitted
        self._passages = passages
        embedded = features.embed(passages, encoder)
        self._segments: Float32 = embedded.segment
        self._dense = embedded.dense()
        self._vectors: list[TermVector] = [bundle.vocabulary.vector(passage.text) for passage in passages]
        self._short = [features.words(passage.text) < bundle.manifest.settings.min_words for passage in passages]

    @cached_property
    def _neighbours(self) -> Neighbours:
        return self._bundle.support.neighbours(self._passages, self._segments)

    @cached_property
    def _spans(self) -> list[Mapping[str, tuple[int, int]]]:
        return [features.spans(passage.text) for passage in self._passages]

    def doubts(self) -> Doubts:
        """Return how unsure the model is of each passage."""
        columns = [self._doubts(fitted) for fitted in self._fitted]
        by_dimension = np.column_stack(columns) if columns else np.zeros((len(self._passages), 0))
        return Doubts(by_dimension, self._segments)

    def _doubts(self, fitted: _FittedDimension) -> Array:
        verdict = self._verdict(fitted, fitted.prototypes.score(self._segments))
        applies = np.array([fitted.dimension.applies(p.speaker, p.role) for p in self._passages], dtype=np.bool_)
        return np.where(applies, teaching.doubt(verdict, fitted.dimension.select), np.nan)

    def suggestions(self, *, reasons: bool) -> list[Suggestion]:
        """Return one suggestion per passage."""
        advice = [self._dimension(fitted, reasons=reasons) for fitted in self._fitted] if self._passages else []
        model_id = self._bundle.manifest.model_id
        return [
            Suggestion(model_id, tuple(found for listed in advice if (found := listed[row]) is not None))
            for row in range(len(self._passages))
        ]

    def _dimension(self, fitted: _FittedDimension, *, reasons: bool) -> list[Advice | None]:
        nearness = fitted.prototypes.score(self._segments)
        verdict = self._verdict(fitted, nearness)
        strange = self._strange(fitted, nearness)
        out: list[Advice | None] = []
        for row, passage in enumerate(self._passages):
            if not fitted.dimension.applies(passage.speaker, passage.role):
                out.append(None)
            elif not passage.text.strip():
                out.append(silent(fitted.dimension.id, "refused"))
            else:
                reason = self._reason(row, strange=bool(strange[row]), uncertain=bool(verdict.uncertain[row]))
                said = self._advice(row, fitted, verdict, reason)
                out.append(self._with_reasons(row, fitted, said) if reasons else said)
        return out

    def _verdict(self, fitted: _FittedDimension, nearness: Nearness) -> Verdict:
        if fitted.head is None or fitted.calibration is None:
            return nearness.judge(fitted.dimension.select)
        logits = fitted.head.logits(self._dense, self._vectors)
        return calibration.judge(fitted.head, fitted.calibration, logits, nearness.share)

    def _strange(self, fitted: _FittedDimension, nearness: Nearness) -> Mask:
        if fitted.head is None:
            return nearness.absurd()
        return np.asarray(self._neighbours.nearest.round(4) < self._bundle.manifest.settings.familiar)

    def _reason(self, row: int, *, strange: bool, uncertain: bool) -> Reason | None:
        if self._short[row]:
            return "too_short"
        if strange:
            return "unfamiliar"
        return "uncertain" if uncertain else None

    def _advice(self, row: int, fitted: _FittedDimension, verdict: Verdict, reason: Reason | None) -> Advice:
        probabilities = verdict.probabilities[row]
        order = np.argsort(-probabilities, kind="stable")
        codes = fitted.prototypes.codes
        best = tuple(codes[column] for column in order if verdict.best[row, column])
        candidates = tuple(
            Candidate(codes[c], fitted.labels[c], float(probabilities[c]), bool(verdict.in_set[row, c])) for c in order
        )
        return Advice(
            fitted.dimension.id,
            () if reason else best,
            best,
            reason is not None,
            reason,
            candidates,
        )

    def _with_reasons(self, row: int, fitted: _FittedDimension, advice: Advice) -> Advice:
        leading = fitted.prototypes.codes.index(advice.candidates[0].code)
        evidence = self._neighbours.evidence(row, fitted.dimension.id, fitted.codes)
        return replace(advice, words=self._words(row, fitted, leading), evidence=evidence)

    def _words(self, row: int, fitted: _FittedDimension, code: int) -> tuple[Word, ...]:
        """Return the words that moved the leading code's score most; without word features there are none."""
        vector = self._vectors[row]
        if fitted.head is None or not len(vector.columns):
            return ()
        moved = fitted.head.moved(code, vector).round(4)
        order = np.argsort(-np.abs(moved), kind="stable")[:_WORDS_SHOWN]
        shown = [int(place) for place in order if abs(moved[place]) >= _MOVED]
        text, terms = self._passages[row].text, self._bundle.vocabulary.terms
        spans = [self._spans[row][terms[vector.columns[place]]] for place in shown]
        return tuple(Word(text[a:b], float(moved[place])) for (a, b), place in zip(spans, shown, strict=True))
