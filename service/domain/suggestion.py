"""What a model proposes for a segment. A suggestion has no place for a person: it is never a coding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

STATUS = "needs human decision"

Reason = Literal["too_short", "unfamiliar", "uncertain", "in_training_data", "withheld", "refused"]

#: With these reasons nothing of the model's opinion is given, and nothing counts as shown.
SILENT: frozenset[str] = frozenset({"in_training_data", "withheld", "refused"})


@dataclass(frozen=True)
class Passage:
    """A segment as a model reads it: its text and what stands around it in the document."""

    text: str
    speaker: str = ""
    role: str = ""
    #: The text of the segment before ("" where there is none) and after.
    previous: str = ""
    following: str = ""
    #: Evidence never comes from this participant's or document's own excerpts, if given.
    participant_id: str = ""
    document_id: str = ""


@dataclass(frozen=True)
class Candidate:
    """One code with its calibrated probability (0 to 1)."""

    code: str
    label: str
    probability: float
    in_candidate_set: bool


@dataclass(frozen=True)
class Word:
    """A word of the segment and how far it moved the score of the leading code (log-odds)."""

    text: str
    weight: float


@dataclass(frozen=True)
class Evidence:
    """A coded excerpt near the segment. `project` is where it comes from ("" = an excerpts file)."""

    text: str
    document_id: str
    participant_id: str
    codes: tuple[str, ...]
    similarity: float
    #: "synthetic", "" or what the file says.
    origin: str
    project: str = ""
    same_participant: bool = False
    #: The project's segment it was coded on ("" = from an excerpts file).
    segment_id: str = ""


@dataclass(frozen=True)
class Advice:
    """What a model says of one segment on one dimension; candidates come most probable first."""

    dimension: str
    suggested: tuple[str, ...]
    best: tuple[str, ...]
    abstained: bool
    reason: Reason | None
    candidates: tuple[Candidate, ...] = ()
    words: tuple[Word, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def silent(dimension: str, reason: Reason) -> Advice:
    """Return advice that gives away nothing, for one of the `SILENT` reasons."""
    return Advice(dimension, (), (), True, reason)


@dataclass(frozen=True)
class Suggestion:
    """A model's advice on one segment, one entry per dimension that applies."""

    model_id: str
    dimensions: tuple[Advice, ...] = field(default_factory=tuple)

    def by_dimension(self) -> Mapping[str, Advice]:
        """Return the advice by dimension id."""
        return {advice.dimension: advice for advice in self.dimensions}
