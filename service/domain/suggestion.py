"""What a model proposes for a segment. A suggestion has no place for a person: it is never a coding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

STATUS = "needs human decision"

#: How many segments to either side of a segment a model reads.
REACH = 8

Reason = Literal["too_short", "unfamiliar", "uncertain", "in_training_data", "withheld", "refused"]

#: With these reasons nothing of the model's opinion is given, and nothing counts as shown.
SILENT: frozenset[str] = frozenset({"in_training_data", "withheld", "refused"})


@dataclass(frozen=True)
class Passage:
    """A segment as a model reads it: its text and what stands around it in the document."""

    text: str
    speaker: str = ""
    role: str = ""
    #: The texts of the segments before and after it, nearest first; "" stands for one that is not known.
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    #: How far into the transcript it stands, from 0 to 1; None where the transcript may not be whole.
    place: float | None = None
    #: Evidence never comes from this participant's or document's own excerpts, if given.
    participant_id: str = ""
    document_id: str = ""

    @property
    def previous(self) -> str:
        """The text of the segment before, "" where there is none."""
        return self.before[0] if self.before else ""

    @property
    def following(self) -> str:
        """The text of the segment after, "" where there is none."""
        return self.after[0] if self.after else ""


def around(texts: Sequence[str], row: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what stands before and after one of a transcript's segments, nearest first, as far as a model reads."""
    return tuple(texts[max(0, row - REACH) : row][::-1]), tuple(texts[row + 1 : row + 1 + REACH])


def place(row: int, segments: int) -> float:
    """Return how far into a whole transcript of so many segments one stands: 0 to 1, its middle counting."""
    return round((row + 0.5) / segments, 4)


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
