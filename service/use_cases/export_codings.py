"""The codings of a project as rows of coded excerpts, which `train` reads back."""

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC
from typing import Literal

import sqlalchemy as sa

from service.domain import coding
from service.domain.cells import guarded
from service.domain.codebook import Dimension
from service.domain.coding import Decision
from service.domain.excerpts import IMPORTED, SAMPLED
from service.domain.people import Person
from service.domain.projects import Project
from service.store import documents, imports, people, projects
from service.use_cases import queue_order
from service.use_cases.read_codings import CodedSegment, coded_segments

Codings = Literal["final", "all"]

_COLUMNS = (
    *("document_id", "position", "speaker", "text", "context", "dimension", "codes"),
    *("participant_id", "annotator_id", "origin", "start", "end"),
    *("coders", "decided_at", "advice", "advice_model", "advice_suggested"),
)

#: Where the queue was ever ordered by what teaches a model: whether the segment came to its coders by lot.
_BY_LOT = "by_lot"

#: JSON allows these in a text, but programs that split a file into lines may take them for line ends.
_LINE_ENDS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}


def columns(connection: sa.Connection, project: Project, codings: Codings) -> list[str]:
    """Return the columns of an export, in order."""
    names = {name for known in documents.attributes(connection, project).values() for name in known}
    lots = [_BY_LOT] if queue_order.was_taught(connection, project) else []
    lots += [SAMPLED] if documents.has_sample(connection, project) else []
    own = ["independent_codes", "memo"] if codings == "all" else []
    own += ["tool"] if codings == "all" and imports.has_any(connection, project) else []
    return [*_COLUMNS, *lots, *own, *(f"attribute_{name}" for name in sorted(names))]


def rows(
    connection: sa.Connection, project: Project, codings: Codings, reader: Person | None = None
) -> Iterator[dict[str, object]]:
    """Yield one row per segment and dimension with a final coding; with `all`, also one per person's own.

    Args:
        connection: a view of the store that stays the same while this runs.
        project: whose codings.
        codings: `final` or `all`.
        reader: who will see the rows; segments open to them are left out. None is the operator, who sees all.
    """
    book = projects.codebook_of(connection, project)
    names = columns(connection, project, codings)
    attributes = documents.attributes(connection, project)
    known = {person.person_id: person.name for person in people.every(connection)} if codings == "all" else {}
    for coded in coded_segments(connection, project, book, reader):
        own = attributes.get(coded.participant_id, {})
        base = {**_of_segment(coded, project), **{f"attribute_{name}": value for name, value in own.items()}}
        for values in (*_codings(coded, codings), *(_elsewhere(coded, known) if codings == "all" else ())):
            row = {**base, **values}
            yield {name: row.get(name, None if name == "independent_codes" else "") for name in names}


def _of_segment(coded: CodedSegment, project: Project) -> dict[str, object]:
    segment = coded.segment
    by_lot = queue_order.by_lot(project, coded.document.document_id, segment)
    return {
        "document_id": coded.document.document_id,
        "position": segment.position,
        "speaker": segment.speaker,
        "text": segment.text,
        "context": coded.context,
        "participant_id": coded.participant_id,
        "start": segment.start,
        "end": segment.end,
        _BY_LOT: "yes" if by_lot else "no",
        SAMPLED: "no" if segment.lot is None else "yes",
    }


def _codings(coded: CodedSegment, codings: Codings) -> Iterator[dict[str, object]]:
    final = coded.final()
    for dimension in coded.dimensions:
        codes = final[dimension.id]
        if codes is not None:
            yield _final(coded, dimension, codes)
        if codings == "all":
            yield from _people(coded, dimension)


def _final(coded: CodedSegment, dimension: Dimension, codes: Collection[str]) -> dict[str, object]:
    deciding = coded.deciding(dimension.id)
    return {
        "dimension": dimension.id,
        "codes": in_order(dimension, codes),
        "annotator_id": "",
        "coders": sorted({d.coder.name for d in deciding}),
        "decided_at": max(d.decided_at for d in deciding).astimezone(UTC).isoformat(),
        **_advice(coded.involved(dimension.id), dimension),
    }


def _people(coded: CodedSegment, dimension: Dimension) -> Iterator[dict[str, object]]:
    holding = coding.standing(coded.decisions).values()
    for decision in sorted(holding, key=lambda d: (d.coder.name, d.coder.person_id)):
        if dimension.id in decision.codes:
            yield {
                "dimension": dimension.id,
                "codes": in_order(dimension, decision.codes[dimension.id]),
                "annotator_id": decision.coder.name,
                "coders": [decision.coder.name],
                "decided_at": decision.decided_at.astimezone(UTC).isoformat(),
                **_advice([decision], dimension),
                "memo": decision.memo,
                "independent_codes": _independent(coded, decision.coder.person_id, dimension),
            }


def _elsewhere(coded: CodedSegment, known: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """Yield what people gave to the segment outside of Inkling, marked so."""
    for name, given in coded.elsewhere(known).items():
        for dimension in coded.dimensions:
            if dimension.id in given:
                found = given[dimension.id]
                codes = in_order(dimension, found.codes)
                yield {
                    "dimension": dimension.id,
                    "codes": codes,
                    "annotator_id": name,
                    "origin": IMPORTED,
                    "coders": [found.coder] if found.coder else [],
                    "advice": found.advice,
                    "advice_model": [model for model in found.adviser.split(";") if model],
                    "memo": found.memo,
                    "independent_codes": codes,
                    "tool": found.tool,
                }


def _independent(coded: CodedSegment, person_id: str, dimension: Dimension) -> list[str] | None:
    decision = coding.last_independent(coded.decisions, person_id)
    if decision is None or dimension.id not in decision.codes:
        return None
    return in_order(dimension, decision.codes[dimension.id])


def _advice(decisions: Iterable[Decision], dimension: Dimension) -> dict[str, object]:
    """Say whether anyone had been shown advice, by which models, and what these had suggested here."""
    shown = [d.shown for d in decisions]
    given = {s.advice for s in shown}
    advice = coding.most_advice(given)
    seen = [s for s in shown if s.advice == advice]
    suggested = {code for s in seen for code in s.suggested.get(dimension.id, ())}
    return {
        "advice": advice,
        "advice_model": sorted({s.model_id for s in seen if s.model_id}),
        "advice_suggested": in_order(dimension, suggested),
    }


def in_order(dimension: Dimension, codes: Collection[str]) -> list[str]:
    """Return codes in the order of the codebook."""
    place = {code.id: index for index, code in enumerate(dimension.codes)}
    return sorted(codes, key=lambda code: (place.get(code, len(place)), code))


def json_line(row: Mapping[str, object]) -> str:
    """Return a row as a line of JSON, with its end."""
    return json.dumps(row, ensure_ascii=False).translate(_LINE_ENDS) + "\n"


def csv_line(values: Iterable[object]) -> str:
    """Return a line of CSV, with its end; a cell that a spreadsheet program would take for a formula is guarded."""
    cells = (";".join(value) if isinstance(value, list) else value for value in values)
    out = io.StringIO()
    # only what stands in the line's end is put in quotes, and a carriage return ends a line for whoever reads it
    csv.writer(out, lineterminator="\r\n").writerow(guarded(c) if isinstance(c, str) else c for c in cells)
    return out.getvalue().removesuffix("\r\n") + "\n"
