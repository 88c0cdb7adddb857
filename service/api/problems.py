"""Errors as RFC 9457 problems: one table says which status each has. Nothing a client sent is ever repeated."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from service import errors
from service.api.faults import faults

MEDIA_TYPE = "application/problem+json"

#: The status of each refusal; a test holds that none is missing.
STATUS: Mapping[type[errors.InklingError], int] = MappingProxyType(
    {
        errors.InklingError: 500,
        errors.BadInput: 422,
        errors.UnreadableFile: 422,
        errors.CodedMaterial: 422,
        errors.TooLarge: 413,
        errors.BadCodebook: 422,
        errors.MachineOutput: 422,
        errors.BadExcerpts: 422,
        errors.BadBundle: 503,
        errors.BadEncoder: 503,
        errors.WrongCodebook: 409,
        errors.NoModel: 404,
        errors.FolderInUse: 409,
        errors.StorageFull: 507,
        errors.StoreBusy: 503,
        errors.LostWorker: 500,
        errors.PortTaken: 500,
        errors.NotSignedIn: 401,
        errors.WrongPassword: 401,
        errors.NotAllowed: 403,
        errors.PersonsOnly: 403,
        errors.NotFound: 404,
        errors.Conflict: 409,
        errors.Unprocessable: 422,
        errors.UnknownCode: 422,
        errors.Throttled: 429,
    }
)

#: So many of the things that are wrong are said in the detail; all are in the list.
_SAID = 3

_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "900"}, 503: {"Retry-After": "5"}}

_TITLES = {
    400: "Malformed request",
    404: "Not found",
    405: "Method not allowed",
    413: "Too large",
    500: "Something went wrong",
}


class Fault(BaseModel):
    """One thing that is wrong in a request."""

    place: str
    message: str


class Problem(BaseModel):
    """What stands in the way of a request (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = None


def problem(
    status: int, detail: str, *, kind: str = "", title: str = "", faults: Sequence[Mapping[str, str]] | None = None
) -> JSONResponse:
    """Return a problem as an answer."""
    title = title or _TITLES.get(status) or HTTPStatus(status).phrase
    kind = kind or title.lower().replace(" ", "-")
    body: dict[str, Any] = {"type": f"urn:inkling:{kind}", "title": title, "status": status, "detail": detail}
    if faults is not None:
        body["errors"] = list(faults)
    return JSONResponse(body, status, headers=_HEADERS.get(status), media_type=MEDIA_TYPE)


def of_error(error: errors.InklingError) -> JSONResponse:
    """Return the problem that an error stands for."""
    words = re.findall("[A-Z][a-z]+", type(error).__name__)
    title = " ".join(words).capitalize()
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return problem(status, str(error), kind="-".join(words).lower(), title=title)


def unexpected() -> JSONResponse:
    """Return the problem of a fault of ours, without details."""
    return problem(500, "Something went wrong here; the log says where. Nothing was stored by this request.")


class InvalidBody(RequestValidationError):
    """What validation found in a body that a route read by itself, and the type that it should have had."""

    def __init__(self, found: Sequence[Any], body: type[BaseModel]) -> None:
        super().__init__(found)
        self.wanted = body


def register(app: FastAPI, known: Iterable[str], lost: Callable[[], Response] | None = None) -> None:
    """Have the application answer every error with a problem.

    Args:
        app: the application.
        known: the names of all fields and parameters of requests.
        lost: a page for people whose address leads nowhere; programs get a problem there too.
    """
    names = frozenset(known)

    def refuse(_request: Request, error: Exception) -> JSONResponse:
        return of_error(error) if isinstance(error, errors.InklingError) else unexpected()

    def invalid(request: Request, error: Exception) -> JSONResponse:
        found = error.errors() if isinstance(error, RequestValidationError) else ()
        listed = faults(found, names, _wanted(request, error))
        said = [fault["message"] for fault in listed]
        more = [f"{len(said) - _SAID} more of its parts are not valid."] if len(said) > _SAID else []
        return problem(422, " ".join([*said[:_SAID], *more]), title="Invalid request", faults=listed)

    def plain(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if lost is not None and status == 404 and _is_a_persons(request):
            return lost()
        answer = problem(status, _DETAILS.get(status, HTTPStatus(status).phrase + "."))
        if isinstance(error, HTTPException) and error.headers:
            answer.headers.update(error.headers)
        if status == 405:
            answer.headers["Allow"] = ", ".join(sorted(_methods(app, request)))
        return answer

    app.add_exception_handler(errors.InklingError, refuse)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)


def _wanted(request: Request, error: Exception) -> object:
    """Return the type of the body that a request should have had, as far as it is known."""
    if isinstance(error, InvalidBody):
        return error.wanted
    field = getattr(request.scope.get("route"), "body_field", None)
    return None if field is None else field.field_info.annotation


def _is_a_persons(request: Request) -> bool:
    """Say whether a browser asked for a page, rather than a program for data."""
    wants = request.headers.get("accept", "")
    return request.method in ("GET", "HEAD") and not request.url.path.startswith("/api/") and "text/html" in wants


def _methods(app: FastAPI, request: Request) -> set[str]:
    """Return what an address takes; the router itself knows only of the first route that matches."""

    def takes(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] == Match.FULL for route in app.routes)

    return {method for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") if takes(method)}


_DETAILS = {
    400: "The request's body can't be read.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "The request is larger than allowed.",
}


#: What the problems are called in the OpenAPI document.
_MEANINGS = {
    400: "Unknown Host header, or a body that can't be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Unknown, or not a member",
    409: "In conflict with what is stored",
    413: "Too large",
    422: "Not valid",
    429: "Throttled",
    500: "A fault of ours",
    503: "The model can't be used, or the store is busy: try again",
    507: "The disk is full; nothing was stored",
}

#: Those that any route may answer with.
COMMON = {status: _MEANINGS[status] for status in (400, 401, 403, 413, 422, 500, 503)}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems a route may answer with, for the OpenAPI document."""
    schema = {"$ref": "#/components/schemas/Problem"}
    every = sorted({*COMMON, *statuses})
    return {status: {"description": _MEANINGS[status], "content": {MEDIA_TYPE: {"schema": schema}}} for status in every}
