"""A model that says what it is told to say, and a shelf that holds one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast, overload

import numpy as np

from service.domain.codebook import Codebook
from service.domain.suggestion import Advice, Candidate, Evidence, Passage, Suggestion, Word
from service.suggest.bundle import Bundle
from service.suggest.suggester import Suggester
from service.suggest.teaching import Doubts
from service.use_cases.serve_models import ModelShelf


def advice(dimension: str, code: str = "calm", *, evidence: Sequence[Evidence] = ()) -> Advice:
    """Return advice that names one code."""
    candidates = (Candidate(code, code.title(), 0.75, True),)
    return Advice(dimension, (code,), (code,), False, None, candidates, (Word("safe", 0.5),), tuple(evidence))


def evidence(segment_id: str = "", *, project: str = "", document_id: str = "other") -> Evidence:
    """Return an excerpt, from a project's segment or from a file."""
    return Evidence("Somebody said so.", document_id, "other", ("calm",), 0.9, "", project, False, segment_id)


@dataclass
class FakeSuggester:
    """Answers every passage alike, and remembers what it was asked."""

    model_id: str = "small-1"
    says: tuple[Advice, ...] = (advice("mood"),)
    trained_segments: Collection[str] = ()
    trained_texts: Collection[str] = ()
    fails: Exception | None = None
    asked: list[tuple[Passage, ...]] = field(default_factory=list)
    #: How unsure it is of each text; of others, a little.
    unsure: Mapping[str, float] = field(default_factory=dict)

    @property
    def bundle(self) -> Bundle:
        """What use cases ask of a bundle, this answers itself."""
        return cast(Bundle, self)

    def trained_on(self, text: str) -> bool:
        """Say whether the model was fitted on this text."""
        return text in self.trained_texts

    def suggest(self, passages: Sequence[Passage], book: Codebook | None = None) -> list[Suggestion]:
        """Return the same suggestion for each passage."""
        if self.fails is not None:
            raise self.fails
        self.asked.append(tuple(passages))
        return [Suggestion(self.model_id, self.says) for _ in passages]

    def doubts(self, passages: Sequence[Passage], book: Codebook | None = None) -> Doubts:
        """Return how unsure it is, on one dimension; no two texts are alike."""
        if self.fails is not None:
            raise self.fails
        self.asked.append(tuple(passages))
        unsure = np.array([[self.unsure.get(passage.text, 0.1)] for passage in passages])
        return Doubts(unsure, np.zeros((len(passages), 3), dtype=np.float32))


class FakeShelf:
    """Holds one model; setting `serving` is what a promotion does."""

    def __init__(self, serving: FakeSuggester | None = None) -> None:
        self.serving = serving or FakeSuggester()
        self.registry = self

    @overload
    def current(self, book: Codebook) -> Suggester: ...

    @overload
    def current(self, book: str) -> str: ...

    def current(self, book: Codebook | str) -> Suggester | str:
        """Return the model that serves, or, as its own registry, that model's id."""
        return self.serving.model_id if isinstance(book, str) else cast(Suggester, self.serving)

    @property
    def as_shelf(self) -> ModelShelf:
        """Return it as what use cases take."""
        return cast(ModelShelf, self)
