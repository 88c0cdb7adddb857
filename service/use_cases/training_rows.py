"""A project's final codings as rows to train on."""

import sqlalchemy as sa

from service.domain.excerpts import CodingRow
from service.domain.projects import Project
from service.store import projects
from service.use_cases.read_codings import CodedSegment, coded_segments


def training_rows(connection: sa.Connection, project: Project) -> tuple[CodingRow, ...]:
    """Return one row per segment and dimension with a final coding; machine output is never among them."""
    book = projects.codebook_of(connection, project)
    return tuple(
        _row(project, coded, dimension, tuple(sorted(codes)))
        for coded in coded_segments(connection, project, book)
        for dimension, codes in coded.final().items()
        if codes is not None
    )


def _row(project: Project, coded: CodedSegment, dimension: str, codes: tuple[str, ...]) -> CodingRow:
    segment = coded.segment
    return CodingRow(
        coded.document.document_id,
        segment.position,
        segment.text,
        dimension,
        codes,
        segment.speaker,
        coded.previous,
        coded.participant_id,
        extra={"project": project.name, "segment_id": segment.segment_id, "role": segment.role},
    )
