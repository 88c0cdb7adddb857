"""A project on its way to other tools, and back: the same texts, the same codings at the same offsets."""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import docx
import pytest

from service.domain import codebook
from service.domain.coded_file import CodedFile, ForeignCode, ForeignCoder, ForeignCoding, ForeignDocument
from service.domain.people import Person
from service.domain.projects import ADHOC, Project, ProjectSettings
from service.domain.transcript import Participant, Turn
from service.readers import coded as readers
from service.readers.codes import folded_codebook
from service.store.engine import reading
from service.use_cases.create_project import create_project
from service.use_cases.export_codings import Codings
from service.use_cases.export_files import Export, ExportOptions, Format
from service.use_cases.gather_codings import codes_of, gather
from service.use_cases.import_codings import ImportedFile
from service.use_cases.store_segments import AskedSegment
from tests.unit.use_cases.import_worlds import TALK, coded, coded_file, said, stored_segments, take
from tests.unit.use_cases.worlds import START, World, open_store

SAFE, LEFT, NOBODY = "We felt safe there.", "We left in anger.", "Nobody knows."
ODD = "Zoë: \U0001f600 = fine\n\n\nMara: \u200bA\u0301ber ja.\tSo.\n\nZoë: Hm?\n\nMara: -1 & <b>.\n"


@pytest.fixture
def study(world: World) -> Project:
    """A project of two people who differ, an adjudication, memos, outside coders, and posted segments."""
    project = world.project(coders_required=2)
    outside = coded(
        TALK,
        (LEFT[3:7], "Mood > angry", "k1"),
        (NOBODY, "Mood > odd", "k1"),
        ("safe", "Theme > trust", "k3"),
        turns=(Turn("Lee", "interviewer", 5, 16), Turn("Mara", "participant", 24, 43), Turn("Mara", "", 67, 84)),
        participant=Participant("P1", {"site": "north", "role": "=1+1"}),
        memo="Read twice.\nBy Ana.",
    )
    take(world, coded_file(outside, coded(ODD, ("fine", "Theme > safety", ""), name="b/odd.txt")), said(coded_by="x"))
    ann, ben = world.person("Ann"), world.person("Ben B")
    segments = {s.text: s.segment_id for s in stored_segments(world)}
    world.decide(ann, segments[SAFE], {"mood": ["calm"], "theme": ["trust", "safety"]}, memo="sure & <true>")
    world.decide(ben, segments[SAFE], {"mood": ["angry"], "theme": ["trust"]})
    world.decide(world.person("Cy", "adjudicator"), segments[SAFE], {"mood": ["calm"]}, adjudication=True)
    for who in (ann, ben):
        world.decide(who, segments[LEFT], {"mood": ["angry"], "theme": []})
    posted = world.put([AskedSegment(text, "posted", speaker="Mara") for text in (SAFE, "Another thing.")])
    alone = world.put([AskedSegment("On its own.", queue=True)])
    for who in (ann, ben):
        world.decide(who, posted[1].segment_id, {"mood": ["calm"]})
        world.decide(who, alone[0].segment_id, {"mood": ["angry"]})
    return project


def gathered(
    world: World, project: Project, codings: Codings = "all", document: str | None = None, reader: Person | None = None
) -> CodedFile:
    with reading(world.engine) as connection:
        return gather(connection, project, codings, reader, document)


def exported(world: World, project: Project, form: Format, codings: Codings = "all") -> bytes:
    out = io.BytesIO()
    with reading(world.engine) as connection:
        Export(connection, project, ExportOptions(form, codings), None, START).write(out)
    return out.getvalue()


def given(file: CodedFile) -> Counter[tuple[Any, ...]]:
    """Return every coding in the file's own words."""
    codes = {code.key: code.path for code in file.codes}
    coders = {coder.key: coder.name for coder in file.coders}
    return Counter(
        (document.name, document.text[made.start : made.end], made.start, codes[made.code], coders.get(made.coder, ""))
        for document in file.documents
        for made in document.codings
    )


def test_every_persons_codings_go_along(world: World, study: Project) -> None:
    """Each person's own, what was settled, and what outside coders marked, where they marked it."""
    found = given(gathered(world, study))
    mood, theme = ("Mood", "Calm"), ("Theme", "Trust")
    assert found["talk.txt", SAFE, 24, mood, "Ann"] == found["talk.txt", SAFE, 24, theme, "Ben B"] == 1
    assert found["talk.txt", SAFE, 24, mood, "Cy (settling differences)"] == 1
    assert found["talk.txt", "left", 70, ("Mood", "Angry"), "Ana"] == 1
    assert found["talk.txt", NOBODY, 103, ("Mood", "odd"), "Ana"] == 1
    assert found["talk.txt", "safe", 32, theme, "NVivo"] == 1
    assert found["b/odd.txt", "fine", 9, ("Theme", "Safety"), ""] == 1
    assert found["posted", "Another thing.", len(SAFE) + 2, mood, "Ann"] == 1
    assert found.total() == 16


def test_final_codings_are_of_everyone_on_whose_decision_they_rest(world: World, study: Project) -> None:
    """What differs, and what was coded elsewhere, does not go along."""
    found = given(gathered(world, study, "final"))
    assert {(words, path[-1], coder) for _, words, _, path, coder in found} == {
        (SAFE, "Calm", "Cy"),
        (LEFT, "Angry", "Ann"),
        (LEFT, "Angry", "Ben B"),
        ("Another thing.", "Calm", "Ann"),
        ("Another thing.", "Calm", "Ben B"),
        ("On its own.", "Angry", "Ann"),
        ("On its own.", "Angry", "Ben B"),
    }


def test_a_memo_goes_along_once(world: World, study: Project) -> None:
    """With the first of the codes of its decision, in either kind of export."""
    for codings in ("all", "final"):
        file = gathered(world, study, codings)
        memos = Counter(made.memo for document in file.documents for made in document.codings if made.memo)
        assert memos == ({"sure & <true>": 1} if codings == "all" else {})


def test_a_memo_of_a_final_decision_goes_along_once(world: World) -> None:
    """Also where codes of several dimensions rest on the decision."""
    project = world.project()
    world.decide(world.person("Ann"), world.segment(), {"mood": ["calm"], "theme": ["trust"]}, memo="sure")
    (document,) = gathered(world, project, "final").documents
    assert [made.memo for made in document.codings] == ["sure", ""]


def test_the_tree_is_the_codebook_and_what_it_lacks(world: World, study: Project) -> None:
    """A branch a dimension; behind them, codes of imported files that the codebook does not have."""
    file = gathered(world, study)
    assert [code.path for code in file.codes if not code.codable] == [("Mood",), ("Theme",), ("Craft",)]
    paths = [code.path for code in file.codes]
    assert paths.index(("Mood", "odd")) > paths.index(("Craft", "Listens"))
    assert len(paths) == len(set(paths))


def test_outside_coders_are_neither_members_nor_people_where_they_are_machines(world: World) -> None:
    """Who is called as a member goes by the tool too; a machine without a machine's name is read again as one."""
    project = world.project()
    world.person("Ann")
    coders = (ForeignCoder("k1", "Ann"), ForeignCoder("k2", "m-1", machine=True))
    talk = coded(TALK, (LEFT, "Mood > angry", "k1"), (NOBODY, "Mood > calm", "k2"))
    take(world, coded_file(talk, coders=coders))
    again = readers.read_coded(exported(world, project, "qdpx"), "a.qdpx")
    assert [(coder.name, coder.machine) for coder in again.coders] == [("Ann (NVivo)", False), ("m-1 (machine)", True)]


def test_line_ends_move_nothing(world: World) -> None:
    """Where segments came with carriage returns, what is coded behind them is coded on the same words."""
    project = world.project()
    texts = ("One\r\nline.\r\n", "\rThen this.", "And\r\nthat.")
    for segment in world.put([AskedSegment(text, "posted") for text in texts]):
        world.decide(world.person(f"Ann {segment.position}"), segment.segment_id, {"mood": ["calm"], "theme": []})
    whole = gathered(world, project).documents[0]
    expected = [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    assert [whole.text[made.start : made.end] for made in whole.codings] == expected
    assert [whole.text[turn.start : turn.end] for turn in whole.turns] == expected
    (again,) = readers.read_coded(exported(world, project, "qdpx"), "a.qdpx").documents
    assert [again.text[made.start : made.end] for made in again.codings] == expected


def test_documents_keep_who_speaks_and_what_is_known_of_them(world: World, study: Project) -> None:
    """Participants with attributes, turns with roles, the note on a document; posted segments are turns."""
    documents = {document.name: document for document in gathered(world, study).documents}
    talk = documents["talk.txt"]
    assert talk.participant == Participant("P1", {"site": "north", "role": "=1+1"})
    assert (talk.memo, [turn.role for turn in talk.turns]) == (
        "Read twice.\nBy Ana.",
        ["interviewer", "participant", ""],
    )
    assert documents["posted"].text == f"{SAFE}\n\nAnother thing."
    assert [turn.speaker for turn in documents["posted"].turns] == ["Mara", "Mara"]
    assert documents[ADHOC].participant is None


@pytest.fixture
def other(tmp_path: Path) -> Iterator[World]:
    world = World(open_store(tmp_path / "other"))
    yield world
    world.engine.dispose()


@pytest.mark.parametrize("codings", ["all", "final"])
def test_a_project_comes_back_whole(world: World, study: Project, other: World, codings: Codings) -> None:
    """In an empty project whose codebook is the exported one: the same texts, and the same codings at their offsets."""
    copy, done = _moved(world, study, other, codings)
    before, after = gathered(world, study, codings), gathered(other, copy)
    named = {ADHOC: f"{ADHOC} (imported)"}
    assert {named.get(d.name, d.name): d.text for d in before.documents} == {d.name: d.text for d in after.documents}
    assert Counter({(named.get(g[0], g[0]), *g[1:]): n for g, n in given(before).items()}) == given(after)
    assert (done.codings, done.kept) == (before.codings, before.codings)
    assert {item.why for item in done.left} <= {
        "a tool's machine made them, and no person",
        "the codebook has no such code",
        "they lie on no segment: a heading, a name or the interviewer's words",
    }


def test_what_is_known_of_the_documents_comes_back(world: World, study: Project, other: World) -> None:
    """Speakers, roles, participants and notes."""
    copy, _ = _moved(world, study, other, "all")
    before = {document.name: document for document in gathered(world, study).documents}
    after = {document.name: document for document in gathered(other, copy).documents}
    for name in ("talk.txt", "b/odd.txt", "posted"):
        assert after[name].turns == before[name].turns
        assert (after[name].memo, after[name].participant) == (before[name].memo, before[name].participant)
    memos = [made.memo for made in after["talk.txt"].codings if made.memo]
    assert memos == ["sure & <true>"]


def test_it_can_go_round_again(world: World, study: Project, other: World) -> None:
    """What was imported and is exported once more is the same file but for its time."""
    copy, _ = _moved(world, study, other, "all")
    first, second = exported(other, copy, "qdpx"), exported(other, copy, "qdpx")
    assert first == second
    assert given(readers.read_coded(first, "x.qdpx")) == given(gathered(other, copy))


def _moved(world: World, study: Project, other: World, codings: Codings) -> tuple[Project, ImportedFile]:
    book = folded_codebook(exported(world, study, "qdc"), {}, "small.qdc")
    copy = create_project(other.engine, "Alpha", book, ProjectSettings(blind_share=0.0), START)
    file = readers.read_coded(exported(world, study, "qdpx", codings), "study.qdpx")
    return copy, take(other, file, said(coded_by="Whoever."))


def test_a_coded_transcript_has_all_words_and_comments_on_theirs(world: World, study: Project) -> None:
    """Each transcript in the order of the project, its words whole, a comment for each coder and stretch."""
    document = docx.Document(io.BytesIO(exported(world, study, "docx")))
    headings = [p.text for p in document.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert headings == ["talk.txt", "b/odd.txt", "posted", ADHOC]
    said_all = "".join("".join(p.text.split()) for p in document.paragraphs)
    for text in (TALK, ODD, SAFE):
        assert "".join(text.split()) in said_all
    authors = {comment.author for comment in document.comments}
    assert authors == {"Ann", "Ben B", "Cy (settling differences)", "Ana", "NVivo", "as imported"}
    assert "Memo: sure & <true>" in "\n".join(comment.text for comment in document.comments)


def test_codes_of_one_label_are_told_apart(world: World, other: World) -> None:
    """Where labels repeat, ids stand for them; a label with steps is a path."""
    del world
    codes = {"a": {"label": "Same"}, "b": {"label": "Same"}, "c": {"label": "Work > Pay"}, "d": {"label": " > "}}
    book = codebook.parse({"name": "n", "version": 1, "dimensions": {"d": {"codes": codes}}}, "n", short_name="n")
    paths: Sequence[tuple[str, ...]] = [code.path for code in codes_of(book)]
    assert paths[:5] == [("D",), ("D", "a"), ("D", "b"), ("D", "Work"), ("D", "Work", "Pay")]
    assert len({code.key for code in codes_of(book)}) == len(paths)
    assert all(name.strip() for path in paths for name in path)
    project = create_project(other.engine, "Alpha", book, ProjectSettings(), START)
    tree = (ForeignCode("x", ("D", "a")),)
    file = coded_file(ForeignDocument("t", "Words.", (ForeignCoding(0, 6, "x", "k1"),)), codes=tree)
    take(other, file)
    assert list(given(gathered(other, project))) == [("t", "Words.", 0, ("D", "a"), "Ana")]
