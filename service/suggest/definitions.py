"""Codes scored by how near a segment is to their definitions: a model before any excerpt is coded."""

from typing import TYPE_CHECKING

from service.domain.codebook import Codebook
from service.suggest.bundle import Bundle

if TYPE_CHECKING:
    from service.suggest.encoder import Encoder


def definitions_bundle(codebook: Codebook, encoder: "Encoder") -> Bundle:
    """Return a model that knows nothing but the codebook; the same codebook and encoder give the same model id."""
    raise NotImplementedError
