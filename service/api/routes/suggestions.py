"""Ask for suggestions: the one route that many programs call at once, so it goes through the coalescer."""

import email.message
from collections.abc import Iterable, Sequence
from typing import Any

import pydantic_core
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from service import errors
from service.api import deps, problems, state
from service.api.coalescer import Credentials, Question
from service.api.schemas import SegmentIn, SuggestionsIn, SuggestionsOut
from service.api.state import State
from service.domain.people import Person, Program
from service.use_cases import suggest_codes
from service.use_cases.store_segments import AskedSegment
from service.use_cases.suggest_codes import Answered, Ask
from service.use_cases.suggestion_body import suggestion_body

#: Who asks, or why nobody is known to.
Caller = Person | Program | errors.InklingError

_DOCUMENTED = {
    "security": [{"session": []}, {"token": []}],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SuggestionsIn"}}},
    },
}


def router() -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["suggestions"])

    @routes.post(
        "/suggestions",
        response_model=SuggestionsOut,
        responses=problems.documented(404, 409, 503, 507),
        openapi_extra=_DOCUMENTED,
    )
    async def post_suggestions(request: Request) -> Response:
        """Suggest codes for up to 256 segments; they are stored first, the suggestions are no codings."""
        running, credentials = state.of(request), deps.credentials(request)
        try:
            asked = _read(request, await request.body())
        except RequestValidationError:
            await run_in_threadpool(deps.identify, running, credentials)  # strangers learn nothing of their mistakes
            raise
        question = Question(credentials, asked.project, tuple(_segment(s) for s in asked.segments))
        return Response(await running.coalescer.ask(question), media_type="application/json")

    return routes


def _read(request: Request, body: bytes) -> SuggestionsIn:
    header = email.message.Message()
    header["content-type"] = request.headers.get("content-type", "")
    if header.get_content_type() != "application/json":
        raise problems.InvalidBody([{"type": "json_wanted", "loc": ("body",)}], SuggestionsIn)
    try:
        return SuggestionsIn.model_validate_json(body)
    except ValidationError as error:
        found = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_input=False)]
        raise problems.InvalidBody(found, SuggestionsIn) from None


def _segment(given: SegmentIn) -> AskedSegment:
    return AskedSegment(
        given.text, given.document_id, given.position, given.speaker or "", given.context or "", given.queue
    )


def answer(running: State, questions: Sequence[Question]) -> Sequence[bytes | Exception]:
    """Answer questions together; called in a thread of its own."""
    callers = _callers(running, {question.credentials for question in questions})
    known = [callers[question.credentials] for question in questions]
    asks = [
        Ask(question.project, caller, question.segments)
        for question, caller in zip(questions, known, strict=True)
        if not isinstance(caller, errors.InklingError)
    ]
    found = iter(suggest_codes.suggest_many(running.engine, running.shelf, asks, running.clock()) if asks else ())
    return [caller if isinstance(caller, errors.InklingError) else _body(next(found)) for caller in known]


def _callers(running: State, secrets: Iterable[Credentials]) -> dict[Credentials, Caller]:
    """Say who asks; each secret is looked up for each batch, so that signing out counts at once."""
    out: dict[Credentials, Caller] = {}
    for credentials in secrets:
        try:
            found = deps.identify(running, credentials)
            out[credentials] = found if isinstance(found, Program) else found[0]
        except errors.InklingError as error:
            out[credentials] = error
    return out


def _body(answered: Sequence[Answered] | errors.InklingError) -> bytes | errors.InklingError:
    if isinstance(answered, errors.InklingError):
        return answered
    suggestions: list[dict[str, Any]] = [
        {"suggestion_id": a.suggestion_id, "segment_id": a.segment_id, **suggestion_body(a.suggestion)}
        for a in answered
    ]
    return pydantic_core.to_json({"suggestions": suggestions})
