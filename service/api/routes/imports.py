"""Codings of other tools: look at a file, take it over, list what was taken over, and take it back."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Path, Response, UploadFile
from pydantic import StringConstraints

from service.api import listing, problems, uploads
from service.api.deps import PersonDep, StateDep
from service.api.import_schemas import LONGEST_CHOICES, ImportForm, ReadingForm, ReadingOut
from service.api.listing import Listing
from service.api.routes.projects import ProjectName
from service.api.schemas import Id
from service.api.state import State
from service.domain import codebook, folding
from service.domain.codebook import Codebook
from service.domain.coded_file import CodedFile
from service.domain.people import Person
from service.readers import coded, codes
from service.store import engine as store
from service.store import projects
from service.use_cases import access, import_codings, list_imports
from service.use_cases.import_codings import Choices, ImportedFile, Request
from service.use_cases.list_imports import ImportListed
from service.use_cases.preview_codings import Preview, preview

_Json = Annotated[str, StringConstraints(max_length=LONGEST_CHOICES)]
CodedUpload = Annotated[UploadFile, File(description="A project or table of another tool, such as .qdpx.")]
ChoicesText = Annotated[
    _Json | None,
    Form(description="What is said of it: JSON as in ChoicesIn.", examples=['{"unselected": "unknown"}']),
]
DimensionsText = Annotated[
    _Json | None,
    Form(description="JSON: dimension by branch of the codes.", examples=['{"Change > Area": "domain"}']),
]
ImportId = Annotated[Id, Path(description="An import's id.")]


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["imports"])

    @routes.post("/projects/{project}/coded-files", response_model=Preview, responses=problems.documented(404))
    def post_coded_file(
        project: ProjectName, state: StateDep, person: PersonDep, file: CodedUpload, choices: ChoicesText = None
    ) -> Preview:
        """Show what a coded file holds and what would become of it; nothing is stored. For researchers."""
        book = _book(state, project, person)
        said = uploads.parsed(ImportForm, {"choices": choices}).choices
        return preview(_read(state, file, said.columns), book, said.choices())

    @routes.post(
        "/projects/{project}/imports",
        status_code=201,
        response_model=ImportedFile,
        responses=problems.documented(404, 409, 507),
    )
    def post_import(
        project: ProjectName, state: StateDep, person: PersonDep, file: CodedUpload, choices: ChoicesText = None
    ) -> ImportedFile:
        """Take over what people coded elsewhere: it trains models and counts in agreement, and is never final."""
        _book(state, project, person)
        said = uploads.parsed(ImportForm, {"choices": choices}).choices
        request = Request(
            [(_read(state, file, said.columns), said.choices())], segment_words=state.settings.segment_words
        )
        _, (taken,) = import_codings.import_coded(state.engine, project, request, person, state.clock())
        return taken

    @routes.get("/projects/{project}/imports", response_model=Listing[ImportListed], responses=problems.documented(404))
    def get_imports(project: ProjectName, state: StateDep, person: PersonDep) -> dict[str, Any]:
        """List the files that were taken over, oldest first. For researchers."""
        return listing.whole(list_imports.list_imports(state.engine, project, person))

    @routes.delete("/projects/{project}/imports/{import_id}", status_code=204, responses=problems.documented(404, 507))
    def delete_import(project: ProjectName, import_id: ImportId, state: StateDep, person: PersonDep) -> Response:
        """Have a file's codings count no longer; its documents stay, and so does the record of it. For researchers."""
        list_imports.withdraw(state.engine, project, import_id, person, state.clock())
        return Response(status_code=204)

    _add_readings(routes)
    return routes


def _add_readings(routes: APIRouter) -> None:
    @routes.post("/codebooks/readings", response_model=ReadingOut, responses=problems.documented())
    def post_reading(
        state: StateDep, person: PersonDep, file: CodedUpload, dimensions: DimensionsText = None
    ) -> ReadingOut:
        """Fold a coded file's tree of codes into a codebook, to create a project with; nothing is stored."""
        allowed = person.may_research or person.may_administer
        access.require(allowed, "Reading codebooks is for researchers and admins.")
        chosen = uploads.parsed(ReadingForm, {"dimensions": dimensions}).dimensions
        read = _codes(*uploads.read(state, file))
        used = {made.code for document in read.documents for made in document.codings}
        book = folding.codebook_of(PurePosixPath(read.name).stem, read.codes, chosen, used)
        seen = preview(read, None, Choices(folding.Choices(chosen)))
        return ReadingOut(codebook=codebook.as_dict(book), preview=seen)


def _book(state: State, project: str, person: Person) -> Codebook:
    """Return the codebook of a project that a person may import into; asked before a file is read."""
    with store.reading(state.engine) as connection:
        return projects.codebook_of(connection, import_codings.project_for(connection, project, person))


def _codes(name: str, content: bytes) -> CodedFile:
    """Read a coded file or, where it holds nothing coded, the codes that it lists."""
    if coded.is_coded(name, io.BytesIO(content)):
        return coded.read_coded(content, name)
    listed, _ = codes.read_codes(content, name)
    return CodedFile(name, hashlib.sha256(content).hexdigest(), "", codes=listed)


def _read(state: State, file: UploadFile, columns: Mapping[str, str]) -> CodedFile:
    name, content = uploads.read(state, file)
    return coded.read_coded(content, name, coded.Reading(columns))
