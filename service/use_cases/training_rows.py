"""A project's codings as rows to train on: the final ones, and each coder's own to measure agreement with."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import sqlalchemy as sa

from service.domain import coding, imported
from service.domain.coding import AdviceGiven, Codes
from service.domain.excerpts import ADVICE_MODEL, CodingRow
from service.domain.projects import ADHOC, Project
from service.store import documents, people, projects
from service.use_cases import queue_order
from service.use_cases.read_codings import CodedSegment, coded_segments

#: One coder alone agrees with nobody.
_COUPLE = 2


def training_rows(connection: sa.Connection, project: Project) -> tuple[CodingRow, ...]:
    """Return one row per segment and dimension with a final coding, else with what its imported codings amount to.

    Machine output is never among them. Where several people coded a segment by themselves, and nobody else is to, there
    is also a row for each, which settles nothing: it is material for agreement, never a label. The random sample of an
    archive is left out: it is there to measure a model by.
    """
    book = projects.codebook_of(connection, project)
    taught = queue_order.was_taught(connection, project)
    known = {person.person_id: person.name for person in people.every(connection)}
    return tuple(
        replace(row, by_lot=queue_order.by_lot(project, row.document_id, coded.segment) if taught else None)
        for coded in coded_segments(connection, project, book)
        if coded.segment.lot is None
        for row in (*_final(project, coded), *_imported(project, coded), *_own(project, coded, known))
    )


def _final(project: Project, coded: CodedSegment) -> Iterator[CodingRow]:
    for dimension, codes in coded.final().items():
        if codes is not None:
            shown = [decision.shown for decision in coded.involved(dimension)]
            row = _row(project, coded, dimension, codes)
            models = ";".join(sorted({s.model_id for s in shown if s.advice != "none" and s.model_id}))
            advice = coding.most_advice({s.advice for s in shown})
            yield replace(row, advice=advice, extra={**row.extra, ADVICE_MODEL: models})


def _imported(project: Project, coded: CodedSegment) -> Iterator[CodingRow]:
    """Yield what is true by imported codings, where nothing is final."""
    final, applying = coded.final(), {dimension.id for dimension in coded.dimensions}
    elsewhere = coded.standing_elsewhere()
    for dimension, codes in imported.truth(elsewhere).items():
        if dimension in applying and final.get(dimension) is None:
            given = [i for i in elsewhere if i.dimension == dimension]
            models = ";".join(sorted({i.adviser for i in given} - {""}))
            row = _row(project, coded, dimension, codes)
            advice = coding.most_advice({i.advice for i in given})
            yield replace(row, advice=advice, extra={**row.extra, ADVICE_MODEL: models})


def _own(project: Project, coded: CodedSegment, known: Mapping[str, str]) -> Iterator[CodingRow]:
    """Yield what each person last gave before they could have seen anyone else's coding, where two did.

    Who decided only after that has a row too, which counts for nothing but to say how many such codings there are.
    What people decided on a segment that waits for someone is left out: no figure may tell what others chose.
    """
    holding = coding.standing(coded.decisions)
    complete = len(holding) >= coded.segment.needs
    decided = sorted({(d.coder.name, d.coder.person_id) for d in coded.decisions}) if complete else []
    alone = {person: coding.last_independent(coded.decisions, person) for _, person in decided}
    elsewhere = coded.elsewhere(known)
    for dimension in coded.dimensions:
        given = [
            _by_one(project, coded, dimension.id, d.codes[dimension.id], (name, d.shown.advice))
            for name, person in decided
            if (d := alone[person]) and dimension.id in d.codes
        ]
        given += [
            _by_one(project, coded, dimension.id, of[dimension.id].codes, (name, of[dimension.id].advice))
            for name, of in elsewhere.items()
            if dimension.id in of
        ]
        yield from given if len(given) >= _COUPLE else ()
        for name, person in decided:
            late = holding.get(person)
            if late is not None and alone[person] is None and dimension.id in late.codes:
                row = _by_one(project, coded, dimension.id, late.codes[dimension.id], (name, late.shown.advice))
                yield replace(row, independent=None)


def _by_one(
    project: Project, coded: CodedSegment, dimension: str, codes: Codes, by: tuple[str, AdviceGiven]
) -> CodingRow:
    """Return one coder's own coding, which settles nothing; `by` is their name, and whether advice had been shown."""
    return replace(_row(project, coded, dimension, codes), annotator_id=by[0], advice=by[1], settles=False)


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
