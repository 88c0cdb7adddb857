"""What people decided: final codings, export and report."""

import json
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from service.api import listing, problems
from service.api.deps import CallerDep, PersonDep, StateDep
from service.api.listing import Cursor, Limit, Listing
from service.api.routes.projects import ProjectName
from service.api.schemas import DocumentId
from service.domain import report as reports
from service.use_cases import report_codings, report_figure, report_page, take_away
from service.use_cases.export_files import ExportOptions, Format
from service.use_cases.list_codings import FinalCoding, list_codings

_ANYONE: dict[str, Any] = {"security": [{"session": []}, {"token": []}]}
#: A figure may bring its own styles; it loads nothing and runs nothing.
_FIGURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "qdpx": "application/zip",
    "qdc": "application/xml",
    "json": "application/json",
}

Minimum = Annotated[int | None, Query(ge=2, le=1000, description="Mask the cells of fewer participants than this.")]


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/projects/{project}", tags=["codings"])

    @routes.get(
        "/codings", response_model=Listing[FinalCoding], responses=problems.documented(404), openapi_extra=_ANYONE
    )
    def get_codings(
        project: ProjectName, state: StateDep, caller: CallerDep, cursor: Cursor = None, limit: Limit = 100
    ) -> dict[str, Any]:
        """List final codings, by document and position; what is open to the asker is left out."""
        return listing.of(list_codings(state.engine, project, caller, cursor, limit))

    @routes.get("/export", response_class=Response, responses={**problems.documented(404), **_files(*get_args(Format))})
    def get_export(
        project: ProjectName,
        state: StateDep,
        person: PersonDep,
        format: Annotated[Format, Query(description="Which kind of file.")] = "csv",  # noqa: A002
        codings: Annotated[
            Literal["final", "all"], Query(description="Final codings, or each person's own and imported ones too.")
        ] = "final",
        document: Annotated[DocumentId | None, Query(description="Of one document only.")] = None,
    ) -> Response:
        """Take codings away: as coded excerpts, for other tools (REFI-QDA), or as a coded transcript (Word)."""
        options = ExportOptions(format, codings, document)
        content = take_away.export_for(state.engine, project, options, person, state.clock())
        return _file(content, format, f"{project}-{codings}.{format}")

    _add_report(routes)
    return routes


def _add_report(routes: APIRouter) -> None:
    @routes.get(
        "/report", response_class=Response, responses={**problems.documented(404), **_files("json", "csv", "html")}
    )
    def get_report(
        project: ProjectName,
        state: StateDep,
        person: PersonDep,
        format: Annotated[Literal["json", "csv", "html"], Query(description="Which kind of answer.")] = "json",  # noqa: A002
        minimum: Minimum = None,
    ) -> Response:
        """Count final codings: segments, participants and organisations of each domain, level and theme."""
        report, found = take_away.report_for(state.engine, project, minimum, person)
        if format == "json":
            return Response(json.dumps(reports.as_dict(report), ensure_ascii=False), media_type=_MEDIA["json"])
        text = report_codings.as_csv(report) if format == "csv" else report_page.page(report, found)
        return _file(text.encode(), format, f"{project}-report.{format}")

    @routes.get(
        "/report.svg",
        response_class=Response,
        responses={**problems.documented(404), 200: {"content": {"image/svg+xml": {}}}},
    )
    def get_report_figure(
        project: ProjectName, state: StateDep, person: PersonDep, minimum: Minimum = None
    ) -> Response:
        """Draw the report as a heat map."""
        report, _ = take_away.report_for(state.engine, project, minimum, person)
        headers = {"Content-Security-Policy": _FIGURE_POLICY}
        return Response(report_figure.heat_map_svg(report), media_type="image/svg+xml", headers=headers)


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, media_type=_MEDIA[kind], headers=headers)


def _files(*kinds: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "The file", "content": {_MEDIA[kind].partition(";")[0]: {} for kind in kinds}}}
