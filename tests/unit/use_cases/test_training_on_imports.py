"""Imported codings as training rows: they teach where nothing is final, and count in agreement."""

import pytest

from service.domain.excerpts import CodingRow, coders, truth
from service.domain.projects import Project
from service.store import documents
from service.store.engine import reading, writing
from service.use_cases.training_rows import training_rows
from tests.unit.use_cases.import_worlds import TALK, Marked, coded, coded_file, said, stored_segments, take
from tests.unit.use_cases.worlds import Who, World

SAFE = "We felt safe there."
CALM, ANGRY = {"mood": ["calm"]}, {"mood": ["angry"]}


@pytest.fixture
def project(world: World) -> Project:
    return world.project(coders_required=2)


@pytest.fixture
def ana(world: World, project: Project) -> Who:
    return world.person("Ana")


def imported(world: World, *marked: Marked, name: str = "study.qdpx", **choices: str) -> None:
    """Take over codes that coders gave to the segment, some of whom may be people of the project."""
    coders = {coder: person for coder, person in choices.items() if coder in ("Ana", "Ben")}
    file = coded_file(coded(TALK, *marked), name=name)
    take(world, file, said(coders=coders, coded_by=choices.get("coded_by", "")))


def rows(world: World, project: Project) -> list[CodingRow]:
    with reading(world.engine) as connection:
        return list(training_rows(connection, project))


def segment(world: World) -> str:
    return next(s.segment_id for s in stored_segments(world) if s.text == SAFE)


def true(found: list[CodingRow]) -> dict[str, tuple[str, ...]]:
    return {dimension: codes for (_, _, dimension), codes in truth(found).items()}


def given(found: list[CodingRow], dimension: str = "mood") -> dict[str, tuple[str, ...]]:
    """Return what each coder gave by themselves."""
    return {one.coder: one.codes for (_, _, of), gave in coders(found).items() if of == dimension for one in gave}


def test_an_only_coder_is_the_truth(world: World, project: Project) -> None:
    """One row per dimension, of nobody by name, and nothing to agree with."""
    imported(world, (SAFE, "Mood > calm", "k1"), (SAFE, "Theme > trust", "k2"))
    found = rows(world, project)
    assert true(found) == {"mood": ("calm",), "theme": ("trust",)}
    assert coders(found) == {}
    assert {(row.annotator_id, row.settles, row.advice) for row in found} == {("", True, "none")}


@pytest.mark.parametrize(("second", "expected"), [("calm", {"mood": ("calm",)}), ("angry", {})])
def test_several_coders_are_the_truth_where_all_gave_the_same(
    world: World, project: Project, second: str, expected: dict[str, tuple[str, ...]]
) -> None:
    """Where they differ nothing is true; they can be compared all the same."""
    imported(world, (SAFE, "Mood > calm", "k1"), (SAFE, f"Mood > {second}", "k2"))
    found = rows(world, project)
    assert true(found) == expected
    assert given(found) == {"Ana": ("calm",), "Ben": (second,)}


def test_the_agreed_coding_goes_before_the_coders(world: World, project: Project) -> None:
    """What nobody is named for is what all agreed on."""
    imported(world, (SAFE, "Mood > calm", "k1"), (SAFE, "Mood > angry", ""), coded_by="We agreed.")
    assert true(rows(world, project)) == {"mood": ("angry",)}


def test_a_final_coding_goes_before_imported_ones(world: World, project: Project, ana: Who) -> None:
    """Once it is final, it is the only truth; dimensions that are not final keep the imported one."""
    imported(world, (SAFE, "Mood > calm", "k1"), (SAFE, "Theme > trust", "k1"))
    for who in (ana, world.person("Cy")):
        world.decide(who, segment(world), ANGRY)
    assert true(rows(world, project)) == {"mood": ("angry",), "theme": ("trust",)}


def test_imported_codings_agree_with_peoples_own_once_nobody_else_is_to_code(
    world: World, project: Project, ana: Who
) -> None:
    """While the segment waits for someone, nobody's decision stands beside them; then all independent ones do."""
    cy = world.person("Cy")
    imported(world, (SAFE, "Mood > calm", "k1"), (SAFE, "Mood > angry", "k2"))
    world.decide(ana, segment(world), CALM)
    assert given(rows(world, project)) == {"Ana (NVivo)": ("calm",), "Ben": ("angry",)}
    world.decide(cy, segment(world), ANGRY)
    assert given(rows(world, project)) == {
        "Ana": ("calm",),
        "Ana (NVivo)": ("calm",),
        "Ben": ("angry",),
        "Cy": ("angry",),
    }


def test_whoever_saw_imported_codings_first_agrees_with_nobody(world: World, project: Project, ana: Who) -> None:
    """A decision after the segment was closed to its person is not independent, though the import was withdrawn."""
    cy, eve = world.person("Cy"), world.person("Eve")
    imported(world, (SAFE, "Mood > calm", "k2"))
    for who in (ana, cy):
        world.decide(who, segment(world), CALM)
    world.decide(eve, segment(world), CALM)
    assert set(given(rows(world, project))) == {"Ana", "Ben", "Cy"}
    assert [d.independent for d in world.past(segment(world))] == [True, True, False]


def test_a_persons_decision_takes_the_place_of_what_they_gave_elsewhere(
    world: World, project: Project, ana: Who
) -> None:
    """In truth and in agreement, in the dimensions that it names, as soon as it is made."""
    imported(world, (SAFE, "Mood > calm", "k1"), (SAFE, "Theme > trust", "k1"), Ana="Ana")
    assert true(rows(world, project)) == {"mood": ("calm",), "theme": ("trust",)}
    world.decide(ana, segment(world), ANGRY)
    assert true(rows(world, project)) == {"theme": ("trust",)}
    imported(world, (SAFE, "Mood > calm", "k2"), name="ben.qdpx")
    assert true(rows(world, project)) == {"mood": ("calm",), "theme": ("trust",)}
    assert given(rows(world, project)) == {}
    world.decide(world.person("Cy"), segment(world), ANGRY)
    assert given(rows(world, project)) == {"Ana": ("angry",), "Ben": ("calm",), "Cy": ("angry",)}


def test_an_archives_random_sample_teaches_nothing(world: World, project: Project) -> None:
    """It is there to measure models, whoever coded it where."""
    imported(world, (SAFE, "Mood > calm", "k1"))
    with writing(world.engine) as connection:
        documents.put_in_sample(connection, {segment(world): 0.5})
    assert rows(world, project) == []


def test_what_is_withdrawn_teaches_nothing(world: World, project: Project) -> None:
    """Another way of importing leaves the earlier one out."""
    imported(world, (SAFE, "Mood > calm", "k1"))
    imported(world, (SAFE, "Mood > calm", "k1"), Ana="")
    assert len(rows(world, project)) == 1
