"""A project's codings as rows to train on: the final ones, and each coder's own to measure agreement with."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import sqlalchemy as sa

from service.domain import coding
from service.domain.coding import Codes, Decision
from service.domain.excerpts import ADVICE_MODEL, CodingRow
from service.domain.projects import ADHOC, Project
from service.store import documents, projects
from service.use_cases import queue_order
from service.use_cases.read_codings import CodedSegment, coded_segments

#: One coder alone agrees with nobody.
_COUPLE = 2


def training_rows(connection: sa.Connection, project: Project) -> tuple[CodingRow, ...]:
    """Return one row per segment and dimension with a final coding; machine output is never among them.

    Where several people coded a segment by themselves, and nobody else is to, there is also a row for each, which
    settles nothing: it is material for agreement, never a label. The random sample of an archive is left out: it is
    there to measure a model by.
    """
    book = projects.codebook_of(connection, project)
    taught = queue_order.was_taught(connection, project)
    return tuple(
        replace(row, by_lot=queue_order.by_lot(project, row.document_id, coded.segment) if taught else None)
        for coded in coded_segments(connection, project, book)
        if coded.segment.lot is None
        for row in (*_final(project, coded), *_own(project, coded))
    )


def _final(project: Project, coded: CodedSegment) -> Iterator[CodingRow]:
    for dimension, codes in coded.final().items():
        if codes is not None:
            shown = [decision.shown for decision in coded.involved(dimension)]
            row = _row(project, coded, dimension, codes)
            models = ";".join(sorted({s.model_id for s in shown if s.advice != "none" and s.model_id}))
            advice = coding.most_advice({s.advice for s in shown})
            yield replace(row, advice=advice, extra={**row.extra, ADVICE_MODEL: models})


def _own(project: Project, coded: CodedSegment) -> Iterator[CodingRow]:
    """Yield what each person last decided before they could have seen anyone else's coding, where two did.

    Who decided only after that has a row too, which counts for nothing but to say how many such codings there are.
    """
    holding = coding.standing(coded.decisions)
    if len(holding) < coded.segment.needs:
        return  # it waits for someone, whom no figure may tell what others chose
    people = sorted({(d.coder.name, d.coder.person_id) for d in coded.decisions})
    alone = {person: coding.last_independent(coded.decisions, person) for _, person in people}
    for dimension in coded.dimensions:
        given = [(name, d) for name, person in people if (d := alone[person]) and dimension.id in d.codes]
        for name, decision in given if len(given) >= _COUPLE else ():
            yield _by_one(project, coded, dimension.id, decision, name)
        for name, person in people:
            late = holding.get(person)
            if late is not None and alone[person] is None and dimension.id in late.codes:
                yield replace(_by_one(project, coded, dimension.id, late, name), independent=None)


def _by_one(project: Project, coded: CodedSegment, dimension: str, decision: Decision, name: str) -> CodingRow:
    """Return one coder's own coding, which settles nothing."""
    row = _row(project, coded, dimension, decision.codes[dimension])
    return replace(row, annotator_id=name, advice=decision.shown.advice, settles=False)


def _row(project: Project, coded: CodedSegment, dimension: str, codes: Codes) -> CodingRow:
    segment = coded.segment
    return CodingRow(
        coded.document.document_id,
        segment.position,
        segment.text,
        dimension,
        tuple(sorted(codes)),
        segment.speaker,
        coded.previous,
        coded.participant_id,
        extra={"project": project.name, "segment_id": segment.segment_id, "role": segment.role},
    )


def surrounding_rows(connection: sa.Connection, project: Project, coded: Iterable[CodingRow]) -> tuple[CodingRow, ...]:
    """Return the other segments of the documents that these rows are of: nothing to learn, but a model reads them."""
    known = {(row.document_id, row.position) for row in coded}
    wanted = {document_id for document_id, _ in known} - {ADHOC}
    return tuple(
        CodingRow(
            document.document_id,
            segment.position,
            segment.text,
            "",
            (),
            segment.speaker,
            participant_id=document.participant_id,
            extra={"role": segment.role},
        )
        for document in documents.every(connection, project)
        if document.document_id in wanted
        for segment in documents.segments(connection, document)
        if (document.document_id, segment.position) not in known
    )
