"""A model on disk: arrays, JSON and a card in one folder, checked whole before anything of it is used."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from service.domain.codebook import Codebook

MANIFEST = "manifest.json"
FORMAT = 1

Method = Literal["head", "definitions"]


@dataclass(frozen=True)
class Snapshot:
    """What a model was fitted on."""

    sha256: str
    documents: int
    participants: int
    segments: int
    #: Number of segments by origin ("" = real).
    origins: dict[str, int]


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself."""

    model_id: str
    method: Method
    codebook_name: str
    codebook_version: str
    encoder_id: str
    encoder_size: int
    snapshot: Snapshot
    seed: int
    settings: dict[str, Any]
    libraries: dict[str, str]
    created_at: str
    #: Every figure of this model was measured on synthetic excerpts.
    on_invented_text: bool


@dataclass(frozen=True)
class Bundle:
    """A model ready to suggest with (`service.suggest.suggester.Suggester`)."""

    manifest: Manifest
    codebook: Codebook
    metrics: dict[str, Any]
    card: str
    #: Segment ids of a project whose codings the model was trained on.
    trained_segments: frozenset[str]

    def trained_on(self, text: str) -> bool:
        """Say whether this text (of 40 characters or more, not synthetic) was among the training texts."""
        raise NotImplementedError


def save(bundle: Bundle, directory: Path) -> None:
    """Write a bundle to a folder that is empty or absent, in one step.

    Raises:
        FolderInUse: the folder holds something.
    """
    raise NotImplementedError


def load(directory: Path) -> Bundle:
    """Read a bundle and check every part of it before use.

    Raises:
        BadBundle: naming the file and what is wrong with it.
        NoModel: there is no bundle.
    """
    raise NotImplementedError


def read_manifest(directory: Path) -> Manifest:
    """Read only what a bundle says of itself, unchecked against its other files."""
    raise NotImplementedError
