"""Taking over coded work: whose it is, what it means, what is left; all of it, or nothing."""

from dataclasses import replace

import pytest

from service import errors
from service.domain.coded_file import CodedFile, ForeignCoder, ForeignCoding, ForeignDocument, Left
from service.domain.folding import Choices as CodeChoices
from service.domain.projects import Project
from service.domain.transcript import Participant, Turn
from service.store import documents, imports, projects, tables
from service.store.engine import reading
from service.suggest.segmenter import Segmenter
from service.use_cases.import_codings import Choices, Incomplete, Request, import_coded
from service.use_cases.import_transcript import Incoming
from service.use_cases.lay_out_documents import Layout
from service.use_cases.list_imports import list_imports, withdraw
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

SAFE, LEFT, NOBODY = "We felt safe there.", "We left in anger.", "Nobody knows."
ONE = coded_file(coded(TALK, (SAFE, "Mood > calm", "k1"), (SAFE, "Theme > trust", "k2")))
NAMELESS = coded_file(coded(TALK, (SAFE, "Mood > calm", "")))


@pytest.fixture(autouse=True)
def project(world: World) -> Project:
    return world.project()


def everything(world: World) -> dict[str, int]:
    """Return how many rows each table holds."""
    return {name: world.count(table) for name, table in tables.metadata.tables.items()}


def test_names_that_are_alike_once_they_can_be_stored_are_numbered(world: World, project: Project) -> None:
    """Cut short or without what can't be shown, two documents may have one name; both come along."""
    names = ("x" * 600 + "1", "x" * 600 + "2", "a\tb", "a b")
    texts = [TALK.replace("anger", f"anger {n}") for n in range(4)]
    file = coded_file(*(coded(text, name=name) for text, name in zip(texts, names, strict=True)))
    found = [document.document_id for document in take(world, file).documents]
    assert found == ["x" * 500, "x" * 496 + " (2)", "a b", "a b (2)"]
    assert take(world, file).unchanged


def test_a_file_brings_its_documents_and_codings(world: World) -> None:
    """The text is stored as it is, cut into segments, and each coder's codes count for the segments they lie on."""
    done = take(world, ONE)
    assert codes_of(world) == {(SAFE, "mood", "Ana"): {"calm"}, (SAFE, "theme", "Ben"): {"trust"}}
    assert (done.codings, done.kept, done.segment_codings, done.left) == (2, 2, 2, ())
    assert [(d.document_id, d.unchanged) for d in done.documents] == [("talk.txt", False)]
    assert all(s.text == TALK[s.start : s.end] for s in stored_segments(world))


def test_selections_are_kept_to_the_character_in_the_files_words(world: World, project: Project) -> None:
    """Also those of machines and of codes that the codebook lacks, with memo and time."""
    given = ForeignCoding(29, 33, "Mood > odd", "k1", "a thought", "2020-01-02T03:04:05Z")
    machine = ForeignCoding(22, 26, "Mood > calm", "k3")
    take(world, coded_file(ForeignDocument("talk.txt", TALK, (given, machine))))
    with reading(world.engine) as connection:
        document = documents.find(connection, project, "talk.txt")
        assert document is not None
        first, second = [found for _, found in imports.selections(connection, document)]
    assert (first.start, first.end, first.code, first.coder, first.machine) == (22, 26, "calm", "NVivo", True)
    assert (second.start, second.end, second.path, second.code) == (29, 33, ("Mood", "odd"), None)
    assert (second.memo, second.made_at, second.coder) == ("a thought", "2020-01-02T03:04:05Z", "Ana")
    assert found_codings(world) == []


def test_nothing_of_it_is_final_or_a_decision(world: World) -> None:
    """Imported codings are no one's decision."""
    take(world, ONE)
    assert world.count(tables.decisions) == 0
    assert {codes for s in stored_segments(world) for codes in world.final(s.segment_id).values()} == {None}


@pytest.mark.parametrize(
    ("file", "choices", "asked"),
    [
        (ONE, Choices(), "what lies under no selection"),
        (NAMELESS, said(), "who coded it"),
        (NAMELESS, said(coded_by="  "), "who coded it"),
        (NAMELESS, said(coders={"": ""}), "who coded it"),
    ],
)
def test_what_the_file_does_not_say_the_person_must(
    world: World, file: CodedFile, choices: Choices, asked: str
) -> None:
    """There is no default for what lies under no selection, nor for who coded; nothing is stored before it is said."""
    before = everything(world)
    with pytest.raises(Incomplete, match=asked):
        take(world, file, choices)
    assert everything(world) == before


def test_a_file_that_says_all_or_codes_nothing_needs_no_words(world: World) -> None:
    """Coded excerpts say themselves where nothing applied; a file without codings has nothing to ask about."""
    take(world, replace(ONE, explicit=True), Choices())
    take(world, coded_file(ForeignDocument("b.txt", "Words.")), Choices())
    assert len(list_imports(world.engine, "Alpha", None)) == 2


def test_who_coded_it_is_kept_as_a_sentence(world: World) -> None:
    """The sentence stands with the import, and the codings are nobody's by name."""
    take(world, NAMELESS, said(coded_by=" Two students, in 2019. "))
    (listed,) = list_imports(world.engine, "Alpha", None)
    assert (listed.coded_by, listed.unselected, listed.imported_by) == ("Two students, in 2019.", "unknown", None)
    assert [c.coder for c in found_codings(world)] == [""]
    with pytest.raises(errors.Unprocessable, match="at most 1,000 characters"):
        take(world, NAMELESS, said(coded_by="x" * 1001))


def test_the_coder_who_is_not_named_may_be_a_person(world: World) -> None:
    """Then there is nothing to say in a sentence."""
    ana = world.person("Ana")[0]
    take(world, NAMELESS, said(coders={"": "Ana"}))
    assert [c.person_id for c in found_codings(world)] == [ana.person_id]


@pytest.mark.parametrize(
    ("coders", "message"),
    [
        ({"Ana": "Cy"}, "Cy is no member of Alpha"),
        ({"Ana": "Out"}, "Out is no member of Alpha"),
        ({"": "Cy"}, "Cy is no member"),
        ({"Zoe": "Ana"}, "there is no coder Zoe; it names Ana, Ben, NVivo"),
        ({"NVivo": "Ana"}, "NVivo is a tool's machine"),
    ],
)
def test_a_coder_is_a_member_and_no_machine(world: World, coders: dict[str, str], message: str) -> None:
    """Other names are refused, and nothing is stored."""
    world.person("Ana")
    world.person("Out", member_of=())
    before = everything(world)
    with pytest.raises(errors.Unprocessable, match=message):
        take(world, ONE, said(coders=coders))
    assert everything(world) == before


def test_two_coders_of_one_person_or_one_name_are_one(world: World) -> None:
    """Their codes come together; nothing that one of them gave is lost."""
    world.person("Ana")
    two = coded_file(coded(TALK, (SAFE, "Theme > trust", "k1"), (SAFE, "Theme > safety", "k2")))
    take(world, two, said(coders={"Ana": "Ana", "Ben": "Ana"}))
    assert [(c.coder, c.codes) for c in found_codings(world)] == [("Ana", frozenset({"trust", "safety"}))]
    namesakes = (ForeignCoder("k1", "Jo"), ForeignCoder("k2", "Jo"))
    take(world, replace(two, coders=namesakes, sha256="other", name="b.qdpx"), said())
    assert codes_of(world)[SAFE, "theme", "Jo"] == {"trust", "safety"}


def test_machines_never_become_codings_of_segments(world: World) -> None:
    """What they gave is counted as left."""
    done = take(world, coded_file(coded(TALK, (SAFE, "Mood > calm", "k3"))))
    assert found_codings(world) == []
    assert done.left == (Left("codings", "a tool's machine made them, and no person"),)


def test_what_does_not_come_along_is_listed_with_counts(world: World) -> None:
    """Codes that the codebook lacks, those left out, empty documents, and what the reader could not take."""
    file = coded_file(
        coded(TALK, (SAFE, "Mood > odd", "k1"), (LEFT, "Mood > odd", "k1"), (LEFT, "Theme > trust", "k1")),
        ForeignDocument("empty.txt", " \n"),
        left=(Left("picture", "it has no text", 3),),
    )
    done = take(world, file, said(CodeChoices(codes={"Theme > trust": ""})))
    assert done.left == (
        Left("picture", "it has no text", 3),
        Left("documents", "there are no words in them"),
        Left("codings with Mood > odd", "the codebook has no such code", 2),
        Left("codings with Theme > trust", "the code is to be left out"),
    )
    assert list(list_imports(world.engine, "Alpha", None)[0].left or ()) == list(done.left)


def test_none_applies_where_the_person_says_so(world: World) -> None:
    """In the segments of a document that a coder coded, and in the dimensions in which they did."""
    take(
        world, coded_file(coded(TALK, (SAFE, "Mood > calm", "k1"), (LEFT, "Mood > odd", "k1"))), said(unselected="none")
    )
    found = {words: codes for (words, dimension, coder), codes in codes_of(world).items() if dimension == "mood"}
    assert found[SAFE] == {"calm"}
    assert found[NOBODY] == set()
    assert LEFT not in found
    assert {dimension for _, dimension, _ in codes_of(world)} == {"mood"}


def test_the_same_file_in_the_same_way_changes_nothing(world: World) -> None:
    """It is told that it is unchanged, with the id that it has."""
    first = take(world, ONE)
    before = everything(world)
    again = take(world, replace(ONE, name="renamed.qdpx"))
    assert (again.unchanged, again.import_id, first.unchanged) == (True, first.import_id, False)
    assert everything(world) == before


@pytest.mark.parametrize(
    ("file", "choices"),
    [
        (ONE, said(unselected="none")),
        (ONE, said(CodeChoices(codes={"Mood > calm": "mood:angry"}))),
        (ONE, said(coders={"Ana": "Ana"})),
        (replace(ONE, columns={"codes": "Other"}), said()),
    ],
)
def test_in_another_way_it_takes_its_own_place(world: World, file: CodedFile, choices: Choices) -> None:
    """The earlier import ends, and only the later one counts."""
    world.person("Ana")
    first = take(world, ONE)
    second = take(world, file, choices)
    assert not second.unchanged
    assert [(i.import_id, i.ended) for i in list_imports(world.engine, "Alpha", None)] == [
        (first.import_id, True),
        (second.import_id, False),
    ]
    assert {c.import_id for c in found_codings(world)} == {second.import_id}


def test_an_import_can_be_taken_back_once(world: World) -> None:
    """Its codings count no longer, its documents stay; after that the same file may come again."""
    done = take(world, ONE)
    withdraw(world.engine, "Alpha", done.import_id, None, world.now())
    assert found_codings(world) == []
    assert len(stored_segments(world)) > 0
    for unknown in (done.import_id, "nothing"):
        with pytest.raises(errors.NotFound, match="no such import"):
            withdraw(world.engine, "Alpha", unknown, None, world.now())
    assert not take(world, ONE).unchanged
    assert len(found_codings(world)) == 2


def test_of_two_files_the_later_one_counts_for_a_coder(world: World) -> None:
    """Per segment and dimension; what it does not speak of stays as the earlier one has it."""
    take(world, coded_file(coded(TALK, (SAFE, "Mood > calm", "k1"), (LEFT, "Mood > calm", "k1"))))
    later = take(world, coded_file(coded(TALK, (SAFE, "Mood > angry", "k1")), name="later.qdpx"))
    assert codes_of(world) == {(SAFE, "mood", "Ana"): {"angry"}, (LEFT, "mood", "Ana"): {"calm"}}
    withdraw(world.engine, "Alpha", later.import_id, None, world.now())
    assert codes_of(world)[SAFE, "mood", "Ana"] == {"calm"}


def test_the_later_file_counts_for_a_person_whatever_each_calls_them(world: World) -> None:
    """A person is one coder under all names that files give them."""
    world.person("Ana")
    take(world, coded_file(coded(TALK, (SAFE, "Mood > calm", "k2"))), said(coders={"Ben": "Ana"}))
    take(world, coded_file(coded(TALK, (SAFE, "Mood > angry", "k1"))), said(coders={"Ana": "Ana"}))
    assert codes_of(world) == {(SAFE, "mood", "Ana"): {"angry"}}


def test_other_text_under_a_known_name_stops_everything(world: World) -> None:
    """Nothing is stored, neither of the other documents and files nor of the transcripts that came with them."""
    take(world, ONE)
    before = everything(world)
    new = coded_file(coded(TALK, name="new.txt"), coded(TALK + "More.", (SAFE, "Mood > calm", "k1")), name="b.qdpx")
    beside = Layout(Segmenter()).new(ForeignDocument("beside.txt", "Lee: Hm.\n\nMara: Hm.")).incoming
    request = Request([(coded_file(coded(TALK, name="c.txt")), said()), (new, said())], [beside])
    with pytest.raises(errors.Conflict, match=r"talk\.txt: the project has a document of this name with other text"):
        import_coded(world.engine, "Alpha", request, None, world.now())
    assert everything(world) == before


def test_segments_that_a_program_posted_are_no_text_to_lay_a_file_over(world: World) -> None:
    """A document of such segments is refused with a sentence of its own."""
    world.segment("We felt safe there.")
    for document in (coded(TALK, name="doc"), excerpts("doc", [(SAFE, "Mood > calm", "k1")])):
        with pytest.raises(errors.Conflict, match="doc: the project has posted segments under this name"):
            take(world, coded_file(document))


def test_transcripts_come_first_and_their_codings_after(world: World) -> None:
    """Excerpts of a transcript may come with it in one command."""
    transcript = _incoming("talk.txt", TALK)
    file = coded_file(excerpts("talk", [(SAFE, "Mood > calm", "k1")]))
    stored, (done,) = import_coded(world.engine, "Alpha", Request([(file, said())], [transcript]), None, world.now())
    assert [d.document_id for d in stored] == ["talk.txt"]
    assert codes_of(world) == {(SAFE, "mood", "Ana"): {"calm"}}
    assert done.documents[0].unchanged


def _incoming(name: str, text: str) -> Incoming:
    return Layout(Segmenter()).new(ForeignDocument(name, text)).incoming


def test_names_that_no_store_takes_are_made_some(world: World) -> None:
    """A document's name is mended and cut, and is never the one under which programs post."""
    take(world, coded_file(coded(TALK, name="a\nb"), coded("Other.", name="x" * 600), coded("Words.", name="adhoc")))
    for name in ("a b", "x" * 500, "adhoc (imported)"):
        assert stored_segments(world, name)


@pytest.mark.parametrize("as_excerpts", [False, True])
def test_who_is_known_to_speak_stays_where_the_file_has_no_name(
    world: World, project: Project, as_excerpts: bool
) -> None:
    """What a file says of a nameless participant is added to whom the project knows; be it whole texts or excerpts."""
    first = coded(TALK, participant=Participant("P1", {"site": "north"}))
    take(world, coded_file(first))
    again = excerpts("talk.txt", [("We felt safe there.", "Mood > calm", "k1")]) if as_excerpts else coded(TALK)
    nameless = replace(again, participant=Participant("talk.txt", {"round": "two"}))
    take(world, coded_file(nameless))
    with reading(world.engine) as connection:
        stored = documents.find(connection, project, "talk.txt")
        assert stored is not None
        assert stored.participant_id == "P1"
        assert documents.attributes(connection, project) == {"P1": {"site": "north", "round": "two"}}


def test_participants_and_speakers_come_along(world: World, project: Project) -> None:
    """Attributes are stored, and who asks is what the file, or else the person, says."""
    turns = (Turn("Lee", "", 5, 16), Turn("Mara", "", 24, 43))
    document = coded(TALK, turns=turns, participant=Participant("P1", {"site": "north"}), memo="Read twice.")
    take(world, coded_file(document), said(interviewers=["Lee"]))
    with reading(world.engine) as connection:
        stored = documents.find(connection, project, "talk.txt")
        assert stored is not None
        assert documents.attributes(connection, project) == {"P1": {"site": "north"}}
        assert imports.every(connection, project)[0].file.memos == {"talk.txt": "Read twice."}
    assert stored.participant_id == "P1"
    assert [(turn.speaker, turn.role) for turn in stored.turns] == [("Lee", "interviewer"), ("Mara", "participant")]


def test_new_documents_are_queued_unless_they_are_not_to_be(world: World) -> None:
    """People may code what was coded elsewhere, or leave it at that."""
    take(world, ONE)
    take(world, coded_file(coded(TALK, name="b.txt")), said(queued=False))
    assert {s.queued for s in stored_segments(world)} == {True}
    assert {s.queued for s in stored_segments(world, "b.txt")} == {False}


def test_importing_codings_is_for_researchers_of_the_project(world: World) -> None:
    """Others are refused; to who does not belong to it there is no such project. The import says who it was."""
    request = Request([(ONE, said())])
    for name, member, problem in (("Cor", ["Alpha"], errors.NotAllowed), ("Out", [], errors.NotFound)):
        person = world.person(name, "coder" if member else "researcher", member_of=member)[0]
        with pytest.raises(problem):
            import_coded(world.engine, "Alpha", request, person, world.now())
        with pytest.raises(problem):
            list_imports(world.engine, "Alpha", person)
    ray = world.person("Ray", "researcher")[0]
    import_coded(world.engine, "Alpha", request, ray, world.now())
    assert [i.imported_by for i in list_imports(world.engine, "Alpha", ray)] == ["Ray"]
    with pytest.raises(errors.NotFound):
        import_coded(world.engine, "Beta", request, None, world.now())


def test_what_is_matched_is_the_projects_own_codebook(world: World, project: Project) -> None:
    """A code of a file is none where the project's codebook lacks it, whatever other projects have."""
    with reading(world.engine) as connection:
        assert projects.codebook_of(connection, project).name == "small"
    with pytest.raises(errors.Unprocessable, match="no dimension level; it has mood, theme, craft"):
        take(world, ONE, said(CodeChoices({"Mood": "level"})))
