"""A model as one value: what it was made from, what it weighs, what it rests on."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal

from service.domain import codebook as codebooks
from service.domain.codebook import Codebook
from service.suggest.calibration import Calibration
from service.suggest.features import Vocabulary
from service.suggest.held_out import HeldOut
from service.suggest.openvino_graph import Graph
from service.suggest.prototypes import Prototypes
from service.suggest.scorer import Head
from service.suggest.support import Support

#: Version of the folder format; 2 keeps what was said of unseen segments.
FORMAT = 4

Method = Literal["head", "tuned", "definitions"]


@dataclass(frozen=True)
class SnapshotInfo:
    """What a model was fitted on."""

    sha256: str
    documents: int
    participants: int
    segments: int
    #: Number of segments by origin ("" = real).
    origins: Mapping[str, int]
    #: How much was left out on request: of participants (`without`) and of codings (`advised`).
    left_out: Mapping[str, int] = field(default_factory=dict)


NOTHING = SnapshotInfo("", 0, 0, 0, {})


@dataclass(frozen=True)
class Settings:
    """Numbers that hold for all dimensions of a model."""

    #: Segments of fewer words get no advice.
    min_words: int = 3
    #: Segments less similar than this to every excerpt get no advice.
    familiar: float = -1.0
    #: How the heads were fitted.
    fitting: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself."""

    model_id: str
    method: Method
    codebook_name: str
    codebook_version: str
    encoder_id: str
    encoder_size: int
    snapshot: SnapshotInfo
    seed: int
    settings: Settings
    libraries: Mapping[str, str]
    created_at: str
    #: All excerpts behind its figures were invented.
    on_invented_text: bool

    def identity(self) -> dict[str, Any]:
        """Return what makes it this model and no other; times and library versions are left out."""
        own = asdict(self)
        return {key: own[key] for key in own if key not in ("model_id", "libraries", "created_at")}


@dataclass(frozen=True)
class DimensionModel:
    """What a bundle holds for one dimension; without a head its definitions speak alone."""

    prototypes: Prototypes
    head: Head | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True)
class Bundle:
    """A model ready to suggest with (`service.suggest.suggester.Suggester`)."""

    manifest: Manifest
    codebook: Codebook
    dimensions: Mapping[str, DimensionModel]
    vocabulary: Vocabulary
    support: Support
    #: Measures on participants held out of fitting, or the reason why there are none.
    metrics: Mapping[str, Any]
    #: What it said, by dimension, of segments whose participants it had not seen.
    held_out: Mapping[str, HeldOut] = field(default_factory=dict)
    card: str = ""
    #: The same and more as a page, HTML.
    report: str = ""
    #: The encoder that a tuned model brings along.
    graph: Graph | None = None

    def trained_on(self, text: str) -> bool:
        """Say whether the model was fitted on this text (40 characters or more, not from a synthetic file)."""
        return self.support.trained_on(text)

    @property
    def trained_segments(self) -> frozenset[str]:
        """Ids of the segments of projects whose codings the model was fitted on."""
        return self.support.segments

    @property
    def states_coverage(self) -> bool:
        """Whether candidate sets come with a stated coverage."""
        return any(d.calibration is not None and d.calibration.in_set is not None for d in self.dimensions.values())


def model_id(manifest: Manifest, codebook: Codebook, digests: Mapping[str, str]) -> str:
    """Return the id that a model's content gives it: the codebook's name and a hash."""
    content = {"format": FORMAT, **manifest.identity(), "codebook": codebooks.as_dict(codebook), "files": dict(digests)}
    digest = sha256(canonical(content)).hexdigest()[:12]
    name = re.sub(r"[^a-z0-9]+", "-", codebook.name.casefold()).strip("-")[:40].rstrip("-")
    return f"{name or 'model'}-{digest}"


def named(bundle: Bundle, digests: Mapping[str, str]) -> Bundle:
    """Return the bundle under the id that its content gives it."""
    name = model_id(bundle.manifest, bundle.codebook, digests)
    return replace(bundle, manifest=replace(bundle.manifest, model_id=name))


def canonical(content: Any) -> bytes:
    """Return JSON that is the same for the same content."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
