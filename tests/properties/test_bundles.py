"""A model's folder is what its id says, to the byte, or it is refused."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import errors
from service.suggest import bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.registry import Registry
from tests import invented
from training import dataset, fit

NAMES = ("MODEL_CARD.md", "manifest.json", "held_out.json", "support/excerpts.jsonl", "weights.safetensors")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small fitted model, which nothing here changes."""
    snapshot = dataset.freeze(invented.rows(4, 6), invented.book())
    folder = tmp_path_factory.mktemp("pristine") / "model"
    bundle.save(fit.fit_head(snapshot, HashingEncoder(8)), folder)
    return folder


@pytest.fixture(scope="module")
def folder(pristine: Path) -> Iterator[Path]:
    """Return a copy that examples change and put right again."""
    copy = pristine.parent / "changed"
    shutil.copytree(pristine, copy)
    yield copy
    bundle.load(copy)


def _refused(folder: Path, names: str) -> None:
    """Expect one sentence that names the file, and nothing left in the registry."""
    with pytest.raises((errors.BadBundle, errors.NoModel)) as refusal:
        bundle.load(folder)
    said = str(refusal.value)
    assert names in said
    assert "\n" not in said
    assert said.endswith((".", "?"))  # it may ask whether another name was meant
    registry = Registry(folder.parent / "models")
    with pytest.raises((errors.BadBundle, errors.NoModel)):
        registry.add(folder)
    assert not registry.root.exists() or list(registry.root.iterdir()) == []


_quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", [*NAMES[:-1], "weights.safetensors", "metrics.json", "support/trained.json"])
@_quick
@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_other_byte_is_refused(folder: Path, name: str, where: float, flip: int) -> None:
    """Whatever byte of whatever file is another, white space and dates included."""
    path = folder / name
    content = path.read_bytes()
    changed = bytearray(content)
    changed[int(where * len(content))] ^= flip
    path.write_bytes(changed)
    try:
        _refused(folder, "changed/")
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("name", NAMES)
@_quick
@given(end=st.floats(0, 1, exclude_max=True), more=st.binary(max_size=5))
def test_any_other_length_is_refused(folder: Path, name: str, end: float, more: bytes) -> None:
    """A file cut short, emptied, or with something behind it."""
    path = folder / name
    content = path.read_bytes()
    changed = content + more if more else content[: int(end * len(content))]
    path.write_bytes(changed)
    try:
        _refused(folder, "changed/")
    finally:
        path.write_bytes(content)


@_quick
@given(
    name=st.from_regex(r"[a-z.]{1,12}", fullmatch=True), inside=st.booleans(), kind=st.sampled_from(["file", "folder"])
)
def test_anything_besides_is_refused(folder: Path, name: str, inside: bool, kind: str) -> None:
    """A file or a folder that a model does not have, anywhere in it."""
    path = (folder / "support" if inside else folder) / name
    if path.exists() or name.strip(".") == "":
        return
    path.write_bytes(b"") if kind == "file" else path.mkdir()
    try:
        _refused(folder, name)
    finally:
        path.unlink() if kind == "file" else path.rmdir()


@pytest.mark.parametrize("name", sorted({*NAMES, "metrics.json", "held_out.safetensors"}))
def test_anything_missing_is_refused(folder: Path, name: str) -> None:
    """A file taken away, or put where it does not belong."""
    aside = (folder / name).rename(folder.parent / "aside")
    try:
        _refused(folder, name)
    finally:
        aside.rename(folder / name)
