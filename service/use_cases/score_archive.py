"""Score an archive: suggestions for every segment of many files, for people to decide on; never a coding."""

import contextlib
import errno
import hashlib
import json
from collections import deque
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from service import errors
from service.domain import codebook as codebooks
from service.domain.codebook import Codebook
from service.domain.counting import counted
from service.domain.suggestion import Suggestion
from service.readers import files
from service.suggest.segmenter import Segmenter
from service.use_cases import draw_sample, read_transcript, score_inputs
from service.use_cases.draw_sample import Sample, Source
from service.use_cases.score_claims import Claims
from service.use_cases.score_folder import Folder, Line
from service.use_cases.score_inputs import Input, Pieces
from service.use_cases.score_shard import Counts, Scored, Way
from service.use_cases.score_tables import Piece
from service.use_cases.score_told import Progress, Refused, Summary, Told

#: Segments in a shard: what one worker scores at a time, and one file holds.
_PER_SHARD = 2048


class Engine(Protocol):
    """What scores shards: this process, several, or a cluster. One engine scores with one model."""

    @property
    def model_id(self) -> str:
        """The id of the model."""

    def score(self, way: Way, shards: Iterator[Sequence[Piece]]) -> Generator[Scored, None, None]:
        """Yield what comes of each shard, in their order; a few are taken ahead. Closed, it ends its workers."""


class Queue(Protocol):
    """Where scored segments go for people to decide."""

    def add(self, pieces: Sequence[Piece], said: Sequence[Suggestion], sample: Sample | None) -> None:
        """Take segments and what was suggested for each; raise `Conflict` where they can't be taken."""

    def is_known(self, piece: Piece) -> bool:
        """Say whether a segment's coding is known, so that it stays outside of a sample."""


@dataclass(frozen=True)
class ScoreOptions:
    """How to score."""

    #: Go on in a folder that holds scores: only what is new or changed is scored.
    resume: bool = False
    interviewers: Collection[str] = ()
    segment_words: int = 60
    max_bytes: int = files.MAX_BYTES
    segments_per_shard: int = _PER_SHARD
    #: The project whose queue takes the segments, by name, and that queue.
    project: str | None = None
    queue: Queue | None = None
    #: How many segments of the archive to draw at random, for people to decide first and without advice.
    sample: int | None = None


def score(
    inputs: Sequence[Path],
    engine: Engine,
    codebook: Codebook | None,
    out: Path,
    options: ScoreOptions,
    progress: Progress = lambda standing: None,
) -> Summary:
    """Score files into a folder of Parquet shards with a manifest.

    A file that can't be read becomes a line of the manifest and the rest goes on. What is finished stays usable
    however the run ends, and a run with `resume` takes up from there with the same result.

    Args:
        inputs: files, folders and patterns: transcripts, coded excerpts, tables of segments.
        engine: what scores.
        codebook: the version of the model's codebook to suggest for (None: the model's own).
        out: the folder, new or empty unless resuming.
        options: how to score.
        progress: told how far the run is.

    Raises:
        BadInput: an input does not exist or two have one id.
        FolderInUse: the folder holds something, or belongs to another model or setting.
        StorageFull: the disk is full; what was finished before is kept.
    """
    found = score_inputs.inputs(inputs, out)
    folder = Folder(out, _settings(engine.model_id, codebook, options), resume=options.resume)
    try:
        with folder.held():
            run = _Run(engine.model_id, folder, options, Told(progress, found))
            run.draw(found, options.sample)
            way = Way(codebook, folder.mark, said=options.queue is not None)
            with contextlib.closing(engine.score(way, run.shards(found))) as done:
                for scored in done:
                    run.take(scored)
            run.end(found)
    except (errors.StorageFull, OSError) as error:
        elsewhere = isinstance(error, errors.StorageFull) and str(error) != errors.StorageFull.__doc__
        if elsewhere or (isinstance(error, OSError) and error.errno != errno.ENOSPC):
            raise
        raise errors.StorageFull(
            f"{out}: the disk is full; finished shards are kept: make room and go on with --resume."
        ) from error
    return run.summary


def _settings(model_id: str, codebook: Codebook | None, options: ScoreOptions) -> Mapping[str, Any]:
    book = None
    if codebook is not None:
        content = json.dumps(codebooks.as_dict(codebook), sort_keys=True, ensure_ascii=False)
        book = {
            "name": codebook.name,
            "version": codebook.version,
            "sha256": hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(),
        }
    return {
        "format": 2,
        "model_id": model_id,
        "codebook": book,
        "interviewers": sorted(options.interviewers),
        "segment_words": options.segment_words,
        "segments_per_shard": options.segments_per_shard,
        "project": options.project,
        "sample": options.sample,
    }


@dataclass
class _Job:
    """One input on its way: what is to come of it, and which shards are done."""

    entry: Input
    digest: str
    segments: int
    speakers: AbstractSet[str]
    shards: int
    done: dict[int, Counts] = field(default_factory=dict)
    #: How many of its segments are in the sample.
    drawn: int = 0
    is_refused: bool = False

    @property
    def counts(self) -> Counts:
        return sum(self.done.values(), Counts())


class _Run:
    """One run over the inputs: lays them out as shards, and takes what came of each in the same order."""

    def __init__(self, model_id: str, folder: Folder, options: ScoreOptions, told: Told) -> None:
        self._folder = folder
        self._per_shard = options.segments_per_shard
        self._queue = options.queue
        self._interviewers = sorted(options.interviewers)
        self._heard: set[str] = set()
        self._reading = read_transcript.Options(options.interviewers, options.max_bytes)
        self._segmenter = Segmenter(options.segment_words)
        self._told = told
        self._sample: Sample | None = None
        self._claims = Claims()
        self._waiting: deque[tuple[_Job, int, Sequence[Piece]]] = deque()
        self.summary = Summary(model_id, folder.root.as_posix())

    def draw(self, found: Sequence[Input], wanted: int | None) -> None:
        """Draw the sample that is asked for, or take up the one that an earlier run drew in this folder."""
        if wanted is None or self._queue is None:
            return
        digests = {entry.document_id: digest for entry in found if (digest := _digest_or_none(entry.path))}
        before = draw_sample.load(self._folder.root)
        if before is None or not before.covers(digests):
            readable = self._readable(found, digests)
            self._sample = draw_sample.draw(readable, wanted, self._queue.is_known, digests, before=before)
            draw_sample.save(self._sample, self._folder.root)
        else:
            self._sample = before

    def _readable(self, found: Sequence[Input], digests: Mapping[str, str]) -> Iterator[Source]:
        claims = Claims()
        for entry in found:
            with contextlib.suppress(errors.BadInput):  # refused when it is scored
                pieces = score_inputs.pieces(entry, self._segmenter, self._reading)
                claims.add(entry, pieces.extents)
                yield entry.document_id, pieces.all

    def shards(self, found: Sequence[Input]) -> Iterator[Sequence[Piece]]:
        """Yield what is to be scored; what is done already, or can't be read, is dealt with on the way."""
        for entry in found:
            try:
                yield from self._of(entry)
            except errors.BadInput as refusal:
                self._refuse(entry, str(refusal))

    def take(self, scored: Scored) -> None:
        """Write what came of the shard that has waited longest."""
        job, number, pieces = self._waiting.popleft()
        if job.is_refused:
            return
        try:
            if self._queue is not None:
                self._queue.add(pieces, scored.said, self._sample)
        except (errors.Conflict, UnicodeEncodeError) as refusal:
            why = str(refusal) if isinstance(refusal, errors.Conflict) else "a text in it is not valid Unicode."
            job.is_refused = True
            self._refuse(job.entry, f"{job.entry.path.name}: from here on not put into the queue: {why}")
            return
        self._folder.write(self._path(job, number), scored.content)
        self._told.shard(job.entry, scored.counts.segments / job.segments, scored.counts)
        self._note(job, number, scored.counts)

    def end(self, found: Sequence[Input]) -> None:
        """Warn of interviewers who speak in no file, as their questions were scored, and of scores without a file."""
        gone = self._folder.lines.keys() - {entry.document_id for entry in found}
        if gone:
            count = counted(len(gone), "file")
            self.summary.warnings.append(
                f"the scores of {count} that are no input now, scored before, stay in the folder."
            )
        if self.summary.scored_files or self.summary.unchanged_files:
            self.summary.warnings += [
                f"--interviewer {name}: no file has a speaker of this name; see `inkling read FILE`."
                for name in self._interviewers
                if name not in self._heard
            ]

    def _of(self, entry: Input) -> Iterator[Sequence[Piece]]:
        digest = _digest(entry.path)
        done = self._folder.extents(entry.document_id, digest)
        if done is not None:
            self._claims.add(entry, done)
            self._keep(entry)
            return
        found = score_inputs.pieces(entry, self._segmenter, self._reading)
        if _digest(entry.path) != digest:
            raise errors.UnreadableFile(f"{entry.path.name}: the file changed while it was read; score it again.")
        _check_names(entry, found)
        self._claims.add(entry, found.extents)
        job = _Job(entry, digest, found.count, found.speakers, -(-found.count // self._per_shard))
        if not job.shards:
            self._record(job)
        yield from self._to_do(job, found)

    def _to_do(self, job: _Job, found: Pieces) -> Iterator[Sequence[Piece]]:
        pieces = iter(found.all)
        for number in range(job.shards):
            part = list(islice(pieces, self._per_shard))
            counts = self._folder.counts_in(self._path(job, number))
            if job.is_refused:
                return
            job.drawn += 0 if self._sample is None else self._sample.drawn_in(part)
            if counts is not None:  # finished before the last run ended
                self._told.shard(job.entry, len(part) / job.segments, Counts())
                self._note(job, number, counts)
                continue
            self._waiting.append((job, number, part))
            yield part

    def _path(self, job: _Job, number: int) -> Path:
        return self._folder.shard(job.entry.document_id, job.digest, number)

    def _note(self, job: _Job, number: int, counts: Counts) -> None:
        job.done[number] = counts
        if len(job.done) == job.shards:
            self._record(job)

    def _record(self, job: _Job) -> None:
        shards = [{"name": self._path(job, n).name, **asdict(job.done[n])} for n in range(job.shards)]
        facts = {**asdict(job.counts), "shards": shards, "model_id": self.summary.model_id}
        if self._sample is not None:
            facts["sample"] = {"seed": self._sample.seed, "segments": job.drawn}
        self._folder.record(_line(job.entry, "scored", job.digest, **facts, **self._who_asks(job.speakers)))
        self.summary.scored_files += 1
        self.summary.counts += job.counts
        self._told.file(job.entry, 0.0 if job.shards else 1.0)

    def _who_asks(self, heard: AbstractSet[str]) -> dict[str, list[str]]:
        """Return which of the named interviewers speak in a file, for its line: a resumed run counts them too."""
        absent = read_transcript.unheard(self._interviewers, heard)
        found = [name for name in self._interviewers if name not in absent]
        self._heard.update(found)
        return {"interviewers": found} if found else {}

    def _keep(self, entry: Input) -> None:
        line = self._folder.lines[entry.document_id]
        self._heard.update(line.get("interviewers", ()))
        self._folder.lines[entry.document_id] = {**line, "path": entry.shown}
        self.summary.unchanged_files += 1
        self._told.file(entry, 1.0)

    def _refuse(self, entry: Input, reason: str) -> None:
        self._folder.record(_line(entry, "refused", "", reason=reason))
        self.summary.refused_files.append(Refused(entry.shown, reason))
        self._told.file(entry, 1.0, refused=True)


def _check_names(entry: Input, found: Pieces) -> None:
    try:
        "".join((*found.speakers, *found.extents)).encode()
    except UnicodeEncodeError:
        raise errors.BadInput(f"{entry.path.name}: a name in it is not valid Unicode.") from None


def _line(entry: Input, status: str, digest: str, **facts: Any) -> Line:
    return {"path": entry.shown, "status": status, **facts, "input": entry.document_id, "sha256": digest}


def _digest_or_none(path: Path) -> str | None:
    with contextlib.suppress(errors.BadInput):
        return _digest(path)
    return None


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise errors.UnreadableFile(f"{path.name}: the file can't be read ({error.strerror}).") from error
