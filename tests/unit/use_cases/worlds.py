"""A store with people, projects and segments, for tests of what happens in it."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.domain import codebook, coding
from service.domain.codebook import Codebook
from service.domain.coding import Codes, Decision
from service.domain.people import Coder, Person, PersonRole, Program
from service.domain.projects import Project, ProjectSettings
from service.domain.suggestion import Suggestion
from service.store import decisions, documents, people, projects, suggestions
from service.store import engine as store
from service.store.documents import StoredSegment
from service.store.migrate import migrate
from service.use_cases.create_project import create_project
from service.use_cases.decide_coding import Choice, Request, decide
from service.use_cases.store_segments import AskedSegment, store_segments

Who = tuple[Person, Coder]

START = 1_800_000_000.0

BOOK: Codebook = codebook.parse(
    {
        "name": "small",
        "version": 1,
        "dimensions": {
            "mood": {"select": "one", "codes": {"calm": "At rest.", "angry": "Cross.", "old": {"retired": True}}},
            "theme": {
                "select": "many",
                "required": False,
                "codes": {"trust": {"definition": "Relying.", "parent": {"mood": "calm"}}, "safety": "Being safe."},
            },
            "craft": {"select": "many", "applies_to": ["interviewer"], "codes": {"asks": "Asks.", "listens": "Hears."}},
        },
    },
    "small",
    short_name="small",
)


def open_store(folder: Path) -> sa.Engine:
    """Return an empty, migrated SQLite store."""
    engine = store.open_database(f"sqlite:///{folder / 'home' / 'inkling.db'}")
    migrate(engine)
    return engine


@dataclass
class World:
    """A store and what tests do in it; time moves one second with each act."""

    engine: sa.Engine
    clock: Iterator[float] = field(default_factory=lambda: itertools.count(START))

    def now(self) -> float:
        """Return the time, and move it on."""
        return next(self.clock)

    def project(self, name: str = "Alpha", **settings: Any) -> Project:
        """Create a project; without a blind share, unless asked for."""
        return create_project(self.engine, name, BOOK, ProjectSettings(**{"blind_share": 0.0, **settings}), START)

    def person(self, name: str, role: PersonRole = "coder", *, member_of: Iterable[str] = ("Alpha",)) -> Who:
        """Add a person in a running session."""
        with store.writing(self.engine) as connection:
            person = people.add(connection, name, role, "no password", START)
            for project in member_of:
                found = projects.find(connection, project)
                assert found is not None
                projects.add_member(connection, found, person)
            secret = people.start_session(connection, person.person_id, START, 1e9)
        return self.session(secret)

    def session(self, secret: str) -> Who:
        """Return who holds a session."""
        with store.reading(self.engine) as connection:
            found = people.in_session(connection, secret, START)
        assert found is not None
        return found

    def program(self, project: str = "Alpha") -> Program:
        """Add a token of a project."""
        with store.writing(self.engine) as connection:
            found = projects.find(connection, project)
            assert found is not None
            holder = projects.program(connection, projects.add_token(connection, found, "script", "suggest", START))
        assert holder is not None
        return holder

    def put(self, asked: Sequence[AskedSegment], project: str = "Alpha") -> list[StoredSegment]:
        """Store segments as a program posts them."""
        with store.writing(self.engine) as connection:
            found = projects.find(connection, project)
            assert found is not None
            return store_segments(connection, found, asked, START)

    def segment(self, text: str = "We felt safe there.", *, speaker: str = "", project: str = "Alpha") -> str:
        """Store one segment of the document `doc` and return its id."""
        return self.put([AskedSegment(text, "doc", speaker=speaker)], project)[0].segment_id

    def decide(
        self, who: Who, segment_id: str, codes: Mapping[str, Sequence[str]] | None = None, **choice: Any
    ) -> dict[str, Any]:
        """Let a person decide; without codes and retraction, that the mood is calm."""
        key = choice.pop("key", None)
        if codes is None:
            codes = {} if choice.get("retract") else {"mood": ["calm"]}
        return decide(self.engine, who, Request(segment_id, Choice(codes, **choice), key), self.now())

    def show(self, segment_id: str, said: Suggestion, to: Person | Program) -> str:
        """Answer somebody with a suggestion and return its id."""
        person = to.person_id if isinstance(to, Person) else None
        token = to.token_id if isinstance(to, Program) else None
        with store.writing(self.engine) as connection:
            answer = suggestions.Answer(segment_id, said, person, token)
            return suggestions.add(connection, [answer], self.now())[0]

    def past(self, segment_id: str) -> list[Decision]:
        """Return a segment's decisions."""
        with store.reading(self.engine) as connection:
            return decisions.of_segment(connection, segment_id)

    def last(self, segment_id: str) -> Decision:
        """Return a segment's latest decision."""
        return self.past(segment_id)[-1]

    def final(self, segment_id: str) -> dict[str, Codes | None]:
        """Return a segment's final coding."""
        with store.reading(self.engine) as connection:
            segment = documents.segment(connection, segment_id)
            assert segment is not None
            past = decisions.of_segment(connection, segment_id)
        return coding.final_codes(past, segment.needs, BOOK.applying(segment.speaker, segment.role))

    def count(self, table: sa.Table) -> int:
        """Return how many rows a table holds."""
        with store.reading(self.engine) as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
