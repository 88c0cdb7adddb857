"""What is told of a run over an archive: how far it is, and in the end what it did."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from service.domain.counting import counted
from service.domain.suggestion import STATUS
from service.use_cases.score_inputs import Input
from service.use_cases.score_shard import Counts


@dataclass(frozen=True)
class Standing:
    """How far a run is."""

    #: Of all bytes to read, 0 to 1.
    share: float
    files: int
    of_files: int
    #: What was scored in this run.
    counts: Counts
    refused_files: int


Progress = Callable[[Standing], None]


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
    counts: Counts = field(default_factory=Counts)
    refused_files: list[Refused] = field(default_factory=list)
    #: What was done otherwise than the options may have meant.
    warnings: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the summary, ready for JSON."""
        facts = {name: value for name, value in vars(self).items() if name != "counts"}
        refused = [{"path": entry.path, "reason": entry.reason} for entry in self.refused_files]
        return {**facts, **asdict(self.counts), "refused_files": refused, "status": STATUS}

    def sentence(self) -> str:
        """Return the summary for people to read."""
        counts = self.counts
        done = f"{counted(counts.segments, 'segment')}, {counted(counts.rows, 'row')}"
        parts = [f"{counted(self.scored_files, 'file')} scored in this run, {done}, in {self.out}."]
        if counts.rows:
            advised = counts.rows - counts.abstained - counts.refused
            parts.append(
                f"Of the rows {advised:,} give advice, {counts.abstained:,} abstain with a reason, and "
                f"{counts.refused:,} are of segments that say nothing."
            )
        if self.unchanged_files:
            parts.append(f"Scored before and unchanged: {counted(self.unchanged_files, 'file')}.")
        parts += [f"Refused: {entry.path}: {entry.reason}" for entry in self.refused_files]
        return "\n".join([*parts, "The suggestions need a human decision."])


class Told:
    """How far a run is, by the size of what it reads, and who is told."""

    def __init__(self, progress: Progress, found: Sequence[Input]) -> None:
        self._progress = progress
        self._sizes = {entry.document_id: _size(entry.path) for entry in found}
        self._all = sum(self._sizes.values()) or 1
        self._done = 0.0
        self._files, self._refused = 0, 0
        self._counts = Counts()

    def shard(self, entry: Input, part: float, counts: Counts) -> None:
        """Tell that a part of a file is done, this part of its segments."""
        self._done += part * self._sizes[entry.document_id]
        self._counts += counts
        self._tell()

    def file(self, entry: Input, part: float, *, refused: bool = False) -> None:
        """Tell that a file is done with, of which no shard told this part."""
        self._done += part * self._sizes[entry.document_id]
        self._files += 1
        self._refused += refused
        self._tell()

    def _tell(self) -> None:
        share = 1.0 if self._files == len(self._sizes) else min(self._done / self._all, 0.999)
        self._progress(Standing(share, self._files, len(self._sizes), self._counts, self._refused))


def _size(path: Path) -> int:
    try:
        return max(path.stat().st_size, 1)
    except OSError:  # it is refused when it is read
        return 1
