"""How common each code is in a scored archive: as the model says, and corrected by what people decided on a sample."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from service import errors
from service.domain.coding import Codes
from service.domain.projects import Project
from service.store import projects
from service.suggest import prevalence
from service.suggest.prevalence import Share
from service.use_cases import draw_sample, score_folder
from service.use_cases.draw_sample import Place, Sample
from service.use_cases.read_codings import coded_segments

#: Final codes by place and dimension, as far as there are any.
Finals = Mapping[Place, Mapping[str, Codes | None]]

_COLUMNS = ("document_id", "position", "dimension", "best", "ranked", "probabilities", "reason")


@dataclass
class _Sums:
    """What the rows of one dimension add up to."""

    #: Segments that say something and that the dimension applies to.
    segments: int = 0
    #: Those whose coding is not known otherwise; of these come the sums of probabilities.
    population: int = 0
    best: dict[str, int] = field(default_factory=dict)
    probability: dict[str, float] = field(default_factory=dict)
    #: What the model says of each segment of the sample.
    sampled: dict[Place, dict[str, float]] = field(default_factory=dict)
    #: Segments of known coding.
    known: set[Place] = field(default_factory=set)


@dataclass(frozen=True)
class CodeShare:
    """How common one code is, of 1."""

    dimension: str
    code: str
    #: The share of segments whose best codes hold it, as the model says: not corrected.
    uncorrected: float
    #: None where too few of the sample are decided.
    corrected: Share | None


@dataclass(frozen=True)
class ArchiveShares:
    """The shares of a scored archive, and what they rest on."""

    model_id: str
    #: Segments of the sample, and by dimension how many of them are decided and how many codings were known before.
    sample: int
    decided: Mapping[str, int]
    known: Mapping[str, int]
    segments: Mapping[str, int]
    codes: tuple[CodeShare, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the shares, ready for JSON."""
        return {**asdict(self), "least_decided": prevalence.MIN_DECIDED}


def archive_shares(
    folder: Path, connection: sa.Connection | None = None, project: Project | None = None
) -> ArchiveShares:
    """Return how common each code is.

    Args:
        folder: what `inkling score` wrote.
        connection: a view of the store, where a project's decisions are to correct the shares.
        project: that project.

    Raises:
        BadInput: the folder holds no scores, or no sample was drawn there for this project.
    """
    settings = score_folder.read_settings(folder)
    sample: Sample | None = None
    finals: Finals = {}
    if connection is not None and project is not None:
        sample = _sample(folder, settings, project)
        finals = _finals(connection, project, sample)
    sums = _summed(folder, sample)
    shares = tuple(_share(name, code, of, finals) for name, of in sums.items() for code in sorted(of.probability))
    return ArchiveShares(
        str(settings["model_id"]),
        0 if sample is None else len(sample.lots),
        {name: len(_decided(name, of.sampled.keys(), finals)) for name, of in sums.items()},
        {name: len(_decided(name, of.known, finals)) for name, of in sums.items()},
        {name: of.segments for name, of in sums.items()},
        shares,
    )


def _sample(folder: Path, settings: Mapping[str, Any], project: Project) -> Sample:
    sample = draw_sample.load(folder) if settings.get("project") == project.name else None
    if sample is None:
        raise errors.BadInput(
            f"{folder}: no sample was drawn here for project {project.name}; score with --project and --sample N first."
        )
    return sample


def _finals(connection: sa.Connection, project: Project, sample: Sample) -> Finals:
    """Return the final codes of the sample's segments, and of those known before it was drawn."""
    book = projects.codebook_of(connection, project)
    found = {}
    for coded in coded_segments(connection, project, book):
        place = coded.document.document_id, coded.segment.position
        if place in sample.lots or place in sample.known:
            found[place] = coded.final()
    return found


def _decided(dimension: str, places: AbstractSet[Place], finals: Finals) -> list[Place]:
    return sorted(place for place in places if finals.get(place, {}).get(dimension) is not None)


def _share(dimension: str, code: str, of: _Sums, finals: Finals) -> CodeShare:
    uncorrected = of.best.get(code, 0) / of.segments
    decided = _decided(dimension, of.sampled.keys(), finals)
    if len(decided) < prevalence.MIN_DECIDED:
        return CodeShare(dimension, code, uncorrected, None)
    found = prevalence.corrected(
        of.probability[code] / of.population,
        of.population,
        [of.sampled[place].get(code, 0.0) for place in decided],
        [_has(code, dimension, place, finals) for place in decided],
        [document for document, _ in decided],
    )
    known = _decided(dimension, of.known, finals)
    having = sum(_has(code, dimension, place, finals) for place in known)
    return CodeShare(dimension, code, uncorrected, found.beside(len(known), having, of.population))


def _has(code: str, dimension: str, place: Place, finals: Finals) -> bool:
    return code in (finals[place][dimension] or ())


def _summed(folder: Path, sample: Sample | None) -> dict[str, _Sums]:
    sums: dict[str, _Sums] = {}
    for table in _tables(folder, sample):
        for dimension in table["dimension"].unique().to_pylist():
            _add(sums.setdefault(dimension, _Sums()), table, dimension, sample)
    return dict(sorted(sums.items()))


def _tables(folder: Path, sample: Sample | None) -> Iterator[Any]:
    """Yield each shard's rows, of segments that say something, in what a sample was drawn from if there is one."""
    import pyarrow.compute
    import pyarrow.parquet

    for line in score_folder.read_lines(folder):
        if sample is not None and sample.inputs.get(line["input"]) != line["sha256"]:
            continue
        for shard in line.get("shards", ()):
            try:
                table = pyarrow.parquet.read_table(folder / shard["name"], columns=list(_COLUMNS))
            except (OSError, pyarrow.ArrowException):
                raise errors.BadInput(
                    f"{folder / shard['name']}: it is missing or damaged; go on with --resume to score it again."
                ) from None
            said = pyarrow.compute.invert(pyarrow.compute.is_in(table["reason"], pyarrow.array(["refused"])))
            yield table.filter(said)


def _add(to: _Sums, table: Any, dimension: str, sample: Sample | None) -> None:
    import pyarrow.compute

    rows = table.filter(pyarrow.compute.equal(table["dimension"], dimension))
    to.segments += len(rows)
    for code, count in _counts(rows["best"]).items():
        to.best[code] = to.best.get(code, 0) + count
    places = list(zip(rows["document_id"].to_pylist(), rows["position"].to_pylist(), strict=True)) if sample else []
    for row, place in enumerate(places):
        if sample is not None and place in sample.lots:
            said = zip(rows["ranked"][row].as_py(), rows["probabilities"][row].as_py(), strict=True)
            to.sampled[place] = dict(said)
    known = np.array(
        [sample is not None and place in sample.known for place in places] or [False] * len(rows), np.bool_
    )
    to.known.update(place for place, is_known in zip(places, known, strict=False) if is_known)
    to.population += int((~known).sum())
    for code, total in _totals(rows.filter(pyarrow.array(~known))).items():
        to.probability[code] = to.probability.get(code, 0.0) + total


def _counts(lists: Any) -> dict[str, int]:
    import pyarrow.compute

    return {
        found["values"]: found["counts"] for found in pyarrow.compute.list_flatten(lists).value_counts().to_pylist()
    }


def _totals(rows: Any) -> dict[str, float]:
    """Return the sum of each code's probabilities."""
    import pyarrow.compute

    codes = pyarrow.compute.list_flatten(rows["ranked"])
    values: NDArray[np.float64] = pyarrow.compute.list_flatten(rows["probabilities"]).to_numpy()
    encoded = codes.combine_chunks().dictionary_encode()
    sums = np.bincount(encoded.indices.to_numpy(), weights=values, minlength=len(encoded.dictionary))
    return dict(zip(encoded.dictionary.to_pylist(), map(float, sums), strict=True))
