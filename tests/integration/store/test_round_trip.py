"""What is stored comes back as it was, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service import errors
from service.domain.coding import Decision, Shown
from service.domain.suggestion import Suggestion, silent
from service.domain.transcript import Participant, Segment, Transcript, Turn
from service.store import decisions, documents, people, projects, suggestions, tables
from service.store import engine as store
from service.store.documents import NewSegment
from tests.unit.use_cases.fakes_models import advice
from tests.unit.use_cases.worlds import BOOK, START, World

TEXT = "A: Ça va, 👩‍👩‍👧?\r\nB: „Ja“ \u2028 and a tab\t'; DROP TABLE decisions; --"


def test_people(world: World) -> None:
    """Names, roles and password hashes come back; names are told apart by case."""
    with store.writing(world.engine) as connection:
        for name in ("Ann", "ann", "Zoë 🌱"):
            people.add(connection, name, "researcher", f"hash of {name}", START)
        with pytest.raises(errors.Conflict):
            people.add(connection, "Ann", "coder", "", START)
    with store.reading(world.engine) as connection:
        assert {p.name for p in people.every(connection)} == {"Ann", "ann", "Zoë 🌱"}
        found = people.find(connection, "Zoë 🌱")
        assert found is not None
        assert (found.role, found.disabled) == ("researcher", False)
        assert people.password_hash(connection, found.person_id) == "hash of Zoë 🌱"
        assert people.find(connection, "Zoe") is None


def test_projects(world: World) -> None:
    """Settings, codebook, members and the projects of a person come back."""
    alpha = world.project("Alpha", coders_required=2, double_share=0.25, advice="never")
    world.project("Beta")
    ann, _ = world.person("Ann", member_of=("Alpha", "Beta"))
    world.person("Ben")
    with store.reading(world.engine) as connection:
        assert projects.by_id(connection, alpha.project_id) == alpha
        assert [p.name for p in projects.every(connection)] == ["Alpha", "Beta"]
        assert projects.codebook_of(connection, alpha) == BOOK
        assert [m.name for m in projects.members(connection, alpha)] == ["Ann", "Ben"]
        assert projects.names_of(connection, ann.person_id) == {"Alpha", "Beta"}


def test_tokens(world: World) -> None:
    """A token opens its project, until it is revoked."""
    alpha = world.project()
    with store.writing(world.engine) as connection:
        secret = projects.add_token(connection, alpha, "script", "suggest", START)
        found = projects.program(connection, secret)
        assert found is not None
        assert (found.name, found.project) == ("script", "Alpha")
        connection.execute(tables.tokens.update().values(revoked_at=START))
        assert projects.program(connection, secret) is None


def test_documents(world: World) -> None:
    """A transcript's text, turns, participant, attributes and note come back to the code point."""
    alpha = world.project()
    turns = (Turn("A", "interviewer", 0, 5), Turn("", "", 6, len(TEXT)))
    with store.writing(world.engine) as connection:
        stored = documents.add(connection, alpha, "sub/one.txt", Transcript("sub/one.txt", TEXT, turns), START)
        documents.set_participant(connection, stored, "P1")
        documents.set_content_note(connection, stored, "Speaks of loss.")
        documents.put_participant(connection, alpha, Participant("P1", {"region": "north"}))
        documents.put_participant(connection, alpha, Participant("P1", {"région": "sud"}))
    with store.reading(world.engine) as connection:
        found = documents.find(connection, alpha, "sub/one.txt")
        assert found is not None
        assert (found.text, found.turns, found.imported) == (TEXT, turns, True)
        assert (found.participant_id, found.content_note) == ("P1", "Speaks of loss.")
        assert documents.attributes(connection, alpha) == {"P1": {"région": "sud"}}
        assert documents.every(connection, alpha) == (found,)
        assert documents.find(connection, alpha, "one.txt") is None


def test_segments(world: World) -> None:
    """Segments come back whole, by position, and know their neighbours."""
    alpha = world.project()
    new = [
        NewSegment(Segment(p, p * 10, p * 10 + len(TEXT), TEXT + str(p), "A", "participant"), "Before.", 2, True, False)
        for p in (7, 2, 4)
    ]
    with store.writing(world.engine) as connection:
        document = documents.add(connection, alpha, "doc", None, START)
        ids = documents.add_segments(connection, document, new)
        assert documents.add_segments(connection, document, []) == []
    with store.reading(world.engine) as connection:
        found = documents.segments(connection, document)
        assert [s.position for s in found] == [2, 4, 7]
        assert documents.all_segments(connection, alpha) == found
        first = documents.segment(connection, ids[0])
        assert first is not None
        assert (first.text, first.start, first.speaker, first.role) == (TEXT + "7", 70, "A", "participant")
        assert (first.context, first.needs, first.blind, first.queued) == ("Before.", 2, True, False)
        assert documents.neighbours(connection, first, 8, after=False) == (TEXT + "4", TEXT + "2")
        assert documents.neighbours(connection, first, 1, after=False) == (TEXT + "4",)
        assert documents.neighbours(connection, first, 8, after=True) == ()
        assert documents.rank(connection, first) == (2, 3)
        assert documents.last_position(connection, document) == 7
        assert set(documents.with_text(connection, document, [TEXT + "4", "else"])) == {TEXT + "4"}


def test_suggestions(world: World) -> None:
    """Suggestions come back by id and by segment, oldest first, with what counts as shown."""
    world.project()
    (ann, _), segment = world.person("Ann"), world.segment()
    first = world.show(segment, Suggestion("small-1", (advice("mood"),)), ann)
    second = world.show(segment, Suggestion("small-1", (silent("mood", "withheld"),)), world.program())
    with store.reading(world.engine) as connection:
        found = suggestions.of_segments(connection, [segment])
        assert [s.suggestion_id for s in found] == [first, second]
        assert [s.shown for s in found] == [True, False]
        assert suggestions.find(connection, first) == found[0]
        assert suggestions.find(connection, "nothing") is None
        assert suggestions.of_segments(connection, []) == []


def test_suggestion_has_one_asker_at_most(world: World) -> None:
    """A suggestion for a person and a program at once is refused by the database; one for nobody was shown to none."""
    world.project()
    (ann, _), program, segment = world.person("Ann"), world.program(), world.segment()
    answer = suggestions.Answer(segment, Suggestion("small-1", ()), ann.person_id, program.token_id)
    with pytest.raises(Exception, match="asker"), store.writing(world.engine) as connection:
        suggestions.add(connection, [answer], START)
    with store.writing(world.engine) as connection:
        suggestions.add(connection, [suggestions.Answer(segment, Suggestion("small-1", ()))], START)
        assert [found.shown for found in suggestions.of_segments(connection, [segment])] == [False]


def test_decisions(world: World) -> None:
    """A decision comes back with everything that was frozen with it."""
    alpha = world.project()
    (_, coder), segment = world.person("Ann"), world.segment()
    shown = Shown("shown", "s", "m", {"mood": ["calm"]}, {"mood": {"calm": 0.123456}}, 2.5)
    at = datetime(2027, 1, 15, 12, 0, 0, 123456, tzinfo=UTC)
    codes = {"mood": frozenset({"calm"}), "theme": frozenset({"trust", "safety"}), "craft": frozenset[str]()}
    given = Decision("d1", segment, coder, at, codes, False, True, TEXT, "1", shown, False)
    with store.writing(world.engine) as connection:
        decisions.add(connection, given)
    with store.reading(world.engine) as connection:
        assert decisions.of_segment(connection, segment) == [given]
        assert decisions.of_segments(connection, [segment, "nothing"]) == {segment: [given]}
        assert decisions.of_project(connection, alpha) == {segment: [given]}


def test_decisions_keep_the_order_of_adding(world: World) -> None:
    """Decisions come in the order in which they were added, whatever their times and ids say."""
    world.project()
    (_, coder), segment = world.person("Ann"), world.segment()
    names = ["c", "a", "d", "b"]
    for i, name in enumerate(names):
        with store.writing(world.engine) as connection:
            at = datetime.fromtimestamp(START + 100 - i, UTC)
            decisions.add(connection, Decision(name, segment, coder, at))
    assert [d.decision_id for d in world.past(segment)] == names


def test_idempotency(world: World) -> None:
    """The first answer to a key comes back, for its person alone."""
    world.project()
    (ann, _), (ben, _) = world.person("Ann"), world.person("Ben")
    answer: dict[str, Any] = {"final": {"mood": None}, "codes": {"mood": ["calm"]}}
    with store.writing(world.engine) as connection:
        decisions.keep_answer(connection, ann.person_id, "k", ("hash", answer), START)
    with store.reading(world.engine) as connection:
        assert decisions.first_answer(connection, ann.person_id, "k") == ("hash", answer)
        assert decisions.first_answer(connection, ben.person_id, "k") is None
        assert decisions.first_answer(connection, ann.person_id, "l") is None


def test_failed_writing_leaves_nothing(world: World) -> None:
    """What a block wrote before it broke off is not stored."""

    def break_off() -> None:
        with store.writing(world.engine) as connection:
            people.add(connection, "Ann", "coder", "", START)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert world.count(tables.people) == 0


def test_reading_sees_one_view(world: World) -> None:
    """While somebody reads, what others store does not show."""
    with store.reading(world.engine) as connection:
        assert people.every(connection) == ()
        with store.writing(world.engine) as other:
            people.add(other, "Ann", "coder", "", START)
        assert people.every(connection) == ()
    assert world.count(tables.people) == 1
