"""What every request needs, built once by the application and passed on; there is no global state."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
from fastapi import Request

from service.api.coalescer import Coalescer
from service.settings import Settings
from service.use_cases.order_queue import QueueOrders
from service.use_cases.serve_models import ModelShelf
from service.use_cases.sign_in import SignInRules

#: Checking a password takes 64 MiB for a moment, so only so many are checked at once.
_PASSWORDS_AT_ONCE = 2


@dataclass(frozen=True)
class State:
    """The store, the models and the settings of a running service."""

    settings: Settings
    engine: sa.Engine
    shelf: ModelShelf
    coalescer: Coalescer
    orders: QueueOrders
    #: Seconds since 1970.
    clock: Callable[[], float] = time.time
    passwords: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(_PASSWORDS_AT_ONCE)
    )

    @property
    def sign_in_rules(self) -> SignInRules:
        """How long a session lasts and how many wrong passwords are borne."""
        settings = self.settings
        return SignInRules(
            settings.session_hours * 3600,
            settings.sign_in_failures_per_name,
            settings.sign_in_failures_per_address,
            settings.sign_in_window_minutes * 60,
        )


def of(request: Request) -> State:
    """Return the state of the application that serves a request."""
    state: State = request.app.state.inkling
    return state
