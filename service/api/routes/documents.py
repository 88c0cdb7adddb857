"""A project's documents: import, preview, show, note."""

import io
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Path, UploadFile
from pydantic import StringConstraints, TypeAdapter, ValidationError

from service import errors
from service.api import listing, problems, uploads
from service.api.deps import PersonDep, StateDep
from service.api.listing import Listing
from service.api.routes.projects import ProjectName
from service.api.schemas import Attributes, DocumentChange, DocumentId, Line, PreviewOut
from service.api.state import State
from service.domain.people import Person
from service.readers import coded
from service.store import engine as store
from service.use_cases import access, describe_document, import_transcript, read_transcript
from service.use_cases.describe_document import Change, DocumentSummary, DocumentView
from service.use_cases.import_transcript import Imported, Upload
from service.use_cases.read_transcript import Options

DocumentPath = Annotated[DocumentId, Path(description="A document's id; it may hold slashes.")]
Transcript = Annotated[
    UploadFile, File(description="A transcript: .docx, .odt, .rtf, .vtt, .srt, .sbv, .txt, .csv or .xlsx.")
]
Interviewers = Annotated[list[Line] | None, Form(description="Speakers who ask; may be given several times.")]
ParticipantId = Annotated[DocumentId | None, Form(description="Who speaks, besides the interviewers.")]
AttributesText = Annotated[
    Annotated[str, StringConstraints(max_length=100_000)] | None,
    Form(description="What is known of the participant, as a JSON object of texts.", examples=['{"region": "north"}']),
]


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/projects/{project}", tags=["documents"])

    @routes.get("/documents", response_model=Listing[DocumentSummary], responses=problems.documented(404))
    def get_documents(project: ProjectName, state: StateDep, person: PersonDep) -> dict[str, Any]:
        """List a project's documents in the order in which they came."""
        return listing.whole(describe_document.list_documents(state.engine, project, person))

    @routes.post("/documents", status_code=201, response_model=Imported, responses=problems.documented(404, 409, 507))
    def post_document(
        project: ProjectName,
        state: StateDep,
        person: PersonDep,
        file: Transcript,
        interviewers: Interviewers = None,
        participant_id: ParticipantId = None,
        attributes: AttributesText = None,
    ) -> Imported:
        """Import a transcript; the same text again changes nothing."""
        upload = _upload(state, file, participant_id, attributes)
        options = _options(state, interviewers)
        return import_transcript.import_upload(state.engine, (project, person), upload, options, state.clock())

    @routes.post("/previews", response_model=PreviewOut, responses=problems.documented(404))
    def post_preview(
        project: ProjectName,
        state: StateDep,
        person: PersonDep,
        file: Transcript,
        interviewers: Interviewers = None,
        participant_id: ParticipantId = None,
        attributes: AttributesText = None,
    ) -> dict[str, Any]:
        """Show how a transcript is understood; nothing is stored."""
        _check_member(state, project, person)
        upload = _upload(state, file, participant_id, attributes)
        return read_transcript.as_json(import_transcript.understand(upload, _options(state, interviewers)))

    _add_single(routes)
    return routes


def _add_single(routes: APIRouter) -> None:
    @routes.get("/documents/{document_id:path}", response_model=DocumentView, responses=problems.documented(404))
    def get_document(project: ProjectName, document_id: DocumentPath, state: StateDep, person: PersonDep) -> Any:
        """Show a document with its text, turns and segments."""
        return describe_document.show_document(state.engine, project, document_id, person)

    @routes.patch("/documents/{document_id:path}", response_model=DocumentView, responses=problems.documented(404, 507))
    def patch_document(
        project: ProjectName, document_id: DocumentPath, body: DocumentChange, state: StateDep, person: PersonDep
    ) -> Any:
        """Note who speaks in a document and what a reader should be prepared for."""
        change = Change(body.participant_id, body.attributes, body.content_note)
        return describe_document.change_document(state.engine, (project, document_id), change, person)


def _check_member(state: State, project: str, person: Person) -> None:
    with store.reading(state.engine) as connection:
        access.project_of(connection, project, person)


def _options(state: State, interviewers: list[str] | None) -> Options:
    settings = state.settings
    return Options(tuple(interviewers or ()), settings.max_upload_bytes, segment_words=settings.segment_words)


def _upload(state: State, file: UploadFile, participant_id: str | None, attributes: str | None) -> Upload:
    name, content = uploads.read(state, file)
    if PurePosixPath(name).suffix.lower() in coded.READERS and coded.is_coded(name, io.BytesIO(content)):
        raise errors.CodedMaterial(
            f"{name}: this holds codings, not only what was said; a researcher takes it over under Bring codings "
            "(POST /projects/{project}/imports)."
        )
    return Upload(name, content, participant_id, None if attributes is None else _attributes(attributes))


def _attributes(text: str) -> dict[str, str]:
    try:
        return TypeAdapter(Attributes).validate_json(text, strict=True)
    except ValidationError:
        raise errors.Unprocessable("attributes: give a JSON object with short texts, such as a region.") from None
