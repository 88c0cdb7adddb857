"""From coded excerpts to a finished model in one call: snapshot, fit, measures, card, folder."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from service import errors, files
from service.domain.codebook import Codebook
from service.domain.excerpts import CodingRow
from service.domain.jobs import TRAINING
from service.readers.codebook import read_codebook
from service.readers.excerpts import read_rows
from service.suggest import bundle, comparison
from service.suggest.definitions import definitions_bundle
from service.suggest.encoder import Encoder
from service.suggest.model import Bundle
from service.suggest.registry import Registry
from training import choose, dataset, few, report
from training.material import Progress, quiet
from training.plan import HEAD_ONLY, Plan
from training.selection import EVERYTHING, Choice, Selected, select


@dataclass(frozen=True)
class Material:
    """What to train on: coded excerpts, a codebook, or both."""

    rows: tuple[CodingRow, ...]
    codebook: Codebook
    #: Rows that only stand around the others, and how much was left out (`training.selection`).
    around: tuple[CodingRow, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, selected: Selected, codebook: Codebook) -> "Material":
        """Return what was selected, to be checked against a codebook."""
        return cls(selected.rows, codebook, selected.around, selected.left_out)

    def amid(self, rows: Sequence[CodingRow]) -> "Material":
        """Return it with what else stands in its own documents."""
        own = {row.document_id for row in self.rows}
        return replace(self, around=(*self.around, *(row for row in rows if row.document_id in own)))


_SNAPSHOT = ("sha256", "documents", "participants", "segments")


@dataclass(frozen=True)
class Trained:
    """A finished model and where it lies."""

    bundle: Bundle
    path: Path

    def as_json(self) -> dict[str, Any]:
        """Return what `inkling train --json` prints."""
        manifest = self.bundle.manifest
        return {
            "model_id": manifest.model_id,
            "path": str(self.path),
            "method": manifest.method,
            "dimensions": list(self.bundle.dimensions),
            "metrics": dict(self.bundle.metrics),
            "snapshot": {name: getattr(manifest.snapshot, name) for name in _SNAPSHOT},
            "left_out": dict(manifest.snapshot.left_out),
            "not_known_yet": list(few.not_known_yet(self.bundle)),
        }


def read_material(excerpts: Sequence[Path], codebook: Path | None, choice: Choice = EVERYTHING) -> Material:
    """Read files of coded excerpts and a codebook, as `inkling train` is given them, and leave out what was asked for.

    Raises:
        BadInput: nothing was given, or a file can't be used (each with its own error and sentence).
    """
    if not excerpts and codebook is None:
        raise errors.BadInput("Training needs coded excerpts, a codebook, or both.")
    selected = select(dataset.merge([read_rows(path) for path in excerpts]), choice)
    if codebook is not None:
        return Material.of(selected, read_codebook(codebook, dataset.infer_select(selected.rows)))
    first = excerpts[0]
    name = f"{first.stem}-{sha256(first.read_bytes()).hexdigest()[:8]}"
    return Material.of(selected, dataset.codebook_of(selected.rows, name))


def retrain(
    material: Material,
    encoder: Encoder,
    out: Path | Registry,
    plan: Plan = HEAD_ONLY,
    base: Path | None = None,
    progress: Progress = quiet,
    beside: Registry | None = None,
    work: Path | None = None,
) -> Trained:
    """Train a model and put it into a folder that is empty or absent, or into a registry as a candidate.

    Args:
        material: what to train on.
        encoder: the encoder that all models share.
        out: where to put it.
        plan: how to fit it.
        base: the sentence-transformers folder of the encoder; None where it can't be tuned.
        progress: told how far it is.
        beside: the models whose current one the report holds it against; by default those it is put among.
        work: folder for encoders on their way; the system's for such by default.

    Raises:
        FolderInUse: the folder holds something; said before any work is done, as is what follows.
        BadInput: nothing can be written there.
        BadBundle: the registry is damaged.
        BadExcerpts: the rows don't fit the codebook or there is nothing to learn.
        BadInput: tuning was asked for where it can't be done.
    """
    models = out if isinstance(out, Registry) else beside
    _check_writable(out, models)
    with files.scratch(work or Path(tempfile.gettempdir()), TRAINING) as folder:
        if material.rows:
            snapshot = dataset.freeze(material.rows, material.codebook, material.around)
            frozen = replace(snapshot, left_out=material.left_out)
            model = choose.fit_best(frozen, encoder, base, plan, folder, progress)
        else:
            model = definitions_bundle(material.codebook, encoder)
        path = _kept(model if models is None else _held_against_current(model, models), out)
    progress("done", 1.0)
    return Trained(model, path)


def _check_writable(out: Path | Registry, models: Registry | None) -> None:
    if isinstance(out, Registry):
        out.check_writable()
    else:
        bundle.check_free(out)
        if models is not None:
            models.history()


def _held_against_current(model: Bundle, models: Registry) -> Bundle:
    """Say in the report what changed against the model that serves, if one does."""
    found = comparison.beside_current(models, model)
    return model if found is None else replace(model, report=report.build(model, found))


def _kept(model: Bundle, out: Path | Registry) -> Path:
    if isinstance(out, Registry):
        return out.keep(model)
    bundle.save(model, out)
    return out
