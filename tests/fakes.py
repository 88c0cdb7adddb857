"""A running service with people in it, for tests that go through HTTP; no weights, no network."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from httpx2 import Response
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from service.app import create_app
from service.domain.people import PersonRole
from service.settings import Settings
from service.store import engine as store
from service.store import people, projects

PASSWORD = "a password for tests"
#: argon2id at its cheapest, so that signing in takes no time in tests.
CHEAP_HASH = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)).hash(PASSWORD)

ADDRESS = "http://127.0.0.1:8000"
START = 1_800_000_000.0

BOOK: Mapping[str, Any] = {
    "name": "tiny",
    "version": 1,
    "dimensions": {
        "domain": {
            "select": "many",
            "codes": {"awareness": "Knowing what trauma does.", "safety": "Feeling safe and protected here."},
        },
        "level": {
            "select": "one",
            "codes": {"facilitator": "What one facilitator does.", "organization": "What the organization does."},
        },
        "craft": {"required": False, "applies_to": ["interviewer"], "codes": {"asks": "An open question."}},
    },
}

#: What a coder sends to name both required dimensions.
SAFE = {"domain": ["safety"], "level": ["facilitator"]}
AWARE = {"domain": ["awareness"], "level": ["organization"]}

INTERVIEW = """Interviewer: How do you begin a session?

Participant: We sit in a circle and everyone says how they are, and nobody has to speak.

Interviewer: What changed for you?

Participant: I notice sooner when somebody needs a pause, and I ask before I stand near them.

Participant: My manager gave us time for it, which the organization had never done before.
"""


@dataclass
class Someone:
    """A person in a session, or a program with a token, who makes requests."""

    client: TestClient
    headers: Mapping[str, str]
    name: str = ""

    def ask(self, method: str, path: str, **options: Any) -> Response:
        """Make a request to the REST API."""
        self.client.cookies.clear()
        headers = {**self.headers, **options.pop("headers", {})}
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        answer: Response = self.client.request(method, address, headers=headers, **options)
        self.client.cookies.clear()
        return answer

    def get(self, path: str, **options: Any) -> Any:
        """Return the JSON of an answer that must be good."""
        answer = self.ask("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, status: int = 201, **options: Any) -> Any:
        """Return the JSON of an answer that must have this status."""
        answer = self.ask("POST", path, json=body, **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def suggest(self, project: str, *segments: Mapping[str, Any], status: int = 200) -> Any:
        """Ask for suggestions, and return them."""
        answer = self.post("/suggestions", {"project": project, "segments": list(segments)}, status)
        return answer["suggestions"] if status == 200 else answer

    def decide(self, segment_id: str, codes: Mapping[str, Any], status: int = 201, **rest: Any) -> Any:
        """Decide on a segment."""
        return self.post(f"/segments/{segment_id}/decisions", {"codes": codes, **rest}, status)

    def bring(self, project: str, name: str, text: str = INTERVIEW, **form: Any) -> Response:
        """Import a transcript."""
        files = {"file": (name, text.encode(), "text/plain")}
        return self.ask("POST", f"/projects/{project}/documents", files=files, data=form, headers={"Origin": ADDRESS})


@dataclass
class Site:
    """A service that runs, its time in our hands."""

    settings: Settings
    app: FastAPI
    client: TestClient
    clock: "Clock"
    _names: Iterator[int] = field(default_factory=itertools.count)

    @property
    def engine(self) -> sa.Engine:
        """The store."""
        engine: sa.Engine = self.app.state.inkling.engine
        return engine

    @property
    def nobody(self) -> Someone:
        """Someone who has not signed in."""
        return Someone(self.client, {})

    def person(self, name: str, role: PersonRole = "coder", *, member_of: tuple[str, ...] = ()) -> Someone:
        """Add a person, and sign them in."""
        with store.writing(self.engine) as connection:
            added = people.add(connection, name, role, CHEAP_HASH, self.clock())
            for project in member_of:
                found = projects.find(connection, project)
                assert found is not None
                projects.add_member(connection, found, added)
        return self.sign_in(name)

    def sign_in(self, name: str) -> Someone:
        """Sign in over HTTP."""
        answer = self.nobody.ask("POST", "/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return Someone(self.client, {"Cookie": answer.headers["set-cookie"].partition(";")[0]}, name)

    def project(self, name: str = "alpha", **settings: Any) -> Someone:
        """Create a project without a blind share, unless asked for; return its researcher."""
        researcher = self.person(f"researcher {next(self._names)}", "researcher")
        researcher.post("/projects", {"name": name, "codebook": BOOK, "blind_share": 0.0, **settings})
        return researcher

    def program(self, project: str = "alpha") -> Someone:
        """Return a program that holds a token of a project."""
        with store.writing(self.engine) as connection:
            found = projects.find(connection, project)
            assert found is not None
            token = projects.add_token(connection, found, "a program", "suggest", self.clock())
        return Someone(self.client, {"Authorization": f"Bearer {token}"})


@dataclass
class Clock:
    """Time that stands still until it is moved."""

    time: float = START

    def __call__(self) -> float:
        """Return the time."""
        self.time += 0.001
        return self.time


def open_site(folder: Path, **settings: Any) -> tuple[Site, TestClient]:
    """Return a service over an empty store; enter the client to start it."""
    given = {"home": folder / "home", "models": folder / "models", "encoder": "hashing", "batch_wait_ms": 0}
    chosen, clock = Settings(**{**given, **settings}), Clock()
    app = create_app(chosen, clock)
    client = TestClient(app, base_url=ADDRESS)
    return Site(chosen, app, client, clock), client
