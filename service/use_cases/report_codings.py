"""Report how often each code was observed, in how many participants and organisations, from final codings."""

import csv
import io
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from service.domain import report as domain_report
from service.domain.people import Person
from service.domain.projects import Project
from service.domain.report import FinalSegment, Report
from service.store import documents, projects
from service.use_cases.read_codings import coded_segments

_NUMBERS = ("segments", "participants", "organisations")
_ORGANISATION = ("organisation", "organization")


def report(
    connection: sa.Connection, project: Project, minimum: int | None = None, reader: Person | None = None
) -> Report:
    """Count a project's final codings.

    Args:
        connection: a view of the store that stays the same while this runs.
        project: whose codings.
        minimum: mask the cells of fewer participants than this (`masking.MINIMUM` is the usual number).
        reader: who will see the report; segments open to them are left out. None is the operator, who sees all.
    """
    book = projects.codebook_of(connection, project)
    organisations = {
        participant: _organisation(attributes)
        for participant, attributes in documents.attributes(connection, project).items()
    }

    def segments() -> Iterator[FinalSegment]:
        for coded in coded_segments(connection, project, book, reader):
            participant = coded.participant_id
            yield FinalSegment(participant, organisations.get(participant, ""), coded.final())

    # Every cell that is observed has at least one participant.
    return domain_report.build(book, segments(), minimum if minimum and minimum > 1 else None)


def _organisation(attributes: Mapping[str, str]) -> str:
    values = (str(value).strip() for name, value in attributes.items() if name.strip().casefold() in _ORGANISATION)
    return next((value for value in values if value), "")


def as_csv(report: Report) -> str:
    """Return the table as CSV: codes first, then the three numbers, then the codes' labels."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if report.kind == "pairs":
        writer.writerow(("domain", "level", "theme", *_NUMBERS, "domain_label", "level_label", "theme_label"))
        writer.writerows((*row.place, *row.count.shown(), *row.labels) for row in report.rows)
    else:
        writer.writerow(("dimension", "code", *_NUMBERS, "dimension_label", "code_label"))
        for table in report.tables:
            own = ((table.dimension, *row.place, *row.count.shown(), table.label, *row.labels) for row in table.rows)
            writer.writerows(own)
    return out.getvalue()
