"""Remembers the vectors of the texts last asked about: who codes a transcript meets each segment seventeen times."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from service.suggest.encoder import Encoder, digests


class RememberingEncoder:
    """Gives what another encoder gives; of the last texts from memory, where digests stand for them."""

    def __init__(self, encoder: Encoder, texts: int) -> None:
        """Remember as many texts as this."""
        self.encoder_id = encoder.encoder_id
        self.size = encoder.size
        self._encoder = encoder
        self._most = texts
        self._known: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text; empty texts give zeros."""
        keys = digests(texts)
        found = self._recall(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            made = dict(zip(missing, self._encoder.encode(list(missing.values())), strict=True))
            self._keep(made)
            found |= made
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, self.size), np.float32)

    def _recall(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
            for key in found:
                self._known.move_to_end(key)
            return found

    def _keep(self, made: dict[bytes, NDArray[np.float32]]) -> None:
        with self._lock:
            for key, vector in made.items():
                self._known[key] = vector.copy()  # a row of its own: a view would keep the whole batch
            while len(self._known) > self._most:
                self._known.popitem(last=False)
