"""Score an archive: suggestions for every segment of many files, for people to decide on; never a coding."""

import errno
import hashlib
import json
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from service import errors
from service.domain import codebook as codebooks
from service.domain.codebook import Codebook
from service.domain.counting import counted
from service.domain.suggestion import STATUS, Passage, Suggestion
from service.readers import files
from service.suggest.segmenter import Segmenter
from service.use_cases import read_transcript, score_inputs, score_shards
from service.use_cases.score_inputs import Input, Pieces
from service.use_cases.score_shards import Folder, Line
from service.use_cases.score_tables import Piece

#: Segments suggested at a time: progress is told, and Ctrl-C heard, between two of these.
_BATCH = 1024

#: Files done so far with the part of the one at hand, files in all, and segments scored so far.
Progress = Callable[[float, int, int], None]


class Suggests(Protocol):
    """What scoring needs of a suggester."""

    @property
    def model_id(self) -> str:
        """The id of the model that suggests."""

    def suggest(
        self, passages: Sequence[Passage], codebook: Codebook | None = None, *, reasons: bool = True
    ) -> list[Suggestion]:
        """Return one suggestion per passage, in the order given, with or without words and evidence."""


class Queue(Protocol):
    """Where scored segments go for people to decide."""

    def add(self, pieces: Sequence[Piece], said: Sequence[Suggestion]) -> None:
        """Take segments and what was suggested for each; raise `Conflict` where they can't be taken."""


@dataclass(frozen=True)
class ScoreOptions:
    """How to score."""

    #: Go on in a folder that holds scores: only what is new or changed is scored.
    resume: bool = False
    interviewers: Collection[str] = ()
    segment_words: int = 60
    max_bytes: int = files.MAX_BYTES
    #: A larger input's rows are cut into several shards, each finished on its own.
    segments_per_shard: int = 8192
    queue: Queue | None = None


@dataclass(frozen=True)
class Refused:
    """A file that was not scored, and why."""

    path: str
    reason: str


@dataclass
class Summary:
    """What a run did."""

    model_id: str
    out: str
    #: Inputs whose scores are in the folder: done in this run, and found done by `resume`.
    scored_files: int = 0
    unchanged_files: int = 0
    segments: int = 0
    rows: int = 0
    refused_files: list[Refused] = field(default_factory=list)
    #: What was done otherwise than the options may have meant.
    warnings: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the summary, ready for JSON."""
        refused = [{"path": entry.path, "reason": entry.reason} for entry in self.refused_files]
        return {**vars(self), "refused_files": refused, "status": STATUS}

    def sentence(self) -> str:
        """Return the summary for people to read."""
        done = ", ".join((counted(self.segments, "segment"), counted(self.rows, "row")))
        parts = [f"{counted(self.scored_files, 'file')} scored, {done} in {self.out}."]
        if self.unchanged_files:
            parts.append(f"Scored before and unchanged: {counted(self.unchanged_files, 'file')}.")
        parts += [f"Refused: {entry.path}: {entry.reason}" for entry in self.refused_files]
        return "\n".join([*parts, "The suggestions need a human decision."])


def score(
    inputs: Sequence[Path],
    suggester: Suggests,
    codebook: Codebook | None,
    out: Path,
    options: ScoreOptions,
    progress: Progress = lambda files, of, segments: None,
) -> Summary:
    """Score files into a folder of Parquet shards with a manifest.

    A file that can't be read becomes a line of the manifest and the rest goes on. What is finished stays usable
    however the run ends, and a run with `resume` takes up from there with the same result.

    Args:
        inputs: files and folders: transcripts, coded excerpts, tables of segments.
        suggester: what suggests.
        codebook: the version of the model's codebook to suggest for (None: the model's own).
        out: the folder, new or empty unless resuming.
        options: how to score.
        progress: told how far the run is.

    Raises:
        BadInput: an input does not exist or two have one id.
        FolderInUse: the folder holds something, or belongs to another model or setting.
        StorageFull: the disk is full; what was finished before is kept.
    """
    found = score_inputs.inputs(inputs)
    folder = Folder(out, _settings(suggester.model_id, codebook, options), resume=options.resume)
    try:
        with folder.held():
            run = _Run(suggester, codebook, folder, options, _Told(progress, len(found)))
            for entry in found:
                run.take(entry)
            run.end()
    except (errors.StorageFull, OSError) as error:
        if isinstance(error, errors.StorageFull) or error.errno == errno.ENOSPC:
            raise errors.StorageFull(f"{out}: the disk is full; finished shards are kept.") from error
        raise
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
        "format": 1,
        "model_id": model_id,
        "codebook": book,
        "interviewers": sorted(options.interviewers),
        "segment_words": options.segment_words,
        "segments_per_shard": options.segments_per_shard,
    }


@dataclass
class _Told:
    """How far a run is, and who is told."""

    progress: Progress
    of: int
    files: int = 0
    segments: int = 0

    def batch(self, segments: int, part: float) -> None:
        """Tell that more segments are done, and which part of the file at hand with them."""
        self.segments += segments
        self.progress(self.files + part, self.of, self.segments)

    def file(self) -> None:
        """Tell that a file is done with."""
        self.files += 1
        self.progress(self.files, self.of, self.segments)


class _Run:
    """One run over the inputs."""

    def __init__(
        self,
        suggester: Suggests,
        codebook: Codebook | None,
        folder: Folder,
        options: ScoreOptions,
        told: _Told,
    ) -> None:
        self._suggester = suggester
        self._codebook = codebook
        self._folder = folder
        self._per_shard = options.segments_per_shard
        self._queue = options.queue
        self._interviewers = sorted(options.interviewers)
        self._heard: set[str] = set()
        self._reading = read_transcript.Options(options.interviewers, options.max_bytes)
        self._segmenter = Segmenter(options.segment_words)
        self._told = told
        self.summary = Summary(suggester.model_id, folder.root.as_posix())

    def take(self, entry: Input) -> None:
        """Score one input, or note why it can't be."""
        self._take(entry)
        self._told.file()

    def _take(self, entry: Input) -> None:
        try:
            digest = _digest(entry.path)
            if self._folder.is_done(entry.document_id, digest):
                self._keep(entry)
                return
            found = score_inputs.pieces(entry, self._segmenter, self._reading)
        except errors.BadInput as refusal:
            self._refuse(entry, str(refusal))
            return
        try:
            shards = list(self._shards(entry, digest, found))
        except UnicodeEncodeError:
            self._refuse(entry, f"{entry.path.name}: a name in it is not valid Unicode.")
            return
        except errors.Conflict as refusal:
            self._refuse(entry, f"{entry.path.name}: not put into the queue: {refusal}")
            return
        segments, rows = found.count, sum(shard["rows"] for shard in shards)
        facts = {"segments": segments, "rows": rows, "shards": shards, "model_id": self.summary.model_id}
        self._folder.record(_line(entry, "scored", digest, **facts, **self._who_asks(found.speakers)))
        self.summary.scored_files += 1
        self.summary.segments += segments
        self.summary.rows += rows

    def _who_asks(self, heard: AbstractSet[str]) -> dict[str, list[str]]:
        """Return which of the named interviewers speak in a file, for its line: a resumed run counts them too."""
        absent = read_transcript.unheard(self._interviewers, heard)
        found = [name for name in self._interviewers if name not in absent]
        self._heard.update(found)
        return {"interviewers": found} if found else {}

    def end(self) -> None:
        """Warn of interviewers who speak in no file: what was meant as their questions was scored."""
        if self.summary.scored_files or self.summary.unchanged_files:
            self.summary.warnings += [
                f"--interviewer {name}: no file has a speaker of this name; see `inkling read FILE`."
                for name in self._interviewers
                if name not in self._heard
            ]

    def _keep(self, entry: Input) -> None:
        line = self._folder.lines[entry.document_id]
        self._heard.update(line.get("interviewers", ()))
        self._folder.lines[entry.document_id] = {**line, "path": entry.shown}
        self.summary.unchanged_files += 1

    def _refuse(self, entry: Input, reason: str) -> None:
        self._folder.record(_line(entry, "refused", "", reason=reason))
        self.summary.refused_files.append(Refused(entry.shown, reason))

    def _shards(self, entry: Input, digest: str, found: Pieces) -> Iterator[dict[str, Any]]:
        pieces = iter(found.all)
        for number, start in enumerate(range(0, found.count, self._per_shard)):
            size = min(self._per_shard, found.count - start)
            part = islice(pieces, size)
            shard = self._folder.shard(entry.document_id, digest, number)
            count = self._folder.rows_in(shard)
            if count is None:
                rows = list(self._rows(part, start, found.count))
                self._folder.write(shard, rows)
                count = len(rows)
            else:  # finished before the last run ended
                deque(part, maxlen=0)
                self._told.batch(size, (start + size) / found.count)
            yield {"name": shard.name, "rows": count}

    def _rows(self, pieces: Iterator[Piece], before: int, of: int) -> Iterator[dict[str, Any]]:
        """Yield the rows of a part of a file that begins with piece number `before` of so many."""
        while batch := list(islice(pieces, _BATCH)):
            said = self._suggester.suggest([p.passage for p in batch], self._codebook, reasons=self._queue is not None)
            if self._queue is not None:
                self._queue.add(batch, said)
            for piece, suggestion in zip(batch, said, strict=True):
                yield from score_shards.rows(piece, suggestion)
            before += len(batch)
            self._told.batch(len(batch), before / of)


def _line(entry: Input, status: str, digest: str, **facts: Any) -> Line:
    return {"path": entry.shown, "status": status, **facts, "input": entry.document_id, "sha256": digest}


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise errors.UnreadableFile(f"{path.name}: the file can't be read ({error.strerror}).") from error
