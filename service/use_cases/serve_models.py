"""Keep the current model of each codebook at hand, and take over a promoted one without a restart."""

import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from service import errors
from service.domain.codebook import Codebook
from service.suggest import bundle as bundles
from service.suggest.definitions import definitions_bundle
from service.suggest.encoder import Encoder
from service.suggest.registry import Registry
from service.suggest.suggester import Suggester

#: Seconds.
_PATIENCE = 2.0


class ModelShelf:
    """Loads models once each, beside those that serve meanwhile; the registry says which one serves."""

    def __init__(self, registry: Registry, load_encoder: Callable[[], Encoder], patience: float = _PATIENCE) -> None:
        """Set a shelf up; nothing is loaded yet.

        Args:
            registry: says which model serves.
            load_encoder: loads the encoder that all models here share.
            patience: how many seconds a question waits for a newly promoted model before the one before it answers.
        """
        self.registry = registry
        self._load_encoder = load_encoder
        self._patience = patience
        self._encoder: Encoder | None = None
        #: By model id.
        self._loads: dict[str, Future[Suggester]] = {}
        #: By codebook name: what answered last.
        self._serving: dict[str, Suggester] = {}
        self._lock = threading.Lock()
        self._one_at_a_time = threading.RLock()

    @property
    def encoder(self) -> Encoder:
        """The encoder that all models here share, loaded at first use."""
        with self._one_at_a_time:
            if self._encoder is None:
                self._encoder = self._load_encoder()
            return self._encoder

    def current(self, book: Codebook) -> Suggester:
        """Return the suggester that serves a codebook; without a model, one from its definitions alone.

        A newly promoted model is loaded beside the one before it, which goes on serving if that takes long.

        Raises:
            BadBundle: the model that should serve can't be used.
        """
        model_id = self.registry.current(book.name) or self._set_up_definitions(book)
        before = self._serving.get(book.name)
        load, is_new = self._load(model_id)
        try:
            found = load.result(None if before is None else self._patience if is_new else 0)
        except TimeoutError:
            if before is None:
                raise
            return before
        if found is not before:
            self._take_over(book.name, found)
        return found

    def promote(self, model_id: str, by: str, reason: str) -> None:
        """Load a model whole, beside the one that serves, then make it the current one of its codebook.

        Raises:
            NoModel: there is no such model.
            BadBundle: it is damaged, or made with another encoder than the one here.
            Unprocessable: nobody signs or no reason is given.
            Conflict: it is current already.
        """
        self.registry.path(model_id)
        load, is_new = self._load(model_id)
        load.result()
        try:
            self.registry.promote(model_id, by, reason)
        except errors.InklingError:
            if is_new:
                self._forget(model_id)
            raise

    def _load(self, model_id: str) -> tuple["Future[Suggester]", bool]:
        """Return the loading of a model, begun now unless it was before; one that failed is tried again."""
        with self._lock:
            known = self._loads.get(model_id)
            if known is not None and not (known.done() and known.exception() is not None):
                return known, False
            load: Future[Suggester] = Future()
            self._loads[model_id] = load
        threading.Thread(target=self._fill, args=(load, model_id), name="load", daemon=True).start()
        return load, True

    def _fill(self, load: "Future[Suggester]", model_id: str) -> None:
        try:
            load.set_result(Suggester(bundles.load(self._folder(model_id)), self.encoder))
        except Exception as error:  # whatever it is, it is told to those who wait
            load.set_exception(error)

    def _take_over(self, codebook_name: str, found: Suggester) -> None:
        """Have a model serve, and drop the one before it, so that memory holds only those that serve."""
        before = self._serving.get(codebook_name)
        self._serving[codebook_name] = found
        if before is not None and before is not found:
            self._forget(before.model_id)

    def _forget(self, model_id: str) -> None:
        with self._lock:
            self._loads.pop(model_id, None)

    def _folder(self, model_id: str) -> Path:
        try:
            return self.registry.path(model_id)
        except errors.NoModel:
            raise errors.BadBundle(f"{model_id} should serve, but is not in the models folder.") from None

    def _set_up_definitions(self, book: Codebook) -> str:
        with self._one_at_a_time, tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bundle"
            bundles.save(definitions_bundle(book, self.encoder), path)
            model_id = self.registry.add(path)
        self.registry.set_up(model_id)
        return self.registry.current(book.name) or model_id
