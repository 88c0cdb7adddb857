"""Projects: their settings, and the draws that fix a segment's needs when it is stored."""

import hashlib
from dataclasses import dataclass
from typing import Literal

AdvicePolicy = Literal["always", "after_own_choice", "never"]

ADVICE_POLICIES: tuple[AdvicePolicy, ...] = ("always", "after_own_choice", "never")

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


def _draw(project: Project, purpose: str, document_id: str, position: int) -> float:
    """Return a number in [0, 1) that is the same for every coder and tells nothing of the text."""
    key = "\x1f".join((purpose, project.name, document_id, str(position)))
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
