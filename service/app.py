"""The application: everything is built here, once, and closed when the service stops."""

import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

from fastapi import FastAPI
from threadpoolctl import threadpool_limits

from service import __version__, errors
from service.api import import_schemas, openapi, problems, routes, schemas, training_schemas
from service.api.coalescer import Coalescer, Limits
from service.api.guards import Guard, Rules
from service.api.routes import suggestions
from service.api.state import State
from service.settings import Settings
from service.store import projects
from service.store.engine import open_database, reading
from service.store.migrate import migrate
from service.suggest.encoder import load_encoder
from service.suggest.registry import Registry
from service.use_cases.order_queue import QueueOrders
from service.use_cases.serve_models import ModelShelf
from service.web import pages

_log = logging.getLogger("inkling")


def create_app(settings: Settings, clock: Callable[[], float] = time.time) -> FastAPI:
    """Return the application; the store is opened when it starts.

    Args:
        settings: how this installation runs.
        clock: tells the time in seconds since 1970; tests bring their own.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with _running(settings, clock) as state:
            app.state.inkling = state
            yield

    app = FastAPI(
        title="Inkling",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=openapi.ADDRESS,
        redirect_slashes=False,
    )
    routes.register(app)
    openapi.register(app)
    pages.mount(app)
    problems.register(app, schemas.names((*training_schemas.REQUESTS, *import_schemas.REQUESTS)), pages.not_found())
    app.add_middleware(Guard, rules=_rules(settings))
    return app


def _rules(settings: Settings) -> Rules:
    headers = {**pages.security_headers(), "Cache-Control": "no-store"}
    return Rules(frozenset(settings.hosts), settings.max_body_bytes, settings.max_upload_bytes, headers)


@contextlib.contextmanager
def _running(settings: Settings, clock: Callable[[], float]) -> Iterator[State]:
    with contextlib.ExitStack() as stack:
        engine = open_database(settings.url)
        stack.callback(engine.dispose)
        migrate(engine)
        # The matrices here are small: more threads would only wait for one another.
        stack.enter_context(threadpool_limits(1, user_api="blas"))
        shelf = ModelShelf(Registry(settings.models), lambda: load_encoder(settings.encoder, settings.cache))
        limits = Limits(settings.batch_segments, settings.batch_wait_ms / 1000)
        coalescer = Coalescer(lambda questions: suggestions.answer(state, questions), limits)
        stack.callback(coalescer.close)
        orders = QueueOrders(engine, shelf, clock)
        stack.callback(orders.close)
        state = State(settings, engine, shelf, coalescer, orders, clock)
        threading.Thread(target=_warm, args=(state,), name="warm", daemon=True).start()
        yield state


def _warm(state: State) -> None:
    """Load what the first suggestion needs, while the server answers already."""
    try:
        state.shelf.encoder.encode(["One sentence, so that everything is in place."])
        with reading(state.engine) as connection:
            books = {p.codebook_name: projects.codebook_of(connection, p) for p in projects.every(connection)}
        for name, book in books.items():
            if state.shelf.registry.current(name) is not None:
                state.shelf.current(book)
    except errors.InklingError as error:
        _log.error("No suggestions yet: %s", error)
    except Exception as error:
        _log.error("No suggestions yet: %s", type(error).__name__)
