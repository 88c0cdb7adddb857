"""Keep the current model of each codebook at hand, and take over a promoted one without a restart."""

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from service import errors
from service.domain.codebook import Codebook
from service.suggest import bundle as bundles
from service.suggest.definitions import definitions_bundle
from service.suggest.encoder import Encoder
from service.suggest.registry import Registry
from service.suggest.suggester import Suggester


class ModelShelf:
    """Loads models once each; the registry says which one serves."""

    def __init__(self, registry: Registry, load_encoder: Callable[[], Encoder]) -> None:
        self.registry = registry
        self._load_encoder = load_encoder
        self._encoder: Encoder | None = None
        self._suggesters: dict[str, Suggester] = {}
        self._lock = threading.RLock()

    @property
    def encoder(self) -> Encoder:
        """The encoder that all models here share, loaded at first use."""
        with self._lock:
            if self._encoder is None:
                self._encoder = self._load_encoder()
            return self._encoder

    def current(self, book: Codebook) -> Suggester:
        """Return the suggester that serves a codebook; without a model, one from its definitions alone."""
        with self._lock:
            model_id = self.registry.current(book.name)
            if model_id is None:
                model_id = self._set_up_definitions(book)
            if model_id not in self._suggesters:
                loaded = Suggester(bundles.load(self._folder(model_id)), self.encoder)
                self._suggesters = {**self._keep_current(), model_id: loaded}
            return self._suggesters[model_id]

    def _folder(self, model_id: str) -> Path:
        try:
            return self.registry.path(model_id)
        except errors.NoModel:
            raise errors.BadBundle(f"{model_id} should serve, but is not in the models folder.") from None

    def _keep_current(self) -> dict[str, Suggester]:
        """Drop models that were replaced, so that memory holds only those that serve."""
        return {
            model_id: suggester
            for model_id, suggester in self._suggesters.items()
            if self.registry.current(suggester.bundle.manifest.codebook_name) == model_id
        }

    def _set_up_definitions(self, book: Codebook) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bundle"
            bundles.save(definitions_bundle(book, self.encoder), path)
            model_id = self.registry.add(path)
        self.registry.set_up(model_id)
        return self.registry.current(book.name) or model_id
