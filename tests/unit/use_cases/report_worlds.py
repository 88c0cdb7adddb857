"""A store with one project to export and report from, and short words for what people do in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.domain import codebook
from service.domain.people import Coder, Person, PersonRole
from service.domain.projects import ProjectSettings
from service.domain.suggestion import Advice, Candidate, Suggestion
from service.domain.transcript import Participant, Segment, Transcript
from service.store import documents, people, projects, suggestions
from service.store.documents import NewSegment
from service.store.engine import open_database, writing
from service.store.migrate import migrate
from service.store.suggestions import Answer
from service.use_cases.decide_coding import Choice, Request, decide

BOOK = {
    "name": "change",
    "version": 1,
    "dimensions": {
        "domain": {"codes": {"awareness": "seeing", "safety": "being safe"}},
        "level": {"codes": {"person": "one", "agency": "house", "town": "all"}},
        "theme": {
            "required": False,
            "codes": {
                "lens": {"definition": "a lens", "parent": {"domain": "awareness", "level": "person"}},
                "doors": {"definition": "doors", "parent": {"domain": "safety", "level": "agency"}},
                "loose": {"definition": "belongs nowhere"},
            },
        },
        "tone": {"select": "one", "required": False, "applies_to": ["Ana"], "codes": {"warm": "warm", "cold": "cold"}},
    },
}

PLAIN = {"feeling": {"hope": "looks ahead", "anger": "is cross"}, "topic": {"school": "lessons"}}


@dataclass(frozen=True)
class Given:
    """What a document says of itself."""

    participant: Participant | None = None
    needs: int = 1
    speaker: str = ""
    contexts: Mapping[int, str] | None = None


class ReportWorld:
    """A store with one project; time moves a second with each act."""

    def __init__(self, folder: Path, settings: ProjectSettings, book: Mapping[str, Any]) -> None:
        self.engine = open_database(f"sqlite:///{folder / 'store' / 'inkling.sqlite'}")
        migrate(self.engine)
        self.clock = 1_700_000_000.0
        self._people: dict[str, tuple[Person, Coder]] = {}
        parsed = codebook.parse(book, "book.yaml", short_name="plain")
        with writing(self.engine) as connection:
            projects.add(connection, "study", projects.add_codebook(connection, parsed, 0.0), settings, 0.0)
            found = projects.find(connection, "study")
        assert found is not None
        self.project = found

    def person(self, name: str, role: PersonRole = "coder") -> Person:
        """Add a member who is signed in."""
        with writing(self.engine) as connection:
            person = people.add(connection, name, role, "hash", self.clock)
            projects.add_member(connection, self.project, person)
            secret = people.start_session(connection, person.person_id, self.clock, 1e9)
            session = people.in_session(connection, secret, self.clock)
        assert session is not None
        self._people[name] = session
        return person

    def document(self, document_id: str, texts: Sequence[str], given: Given | None = None) -> list[str]:
        """Store a document of these segments, and return their ids."""
        given = given or Given()
        new, start = [], 0
        for position, text in enumerate(texts):
            segment = Segment(position, start, start + len(text), text, given.speaker)
            context = (given.contexts or {}).get(position, "")
            new.append(NewSegment(segment, context, given.needs, blind=False, queued=True))
            start += len(text) + 1
        with writing(self.engine) as connection:
            transcript = Transcript(document_id, "\n".join(texts), ())
            stored = documents.add(connection, self.project, document_id, transcript, self.clock)
            if given.participant is not None:
                documents.set_participant(connection, stored, given.participant.participant_id)
                documents.put_participant(connection, self.project, given.participant)
            return documents.add_segments(connection, stored, new)

    def decide(self, name: str, segment_id: str, **codes: Sequence[str]) -> None:
        """Let a person decide."""
        self._act(name, segment_id, Choice(codes))

    def settle(self, name: str, segment_id: str, **codes: Sequence[str]) -> None:
        """Let a person adjudicate."""
        self._act(name, segment_id, Choice(codes, adjudication=True))

    def retract(self, name: str, segment_id: str) -> None:
        """Let a person take their decision back."""
        self._act(name, segment_id, Choice(retract=True))

    def _act(self, name: str, segment_id: str, choice: Choice) -> None:
        self.clock += 1
        decide(self.engine, self._people[name], Request(segment_id, choice), self.clock)

    def advise(self, name: str | None, segment_id: str, model_id: str, **suggested: Sequence[str]) -> None:
        """Show a person (None: a program) a suggestion."""
        advice = tuple(
            Advice(dimension, tuple(codes), tuple(codes), False, None, (Candidate(codes[0], codes[0], 0.9, True),))
            for dimension, codes in suggested.items()
        )
        with writing(self.engine) as connection:
            person_id = None if name is None else self._people[name][0].person_id
            token_id = self._token(connection) if name is None else None
            answer = Answer(segment_id, Suggestion(model_id, advice), person_id, token_id)
            suggestions.add(connection, [answer], self.clock)

    def _token(self, connection: sa.Connection) -> str:
        secret = projects.add_token(connection, self.project, "robot", "suggest", self.clock)
        program = projects.program(connection, secret)
        assert program is not None
        return program.token_id


def _world(folder: Path, settings: ProjectSettings, book: Mapping[str, Any] = BOOK) -> Iterator[ReportWorld]:
    world = ReportWorld(folder, settings, book)
    yield world
    world.engine.dispose()


@pytest.fixture
def report_world(tmp_path: Path) -> Iterator[ReportWorld]:
    """A study with domains, levels and themes."""
    yield from _world(tmp_path, ProjectSettings())


@pytest.fixture
def report_double(tmp_path: Path) -> Iterator[ReportWorld]:
    """The same, where two people code each segment and see advice after their own choice."""
    yield from _world(tmp_path, ProjectSettings(coders_required=2, advice="after_own_choice"))


@pytest.fixture
def report_plain(tmp_path: Path) -> Iterator[ReportWorld]:
    """A study with two dimensions that have nothing to do with one another."""
    yield from _world(tmp_path, ProjectSettings(), PLAIN)
