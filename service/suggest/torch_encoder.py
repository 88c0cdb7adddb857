"""The reference encoder: sentence-transformers as it is, for training, for tests, and where no graph can be made."""

import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.suggest.encoder import present, valid


def load_model(folder: Path, device: str = "cpu") -> Any:
    """Load a sentence-transformers model from its folder, without a network."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ.setdefault(name, "1")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return SentenceTransformer(str(folder), device=device, local_files_only=True)


class TorchEncoder:
    """Loads torch (seconds, hundreds of MB): suggesting uses it only for models that OpenVINO can't express."""

    def __init__(self, folder: Path, encoder_id: str) -> None:
        self.encoder_id = encoder_id
        self.model: Any = load_model(folder)
        self.size = int(self.model.get_embedding_dimension() or 0)
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text; empty texts give zeros."""
        out = np.zeros((len(texts), self.size), np.float32)
        places = present(texts)
        if places:
            chosen = valid([texts[place] for place in places])
            with self._lock:
                out[places] = self.model.encode(chosen, normalize_embeddings=True, show_progress_bar=False)
        return out
