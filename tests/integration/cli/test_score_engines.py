"""Scoring in this process, in several, and on Ray: the same bytes, whatever ends on the way."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from service import errors
from service.domain import codebook as codebooks
from service.suggest import bundle
from service.suggest.definitions import definitions_bundle
from service.suggest.encoder import HASHING
from service.suggest.hashing_encoder import HashingEncoder
from service.use_cases.score_archive import Engine, ScoreOptions, score
from service.use_cases.score_engines import Alone, Processes, Recipe
from service.use_cases.score_folder import Folder
from service.use_cases.score_on_ray import Cluster
from service.use_cases.score_shard import Scored, Way
from service.use_cases.score_tables import Piece
from tests.integration.cli.conftest import Inkling
from tests.requirements import unavailable

_SHARDS = 200
_KILLS = 20
#: Marks the processes of one test, also those that Ray starts.
_OURS = "INKLING_TEST_MARK"


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Return a small model as workers load it."""
    book = codebooks.parse({"mood": {"calm": "At ease.", "tense": "Not at ease."}}, "book", short_name="book-1")
    made = definitions_bundle(book, HashingEncoder())
    folder = tmp_path / made.manifest.model_id
    bundle.save(made, folder)
    return Recipe(made.manifest.model_id, folder, HASHING, tmp_path / "cache")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table of segments, some of which say the same."""
    path = tmp_path / "table.jsonl"
    rows = [{"document_id": "d", "position": i, "text": f"Thing {i % 60} was said."} for i in range(5 * _SHARDS)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def scored(engine: Engine, table: Path, out: Path, **options: Any) -> dict[str, bytes]:
    """Score a table in small shards and return the output folder's files."""
    score([table], engine, None, out, ScoreOptions(segments_per_shard=5, **options))
    return content(out)


def content(out: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.fixture
def whole(recipe: Recipe, table: Path, tmp_path: Path) -> dict[str, bytes]:
    """Return what an undisturbed run in one process gives."""
    return scored(Alone(recipe.suggester()), table, tmp_path / "whole")


def test_several_processes_give_what_one_gives(
    recipe: Recipe, table: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    """Which process scored a shard shows nowhere."""
    assert scored(Processes(recipe, 2), table, tmp_path / "out") == whole


def test_a_run_that_is_killed_again_and_again_ends_as_an_undisturbed_one(
    recipe: Recipe, table: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    """Twenty times `kill -9`, each after some more was done: no segment is missing, none there twice, to the byte."""
    out = tmp_path / "out"
    program = [sys.executable, str(Path(__file__).with_name("score_here.py"))]
    words = [str(path) for path in (recipe.model, table, out, recipe.cache)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    chance = random.Random(1)
    for _ in range(_KILLS):
        with subprocess.Popen(
            [*program, *words], env=environment, stderr=subprocess.DEVNULL, start_new_session=True
        ) as run:
            _until_more_is_done(run, out)
            time.sleep(chance.random() / 100)
            run.kill()
            run.wait()
            _until_gone(run.pid)
    assert 0 < len(list(out.glob("*.parquet"))) < _SHARDS
    assert scored(Processes(recipe, 2), table, out, resume=True) == whole


def _until_more_is_done(run: "subprocess.Popen[bytes]", out: Path) -> None:
    before, end = len(list(out.glob("*.parquet"))), time.monotonic() + 60
    while run.poll() is None and len(list(out.glob("*.parquet"))) <= before:
        assert time.monotonic() < end
        time.sleep(0.002)


def _until_gone(session: int) -> None:
    """Wait until no process of a session is there; workers end with their parent."""
    end = time.monotonic() + 60
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < end:
            os.killpg(session, 0)
            time.sleep(0.002)
        pytest.fail("a worker outlived its parent")


class _Killing:
    """Passes shards on, and kills a process of the engine's once some are on their way."""

    def __init__(self, engine: Engine, victims: Callable[[], list[int]]) -> None:
        self._engine = engine
        self._victims = victims
        self.model_id = engine.model_id
        self.killed: list[int] = []

    def score(self, way: Way, shards: Iterator[Sequence[Piece]]) -> Generator[Scored, None, None]:
        """Score with the engine."""
        return self._engine.score(way, self._passed(shards))

    def _passed(self, shards: Iterator[Sequence[Piece]]) -> Iterator[Sequence[Piece]]:
        for number, pieces in enumerate(shards):
            if number == _SHARDS // 2:
                self.killed = self._victims()[:1]
                for pid in self.killed:
                    os.kill(pid, signal.SIGKILL)
            yield pieces


def _processes(name: str, mark: str) -> list[int]:
    """Return the processes of this name that descend from this test."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            ours = f"{_OURS}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0")
            if ours and name.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Mark what this test starts."""
    if not Path("/proc/self/environ").exists():
        unavailable("finding processes needs /proc")
    monkeypatch.setenv(_OURS, tmp_path.as_posix())
    return tmp_path.as_posix()


def test_a_lost_process_ends_the_run_in_one_sentence_and_a_resumed_one_goes_on(
    recipe: Recipe, table: Path, tmp_path: Path, whole: dict[str, bytes], mark: str
) -> None:
    """A machine short of memory ends workers; what was finished is kept."""
    engine = _Killing(Processes(recipe, 2), lambda: _processes("spawn_main", mark))
    with pytest.raises(errors.LostWorker, match="go on with --resume"):
        scored(engine, table, tmp_path / "out")
    assert engine.killed
    assert scored(Processes(recipe, 2), table, tmp_path / "out", resume=True) == whole


@pytest.mark.ray
def test_ray_gives_what_one_process_gives_also_when_a_worker_dies(
    recipe: Recipe, table: Path, tmp_path: Path, whole: dict[str, bytes], mark: str
) -> None:
    """Two workers of a Ray on this machine score; one is killed, replaced, and its shards are done again."""
    engine = _Killing(Cluster(recipe, workers=2), lambda: _processes("ray::_Worker", mark))
    assert scored(engine, table, tmp_path / "out") == whole
    assert engine.killed


@pytest.mark.ray
def test_workers_that_ray_has_no_room_for_end_in_one_sentence(
    recipe: Recipe, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More workers than processors never wait for ever."""
    monkeypatch.setattr("service.use_cases.score_on_ray._START", 3.0)
    engine = Cluster(recipe, workers=3, processors=1)
    with pytest.raises(errors.LostWorker, match="gave no room to 3 workers"):
        scored(engine, table, tmp_path / "out")


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9", "nowhere"])
def test_a_cluster_that_does_not_answer_is_said_at_once(recipe: Recipe, address: str) -> None:
    """The sentence names the address and what would be right."""
    with pytest.raises(errors.BadInput, match=f"{address}: nothing answers there; give HOST:PORT"):
        Cluster(recipe, address)


def test_ctrl_c_is_one_line_and_what_was_finished_is_kept(
    inkling: Inkling, recipe: Recipe, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupted command says so, ends as shells expect, and can be gone on with."""
    real = Folder.write

    def write(folder: Folder, shard: Path, content: bytes) -> None:
        real(folder, shard, content)
        raise KeyboardInterrupt

    words = ("score", str(table), "--model", str(recipe.model), "--out", str(tmp_path / "out"))
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "write", write)
        done = inkling(*words)
    assert (done.code, done.out) == (130, "")
    assert done.err == "inkling: interrupted; what was finished is kept.\n"
    assert len(list((tmp_path / "out").glob("*.parquet"))) == 1
    assert inkling(*words, "--resume").code == 0
