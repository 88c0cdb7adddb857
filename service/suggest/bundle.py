"""A model on disk: arrays, JSON, a card and a report in one folder, checked whole before anything of it is used."""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from service import errors, files
from service.domain import codebook as codebooks
from service.suggest import bundle_encoder, bundle_parts, model
from service.suggest.bundle_parts import CARD, METRICS, NAMING, REPORT
from service.suggest.bundle_reader import Fields
from service.suggest.model import Bundle, Manifest

__all__ = [
    "MANIFEST",
    "Bundle",
    "Manifest",
    "check_free",
    "finish",
    "load",
    "outdated_method",
    "read_manifest",
    "save",
]

MANIFEST = "manifest.json"
_OWN_DIGEST = "manifest_sha256"
_MAX_MANIFEST = 20_000_000
_MAX_FILE = 4_000_000_000


def finish(bundle: Bundle) -> Bundle:
    """Return the bundle under the id that its content gives it."""
    return model.named(bundle, _digests(bundle_parts.write(bundle)) | bundle_encoder.digests(bundle.graph))


def save(bundle: Bundle, directory: Path) -> None:
    """Write a bundle to a folder that is empty or absent, in one step.

    Raises:
        FolderInUse: the folder holds something.
        BadInput: nothing can be written there.
        StorageFull: the disk is full; nothing is left behind.
    """
    check_free(directory)
    with files.scratch(directory.parent, directory.name) as work:
        part = work / directory.name
        try:
            part.mkdir(mode=0o755)
            _write(bundle, part)
            part.rename(directory)
        except OSError as error:
            raise errors.StorageFull(f"{directory}: the model can't be written ({error.strerror}).") from error


def check_free(directory: Path) -> None:
    """Look whether a model can be written to a folder, before there is one.

    Raises:
        FolderInUse: the folder is not empty or absent, or can't be replaced.
        BadInput: nothing can be written there.
    """
    try:
        if directory.is_symlink():
            raise errors.FolderInUse(f"{directory} is a link; name the folder itself.")
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise errors.FolderInUse(
                f"{directory} is not an empty folder; a model is written to an empty or a new one."
            )
        if directory.name in ("", "..") or directory.resolve() == Path.cwd() or directory.is_mount():
            raise errors.FolderInUse(f"{directory} is in use and can't be replaced; name a new folder inside it.")
    except OSError as error:
        raise errors.BadInput(f"{directory}: it can't be looked into ({error.strerror}); name another.") from error
    files.check_folder(directory.parent)


def _write(bundle: Bundle, directory: Path) -> None:
    files, own = bundle_parts.write(bundle), bundle_encoder.digests(bundle.graph)
    if model.model_id(bundle.manifest, bundle.codebook, _digests(files) | own) != bundle.manifest.model_id:
        raise errors.BadBundle("The model's id does not belong to its content.")
    files[CARD], files[REPORT] = bundle.card.encode("utf-8"), bundle.report.encode("utf-8")
    files[MANIFEST] = _written(_manifest(bundle, _all_digests(files) | own))
    bundle_encoder.copy(bundle.graph, directory)
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())


def _manifest(bundle: Bundle, digests: Mapping[str, str]) -> dict[str, Any]:
    own = bundle.manifest
    raw = {
        "format": model.FORMAT,
        "model_id": own.model_id,
        **own.identity(),
        "codebook": codebooks.as_dict(bundle.codebook),
        "libraries": dict(own.libraries),
        "created_at": own.created_at,
        "files": dict(sorted(digests.items())),
    }
    return {**raw, _OWN_DIGEST: _own_digest(raw)}


def _written(raw: Mapping[str, Any]) -> bytes:
    """Return a manifest as it stands in its file, to the byte."""
    return json.dumps(raw, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


def _own_digest(raw: Mapping[str, Any]) -> str:
    """Return the digest of a manifest's other fields: the model id rests on what suggests, not on dates or card."""
    rest = {key: value for key, value in raw.items() if key != _OWN_DIGEST}
    return sha256(json.dumps(rest, sort_keys=True).encode("utf-8")).hexdigest()


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the digests that the model id rests on; card and report name the id, so they can't be among them."""
    return {name: digest for name, digest in _all_digests(files).items() if name not in NAMING}


def _all_digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: sha256(content).hexdigest() for name, content in sorted(files.items())}


def load(directory: Path) -> Bundle:
    """Read a bundle and check every part of it before use.

    Raises:
        BadBundle: naming the file and what is wrong with it.
        NoModel: there is no bundle.
    """
    fields, content = _fields(directory)
    listed = {str(name): str(digest) for name, digest in fields.mapping("files").items()}
    manifest = _parse(fields)
    own = bundle_encoder.FILES if manifest.method == "tuned" else frozenset()
    files = _read_files(directory, listed, own)
    graph = bundle_encoder.read(directory, listed) if own else None
    try:
        where = f"{fields.where}: codebook"
        codebook = codebooks.parse(fields.mapping("codebook"), where, short_name=manifest.codebook_name)
    except errors.BadCodebook as error:
        raise errors.BadBundle(str(error)) from error
    digests = {name: digest for name, digest in listed.items() if name not in NAMING}
    if model.model_id(manifest, codebook, digests) != manifest.model_id:
        raise errors.BadBundle(f"{directory.name}/{MANIFEST}: it was changed: the model id does not belong to it.")
    parts = bundle_parts.read(files, manifest, codebook, directory.name)
    if fields.text(_OWN_DIGEST) != _own_digest(fields.raw) or content != _written(fields.raw):
        raise errors.BadBundle(f"{directory.name}/{MANIFEST}: it is damaged or was changed: its SHA-256 is another.")
    return Bundle(
        manifest,
        codebook,
        parts.dimensions,
        parts.vocabulary,
        parts.support,
        Fields.parse(files[METRICS], f"{directory.name}/{METRICS}").raw,
        parts.held_out,
        files[CARD].decode("utf-8", "replace"),
        files[REPORT].decode("utf-8", "replace"),
        graph,
    )


def read_manifest(directory: Path) -> Manifest:
    """Read only what a bundle says of itself, unchecked against its other files.

    Raises:
        BadBundle: it is damaged.
        NoModel: there is no bundle.
    """
    return _parse(_fields(directory)[0])


def outdated_method(directory: Path) -> str | None:
    """Return how a model was made that an earlier version wrote and this one can't read; None for any other."""
    try:
        fields = Fields.parse((directory / MANIFEST).read_bytes(), MANIFEST)
        return fields.text("method") if fields.integer("format") < model.FORMAT else None
    except (OSError, errors.BadBundle):
        return None


def _fields(directory: Path) -> tuple[Fields, bytes]:
    path = directory / MANIFEST
    try:
        if path.stat().st_size > _MAX_MANIFEST:
            raise errors.BadBundle(f"{directory.name}/{MANIFEST}: it is far larger than a manifest is.")
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise errors.NoModel(f"{directory} holds no model: there is no {MANIFEST}.") from error
    except OSError as error:
        raise errors.BadBundle(f"{directory.name}/{MANIFEST}: it can't be read ({error.strerror}).") from error
    fields = Fields.parse(content, f"{directory.name}/{MANIFEST}")
    _check_format(fields)
    return fields, content


def _check_format(fields: Fields) -> None:
    found = fields.integer("format")
    if found == model.FORMAT:
        return
    todo = "train the model again (`inkling train`)" if found < model.FORMAT else "update Inkling to use it"
    raise errors.BadBundle(f"{fields.where}: it has format {found} and this version reads {model.FORMAT}; {todo}.")


def _parse(fields: Fields) -> Manifest:
    snapshot, settings = fields.fields("snapshot"), fields.fields("settings")
    return Manifest(
        fields.text("model_id"),
        fields.choice("method", ("head", "tuned", "definitions")),  # type: ignore[arg-type]
        fields.text("codebook_name"),
        fields.text("codebook_version"),
        fields.text("encoder_id"),
        fields.integer("encoder_size"),
        model.SnapshotInfo(
            snapshot.text("sha256"),
            snapshot.integer("documents"),
            snapshot.integer("participants"),
            snapshot.integer("segments"),
            snapshot.fields("origins").integers(),
            snapshot.fields("left_out").integers(),
        ),
        fields.integer("seed"),
        model.Settings(settings.integer("min_words"), settings.number("familiar"), settings.mapping("fitting")),
        fields.fields("libraries").texts(),
        fields.text("created_at"),
        fields.truth("on_invented_text"),
    )


def _read_files(directory: Path, listed: Mapping[str, str], own: frozenset[str]) -> dict[str, bytes]:
    """Read all files but those of the model's own encoder, which are used in place; none may be missing or more."""
    expected = bundle_parts.FILES | NAMING | own
    folders = {str(parent) for name in expected for parent in Path(name).parents}
    found = {str(path.relative_to(directory)) for path in directory.rglob("*")}
    found -= {name for name in folders & found if (directory / name).is_dir() and not (directory / name).is_symlink()}
    for name in sorted(expected - set(listed)):
        raise errors.BadBundle(f"{directory.name}/{MANIFEST}: it does not list {name}.")
    for name in sorted((set(listed) - expected) | (found - expected - {MANIFEST})):
        raise errors.BadBundle(f"{directory.name}/{errors.shown(name, 100)}: a model has no such file.")
    for name in sorted(expected - found):
        raise errors.BadBundle(f"{directory.name}/{name}: the file is missing.")
    read = sorted(expected - own)
    return {name: _read_file(directory / name, f"{directory.name}/{name}", listed[name]) for name in read}


def _read_file(path: Path, where: str, digest: str) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise errors.BadBundle(f"{where}: it is not a plain file.")
    try:
        if path.stat().st_size > _MAX_FILE:
            raise errors.BadBundle(f"{where}: it is far larger than such a file is.")
        content = path.read_bytes()
    except OSError as error:
        raise errors.BadBundle(f"{where}: it can't be read ({error.strerror}).") from error
    if sha256(content).hexdigest() != digest:
        raise errors.BadBundle(f"{where}: it is damaged or was changed: its SHA-256 is not the one in {MANIFEST}.")
    return content
