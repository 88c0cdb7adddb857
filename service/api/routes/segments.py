"""One segment: show it, decide on it."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from pydantic import StringConstraints

from service.api import listing, problems
from service.api.deps import PersonDep, SignedInDep, StateDep
from service.api.listing import Cursor, Limit, Listing
from service.api.patterns import KEY
from service.api.routes.projects import ProjectName
from service.api.schemas import DecisionIn, DecisionOut, DocumentId, Id
from service.use_cases import work_queue
from service.use_cases.decide_coding import Choice, Request, decide
from service.use_cases.read_segments import SegmentView, read_segment
from service.use_cases.work_queue import QueueItem, QueueRequest

SegmentId = Annotated[Id, Path(description="A segment's id.")]
Key = Annotated[
    Annotated[str, StringConstraints(pattern=KEY, max_length=200)] | None,
    Header(alias="Idempotency-Key", description="Repeat a request with the same key, and it is carried out once."),
]


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["coding"])

    @routes.get("/projects/{project}/queue", response_model=Listing[QueueItem], responses=problems.documented(404))
    def get_queue(
        project: ProjectName,
        state: StateDep,
        person: PersonDep,
        cursor: Cursor = None,
        limit: Limit = 100,
        document_id: Annotated[DocumentId | None, Query(description="Only this document.")] = None,
    ) -> dict[str, Any]:
        """List the segments that wait for the person, in the project's order."""
        request = QueueRequest(cursor, limit, document_id)
        return listing.of(work_queue.work_queue(state.engine, state.orders, project, person, request))

    @routes.get("/segments/{segment_id}", response_model=SegmentView, responses=problems.documented(404))
    def get_segment(segment_id: SegmentId, state: StateDep, person: PersonDep) -> SegmentView:
        """Show a segment; while it waits for the person, nothing of what others decided."""
        return read_segment(state.engine, segment_id, person)

    @routes.post(
        "/segments/{segment_id}/decisions",
        status_code=201,
        response_model=DecisionOut,
        responses=problems.documented(404, 409, 507),
    )
    def post_decision(
        segment_id: SegmentId, body: DecisionIn, state: StateDep, who: SignedInDep, key: Key = None
    ) -> dict[str, Any]:
        """Decide on a segment, or take one's decision back: for signed-in people only, one segment at a time."""
        choice = Choice(body.codes, body.retract, body.adjudication, body.memo, body.suggestion_id)
        return decide(state.engine, (who.person, who.coder), Request(segment_id, choice, key), state.clock())

    return routes
