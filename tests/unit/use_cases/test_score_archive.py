"""Scoring in bulk: what a run writes, what a stopped one leaves, and what a resumed one does."""

import errno
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from service import errors, files
from service.domain import codebook as codebooks
from service.domain.codebook import Codebook
from service.domain.suggestion import Advice, Candidate, Passage, Suggestion, silent
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.suggester import Suggester
from service.use_cases import score_inputs
from service.use_cases.score_archive import ScoreOptions, score
from service.use_cases.score_engines import Alone
from service.use_cases.score_told import Standing, Summary

COLUMNS = [
    *("document_id", "position", "start", "end", "speaker", "text_sha256", "dimension", "suggested", "best"),
    *("ranked", "probabilities", "candidate_set", "abstained", "reason", "model_id", "status"),
]
INTERVIEW = """Interviewer: How was it?

Maya: It was hard at first.

Interviewer: And then?

Maya: Then the circle helped us all.
"""


@dataclass
class FakeSuggester:
    """Answers by the text alone, so that the same text always gets the same rows."""

    model_id: str = "model-1"
    asked: list[list[Passage]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def suggest(
        self, passages: Sequence[Passage], codebook: Codebook | None = None, *, reasons: bool = True
    ) -> list[Suggestion]:
        self.before()
        self.asked.append(list(passages))
        return [Suggestion(self.model_id, tuple(self._advice(passage))) for passage in passages]

    def _advice(self, passage: Passage) -> Iterator[Advice]:
        if not passage.text.strip():
            yield silent("mood", "refused")
            return
        share = 0.5 + len(passage.text) % 40 / 100 + 0.00004
        candidates = (Candidate("calm", "Calm", share, True), Candidate("tense", "Tense", 1 - share, False))
        yield Advice("mood", ("calm",), ("calm",), False, None, candidates)
        if passage.speaker != "Bo":
            yield Advice("place", (), ("here",), True, "uncertain", (Candidate("here", "Here", 0.4, True),))

    @property
    def texts(self) -> list[str]:
        return [passage.text for call in self.asked for passage in call]


def run(inputs: Sequence[Path], out: Path, suggester: FakeSuggester | None = None, **options: Any) -> Summary:
    return score(inputs, Alone(suggester or FakeSuggester()), None, out, ScoreOptions(**options))


def rows_in(out: Path) -> list[dict[str, Any]]:
    shards = sorted(out.glob("*.parquet"))
    return [row for shard in shards for row in pyarrow.parquet.read_table(shard).to_pylist()]


def lines_in(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text("utf-8").splitlines()]


def content(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.fixture
def interview(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "interview.txt"
    path.parent.mkdir()
    path.write_text(INTERVIEW, encoding="utf-8")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def excerpts(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def excerpt(position: int, text: str, dimension: str = "mood", **more: Any) -> dict[str, Any]:
    row = {"document_id": "d1", "position": position, "text": text, "dimension": dimension, "codes": ["calm"]}
    return {**row, **more}


class TestRows:
    def test_one_row_per_segment_and_dimension(self, interview: Path, out: Path) -> None:
        """Each row says where the segment stands and what the model says, to four decimals."""
        run([interview], out)
        rows = rows_in(out)
        assert [list(row) for row in rows] == [COLUMNS] * 4
        text = "It was hard at first."
        spoken = "How was it?\n\nIt was hard at first.\n\nAnd then?\n\nThen the circle helped us all."
        first = rows[0]
        assert first["text_sha256"] == hashlib.sha256(text.encode()).hexdigest()
        assert spoken[first["start"] : first["end"]] == text
        assert (first["document_id"], first["position"], first["speaker"]) == ("interview.txt", 0, "Maya")
        assert first["ranked"] == ["calm", "tense"]
        assert first["probabilities"] == [0.71, 0.29]
        assert first["candidate_set"] == ["calm"]
        assert (first["suggested"], first["best"], first["abstained"], first["reason"]) == (
            ["calm"],
            ["calm"],
            False,
            None,
        )
        assert (rows[1]["suggested"], rows[1]["best"], rows[1]["reason"]) == ([], ["here"], "uncertain")
        assert {row["status"] for row in rows} == {"needs human decision"}
        assert {row["model_id"] for row in rows} == {"model-1"}

    def test_neighbours_are_what_the_model_reads(self, interview: Path, out: Path) -> None:
        """Segments are suggested with the ones around them, as everywhere else."""
        suggester = FakeSuggester()
        run([interview], out, suggester)
        first, second = suggester.asked[0]
        assert (first.previous, first.following) == ("", second.text)
        assert second.previous == first.text

    def test_coded_excerpts_are_scored_once_per_segment(self, tmp_path: Path, out: Path) -> None:
        """Rows of several dimensions and coders are one segment; a dimension that does not apply has no rows."""
        path = excerpts(
            tmp_path / "coded.jsonl",
            [
                excerpt(4, "One thing.", speaker="Ann", annotator_id="a"),
                excerpt(4, "One thing.", "place", speaker="Ann", annotator_id="b"),
                excerpt(7, "Another.", speaker="Bo", start=3, end=11),
                excerpt(9, "   "),
            ],
        )
        suggester = FakeSuggester()
        summary = run([path], out, suggester)
        assert suggester.texts == ["One thing.", "Another.", "   "]
        found = [(r["document_id"], r["position"], r["dimension"], r["start"], r["reason"]) for r in rows_in(out)]
        assert found == [
            ("d1", 4, "mood", None, None),
            ("d1", 4, "place", None, "uncertain"),
            ("d1", 7, "mood", 3, None),
            ("d1", 9, "mood", None, "refused"),
        ]
        assert (summary.counts.segments, summary.counts.rows) == (3, 4)

    def test_refused_segments_have_rows(self, tmp_path: Path, out: Path) -> None:
        """An empty text is scored as refused, with nothing in it."""
        run([excerpts(tmp_path / "coded.jsonl", [excerpt(0, "")])], out)
        (row,) = rows_in(out)
        assert (row["abstained"], row["reason"], row["ranked"], row["best"]) == (True, "refused", [], [])
        assert row["text_sha256"] == hashlib.sha256(b"").hexdigest()

    @pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
    def test_every_format_of_coded_excerpts_gives_the_same_rows(self, tmp_path: Path, out: Path, suffix: str) -> None:
        """Parquet, CSV and JSON Lines are read alike."""
        path = tmp_path / f"coded{suffix}"
        if suffix == ".jsonl":
            excerpts(path, [excerpt(0, "One, two."), excerpt(1, "Three.")])
        elif suffix == ".csv":
            path.write_text(
                'document_id,position,text,dimension,codes\nd1,0,"One, two.",mood,calm\nd1,1,Three.,mood,calm\n',
                encoding="utf-8",
            )
        else:
            rows = [excerpt(0, "One, two."), excerpt(1, "Three.")]
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
        run([path], out)
        assert [(row["position"], row["dimension"]) for row in rows_in(out)] == [
            (0, "mood"),
            (0, "place"),
            (1, "mood"),
            (1, "place"),
        ]

    @pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
    def test_segments_that_nobody_coded_can_be_scored(self, tmp_path: Path, out: Path, suffix: str) -> None:
        """An archive's table of document_id, position and text needs no codes."""
        rows = [
            {"document_id": "a", "position": i, "speaker": "Ann", "text": f"Turn {i}.", "show": "x"} for i in (0, 1)
        ]
        path = tmp_path / f"archive{suffix}"
        if suffix == ".jsonl":
            excerpts(path, rows)
        else:
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
        suggester = FakeSuggester()
        run([path], out, suggester)
        assert suggester.texts == ["Turn 0.", "Turn 1."]
        assert suggester.asked[0][1].previous == "Turn 0."

    def test_a_transcript_in_csv_is_a_transcript(self, tmp_path: Path, out: Path) -> None:
        """A .csv without codes is read as speaker turns."""
        path = tmp_path / "talk.csv"
        path.write_text("speaker,text\nAnn,We began with tea.\nBo,It helped.\n", encoding="utf-8")
        run([path], out)
        assert [row["speaker"] for row in rows_in(out)] == ["Ann", "Ann", "Bo"]

    def test_the_real_suggester_scores(self, interview: Path, out: Path) -> None:
        """Model, codebook and encoder as they are serve the archive too; `ranked` holds all codes."""
        book = codebooks.parse({"mood": {"calm": "At ease.", "tense": "Not at ease."}}, "book", short_name="book-1")
        encoder = HashingEncoder()
        suggester = Suggester(definitions_bundle(book, encoder), encoder)
        score([interview], Alone(suggester), book, out, ScoreOptions())
        for row in rows_in(out):
            assert sorted(row["ranked"]) == ["calm", "tense"]
            assert row["probabilities"] == sorted(row["probabilities"], reverse=True)
            assert row["model_id"] == suggester.model_id

    def test_every_segment_is_accounted_for_whatever_it_says(self, tmp_path: Path, out: Path) -> None:
        """Rows are advice, abstentions or refusals, and nothing else: empty, emoji, mixed and very long texts alike."""
        texts = [
            *(
                "",
                " \u200b\n",
                "\U0001f642\U0001f642",
                "He hit her until she could not stand.",
                "Elle a dit: no puedo más.",
            ),
            *("word " * 40_000, "x" * 200_000, "\x00\x07", "الأمان أولا", "?", "\ud83d"),
        ]
        path = excerpts(tmp_path / "odd.jsonl", [excerpt(i, text) for i, text in enumerate(texts)])
        book = codebooks.parse({"mood": {"calm": "At ease.", "tense": "Not at ease."}}, "book", short_name="book-1")
        encoder = HashingEncoder()
        suggester = Suggester(definitions_bundle(book, encoder), encoder)
        summary = score([path], Alone(suggester), book, out, ScoreOptions())
        found = rows_in(out)
        assert [row["position"] for row in found] == list(range(len(texts)))
        refused = [row for row in found if row["reason"] == "refused"]
        abstained = [row for row in found if row["abstained"] and row["reason"] != "refused"]
        assert (summary.counts.refused, summary.counts.abstained) == (len(refused), len(abstained))
        assert summary.counts.rows == len(texts)
        assert [row["position"] for row in refused] == [0]
        assert all(row["reason"] for row in abstained)


class TestManifest:
    def test_names_every_input_and_holds_no_time(self, interview: Path, out: Path) -> None:
        """A line says which file, which content, which shards; the same run elsewhere writes the same bytes."""
        summary = run([interview], out)
        (line,) = lines_in(out)
        assert line["path"] == interview.as_posix()
        assert line["status"] == "scored"
        assert line["sha256"] == hashlib.sha256(INTERVIEW.encode()).hexdigest()
        assert [shard["rows"] for shard in line["shards"]] == [4]
        assert (line["segments"], line["rows"], line["model_id"]) == (2, 4, "model-1")
        again = out.parent / "again"
        run([interview], again)
        assert content(out) == content(again)
        assert summary.as_dict()["scored_files"] == 1
        json.dumps(summary.as_dict())

    def test_unreadable_files_are_lines_and_the_run_goes_on(self, interview: Path, out: Path) -> None:
        """A broken file is refused with a reason, the others are scored."""
        folder = interview.parent
        (folder / "broken.docx").write_bytes(b"PK\x03\x04 not a document")
        (folder / "empty.srt").write_bytes(b"")
        (folder / "machine.parquet").write_bytes(b"")
        pyarrow.parquet.write_table(
            pyarrow.Table.from_pylist([{**excerpt(0, "a"), "candidate_set": ["x"]}]), folder / "machine.parquet"
        )
        (folder / "torn.jsonl").write_text('{"document_id": "a", "position": 0, "text": "b"}\n{"docu', "utf-8")
        summary = run([folder], out)
        status = {Path(line["path"]).name: line["status"] for line in lines_in(out)}
        assert status == {
            "broken.docx": "refused",
            "empty.srt": "refused",
            "interview.txt": "scored",
            "machine.parquet": "refused",
            "torn.jsonl": "refused",
        }
        refused = [line for line in lines_in(out) if line["status"] == "refused"]
        assert all(line["reason"] for line in refused)
        assert "machine output" in next(line["reason"] for line in refused if "machine" in line["path"])
        assert {Path(entry.path).name for entry in summary.refused_files} == status.keys() - {"interview.txt"}
        assert "broken.docx" in summary.sentence()
        assert len(rows_in(out)) == 4

    def test_a_name_that_is_no_unicode_refuses_its_file_only(self, interview: Path, out: Path) -> None:
        """Half a character in a document's id can't be written, and stops nothing else."""
        bad = excerpts(interview.parent / "bad.jsonl", [excerpt(0, "Text.", document_id="d\ud800")])
        summary = run([bad, interview], out)
        assert [Path(entry.path).name for entry in summary.refused_files] == ["bad.jsonl"]
        assert len(rows_in(out)) == 4

    def test_an_interviewer_whom_no_file_has_is_warned_of(self, interview: Path, out: Path) -> None:
        """Over many files one with this speaker is enough, found in this run or in one that it resumes."""
        other = interview.parent / "other.txt"
        other.write_text("Lee: How so?\n\nAnn: Other words.\n\nLee: And then?\n\nAnn: More words.\n", encoding="utf-8")
        both = [interview, other]
        assert run(both, out, interviewers=("lee",)).warnings == []
        assert run(both, out, interviewers=("lee",), resume=True).warnings == []
        for resume in (False, True):
            summary = run([interview], out.parent / "none", interviewers=("Nobody", "Interviewer"), resume=resume)
            (warning,) = summary.as_dict()["warnings"]
            assert warning.startswith("--interviewer Nobody: no file has a speaker of this name")

    def test_no_transcript_text_is_written_anywhere(self, interview: Path, out: Path) -> None:
        """Scores hold digests, never the words."""
        run([interview], out)
        assert not any(b"circle" in data for data in content(out).values())
        assert not any("circle" in str(row) for row in rows_in(out))


class TestInputs:
    def test_folders_are_searched(self, interview: Path, out: Path) -> None:
        """Below a folder, known formats count, hidden files and the list of participants do not."""
        folder = interview.parent
        (folder / "deep").mkdir()
        (folder / "deep" / "talk.txt").write_text(INTERVIEW, encoding="utf-8")
        (folder / ".hidden.txt").write_text(INTERVIEW, encoding="utf-8")
        (folder / "participants.csv").write_text("document_id,participant_id\n", encoding="utf-8")
        (folder / "notes.pdf").write_bytes(b"%PDF")
        run([folder], out)
        assert {row["document_id"] for row in rows_in(out)} == {"deep/talk.txt", "interview.txt"}

    def test_patterns_are_searched(self, interview: Path, out: Path) -> None:
        """A pattern names files; their ids are their paths below its part without wildcards."""
        folder = interview.parent
        (folder / "deep").mkdir()
        (folder / "deep" / "talk.txt").write_text(INTERVIEW, encoding="utf-8")
        (folder / "deep" / "talk.srt").write_text("", encoding="utf-8")
        run([folder / "**" / "*.txt"], out)
        assert {row["document_id"] for row in rows_in(out)} == {"deep/talk.txt", "interview.txt"}
        with pytest.raises(errors.BadInput, match="no file matches"):
            run([folder / "*.vtt"], out.parent / "none")

    def test_two_inputs_of_one_id_are_refused_and_nothing_is_written(self, interview: Path, out: Path) -> None:
        """Which of the two a row is from would be unclear."""
        other = interview.parent / "deep" / "interview.txt"
        other.parent.mkdir()
        other.write_text("Ann: Other words.", encoding="utf-8")
        with pytest.raises(errors.BadInput, match=r"interview\.txt: two inputs"):
            run([interview, other], out)
        assert not out.exists()

    def test_missing_and_empty_inputs_are_refused(self, tmp_path: Path, out: Path) -> None:
        """What is not there is said at once."""
        (tmp_path / "empty").mkdir()
        with pytest.raises(errors.BadInput, match="no such file"):
            run([tmp_path / "nowhere.txt"], out)
        with pytest.raises(errors.BadInput, match="nothing to score"):
            run([tmp_path / "empty"], out)
        assert not out.exists()

    def test_batches_never_cross_files(self, interview: Path, out: Path) -> None:
        """Each call to the model holds segments of one file."""
        other = interview.parent / "other.txt"
        other.write_text("Ann: Other words.\n", encoding="utf-8")
        suggester = FakeSuggester()
        run([interview.parent], out, suggester)
        assert [{passage.document_id for passage in call} for call in suggester.asked] == [
            {"interview.txt"},
            {"other.txt"},
        ]


class TestFolder:
    def test_one_that_holds_something_needs_resume(self, interview: Path, out: Path) -> None:
        """Nothing is overwritten by accident."""
        run([interview], out)
        before = content(out)
        with pytest.raises(errors.FolderInUse, match="--resume"):
            run([interview], out)
        assert content(out) == before

    def test_a_foreign_folder_can_not_be_resumed(self, interview: Path, out: Path) -> None:
        """A folder without scores is not ours, and a file is no folder."""
        out.mkdir()
        (out / "thesis.txt").write_text("Mine.", encoding="utf-8")
        with pytest.raises(errors.FolderInUse, match="no scores to go on with"):
            run([interview], out, resume=True)
        with pytest.raises(errors.FolderInUse, match="not a folder"):
            run([interview], out / "thesis.txt")
        assert content(out) == {"thesis.txt": b"Mine."}

    @pytest.mark.parametrize("change", [{"model": "model-2"}, {"segment_words": 20}, {"interviewers": ("Maya",)}])
    def test_belongs_to_one_model_and_setting(self, interview: Path, out: Path, change: dict[str, Any]) -> None:
        """Rows of two models or ways of cutting never stand in one folder."""
        run([interview], out)
        suggester = FakeSuggester(change.pop("model", "model-1"))
        with pytest.raises(errors.FolderInUse, match="belongs to another run"):
            run([interview], out, suggester, resume=True, **change)

    def test_belongs_to_one_version_of_the_codebook(self, interview: Path, out: Path) -> None:
        """A changed codebook needs a folder of its own."""
        books = [
            codebooks.parse({"mood": {"calm": text}}, "book", short_name="book-1") for text in ("At ease.", "Quiet.")
        ]
        score([interview], Alone(FakeSuggester()), books[0], out, ScoreOptions())
        with pytest.raises(errors.FolderInUse, match="codebook"):
            score([interview], Alone(FakeSuggester()), books[1], out, ScoreOptions(resume=True))

    def test_two_runs_at_once_are_kept_apart(self, interview: Path, out: Path) -> None:
        """The second run is told to wait."""

        def second() -> None:
            with pytest.raises(errors.FolderInUse, match="another run"):
                run([interview], out, resume=True)

        run([interview], out, FakeSuggester(before=second))
        assert len(rows_in(out)) == 4


class TestResume:
    def test_scores_only_what_is_new_or_changed(self, interview: Path, out: Path) -> None:
        """Unchanged files are not scored again; the end is as if all had been scored at once."""
        folder = interview.parent
        (folder / "other.txt").write_text("Ann: Other words.\n", encoding="utf-8")
        run([folder], out)
        (folder / "other.txt").write_text("Ann: Changed words.\n", encoding="utf-8")
        (folder / "new.txt").write_text("Bo: New words.\n", encoding="utf-8")
        suggester = FakeSuggester()
        summary = run([folder], out, suggester, resume=True)
        assert suggester.texts == ["New words.", "Changed words."]
        assert (summary.scored_files, summary.unchanged_files) == (2, 1)
        fresh = out.parent / "fresh"
        run([folder], fresh)
        assert content(out) == content(fresh)

    def test_an_empty_folder_may_be_resumed(self, interview: Path, out: Path) -> None:
        """A script may always say `--resume`."""
        out.mkdir()
        run([interview], out, resume=True)
        assert len(rows_in(out)) == 4

    def test_a_lost_shard_is_scored_again(self, interview: Path, out: Path) -> None:
        """A manifest line counts only while its shards are there."""
        run([interview], out)
        before = content(out)
        next(out.glob("*.parquet")).unlink()
        run([interview], out, resume=True)
        assert content(out) == before

    @pytest.mark.parametrize("left", [0, 100, -100])
    def test_a_torn_shard_is_scored_again(self, interview: Path, out: Path, left: int) -> None:
        """A power cut may leave a name with nothing, or with a part, behind it."""
        run([interview], out)
        before = content(out)
        shard = next(out.glob("*.parquet"))
        whole = shard.read_bytes()
        shard.write_bytes(whole[:left] if left >= 0 else b"\0" * (len(whole) + left) + whole[left:])
        run([interview], out, resume=True)
        assert content(out) == before

    def test_a_file_that_became_unreadable_loses_its_rows(self, interview: Path, out: Path) -> None:
        """Rows of a content that is no more do not stay behind."""
        run([interview], out)
        interview.write_bytes(b"")
        run([interview], out, resume=True)
        assert rows_in(out) == []
        assert [line["status"] for line in lines_in(out)] == ["refused"]

    def test_a_repaired_file_is_scored(self, interview: Path, out: Path) -> None:
        """A refused file is tried again."""
        interview.write_bytes(b"")
        run([interview], out)
        interview.write_text(INTERVIEW, encoding="utf-8")
        assert run([interview], out, resume=True).scored_files == 1
        assert [line["status"] for line in lines_in(out)] == ["scored"]

    @pytest.mark.parametrize("stop", [1, 2, 3])
    def test_after_a_stop_at_any_shard_the_result_is_the_same(self, tmp_path: Path, out: Path, stop: int) -> None:
        """Finished shards stay, nothing is half-written, and the rest follows with the same bytes."""
        path = excerpts(tmp_path / "coded.jsonl", [excerpt(i, f"Text {i}.") for i in range(7)])
        whole = tmp_path / "whole"
        run([path], whole, segments_per_shard=2)
        calls = 0

        def interrupt() -> None:
            nonlocal calls
            calls += 1
            if calls == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run([path], out, FakeSuggester(before=interrupt), segments_per_shard=2)
        assert len(rows_in(out)) == (stop - 1) * 4
        assert not list(out.glob(f"{files.UNFINISHED}*"))
        suggester = FakeSuggester()
        run([path], out, suggester, resume=True, segments_per_shard=2)
        assert suggester.texts == [f"Text {i}." for i in range((stop - 1) * 2, 7)]
        assert content(out) == content(whole)

    def test_after_a_kill_a_torn_manifest_line_is_no_obstacle(self, interview: Path, out: Path) -> None:
        """What a killed run left half-written is cleared away."""
        run([interview], out)
        before = content(out)
        with (out / "manifest.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"path": "in/oth')
        (out / f"{files.UNFINISHED}abc").write_bytes(b"half")
        run([interview], out, resume=True)
        assert content(out) == before


class TestTrouble:
    def test_a_full_disk_is_one_clear_error(self, interview: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No half shard stays behind."""
        real = Path.replace

        def full(path: Path, target: Path) -> Path:
            if str(target).endswith(".parquet"):
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(path, target)

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(errors.StorageFull, match="the disk is full"):
            run([interview], out)
        assert sorted(path.name for path in out.iterdir()) == ["manifest.jsonl", "settings.json"]

    def test_an_unwritable_folder_is_one_clear_error(self, interview: Path, tmp_path: Path) -> None:
        """A path through a file can't be a folder."""
        (tmp_path / "file").write_text("", encoding="utf-8")
        with pytest.raises(errors.BadInput, match="can't be written"):
            run([interview], tmp_path / "file" / "out")

    def test_a_wrong_model_ends_the_run(self, interview: Path, out: Path) -> None:
        """What is wrong with the model is no file's fault."""

        def wrong() -> None:
            raise errors.WrongCodebook("The model was trained for another codebook.")

        with pytest.raises(errors.WrongCodebook):
            run([interview], out, FakeSuggester(before=wrong))

    def test_progress_is_told(self, interview: Path, out: Path) -> None:
        """The share done, by size, files and segments; a refused or unchanged file counts as done."""
        other = interview.parent / "zzz.txt"
        other.write_text("Ann: Other words.\n", encoding="utf-8")
        (interview.parent / "broken.docx").write_bytes(b"no")
        told: list[Standing] = []
        options = ScoreOptions(segments_per_shard=1)
        score([interview.parent], Alone(FakeSuggester()), None, out, options, told.append)
        assert [(s.files, s.counts.segments, s.refused_files) for s in told] == [
            *((1, 0, 1), (1, 1, 1), (1, 2, 1), (2, 2, 1), (2, 3, 1), (3, 3, 1))
        ]
        sizes = [path.stat().st_size for path in sorted(interview.parent.iterdir())]
        assert told[0].share == pytest.approx(sizes[0] / sum(sizes))
        assert told[1].share == pytest.approx((sizes[0] + sizes[1] / 2) / sum(sizes))
        assert told[-1].share == 1
        assert {s.of_files for s in told} == {3}
        told.clear()
        again = ScoreOptions(resume=True, segments_per_shard=1)
        score([interview.parent], Alone(FakeSuggester()), None, out, again, told.append)
        assert (told[-1].share, told[-1].files, told[-1].counts.segments) == (1, 3, 0)

    def test_a_file_that_changes_while_it_is_read_is_refused(
        self, interview: Path, out: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A manifest line never names a content that was not the one scored."""
        pieces = score_inputs.pieces

        def changing(*given: Any) -> Any:
            found = pieces(*given)
            interview.write_text("Maya: Something else.\n", encoding="utf-8")
            return found

        monkeypatch.setattr(score_inputs, "pieces", changing)
        (refused,) = run([interview], out).refused_files
        assert "changed while it was read" in refused.reason
        assert rows_in(out) == []

    def test_a_file_that_vanishes_is_refused_and_the_rest_is_scored(self, interview: Path, out: Path) -> None:
        """What was there when the run began and is no more is a line with its reason."""
        other = interview.parent / "zzz.txt"
        other.write_text("Ann: Other words.\n", encoding="utf-8")
        summary = run([interview.parent], out, FakeSuggester(before=lambda: other.unlink(missing_ok=True)))
        (refused,) = summary.refused_files
        assert Path(refused.path).name == "zzz.txt"
        assert "can't be read" in refused.reason
        assert summary.scored_files == 1
