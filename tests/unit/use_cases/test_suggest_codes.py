"""Suggesting: who is told what, what is withheld from whom, and that asks answered together stay apart."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from service import errors
from service.domain.people import Person, Program
from service.domain.projects import ProjectSettings
from service.domain.suggestion import Evidence, Reason
from service.store import engine as store
from service.store import suggestions, tables
from service.use_cases.create_project import create_project
from service.use_cases.store_segments import AskedSegment
from service.use_cases.suggest_codes import Answered, Ask, suggest, suggest_many
from tests.unit.use_cases.fakes_models import FakeShelf, FakeSuggester, advice, evidence
from tests.unit.use_cases.worlds import BOOK, START, World

TEXT = "We felt safe there."
HERE = AskedSegment(TEXT, "doc")


def ask(
    world: World,
    shelf: FakeShelf,
    caller: Person | Program,
    segments: Sequence[AskedSegment] = (HERE,),
    project: str = "Alpha",
) -> list[Answered]:
    """Ask for suggestions."""
    return suggest(world.engine, shelf.as_shelf, Ask(project, caller, tuple(segments)), world.now())


def reason(world: World, shelf: FakeShelf, caller: Person | Program, asked: AskedSegment = HERE) -> Reason | None:
    """Return the reason for which a caller gets no advice, after checking that then they get nothing of it at all."""
    (answer,) = ask(world, shelf, caller, [asked])
    (said,) = answer.suggestion.dimensions
    if said.reason is not None:
        assert said.abstained
        assert {said.suggested, said.best, said.candidates, said.words, said.evidence} == {()}
    with store.reading(world.engine) as connection:
        stored = suggestions.find(connection, answer.suggestion_id)
    assert stored is not None
    assert stored.shown == (said.reason is None)
    assert bool(stored.advice["mood"]["probabilities"]) == (said.reason is None)
    return said.reason


def test_segments_are_stored_and_answered_in_order(world: World, shelf: FakeShelf) -> None:
    """Each asked segment is stored and answered in its place; asking again keeps the segment, not the suggestion."""
    world.project()
    ann, _ = world.person("Ann")
    asked = [AskedSegment(text, "doc") for text in ("One.", "Two.", "One.")]
    first, second = ask(world, shelf, ann, asked), ask(world, shelf, ann, asked)
    assert [a.segment_id for a in first] == [a.segment_id for a in second]
    assert first[0].segment_id == first[2].segment_id != first[1].segment_id
    assert len({a.suggestion_id for a in first + second}) == 6
    assert {a.suggestion.model_id for a in first} == {"small-1"}


def test_answer_is_remembered_for_its_asker(world: World, shelf: FakeShelf) -> None:
    """What was answered is stored without any text, for the person or the program that asked."""
    world.project()
    ann, _ = world.person("Ann")
    program = world.program()
    for caller in (ann, program):
        (answer,) = ask(world, shelf, caller)
        with store.reading(world.engine) as connection:
            found = suggestions.find(connection, answer.suggestion_id)
        assert found is not None
        assert found.advice["mood"]["probabilities"] == {"calm": 0.75}
        assert (found.person_id == ann.person_id) == (caller is ann)
        assert (found.token_id == program.token_id) == (caller is program)
        assert "safe" not in str(found)


@pytest.mark.parametrize("project", ["Alpha", "Beta", "Gamma"])
def test_projects_of_others_are_not_found(world: World, shelf: FakeShelf, project: str) -> None:
    """Strangers, admins and other projects' programs are told that there is no such project; nothing is stored."""
    world.project("Alpha")
    world.project("Beta")
    stranger, _ = world.person("Zoe", member_of=())
    admin, _ = world.person("Root", "admin")
    for caller in (stranger, admin, replace(world.program("Beta"), project="Delta")):
        with pytest.raises(errors.NotFound):
            ask(world, shelf, caller, project=project)
    assert world.count(tables.segments) == 0


def test_shelf_without_model_refuses(world: World, shelf: FakeShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal of the models is told as it is, and no suggestion is stored."""
    world.project()

    def refuse(_book: object) -> None:
        raise errors.NoModel

    monkeypatch.setattr(shelf, "current", refuse)
    with pytest.raises(errors.NoModel):
        ask(world, shelf, world.person("Ann")[0])
    assert world.count(tables.suggestions) == 0


class TestPassage:
    """What a model reads around a segment."""

    def test_stored_neighbours(self, world: World, shelf: FakeShelf) -> None:
        """The document's stored segments by position are read, one asked or many, and not the sent context."""
        world.project()
        ann, _ = world.person("Ann")
        texts = [f"Number {i}." for i in range(6)]
        for size in (6, 1):
            ask(world, shelf, ann, [AskedSegment(t, "doc", context="Sent.") for t in texts[-size:]])
        many, single = shelf.serving.asked
        assert [p.previous for p in many] == ["Sent.", *texts[:-1]]
        assert [p.following for p in many] == [*texts[1:], ""]
        assert (single[0].previous, single[0].following) == (texts[4], "")

    def test_context_where_nothing_is_known(self, world: World, shelf: FakeShelf) -> None:
        """The sent context serves where the document holds nothing before the segment, and is kept with it."""
        world.project()
        ann, _ = world.person("Ann")
        ask(world, shelf, ann, [AskedSegment(TEXT, "doc", context="Sent.")])
        ask(world, shelf, ann, [AskedSegment(TEXT, "doc")])
        assert [p.previous for (p,) in shelf.serving.asked] == ["Sent.", "Sent."]

    def test_adhoc_segments_stand_alone(self, world: World, shelf: FakeShelf) -> None:
        """Segments without a document have no neighbours and are each a participant of their own."""
        world.project()
        ann, _ = world.person("Ann")
        for size in (6, 2):
            ask(world, shelf, ann, [AskedSegment(f"Number {i}.") for i in range(size)])
        for passages in shelf.serving.asked:
            assert {(p.previous, p.following) for p in passages} == {("", "")}
            assert len({p.participant_id for p in passages}) == len(passages)


class TestWithheld:
    """Advice that is kept back."""

    def test_always(self, world: World, shelf: FakeShelf) -> None:
        """By default everybody gets advice, before and after deciding."""
        world.project()
        who = world.person("Ann")
        assert reason(world, shelf, who[0]) is None
        world.decide(who, world.segment())
        assert reason(world, shelf, who[0]) is None
        assert reason(world, shelf, world.program()) is None

    def test_never(self, world: World, shelf: FakeShelf) -> None:
        """Under `never` nobody gets advice, not after deciding either."""
        world.project(advice="never")
        who = world.person("Ann")
        world.decide(who, world.segment())
        assert reason(world, shelf, who[0]) == "withheld"
        assert reason(world, shelf, world.program()) == "withheld"

    def test_blind_share(self, world: World, shelf: FakeShelf) -> None:
        """The blind share never gets advice, for anybody; what stands alone is never in it."""
        world.project(blind_share=1.0)
        who = world.person("Ann")
        world.decide(who, world.segment())
        assert reason(world, shelf, who[0]) == "withheld"
        assert reason(world, shelf, world.program()) == "withheld"
        assert reason(world, shelf, who[0], AskedSegment(TEXT)) is None

    def test_after_own_choice_to_people(self, world: World, shelf: FakeShelf) -> None:
        """Advice comes once the asking person has decided, whatever others did, and goes when they retract."""
        world.project(advice="after_own_choice", coders_required=2)
        ann, ben, segment = world.person("Ann"), world.person("Ben"), world.segment()
        world.decide(ben, segment)
        assert reason(world, shelf, ann[0]) == "withheld"
        world.decide(ann, segment)
        assert reason(world, shelf, ann[0]) is None
        world.decide(ann, segment, retract=True)
        assert reason(world, shelf, ann[0]) == "withheld"

    def test_after_own_choice_of_a_full_segment(self, world: World, shelf: FakeShelf) -> None:
        """Who has not decided gets no advice either where the segment has its people already."""
        world.project(advice="after_own_choice")
        segment, zoe = world.segment(), world.person("Zoe")
        world.decide(world.person("Ann"), segment)
        assert reason(world, shelf, zoe[0]) == "withheld"

    def test_after_own_choice_to_programs(self, world: World, shelf: FakeShelf) -> None:
        """A program gets advice once the segment is open to nobody."""
        world.project(advice="after_own_choice", coders_required=2)
        ann, ben, segment, program = world.person("Ann"), world.person("Ben"), world.segment(), world.program()
        assert reason(world, shelf, program) == "withheld"
        world.decide(ann, segment)
        assert reason(world, shelf, program) == "withheld"
        world.decide(ben, segment)
        assert reason(world, shelf, program) is None

    def test_second_decision_records_what_was_shown(self, world: World, shelf: FakeShelf) -> None:
        """Under `after_own_choice` the first decision says none, the second what was shown in between."""
        world.project(advice="after_own_choice")
        ann, segment = world.person("Ann"), world.segment()
        ask(world, shelf, ann[0])
        world.decide(ann, segment)
        ask(world, shelf, ann[0])
        world.decide(ann, segment)
        assert [d.shown.advice for d in world.past(segment)] == ["none", "shown"]


class TestInTrainingData:
    """A model says nothing of what it was trained on while it is to be coded."""

    @pytest.mark.parametrize("by_text", [True, False])
    def test_to_people(self, world: World, by_text: bool) -> None:
        """While a segment is open to the asker, a model trained on its coding or text says nothing; then it does."""
        world.project(coders_required=2)
        ann, ben, segment = world.person("Ann"), world.person("Ben"), world.segment()
        model = FakeSuggester(trained_texts=[TEXT]) if by_text else FakeSuggester(trained_segments=[segment])
        shelf = FakeShelf(model)
        world.decide(ben, segment)
        assert reason(world, shelf, ann[0]) == "in_training_data"
        assert reason(world, shelf, ben[0]) is None
        world.decide(ann, segment)
        assert reason(world, shelf, ann[0]) is None

    def test_to_programs(self, world: World) -> None:
        """To a program it counts whether the segment is open to anyone."""
        world.project(coders_required=2)
        ann, ben, segment, program = world.person("Ann"), world.person("Ben"), world.segment(), world.program()
        shelf = FakeShelf(FakeSuggester(trained_segments=[segment]))
        world.decide(ann, segment)
        assert reason(world, shelf, program) == "in_training_data"
        world.decide(ben, segment)
        assert reason(world, shelf, program) is None

    def test_other_segments_get_advice(self, world: World) -> None:
        """A segment that the model does not know is not concerned."""
        world.project()
        shelf = FakeShelf(FakeSuggester(trained_segments=[world.segment()]))
        assert reason(world, shelf, world.person("Ann")[0], AskedSegment("Another place.", "doc")) is None

    def test_withheld_comes_first(self, world: World) -> None:
        """What is withheld anyway does not tell that the model knows it."""
        world.project(advice="never")
        shelf = FakeShelf(FakeSuggester(trained_texts=[TEXT]))
        assert reason(world, shelf, world.person("Ann")[0]) == "withheld"


class TestEvidence:
    """What may be read of the excerpts that a model cites."""

    def cited(self, world: World, caller: Person | Program, *found: Evidence) -> list[tuple[str, str]]:
        """Return text and document id of the evidence that a caller gets."""
        shelf = FakeShelf(FakeSuggester(says=(advice("mood", evidence=found),)))
        (answer,) = ask(world, shelf, caller)
        return [(e.text, e.document_id) for e in answer.suggestion.dimensions[0].evidence]

    def test_members_read_it(self, world: World) -> None:
        """Members of the excerpt's project read it, and everybody an excerpt of a file."""
        world.project()
        ann, _ = world.person("Ann")
        whole = ("Somebody said so.", "other")
        assert self.cited(world, ann, evidence(), evidence(project="Alpha")) == [whole, whole]

    def test_strangers_get_neither_text_nor_document(self, world: World) -> None:
        """People who don't belong to the excerpt's project get no text, and no document id."""
        world.project("Alpha")
        world.project("Beta")
        ann, _ = world.person("Ann")
        assert self.cited(world, ann, evidence(project="Beta"), evidence(project="Gone")) == [("", "")] * 2
        both, _ = world.person("Ben", member_of=("Alpha", "Beta"))
        assert self.cited(world, both, evidence(project="Beta")) == [("Somebody said so.", "other")]

    def test_programs_get_no_text(self, world: World) -> None:
        """A program gets ids, codes and similarity, whatever the excerpt's source."""
        world.project()
        program = world.program()
        assert self.cited(world, program, evidence(), evidence(project="Alpha")) == [("", "other")] * 2

    def test_open_segments_are_not_cited(self, world: World) -> None:
        """An excerpt of a segment that is open to the asker is dropped; once they decided on it, it may come."""
        world.project(coders_required=2)
        ann, ben = world.person("Ann"), world.person("Ben")
        other = world.segment("Another place.")
        world.decide(ben, other)
        program = world.program()
        found = evidence(other, project="Alpha")
        assert self.cited(world, ann[0], found) == []
        assert self.cited(world, program, found) == []
        assert len(self.cited(world, ben[0], found)) == 1
        world.decide(ann, other)
        assert len(self.cited(world, ann[0], found)) == 1
        assert len(self.cited(world, program, found)) == 1

    def test_open_segments_of_other_projects_are_cited_without_text(self, world: World) -> None:
        """A segment of a project that the asker is no member of is never open to them: its excerpt comes, unread."""
        world.project("Alpha")
        world.project("Beta")
        ann, _ = world.person("Ann")
        other = world.segment(project="Beta")
        assert self.cited(world, ann, evidence(other, project="Beta")) == [("", "")]


class TestTogether:
    """Several asks at once."""

    def test_each_gets_its_own(self, world: World, shelf: FakeShelf) -> None:
        """Asks of several callers on several projects are answered by themselves, with one call of the model."""
        world.project("Alpha")
        world.project("Beta", advice="never")
        ann, _ = world.person("Ann", member_of=("Alpha", "Beta"))
        asks = [
            Ask("Alpha", ann, (HERE,)),
            Ask("Beta", ann, (HERE,)),
            Ask("Alpha", world.program("Alpha"), (AskedSegment("Else.", "doc"), HERE)),
        ]
        answers = suggest_many(world.engine, shelf.as_shelf, asks, world.now())
        first, never, program = (a for a in answers if isinstance(a, list))
        assert first[0].suggestion.dimensions[0].reason is None
        assert never[0].suggestion.dimensions[0].reason == "withheld"
        assert first[0].segment_id == program[1].segment_id != never[0].segment_id
        assert len(shelf.serving.asked) == 1

    def test_one_refused_stores_nothing_and_spoils_nothing(self, world: World, shelf: FakeShelf) -> None:
        """A refused ask gets its error; the others get their answers as if it had not been."""
        world.project()
        ann, _ = world.person("Ann")
        world.put([AskedSegment(TEXT, "doc", 0)])
        asks = [
            Ask("Alpha", ann, (AskedSegment("New.", "doc", 5), AskedSegment("Other.", "doc", 0))),
            Ask("Alpha", ann, (HERE,)),
            Ask("Nowhere", ann, (HERE,)),
            Ask("Alpha", ann, (AskedSegment("Later.", "doc"),)),
        ]
        answers = suggest_many(world.engine, shelf.as_shelf, asks, world.now())
        assert [type(a) for a in answers] == [errors.Conflict, list, errors.NotFound, list]
        assert (world.count(tables.segments), world.count(tables.suggestions)) == (2, 2)

    def test_failing_model_refuses_its_own_asks_only(
        self, world: World, shelf: FakeShelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where one project's model refuses, asks of another project with another model are still answered."""
        world.project("Alpha")
        other = replace(BOOK, name="other")
        create_project(world.engine, "Beta", other, ProjectSettings(blind_share=0.0), START)
        ann, _ = world.person("Ann", member_of=("Alpha", "Beta"))
        models = {"small": FakeSuggester(), "other": FakeSuggester("other-1", fails=errors.WrongCodebook())}
        monkeypatch.setattr(shelf, "current", lambda book: models[book.name])
        asks = [Ask("Beta", ann, (HERE,)), Ask("Alpha", ann, (HERE,))]
        answers = suggest_many(world.engine, shelf.as_shelf, asks, world.now())
        assert [type(a) for a in answers] == [errors.WrongCodebook, list]

    def test_conflict_between_asks(self, world: World, shelf: FakeShelf) -> None:
        """Of two asks with other text for the same place the first one has it."""
        world.project()
        ann, _ = world.person("Ann")
        asks = [Ask("Alpha", ann, (AskedSegment(text, "doc", 0),)) for text in ("One.", "Two.")]
        answers = suggest_many(world.engine, shelf.as_shelf, asks, world.now())
        assert [type(a) for a in answers] == [list, errors.Conflict]

    def test_no_asks_no_answers(self, world: World, shelf: FakeShelf) -> None:
        """Nothing asked, nothing answered."""
        assert suggest_many(world.engine, shelf.as_shelf, [], world.now()) == []


def test_asking_adds_no_decision(world: World, shelf: FakeShelf) -> None:
    """However often one asks, nothing is decided."""
    world.project()
    ann, _ = world.person("Ann")
    for caller in (ann, world.program(), ann):
        ask(world, shelf, caller)
    assert world.count(tables.decisions) == 0


def test_promoted_model_answers_next(world: World, shelf: FakeShelf) -> None:
    """After a promotion the next answer names the new model."""
    world.project()
    ann, _ = world.person("Ann")
    ask(world, shelf, ann)
    shelf.serving = FakeSuggester("small-2")
    assert ask(world, shelf, ann)[0].suggestion.model_id == "small-2"
