"""Work that takes minutes and is done beside the service. A job holds ids and settings, never text."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from service import errors

State = Literal["queued", "running", "done", "failed", "cancelled"]

UNFINISHED: tuple[State, ...] = ("queued", "running")

TRAINING = "training"

#: The longest that a training may take, in minutes and in steps, and the first number that is no seed any more.
MOST_MINUTES, MOST_STEPS, SEEDS = 10_000, 10_000_000, 2**31

#: A job whose worker died so often is not tried again.
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class TrainingOptions:
    """How to fit, and what to leave out; the same options as `inkling train` has."""

    #: None: whichever of head and tuned encoder proves better.
    tune: bool | None = None
    #: Minutes for tuning, or steps of it; one of the two, or neither.
    budget: float | None = None
    steps: int | None = None
    seed: int = 0
    #: Ids of participants, or of documents, that leave no trace in the model.
    without: tuple[str, ...] = ()
    #: Leave out codings made where advice was shown, or may have been.
    unadvised_only: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "TrainingOptions":
        """Return what `as_dict` gave, also after it was JSON, or of a version that had fewer of them."""
        return cls(**{**values, "without": tuple(values.get("without", ()))})

    def __post_init__(self) -> None:
        """Raise `Unprocessable` where minutes and steps are both given."""
        if self.budget is not None and self.steps is not None:
            raise errors.Unprocessable("Give a budget in minutes or a number of steps, not both.")

    def as_dict(self) -> dict[str, Any]:
        """Return them as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Job:
    """One training: of which project, by whom, how, and how far it is. Times are seconds since 1970."""

    job_id: str
    kind: str
    project_id: str
    project: str
    #: The name of the person who began it.
    by: str
    options: TrainingOptions
    state: State
    #: How often a worker took it up.
    attempts: int
    #: From 0 to 1, and what is being done.
    progress: float
    stage: str
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    #: The model that came of it.
    model_id: str | None = None
    #: Why it failed, in one sentence.
    reason: str | None = None


@dataclass(frozen=True)
class Held:
    """A job in a worker's hands; the lease tells this taking of it from every other."""

    job: Job
    lease: str = field(repr=False)
