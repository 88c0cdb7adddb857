"""Deciding: what is refused, and what the server records beside the codes."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from service import errors
from service.domain import codebook, coding
from service.domain.projects import ProjectSettings
from service.domain.suggestion import Suggestion, silent
from service.store import engine as store
from service.store import people, tables
from service.use_cases.create_project import create_project
from tests.unit.use_cases.fakes_models import advice
from tests.unit.use_cases.worlds import START, World

SAID = Suggestion("small-1", (advice("mood"), advice("theme", "trust")))
WITHHELD = Suggestion("small-1", (silent("mood", "withheld"),))


def test_answer_tells_the_decision_and_what_is_final(world: World) -> None:
    """The answer names the person, the codes in order, the time with its zone, and every applying dimension's final."""
    world.project()
    ann, segment = world.person("Ann"), world.segment()
    answer = world.decide(ann, segment, {"mood": ["calm"], "theme": ["trust", "safety", "trust"]}, memo="clear")
    assert answer == {
        "decision_id": world.last(segment).decision_id,
        "segment_id": segment,
        "person": "Ann",
        "codes": {"mood": ["calm"], "theme": ["safety", "trust"]},
        "decided_at": "2027-01-15T08:00:00+00:00",
        "final": {"mood": ["calm"], "theme": ["safety", "trust"]},
        "imported": [],
    }
    assert (world.last(segment).memo, world.last(segment).codebook_version) == ("clear", "1")


def test_empty_list_says_none_applies_also_where_one_is_selected(world: World) -> None:
    """An empty list is a choice, in a dimension that takes one code too."""
    world.project()
    assert world.decide(world.person("Ann"), world.segment(), {"mood": []})["final"] == {"mood": [], "theme": None}


@pytest.mark.parametrize(
    ("codes", "refusal", "says"),
    [
        ({}, errors.Unprocessable, "mood"),
        ({"theme": ["trust"]}, errors.Unprocessable, "mood"),
        ({"mood": ["calm", "angry"]}, errors.Unprocessable, "one code"),
        ({"mood": ["joy"]}, errors.UnknownCode, "mood"),
        ({"mood": ["old"]}, errors.UnknownCode, "mood"),
        ({"mood": ["calm"], "weather": ["wet"]}, errors.UnknownCode, "dimension"),
        ({"mood": ["calm"], "weather": []}, errors.UnknownCode, "dimension"),
        ({"mood": ["calm"], "craft": ["asks"]}, errors.Unprocessable, "craft"),
    ],
)
def test_choices_that_do_not_fit_the_codebook_are_refused(
    world: World, codes: Mapping[str, Sequence[str]], refusal: type[Exception], says: str
) -> None:
    """A missing, unknown, retired, surplus or not applying code is refused by name, and nothing is stored."""
    world.project()
    segment = world.segment()
    with pytest.raises(refusal, match=says):
        world.decide(world.person("Ann"), segment, codes)
    assert world.past(segment) == []


def test_dimension_of_another_speaker_is_required_only_there(world: World) -> None:
    """A dimension that applies to the interviewer must be named for the interviewer's segments only."""
    world.project()
    ann, segment = world.person("Ann"), world.segment("How was it?", speaker="interviewer")
    with pytest.raises(errors.Unprocessable, match="craft"):
        world.decide(ann, segment, {"mood": ["calm"]})
    answer = world.decide(ann, segment, {"mood": ["calm"], "craft": ["asks"]})
    assert answer["final"] == {"mood": ["calm"], "theme": None, "craft": ["asks"]}


def test_dimension_that_does_not_apply_may_be_named_empty(world: World) -> None:
    """Naming a dimension that does not apply without codes changes nothing and leaves no trace."""
    world.project()
    segment = world.segment()
    answer = world.decide(world.person("Ann"), segment, {"mood": ["calm"], "craft": []})
    assert "craft" not in answer["final"]
    assert "craft" not in world.last(segment).codes


def test_parents_bind_nobody(world: World) -> None:
    """A theme whose parent is another mood than the chosen one is accepted."""
    world.project()
    answer = world.decide(world.person("Ann"), world.segment(), {"mood": ["angry"], "theme": ["trust"]})
    assert answer["final"]["theme"] == ["trust"]


def test_later_decision_replaces_the_earlier_whole(world: World) -> None:
    """A dimension that the later decision does not name is undecided again; both decisions stay stored."""
    world.project()
    ann, segment = world.person("Ann"), world.segment()
    world.decide(ann, segment, {"mood": ["calm"], "theme": ["trust"]})
    assert world.decide(ann, segment, {"mood": ["angry"]})["final"] == {"mood": ["angry"], "theme": None}
    assert len(world.past(segment)) == 2


def test_retraction_takes_the_coding_back(world: World) -> None:
    """After a retraction nothing is final, and the earlier decision is still there."""
    world.project()
    ann, segment = world.person("Ann"), world.segment()
    world.decide(ann, segment)
    answer = world.decide(ann, segment, retract=True)
    assert (answer["codes"], answer["final"]) == ({}, {"mood": None, "theme": None})
    assert [d.retract for d in world.past(segment)] == [False, True]


def test_retraction_with_codes_is_refused(world: World) -> None:
    """A retraction names no codes."""
    world.project()
    with pytest.raises(errors.Unprocessable, match="retraction"):
        world.decide(world.person("Ann"), world.segment(), {"mood": ["calm"]}, retract=True)


def test_segments_of_others_are_not_found(world: World) -> None:
    """An unknown segment and one of a project that the person is no member of give the same refusal."""
    world.project()
    segment, stranger = world.segment(), world.person("Zoe", member_of=())
    said = []
    for wanted in (segment, "nothing"):
        with pytest.raises(errors.NotFound) as refusal:
            world.decide(stranger, wanted)
        said.append(str(refusal.value))
    assert said[0] == said[1]


def test_admins_do_not_decide(world: World) -> None:
    """An admin is refused, even as a member."""
    world.project()
    segment = world.segment()
    with pytest.raises(errors.NotAllowed):
        world.decide(world.person("Root", "admin"), segment)
    assert world.past(segment) == []


def test_ended_session_decides_nothing(world: World) -> None:
    """A decision that arrives after signing out is refused as not signed in."""
    world.project()
    ann, segment = world.person("Ann"), world.segment()
    with store.writing(world.engine) as connection:
        people.disable(connection, ann[0].person_id, START)
    with pytest.raises(errors.NotSignedIn):
        world.decide(ann, segment)
    assert world.past(segment) == []


def test_final_needs_as_many_people_as_the_segment(world: World) -> None:
    """With two coders required one is not enough, and while it waits nothing tells what the other chose."""
    world.project(coders_required=2)
    ann, ben, segment = world.person("Ann"), world.person("Ben"), world.segment()
    assert world.decide(ann, segment)["final"]["mood"] is None
    assert world.decide(ben, segment)["final"]["mood"] == ["calm"]


def test_answer_to_a_retraction_hides_what_others_decided(world: World) -> None:
    """Who retracts on a segment that opens to them again learns nothing of the others' codings."""
    world.project()
    ann, ben, segment = world.person("Ann"), world.person("Ben"), world.segment()
    world.decide(ann, segment)
    world.decide(ben, segment)
    world.decide(ann, segment, retract=True)
    assert world.final(segment)["mood"] == frozenset({"calm"})
    world.decide(ben, segment, retract=True)
    assert world.decide(ann, segment, retract=True)["final"] == {"mood": None, "theme": None}


class TestAdjudication:
    """Settling where coders differ."""

    def test_settles_what_it_names(self, world: World) -> None:
        """An adjudication makes final what it names, counts as nobody's coding, and can be withdrawn."""
        world.project(coders_required=2)
        judge, segment = _differing(world)
        answer = world.decide(judge, segment, {"mood": ["angry"]}, adjudication=True)
        assert answer["final"] == {"mood": ["angry"], "theme": None}
        answer = world.decide(judge, segment, retract=True, adjudication=True)
        assert answer["final"] == {"mood": None, "theme": None}

    def test_needs_the_right(self, world: World) -> None:
        """A coder may not adjudicate."""
        world.project(coders_required=2)
        _, segment = _differing(world)
        with pytest.raises(errors.NotAllowed):
            world.decide(world.person("Eve"), segment, adjudication=True)

    def test_needs_a_difference(self, world: World) -> None:
        """Where the coders agree, or are not all there, there is nothing to settle."""
        world.project(coders_required=2)
        judge, segment = world.person("Jo", "adjudicator"), world.segment()
        for name in ("Ann", "Ben"):
            with pytest.raises(errors.Conflict):
                world.decide(judge, segment, adjudication=True)
            world.decide(world.person(name), segment)
        with pytest.raises(errors.Conflict):
            world.decide(judge, segment, adjudication=True)
        assert len(world.past(segment)) == 2

    def test_may_name_one_dimension_alone(self, world: World) -> None:
        """An adjudication need not name every required dimension, but has to name one."""
        world.project(coders_required=2)
        judge, segment = _differing(world)
        assert world.decide(judge, segment, {"theme": ["trust"]}, adjudication=True)["final"] == {
            "mood": None,
            "theme": ["trust"],
        }
        with pytest.raises(errors.Unprocessable):
            world.decide(judge, segment, {}, adjudication=True)

    def test_fits_the_codebook(self, world: World) -> None:
        """An adjudication's codes are checked like anyone's."""
        world.project(coders_required=2)
        judge, segment = _differing(world)
        with pytest.raises(errors.UnknownCode):
            world.decide(judge, segment, {"mood": ["joy"]}, adjudication=True)

    def test_ends_when_someone_decides_anew(self, world: World) -> None:
        """A later set that is neither the settled one nor the coder's own last one ends it; repeating does not."""
        world.project(coders_required=2)
        judge, segment = _differing(world)
        ann = _again(world, "Ann")
        world.decide(judge, segment, {"mood": ["angry"]}, adjudication=True)
        world.decide(ann, segment, {"mood": ["calm"]})
        assert world.final(segment)["mood"] == frozenset({"angry"})
        world.decide(ann, segment, {"mood": []})
        assert world.final(segment)["mood"] is None

    def test_is_not_the_adjudicators_own_coding(self, world: World) -> None:
        """An adjudicator's own retraction withdraws their own coding only, not the adjudication."""
        world.project(coders_required=2)
        judge, segment = _differing(world)
        world.decide(judge, segment, {"mood": ["angry"]}, adjudication=True)
        world.decide(judge, segment, retract=True)
        assert world.final(segment)["mood"] == frozenset({"angry"})


def _differing(world: World) -> tuple[Any, str]:
    segment = world.segment()
    world.decide(world.person("Ann"), segment, {"mood": ["calm"]})
    world.decide(world.person("Ben"), segment, {"mood": ["angry"]})
    return world.person("Jo", "adjudicator"), segment


def _again(world: World, name: str) -> Any:
    """Sign somebody in once more."""
    with store.writing(world.engine) as connection:
        person = people.find(connection, name)
        assert person is not None
        secret = people.start_session(connection, person.person_id, START, 1e9)
    return world.session(secret)


class TestAdvice:
    """What the server knows a person had been shown."""

    def test_none_where_nothing_was_asked(self, world: World) -> None:
        """Without a suggestion the advice is none."""
        world.project()
        segment = world.segment()
        world.decide(world.person("Ann"), segment)
        assert world.last(segment).shown.advice == "none"

    def test_shown_is_frozen_with_what_and_when(self, world: World) -> None:
        """What the person had been shown is kept with the decision, though the client does not say so."""
        world.project()
        ann, segment = world.person("Ann"), world.segment()
        suggestion = world.show(segment, SAID, ann[0])
        next(itertools.islice(world.clock, 40, None))
        world.decide(ann, segment)
        shown = world.last(segment).shown
        assert (shown.advice, shown.suggestion_id, shown.model_id) == ("shown", suggestion, "small-1")
        assert shown.suggested == {"mood": ["calm"], "theme": ["trust"]}
        assert shown.probabilities == {"mood": {"calm": 0.75}, "theme": {"trust": 0.75}}
        assert shown.seconds_before == 42

    def test_the_answered_one_counts(self, world: World) -> None:
        """Of several that the person was shown the one they answer is kept, else the last."""
        world.project()
        ann, segment = world.person("Ann"), world.segment()
        first, second = world.show(segment, SAID, ann[0]), world.show(segment, SAID, ann[0])
        world.decide(ann, segment, suggestion_id=first)
        assert world.last(segment).shown.suggestion_id == first
        world.decide(ann, segment)
        assert world.last(segment).shown.suggestion_id == second

    def test_what_another_person_saw_does_not_count(self, world: World) -> None:
        """A suggestion that only somebody else was shown is none, even where its id is sent along."""
        world.project()
        ann, ben, segment = world.person("Ann"), world.person("Ben"), world.segment()
        other = world.show(segment, SAID, ben[0])
        world.decide(ann, segment, suggestion_id=other)
        assert world.last(segment).shown.advice == "none"

    def test_unknown_where_a_program_was_told(self, world: World) -> None:
        """What a program was told of the segment may have been shown to anybody, so it is unknown."""
        world.project()
        segment = world.segment()
        world.show(segment, SAID, world.program())
        world.decide(world.person("Ann"), segment)
        shown = world.last(segment).shown
        assert (shown.advice, shown.suggestion_id, shown.seconds_before) == ("unknown", None, None)

    def test_shown_outweighs_unknown(self, world: World) -> None:
        """What the person was certainly shown counts before what a program was told."""
        world.project()
        ann, segment = world.person("Ann"), world.segment()
        world.show(segment, SAID, ann[0])
        world.show(segment, SAID, world.program())
        world.decide(ann, segment)
        assert world.last(segment).shown.advice == "shown"

    def test_silent_suggestions_are_not_shown(self, world: World) -> None:
        """Withheld advice counts as none, to persons and programs."""
        world.project()
        ann, segment = world.person("Ann"), world.segment()
        world.show(segment, WITHHELD, world.program())
        suggestion = world.show(segment, WITHHELD, ann[0])
        world.decide(ann, segment, suggestion_id=suggestion)
        assert world.last(segment).shown.advice == "none"

    def test_suggestion_of_another_segment_is_refused(self, world: World) -> None:
        """Answering a suggestion of another segment conflicts; an unknown one is not found."""
        world.project()
        ann, segment, other = world.person("Ann"), world.segment(), world.segment("Another place.")
        suggestion = world.show(other, SAID, ann[0])
        with pytest.raises(errors.Conflict):
            world.decide(ann, segment, suggestion_id=suggestion)
        with pytest.raises(errors.NotFound):
            world.decide(ann, segment, suggestion_id="nothing")
        assert world.past(segment) == []


class TestIndependent:
    """Whether a decision could have been touched by others' or by the model."""

    def test_before_anyone_else(self, world: World) -> None:
        """The first decision and its later changes are independent while nobody else decided."""
        world.project()
        ann, segment = world.person("Ann"), world.segment()
        world.decide(ann, segment)
        world.decide(ann, segment, {"mood": ["angry"]})
        assert [d.independent for d in world.past(segment)] == [True, True]

    def test_second_coder_under_blindness(self, world: World) -> None:
        """A second coder is independent while the segment is open to them, and no longer when they look again."""
        world.project(coders_required=2)
        ann, ben, segment = world.person("Ann"), world.person("Ben"), world.segment()
        world.decide(ann, segment)
        world.decide(ben, segment, {"mood": ["angry"]})
        world.decide(ben, segment, {"mood": ["calm"]})
        assert [d.independent for d in world.past(segment)] == [True, True, False]

    def test_coder_beyond_the_needed(self, world: World) -> None:
        """Who decides where the segment had its people already could have seen their codings."""
        world.project()
        segment = world.segment()
        world.decide(world.person("Ann"), segment)
        world.decide(world.person("Ben"), segment)
        assert [d.independent for d in world.past(segment)] == [True, False]

    def test_second_choice_after_own_choice(self, world: World) -> None:
        """Under after_own_choice the first choice is independent; once advice could be seen no other is."""
        world.project(advice="after_own_choice")
        ann, segment = world.person("Ann"), world.segment()
        world.decide(ann, segment)
        world.decide(ann, segment, {"mood": ["angry"]})
        assert [d.independent for d in world.past(segment)] == [True, False]

    def test_second_choice_without_any_advice(self, world: World) -> None:
        """On a segment of the blind share no advice is ever seen, so that a second choice stays independent."""
        world.project(advice="after_own_choice", blind_share=1.0)
        ann, segment = world.person("Ann"), world.segment()
        world.decide(ann, segment)
        world.decide(ann, segment, {"mood": ["angry"]})
        assert [d.independent for d in world.past(segment)] == [True, True]


class TestRepeats:
    """The Idempotency-Key."""

    def test_repeat_gets_the_first_answer(self, world: World) -> None:
        """The same key with the same request answers as the first time and stores nothing more."""
        world.project()
        ann, segment = world.person("Ann"), world.segment()
        first = world.decide(ann, segment, {"theme": ["trust", "safety"], "mood": ["calm"]}, key="k")
        world.decide(ann, segment, {"mood": ["angry"]})
        assert world.decide(ann, segment, {"mood": ["calm"], "theme": ["safety", "trust"]}, key="k") == first
        assert len(world.past(segment)) == 2

    @pytest.mark.parametrize(
        "other", [{"codes": {"mood": ["angry"]}}, {"memo": "else"}, {"retract": True}, {"codes": {"mood": ["joy"]}}]
    )
    def test_key_with_another_request_is_refused(self, world: World, other: dict[str, Any]) -> None:
        """The same key with another body conflicts."""
        world.project()
        ann, segment = world.person("Ann"), world.segment()
        world.decide(ann, segment, key="k")
        with pytest.raises(errors.Conflict):
            world.decide(ann, segment, key="k", **other)
        assert len(world.past(segment)) == 1

    def test_key_with_another_segment_is_refused(self, world: World) -> None:
        """The same key on another segment conflicts."""
        world.project()
        ann = world.person("Ann")
        world.decide(ann, world.segment(), key="k")
        with pytest.raises(errors.Conflict):
            world.decide(ann, world.segment("Another place."), key="k")

    def test_keys_are_each_persons_own(self, world: World) -> None:
        """Two people may use the same key."""
        world.project(coders_required=2)
        segment = world.segment()
        world.decide(world.person("Ann"), segment, key="k")
        world.decide(world.person("Ben"), segment, {"mood": ["angry"]}, key="k")
        assert len(world.past(segment)) == 2

    def test_refused_request_leaves_the_key_free(self, world: World) -> None:
        """After a refusal the key can be used for the corrected request."""
        world.project()
        ann, segment = world.person("Ann"), world.segment()
        with pytest.raises(errors.UnknownCode):
            world.decide(ann, segment, {"mood": ["joy"]}, key="k")
        assert world.count(tables.idempotency) == 0
        world.decide(ann, segment, key="k")


def test_decision_may_name_nothing_where_nothing_is_required(world: World) -> None:
    """Where no required dimension applies, a person has decided by saying that there is nothing to name."""
    optional = codebook.parse(
        {"name": "loose", "version": 1, "dimensions": {"theme": {"required": False, "codes": {"trust": ""}}}},
        "",
        short_name="",
    )
    create_project(world.engine, "Alpha", optional, ProjectSettings(), START)
    ann, segment = world.person("Ann"), world.segment()
    assert world.decide(ann, segment, {})["final"] == {"theme": None}
    assert not coding.is_open(world.past(segment), 1, ann[0].person_id)
