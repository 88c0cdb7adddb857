"""REFI-QDA projects (.qdpx) and codebooks (.qdc), as NVivo, ATLAS.ti, MAXQDA, QualCoder and others exchange them."""

from collections.abc import Mapping
from typing import BinaryIO

from service.domain.coded_file import CodedFile


def read_project(name: str, file: BinaryIO, columns: Mapping[str, str]) -> CodedFile:
    """Read a project."""
    raise NotImplementedError
