"""The bodies of requests and answers about trainings, promotions and rollbacks."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from service.api.patterns import SAYS_SOMETHING
from service.api.schemas import DocumentId, Name, Request
from service.domain.jobs import MOST_MINUTES, MOST_STEPS, SEEDS, Job, TrainingOptions

Reason = Annotated[str, StringConstraints(pattern=SAYS_SOMETHING, max_length=2000)]


class NewTraining(Request):
    """How to train; all of it may be left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"budget": 30, "seed": 0}]})

    tune: bool | None = Field(None, description="Whether to fine-tune the encoder; by default what proves better.")
    budget: Annotated[float, Field(gt=0, le=MOST_MINUTES, allow_inf_nan=False)] | None = Field(
        None, description="Minutes for tuning; not together with steps."
    )
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] | None = Field(None, description="Steps of tuning.")
    seed: Annotated[int, Field(ge=0, lt=SEEDS)] = 0
    without: Annotated[list[DocumentId], Field(max_length=1000)] = Field(
        default_factory=list, description="Ids of participants or documents to leave out without a trace."
    )
    unadvised_only: bool = Field(False, description="Whether to leave out codings made with advice in view.")

    def options(self) -> TrainingOptions:
        """Return them as the training takes them."""
        return TrainingOptions.of(self.model_dump())


class NewPromotion(Request):
    """Why a model should serve."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "better on unseen participants"}]})

    reason: Reason


class NewRollback(Request):
    """Of which codebook the model before should serve again, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"codebook": "intake", "reason": "worse for newcomers"}]})

    codebook: Name
    reason: Reason


class Accepted(BaseModel):
    """A job that was put into the queue."""

    job_id: str


class OptionsOut(BaseModel):
    """How a training was asked for."""

    tune: bool | None
    budget: float | None
    steps: int | None
    seed: int
    without: list[str]
    unadvised_only: bool


class JobOut(BaseModel):
    """A job and how far it is; it holds no text of any transcript."""

    job_id: str
    kind: Literal["training"]
    project: str
    options: OptionsOut
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float = Field(description="From 0 to 1.")
    stage: str = Field(description="What is being done.")
    model_id: str | None = Field(description="The model that came of it, a candidate.")
    reason: str | None = Field(description="Why it failed.")
    created_at: str
    started_at: str | None
    ended_at: str | None
    by: str = Field(description="Who began it.")


def job_out(job: Job) -> JobOut:
    """Return a job as it is answered."""
    return JobOut(
        job_id=job.job_id,
        kind="training",
        project=job.project,
        options=OptionsOut(**job.options.as_dict()),
        state=job.state,
        progress=round(job.progress, 4),
        stage=job.stage,
        model_id=job.model_id,
        reason=job.reason,
        created_at=_time(job.created_at) or "",
        started_at=_time(job.started_at),
        ended_at=_time(job.ended_at),
        by=job.by,
    )


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


#: The bodies of requests here: what an error may name.
REQUESTS: tuple[type[BaseModel], ...] = (NewTraining, NewPromotion, NewRollback)
