"""Exports of imported codings: marked as such in every table, readable again, and blind."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from zipfile import ZipFile

import openpyxl
import pytest

from service import errors
from service.domain.excerpts import truth
from service.domain.people import Person
from service.domain.projects import Project
from service.readers import coded as readers
from service.readers import excerpts
from service.store import people
from service.store.engine import reading
from service.use_cases import export_codings
from service.use_cases.export_codings import Codings
from service.use_cases.export_files import Export, ExportOptions, Format
from service.use_cases.store_segments import AskedSegment
from tests.unit.use_cases.import_worlds import TALK, coded, coded_file, said, stored_segments, take
from tests.unit.use_cases.worlds import START, Who, World, open_store

SAFE, LEFT = "We felt safe there.", "We left in anger."


@pytest.fixture(autouse=True)
def project(world: World) -> Project:
    return world.project()


@pytest.fixture
def ana(world: World) -> Who:
    return world.person("Ana")


@pytest.fixture
def study(world: World, ana: Who) -> None:
    """Have a segment coded elsewhere by an outside Ana, by Ben and by nobody named, and decided on here by Ana."""
    marked = ((SAFE, "Mood > calm", "k1"), (SAFE, "Mood > angry", "k2"), (SAFE, "Theme > trust", ""))
    take(world, coded_file(coded(TALK, *marked)), said(coded_by="Two students."))
    world.decide(ana, segment(world), {"mood": ["calm"], "theme": []})


def segment(world: World, words: str = SAFE) -> str:
    return next(s.segment_id for s in stored_segments(world) if s.text == words)


def rows(world: World, project: Project, codings: Codings = "all") -> list[dict[str, Any]]:
    with reading(world.engine) as connection:
        return list(export_codings.rows(connection, project, codings))


def exported(world: World, project: Project, options: ExportOptions, reader: Person | None = None) -> bytes:
    out = io.BytesIO()
    with reading(world.engine) as connection:
        Export(connection, project, options, reader, START).write(out)
    return out.getvalue()


@pytest.mark.usefixtures("study")
def test_imported_rows_are_marked_and_their_coders_told_apart(world: World, project: Project) -> None:
    """Whoever is called like a person of the project has the tool's name behind theirs."""
    found = [row for row in rows(world, project) if row["origin"] == "imported"]
    assert [(row["annotator_id"], row["dimension"], row["codes"], row["tool"]) for row in found] == [
        ("Ana (NVivo)", "mood", ["calm"], "NVivo"),
        ("Ben", "mood", ["angry"], "NVivo"),
        ("Two students.", "theme", ["trust"], "NVivo"),
    ]
    assert [(row["coders"], row["decided_at"], row["independent_codes"]) for row in found] == [
        (["Ana"], "", ["calm"]),
        (["Ben"], "", ["angry"]),
        ([], "", ["trust"]),
    ]
    places = [(row["position"], row["dimension"], row["annotator_id"]) for row in rows(world, project)]
    assert len(set(places)) == len(places) == 7


@pytest.mark.usefixtures("study")
def test_final_rows_know_nothing_of_them(world: World, project: Project) -> None:
    """There is no row of theirs, and no column."""
    found = rows(world, project, "final")
    assert {(row["origin"], row["annotator_id"]) for row in found} == {("", "")}
    assert "tool" not in found[0]


def test_a_person_who_coded_elsewhere_goes_by_their_name_here(world: World, project: Project, ana: Who) -> None:
    """Until they decide; then their decision stands alone."""
    take(world, coded_file(coded(TALK, (SAFE, "Mood > angry", "k2"))), said(coders={"Ben": "Ana"}))
    (row,) = rows(world, project)
    assert (row["annotator_id"], row["origin"], row["coders"]) == ("Ana", "imported", ["Ben"])
    world.decide(ana, segment(world), {"mood": ["calm"]})
    assert [(r["annotator_id"], r["origin"], r["codes"]) for r in rows(world, project)] == [
        ("", "", ["calm"]),
        ("Ana", "", ["calm"]),
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.usefixtures("study")
def test_tables_are_read_back(world: World, project: Project, form: Format, tmp_path: Path) -> None:
    """As coded excerpts: the final coding is the truth, and each coder's own is there."""
    file = tmp_path / f"all.{form}"
    file.write_bytes(exported(world, project, ExportOptions(form, "all")))
    found = excerpts.read_rows(file)
    assert {place[2]: codes for place, codes in truth(found).items()} == {"mood": ("calm",), "theme": ()}
    assert [(row.annotator_id, row.origin) for row in found if row.dimension == "mood"] == [
        ("", ""),
        ("Ana", ""),
        ("Ana (NVivo)", "imported"),
        ("Ben", "imported"),
    ]


def test_a_workbook_is_read_back_to_the_character(world: World, project: Project) -> None:
    """Also texts that begin as a guarded formula does, and line ends count once."""
    texts = ("'=quoted", "=1+1", "a\r\nb")
    for asked in world.put([AskedSegment(text, "posted") for text in texts]):
        world.decide(world.person(f"Cy {asked.position}"), asked.segment_id, {"mood": ["calm"], "theme": []})
    found = readers.read_coded(exported(world, project, ExportOptions("xlsx")), "a.xlsx").documents[0]
    assert [found.text[unit.start : unit.end] for unit in found.units] == ["'=quoted", "=1+1", "a\nb"]


@pytest.mark.usefixtures("study")
def test_a_workbook_holds_the_rows_and_a_matrix(world: World, project: Project) -> None:
    """One line per segment, with the final codes under their dimensions."""
    book = openpyxl.load_workbook(io.BytesIO(exported(world, project, ExportOptions("xlsx", "all"))))
    assert book.sheetnames == ["Excerpts", "Matrix"]
    assert book["Excerpts"].max_row == 1 + 7
    head, line = book["Matrix"].iter_rows(values_only=True)
    assert dict(zip(head, line, strict=True)) == {
        "document_id": "talk.txt",
        "position": 1,
        "participant_id": "talk.txt",
        "speaker": "Mara",
        "text": SAFE,
        "Mood": "calm",
        "Theme": "(none applies)",
        "Craft": None,
    }


@pytest.mark.usefixtures("study")
def test_one_document_alone(world: World, project: Project) -> None:
    """Every form can be of one document; one that is not there is named."""
    take(world, coded_file(coded("Lee: Hm?\n\nMara: Other words.", ("Other words.", "Mood > calm", "k2"), name="b")))
    for form in sorted({*get_args(Format)} - {"qdc"}):
        whole = _shown(form, exported(world, project, ExportOptions(form, "all")))
        alone = _shown(form, exported(world, project, ExportOptions(form, "all", "talk.txt")))
        assert ("Other words" in whole, "Other words" in alone) == (True, False)
        assert "felt safe" in alone
        with pytest.raises(errors.NotFound, match="no document c in Alpha"):
            exported(world, project, ExportOptions(form, document_id="c"))


def _shown(form: Format, content: bytes) -> str:
    """Return all that stands in a file, unpacked."""
    if form in ("csv", "jsonl", "qdc"):
        return content.decode()
    with ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


class Study:
    """A project in which the same coders gave these codes, with one segment decided on and another open to Cor."""

    def __init__(self, world: World, codes: tuple[str, str], own: str) -> None:
        self.world = world
        self.project = world.project(coders_required=2)
        self.cor = world.person("Cor")[0]
        marked = ((LEFT, f"Mood > {codes[0]}", "k1"), (LEFT[3:7], f"Theme > {codes[1]}", "k2"))
        file = coded_file(coded(TALK, *marked, memo="Read twice."))
        take(world, file, said())
        take(
            world, coded_file(coded(TALK, (LEFT, f"Mood > {own}", "k2")), name="own.qdpx"), said(coders={"Ben": "Cor"})
        )
        world.decide(world.person("Eve"), segment(world, LEFT), {"mood": [codes[0]], "theme": [codes[1]]}, memo="x")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Study, Study]]:
    """Return two studies in which everyone but Cor gave opposite codes."""
    worlds = [World(open_store(tmp_path / name)) for name in ("one", "two")]
    opposite = (("calm", "trust"), ("angry", "safety"))
    yield tuple(Study(world, codes, "calm") for world, codes in zip(worlds, opposite, strict=True))  # type: ignore[misc]
    for world in worlds:
        world.engine.dispose()


@pytest.mark.parametrize("form", sorted(get_args(Format)))
@pytest.mark.parametrize("codings", get_args(Codings))
def test_no_form_tells_a_reader_what_others_gave_to_a_segment_that_is_open_to_them(
    pair: tuple[Study, Study], form: Format, codings: Codings
) -> None:
    """Byte by byte the same, whatever others chose, here or elsewhere; their own imported codings are there."""
    found = [
        _shown(form, exported(study.world, study.project, ExportOptions(form, codings), study.cor)) for study in pair
    ]
    if form in ("csv", "jsonl", "xlsx", "docx", "qdpx") and codings == "all":
        assert "calm" in found[0].lower()
    people = [_ids(study) for study in pair]
    assert _without(found[0], people[0]) == _without(found[1], people[1])


def test_the_operator_sees_all_of_it(pair: tuple[Study, Study]) -> None:
    """So the test above would see a difference, were there one."""
    one, two = (_shown("jsonl", exported(s.world, s.project, ExportOptions("jsonl", "all"))) for s in pair)
    assert one != two
    assert len([line for line in one.splitlines() if json.loads(line)["origin"] == "imported"]) == 3


def _ids(study: Study) -> list[str]:
    with reading(study.world.engine) as connection:
        return [person.person_id for person in people.every(connection)]


def _without(text: str, ids: list[str]) -> str:
    """Return a text without what differs between any two stores: times, ids, and identifiers made from them."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "a time", text)
    for number, one in enumerate(ids):
        text = text.replace(one, f"person {number}")
    known: dict[str, str] = {}
    return re.sub(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        lambda m: known.setdefault(m.group(), f"identifier {len(known)}"),
        text,
    )
