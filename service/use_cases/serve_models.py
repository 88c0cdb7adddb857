"""Keep the current model of each codebook at hand, and take over a promoted one without a restart.

A model is loaded beside the one that serves. Requests wait for it one moment in all, so that after a promotion the new
one is seen at once where it loads quickly; beyond that moment the old one goes on serving until the new one is ready,
and for good where it can't be used.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotReady
from dataclasses import dataclass

from service import errors
from service.domain.codebook import Codebook
from service.domain.suggestion import Passage
from service.suggest.bundle import Bundle
from service.suggest.definitions import definitions_bundle
from service.suggest.encoder import Encoder
from service.suggest.registry import Registry
from service.suggest.suggester import Suggester

#: For so long from its promotion being seen, requests wait for a model while another could answer.
PATIENCE_SECONDS = 1.0
#: How long a model that could not be loaded is let be while another serves.
_RETRY_SECONDS = 60.0
#: Texts whose vectors a serving model keeps: a few transcripts, some 30 MB.
_REMEMBERED = 20_000
#: Suggested on once before a model serves, so that everything it needs is in place.
_ANYTHING = Passage("One sentence, so that everything is in place.")

_log = logging.getLogger("inkling")


@dataclass(frozen=True)
class _Coming:
    """A model that is being loaded, or is loaded and doesn't serve yet."""

    future: Future[Suggester]
    since: float

    def result(self, patience: float | None = None) -> Suggester:
        """Return it; raise `NotReady` where that takes longer than this from the beginning."""
        if patience is None:
            return self.future.result()
        return self.future.result(max(0.0, self.since + patience - time.monotonic()))


class ModelShelf:
    """Loads models once each; the registry says which one serves."""

    def __init__(
        self, registry: Registry, load_encoder: Callable[[], Encoder], patience: float = PATIENCE_SECONDS
    ) -> None:
        self.registry = registry
        self._load_encoder = load_encoder
        self._patience = patience
        self._encoder: Encoder | None = None
        self._encoder_lock = threading.Lock()
        self._set_up_lock = threading.Lock()
        self._lock = threading.Lock()
        #: The model that last answered for each codebook name.
        self._serving: dict[str, Suggester] = {}
        #: By model id.
        self._coming: dict[str, _Coming] = {}
        #: When a model could not be loaded, by id.
        self._failed: dict[str, float] = {}

    @property
    def encoder(self) -> Encoder:
        """The encoder that all models here share, loaded at first use."""
        with self._encoder_lock:
            if self._encoder is None:
                self._encoder = self._load_encoder()
            return self._encoder

    def current(self, book: Codebook) -> Suggester:
        """Return the suggester that serves a codebook; without a model, one from its definitions alone.

        Raises:
            BadBundle: the current model can't be used, and none served before.
            BadEncoder: the encoder can't be loaded.
        """
        # Looked at before the registry: what serves can only be older than what it says, and is never gone back to.
        serving = self._serving.get(book.name)
        model_id = self.registry.current(book.name) or self._set_up_definitions(book)
        if serving is None:
            return self._first(book, model_id)
        if serving.model_id == model_id or self._failed_lately(model_id):
            return serving
        try:
            return self._take_over(book.name, self._load(model_id, book).result(self._patience))
        except NotReady:
            return serving
        except Exception as error:
            return self._go_on(serving, model_id, error)

    def prepare(self, model_id: str, book: Codebook | None = None) -> None:
        """Load a model that is about to be promoted, so that it serves from the next request on.

        Args:
            model_id: the model.
            book: the version of its codebook that it will be asked about; its own by default.

        Raises:
            BadBundle: it can't be used, or is not there.
            BadEncoder: the encoder can't be loaded.
        """
        try:
            self._load(model_id, book).result()
        except BaseException:
            self._forget(model_id)
            raise

    def _first(self, book: Codebook, model_id: str) -> Suggester:
        """Wait for the model of a codebook that none serves yet."""
        try:
            return self._take_over(book.name, self._load(model_id, book).result())
        except errors.BadBundle:
            self._forget(model_id)
            if self.registry.outgrown(book.name) != "definitions":
                raise
            return self._take_over(book.name, self._load(self._set_up_definitions(book), book).result())
        except BaseException:
            self._forget(model_id)
            raise

    def _load(self, model_id: str, book: Codebook | None) -> _Coming:
        """Have a model loaded in a thread of its own, once however many ask."""
        with self._lock:
            found = self._coming.get(model_id)
            if found is None:
                found = self._coming[model_id] = _Coming(Future(), time.monotonic())
                ask = (found.future, model_id, book)
                threading.Thread(target=self._fulfil, args=ask, name="load", daemon=True).start()
            return found

    def _fulfil(self, promised: Future[Suggester], model_id: str, book: Codebook | None) -> None:
        try:
            suggester = Suggester(self._read(model_id), self.encoder, _REMEMBERED)
            suggester.suggest([_ANYTHING], book)
            promised.set_result(suggester)
        except BaseException as error:
            promised.set_exception(error)

    def _read(self, model_id: str) -> Bundle:
        try:
            return self.registry.load(model_id)
        except errors.NoModel:
            raise errors.BadBundle(f"{model_id} should serve, but is not in the models folder.") from None

    def _take_over(self, name: str, suggester: Suggester) -> Suggester:
        with self._lock:
            self._coming.pop(suggester.model_id, None)
            self._failed.pop(suggester.model_id, None)
            # One that was replaced while it was loaded must not take the place of its successor.
            if name not in self._serving or self.registry.current(name) == suggester.model_id:
                self._serving = {**self._serving, name: suggester}
        return suggester

    def _forget(self, model_id: str) -> None:
        with self._lock:
            self._coming.pop(model_id, None)

    def _failed_lately(self, model_id: str) -> bool:
        failed = self._failed.get(model_id)
        return failed is not None and time.monotonic() - failed < _RETRY_SECONDS

    def _go_on(self, serving: Suggester, model_id: str, error: Exception) -> Suggester:
        """Let the old model serve on; the first failure of the new one is said."""
        with self._lock:
            self._coming.pop(model_id, None)
            known = model_id in self._failed
            self._failed[model_id] = time.monotonic()
        if not known:
            why = error if isinstance(error, errors.InklingError) else type(error).__name__
            _log.error("%s can't serve, so %s goes on: %s", model_id, serving.model_id, why)
        return serving

    def _set_up_definitions(self, book: Codebook) -> str:
        with self._set_up_lock:
            made = definitions_bundle(book, self.encoder)
            self.registry.keep(made)
            self.registry.set_up(made.manifest.model_id)
        return self.registry.current(book.name) or made.manifest.model_id
