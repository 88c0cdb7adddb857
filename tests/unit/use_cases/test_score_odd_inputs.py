"""Scoring archives as they come: odd names, odd tables, the same segment twice, files that grow and go."""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from service import errors
from service.use_cases import score_inputs, score_tables
from tests.unit.use_cases.test_score_archive import FakeSuggester, content, excerpt, excerpts, lines_in, rows_in, run


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    return path


def segments(path: Path, *rows: dict[str, Any]) -> Path:
    return excerpts(path, [{"document_id": "d1", "position": 0, "text": "Said.", **row} for row in rows])


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\n"])
def test_names_with_line_ends_stay_one_line_of_the_manifest(folder: Path, out: Path, mark: str) -> None:
    """What ends a line for some programs does not for ours: such a file is done once it is done."""
    (folder / f"a{mark}b.txt").write_text("Ann: We met.\n", encoding="utf-8")
    assert run([folder], out).scored_files == 1
    assert run([folder], out, resume=True).unchanged_files == 1


def test_names_in_other_scripts_never_share_a_shard(folder: Path, out: Path) -> None:
    """Files of the same content have files of their own."""
    for name in ("劅一", "键丂", "一", "丁"):
        (folder / f"{name}.txt").write_text("Ann: We met.\n", encoding="utf-8")
    run([folder], out)
    names = [shard["name"] for line in lines_in(out) for shard in line["shards"]]
    assert len(set(names)) == len(names) == 4


def test_a_manifest_torn_within_a_character_is_no_obstacle(folder: Path, out: Path) -> None:
    """A kill may cut anywhere."""
    (folder / "é.txt").write_text("Ann: We met.\n", encoding="utf-8")
    run([folder], out)
    before = content(out)
    with (out / "manifest.jsonl").open("ab") as file:
        file.write('{"path": "in/é'.encode()[:-1])
    run([folder], out, resume=True)
    assert content(out) == before


@pytest.mark.parametrize("start", [10**30, "9" * 5000, -3, "x"])
def test_an_offset_that_is_none_is_left_out(folder: Path, out: Path, start: object) -> None:
    """A table's further columns refuse nothing."""
    run([segments(folder / "a.jsonl", {"start": start})], out)
    assert rows_in(out)[0]["start"] is None


def test_columns_that_scoring_does_not_read_are_not_read(folder: Path, out: Path) -> None:
    """A date beyond Python's in another column is nobody's concern."""
    days = pyarrow.array([2**62], pyarrow.timestamp("us"))
    table = pyarrow.table({"document_id": ["d"], "position": [0], "text": ["Said."], "when": days})
    pyarrow.parquet.write_table(table, folder / "a.parquet")
    assert run([folder], out).scored_files == 1


def test_a_table_without_its_columns_is_told_what_it_needs(folder: Path, out: Path) -> None:
    """The sentence speaks of tables of segments, and of coded excerpts."""
    excerpts(folder / "a.jsonl", [{"text": "Said."}])
    (refused,) = run([folder], out).refused_files
    assert "needs the columns document_id, position and text" in refused.reason


def test_a_table_may_begin_with_an_empty_line(folder: Path, out: Path) -> None:
    """Its columns are those of the first line that holds anything."""
    path = segments(folder / "a.jsonl", {})
    path.write_text("\n\n" + path.read_text("utf-8"), encoding="utf-8")
    assert run([path], out).scored_files == 1


def test_no_room_for_temporary_files_is_said(folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the file and how to name another place."""

    class Full(score_tables.Table):
        def _add(self, row: object, where: str) -> None:
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(score_inputs, "Table", Full)
    with pytest.raises(errors.StorageFull, match=r"a\.jsonl: .*SQLITE_TMPDIR"):
        run([segments(folder / "a.jsonl", {})], out)


def test_a_segment_that_two_files_hold_is_counted_once(folder: Path, out: Path) -> None:
    """The second file is refused with the first one's name, in a resumed run too; parts of a document are not."""
    one = segments(folder / "a.jsonl", {}, {"position": 1})
    segments(folder / "b.jsonl", {"position": 1, "text": "Again."})
    segments(folder / "c.jsonl", {"position": 2}, {"position": 3})
    summary = run([folder], out)
    (refused,) = summary.refused_files
    assert refused.path.endswith("b.jsonl")
    assert f"document d1 stands in {one.as_posix()} too" in refused.reason
    assert [row["position"] for row in rows_in(out) if row["dimension"] == "mood"] == [0, 1, 2, 3]
    before = content(out)
    assert len(run([folder], out, resume=True).refused_files) == 1
    assert content(out) == before


def test_scores_below_the_input_are_no_input(folder: Path) -> None:
    """An output folder within the archive does not grow by itself."""
    (folder / "a.txt").write_text("Ann: We met.\n", encoding="utf-8")
    out = folder / "scored"
    run([folder], out)
    before = content(out)
    summary = run([folder], out, resume=True)
    assert (summary.unchanged_files, summary.refused_files) == (1, [])
    assert content(out) == before


def test_what_is_no_file_is_said(folder: Path, out: Path) -> None:
    """A pipe would be waited for for ever."""
    os.mkfifo(folder / "pipe.txt")
    with pytest.raises(errors.BadInput, match="neither a file nor a folder"):
        run([folder / "pipe.txt"], out)


def test_files_of_other_kinds_are_told_which_can_be_scored(folder: Path, out: Path) -> None:
    """Tables among them."""
    (folder / "a.pdf").write_text("{}", encoding="utf-8")
    (refused,) = run([folder / "a.pdf"], out).refused_files
    assert ".parquet" in refused.reason


def test_scores_whose_file_is_gone_are_said(folder: Path, out: Path) -> None:
    """They stay in the folder, and the summary tells."""
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text("Ann: We met.\n", encoding="utf-8")
    assert run([folder], out).warnings == []
    (folder / "b.txt").unlink()
    (warning,) = run([folder], out, resume=True).warnings
    assert warning.startswith("the scores of 1 file that are no input now")
    assert len(lines_in(out)) == 2


def test_a_file_refused_by_the_queue_leaves_no_shard(folder: Path, out: Path) -> None:
    """Where other text stands in the project, what was written of the file before goes."""

    class Queue:
        taken = 0

        def add(self, pieces: object, said: object, sample: object) -> None:
            self.taken += 1
            if self.taken == 2:
                raise errors.Conflict("Position 2 of this document holds other text.")

        def is_known(self, piece: object) -> bool:
            return False

    path = excerpts(folder / "a.jsonl", [excerpt(i, f"Text {i}.") for i in range(5)])
    summary = run([path], out, FakeSuggester(), segments_per_shard=2, queue=Queue())
    assert "from here on not put into the queue" in summary.refused_files[0].reason
    assert rows_in(out) == []
    assert json.loads((out / "manifest.jsonl").read_text("utf-8"))["status"] == "refused"
