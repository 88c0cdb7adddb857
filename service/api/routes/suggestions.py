"""Ask for suggestions: the one route that many programs call at once, so it goes through the coalescer."""

import email.message
from collections.abc import Sequence
from typing import Any

import pydantic_core
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from service import errors
from service.api import deps, problems, state
from service.api.coalescer import Credentials, Known, Question
from service.api.schemas import SegmentIn, SuggestionsIn, SuggestionsOut
from service.api.state import State
from service.use_cases import suggest_codes
from service.use_cases.store_segments import AskedSegment
from service.use_cases.suggest_codes import Answered, Ask
from service.use_cases.suggestion_body import suggestion_body

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
        raise RequestValidationError([{"loc": ("body",), "msg": "Send JSON, as application/json"}])
    try:
        return SuggestionsIn.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in found]) from None


def _segment(given: SegmentIn) -> AskedSegment:
    return AskedSegment(
        given.text, given.document_id, given.position, given.speaker or "", given.context or "", given.queue
    )


def answer(running: State, questions: Sequence[Question]) -> Sequence[bytes | Exception]:
    """Answer questions together; called in a thread of its own."""
    known = _identify(running, questions)
    places = [i for i, q in enumerate(questions) if not isinstance(known[q.credentials], Exception)]
    asks = [_ask(questions[i], known[questions[i].credentials]) for i in places]
    found = suggest_codes.suggest_many(running.engine, running.shelf, asks, running.clock()) if asks else []
    answers: list[bytes | Exception] = [_refusal(known[q.credentials]) for q in questions]
    for i, said in zip(places, found, strict=True):
        answers[i] = said if isinstance(said, Exception) else _body(said)
    return answers


def _identify(here: State, questions: Sequence[Question]) -> dict[Credentials, Known | errors.InklingError]:
    """Say who asks; each secret is looked up for each batch, so that signing out counts at once."""
    out: dict[Credentials, Known | errors.InklingError] = {}
    for credentials in {question.credentials for question in questions}:
        try:
            out[credentials] = deps.identify(here, credentials)
        except errors.InklingError as error:
            out[credentials] = error
    return out


def _ask(question: Question, known: Known | Exception) -> Ask:
    if isinstance(known, Exception):
        raise known
    return Ask(question.project, known[0] if isinstance(known, tuple) else known, question.segments)


def _refusal(known: Known | Exception) -> Exception:
    return known if isinstance(known, Exception) else errors.InklingError()


def _body(answered: Sequence[Answered]) -> bytes:
    suggestions: list[dict[str, Any]] = [
        {"suggestion_id": a.suggestion_id, "segment_id": a.segment_id, **suggestion_body(a.suggestion)}
        for a in answered
    ]
    return pydantic_core.to_json({"suggestions": suggestions})
