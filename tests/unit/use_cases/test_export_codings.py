"""Exports: the contract's rows, blind where they must be, and readable again."""

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from service import errors
from service.domain.cells import unguarded
from service.domain.people import Person
from service.domain.projects import ADHOC, is_drawn
from service.domain.transcript import Participant
from service.readers.excerpts import read_rows
from service.store import documents, queue_places
from service.store.engine import reading, writing
from service.use_cases import export_codings
from service.use_cases.export_codings import Codings
from service.use_cases.export_files import Export, ExportOptions, export_to
from tests.unit.use_cases.report_worlds import Given, ReportWorld

NOW = 1_800_000_000.0
COLUMNS = [
    "document_id",
    "position",
    "speaker",
    "text",
    "context",
    "dimension",
    "codes",
    "participant_id",
    "annotator_id",
    "origin",
    "start",
    "end",
    "coders",
    "decided_at",
    "advice",
    "advice_model",
    "advice_suggested",
]


def rows(world: ReportWorld, codings: Codings = "final", reader: Person | None = None) -> list[dict[str, Any]]:
    with reading(world.engine) as connection:
        return list(export_codings.rows(connection, world.project, codings, reader))


def text(world: ReportWorld, options: ExportOptions, reader: Person | None = None) -> str:
    out = io.BytesIO()
    with reading(world.engine) as connection:
        written = Export(connection, world.project, options, reader, NOW).write(out)
    found = out.getvalue().decode()
    assert written <= found.count("\n")
    return found


def written_to(world: ReportWorld, path: Path, options: ExportOptions | None = None) -> int:
    with reading(world.engine) as connection:
        return export_to(Export(connection, world.project, options or ExportOptions(), None, NOW), path)


def test_a_final_row_says_all_that_the_contract_names(report_world: ReportWorld) -> None:
    """A final row holds the segment, its codes in codebook order, who decided when, and the attributes."""
    report_world.person("Ana")
    participant = Participant("P1", {"region": "rural", "organisation": "Harbour"})
    (_, second) = report_world.document("a.txt", ["What changed?", "We see more."], Given(participant, speaker="Bo"))
    report_world.decide("Ana", second, domain=["safety", "awareness"], level=[])
    found = rows(report_world)
    assert [list(row) for row in found] == [[*COLUMNS, "attribute_organisation", "attribute_region"]] * 2
    assert found[0] == {
        "document_id": "a.txt",
        "position": 1,
        "speaker": "Bo",
        "text": "We see more.",
        "context": "What changed?",
        "dimension": "domain",
        "codes": ["awareness", "safety"],
        "participant_id": "P1",
        "annotator_id": "",
        "origin": "",
        "start": 14,
        "end": 26,
        "coders": ["Ana"],
        "decided_at": "2023-11-14T22:13:21+00:00",
        "advice": "none",
        "advice_model": [],
        "advice_suggested": [],
        "attribute_organisation": "Harbour",
        "attribute_region": "rural",
    }
    assert (found[1]["dimension"], found[1]["codes"]) == ("level", [])


def test_the_context_that_was_stored_comes_before_the_neighbour(report_world: ReportWorld) -> None:
    """A segment's stored context is its previous turn; the segment before serves where there is none."""
    report_world.person("Ana")
    ids = report_world.document("a.txt", ["One.", "Two.", "Three."], Given(contexts={1: "A question?"}))
    for segment_id in ids:
        report_world.decide("Ana", segment_id, domain=[], level=[])
    assert [row["context"] for row in rows(report_world) if row["dimension"] == "level"] == ["", "A question?", "Two."]


def test_segments_that_stand_alone_are_their_own_participants(report_world: ReportWorld) -> None:
    """Posted segments have no neighbours, keep a context they came with, and are each one participant."""
    report_world.person("Ana")
    for segment_id in report_world.document(ADHOC, ["One.", "Two.", "Three."], Given(contexts={2: "Asked."})):
        report_world.decide("Ana", segment_id, domain=[], level=[])
    found = [(row["participant_id"], row["context"]) for row in rows(report_world) if row["dimension"] == "level"]
    assert found == [("adhoc/0", ""), ("adhoc/1", ""), ("adhoc/2", "Asked.")]


def test_there_is_no_row_where_nothing_is_final_or_a_dimension_does_not_apply(report_world: ReportWorld) -> None:
    """Undecided dimensions, dimensions of other speakers and undecided segments have no rows."""
    report_world.person("Ana")
    first, _ = report_world.document("a.txt", ["One.", "Two."], Given(speaker="Bo"))
    (third,) = report_world.document("b.txt", ["Three."], Given(speaker="Ana"))
    report_world.decide("Ana", first, domain=["safety"], level=["town"], tone=[])
    report_world.decide("Ana", third, domain=["safety"], level=["town"], tone=["warm"])
    found = [(row["document_id"], row["dimension"]) for row in rows(report_world)]
    assert found == [(name, d) for name in ("a.txt", "b.txt") for d in ("domain", "level")] + [("b.txt", "tone")]


def test_coders_are_those_whose_codings_make_it_final(report_double: ReportWorld) -> None:
    """A dimension that one of two people named rests on that one alone, and an adjudicated one on the adjudicator."""
    world = report_double
    for name in ("Ana", "Ben"):
        world.person(name)
    world.person("Cy", "adjudicator")
    (segment_id,) = world.document("a.txt", ["One."], Given(needs=2))
    world.decide("Ben", segment_id, domain=["safety"], level=["town"])
    world.decide("Ana", segment_id, domain=["safety"], level=["agency"], theme=["doors"])
    assert [(row["dimension"], row["coders"]) for row in rows(world)] == [
        ("domain", ["Ana", "Ben"]),
        ("theme", ["Ana"]),
    ]
    world.settle("Cy", segment_id, level=["agency"])
    (level,) = [row for row in rows(world) if row["dimension"] == "level"]
    assert (level["codes"], level["coders"]) == (["agency"], ["Cy"])
    assert level["decided_at"] == "2023-11-14T22:13:23+00:00"


def test_all_codings_add_one_row_per_person_and_dimension(report_double: ReportWorld) -> None:
    """With `all`, each person's standing coding has its rows, with what they had coded independently."""
    world = report_double
    for name in ("Ana", "Ben", "Cy"):
        world.person(name)
    (segment_id,) = world.document("a.txt", ["One."], Given(needs=2))
    world.decide("Ana", segment_id, domain=["safety"], level=["town"])
    world.decide("Ben", segment_id, domain=["awareness"], level=["town"])
    world.decide("Ana", segment_id, domain=["awareness"], level=["town"], theme=["lens"])
    world.decide("Cy", segment_id, domain=[], level=["town"])
    world.retract("Cy", segment_id)
    found = [(r["dimension"], r["annotator_id"], r["codes"], r["independent_codes"]) for r in rows(world, "all")]
    assert found == [
        ("domain", "", ["awareness"], None),
        ("domain", "Ana", ["awareness"], ["safety"]),
        ("domain", "Ben", ["awareness"], ["awareness"]),
        ("level", "", ["town"], None),
        ("level", "Ana", ["town"], ["town"]),
        ("level", "Ben", ["town"], ["town"]),
        ("theme", "", ["lens"], None),
        ("theme", "Ana", ["lens"], None),
    ]
    assert [*rows(world, "all")[0]] == [*COLUMNS, "independent_codes", "memo"]


@pytest.mark.parametrize(
    ("shown_to", "advice", "models"),
    [((), "none", []), ((None,), "unknown", []), (("Ben",), "shown", ["m1"]), ((None, "Ben"), "shown", ["m1"])],
)
def test_advice_of_a_final_row_is_the_most_that_anyone_was_shown(
    report_double: ReportWorld, shown_to: tuple[str | None, ...], advice: str, models: list[str]
) -> None:
    """Shown if for anyone who decided, else unknown if for anyone, else none; with what was suggested there."""
    report_double.person("Ana")
    report_double.person("Ben")
    (segment_id,) = report_double.document("a.txt", ["One."], Given(needs=2))
    for who in shown_to:
        report_double.advise(who, segment_id, "m1", domain=["safety", "awareness"])
    for name in ("Ana", "Ben"):
        report_double.decide(name, segment_id, domain=["safety"], level=[])
    domain, level = rows(report_double)
    assert (domain["advice"], domain["advice_model"]) == (advice, models)
    assert domain["advice_suggested"] == (["awareness", "safety"] if models else [])
    assert (level["advice"], level["advice_suggested"]) == (advice, [])


@pytest.mark.parametrize("codings", ["final", "all"])
def test_what_is_open_to_the_reader_is_left_out(report_double: ReportWorld, codings: Codings) -> None:
    """An export says nothing of a segment that is open to its reader; the operator sees everything."""
    world = report_double
    ana, ben = world.person("Ana"), world.person("Ben")
    first, second = world.document("a.txt", ["One.", "Two."], Given(needs=2))
    world.decide("Ana", first, domain=[], level=[])
    world.decide("Ana", second, domain=["safety"], level=[])
    assert rows(world, codings, ben) == []
    world.decide("Ben", second, domain=["safety"], level=[])
    assert {row["position"] for row in rows(world, codings, ben)} == {1}
    assert {row["position"] for row in rows(world, "all", ana)} == {0, 1}
    assert {row["position"] for row in rows(world, "all")} == {0, 1}
    written = list(csv.DictReader(io.StringIO(text(world, ExportOptions("csv", codings), ben), newline="")))
    assert {row["position"] for row in written} == {"1"}


def test_csv_and_json_lines_hold_the_same(report_world: ReportWorld) -> None:
    """Lists are joined by semicolons in CSV and stay lists in JSON Lines, nulls become empty."""
    report_world.person("Ana")
    (segment_id,) = report_world.document("a.txt", ['Well, "one"\u2028two;\nthree\x85.'])
    report_world.decide("Ana", segment_id, domain=["awareness", "safety"], level=[])
    table = list(csv.DictReader(io.StringIO(text(report_world, ExportOptions("csv", "all")), newline="")))
    listed = text(report_world, ExportOptions("jsonl", "all"))
    assert len(listed.splitlines()) == 4
    plain = [
        {k: ";".join(v) if isinstance(v, list) else "" if v is None else str(v) for k, v in json.loads(line).items()}
        for line in listed.splitlines()
    ]
    assert table == plain
    assert table[0]["codes"] == "awareness;safety"


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_export_reads_back_as_coded_excerpts(report_double: ReportWorld, tmp_path: Path, kind: Any) -> None:
    """The reader of coded excerpts finds every row again, with its coder, codes and participant."""
    report_double.person("Ana")
    report_double.person("Ben")
    (segment_id,) = report_double.document(
        "b/ä.txt", ["One;\r\n two, “three” 🙂."], Given(Participant("P1", {"x": "1;2"}), needs=2)
    )
    report_double.decide("Ana", segment_id, domain=["awareness", "safety"], level=[])
    report_double.decide("Ben", segment_id, domain=["awareness", "safety"], level=["town"])
    path = tmp_path / f"out.{kind}"
    written = written_to(report_double, path, ExportOptions(kind, "all"))
    back = read_rows(path)
    given = rows(report_double, "all")
    assert written == len(back) == 5
    for row, found in zip(given, back, strict=True):
        assert (found.document_id, found.position, found.text) == ("b/ä.txt", 0, row["text"])
        assert (found.dimension, list(found.codes)) == (row["dimension"], row["codes"])
        assert (found.annotator_id, found.participant_id) == (row["annotator_id"], "P1")
        assert found.extra["attribute_x"] == "1;2"


def test_a_project_without_decisions_exports_a_heading_only(report_world: ReportWorld) -> None:
    """An empty export is a heading in CSV and nothing in JSON Lines."""
    report_world.document("a.txt", ["One."])
    assert text(report_world, ExportOptions("csv")) == ",".join(COLUMNS) + "\n"
    assert text(report_world, ExportOptions("jsonl")) == ""


def test_more_segments_than_are_read_at_once_keep_their_order(report_world: ReportWorld) -> None:
    """A long document comes out whole, in order, each with the segment before as context."""
    report_world.person("Ana")
    ids = report_world.document("a.txt", [f"Turn {n}." for n in range(503)])
    for position in (0, 499, 500, 502):
        report_world.decide("Ana", ids[position], domain=[], level=[])
    found = [(row["position"], row["context"]) for row in rows(report_world)][::2]
    assert found == [(0, ""), (499, "Turn 498."), (500, "Turn 499."), (502, "Turn 501.")]


def test_a_file_is_written_whole_or_not_at_all(
    report_world: ReportWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk fills, the file that was there stays and nothing half-written is left."""
    report_world.person("Ana")
    (segment_id,) = report_world.document("a.txt", ["One."])
    report_world.decide("Ana", segment_id, domain=[], level=[])
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / "codings.csv"
    path.write_text("before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(errors.StorageFull):
            written_to(report_world, path)
    assert [(found.name, found.read_text()) for found in folder.iterdir()] == [("codings.csv", "before")]
    assert written_to(report_world, path) == 2
    assert path.read_text().count("\n") == 3
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_folder_that_is_not_there_is_refused_by_name(report_world: ReportWorld, tmp_path: Path) -> None:
    """A file that can't be written is refused with a sentence that names it."""
    with pytest.raises(errors.BadInput, match=r"codings\.csv"):
        written_to(report_world, tmp_path / "no" / "codings.csv")


@pytest.mark.parametrize("said", ['=HYPERLINK("x")', "+1 for that.", "'=quoted", "''-twice", "- yes", "@ the door"])
def test_a_text_that_looks_like_a_formula_is_guarded_in_csv(
    report_world: ReportWorld, tmp_path: Path, said: str
) -> None:
    """No cell of a CSV export begins as a formula does, and it reads back as it was spoken."""
    report_world.person("Ana")
    (segment_id,) = report_world.document("a.txt", [said], Given(Participant("P1", {"note": said})))
    report_world.decide("Ana", segment_id, domain=["awareness"], level=[])
    path = tmp_path / "out.csv"
    written_to(report_world, path)
    with path.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert f"'{said}" in cells
    assert not any(cell[:1] in ("=", "+", "-", "@") for cell in cells)
    back = read_rows(path)
    assert {row.text for row in back} == {said}
    assert {row.extra["attribute_note"] for row in back} == {said}


def test_a_queue_that_was_ordered_by_a_model_tells_what_came_by_lot(report_world: ReportWorld) -> None:
    """There is a column more then, which `train` reads back; without such an order there is none."""
    report_world.person("Ana")
    ids = report_world.document("a.txt", [f"Sentence {number}." for number in range(20)])
    with writing(report_world.engine) as connection:
        queue_places.put(connection, report_world.project, "model-1", {ids[0]: 0.5}, 1.0)
    for segment_id in ids:
        report_world.decide("Ana", segment_id, domain=[], level=[])
    found = {row["position"]: row["by_lot"] for row in rows(report_world)}
    drawn = [is_drawn(report_world.project, "a.txt", number) for number in range(20)]
    assert found == {number: "yes" if lot else "no" for number, lot in enumerate(drawn)}
    assert 0 < sum(drawn) < 20


def test_an_archives_sample_is_told_apart(report_world: ReportWorld) -> None:
    """There is a column more once a sample was drawn, which training heeds; without one there is none."""
    report_world.person("Ana")
    ids = report_world.document("a.txt", ["One sentence.", "Another."])
    for segment_id in ids:
        report_world.decide("Ana", segment_id, domain=[], level=[])
    assert "archive_sample" not in rows(report_world)[0]
    with writing(report_world.engine) as connection:
        documents.put_in_sample(connection, {ids[1]: 0.5})
    assert {row["position"]: row["archive_sample"] for row in rows(report_world)} == {0: "no", 1: "yes"}


@pytest.mark.parametrize("text", ["a\rb", "\r", "\r\n", "a\nb", '"', ",", "=1\r", "\r=1"])
def test_a_line_of_csv_is_one_line_whatever_its_cells_hold(text: str) -> None:
    """Whoever reads it back gets the cell as it was; a carriage return alone ends lines too."""
    line = export_codings.csv_line(["x", text, "y"])
    assert line.endswith("y\n")
    assert not line.endswith("\r\n")
    ((first, cell, last),) = csv.reader(io.StringIO(line, newline=""))
    assert (first, unguarded(cell), last) == ("x", text, "y")
