"""The models folder: which models there are, which one serves each codebook, and who decided so.

`registry.json` is replaced as a whole, under a lock, so that readers never see half of it and writers don't undo
one another. States are not stored but derived: a model is *current* for its codebook, *retired* if it once was,
else a *candidate*.
"""

import contextlib
import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from service import errors, files
from service.suggest import bundle

FILE = "registry.json"
SET_UP = "set-up"
_ADDING = "adding"

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
    #: Whether it went back to the model before; None in what was written before this was kept.
    back: bool | None = None


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
            self._append(Change(name, model_id, SET_UP, "first model of this codebook", _now(), back=False))
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
            self._append(Change(name, model_id, by, reason, _now(), verdict, back=False))

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
            self._append(Change(codebook_name, before, by, reason, _now(), back=True))
        return before

    def previous(self, codebook_name: str) -> str:
        """Return the id of the model that served a codebook before the current one; going back undoes a promotion.

        Raises:
            NoModel: there is none.
        """
        before = _before_current(self.history(codebook_name))
        if not self.history(codebook_name):
            served = ", ".join(sorted({change.codebook for change in self.history()})) or "none yet"
            raise errors.NoModel(f"No model has served a codebook named {codebook_name}; served were: {served}.")
        if before is None:
            raise errors.NoModel(f"{codebook_name} has no earlier model to go back to.")
        return before

    def check_writable(self) -> None:
        """Look whether a model could be kept here now, before minutes of work are done for it.

        Raises:
            BadInput: nothing can be written here.
            BadBundle: the registry is damaged.
        """
        self.history()
        with self._lock(), self._part():
            pass

    @contextlib.contextmanager
    def _part(self) -> Iterator[Path]:
        """Give a hidden folder to make a model in, on the same disk; under the lock."""
        for path in self.root.glob(f"{files.UNFINISHED}*"):  # the lock's holder alone writes files here
            if path.is_file():
                path.unlink(missing_ok=True)
        with files.scratch(self.root, _ADDING) as part:
            try:
                yield part
            except OSError as error:
                why = error.strerror or "a file of it can't be copied"
                raise errors.StorageFull(f"{self.root}: the model can't be written ({why}).") from error

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
        except OSError as error:
            raise errors.BadBundle(f"{path}: the registry can't be read ({error.strerror}).") from error
        return known[1]

    def _append(self, change: Change) -> None:
        content = {"format": 1, "changes": [asdict(c) for c in [*self._read(), change]]}
        with files.replacing(self.root / FILE) as file:
            json.dump(content, file, ensure_ascii=False, indent=1)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            handle = (self.root / ".registry.lock").open("w")
        except OSError as error:
            raise errors.BadInput(
                f"{self.root}: the models folder can't be written ({error.strerror}); see INKLING_MODELS."
            ) from error
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _changes(content: bytes) -> tuple[Change, ...]:
    try:
        changes = tuple(Change(**change) for change in json.loads(content)["changes"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise errors.BadBundle(f"{FILE}: the registry is damaged; restore it from a backup.") from error
    for change in changes:
        texts = (change.codebook, change.model_id, change.by, change.reason, change.at)
        kinds = isinstance(change.verdict, dict | None) and isinstance(change.back, bool | None)
        if not kinds or not all(isinstance(text, str) for text in texts):
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
    if not _says_something(by) or not _says_something(reason):
        raise errors.Unprocessable("Promoting and rolling back need a person and a reason.")
    if by == SET_UP:
        raise errors.Unprocessable(f"{SET_UP!r} is not a person.")


def _says_something(text: str) -> bool:
    """Say whether there is anything to read in a text: white space and control characters are nothing."""
    return any(character.isprintable() and not character.isspace() for character in text)


def _before_current(changes: Sequence[Change]) -> str | None:
    """Return what served before the last change, those that were gone back from aside."""
    line: list[str] = []
    for change in changes:
        if change.back:
            line = line[:-2]
        elif change.back is None and change.model_id in line:  # most likely gone back to
            line = line[: line.index(change.model_id)]
        line.append(change.model_id)
    return line[-2] if len(line) > 1 else None
