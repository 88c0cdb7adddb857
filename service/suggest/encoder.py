"""Text to vector: what every encoder promises, and the choice of one."""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Precision = Literal["auto", "f32"]

#: Names the deterministic stand-in that needs no weights.
HASHING = "hashing"

DIGEST_BYTES = 16


class Encoder(Protocol):
    """Turns texts into unit vectors.

    The same text gives the same vector whatever stands beside it in the call, up to the rounding of the precision.
    A text that is empty or only white space gives a row of zeros. An encoder may be called by several threads at once.
    """

    @property
    def encoder_id(self) -> str:
        """Names the weights; models fitted on one encoder's vectors serve with no other."""

    @property
    def size(self) -> int:
        """How many columns a vector has."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row per text, of shape `(len(texts), size)`."""


def load_encoder(
    source: str | Path | None, cache: Path, precision: Precision = "auto", threads: int | None = None
) -> Encoder:
    """Return the encoder of this source, ready to use.

    The first use of a source compiles it, which takes some seconds and loads torch in a process of its own; what
    comes out is kept under `cache`, and later starts load neither torch nor transformers.

    Args:
        source: None for the packaged all-MiniLM-L6-v2, "hashing" for the stand-in, or the folder of a
            sentence-transformers model.
        cache: where compiled encoders and known digests are kept.
        precision: "auto" is bf16 where the processor has it; "f32" is exact everywhere, and slower.
        threads: how many to compute with, on whichever cores are free (None: one on each core).

    Raises:
        BadEncoder: the files are missing, damaged or not those of a sentence-transformers model.
    """
    if source is not None and str(source) == HASHING:
        from service.suggest.hashing_encoder import HashingEncoder

        return HashingEncoder()
    from service.suggest import encoder_source, openvino_graph

    found = encoder_source.find(source, cache)
    graph = openvino_graph.prepare(found, cache)
    if graph is None:
        from service.suggest.torch_encoder import TorchEncoder

        return TorchEncoder(found.folder, found.encoder_id)
    from service.suggest.openvino_encoder import OpenVINOEncoder

    return OpenVINOEncoder(graph, found.encoder_id, precision, threads)


def present(texts: Sequence[str]) -> list[int]:
    """Return the places of the texts that say something; the others get a row of zeros."""
    return [place for place, text in enumerate(texts) if text and not text.isspace()]


def digests(texts: Sequence[str]) -> list[bytes]:
    """Return what stands for each text where vectors are kept: sixteen bytes, from which no text can be read."""
    return [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest() for text in texts]


def valid(texts: Sequence[str]) -> list[str]:
    """Return the texts as tokenizers take them: half of a character pair (a lone surrogate) becomes a question mark."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
