"""What every request passes before a route sees it: host, origin, size; and what every answer carries."""

import logging
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api import problems

_log = logging.getLogger("inkling.access")
_faults = logging.getLogger("inkling.faults")

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_UPLOADS = ("/documents", "/previews", "/coded-files", "/imports", "/codebooks/readings")


@dataclass(frozen=True)
class Rules:
    """What is let through, and the headers of every answer."""

    hosts: frozenset[str] = frozenset()
    max_body_bytes: int = 8_000_000
    max_upload_bytes: int = 50_000_000
    headers: Mapping[str, str] = field(default_factory=dict)

    def answers_to(self, host: str) -> bool:
        """Say whether the server goes by this name; a port after it does not matter."""
        name = host.lower()
        if not name.endswith("]"):
            head, colon, port = name.rpartition(":")
            name = head if colon and port.isdigit() else name
        return name in _LOOPBACK or name in self.hosts

    def limit(self, path: str) -> int:
        """Return how large a request's body may be."""
        # an upload comes with its form around it
        return self.max_upload_bytes + 65_536 if path.endswith(_UPLOADS) else self.max_body_bytes


class Guard:
    """An ASGI application around the application."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on and finish its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send, self._rules.headers)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, answer.send)
        else:
            await self._pass_on(scope, _limited(receive, self._rules.limit(scope["path"])), answer)
        answer.log()

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._rules.answers_to(host):
            return problems.problem(
                400, "This server does not go by the name in the Host header; INKLING_HOSTS adds names."
            )
        if "\x00" in scope["path"]:
            return problems.problem(404, "There is nothing at this address.")
        unsafe = scope["method"] not in _SAFE
        if unsafe and _is_foreign(headers, f"{scope['scheme']}://{host.lower()}"):
            return problems.problem(403, "This request comes from another site.")
        if unsafe and _needs_credentials(scope["path"]) and not {"cookie", "authorization"} & set(headers):
            return problems.problem(401, "Sign in first.", kind="not-signed-in", title="Not signed in")
        if unsafe and _could_be_a_form(headers):
            return problems.problem(403, "Say where this comes from, in an Origin header, or send JSON.")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._rules.limit(scope["path"]):
            return problems.problem(413, "The request is larger than allowed.")
        return None

    async def _pass_on(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self._app(scope, receive, answer.send)
        except ClientDisconnect:
            return  # nobody is left to be answered, and nothing went wrong here
        except Exception as error:
            _faults.error("%s at %s", type(error).__name__, _where(error))  # never its words: they may hold text
            if answer.status is None:
                await problems.unexpected()(scope, receive, answer.send)


def _is_foreign(headers: Headers, here: str) -> bool:
    """Say whether a browser says that another site sends this."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    return (origin is not None and origin.lower() != here) or site not in (None, "same-origin", "none")


def _could_be_a_form(headers: Headers) -> bool:
    """Say whether a page elsewhere could have made an old browser send this with a person's cookie.

    A program that holds a person's session says nothing of its origin, but sends JSON, as no form can.
    """
    if "origin" in headers or "sec-fetch-site" in headers:
        return False
    if headers.get("authorization", "").lower().startswith("bearer "):
        return False
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind not in ("", "application/json")


def _needs_credentials(path: str) -> bool:
    """Say whether to refuse strangers before their body is read."""
    return path.startswith("/api/v1/") and path != "/api/v1/session"


def _limited(receive: Receive, limit: int) -> Receive:
    """Count a body as it comes, whatever its headers say."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413)
        return message

    return counted


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{PurePath(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))


class _Answer:
    """An answer on its way: gets its headers, and a line in the log with the route instead of the address."""

    def __init__(self, scope: Scope, send: Send, headers: Mapping[str, str]) -> None:
        self.status: int | None = None
        self._scope = scope
        self._send = send
        self._headers = headers
        self._began = time.perf_counter()

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)

    def log(self) -> None:
        """Log what was answered; addresses can name people, so only the route's form is logged."""
        if _log.isEnabledFor(logging.INFO):
            route = getattr(self._scope.get("route"), "path", "-")
            milliseconds = (time.perf_counter() - self._began) * 1000
            _log.info("%s %s %s %.0f ms", self._scope["method"], route, self.status, milliseconds)
