"""What a person is shown of imported codings, and what a file's preview says."""

import pytest

from service.domain.coded_file import Alignment, Left, NoneApplies
from service.domain.folding import Choices as CodeChoices
from service.domain.projects import Project
from service.use_cases.import_codings import Choices
from service.use_cases.preview_codings import as_json, preview
from service.use_cases.read_segments import CodedElsewhere, read_segment
from tests.unit.use_cases.import_worlds import TALK, coded, coded_file, excerpts, said, stored_segments, take
from tests.unit.use_cases.worlds import BOOK, World

SAFE, LEFT = "We felt safe there.", "We left in anger."


@pytest.fixture
def project(world: World) -> Project:
    return world.project()


def test_a_segment_shows_imported_codings_once_it_waits_for_nobody(world: World, project: Project) -> None:
    """Before that a person sees their own only; a researcher who may decide is no exception."""
    del project
    ana, ray = world.person("Ana"), world.person("Ray", "researcher")
    file = coded_file(coded(TALK, (SAFE, "Mood > calm", "k1"), (SAFE, "Mood > angry", "k2")))
    take(world, file, said(coders={"Ana": "Ana"}))
    segment = next(s.segment_id for s in stored_segments(world) if s.text == SAFE)
    own = CodedElsewhere("Ana", True, "mood", ["calm"], "NVivo")
    assert read_segment(world.engine, segment, ana[0]).imported == [own]
    assert read_segment(world.engine, segment, ray[0]).imported == []
    world.decide(ana, segment, {"mood": ["angry"]})
    seen = read_segment(world.engine, segment, ray[0]).imported
    assert [(one.coder, one.own, one.codes) for one in seen] == [("Ana", False, ["calm"]), ("Ben", False, ["angry"])]


def test_a_preview_tells_what_each_code_becomes_and_how_often_it_was_given() -> None:
    """By branch and dimension, with what a person has said so far."""
    file = coded_file(coded(TALK, (SAFE, "Mood > calm", "k1"), (LEFT, "Mood > odd", "k3"), ("We", "Theme > trust", "")))
    seen = preview(file, BOOK, Choices(CodeChoices({"Theme": ""}, {"Theme > trust": ""})))
    shown = {code.path: (code.codings, code.branch, code.dimension, code.target, code.why) for code in seen.codes}
    assert shown["Mood > calm"] == (1, "Mood", "Mood", "mood:calm", "")
    assert shown["Mood > odd"] == (1, "Mood", "Mood", None, "the codebook has no such code")
    assert shown["Theme > trust"] == (1, None, None, None, "to be left out")
    assert [(coder.name, coder.codings, coder.machine) for coder in seen.coders] == [
        ("Ana", 1, False),
        ("Ben", 0, False),
        ("NVivo", 1, True),
        ("", 1, False),
    ]
    assert seen.branches == {"Mood": "Mood", "Theme": ""}
    assert seen.left == (
        Left("codings with Mood > odd", "the codebook has no such code"),
        Left("codings with Theme > trust", "the code is to be left out"),
    )
    assert len(seen.questions) == 2
    assert [(d.document_id, d.characters, d.codings) for d in seen.documents] == [("talk.txt", len(TALK), 3)]


def test_without_a_codebook_a_preview_shows_the_files_own_tree() -> None:
    """Nothing is matched, nothing is missing; how well the offsets fit is told."""
    file = coded_file(coded(TALK, (SAFE, "Mood > calm", "k1")), alignment=Alignment(1, 1, "code points"))
    seen = preview(file, None, said())
    assert {(code.target, code.why) for code in seen.codes} == {(None, "")}
    assert (seen.selections, seen.aligned, seen.counted_in, seen.left, seen.questions) == (1, 1, "code points", (), ())


def test_statements_that_none_applies_are_counted_for_their_coder() -> None:
    """A coder who gave nothing but that is a coder."""
    document = coded(TALK, nothing=(NoneApplies(24, 43, "Mood", ""), NoneApplies(24, 43, "Mood", "k1")))
    coders = preview(coded_file(document), None, said()).coders
    assert {coder.name: coder.codings for coder in coders} == {"Ana": 1, "Ben": 0, "NVivo": 0, "": 1}


def test_what_a_file_holds_is_shown_as_it_would_be_imported(world: World, project: Project) -> None:
    """Turns and segments as JSON are those that the import stores."""
    del project
    file = coded_file(coded(TALK, (SAFE, "Mood > calm", "k1")), excerpts("e", [(LEFT, "Mood > angry", "k1")], [7]))
    whole, cut = as_json(file)["documents"]
    take(world, file)
    for shown in (whole, cut):
        stored = [(s.position, s.start, s.end, s.text) for s in stored_segments(world, shown["document_id"])]
        assert [(s["position"], s["start"], s["end"], s["text"]) for s in shown["segments"]] == stored
    assert [turn["speaker"] for turn in whole["turns"]] == ["Lee", "Mara"] * 3
    (coding,) = whole["codings"]
    assert (coding["code"], coding["coder"], TALK[coding["start"] : coding["end"]]) == (["Mood", "calm"], "Ana", SAFE)
