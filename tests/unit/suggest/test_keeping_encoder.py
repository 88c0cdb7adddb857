"""What is kept of texts between runs, and what a damaged file costs."""

import stat
from pathlib import Path

import numpy as np
import pytest

from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.keeping_encoder import KeepingEncoder
from tests.unit.suggest.counting import CountingEncoder

TEXTS = ["one two", "three", "", "one two", "\ud800"]


def _file(folder: Path) -> Path:
    (found,) = folder.glob("*.vectors")
    return found


def test_it_gives_what_the_encoder_gives(tmp_path: Path) -> None:
    """In order, with repeats and empty texts, the first time, from memory and from the file."""
    for _ in range(2):
        encoder = KeepingEncoder(HashingEncoder(16), tmp_path)
        for _ in range(2):
            assert np.array_equal(encoder.encode(TEXTS), HashingEncoder(16).encode(TEXTS))
        assert encoder.encode([]).shape == (0, 16)
        assert (encoder.encoder_id, encoder.size) == (HashingEncoder(16).encoder_id, 16)


def test_a_text_is_encoded_once_over_many_runs(tmp_path: Path) -> None:
    """The next run encodes only what is new, whichever run wrote the rest."""
    KeepingEncoder(HashingEncoder(16), tmp_path).encode(["a", "b"])
    KeepingEncoder(HashingEncoder(16), tmp_path).encode(["c"])
    counting = CountingEncoder()
    KeepingEncoder(counting, tmp_path).encode(["c", "d", "a"])
    assert counting.asked == ["d"]


def test_no_text_is_written_and_only_the_owner_reads(tmp_path: Path) -> None:
    """The file holds digests and vectors, for one person's eyes."""
    KeepingEncoder(HashingEncoder(16), tmp_path).encode(["what nobody else may read"])
    assert b"nobody" not in _file(tmp_path).read_bytes()
    assert stat.S_IMODE(_file(tmp_path).stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"", b"\0" * 7, b"\0" * 80, b"\xff" * 80])
def test_a_damaged_file_costs_only_the_saving(tmp_path: Path, damage: bytes) -> None:
    """What a killed or failing machine left behind gives no wrong vector, and new ones are found after it."""
    KeepingEncoder(HashingEncoder(16), tmp_path).encode(["a"])
    with _file(tmp_path).open("ab") as file:
        file.write(damage)
    KeepingEncoder(HashingEncoder(16), tmp_path).encode(["b"])
    counting = CountingEncoder()
    assert np.array_equal(KeepingEncoder(counting, tmp_path).encode(["a", "b"]), HashingEncoder(16).encode(["a", "b"]))
    assert counting.asked == []


def test_a_folder_that_can_not_be_written_is_done_without(tmp_path: Path) -> None:
    """Where a file stands in the folder's place, every run encodes anew."""
    (tmp_path / "vectors").write_text("in the way")
    encoder = KeepingEncoder(HashingEncoder(16), tmp_path / "vectors")
    assert np.array_equal(encoder.encode(TEXTS), HashingEncoder(16).encode(TEXTS))


def test_a_file_that_grew_too_large_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds the latest vectors then."""
    KeepingEncoder(HashingEncoder(16), tmp_path).encode(["a", "b"])
    monkeypatch.setattr("service.suggest.keeping_encoder._MOST_BYTES", 100)
    KeepingEncoder(HashingEncoder(16), tmp_path).encode(["c"])
    counting = CountingEncoder()
    KeepingEncoder(counting, tmp_path).encode(["a", "c"])
    assert counting.asked == ["a"]
