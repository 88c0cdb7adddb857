"""The output of scoring: Parquet shards written in one step each, and the manifest that says what they hold."""

import fcntl
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from service import errors, files
from service.use_cases.score_shard import Counts, counts_of

MANIFEST = "manifest.jsonl"
SETTINGS = "settings.json"

Line = dict[str, Any]


class Folder:
    """An output folder: it belongs to one model and one way of scoring."""

    def __init__(self, root: Path, settings: Mapping[str, Any], *, resume: bool) -> None:
        """Take the folder, or go on in it.

        Raises:
            FolderInUse: it holds something and `resume` is not given, or it belongs to another model or setting.
        """
        self.root = root
        self.settings = dict(settings)
        try:
            _check(root, self.settings, resume=resume)
            root.mkdir(parents=True, exist_ok=True)
            if not (root / SETTINGS).exists():  # once: it is also what `held` locks
                with files.replacing(root / SETTINGS) as file:
                    file.write(json.dumps(self.settings, indent=1, sort_keys=True) + "\n")
        except OSError as error:
            raise errors.BadInput(f"{root}: the output folder can't be written ({error.strerror}).") from error
        self.mark = _fingerprint(self.settings)
        self.lines: dict[str, Line] = {line["input"]: line for line in _read_lines(root / MANIFEST)}
        self._files: dict[str, set[str]] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other runs out of the folder, and leave the manifest in order at the end, however it comes."""
        with (self.root / SETTINGS).open("rb") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise errors.FolderInUse(f"{self.root}: another run is writing here; wait for its end.") from None
            for leftover in self.root.glob(f"{files.UNFINISHED}*"):
                if leftover.is_file():
                    leftover.unlink()
            for path in self.root.glob("*.parquet"):  # once: there may be many, and as many inputs
                self._files.setdefault(_stem_in(path), set()).add(path.name)
            try:
                yield
            finally:
                with files.replacing(self.root / MANIFEST) as file:
                    file.writelines(_json(self.lines[key]) for key in sorted(self.lines))

    def record(self, line: Line) -> None:
        """Add an input's line; what an earlier line of it named and this one does not is removed."""
        with (self.root / MANIFEST).open("a", encoding="utf-8") as file:
            file.write(_json(line))
        self.lines[line["input"]] = line
        kept = {shard["name"] for shard in line.get("shards", ())}
        for name in self._files.pop(_stem(line["input"]), set()) - kept:
            (self.root / name).unlink(missing_ok=True)

    def extents(self, key: str, digest: str) -> dict[str, tuple[int, int]] | None:
        """Return the documents of an input that was scored as it is now, each with its first and last position.

        None where it was not, or where a shard of it is missing or can't be read: a power cut may leave the name of a
        file without what it held.
        """
        line = self.lines.get(key)
        if line is None or line["status"] != "scored" or line["sha256"] != digest:
            return None
        found: dict[str, tuple[int, int]] = {}
        for shard in line["shards"]:
            ends = self._ends(self.root / shard["name"])
            if ends is None:
                return None
            for document, begin, end in ends:
                first, last = found.get(document, (begin, end))
                found[document] = min(first, begin), max(last, end)
        return found

    def _ends(self, shard: Path) -> list[tuple[str, int, int]] | None:
        """Return each document of a shard with its first and last position; None of one that is not whole."""
        import pyarrow
        import pyarrow.parquet

        if self.counts_in(shard) is None:
            return None
        try:
            table = pyarrow.parquet.read_table(shard, columns=["document_id", "position"])
        except (OSError, pyarrow.ArrowException):
            self._files[_stem_in(shard)].discard(shard.name)  # to be written anew
            return None
        ends = table.group_by("document_id").aggregate([("position", "min"), ("position", "max")]).to_pylist()
        return [(row["document_id"], row["position_min"], row["position_max"]) for row in ends]

    def shard(self, key: str, digest: str, number: int) -> Path:
        """Return where a part of an input's rows goes."""
        return self.root / f"{_stem(key)}-{digest[:12]}-{number:05}.parquet"

    def counts_in(self, shard: Path) -> Counts | None:
        """Return what a finished shard of this model and setting holds; None where there is none."""
        import pyarrow
        import pyarrow.parquet

        if shard.name not in self._files.get(_stem_in(shard), ()):
            return None
        try:
            return counts_of(pyarrow.parquet.read_metadata(shard).metadata, self.mark)
        except (OSError, ValueError, TypeError, pyarrow.ArrowException):
            return None

    def write(self, shard: Path, content: bytes) -> None:
        """Write a shard in one step."""
        with files.replacing(shard, "wb") as file:
            file.write(content)
        self._files.setdefault(_stem_in(shard), set()).add(shard.name)


def read_settings(root: Path) -> Mapping[str, Any]:
    """Return how the scores in a folder were made.

    Raises:
        BadInput: the folder holds none.
    """
    found = _kept_settings(root)
    if not isinstance(found, dict) or "model_id" not in found:
        raise errors.BadInput(f"{root}: there are no scores here; name a folder that `inkling score` wrote.")
    return found


def _kept_settings(root: Path) -> Any:
    """Return what the file of settings holds; None where there is none that can be read."""
    try:
        return json.loads((root / SETTINGS).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def read_lines(root: Path) -> Iterable[Line]:
    """Yield the lines of a folder's manifest, the last of each input."""
    return {line["input"]: line for line in _read_lines(root / MANIFEST)}.values()


def _check(root: Path, settings: Mapping[str, Any], *, resume: bool) -> None:
    if not root.exists() or (root.is_dir() and not any(root.iterdir())):
        return
    if not root.is_dir():
        raise errors.FolderInUse(f"{root} is not a folder; name a new or an empty one.")
    if not resume:
        raise errors.FolderInUse(f"{root} already holds something; go on in it with --resume, or name a new folder.")
    found = _kept_settings(root)
    if not isinstance(found, dict):
        raise errors.FolderInUse(f"{root} holds no scores to go on with; name a new or an empty folder.")
    if found != settings:
        differ = sorted(key for key in {*found, *settings} if found.get(key) != settings.get(key))
        raise errors.FolderInUse(
            f"{root} belongs to another run: {', '.join(differ)} differ; use the same, or name a new folder."
        )


def _read_lines(manifest: Path) -> Iterable[Line]:
    """Yield the lines that are whole: the last one may have been cut off when a run was killed."""
    try:
        content = manifest.read_bytes()
    except OSError:
        return
    for line in content.split(b"\n"):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and {"input", "path", "status", "sha256"} <= found.keys():
            yield found


def _json(line: Line) -> str:
    """Return a line of the manifest; a file's name may hold bytes that are no text, which are escaped."""
    written = json.dumps(line, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        written = json.dumps(line)
    return f"{written}\n"


def _stem(key: str) -> str:
    """Return a file name for an input, unique and readable."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", key)[-60:].lstrip("._-")
    return f"{readable or 'input'}-{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def _stem_in(shard: Path) -> str:
    """Return the stem in the name of a shard (see `Folder.shard`)."""
    return shard.name.rsplit("-", 2)[0]


def _fingerprint(settings: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest().encode()
