"""A stand-in for the REST API: it remembers in memory and invents suggestions, so that pages can be tried alone.

It holds to the shapes of the API only as far as the pages use them. Tests change its state directly.
"""

import json
import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile

from service.domain import codebook as codebooks
from service.domain import report as reports
from service.use_cases import report_figure
from service.web import pages

_DATA = Path(__file__).parents[2] / "data"
API = "/api/v1"
Json = dict[str, Any]

#: What the model keeps quiet about, by the remainder of the position divided by seven.
REASONS = {3: "too_short", 5: "unfamiliar"}


@dataclass
class Segment:
    """A segment and what people decided on it."""

    segment_id: str
    document_id: str
    position: int
    start: int
    end: int
    text: str
    speaker: str
    needs: int = 1
    decisions: dict[str, Json] = field(default_factory=dict)
    adjudication: Json | None = None


@dataclass
class Document:
    """An imported transcript."""

    document_id: str
    text: str
    turns: list[Json]
    segments: list[Segment]
    participant_id: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    content_note: str = ""


@dataclass
class Project:
    """A project, its settings and its transcripts."""

    name: str
    codebook: Json
    advice: str = "always"
    coders_required: int = 1
    double_share: float = 1.0
    blind_share: float = 0.1
    members: list[str] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    model: Json | None = None


class Refusal(Exception):
    """An answer of problem+json."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def starter() -> Json:
    """Return the starter codebook in its full form."""
    path = _DATA / "codebooks" / "trauma-informed-practice.yaml"
    return codebooks.as_dict(codebooks.parse(yaml.safe_load(path.read_text()), path.name, short_name="starter"))


def read(document_id: str, text: str, interviewers: list[str], project: str = "") -> Document:
    """Read `Speaker: text` paragraphs, one segment for about every two sentences."""
    turns: list[Json] = []
    segments: list[Segment] = []
    canonical = ""
    for paragraph in filter(None, re.split(r"\n\s*\n", text)):
        name, _, said = paragraph.strip().partition(":")
        said = " ".join(said.split())
        role = "interviewer" if name in interviewers else "participant"
        start = len(canonical)
        canonical += said + "\n\n"
        turns.append({"speaker": name, "role": role, "start": start, "end": start + len(said)})
        for piece in re.finditer(r"\S.*?[.!?](?=\s|$)(?:\s+\S.*?[.!?](?=\s|$))?", said):
            if role == "participant":
                place = len(segments)
                span = (start + piece.start(), start + piece.end())
                key = sha256(f"{project}/{document_id}/{place}".encode()).hexdigest()[:12]
                segments.append(Segment(key, document_id, place, *span, piece.group(), name))
    return Document(document_id, canonical, turns, segments, Path(document_id).stem)


class Fake:
    """The state behind the API."""

    def __init__(self) -> None:
        self.people = {"Ada": "researcher", "Ben": "coder", "Cleo": "adjudicator", "Root": "admin"}
        self.sessions: dict[str, str] = {}
        self.projects: dict[str, Project] = {}
        self.suggested: list[str] = []
        self.keys: dict[str, Json] = {}
        self.decided: list[Json] = []
        self.refuse_next: Refusal | None = None

    def add_project(self, name: str, **settings: Any) -> Project:
        """Add a project with the starter codebook whose members are everyone."""
        model = {"model_id": "starter-2f61", "on_invented_text": True, "method": "linear heads on a frozen encoder"}
        project = Project(name, starter(), model=model, members=["Ada", "Ben", "Cleo"])
        for key, value in settings.items():
            setattr(project, key, value)
        self.projects[name] = project
        return project

    def add_interview(self, project: Project, document_id: str = "interview-c.txt") -> Document:
        """Import the invented interview that is part of the repository."""
        text = (_DATA / "transcripts" / "interview-c.txt").read_text()
        document = read(document_id, text, ["Ruth"], project.name)
        document.attributes = {"organisation": "Open Door Settlement Services", "region": "newcomer"}
        for segment in document.segments:
            segment.needs = project.coders_required
        project.documents[document_id] = document
        return document

    def segment(self, segment_id: str) -> tuple[Project, Segment]:
        """Find a segment by its id."""
        for project in self.projects.values():
            for document in project.documents.values():
                for segment in document.segments:
                    if segment.segment_id == segment_id:
                        return project, segment
        raise Refusal(404, "There is no such segment.")


def is_open(segment: Segment, person: str) -> bool:
    """Say whether the segment waits for this person."""
    return person not in segment.decisions and len(segment.decisions) < segment.needs


def differs(segment: Segment) -> list[str]:
    """Return the dimensions in which its coders differ."""
    if len(segment.decisions) < segment.needs or segment.adjudication:
        return []
    names = {d for decision in segment.decisions.values() for d in decision["codes"]}
    sets = {d: {tuple(sorted(x["codes"].get(d, ["?"]))) for x in segment.decisions.values()} for d in names}
    return sorted(d for d, found in sets.items() if len(found) > 1)


def shown(project: Project, segment: Segment, person: str, *, whole: bool = False) -> Json:
    """Return a segment as the API gives it to a person."""
    opened = is_open(segment, person)
    own = segment.decisions.get(person)
    others = [p for p in segment.decisions if p != person]
    out: Json = {
        "segment_id": segment.segment_id,
        "document_id": segment.document_id,
        "position": segment.position,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
        "speaker": segment.speaker,
        "role": "participant",
        "dimensions": list(project.codebook["dimensions"]),
        "needs": segment.needs,
        "open": opened,
        "own": own and {"codes": own["codes"], "memo": own["memo"], "decided_at": own["decided_at"], "advice": "none"},
        "own_adjudication": None,
        "decided_by_others": bool(others),
    }
    if whole:
        listed = [
            {"person": p, "codes": d["codes"], "memo": d["memo"], "adjudication": False, "decided_at": d["decided_at"]}
            for p, d in segment.decisions.items()
        ]
        out |= {"codings": [] if opened else listed, "differs": [] if opened else differs(segment), "final": {}}
    return out


def advice(project: Project, segment: Segment, person: str) -> Json:
    """Invent a suggestion, the same each time for a segment."""
    draw = random.Random(segment.segment_id)
    decided = person in segment.decisions
    withheld = project.advice == "never" or (project.advice == "after_own_choice" and not decided)
    reason = "withheld" if withheld or segment.position % 7 == 6 else REASONS.get(segment.position % 7)
    return {
        "suggestion_id": f"s-{segment.segment_id}",
        "segment_id": segment.segment_id,
        "status": "needs human decision",
        "model_id": "starter-2f61",
        "dimensions": [_dimension(draw, d, raw, reason, segment) for d, raw in project.codebook["dimensions"].items()],
    }


def _dimension(draw: random.Random, name: str, raw: Json, reason: str | None, segment: Segment) -> Json:
    silent = reason == "withheld"
    codes = [(code, c["label"]) for code, c in raw["codes"].items()]
    draw.shuffle(codes)
    lead = draw.uniform(0.55, 0.93)
    weights = [lead * draw.uniform(0.2, 0.5) ** place for place in range(len(codes))]
    candidates = [
        {"code": code, "label": text, "probability": round(min(w, 0.97), 4), "in_candidate_set": w > 0.2}
        for i, ((code, text), w) in enumerate(zip(codes, weights, strict=True))
    ]
    best = [c["code"] for c in candidates[:1] if name != "theme"]
    words = [w.strip(".,?!") for w in segment.text.split() if len(w) > 5][:4]
    evidence = {
        "text": "We rewrote the form so that nobody has to tell her story twice at the counter.",
        "document_id": "interview-a.docx",
        "codes": best,
        "similarity": 0.83,
        "origin": "synthetic",
    }
    return {
        "dimension": name,
        "suggested": [] if reason else best,
        "best": [] if silent else best,
        "abstained": reason is not None,
        "reason": reason,
        "candidates": [] if silent else candidates,
        "words": [] if silent else [{"text": w, "weight": 0.4 - 0.3 * i} for i, w in enumerate(words)],
        "evidence": [] if silent or not best else [evidence],
    }


def build(fake: Fake) -> FastAPI:
    """Return the application: the real pages on top of the fake API."""
    app = FastAPI()
    pages.mount(app)

    @app.exception_handler(Refusal)
    def refuse(_: Request, refusal: Refusal) -> JSONResponse:
        body = {"type": "about:blank", "title": "Refused", "status": refusal.status, "detail": refusal.detail}
        return JSONResponse(body, refusal.status, media_type="application/problem+json")

    _sessions(app, fake)
    _projects(app, fake)
    _documents(app, fake)
    _coding(app, fake)
    return app


def _person(fake: Fake, request: Request) -> str:
    name = fake.sessions.get(request.cookies.get("inkling_session", ""))
    if name is None:
        raise Refusal(401, "Sign in first.")
    return name


def _sessions(app: FastAPI, fake: Fake) -> None:
    def described(name: str) -> Json:
        role = fake.people[name]
        rank = ["coder", "adjudicator", "researcher"].index(role) if role != "admin" else -1
        rights = {"decide": rank >= 0, "adjudicate": rank >= 1, "research": rank >= 2}
        return {"name": name, "role": role, "rights": {**rights, "promote": rank >= 2, "administer": role == "admin"}}

    @app.get(f"{API}/session")
    def current(request: Request) -> Json:
        return described(_person(fake, request))

    @app.post(f"{API}/session")
    async def sign_in(request: Request) -> JSONResponse:
        given = await request.json()
        if given["name"] not in fake.people or given["password"] != "paper":
            raise Refusal(401, "Name or password is wrong.")
        token = sha256(f"{given['name']}{len(fake.sessions)}".encode()).hexdigest()
        fake.sessions[token] = given["name"]
        answer = JSONResponse(described(given["name"]))
        answer.set_cookie("inkling_session", token, httponly=True, samesite="strict")
        return answer

    @app.delete(f"{API}/session")
    def sign_out(request: Request) -> Response:
        fake.sessions.pop(request.cookies.get("inkling_session", ""), None)
        return Response(status_code=204)


def _described(project: Project, person: str) -> Json:
    segments = [s for d in project.documents.values() for s in d.segments]
    return {
        "name": project.name,
        "codebook": project.codebook["name"],
        "coders_required": project.coders_required,
        "double_share": project.double_share,
        "advice": project.advice,
        "blind_share": project.blind_share,
        "documents": len(project.documents),
        "segments": len(segments),
        "decided": sum(person in s.decisions for s in segments),
        "open": sum(is_open(s, person) for s in segments),
    }


def _projects(app: FastAPI, fake: Fake) -> None:
    @app.get(f"{API}/projects")
    def projects(request: Request) -> Json:
        person = _person(fake, request)
        mine = [p for p in fake.projects.values() if person in p.members]
        return {"items": [_described(p, person) for p in mine], "next_cursor": None}

    @app.post(f"{API}/projects", status_code=201)
    async def create(request: Request) -> Json:
        person = _person(fake, request)
        body = await request.json()
        if body["name"] in fake.projects:
            raise Refusal(409, "There is a project of this name already.")
        if body.get("codebook_text") == "broken":
            raise Refusal(422, "book.yaml: a codebook is a mapping with name, version and dimensions.")
        settings = {k: body[k] for k in ("advice", "coders_required", "double_share", "blind_share") if k in body}
        project = fake.add_project(body["name"], **settings, members=[person])
        return _described(project, person)

    @app.get(API + "/projects/{name}")
    def project(name: str, request: Request) -> Json:
        found = _project(fake, name, request)
        members = [{"name": m, "role": fake.people[m]} for m in found.members]
        extra = {"codebook": found.codebook, "members": members, "model": found.model}
        return {**_described(found, _person(fake, request)), **extra}

    @app.post(API + "/projects/{name}/members", status_code=204)
    async def member(name: str, request: Request) -> Response:
        found = _project(fake, name, request)
        person = (await request.json())["person"]
        if person not in fake.people:
            raise Refusal(422, "There is nobody of this name.")
        found.members.append(person)
        return Response(status_code=204)

    @app.get(API + "/projects/{name}/report.svg")
    def picture(name: str, request: Request, minimum: int | None = None) -> Response:
        drawn = report_figure.heat_map_svg(_report(_project(fake, name, request), minimum))
        return Response(drawn, media_type="image/svg+xml")

    @app.get(API + "/projects/{name}/report")
    def report(name: str, request: Request, minimum: int | None = None) -> Json:
        return reports.as_dict(_report(_project(fake, name, request), minimum))


def _report(project: Project, minimum: int | None) -> reports.Report:
    """Return a report of codings that nobody made, of thirty participants."""
    book = codebooks.parse(project.codebook, "book", short_name="starter")
    draw = random.Random(7)
    themes = [code.parent for code in book.dimension("theme").codes]
    segments = []
    for number in range(260 if project.documents else 0):
        parent, who = draw.choice(themes + themes[:3] * 6 + themes[7:10] * 4), draw.randrange(30)
        chosen = [code.id for code in book.dimension("theme").codes if dict(code.parent) == dict(parent)]
        codes = {"domain": {parent["domain"]}, "level": {parent["level"]}, "theme": set(chosen[: number % 3])}
        segments.append(reports.FinalSegment(f"P{who}", f"O{who % 14}", {k: frozenset(v) for k, v in codes.items()}))
    return reports.build(book, segments, minimum)


def _project(fake: Fake, name: str, request: Request) -> Project:
    person = _person(fake, request)
    found = fake.projects.get(name)
    if found is None or person not in found.members:
        raise Refusal(404, "There is no such project.")
    return found


def _documents(app: FastAPI, fake: Fake) -> None:
    async def upload(request: Request, project: str) -> tuple[Document, Json]:
        async with request.form() as form:
            file = form["file"]
            assert isinstance(file, UploadFile)
            name, body = str(file.filename), await file.read()
        if not body.strip():
            raise Refusal(422, f"{name}: the file is empty.")
        interviewers = [str(name) for name in form.getlist("interviewers")]
        return read(name, body.decode(), interviewers, project), dict(form)

    @app.get(API + "/projects/{name}/documents")
    def documents(name: str, request: Request) -> Json:
        found, person = _project(fake, name, request), _person(fake, request)
        items = [
            {
                "document_id": d.document_id,
                "participant_id": d.participant_id,
                "attributes": d.attributes,
                "imported": True,
                "segments": len(d.segments),
                "decided": sum(person in s.decisions for s in d.segments),
                "open": sum(is_open(s, person) for s in d.segments),
                "to_adjudicate": sum(bool(differs(s)) for s in d.segments),
                "content_note": d.content_note,
            }
            for d in found.documents.values()
        ]
        return {"items": items, "next_cursor": None}

    @app.post(API + "/projects/{name}/previews")
    async def preview(name: str, request: Request) -> Json:
        _project(fake, name, request)
        document, _ = await upload(request, name)
        segments = [{"position": s.position, "start": s.start, "end": s.end, "text": s.text} for s in document.segments]
        head: Json = {"document_id": document.document_id, "text": document.text, "notes": []}
        return {**head, "turns": document.turns, "segments": segments}

    @app.post(API + "/projects/{name}/documents", status_code=201)
    async def store(name: str, request: Request) -> Json:
        found = _project(fake, name, request)
        document, form = await upload(request, name)
        if document.document_id in found.documents:
            raise Refusal(409, f"{document.document_id}: another text is stored under this name.")
        document.participant_id = form.get("participant_id") or document.participant_id
        document.attributes = json.loads(form.get("attributes") or "{}")
        found.documents[document.document_id] = document
        count = {"turns": len(document.turns), "segments": len(document.segments)}
        return {"document_id": document.document_id, **count, "notes": [], "unchanged": False}

    @app.get(API + "/projects/{name}/documents/{document_id:path}")
    def one(name: str, document_id: str, request: Request) -> Json:
        return _document(fake, name, document_id, request)

    @app.patch(API + "/projects/{name}/documents/{document_id:path}")
    async def change(name: str, document_id: str, request: Request) -> Json:
        document = _project(fake, name, request).documents[document_id]
        for key, value in (await request.json()).items():
            setattr(document, key, value)
        return _document(fake, name, document_id, request)


def _document(fake: Fake, name: str, document_id: str, request: Request) -> Json:
    project, person = _project(fake, name, request), _person(fake, request)
    document = project.documents.get(document_id)
    if document is None:
        raise Refusal(404, "There is no such transcript.")
    return {
        "document_id": document_id,
        "participant_id": document.participant_id,
        "attributes": document.attributes,
        "content_note": document.content_note,
        "text": document.text,
        "turns": document.turns,
        "segments": [shown(project, s, person) for s in document.segments],
    }


def _coding(app: FastAPI, fake: Fake) -> None:
    @app.get(API + "/segments/{segment_id}")
    def segment(segment_id: str, request: Request) -> Json:
        project, found = fake.segment(segment_id)
        return shown(project, found, _person(fake, request), whole=True)

    @app.get(API + "/projects/{name}/queue")
    def queue(name: str, request: Request) -> Json:
        project, person = _project(fake, name, request), _person(fake, request)
        items = []
        for found in (s for d in project.documents.values() for s in d.segments):
            kind = "code" if is_open(found, person) else "adjudicate" if differs(found) else None
            place = {"segment_id": found.segment_id, "document_id": found.document_id, "position": found.position}
            items += [{**place, "text": found.text, "kind": kind}] if kind else []
        return {"items": items, "next_cursor": None}

    @app.post(f"{API}/suggestions")
    async def suggest(request: Request) -> Json:
        person, body = _person(fake, request), await request.json()
        project, asked = fake.projects[body["project"]], body["segments"][0]
        found = project.documents[asked["document_id"]].segments[asked["position"]]
        fake.suggested.append(found.segment_id)
        return {"suggestions": [advice(project, found, person)]}

    @app.post(API + "/segments/{segment_id}/decisions", status_code=201)
    async def decide(segment_id: str, request: Request) -> Json:
        person, body = _person(fake, request), await request.json()
        _, found = fake.segment(segment_id)
        if fake.refuse_next is not None:
            refusal, fake.refuse_next = fake.refuse_next, None
            raise refusal
        return _decide(fake, found, person, body, request.headers.get("idempotency-key", ""))


def _decide(fake: Fake, found: Segment, person: str, body: Json, key: str) -> Json:
    if key in fake.keys:
        return fake.keys[key]
    now = datetime.now(UTC).isoformat()
    fake.decided.append({"person": person, "position": found.position, "key": key, **body})
    coding = {"codes": body.get("codes", {}), "memo": body.get("memo", ""), "decided_at": now}
    if body.get("adjudication"):
        found.adjudication = coding
    elif body.get("retract"):
        found.decisions.pop(person, None)
    else:
        found.decisions[person] = coding
    head = {"decision_id": f"d-{len(fake.decided)}", "segment_id": found.segment_id, "person": person}
    fake.keys[key] = {**head, "codes": coding["codes"], "decided_at": now, "final": {}}
    return fake.keys[key]


def example() -> Fake:
    """Return a state to look at: projects under way, to settle, and empty."""
    fake = Fake()
    harbour = fake.add_project("Harbour interviews")
    first = fake.add_interview(harbour)
    first.content_note = "Speaks of violence at home and of children who witness it."
    for segment, domain, level in zip(
        first.segments[:6], ["awareness"] * 3 + ["competency"] * 3, ["facilitator"] * 6, strict=True
    ):
        segment.decisions["Ada"] = coding_of({"domain": [domain], "level": [level]})
    first.segments[0].decisions["Ada"] = coding_of({"domain": [], "level": []})
    fake.add_interview(harbour, "interview-d.txt")
    choice = fake.add_project("Own choice first", advice="after_own_choice")
    fake.add_interview(choice)
    pair = fake.add_project("Two coders", coders_required=2)
    _differ(fake.add_interview(pair))
    fake.add_project("Nothing yet")
    return fake


def coding_of(codes: dict[str, list[str]], memo: str = "") -> Json:
    return {"codes": codes, "memo": memo, "decided_at": datetime.now(UTC).isoformat()}


def _differ(document: Document) -> None:
    memo = "She tells it as a change in herself, not in the agency."
    for segment in document.segments[6:9]:
        segment.decisions["Ben"] = coding_of({"domain": ["awareness"], "level": ["facilitator"]}, memo)
        segment.decisions["Ada"] = coding_of({"domain": ["awareness", "competency"], "level": ["facilitator"]})
