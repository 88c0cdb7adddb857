"""Projects: their settings, and the draws that fix a segment's needs when it is stored."""

import hashlib
from dataclasses import dataclass
from typing import Literal

AdvicePolicy = Literal["always", "after_own_choice", "never"]

ADVICE_POLICIES: tuple[AdvicePolicy, ...] = ("always", "after_own_choice", "never")

#: As segments stand in their transcripts, or by what would teach the model most.
QueueOrder = Literal["transcript", "teaching"]

QUEUE_ORDERS: tuple[QueueOrder, ...] = ("transcript", "teaching")

#: Share of segments that the teaching order draws at random; the blind share is part of it.
RANDOM_SHARE = 0.2

ADHOC = "adhoc"


@dataclass(frozen=True)
class ProjectSettings:
    """How a project codes; the contract's defaults."""

    coders_required: int = 1
    #: Share of segments that need `coders_required` people; the rest need one.
    double_share: float = 1.0
    advice: AdvicePolicy = "always"
    #: Share of segments that never get advice, so that its influence can be measured.
    blind_share: float = 0.1
    order: QueueOrder = "transcript"


@dataclass(frozen=True)
class Project:
    """A team's work on one codebook."""

    project_id: str
    name: str
    codebook_name: str
    settings: ProjectSettings


def needs(project: Project, document_id: str, position: int) -> int:
    """Return how many people a segment needs; fixed when it is stored."""
    settings = project.settings
    doubled = _draw(project, "double", document_id, position) < settings.double_share
    return settings.coders_required if doubled else 1


def is_blind(project: Project, document_id: str, position: int) -> bool:
    """Say whether a segment belongs to the blind share; never one that stands alone."""
    if document_id == ADHOC:
        return False
    return _draw(project, "blind", document_id, position) < project.settings.blind_share


def is_drawn(project: Project, document_id: str, position: int) -> bool:
    """Say whether the teaching order takes a segment by lot, whatever a model says of it.

    These are an honest sample of the queue, on which a model can be measured. One draw decides this and the blind
    share, so that the order tells nothing of a model's opinion on segments that never get advice.
    """
    share = max(RANDOM_SHARE, project.settings.blind_share)
    return _draw(project, "blind", document_id, position) < share


def lot(project: Project, document_id: str, position: int) -> float:
    """Return a segment's lot, a number in [0, 1), by which those taken at random are ordered."""
    return _draw(project, "lot", document_id, position)


def _draw(project: Project, purpose: str, document_id: str, position: int) -> float:
    """Return a number in [0, 1) that is the same for every coder and tells nothing of the text."""
    return number(purpose, project.name, document_id, str(position))


def number(*parts: str) -> float:
    """Return a number in [0, 1) that these parts make, always the same and as good as drawn."""
    key = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(key).digest()[:8]) / 2**64
