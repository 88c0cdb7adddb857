"""The encoder that a tuned model brings along: a compiled graph in the bundle's folder `encoder`, used in place."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from service import errors, files
from service.suggest import openvino_graph
from service.suggest.encoder import Encoder
from service.suggest.model import Bundle
from service.suggest.openvino_graph import Graph

FOLDER = "encoder"
FILES = frozenset(f"{FOLDER}/{name}" for name in openvino_graph.FILES)


def digests(graph: Graph | None) -> dict[str, str]:
    """Return the digest of each file, by its name in the bundle; none where the model brings no encoder."""
    if graph is None:
        return {}
    return {f"{FOLDER}/{name}": digest(graph.folder / name) for name in openvino_graph.FILES}


def digest(path: Path) -> str:
    """Return a file's SHA-256 without holding it in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy(graph: Graph | None, directory: Path) -> None:
    """Copy the files into a bundle's folder."""
    if graph is None:
        return
    (directory / FOLDER).mkdir()
    for name in openvino_graph.FILES:
        with (graph.folder / name).open("rb") as source, files.replacing(directory / FOLDER / name, "wb") as target:
            shutil.copyfileobj(source, target)


def read(directory: Path, listed: Mapping[str, str]) -> Graph:
    """Check the files of a bundle's encoder and return it.

    Raises:
        BadBundle: naming the file and what is wrong with it.
    """
    for name in sorted(FILES):
        path, where = directory / name, f"{directory.name}/{name}"
        if path.is_symlink() or not path.is_file():
            raise errors.BadBundle(f"{where}: it is not a plain file.")
        if digest(path) != listed[name]:
            raise errors.BadBundle(
                f"{where}: it is damaged or was changed: its SHA-256 is not the one in the manifest."
            )
    graph = openvino_graph.read(directory / FOLDER, keeps=False)
    if graph is None or not _says_enough(graph):
        raise errors.BadBundle(f"{directory.name}/{FOLDER}: it does not say what must be known to use it.")
    return graph


def _says_enough(graph: Graph) -> bool:
    numbers = (graph.size, graph.max_length, graph.pad_id)
    whole = all(type(number) is int and number >= 0 for number in numbers)
    return whole and graph.size > 0 and graph.max_length > 0 and isinstance(graph.prompt, str)


def encoder_of(bundle: Bundle, shared: Encoder, threads: int | None = None) -> Encoder:
    """Return the encoder that a model suggests with: its own, or the one that all others share.

    Args:
        bundle: the model.
        shared: the encoder of models that bring none.
        threads: how many its own computes with (None: one on each core).
    """
    if bundle.graph is None:
        return shared
    from service.suggest.openvino_encoder import OpenVINOEncoder

    return OpenVINOEncoder(bundle.graph, bundle.manifest.encoder_id, threads=threads)
