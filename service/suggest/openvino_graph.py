"""The compiled form of an encoder: made once per machine, kept in the cache, read by every later start."""

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from service import errors
from service.suggest import openvino_convert
from service.suggest.encoder_source import Digests, Source

#: Raised when a graph made by an older version of the conversion must not be used any more.
_FORMAT = 1
_FACTS = "encoder.json"
#: The files of a graph.
FILES = ("model.xml", "model.bin", "tokenizer.json", _FACTS)
_WORK = ".making-"
_ABANDONED = 3600


@dataclass(frozen=True)
class Graph:
    """A folder with `model.xml`, `model.bin` and `tokenizer.json`, and what must be known to use them."""

    folder: Path
    size: int
    max_length: int
    pad_id: int
    #: What the model wants in front of every text ("" for most).
    prompt: str
    #: Whether what the processor makes of it may be kept beside it, for quicker starts.
    keeps: bool = True


def read(folder: Path, *, keeps: bool = True) -> Graph | None:
    """Return the graph in a folder; None where its facts can't be read. Its files are not checked here."""
    facts = _facts(folder)
    if facts is None or not {"size", "max_length", "pad_id", "prompt"} <= facts.keys():
        return None
    return Graph(folder, facts["size"], facts["max_length"], facts["pad_id"], facts["prompt"], keeps)


def prepare(source: Source, cache: Path) -> Graph | None:
    """Return the source's graph, made on first use; None where only torch can run the model.

    Raises:
        BadEncoder: the folder can't be loaded.
        StorageFull: there is no room for the graph.
    """
    place = _place(source, cache)
    digests = Digests(cache / "encoders" / "digests.json")
    if not _intact(place, digests):
        _make(source, place)
    facts = _facts(place)
    if facts is None or not _intact(place, digests):
        raise errors.BadEncoder(f"{place} can't be read; remove this folder and start again.")
    if facts.get("unsupported"):
        return None
    return read(place)


def _place(source: Source, cache: Path) -> Path:
    made_by = hashlib.sha256(f"{_FORMAT} openvino {version('openvino')}".encode()).hexdigest()[:8]
    return cache / "encoders" / f"{re.sub(r'[^A-Za-z0-9.@_-]', '_', source.encoder_id)}-{made_by}"


def _facts(place: Path) -> dict[str, Any] | None:
    try:
        facts = json.loads((place / _FACTS).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None


def _intact(place: Path, digests: Digests) -> bool:
    """Say whether the folder holds what was once made: a power cut may leave files of the right size and no content."""
    facts = _facts(place)
    made = facts.get("sha256") if facts else None
    if not isinstance(made, dict):
        return False
    return all((place / name).is_file() and digests.of(place / name) == digest for name, digest in made.items())


def _make(source: Source, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    _check_room(source, place.parent)
    work = Path(tempfile.mkdtemp(dir=place.parent, prefix=_WORK))
    try:
        _convert(source, work)
        shutil.rmtree(place, ignore_errors=True)  # a damaged one; another process's is the same as ours
        with contextlib.suppress(OSError):  # another process was first
            work.rename(place)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check_room(source: Source, folder: Path) -> None:
    for old in folder.glob(f"{_WORK}*"):  # of a process that was killed
        if time.time() - old.stat().st_mtime > _ABANDONED:
            shutil.rmtree(old, ignore_errors=True)
    needed = 2 * sum(path.stat().st_size for path in source.folder.rglob("*.safetensors"))
    if shutil.disk_usage(folder).free < needed:
        raise errors.StorageFull(f"{folder} needs {needed >> 20} MiB free to compile the encoder; nothing was stored.")


def _convert(source: Source, work: Path) -> None:
    script = Path(openvino_convert.__file__)
    # -P keeps this package's folder from shadowing other people's modules.
    command = [sys.executable, "-P", str(script), str(source.folder), str(work)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    if done.returncode == 0:
        return
    reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1][:300]
    if done.returncode != openvino_convert.UNSUPPORTED:
        raise errors.BadEncoder(f"{source.folder} can't be loaded by sentence-transformers: {reason}")
    for leftover in work.iterdir():
        leftover.unlink()
    (work / _FACTS).write_text(json.dumps({"unsupported": reason, "sha256": {}}), encoding="utf-8")
