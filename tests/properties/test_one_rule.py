"""Only a person finalises a code: whatever else happens in the store, no final coding moves."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import event

from service import errors
from service.domain import coding
from service.domain.coded_file import CodedFile, ForeignCode, ForeignCoding, ForeignDocument, coders_named
from service.domain.coding import Codes
from service.domain.imported import UNNAMED, ImportedCoding
from service.domain.jobs import TrainingOptions
from service.domain.people import Person, Program
from service.domain.projects import ADVICE_POLICIES
from service.store import documents, imports, jobs, projects, tables
from service.store import engine as store
from service.use_cases import export_codings, sign_in
from service.use_cases.import_codings import Choices, Request, import_coded
from service.use_cases.import_transcript import Upload, import_upload
from service.use_cases.list_codings import list_codings
from service.use_cases.list_imports import list_imports
from service.use_cases.list_imports import withdraw as withdraw_import
from service.use_cases.order_queue import order_queue
from service.use_cases.read_transcript import Options
from service.use_cases.store_segments import AskedSegment
from service.use_cases.suggest_codes import Ask, suggest_many
from service.use_cases.train_projects import cancel_job, start_training
from service.use_cases.training_rows import training_rows
from tests.unit.use_cases.fakes_models import FakeShelf, FakeSuggester, advice
from tests.unit.use_cases.worlds import Who, World, open_store

#: What the models suggest and no person here ever chooses.
SUGGESTED = "safety"
PEOPLE = ("Ann", "Ben", "Jo", "Ray")
TEXTS = ("We felt safe there.", "Nobody came to help us.", "It took years, and then it was good.")

people = st.sampled_from(PEOPLE)
places = st.integers(0, 30)
moods = st.sampled_from([[], ["calm"], ["angry"]])
themes = st.sampled_from([None, [], ["trust"]])


class OneRule(RuleBasedStateMachine):
    """People, programs and models act in any order; the final codings follow the people alone."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(open_store(Path(self.folder.name)))
        event.listen(self.world.engine, "checkout", _hurry)
        self.shelf = FakeShelf(_model(0))
        self.models = 0
        self.segments: list[str] = []
        #: What is final by the people's decisions, and what each holds as their own.
        self.final: dict[str, dict[str, Codes | None]] = {}
        self.own: dict[tuple[str, str], dict[str, Codes]] = {}

    @initialize(needed=st.integers(1, 2), policy=st.sampled_from(ADVICE_POLICIES))
    def begin(self, needed: int, policy: str) -> None:
        """Set up a project with people of each role, a program and some segments."""
        settings: dict[str, Any] = {"coders_required": needed, "advice": policy, "double_share": 0.5}
        self.project = self.world.project(**settings, blind_share=0.2, order="teaching")
        roles: dict[str, Any] = {"Jo": "adjudicator", "Ray": "researcher"}
        self.who: dict[str, Who] = {name: self.world.person(name, roles.get(name, "coder")) for name in PEOPLE}
        self.program: Program = self.world.program()
        self._stored([s.segment_id for s in self.world.put([AskedSegment(text, "doc") for text in TEXTS])])

    def _stored(self, found: list[str]) -> None:
        """Remember segments; new ones have nothing final."""
        for segment in found:
            if segment not in self.final:
                self.segments.append(segment)
                self.final[segment] = dict.fromkeys(self.world.final(segment))

    def _decided(self, name: str, place: int, codes: dict[str, list[str]], **choice: Any) -> bool:
        """Let a person decide if they may; what is final on this one segment may change, and is what they are told."""
        segment = self.segments[place % len(self.segments)]
        try:
            answer = self.world.decide(self.who[name], segment, codes, **choice)
        except (errors.Conflict, errors.NotAllowed):
            return False
        final = self.world.final(segment)
        told = {d: None if c is None else frozenset(c) for d, c in answer["final"].items()}
        past, person = self.world.past(segment), self.who[name][0]
        needs = self._needs(segment)
        assert told == (dict.fromkeys(final) if coding.is_open(past, needs, person.person_id) else final)
        self.final[segment] = final
        return True

    def _needs(self, segment: str) -> int:
        with store.reading(self.world.engine) as connection:
            found = documents.segment(connection, segment)
        assert found is not None
        return found.needs

    @rule(name=people, place=places, mood=moods, theme=themes)
    def decide(self, name: str, place: int, mood: list[str], theme: list[str] | None) -> None:
        """A person decides for themselves."""
        codes = {"mood": mood} | ({} if theme is None else {"theme": theme})
        assert self._decided(name, place, codes)
        segment = self.segments[place % len(self.segments)]
        self.own[segment, name] = {dimension: frozenset(c) for dimension, c in codes.items()}

    @rule(name=people, place=places)
    def retract(self, name: str, place: int) -> None:
        """A person takes their coding back."""
        assert self._decided(name, place, {}, retract=True)
        self.own.pop((self.segments[place % len(self.segments)], name), None)

    @rule(name=people, place=places, mood=moods)
    def adjudicate(self, name: str, place: int, mood: list[str]) -> None:
        """A person tries to settle a difference."""
        if self._decided(name, place, {"mood": mood}, adjudication=True):
            assert self.final[self.segments[place % len(self.segments)]]["mood"] == frozenset(mood)

    @rule(name=people, place=places)
    def withdraw(self, name: str, place: int) -> None:
        """A person withdraws what they settled."""
        self._decided(name, place, {}, retract=True, adjudication=True)

    @rule(callers=st.lists(st.sampled_from([*PEOPLE, "program"]), min_size=1, max_size=3), text=st.sampled_from(TEXTS))
    def ask(self, callers: list[str], text: str) -> None:
        """People and programs ask for suggestions, of known segments and of new ones, of documents and alone."""
        asked = (AskedSegment(text, "doc"), AskedSegment(text), AskedSegment(f"New {len(self.segments)}.", "more"))
        found: list[Person | Program] = [self.program if c == "program" else self.who[c][0] for c in callers]
        asks = [Ask("Alpha", caller, asked) for caller in found]
        for answer in suggest_many(self.world.engine, self.shelf.as_shelf, asks, self.world.now()):
            assert isinstance(answer, list)
            self._stored([a.segment_id for a in answer])

    @rule()
    def promote(self) -> None:
        """Another model serves from now on."""
        self.models += 1
        self.shelf.serving = _model(self.models)

    @rule()
    def order(self) -> None:
        """The model that serves puts the queue into an order."""
        order_queue(self.world.engine, self.shelf.as_shelf, self.project, self.world.now())

    @rule(name=people, ends=st.sampled_from(["waits", "done", "failed", "cancelled"]))
    def train(self, name: str, ends: str) -> None:
        """Someone asks for a training, which a worker does, or fails at, or which is cancelled."""
        person, now = self.who[name][0], self.world.now()
        try:
            job = start_training(self.world.engine, "Alpha", person, TrainingOptions(), now)
        except (errors.NotAllowed, errors.Conflict):
            return
        with store.writing(self.world.engine) as connection:
            held = None if ends in ("waits", "cancelled") else jobs.take(connection, now, 60)
            if held is not None:
                project = projects.find(connection, "Alpha")
                assert project is not None
                training_rows(connection, project)
                end = jobs.complete if ends == "done" else jobs.fail
                assert end(connection, held, "small-1", now)
        if ends == "cancelled":
            cancel_job(self.world.engine, job.job_id, person, now)

    @rule(number=st.integers(0, 3), name=people)
    def bring_in(self, number: int, name: str) -> None:
        """A transcript is imported, perhaps one that was before."""
        content = f"Interviewer: What happened, {number}?\nAda: {TEXTS[number % len(TEXTS)]} That was all.\n"
        upload = Upload(f"talk-{number}.txt", content.encode())
        import_upload(self.world.engine, ("Alpha", self.who[name][0]), upload, Options(), self.world.now())
        with store.reading(self.world.engine) as connection:
            project = projects.find(connection, "Alpha")
            assert project is not None
            self._stored([s.segment_id for s in documents.all_segments(connection, project)])

    @rule(number=st.integers(0, 3), given=st.sampled_from(["calm", "angry"]), mapped=people, by=people)
    def take_over(self, number: int, given: str, mapped: str, by: str) -> None:
        """A researcher takes over what people coded elsewhere, perhaps as a member's; anyone else may not."""
        text = f"Interviewer: What happened, {number}?\nAda: {TEXTS[number % len(TEXTS)]} That was all.\n"
        file = coded_file(f"coded-{number}.txt", text, {"Ada": given, "Someone": given, "": "trust"})
        said = Choices(coders={"Ada": mapped}, unselected="none", coded_by="Someone.")
        request = Request([(file, said)])
        researcher = by == "Ray"
        try:
            import_coded(self.world.engine, "Alpha", request, self.who[by][0], self.world.now())
        except errors.NotAllowed:
            assert not researcher
            return
        assert researcher
        with store.reading(self.world.engine) as connection:
            project = projects.find(connection, "Alpha")
            assert project is not None
            self._stored([s.segment_id for s in documents.all_segments(connection, project)])

    @rule()
    def take_back(self) -> None:
        """The imports that stand are withdrawn."""
        ray = self.who["Ray"][0]
        for one in list_imports(self.world.engine, "Alpha", ray):
            if not one.ended:
                withdraw_import(self.world.engine, "Alpha", one.import_id, ray, self.world.now())

    @precondition(lambda self: self.segments)
    @rule(place=places)
    def decide_as_program(self, place: int) -> None:
        """A program tries to decide: its token opens no session, and its id is no person's."""
        with store.writing(self.world.engine) as connection:
            project = projects.find(connection, "Alpha")
            assert project is not None
            secret = projects.add_token(connection, project, "eager", "suggest", self.world.now())
        assert _refused(lambda: sign_in.who(self.world.engine, secret, self.world.now()), errors.NotSignedIn)
        row = {"segment_id": self.segments[place % len(self.segments)], "coder_id": self.program.token_id}
        assert _refused(lambda: self._insert(row), sa.exc.DBAPIError)

    def _insert(self, row: dict[str, Any]) -> None:
        values = {"id": "made-up", "session_id": self.who["Ann"][1].session_id, "codebook_version": "1", **row}
        values |= {"codes": {"mood": [SUGGESTED]}, "retract": False, "adjudication": False, "memo": "", "shown": {}}
        with store.writing(self.world.engine) as connection:
            insert = tables.decisions.insert().values(**values, independent=True, advice="none", decided_at=0)
            connection.execute(insert)

    @invariant()
    def final_codings_follow_people_alone(self) -> None:
        """What is final on each segment is what the last person's decision on it left."""
        assert {segment: self.world.final(segment) for segment in self.segments} == self.final

    @invariant()
    def nothing_suggested_is_exported_as_a_coding(self) -> None:
        """Exports and lists hold the people's own codings and what is final, nothing else."""
        if not self.segments:
            return
        with store.reading(self.world.engine) as connection:
            project = projects.find(connection, "Alpha")
            assert project is not None
            known = {d.number: d.document_id for d in documents.every(connection, project)}
            at = {
                (known[s.document_number], s.position): s.segment_id
                for s in documents.all_segments(connection, project)
            }
            rows = [(at[r["document_id"], r["position"]], r) for r in _rows(connection, project)]
            taken = imports.of_segments(connection, self.segments)
        exported = {(s, r["annotator_id"], r["dimension"]): frozenset(r["codes"]) for s, r in rows}
        final = {(s, "", d): c for s, codes in self.final.items() for d, c in codes.items() if c is not None}
        own = {(s, name, d): c for (s, name), codes in self.own.items() for d, c in codes.items()}
        elsewhere = {
            (segment, self._called(coding), coding.dimension): coding.codes
            for segment, found in taken.items()
            for coding in found
        }
        elsewhere = {key: codes for key, codes in elsewhere.items() if key not in own}
        assert final | own == {key: codes for key, codes in exported.items() if key not in elsewhere}
        assert {key: exported[key] for key in elsewhere} == elsewhere
        assert SUGGESTED not in {code for codes in exported.values() for code in codes}
        listed = list_codings(self.world.engine, "Alpha", self.who["Ann"][0], None, 500).items
        assert SUGGESTED not in str([c.codes for c in listed])

    def _called(self, given: ImportedCoding) -> str:
        """Return how the export calls who coded elsewhere: as the member they are said to be, or as the file does."""
        names = {who[0].person_id: name for name, who in self.who.items()}
        return names[given.person_id] if given.person_id else given.coder or given.stated or UNNAMED

    def teardown(self) -> None:
        """Close and remove the store."""
        self.world.engine.dispose()
        self.folder.cleanup()


def _model(number: int) -> FakeSuggester:
    """Return a model that is sure of what nobody chooses."""
    return FakeSuggester(f"small-{number}", (advice("mood", "angry"), advice("theme", SUGGESTED)))


def coded_file(name: str, text: str, given: dict[str, str]) -> CodedFile:
    """Return a file in which each coder gave one code to all words."""
    codes = tuple(ForeignCode(code, (code,)) for code in dict.fromkeys(given.values()))
    codings = tuple(ForeignCoding(0, len(text), code, coder) for coder, code in given.items())
    digest = f"{name} {sorted(given.items())}"
    coders = coders_named((coder, coder) for coder in given if coder)
    return CodedFile("study.qdpx", digest, "Some tool", (ForeignDocument(name, text, codings),), codes, coders)


def _hurry(connection: Any, *_: object) -> None:
    """Don't wait for the disk: what is on it after a crash is another test's matter."""
    connection.execute("PRAGMA synchronous=OFF")


def _rows(connection: sa.Connection, project: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in export_codings.rows(connection, project, "all")]


def _refused(act: Callable[[], object], refusal: type[Exception]) -> bool:
    try:
        act()
    except refusal:
        return True
    return False


OneRule.TestCase.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestOneRule = OneRule.TestCase
