"""The models of a project's codebook: which serves, which could, how good each is, and who decided so."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service import errors
from service.domain.codebook import Codebook
from service.domain.people import Person
from service.domain.projects import Project
from service.store import decisions, documents, projects
from service.store import engine as store
from service.suggest import bundle
from service.suggest.model import Manifest
from service.suggest.registry import Registry, State
from service.use_cases import access
from service.use_cases.work_queue import is_open

REPORT = "report.html"
_METRICS = "metrics.json"
_TRAINED = "support/trained.json"
_EXCERPTS = "support/excerpts.jsonl"
_LEADING = ("macro_f1", "kappa")


@dataclass(frozen=True)
class Figures:
    """The leading measures of one dimension, on participants that the model had not seen."""

    dimension: str
    label: str
    segments: int
    macro_f1: float | None
    kappa: float | None
    #: By measure: from and to; None under ten participants.
    intervals: Mapping[str, tuple[float | None, float | None] | None] | None


@dataclass(frozen=True)
class Promotion:
    """Who had a model serve, why, and when."""

    by: str
    reason: str
    at: str


@dataclass(frozen=True)
class ProjectModel:
    """A model of a project's codebook; figures are for those who may promote."""

    model_id: str
    state: State
    method: str
    codebook_version: str
    created_at: str
    on_invented_text: bool
    #: What it was fitted on.
    segments: int
    participants: int
    promoted: Promotion | None
    #: Whether it is the one that going back would have serve again.
    is_previous: bool
    figures: tuple[Figures, ...] | None
    #: Why there are no figures, in words.
    without_figures: str | None
    #: For those who may read it.
    has_report: bool


def list_project_models(
    engine: sa.Engine, registry: Registry, project_name: str, person: Person
) -> tuple[ProjectModel, ...]:
    """Return the models of a project's codebook: the current one, then the others, newest first.

    Raises:
        NotFound: there is no such project, or the person is not a member.
    """
    with store.reading(engine) as connection:
        project = access.project_of(connection, project_name, person)
        book = projects.codebook_of(connection, project)
        viewer = viewer_of(connection, book.name, person) if person.may_promote else None
    reader = _Reader(registry, book, viewer)
    found = sorted(reader.models(), key=lambda model: model.created_at, reverse=True)
    return tuple(sorted(found, key=lambda model: model.state != "current"))


def read_report(engine: sa.Engine, registry: Registry, model_id: str, person: Person) -> bytes:
    """Return a model's report, a page of HTML.

    Raises:
        NotFound: there is no such model or no report of it, or its codebook is that of none of the person's projects.
        NotAllowed: the person is no researcher, is no member of a project whose excerpts it shows, or has segments
            waiting whose codings by others it rests on.
    """
    manifest = manifest_of(registry, model_id)
    folder = registry.path(model_id)
    with store.reading(engine) as connection:
        if not person.may_administer:
            require_project(connection, manifest.codebook_name, person)
        access.require(person.may_research, "A model's report is for the researchers of its projects.")
        viewer = viewer_of(connection, manifest.codebook_name, person)
    refusal = viewer.refusal(folder)
    access.require(refusal is None, refusal or "")
    path = folder / REPORT
    if path.is_symlink() or not path.is_file():
        raise errors.NotFound("There is no report of this model.")
    return path.read_bytes()


_ELSEWHERE = "This report shows excerpts of projects you are not a member of."
WAITING = "It rests on codings of segments that wait for your own decision; decide on those first."


def manifest_of(registry: Registry, model_id: str) -> Manifest:
    """Return what a model says of itself; raise `NotFound` where there is none."""
    try:
        return bundle.read_manifest(registry.path(model_id))
    except errors.NoModel:
        raise errors.NotFound("There is no such model.") from None


def require_project(connection: sa.Connection, codebook_name: str, person: Person) -> None:
    """Raise `NotFound` unless one of the person's projects uses a codebook."""
    if not _own_projects(connection, codebook_name, person):
        raise errors.NotFound("There is no such model, or none of your projects uses its codebook.")


def _own_projects(connection: sa.Connection, codebook_name: str, person: Person) -> list[Project]:
    own = projects.names_of(connection, person.person_id)
    return [p for p in projects.every(connection) if p.name in own and p.codebook_name == codebook_name]


def _open_to(connection: sa.Connection, codebook_name: str, person: Person) -> frozenset[str]:
    """Return the segments that wait for a person: what others decided there must not reach them by a figure either."""
    found: set[str] = set()
    for project in _own_projects(connection, codebook_name, person):
        holders = decisions.holders(connection, project)
        placed = documents.placed(connection, project)
        found |= {p.segment_id for p in placed if is_open(p, holders, person)}
    return frozenset(found)


@dataclass(frozen=True)
class Viewer:
    """Someone who may promote: their projects, and the segments whose codings by others must not reach them."""

    own: frozenset[str]
    waiting: frozenset[str]

    def must_wait(self, folder: Path) -> bool:
        """Say whether a model rests on codings of segments that are open to them."""
        return bool(self.waiting & _trained_segments(folder))

    def refusal(self, folder: Path) -> str | None:
        """Return what keeps them from a model's report, if anything does."""
        if not _shown_projects(folder) <= self.own:
            return _ELSEWHERE
        return WAITING if self.must_wait(folder) else None


def viewer_of(connection: sa.Connection, codebook_name: str, person: Person) -> Viewer:
    """Return what keeps figures from someone who may promote."""
    own = projects.names_of(connection, person.person_id)
    return Viewer(own, _open_to(connection, codebook_name, person))


@dataclass(frozen=True)
class _Reader:
    """Reads what bundles say of themselves, for one person."""

    registry: Registry
    book: Codebook
    #: None for those who see no figures.
    viewer: Viewer | None

    def models(self) -> Iterator[ProjectModel]:
        """Yield the models of the codebook; a damaged one stands in nobody's way."""
        for model_id in self.registry.ids():
            try:
                entry = self.registry.show(model_id)
                if entry.codebook == self.book.name:
                    yield self._model(bundle.read_manifest(self.registry.path(model_id)), entry.state)
            except (errors.NoModel, errors.BadBundle):
                continue

    def _model(self, manifest: Manifest, state: State) -> ProjectModel:
        folder = self.registry.path(manifest.model_id)
        figures, reason = self._figures(folder)
        return ProjectModel(
            manifest.model_id,
            state,
            manifest.method,
            manifest.codebook_version,
            manifest.created_at,
            manifest.on_invented_text,
            manifest.snapshot.segments,
            manifest.snapshot.participants,
            self._promotion(manifest.model_id),
            manifest.model_id == self._previous,
            figures,
            reason,
            self._has_report(folder),
        )

    @cached_property
    def _previous(self) -> str | None:
        try:
            return self.registry.previous(self.book.name)
        except errors.NoModel:
            return None

    def _promotion(self, model_id: str) -> Promotion | None:
        own = [change for change in self.registry.history(self.book.name) if change.model_id == model_id]
        return Promotion(own[-1].by, own[-1].reason, own[-1].at) if own else None

    def _figures(self, folder: Path) -> tuple[tuple[Figures, ...] | None, str | None]:
        """Return the figures, or a sentence that says why there are none."""
        if self.viewer is None:
            return None, None
        try:
            if self.viewer.must_wait(folder):
                return None, WAITING
            with _readable(folder, _METRICS):
                metrics = json.loads((folder / _METRICS).read_bytes())
                if "dimensions" not in metrics:
                    return None, f"Not measured: {metrics.get('reason', 'no coded excerpts')}."
                return tuple(self._dimension(name, found) for name, found in metrics["dimensions"].items()), None
        except errors.BadBundle as error:
            return None, str(error)

    def _has_report(self, folder: Path) -> bool:
        """Say whether there is a report that the viewer would be shown."""
        try:
            return self.viewer is not None and (folder / REPORT).is_file() and self.viewer.refusal(folder) is None
        except errors.BadBundle:
            return False

    def _dimension(self, name: str, found: Mapping[str, Any]) -> Figures:
        labels = {dimension.id: dimension.label for dimension in self.book.dimensions}
        given = found.get("intervals")
        bounds = {key: tuple(given[key]) for key in _LEADING if given.get(key)} if given else None
        return Figures(
            name,
            labels.get(name, name),
            found["n"],
            found["macro_f1"],
            found["kappa"],
            bounds,
        )


def _trained_segments(folder: Path) -> frozenset[str]:
    with _readable(folder, _TRAINED):
        return frozenset(json.loads((folder / _TRAINED).read_bytes())["segments"])


def _shown_projects(folder: Path) -> frozenset[str]:
    with _readable(folder, _EXCERPTS):
        lines = (folder / _EXCERPTS).read_bytes().split(b"\n")
        return frozenset(str(json.loads(line)["project"]) for line in lines if line) - {""}


@contextlib.contextmanager
def _readable(folder: Path, name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise errors.BadBundle(f"{folder.name}/{name}: it can't be read.") from None
