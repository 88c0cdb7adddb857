"""REFI-QDA codebooks (.qdc)."""

from collections.abc import Sequence
from typing import BinaryIO

from service.domain.coded_file import ForeignCode
from service.writers import refi

_NAMESPACE = "urn:QDA-XML:codebook:1.0"


def write(codes: Sequence[ForeignCode], out: BinaryIO) -> None:
    """Write codes as a codebook, which has no name of its own.

    Args:
        codes: the codes; their paths make the tree.
        out: where to write.
    """
    out.write((refi.HEADER + refi.tag("CodeBook", xmlns=_NAMESPACE, origin=refi.ORIGIN) + "\n").encode())
    for piece in refi.CodeTree(codes).xml() if codes else ("<Codes/>\n",):
        out.write(piece.encode())
    out.write(b"</CodeBook>\n")
