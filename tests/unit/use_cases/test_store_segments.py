"""Posted segments: which keep their place, which get one, and which are refused."""

import pytest

from service import errors
from service.domain.projects import ADHOC
from service.domain.transcript import Segment, Transcript
from service.store import documents, projects, tables
from service.store import engine as store
from service.use_cases.store_segments import LAST_POSITION, AskedSegment, new_segment, store_segments
from tests.unit.use_cases.worlds import START, World


def test_same_place_and_text_keep_their_id(world: World) -> None:
    """The same project, document, position and text is the same segment."""
    world.project()
    asked = [AskedSegment("One.", "doc", 3)]
    assert world.put(asked)[0].segment_id == world.put(asked)[0].segment_id


def test_other_text_at_a_place_conflicts(world: World) -> None:
    """Other text at a known place is refused, in a later request and in the same one; nothing new is stored."""
    world.project()
    world.put([AskedSegment("One.", "doc", 3)])
    for asked in (
        [AskedSegment("New.", "doc", 4), AskedSegment("Two.", "doc", 3)],
        [AskedSegment("Here.", "doc", 9), AskedSegment("There.", "doc", 9)],
    ):
        with pytest.raises(errors.Conflict):
            world.put(asked)
    assert world.count(tables.segments) == 1


def test_text_without_position_keeps_its_place(world: World) -> None:
    """Without a position a text that the document holds keeps its place, and new text gets the next free one."""
    world.project()
    world.put([AskedSegment("One.", "doc", 4), AskedSegment("Two.", "doc", 2)])
    found = world.put([AskedSegment(text, "doc") for text in ("Two.", "Three.", "One.", "Four.", "Three.")])
    assert [s.position for s in found] == [2, 5, 4, 6, 5]


def test_given_positions_are_not_taken_by_others(world: World) -> None:
    """New text without a position goes behind all positions that the same request names."""
    world.project()
    found = world.put([AskedSegment("One.", "doc"), AskedSegment("Two.", "doc", 0), AskedSegment("Three.", "doc", 7)])
    assert [s.position for s in found] == [8, 0, 7]


def test_same_text_may_stand_at_several_places(world: World) -> None:
    """With positions the same text is stored at each of them."""
    world.project()
    found = world.put([AskedSegment("Yes.", "doc", 0), AskedSegment("Yes.", "doc", 1)])
    assert len({s.segment_id for s in found}) == 2


def test_first_position_is_zero(world: World) -> None:
    """A document's positions count from zero."""
    world.project()
    assert [s.position for s in world.put([AskedSegment("One.", "doc"), AskedSegment("Two.", "doc")])] == [0, 1]


def test_full_document_takes_no_more(world: World) -> None:
    """Behind the last position there is none left."""
    world.project()
    world.put([AskedSegment("One.", "doc", LAST_POSITION)])
    with pytest.raises(errors.Conflict, match="position"):
        world.put([AskedSegment("Two.", "doc")])


def test_segments_without_document_stand_alone(world: World) -> None:
    """Without a document they are kept under adhoc, outside the queue, and the same text keeps its id."""
    world.project(blind_share=1.0)
    first, second = world.put([AskedSegment("One."), AskedSegment("Two.", queue=True)])
    assert (first.queued, second.queued) == (False, True)
    assert (first.blind, second.blind) == (False, False)
    assert world.put([AskedSegment("One.")])[0].segment_id == first.segment_id
    with store.reading(world.engine) as connection:
        project = projects.find(connection, "Alpha")
        assert project is not None
        assert [d.document_id for d in documents.every(connection, project)] == [ADHOC]


def test_document_segments_are_queued_unless_refused(world: World) -> None:
    """A document's segments go into the queue; `queue: false` keeps new ones out."""
    world.project()
    found = world.put([AskedSegment("One.", "doc"), AskedSegment("Two.", "doc", queue=False)])
    assert [s.queued for s in found] == [True, False]


def test_known_segment_can_be_queued_later(world: World) -> None:
    """`queue: true` puts a known segment into the queue; asking again without it takes none out."""
    world.project()
    for queue in (None, True, None, False):
        world.put([AskedSegment("One.", queue=queue)])
    with store.reading(world.engine) as connection:
        project = projects.find(connection, "Alpha")
        assert project is not None
        assert [s.queued for s in documents.all_segments(connection, project)] == [True]


def test_imported_transcripts_are_not_added_to(world: World) -> None:
    """New text under an imported document conflicts; its own segments are found by text and by place."""
    project = world.project()
    with store.writing(world.engine) as connection:
        document = documents.add(connection, project, "doc", Transcript("doc", "One. Two.", ()), START)
        segment = world_segment("One.")
        (segment_id,) = documents.add_segments(
            connection, document, [new_segment(project, "doc", segment, "", queued=True)]
        )
    assert [s.segment_id for s in world.put([AskedSegment("One.", "doc"), AskedSegment("One.", "doc", 0)])] == [
        segment_id
    ] * 2
    for asked in (AskedSegment("Three.", "doc"), AskedSegment("One.", "doc", 1), AskedSegment("Three.", "doc", 0)):
        with pytest.raises(errors.Conflict):
            world.put([asked])


def world_segment(text: str) -> Segment:
    """Return a segment at the first place."""
    return Segment(0, 0, len(text), text)


def test_needs_and_blindness_are_drawn_once(world: World) -> None:
    """What a segment needs is fixed when it is stored, by a draw that is the same for everybody."""
    project = world.project(coders_required=3, double_share=0.5, blind_share=0.5)
    asked = [AskedSegment(f"Number {i}.", "doc", i) for i in range(200)]
    found = world.put(asked)
    assert {s.needs for s in found} == {1, 3}
    assert 60 < sum(s.needs == 3 for s in found) < 140
    assert 60 < sum(s.blind for s in found) < 140
    again = [new_segment(project, "doc", world_segment("x"), "", queued=True) for _ in range(2)]
    assert again[0] == again[1]


def test_texts_come_back_as_they_are(world: World) -> None:
    """Text, speaker and context are stored as given, with the offsets of a text that stands alone."""
    world.project()
    text = "  Ça va, 👩‍👩‍👧?\r\n\u2028 "
    (found,) = world.put([AskedSegment(text, "doc", speaker="interviewer", context="Before.")])
    assert (found.text, found.speaker, found.role, found.context) == (text, "interviewer", "interviewer", "Before.")
    assert (found.start, found.end) == (0, len(text))


def test_answers_keep_the_order_of_the_request(world: World) -> None:
    """Segments of several documents, mixed, come back in the order in which they were sent."""
    world.project()
    texts = [("a", "One."), ("b", "Two."), (None, "Three."), ("a", "Four."), ("b", "Five.")]
    found = world.put([AskedSegment(text, document) for document, text in texts])
    assert [s.text for s in found] == [text for _, text in texts]


def test_projects_do_not_share_documents(world: World) -> None:
    """The same document, place and text in two projects are two segments."""
    world.project("Alpha")
    world.project("Beta")
    asked = [AskedSegment("One.", "doc", 0)]
    assert world.put(asked)[0].segment_id != world.put(asked, "Beta")[0].segment_id


def test_nothing_asked_stores_nothing(world: World) -> None:
    """No segments, no document."""
    project = world.project()
    with store.writing(world.engine) as connection:
        assert store_segments(connection, project, [], START) == []
    assert world.count(tables.documents) == 0
