"""A stand-in for the REST API: it remembers in memory and invents suggestions, so that pages can be tried alone."""

import io
import json
from datetime import UTC, datetime
from hashlib import sha256

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile

from service.domain import report as reports
from service.readers import coded
from service.use_cases import report_figure
from service.web import pages
from tests.browser import fake_imports, fake_models, fake_state
from tests.browser.fake_state import Document, Fake, Json, Project, Refusal, Segment

API = "/api/v1"


def build(fake: Fake) -> FastAPI:
    """Return the application: the real pages on top of the fake API."""
    app = FastAPI()
    pages.mount(app)
    lost = pages.not_found()
    app.add_exception_handler(404, lambda _request, _error: lost())

    @app.exception_handler(Refusal)
    def refuse(_: Request, refusal: Refusal) -> JSONResponse:
        body = {
            "type": f"urn:inkling:{refusal.kind}",
            "title": "Refused",
            "status": refusal.status,
            "detail": refusal.detail,
        }
        return JSONResponse(body, refusal.status, media_type="application/problem+json")

    _sessions(app, fake)
    _projects(app, fake)
    _documents(app, fake)
    _coding(app, fake)
    fake_models.add(app, fake, _person, _project)
    fake_imports.add(app, fake, _person, _project)
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
        "order": project.order,
        "documents": len(project.documents),
        "segments": len(segments),
        "complete": sum(len(s.decisions) >= s.needs for s in segments),
        "decided": sum(person in s.decisions for s in segments),
        "open": sum(fake_state.is_open(s, person) for s in segments),
    }


def _projects(app: FastAPI, fake: Fake) -> None:
    @app.get(f"{API}/projects")
    def projects(request: Request) -> Json:
        person = _person(fake, request)
        if fake.people[person] == "admin":
            return {"items": [{"name": name, "segments": None} for name in fake.projects], "next_cursor": None}
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

    @app.patch(API + "/projects/{name}")
    async def change(name: str, request: Request) -> Json:
        found = _project(fake, name, request)
        if fake.people[_person(fake, request)] != "researcher":
            raise Refusal(403, "Changing a project is for its researchers.")
        found.order = (await request.json())["order"]
        return _described(found, _person(fake, request))

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
        drawn = report_figure.heat_map_svg(fake_state.report(_project(fake, name, request), minimum))
        return Response(drawn, media_type="image/svg+xml")

    @app.get(API + "/projects/{name}/report")
    def report(name: str, request: Request, minimum: int | None = None) -> Json:
        return reports.as_dict(fake_state.report(_project(fake, name, request), minimum))


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
        if coded.is_coded(name, io.BytesIO(body)):
            raise Refusal(422, f"{name}: this holds codings.", "coded-material")
        if not body.strip():
            raise Refusal(422, f"{name}: the file is empty.")
        interviewers = [str(name) for name in form.getlist("interviewers")]
        return fake_state.read(name, body.decode(), interviewers, project), dict(form)

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
                "complete": sum(len(s.decisions) >= s.needs for s in d.segments),
                "decided": sum(person in s.decisions for s in d.segments),
                "open": sum(fake_state.is_open(s, person) for s in d.segments),
                "to_adjudicate": sum(bool(fake_state.differs(s)) for s in d.segments),
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
        others = [d for d in found.documents.values() if d.participant_id == document.participant_id]
        notes = [
            f"{document.participant_id}: {name} was {other.attributes[name]} and is now {value}."
            for other in others
            for name, value in document.attributes.items()
            if other.attributes.get(name, value) != value
        ]
        found.documents[document.document_id] = document
        count = {"turns": len(document.turns), "segments": len(document.segments)}
        return {"document_id": document.document_id, **count, "notes": notes, "unchanged": False}

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
        "segments": [fake_state.shown(project, s, person) for s in document.segments],
    }


def _coding(app: FastAPI, fake: Fake) -> None:
    @app.get(API + "/segments/{segment_id}")
    def segment(segment_id: str, request: Request) -> Json:
        project, found = fake.segment(segment_id)
        return fake_state.shown(project, found, _person(fake, request), whole=True)

    @app.get(API + "/projects/{name}/queue")
    def queue(name: str, request: Request, limit: int = 500) -> Json:
        project, person = _project(fake, name, request), _person(fake, request)
        items: list[Json] = []
        for found in (s for d in project.documents.values() for s in d.segments):
            kind = "code" if fake_state.is_open(found, person) else "adjudicate" if fake_state.differs(found) else None
            place = {"segment_id": found.segment_id, "document_id": found.document_id, "position": found.position}
            items += [{**place, "text": found.text, "kind": kind}] if kind else []
        if project.order == "teaching":  # from one transcript to the other and back, the last segments first
            items.sort(key=lambda item: -item["position"])
        return {"items": items[:limit], "next_cursor": None}

    @app.post(f"{API}/suggestions")
    async def suggest(request: Request) -> Json:
        person, body = _person(fake, request), await request.json()
        project, asked = fake.projects[body["project"]], body["segments"][0]
        found = project.documents[asked["document_id"]].segments[asked["position"]]
        fake.suggested.append(found.segment_id)
        return {"suggestions": [fake_state.advice(project, found, person)]}

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
