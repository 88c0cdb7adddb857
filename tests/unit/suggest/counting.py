"""An encoder that remembers what it was asked, to see what others ask of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.suggest.hashing_encoder import HashingEncoder


class CountingEncoder(HashingEncoder):
    """The stand-in of sixteen columns, with a list of all texts that it was given."""

    def __init__(self) -> None:
        super().__init__(16)
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text, and note the texts."""
        self.asked += texts
        return super().encode(texts)
