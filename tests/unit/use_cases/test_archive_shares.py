"""How common codes are in an archive: raw, and corrected by what people decided on a sample."""

import json
import random
from pathlib import Path

import pytest

from service import errors
from service.domain.projects import Project
from service.domain.suggestion import Advice, Candidate, Passage, Suggestion
from service.store import documents
from service.store import engine as store
from service.suggest import support
from service.use_cases.archive_shares import ArchiveShares, archive_shares
from service.use_cases.queue_suggestions import ProjectQueue
from service.use_cases.score_archive import ScoreOptions, score
from service.use_cases.score_engines import Alone
from tests.unit.use_cases.worlds import Who, World

_SEGMENTS, _SAMPLE = 600, 150


class Timid:
    """Says that every mood is angry, and gives most of the calm texts a little more of calm."""

    model_id = "m-1"

    def suggest(self, passages: list[Passage], codebook: object = None, *, reasons: bool = True) -> list[Suggestion]:
        return [Suggestion("m-1", (self._advice(_calm(p.text)),)) for p in passages]

    def _advice(self, calm: float) -> Advice:
        candidates = (Candidate("angry", "Angry", 1 - calm, True), Candidate("calm", "Calm", calm, False))
        return Advice("mood", ("angry",), ("angry",), False, None, candidates)


def _calm(text: str) -> float:
    return 0.4 if "calm" in text and not text.startswith("Number 1") else 0.2


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return an archive in which a third of the segments are calm."""
    chance = random.Random(1)
    rows = [
        {
            "document_id": f"d{n % 30}",
            "position": n,
            "text": f"Number {n} was {'calm' if chance.random() < 1 / 3 else 'cross'}.",
        }
        for n in range(_SEGMENTS)
    ]
    path = tmp_path / "archive.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def project(world: World) -> Project:
    return world.project()


def scored(world: World, table: Path, out: Path, sample: int | None = _SAMPLE) -> None:
    queue = ProjectQueue(world.engine, "Alpha", world.now(), support.empty(4))
    options = ScoreOptions(resume=True, project="Alpha", queue=queue, sample=sample)
    score([table], Alone(Timid()), queue.codebook(), out, options)  # type: ignore[arg-type]


def decided(world: World, project: Project, who: Who, *, sampled: bool, most: int) -> None:
    """Let a person decide rightly on segments in or outside of the sample."""
    with store.reading(world.engine) as connection:
        found = [s for s in documents.all_segments(connection, project) if (s.lot is not None) == sampled]
    for segment in sorted(found, key=lambda s: s.lot or 0.0)[:most]:
        world.decide(who, segment.segment_id, {"mood": ["calm" if "calm" in segment.text else "angry"]})


def shares(world: World, project: Project, out: Path) -> ArchiveShares:
    with store.reading(world.engine) as connection:
        return archive_shares(out, connection, project)


def test_until_enough_are_decided_there_is_the_uncorrected_share_only(
    world: World, project: Project, table: Path, tmp_path: Path
) -> None:
    """What the model says best, counted over the archive; how many are decided is told."""
    out = tmp_path / "out"
    scored(world, table, out)
    decided(world, project, world.person("Ann"), sampled=True, most=99)
    found = shares(world, project, out)
    assert [(c.code, c.uncorrected, c.corrected) for c in found.codes] == [("angry", 1.0, None), ("calm", 0.0, None)]
    assert (found.sample, found.decided, found.segments) == (_SAMPLE, {"mood": 99}, {"mood": _SEGMENTS})
    assert archive_shares(out).codes == found.codes
    assert json.loads(json.dumps(found.as_dict()))["codes"][0]["corrected"] is None


def test_a_decided_sample_corrects_the_share(world: World, project: Project, table: Path, tmp_path: Path) -> None:
    """From a hundred on, the estimate is near the truth, and its interval holds it."""
    out = tmp_path / "out"
    scored(world, table, out)
    decided(world, project, world.person("Ann"), sampled=True, most=_SAMPLE)
    calm = next(c for c in shares(world, project, out).codes if c.code == "calm")
    true = sum("calm" in line for line in table.read_text("utf-8").splitlines()) / _SEGMENTS
    assert calm.uncorrected == 0.0
    assert calm.corrected is not None
    assert calm.corrected.low <= true <= calm.corrected.high
    assert calm.corrected.high - calm.corrected.low < 0.1


def test_codings_known_before_the_draw_count_as_they_are(
    world: World, project: Project, table: Path, tmp_path: Path
) -> None:
    """Segments decided before are outside of the sample and part of the share."""
    out, ann = tmp_path / "out", world.person("Ann")
    scored(world, table, tmp_path / "before", sample=None)
    decided(world, project, ann, sampled=False, most=200)
    scored(world, table, out)
    decided(world, project, ann, sampled=True, most=_SAMPLE)
    found = shares(world, project, out)
    assert (found.known, found.decided) == ({"mood": 200}, {"mood": _SAMPLE})
    line = json.loads((out / "manifest.jsonl").read_text("utf-8"))
    assert line["sample"] == {"seed": 1, "segments": _SAMPLE}


def test_without_a_sample_nothing_can_be_corrected(world: World, project: Project, table: Path, tmp_path: Path) -> None:
    """The sentence says how to draw one; a folder without scores, or with a damaged shard, is said too."""
    out = tmp_path / "out"
    scored(world, table, out, sample=None)
    with pytest.raises(errors.BadInput, match="--sample N first"):
        shares(world, project, out)
    with pytest.raises(errors.BadInput, match="no scores here"):
        archive_shares(tmp_path)
    next(out.glob("*.parquet")).write_bytes(b"")
    with pytest.raises(errors.BadInput, match="missing or damaged"):
        archive_shares(out)


def test_an_archive_that_grows_is_drawn_from_as_a_whole(
    world: World, project: Project, table: Path, tmp_path: Path
) -> None:
    """New files come into the draw and into the share; what they add is decided too before the share is right."""
    out, ann = tmp_path / "out", world.person("Ann")
    scored(world, table, out)
    decided(world, project, ann, sampled=True, most=_SAMPLE)
    rows = [{"document_id": f"n{n % 30}", "position": n, "text": f"More {n} was calm."} for n in range(_SEGMENTS)]
    more = tmp_path / "more.jsonl"
    more.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    queue = ProjectQueue(world.engine, "Alpha", world.now(), support.empty(4))
    options = ScoreOptions(resume=True, project="Alpha", queue=queue, sample=_SAMPLE)
    score([table, more], Alone(Timid()), queue.codebook(), out, options)  # type: ignore[arg-type]
    assert shares(world, project, out).decided["mood"] < _SAMPLE
    decided(world, project, ann, sampled=True, most=2 * _SAMPLE)
    found = shares(world, project, out)
    calm = next(c for c in found.codes if c.code == "calm")
    assert (found.segments["mood"], found.decided["mood"]) == (2 * _SEGMENTS, _SAMPLE)
    assert calm.corrected is not None
    assert calm.corrected.low <= (0.33 + 1) / 2 <= calm.corrected.high
