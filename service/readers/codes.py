"""The codes alone of a file of another tool: a codebook to begin with."""

import io
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from service.domain import folding
from service.domain.codebook import Codebook
from service.domain.coded_file import ForeignCode
from service.readers import coded, files
from service.readers.coded_files import code_lists

#: Tables that may list codes.
_LISTS = (".csv", ".tsv", ".xlsx")
SUFFIXES = coded.SUFFIXES
MAX_BYTES = 500_000_000


def read_codes(source: Path | bytes, name: str = "") -> tuple[tuple[ForeignCode, ...], frozenset[str]]:
    """Return the codes of a file, and the keys of those that were given to anything.

    Args:
        source: a REFI-QDA codebook, a list of tags as Taguette exports it, or any coded file.
        name: the file's name where bytes are given; its end says the format.

    Raises:
        BadInput: it can't be read.
    """
    short = PurePosixPath(name or str(source)).name
    content = source if isinstance(source, bytes) else files.read_bytes(source, MAX_BYTES)
    suffix = PurePosixPath(short).suffix.lower()
    with io.BytesIO(content) as file:
        if suffix in _LISTS and not coded.is_coded(short, file):
            return code_lists.read_codes(short, file), frozenset()
    read = coded.read_coded(content, short)
    return read.codes, frozenset(made.code for document in read.documents for made in document.codings)


def lists_codes(path: Path) -> bool:
    """Say whether a file is a table that lists codes, and holds neither codings nor speech.

    Raises:
        BadInput: it can't be read.
    """
    if path.suffix.lower() not in _LISTS or not path.is_file():
        return False
    with io.BytesIO(files.read_bytes(path, MAX_BYTES)) as file:
        return not coded.is_coded(path.name, file) and code_lists.is_list(path.name, file)


def folded_codebook(source: Path | bytes, dimensions: Mapping[str, str], name: str = "") -> Codebook:
    """Return a file's tree of codes as a codebook, named after the file and a digest of it and of what is said.

    Args:
        source: as `read_codes`.
        dimensions: dimension by branch, as a person says it.
        name: as `read_codes`.
    """
    stem = PurePosixPath(name or str(source)).stem
    codes, used = read_codes(source, name)
    return folding.codebook_of(stem, codes, dimensions, used)
