"""The one inference path: segments in, suggestions out. The page, the archive and the evaluation all call it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from service.domain.codebook import Codebook
from service.domain.suggestion import Passage, Suggestion
from service.suggest.bundle import Bundle

if TYPE_CHECKING:
    from service.suggest.encoder import Encoder


class Suggester:
    """Suggests codes with one model."""

    def __init__(self, bundle: Bundle, encoder: "Encoder") -> None:
        self.bundle = bundle
        self.encoder = encoder

    @property
    def model_id(self) -> str:
        """The id of the model that suggests."""
        return self.bundle.manifest.model_id

    def suggest(self, passages: Sequence[Passage], codebook: Codebook | None = None) -> list[Suggestion]:
        """Return one suggestion per passage, in the order given.

        Args:
            passages: segments with what stands around them; any number, a single one is a batch of one.
            codebook: the project's current version of the model's codebook (default: the model's own).

        Raises:
            WrongCodebook: the codebook has another name than the model's.
        """
        raise NotImplementedError
