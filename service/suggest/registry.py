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
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from service import errors, files
from service.suggest import bundle

FILE = "registry.json"
SET_UP = "set-up"

State = Literal["candidate", "current", "retired"]


@dataclass(frozen=True)
class Change:
    """One change of the current model of a codebook; `model_id` serves from then on."""

    codebook: str
    model_id: str
    by: str
    reason: str
    at: str


@dataclass(frozen=True)
class Entry:
    """A model as the registry lists it."""

    model_id: str
    codebook: str
    method: str
    created_at: str
    state: State
    on_invented_text: bool


class Registry:
    """Keeps models by id under one folder and remembers which is current for each codebook name."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, directory: Path) -> str:
        """Copy a bundle in, after checking it whole; return its model id. Adding it again changes nothing.

        Raises:
            BadBundle: the bundle is damaged or was changed.
        """
        model_id = bundle.load(directory).manifest.model_id
        with self._lock():
            target = self.root / model_id
            if not target.exists():
                part = Path(tempfile.mkdtemp(prefix=".adding-", dir=self.root))
                try:
                    shutil.copytree(directory, part, dirs_exist_ok=True)
                    part.chmod(0o755)
                    part.rename(target)
                except BaseException:
                    shutil.rmtree(part, ignore_errors=True)
                    raise
        return model_id

    def list(self) -> tuple[Entry, ...]:
        """Return all models, oldest first."""
        found = [self.show(path.parent.name) for path in self.root.glob(f"*/{bundle.MANIFEST}")]
        return tuple(sorted(found, key=lambda entry: (entry.created_at, entry.model_id)))

    def show(self, model_id: str) -> Entry:
        """Return what the registry knows of one model.

        Raises:
            NoModel: there is no model of this id.
        """
        manifest = bundle.read_manifest(self.path(model_id))
        return Entry(
            manifest.model_id,
            manifest.codebook_name,
            manifest.method,
            manifest.created_at,
            self._state(manifest.codebook_name, model_id),
            manifest.on_invented_text,
        )

    def path(self, model_id: str) -> Path:
        """Return the folder of a model.

        Raises:
            NoModel: there is no model of this id.
        """
        path = self.root / model_id
        if not model_id or Path(model_id).name != model_id or not (path / bundle.MANIFEST).is_file():
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
        """Make a model current without a person, only where the codebook has none yet; say whether that was done."""
        name = self.show(model_id).codebook
        with self._lock():
            if self.current(name) is not None:
                return False
            self._append(name, model_id, SET_UP, "first model of this codebook")
        return True

    def promote(self, model_id: str, by: str, reason: str) -> None:
        """Make a model current for its codebook, signed by a person.

        Raises:
            Unprocessable: nobody signs or no reason is given.
            Conflict: it is current already.
        """
        _check_signed(by, reason)
        name = self.show(model_id).codebook
        with self._lock():
            if self.current(name) == model_id:
                raise errors.Conflict(f"{model_id} already is the current model of {name}.")
            self._append(name, model_id, by, reason)

    def rollback(self, codebook_name: str, by: str, reason: str) -> str:
        """Go back to the model that served a codebook before the current one; return its id.

        Raises:
            Unprocessable: nobody signs or no reason is given.
            NoModel: there is none to go back to.
        """
        _check_signed(by, reason)
        with self._lock():
            before = self.previous(codebook_name)
            self._append(codebook_name, before, by, reason)
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

    def _state(self, codebook_name: str, model_id: str) -> State:
        served = [change.model_id for change in self.history(codebook_name)]
        if served and served[-1] == model_id:
            return "current"
        return "retired" if model_id in served else "candidate"

    def _read(self) -> tuple[Change, ...]:
        try:
            raw = json.loads((self.root / FILE).read_text(encoding="utf-8"))
            return tuple(Change(**change) for change in raw["changes"])
        except FileNotFoundError:
            return ()
        except (ValueError, KeyError, TypeError) as error:
            raise errors.BadBundle(f"{FILE}: the registry is damaged; restore it from a backup.") from error

    def _append(self, codebook: str, model_id: str, by: str, reason: str) -> None:
        change = Change(codebook, model_id, by, reason, datetime.now(UTC).isoformat(timespec="microseconds"))
        content = {"format": 1, "changes": [asdict(c) for c in [*self._read(), change]]}
        with files.replacing(self.root / FILE) as file:
            json.dump(content, file, ensure_ascii=False, indent=1)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".registry.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


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
