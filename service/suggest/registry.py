"""The models folder: which models there are, which one serves each codebook, and who decided so.

`registry.json` is replaced as a whole, under a lock, so that readers never see half of it and writers don't undo
one another. States are not stored but derived: a model is *current* for its codebook, *retired* if it once was,
else a *candidate*.
"""

import contextlib
import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from service import errors, files
from service.suggest import bundle

FILE = "registry.json"
SET_UP = "set-up"
_ADDING = ".adding-"

State = Literal["candidate", "current", "retired"]


@dataclass(frozen=True)
class Change:
    """One change of the current model of a codebook; `model_id` serves from then on."""

    codebook: str
    model_id: str
    by: str
    reason: str
    at: str
    #: How it compared with the model before, as far as that was asked (`comparison.Comparison.record`).
    verdict: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Entry:
    """A model as the registry lists it."""

    model_id: str
    codebook: str
    method: str
    created_at: str
    state: State
    on_invented_text: bool
    #: Who last made it current, when, why, and with which verdict; empty for a candidate.
    by: str = ""
    decided_at: str = ""
    reason: str = ""
    verdict: Mapping[str, Any] | None = None


class Registry:
    """Keeps models by id under one folder and remembers which is current for each codebook name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        #: The history as last read, with what told the file from another.
        self._known: tuple[tuple[int, ...], tuple[Change, ...]] | None = None

    def add(self, directory: Path) -> str:
        """Copy a bundle in, after checking it whole; return its model id. Adding it again changes nothing.

        Raises:
            BadBundle: the bundle, or the one that is there under its id, is damaged or was changed.
        """
        model_id = bundle.load(directory).manifest.model_id
        with self._lock():
            self._sweep()
            if (self.root / model_id).exists():
                self.load(model_id)
                return model_id
            with self._part() as part:
                shutil.copytree(directory, part / model_id)
                _check_name(bundle.load(part / model_id).manifest, model_id)
                (part / model_id).rename(self.root / model_id)
        return model_id

    def keep(self, made: bundle.Bundle) -> Path:
        """Write a model that was just made, as a candidate; return its folder. One that is there stays as it is.

        Raises:
            BadBundle: it is there and damaged.
            StorageFull: the disk is full; nothing is left behind.
        """
        model_id = made.manifest.model_id
        target = self.root / model_id
        with self._lock():
            self._sweep()
            if target.exists():
                self.load(model_id)
                return target
            with self._part() as part:
                bundle.save(made, part / model_id)
                (part / model_id).rename(target)
        return target

    def remove(self, model_id: str) -> None:
        """Delete a candidate for good.

        Raises:
            NoModel: there is no model of this id.
            Conflict: it serves, or once did: whoever rolls back must find it.
        """
        with self._lock():
            folder = self.path(model_id)
            if any(change.model_id == model_id for change in self.history()):
                raise errors.Conflict(f"{model_id} serves or once served, so it stays; only candidates can be removed.")
            with self._part() as part:
                folder.rename(part / model_id)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all models, by name; folders still being written, which are hidden, are none."""
        names = (path.parent.name for path in self.root.glob(f"*/{bundle.MANIFEST}"))
        return tuple(sorted(name for name in names if not name.startswith(".")))

    def list(self) -> tuple[Entry, ...]:
        """Return all models that can be read, oldest first."""
        found = [entry for entry in self._looked_at().values() if isinstance(entry, Entry)]
        return tuple(sorted(found, key=lambda entry: (entry.created_at, entry.model_id)))

    def unreadable(self) -> dict[str, str]:
        """Return why each of the other models can't be read, by id."""
        return {model_id: found for model_id, found in self._looked_at().items() if isinstance(found, str)}

    def _looked_at(self) -> dict[str, Entry | str]:
        """Return each model, by id, or why it can't be read."""
        found: dict[str, Entry | str] = {}
        for model_id in self.ids():
            try:
                found[model_id] = self.show(model_id)
            except errors.InklingError as error:
                found[model_id] = str(error)
        return found

    def show(self, model_id: str) -> Entry:
        """Return what the registry knows of one model.

        Raises:
            NoModel: there is no model of this id.
            BadBundle: its manifest can't be read, or is another model's.
        """
        manifest = bundle.read_manifest(self.path(model_id))
        _check_name(manifest, model_id)
        changes = self.history(manifest.codebook_name)
        entry = Entry(
            model_id,
            manifest.codebook_name,
            manifest.method,
            manifest.created_at,
            _state(changes, model_id),
            manifest.on_invented_text,
        )
        last = next((change for change in reversed(changes) if change.model_id == model_id), None)
        if last is None:
            return entry
        return replace(entry, by=last.by, decided_at=last.at, reason=last.reason, verdict=last.verdict)

    def load(self, model_id: str) -> bundle.Bundle:
        """Return a model of this folder, checked whole.

        Raises:
            NoModel: there is no model of this id.
            BadBundle: its files are damaged, or are another model's.
        """
        found = bundle.load(self.path(model_id))
        _check_name(found.manifest, model_id)
        return found

    def open(self, directory_or_id: str | Path) -> bundle.Bundle:
        """Return a model given by its id or as a folder anywhere, checked whole; raises as `load` does."""
        folder = self.resolve(directory_or_id)
        if folder.resolve().parent == self.root.resolve():
            return self.load(folder.resolve().name)
        return bundle.load(folder)

    def path(self, model_id: str) -> Path:
        """Return the folder of a model.

        Raises:
            NoModel: there is no model of this id.
        """
        path = self.root / model_id
        plain = Path(model_id).name == model_id and not model_id.startswith(".")
        if not model_id or not plain or not (path / bundle.MANIFEST).is_file():
            raise errors.NoModel(f"There is no model {model_id!r}; `inkling models list` shows those there are.")
        return path

    def resolve(self, directory_or_id: str | Path) -> Path:
        """Return the folder of a model given by its id or as a folder with a manifest.

        Raises:
            NoModel: it is neither.
        """
        folder = Path(directory_or_id)
        if (folder / bundle.MANIFEST).is_file():
            return folder
        if folder.is_dir() and not (self.root / str(directory_or_id) / bundle.MANIFEST).is_file():
            raise errors.NoModel(f"{folder}: there is no model in this folder (no {bundle.MANIFEST}).")
        return self.path(str(directory_or_id))

    def history(self, codebook_name: str | None = None) -> tuple[Change, ...]:
        """Return every change of a current model, oldest first."""
        changes = self._read()
        return tuple(c for c in changes if codebook_name is None or c.codebook == codebook_name)

    def current(self, codebook_name: str) -> str | None:
        """Return the id of the model that serves a codebook name, if there is one."""
        changes = self.history(codebook_name)
        return changes[-1].model_id if changes else None

    def set_up(self, model_id: str) -> bool:
        """Make a model current without a person, only where the codebook has none yet; say whether that was done.

        It also takes the place of one that was set up by an earlier version and can't be read any more.
        """
        name = self.show(model_id).codebook
        with self._lock():
            if self.current(name) is not None and self.outgrown(name) is None:
                return False
            self._append(Change(name, model_id, SET_UP, "first model of this codebook", _now()))
        return True

    def outgrown(self, codebook_name: str) -> str | None:
        """Return how the current model was made, where nobody chose it and only an earlier version can read it."""
        changes = self.history(codebook_name)
        if not changes or changes[-1].by != SET_UP:
            return None
        return bundle.outdated_method(self.root / changes[-1].model_id)

    def promote(self, model_id: str, by: str, reason: str, verdict: Mapping[str, Any] | None = None) -> None:
        """Make a model current for its codebook, signed by a person, after checking it whole.

        Args:
            model_id: the model.
            by: who decides so.
            reason: why.
            verdict: how it compared with the model before, kept with the change; it informs and never blocks.

        Raises:
            Unprocessable: nobody signs or no reason is given.
            Conflict: it is current already.
            NoModel: there is no model of this id.
            BadBundle: its files are damaged.
        """
        _check_signed(by, reason)
        name = self.load(model_id).manifest.codebook_name
        with self._lock():
            if self.current(name) == model_id:
                raise errors.Conflict(f"{model_id} already is the current model of {name}.")
            self._append(Change(name, model_id, by, reason, _now(), verdict))

    def rollback(self, codebook_name: str, by: str, reason: str) -> str:
        """Go back to the model that served a codebook before the current one; return its id.

        Raises:
            Unprocessable: nobody signs or no reason is given.
            NoModel: there is none to go back to.
            BadBundle: its files are damaged.
        """
        _check_signed(by, reason)
        with self._lock():
            before = self.previous(codebook_name)
            self.load(before)
            self._append(Change(codebook_name, before, by, reason, _now()))
        return before

    def previous(self, codebook_name: str) -> str:
        """Return the id of the model that served a codebook before the current one.

        Raises:
            NoModel: there is none.
        """
        before = _before_current([change.model_id for change in self.history(codebook_name)])
        if not self.history(codebook_name):
            served = ", ".join(sorted({change.codebook for change in self.history()})) or "none yet"
            raise errors.NoModel(f"No model has served a codebook named {codebook_name}; served were: {served}.")
        if before is None:
            raise errors.NoModel(f"{codebook_name} has no earlier model to go back to.")
        return before

    @contextlib.contextmanager
    def _part(self) -> Iterator[Path]:
        """Give a hidden folder to make a model in, on the same disk."""
        part = Path(tempfile.mkdtemp(prefix=_ADDING, dir=self.root))
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what programs that were killed while adding left; under the lock nobody else is adding."""
        for path in self.root.glob(f"{_ADDING}*"):
            shutil.rmtree(path, ignore_errors=True)
        for path in self.root.glob(f"{files.UNFINISHED}*"):
            path.unlink(missing_ok=True)

    def _read(self) -> tuple[Change, ...]:
        """Return all changes; the file is read again only where another has taken its place."""
        path = self.root / FILE
        try:
            facts = path.stat()
            stamp = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
            known = self._known
            if known is None or known[0] != stamp:
                known = stamp, _changes(path.read_bytes())
                self._known = known
        except FileNotFoundError:
            return ()
        return known[1]

    def _append(self, change: Change) -> None:
        content = {"format": 1, "changes": [asdict(c) for c in [*self._read(), change]]}
        with files.replacing(self.root / FILE) as file:
            json.dump(content, file, ensure_ascii=False, indent=1)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".registry.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _changes(content: bytes) -> tuple[Change, ...]:
    try:
        changes = tuple(Change(**change) for change in json.loads(content)["changes"])
    except (ValueError, KeyError, TypeError) as error:
        raise errors.BadBundle(f"{FILE}: the registry is damaged; restore it from a backup.") from error
    for change in changes:
        texts = (change.codebook, change.model_id, change.by, change.reason, change.at)
        if not all(isinstance(text, str) for text in texts) or not isinstance(change.verdict, dict | None):
            raise errors.BadBundle(f"{FILE}: the registry is damaged; restore it from a backup.")
    return changes


def _state(changes: Sequence[Change], model_id: str) -> State:
    served = [change.model_id for change in changes]
    if served and served[-1] == model_id:
        return "current"
    return "retired" if model_id in served else "candidate"


def _check_name(manifest: bundle.Manifest, model_id: str) -> None:
    if manifest.model_id != model_id:
        raise errors.BadBundle(f"{model_id}: its folder holds another model, {manifest.model_id}; name it so.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _check_signed(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise errors.Unprocessable("Promoting and rolling back need a person and a reason.")
    if by == SET_UP:
        raise errors.Unprocessable(f"{SET_UP!r} is not a person.")


def _before_current(served: list[str]) -> str | None:
    """Return what served before the last of these; a model gone back to counts from its first time."""
    line: list[str] = []
    for model_id in served:
        line = line[: line.index(model_id)] if model_id in line else line
        line.append(model_id)
    return line[-2] if len(line) > 1 else None
