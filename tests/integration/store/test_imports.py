"""Imports in the store: kept to the character, the latest counts, on both databases alike."""

import pytest

from service.domain.coded_file import ForeignCode, ForeignCoder, ForeignCoding, ForeignDocument
from service.domain.people import Person
from service.domain.projects import Project
from service.store import documents, imports, tables
from service.store import engine as store
from service.store.imports import Selection
from service.use_cases.list_imports import list_imports, withdraw
from tests.unit.use_cases.import_worlds import (
    TALK,
    coded,
    coded_file,
    codes_of,
    found_codings,
    said,
    stored_segments,
    take,
)
from tests.unit.use_cases.worlds import World

SAFE = "We felt safe there."


@pytest.fixture
def project(world: World) -> Project:
    return world.project()


@pytest.fixture
def ana(world: World, project: Project) -> Person:
    return world.person("Ana")[0]


def test_selections_come_back_as_they_were(world: World, project: Project, ana: Person) -> None:
    """In the order of the text, with characters of any kind, and whose they are."""
    text = "Zoë: \U0001f600 fine.\n\nMara: „So“ — ja."
    given = (ForeignCoding(5, 6, "k", "a", "më\nmo", "2020"), ForeignCoding(0, 3, "gone", "n"))
    file = coded_file(
        ForeignDocument("t.txt", text, given),
        codes=(ForeignCode("k", ("Mood", "calm"), "At rést."),),
        coders=(ForeignCoder("a", "Änne"), ForeignCoder("n", "NVivo", machine=True)),
    )
    take(world, file, said(coders={"Änne": "Ana"}))
    with store.reading(world.engine) as connection:
        document = documents.find(connection, project, "t.txt")
        assert document is not None
        (_, machine), (_, own) = imports.selections(connection, document)
        (one,) = imports.every(connection, project)
    number, words = document.number, ("më\nmo", "2020")
    assert machine == Selection(number, 0, 3, ("gone",), None, None, "NVivo", True, None)
    assert own == Selection(number, 5, 6, ("Mood", "calm"), "mood", "calm", "Änne", False, ana.person_id, *words)
    (code,) = one.file.codes
    assert dict(code) == {"path": ["Mood", "calm"], "description": "At rést.", "colour": ""}
    assert (one.file.choices["coders"], one.ended) == ({"Änne": "Ana"}, False)


def test_what_counts_is_the_latest_that_has_not_ended(world: World, project: Project, ana: Person) -> None:
    """By coder, segment and dimension; a person is one coder, whatever files call them."""
    del project, ana
    for code, coder, person in (("calm", "k1", ""), ("angry", "k1", ""), ("calm", "k2", "Ana"), ("angry", "k1", "Ana")):
        file = coded_file(coded(TALK, (SAFE, f"Mood > {code}", coder)), name=f"{code}{coder}{person}.qdpx")
        take(world, file, said(coders={"Ana" if coder == "k1" else "Ben": person}))
    found = {(c.coder, c.person_id is None): c.codes for c in found_codings(world)}
    assert found == {("Ana", True): {"angry"}, ("Ana", False): {"angry"}}
    last = list_imports(world.engine, "Alpha", None)[-1]
    withdraw(world.engine, "Alpha", last.import_id, None, world.now())
    assert {(c.coder, c.person_id is None): c.codes for c in found_codings(world)} == {
        ("Ana", True): {"angry"},
        ("Ben", False): {"calm"},
    }


def test_what_ended_is_still_known(world: World, project: Project) -> None:
    """Whoever saw it saw it: it says since when it stood, and until when."""
    del project
    done = take(world, coded_file(coded(TALK, (SAFE, "Mood > calm", "k1"))))
    withdraw(world.engine, "Alpha", done.import_id, None, world.now())
    segment = next(s.segment_id for s in stored_segments(world) if s.text == SAFE)
    with store.reading(world.engine) as connection:
        assert imports.of_segment(connection, segment) == ()
        (ever,) = imports.ever_of_segment(connection, segment)
    assert ever.ended_at is not None
    assert ever.imported_at < ever.ended_at


def test_many_selections_are_stored_in_parts(world: World, project: Project) -> None:
    """More than one statement takes come in whole, and in order."""
    del project
    text = "Lee: Why?\n\nMara: " + "ja " * 3_000
    codings = tuple(ForeignCoding(17 + n * 3, 19 + n * 3, "Theme > trust", f"c{n % 3}") for n in range(3_000)) * 2
    coders = tuple(ForeignCoder(f"c{n}", f"C{n}") for n in range(3))
    done = take(world, coded_file(ForeignDocument("talk.txt", text, codings), coders=coders))
    assert (done.kept, world.count(tables.imported_selections)) == (6_000, 6_000)
    assert {coder for _, _, coder in codes_of(world)} == {"C0", "C1", "C2"}


def test_the_imports_of_one_project_are_not_anothers(world: World, project: Project) -> None:
    """The same file may be in two projects, and be taken out of one."""
    world.project("Beta")
    file = coded_file(coded(TALK, (SAFE, "Mood > calm", "k1")))
    first, second = take(world, file), take(world, file, project="Beta")
    assert not second.unchanged
    with store.reading(world.engine) as connection:
        assert [one.import_id for one in imports.every(connection, project)] == [first.import_id]
    withdraw(world.engine, "Beta", second.import_id, None, world.now())
    assert len(found_codings(world)) == 1
