"""Excerpts of other tools find their place in the project's transcripts."""

from dataclasses import replace

import pytest

from service.domain.coded_file import ForeignDocument, Left
from service.domain.projects import Project
from service.domain.transcript import Segment
from service.suggest.segmenter import Segmenter
from service.use_cases.lay_out_documents import Layout
from tests.unit.use_cases.import_worlds import (
    TALK,
    coded,
    coded_file,
    codes_of,
    excerpts,
    found_codings,
    said,
    stored_segments,
    take,
)
from tests.unit.use_cases.worlds import World

SAFE, LEFT = "We felt safe there.", "We left in anger."


@pytest.fixture(autouse=True)
def project(world: World) -> Project:
    return world.project()


@pytest.fixture
def talk(world: World) -> None:
    """Have the transcript in the project."""
    take(world, coded_file(coded(TALK)))


@pytest.mark.parametrize("name", ["talk.txt", "talk", "talk.docx"])
@pytest.mark.usefixtures("talk")
def test_excerpts_go_where_their_words_stand(world: World, name: str) -> None:
    """In the document of their name, or of one that differs in nothing but its suffix."""
    done = take(world, coded_file(excerpts(name, [(LEFT, "Mood > angry", "k1"), (SAFE, None, "k1")])))
    assert codes_of(world) == {(SAFE, "mood", "Ana"): set(), (LEFT, "mood", "Ana"): {"angry"}}
    assert [(d.document_id, d.unchanged) for d in done.documents] == [("talk.txt", True)]
    assert done.left == ()


@pytest.mark.usefixtures("talk")
def test_spaces_and_line_ends_may_differ(world: World) -> None:
    """As spreadsheets change them."""
    take(world, coded_file(excerpts("talk", [("We  left\nin anger.", "Mood > angry", "k1")])))
    assert codes_of(world) == {(LEFT, "mood", "Ana"): {"angry"}}


@pytest.mark.usefixtures("talk")
def test_words_that_are_not_there_or_more_than_once_are_listed(world: World) -> None:
    """Nothing is put anywhere by chance."""
    rows = [("We left in joy.", "Mood > calm", "k1"), ("We", "Mood > calm", "k1"), (SAFE, "Mood > calm", "k1")]
    done = take(world, coded_file(excerpts("talk", rows)))
    assert codes_of(world) == {(SAFE, "mood", "Ana"): {"calm"}}
    assert done.left == (Left("excerpts", "their words are not in the project's talk.txt, or more than once", 2),)
    assert (done.codings, done.kept) == (3, 1)


def test_words_that_stand_twice_are_told_apart_by_their_position(world: World) -> None:
    """Where the excerpt's position is that of a segment of the very same words."""
    text = "Lee: Yes.\n\nMara: Yes.\n\nLee: No.\n\nMara: Yes."
    take(world, coded_file(coded(text)))
    at = [segment.position for segment in stored_segments(world) if segment.text == "Yes."]
    take(world, coded_file(excerpts("talk", [("Yes.", "Mood > calm", "k1")], [at[1]])))
    (found,) = set(codes_of(world))
    assert found == ("Yes.", "mood", "Ana")
    take(world, coded_file(excerpts("talk", [("Yes.", "Mood > angry", "k2")], [99])))
    assert len(codes_of(world)) == 1


def test_words_that_stand_twice_leave_open_what_was_not_selected(world: World) -> None:
    """At none of their places is it known that nothing applied, though elsewhere it is."""
    text = "Lee: Yes, it did.\n\nMara: No.\n\nLee: Yes,  it did.\n\nMara: Yes, it did."
    take(world, coded_file(coded(text)))
    rows = [("Yes, it did.", "Mood > calm", "k1"), ("No.", "Theme > trust", "k1")]
    done = take(world, coded_file(replace(excerpts("talk", rows), placed=False)), said(unselected="none"))
    assert [left.count for left in done.left] == [1]
    known = {(found.segment_id, found.dimension): found.codes for found in found_codings(world)}
    mood = [known.get((segment.segment_id, "mood")) for segment in stored_segments(world) if segment.text != "No."]
    assert mood.count(None) == 2
    assert len([codes for (_, dimension), codes in known.items() if dimension == "theme"]) == 4


def test_two_documents_that_differ_in_their_suffix_are_not_chosen_from(world: World) -> None:
    """Then the excerpts make a document of their own."""
    for name in ("talk.txt", "talk.docx"):
        take(world, coded_file(coded(TALK, name=name)))
    take(world, coded_file(excerpts("talk", [(SAFE, "Mood > calm", "k1")])))
    assert [s.text for s in stored_segments(world, "talk")] == [SAFE]


def test_excerpts_of_an_unknown_document_are_its_segments(world: World) -> None:
    """As the file cuts and numbers them."""
    take(world, coded_file(excerpts("new", [(SAFE, "Mood > calm", "k1"), (LEFT, None, "k1")], [3, 7])))
    assert [(s.position, s.text) for s in stored_segments(world, "new")] == [(3, SAFE), (7, LEFT)]
    assert codes_of(world, "new") == {(SAFE, "mood", "Ana"): {"calm"}, (LEFT, "mood", "Ana"): set()}
    again = take(world, coded_file(excerpts("new", [(SAFE, "Mood > calm", "k2"), (LEFT, None, "k2")], [3, 7])))
    assert again.documents[0].unchanged


@pytest.mark.usefixtures("talk")
def test_a_whole_document_of_another_text_is_not_taken_for_excerpts(world: World) -> None:
    """Its selections stay where they are in the same text, whatever the words."""
    take(world, coded_file(coded(TALK, ("We", "Mood > calm", "k1"))))
    assert codes_of(world) == {(SAFE, "mood", "Ana"): {"calm"}}


def test_who_asks_is_found_in_a_documents_own_turns(world: World) -> None:
    """Speakers come from the text where the file names none; a person's word on who asks is kept."""
    (done,) = take(world, coded_file(coded(TALK)), said(interviewers=["Lee"])).documents
    assert done.turns == 6
    assert {s.role for s in stored_segments(world)} == {"participant"}


def test_a_document_is_cut_as_a_transcript_is() -> None:
    """A new document without segments of its own gets those that a transcript of its text would."""
    found = Layout(Segmenter()).new(ForeignDocument("talk.txt", TALK)).incoming.understood
    assert found.transcript.text == TALK
    assert all(isinstance(s, Segment) and TALK[s.start : s.end] == s.text for s in found.segments)
