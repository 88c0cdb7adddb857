"""The bodies of requests and those answers that no use case already has a type for."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from service.api.patterns import ID, LINE, NO_NUL
from service.domain.people import PersonRole
from service.domain.projects import AdvicePolicy, QueueOrder
from service.use_cases.read_segments import CodedElsewhere
from service.use_cases.store_segments import LAST_POSITION

LONGEST_TEXT = 100_000
MOST_SEGMENTS = 256

Text = Annotated[str, StringConstraints(pattern=NO_NUL, max_length=LONGEST_TEXT)]
Line = Annotated[str, StringConstraints(pattern=LINE, max_length=200)]
Name = Annotated[str, StringConstraints(pattern=LINE, min_length=1, max_length=100)]
DocumentId = Annotated[str, StringConstraints(pattern=LINE, min_length=1, max_length=500)]
Id = Annotated[str, StringConstraints(pattern=ID, min_length=1, max_length=100)]
CodeId = Annotated[str, StringConstraints(pattern=LINE, min_length=1, max_length=200)]
Attributes = Annotated[
    dict[Line, Annotated[str, StringConstraints(pattern=NO_NUL, max_length=1000)]], Field(max_length=50)
]
Password = Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=1000)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Request(BaseModel):
    """A request's body: exactly these fields, of exactly these types."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SignIn(Request):
    """Who signs in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "coder", "password": "a long password"}]})

    name: Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=200)]
    password: Password


class NewProject(Request):
    """A project to create; give a codebook as a mapping or as the text of a file, or none for the starter codebook."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "shelter interviews", "coders_required": 2, "double_share": 0.2}]}
    )

    name: Name
    codebook: dict[str, Any] | None = Field(None, description="The codebook, in its full or its short form.")
    codebook_text: Annotated[str, StringConstraints(max_length=1_000_000)] | None = Field(
        None, description="The codebook as YAML or JSON text."
    )
    codebook_file_name: Line | None = Field(None, description="The name of the file that the text comes from.")
    coders_required: Annotated[int, Field(ge=1, le=100)] = Field(1, description="People each segment needs.")
    double_share: Share = Field(1.0, description="Share of segments that need them all; the rest need one.")
    advice: AdvicePolicy = "always"
    blind_share: Share = Field(0.1, description="Share of segments that never get advice.")
    order: QueueOrder = Field("transcript", description="In which order the queue offers segments.")


class ProjectChange(Request):
    """What to change of a project; what is absent stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"order": "teaching"}]})

    order: QueueOrder | None = Field(
        None, description="As transcripts have them, or first what would teach the model most, a fifth by lot between."
    )


class NewMember(Request):
    """A person to make a member of a project."""

    person: Name


class NewPerson(Request):
    """A person to add."""

    name: Name
    role: PersonRole = "coder"
    password: Annotated[str, StringConstraints(pattern=NO_NUL, min_length=8, max_length=1000)]


class NewToken(Request):
    """A token to create for a program."""

    name: Name
    scope: Literal["suggest"] = "suggest"


class DocumentChange(Request):
    """What to note about a document; what is absent stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"participant_id": "P07", "attributes": {"organisation": "Harbour House"}}]}
    )

    participant_id: DocumentId | None = None
    attributes: Attributes | None = None
    content_note: Annotated[str, StringConstraints(pattern=NO_NUL, max_length=2000)] | None = None


class SegmentIn(Request):
    """A segment to suggest codes for; without a document it stands alone."""

    document_id: DocumentId | None = None
    position: Annotated[int, Field(ge=0, le=LAST_POSITION)] | None = None
    speaker: Line | None = Field(None, description="Who speaks, or their role: interviewer, participant.")
    text: Text
    context: Text | None = Field(None, description="What was said before; used where the document does not tell.")
    queue: bool | None = Field(None, description="Whether people should code it; by default if it has a document.")


class SuggestionsIn(Request):
    """Segments of one project to suggest codes for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"project": "demo", "segments": [{"text": "We made sure every session started the same way."}]}
            ]
        }
    )

    project: Name
    segments: Annotated[list[SegmentIn], Field(max_length=MOST_SEGMENTS)]


class CandidateOut(BaseModel):
    """A code, and how probable it is."""

    code: str
    label: str
    probability: float
    in_candidate_set: bool


class WordOut(BaseModel):
    """A word of the segment, and how far it moved the leading code's score."""

    text: str
    weight: float


class EvidenceOut(BaseModel):
    """A coded excerpt like the segment; null is what the asker may not read."""

    text: str | None
    document_id: str | None
    codes: list[str]
    similarity: float
    origin: str
    same_participant: bool


class AdviceOut(BaseModel):
    """What the model says of a segment on one dimension."""

    dimension: str
    suggested: list[str]
    best: list[str]
    abstained: bool
    reason: Literal["too_short", "unfamiliar", "uncertain", "in_training_data", "withheld", "refused"] | None
    candidates: list[CandidateOut]
    words: list[WordOut]
    evidence: list[EvidenceOut]


class SuggestionOut(BaseModel):
    """What the model says of a segment. It is never a coding."""

    suggestion_id: str
    segment_id: str
    status: Literal["needs human decision"]
    model_id: str
    dimensions: list[AdviceOut]


class SuggestionsOut(BaseModel):
    """One suggestion for each segment, in the order asked."""

    suggestions: list[SuggestionOut]


class DecisionIn(Request):
    """One person's decision on one segment: the codes of each dimension, or a retraction."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"codes": {"domain": ["safety"], "level": ["facilitator"]}, "memo": ""},
                {"retract": True},
            ]
        }
    )

    suggestion_id: Id | None = None
    codes: Annotated[dict[CodeId, Annotated[list[CodeId], Field(max_length=1000)]], Field(max_length=100)] = Field(
        default_factory=dict, description="By dimension; an empty list says that none of its codes applies."
    )
    memo: Annotated[str, StringConstraints(pattern=NO_NUL, max_length=10_000)] = ""
    adjudication: bool = False
    retract: bool = False


class DecisionOut(BaseModel):
    """A decision as it was stored, and what is final now."""

    decision_id: str
    segment_id: str
    person: str
    codes: dict[str, list[str]]
    decided_at: str
    final: dict[str, list[str] | None]
    #: What was given to the segment in another tool, where the person may see it now.
    imported: list[CodedElsewhere]


class PersonOut(BaseModel):
    """A person and their role."""

    name: str
    role: PersonRole


class Rights(BaseModel):
    """What a person may do."""

    decide: bool
    adjudicate: bool
    research: bool
    promote: bool
    administer: bool


class SessionOut(PersonOut):
    """Who is signed in."""

    rights: Rights


class AccountOut(PersonOut):
    """A person as an admin sees them."""

    disabled: bool


class TokenOut(BaseModel):
    """A new token; it can't be shown again."""

    name: str
    scope: str
    token: str


class TokenListed(BaseModel):
    """A token that was given."""

    name: str
    scope: str
    created_at: str
    active: bool


class ModelRef(BaseModel):
    """The model that serves, if there is one yet."""

    model_id: str | None


class Health(BaseModel):
    """That the service runs."""

    status: Literal["ok"]
    version: str
    model: ModelRef


class ModelListed(BaseModel):
    """A model and its standing."""

    model_id: str
    codebook: str
    state: Literal["candidate", "current", "retired"]
    method: str
    created_at: str
    on_invented_text: bool


class MemberOut(BaseModel):
    """Someone who works on a project."""

    name: str
    role: str


class ServingModelOut(BaseModel):
    """The model that advises in a project."""

    model_id: str
    on_invented_text: bool
    method: str


class ProjectOut(BaseModel):
    """A project as its members see it; `codebook` is in its full form."""

    name: str
    codebook: dict[str, Any]
    coders_required: int
    double_share: float
    advice: AdvicePolicy
    blind_share: float
    order: QueueOrder
    documents: int
    segments: int
    complete: int = Field(description="Segments that as many people as they need have decided on.")
    decided: int = Field(description="Segments that who asks has decided on.")
    open: int = Field(description="Segments that wait for who asks.")
    members: list[MemberOut]
    model: ServingModelOut | None


class TurnOut(BaseModel):
    """One turn of a transcript."""

    speaker: str
    role: str
    start: int
    end: int


class PieceOut(BaseModel):
    """A segment that would be made."""

    position: int
    start: int
    end: int
    text: str


class PreviewOut(BaseModel):
    """How a file is understood."""

    document_id: str
    text: str
    turns: list[TurnOut]
    segments: list[PieceOut]
    notes: list[str]


#: The bodies of requests, and the names of all other parameters: what an error may name.
REQUESTS: tuple[type[BaseModel], ...] = (
    SignIn,
    NewProject,
    ProjectChange,
    NewMember,
    NewPerson,
    NewToken,
    DocumentChange,
    SegmentIn,
    SuggestionsIn,
    DecisionIn,
)

_PARAMETERS = (
    *("project", "document_id", "segment_id", "model_id", "job_id", "import_id"),
    *("cursor", "limit", "format", "codings", "minimum"),
    *("file", "interviewers", "participant_id", "attributes", "Idempotency-Key"),
)


def names(further: Iterable[type[BaseModel]] = ()) -> frozenset[str]:
    """Return the names of all fields and parameters of requests; any other name in one is the client's.

    Args:
        further: bodies that stand elsewhere.
    """
    return frozenset((*_PARAMETERS, *(name for model in (*REQUESTS, *further) for name in model.model_fields)))
