"""Score one shard: the segments of an input that are suggested together, and the Parquet file that comes of them.

Every engine runs `score_shard`, in this process, in another, or on another machine; so they all give the same bytes.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from threadpoolctl import threadpool_limits

from service.domain.codebook import Codebook
from service.domain.suggestion import STATUS, Advice, Passage, Suggestion
from service.use_cases.score_tables import Piece

#: Where a file says which run it belongs to, and what it holds.
_MARK, _COUNTS = b"inkling", b"inkling.counts"


class Suggests(Protocol):
    """What scoring needs of a suggester."""

    @property
    def model_id(self) -> str:
        """The id of the model that suggests."""

    def suggest(
        self, passages: Sequence[Passage], codebook: Codebook | None = None, *, reasons: bool = True
    ) -> list[Suggestion]:
        """Return one suggestion per passage, in the order given, with or without words and evidence."""


@dataclass(frozen=True)
class Way:
    """How all shards of a run are scored."""

    #: The version of the model's codebook to suggest for (None: the model's own).
    codebook: Codebook | None
    #: Stands for the run's model and settings in each file.
    mark: bytes
    #: Whether the suggestions themselves are wanted, beside the file.
    said: bool


@dataclass(frozen=True)
class Counts:
    """What a file holds: rows are advice, abstentions or refused segments."""

    segments: int = 0
    rows: int = 0
    abstained: int = 0
    refused: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))


@dataclass(frozen=True)
class Scored:
    """What came of a shard."""

    content: bytes
    counts: Counts
    #: One per segment where `Way.said`, else none.
    said: tuple[Suggestion, ...]


def score_shard(suggester: Suggests, way: Way, pieces: Sequence[Piece]) -> Scored:
    """Suggest codes for these segments and lay the answers out as a Parquet file.

    Raises:
        WrongCodebook: the codebook has another name than the model's.
    """
    with threadpool_limits(1, user_api="blas"):  # sums of several threads may end in another digit
        said = suggester.suggest([piece.passage for piece in pieces], way.codebook, reasons=False)
    rows = [row for piece, suggestion in zip(pieces, said, strict=True) for row in _rows(piece, suggestion)]
    reasons = Counter(row[_REASON] for row in rows)
    refused = reasons["refused"]
    counts = Counts(len(pieces), len(rows), len(rows) - reasons[None] - refused, refused)
    return Scored(_parquet(rows, way.mark, counts), counts, tuple(said) if way.said else ())


def counts_of(metadata: Mapping[bytes, bytes] | None, mark: bytes) -> Counts | None:
    """Return what a file says it holds; None where it is none of this run's."""
    found = metadata or {}
    if found.get(_MARK) != mark or _COUNTS not in found:
        return None
    return Counts(**json.loads(found[_COUNTS]))


_COLUMNS = (
    *("document_id", "position", "start", "end", "speaker", "text_sha256", "dimension", "suggested", "best"),
    *("ranked", "probabilities", "candidate_set", "abstained", "reason", "model_id", "status"),
)
_REASON = _COLUMNS.index("reason")


def _rows(piece: Piece, said: Suggestion) -> Iterator[tuple[Any, ...]]:
    """Yield one row per dimension that applies to the segment."""
    digest = hashlib.sha256(piece.passage.text.encode("utf-8", "surrogatepass")).hexdigest()
    where = (piece.document_id, piece.position, piece.start, piece.end, piece.passage.speaker, digest)
    for advice in said.dimensions:
        yield (*where, *_advice(advice), said.model_id, STATUS)


def _advice(advice: Advice) -> tuple[Any, ...]:
    return (
        advice.dimension,
        advice.suggested,
        advice.best,
        [candidate.code for candidate in advice.candidates],
        [round(candidate.probability, 4) for candidate in advice.candidates],
        [candidate.code for candidate in advice.candidates if candidate.in_candidate_set],
        advice.abstained,
        advice.reason,
    )


def _parquet(rows: Iterable[tuple[Any, ...]], mark: bytes, counts: Counts) -> bytes:
    import pyarrow
    import pyarrow.parquet

    columns = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    schema = _schema().with_metadata({_MARK: mark, _COUNTS: json.dumps(asdict(counts)).encode()})
    arrays = [pyarrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=schema), sink, compression="zstd")
    return bytes(sink.getvalue())


def _schema() -> Any:
    import pyarrow as pa

    codes, number = pa.list_(pa.string()), pa.int64()
    types = dict.fromkeys(("position", "start", "end"), number)
    types |= dict.fromkeys(("suggested", "best", "ranked", "candidate_set"), codes)
    types |= {"probabilities": pa.list_(pa.float64()), "abstained": pa.bool_()}
    return pa.schema([(name, types.get(name, pa.string())) for name in _COLUMNS])
