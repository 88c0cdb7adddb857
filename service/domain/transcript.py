"""Transcripts: what was spoken, by whom, and the segments a coder codes. Offsets are Unicode code points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["interviewer", "participant", ""]


@dataclass(frozen=True)
class Turn:
    """One speaker's stretch of the canonical text; `speaker` is "" where the file names none."""

    speaker: str
    role: Role
    start: int
    end: int


@dataclass(frozen=True)
class Segment:
    """A stretch of one turn, the unit of coding: `text == transcript.text[start:end]`."""

    position: int
    start: int
    end: int
    text: str
    speaker: str = ""
    role: Role = ""


@dataclass(frozen=True)
class Transcript:
    """One document: the canonical text (no cue times, no headers) and its turns in order, not overlapping."""

    document_id: str
    text: str
    turns: tuple[Turn, ...]
    #: Sentences about how the file was read that a person should know, such as a guessed encoding.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Participant:
    """Who speaks in a document, with the attributes that a report counts by (organisation, region, …)."""

    participant_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)
