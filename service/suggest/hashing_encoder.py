"""A stand-in for tests and demonstrations: hashes words and their letters; no weights, no network, always the same."""

import re
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from service.suggest.encoder import present

_WORDS = re.compile(r"\w+")
_KEPT_WORDS = 4096


class HashingEncoder:
    """Texts that share words, or parts of words, get similar vectors. It knows nothing of meaning."""

    def __init__(self, size: int = 256) -> None:
        self.size = size
        self.encoder_id = f"hashing-{size}@1"
        self._words: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text; empty texts give zeros."""
        out = np.zeros((len(texts), self.size), np.float32)
        for place in present(texts):
            out[place] = self._text(texts[place])
        return out

    def _text(self, text: str) -> NDArray[np.float32]:
        lowered = text.lower()
        # Sorted, so that float rounding does not depend on the order of the words.
        words = sorted(_WORDS.findall(lowered)) or [lowered]
        row = np.sum([self._word(word) for word in words], axis=0, dtype=np.float32)
        length = float(np.linalg.norm(row))
        if length == 0:  # signs cancelled each other out
            row = _hashed([lowered], self.size)
            length = float(np.linalg.norm(row))
        return np.asarray(row / length, np.float32)

    def _word(self, word: str) -> NDArray[np.float32]:
        with self._lock:
            known = self._words.get(word)
            if known is not None:
                self._words.move_to_end(word)
                return known
        padded = f"<{word}>"
        parts = [padded, padded, *(padded[i : i + 3] for i in range(len(padded) - 2))]
        vector = _hashed(parts, self.size) * np.float32(min(len(word), 8) / 8)
        with self._lock:
            self._words[word] = vector
            if len(self._words) > _KEPT_WORDS:
                self._words.popitem(last=False)
        return vector


def _hashed(parts: Sequence[str], size: int) -> NDArray[np.float32]:
    vector = np.zeros(size, np.float32)
    for part in parts:
        digest = zlib.crc32(part.encode("utf-8", "surrogatepass"))
        vector[digest % size] += 1 if digest >> 31 else -1
    return vector
