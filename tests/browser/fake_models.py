"""The part of the stand-in for the REST API that is about models and trainings; tests move the trainings on."""

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from tests.browser.fake_state import Fake, Json, Project, Refusal

API = "/api/v1"
UNFINISHED = ("queued", "running")


def add(
    app: FastAPI, fake: Fake, person: Callable[[Fake, Request], str], project: Callable[[Fake, str, Request], Project]
) -> None:
    """Add these routes; who asks and which project they may see is for the others to say."""

    def researcher(request: Request) -> str:
        name = person(fake, request)
        if fake.people[name] != "researcher":
            raise Refusal(403, "Training is for the project's researchers.")
        return name

    def job(job_id: str, request: Request) -> Json:
        researcher(request)
        for found in fake.projects.values():
            for training in found.trainings:
                if training["job_id"] == job_id:
                    return training
        raise Refusal(404, "There is no such job.")

    @app.get(API + "/projects/{name}/models")
    def models(name: str, request: Request) -> Json:
        found, sees = project(fake, name, request).models, fake.people[person(fake, request)] == "researcher"
        hidden: Json = {} if sees else {"figures": None, "without_figures": None, "has_report": False}
        return {"items": [{**model, **hidden} for model in found], "next_cursor": None}

    @app.get(API + "/projects/{name}/models/{model_id}/comparison")
    def compare(name: str, model_id: str, request: Request) -> Json:
        researcher(request)
        if model_id in fake.comparisons:
            return fake.comparisons[model_id]
        current = next(m["model_id"] for m in project(fake, name, request).models if m["state"] == "current")
        return {"model_id": model_id, "current": current, "dimensions": compared(), "without": None}

    @app.get(API + "/projects/{name}/trainings")
    def trainings(name: str, request: Request) -> Json:
        researcher(request)
        return {"items": project(fake, name, request).trainings[::-1], "next_cursor": None}

    @app.post(API + "/projects/{name}/trainings")
    async def train(name: str, request: Request) -> JSONResponse:
        found, by = project(fake, name, request), researcher(request)
        if any(training["state"] in UNFINISHED for training in found.trainings):
            raise Refusal(409, f"Training {found.trainings[-1]['job_id']} of this project is not finished yet.")
        found.trainings.append(training(f"job-{len(found.trainings)}", by, await request.json()))
        return JSONResponse({"job_id": found.trainings[-1]["job_id"]}, 202)

    @app.get(API + "/jobs/{job_id}")
    def show(job_id: str, request: Request) -> Json:
        return job(job_id, request)

    @app.delete(API + "/jobs/{job_id}")
    def cancel(job_id: str, request: Request) -> Json:
        found = job(job_id, request)
        found.update(state="cancelled", ended_at=datetime.now(UTC).isoformat())
        return found

    @app.post(API + "/models/{model_id}/promotion")
    async def promote(model_id: str, request: Request) -> Json:
        by, body = researcher(request), await request.json()
        if fake.refuse_next is not None:
            refusal, fake.refuse_next = fake.refuse_next, None
            raise refusal
        return _serve(fake, model_id, by, body)

    @app.post(API + "/models/rollback")
    async def back(request: Request) -> Json:
        by, body = researcher(request), await request.json()
        every = [model for found in fake.projects.values() for model in found.models]
        return _serve(fake, next(model["model_id"] for model in every if model["is_previous"]), by, body)

    @app.get(API + "/models/{model_id}/report")
    def report(model_id: str) -> Response:
        return Response(f"<!doctype html><title>{model_id}</title>", media_type="text/html")


def _serve(fake: Fake, model_id: str, by: str, body: Json) -> Json:
    fake.promoted.append({"model_id": model_id, "by": by, **body})
    signed = {"by": by, "reason": body["reason"], "at": datetime.now(UTC).isoformat()}
    for model in (m for p in fake.projects.values() for m in p.models):
        model["is_previous"] = model["state"] == "current" and not model["is_previous"]
        if model["model_id"] == model_id:
            model.update(state="current", promoted=signed, is_previous=False)
        elif model["state"] == "current":
            model["state"] = "retired"
    return {"model_id": model_id, "state": "current"}


def training(job_id: str, by: str, options: Json | None = None) -> Json:
    """Return a training that waits."""
    rest = {"model_id": None, "reason": None, "started_at": None, "ended_at": None, "by": by}
    head = {"job_id": job_id, "kind": "training", "state": "queued", "progress": 0.0, "stage": ""}
    return {**head, "options": options or {}, "created_at": datetime.now(UTC).isoformat(), **rest}


def compared() -> list[Json]:
    """Return a comparison that says the candidate is better on one dimension, and leaves the other open."""
    domain = {"current": 0.71, "candidate": 0.79, "difference": 0.08, "interval": [0.05, 0.11]}
    level = {"current": 0.66, "candidate": 0.67, "difference": 0.01, "interval": [-0.03, 0.05]}
    on: Json = {"reason": "", "segments": 1240, "participants": 27}
    return [
        {"dimension": "domain", "label": "Domain", "verdict": "better", **on, "macro_f1": domain, "kappa": domain},
        {
            "dimension": "level",
            "label": "Level",
            "verdict": "no clear difference",
            **on,
            "macro_f1": level,
            "kappa": None,
        },
    ]


def apart(model_id: str, current: str) -> Json:
    """Return a comparison of two models that judged nobody in common."""
    nothing = {"verdict": "can't tell", "reason": "no segment in common", "segments": 0, "participants": 0}
    names = [{"dimension": name, "label": name.capitalize()} for name in ("domain", "level")]
    parts = [{**name, **nothing, "macro_f1": None, "kappa": None} for name in names]
    return {"model_id": model_id, "current": current, "dimensions": parts, "without": None}
