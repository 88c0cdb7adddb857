"""Trainings over HTTP: who may begin one, what is told of it, and that it is one at a time."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from service.store import engine as store
from service.store import jobs, tables
from tests.fakes import SAFE, Site, Someone

CANARY = "marmalade"
TRAININGS = "/projects/alpha/trainings"


def _begin(person: Someone, body: Any = None) -> str:
    return str(person.post(TRAININGS, body, 202)["job_id"])


def _worked(site: Site, *, fails: str = "") -> None:
    """Do a job as a worker would."""
    with store.writing(site.engine) as connection:
        held = jobs.take(connection, site.clock(), 60)
        assert held is not None
        assert jobs.report(connection, held, ("encoding", 0.25), site.clock(), 60)
        if fails:
            jobs.fail(connection, held, fails, site.clock())


def test_a_researcher_begins_watches_and_cancels(site: Site) -> None:
    """202 with the job's id; its state, progress and stage; cancelled for good."""
    researcher = site.project()
    job_id = _begin(researcher)
    waiting = researcher.get(f"/jobs/{job_id}")
    assert {k: waiting[k] for k in ("job_id", "kind", "state", "progress", "stage", "by", "project")} == {
        "job_id": job_id,
        "kind": "training",
        "state": "queued",
        "progress": 0.0,
        "stage": "",
        "by": researcher.name,
        "project": "alpha",
    }
    assert [waiting[k] for k in ("model_id", "reason", "started_at", "ended_at")] == [None] * 4
    _worked(site)
    running = researcher.get(f"/jobs/{job_id}")
    assert (running["state"], running["progress"], running["stage"]) == ("running", 0.25, "encoding")
    assert running["started_at"] > running["created_at"]
    cancelled = researcher.ask("DELETE", f"/jobs/{job_id}")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert researcher.ask("DELETE", f"/jobs/{job_id}").status_code == 200
    assert researcher.get(f"/jobs/{job_id}")["ended_at"] is not None


def test_options_are_kept(site: Site) -> None:
    """What was asked for is what the worker gets; without a body the defaults hold."""
    researcher = site.project()
    left_out = {"without": ["P7", "d1"], "unadvised_only": True}
    first = _begin(researcher, {"tune": False, "budget": 15, "seed": 7, **left_out})
    kept = {"tune": False, "budget": 15.0, "steps": None, "seed": 7, **left_out}
    assert researcher.get(f"/jobs/{first}")["options"] == kept
    researcher.ask("DELETE", f"/jobs/{first}")
    answer = researcher.ask("POST", TRAININGS)
    assert answer.status_code == 202
    plain = researcher.get(f"/jobs/{answer.json()['job_id']}")["options"]
    assert plain == {"tune": None, "budget": None, "steps": None, "seed": 0, "without": [], "unadvised_only": False}


@pytest.mark.parametrize(
    "body",
    [
        {"budget": 1, "steps": 10},
        {"budget": 0},
        {"steps": 0},
        {"without": "P7"},
        {"without": [""]},
        {"without": [7]},
        {"without": ["P7"] * 1001},
        {"unadvised_only": "yes"},
        {"seed": -1},
        {"tune": "yes"},
        {"text": CANARY},
        {CANARY: 1},
        [],
    ],
)
def test_options_that_cannot_be_are_refused(site: Site, body: Any) -> None:
    """422, without a word of what was sent, and nothing waits."""
    researcher = site.project()
    answer = researcher.ask("POST", TRAININGS, json=body)
    assert answer.status_code == 422
    assert CANARY not in answer.text
    assert researcher.get(TRAININGS)["items"] == []


def test_a_second_training_is_refused_by_the_firsts_name(site: Site) -> None:
    """One unfinished training in a project; the other project has its own."""
    researcher = site.project()
    first = _begin(researcher)
    again = researcher.ask("POST", TRAININGS, json={})
    assert again.status_code == 409
    assert first in again.json()["detail"]
    _worked(site, fails="There are no final codings.")
    assert _begin(researcher) != first
    other = site.project("beta")
    assert other.ask("POST", "/projects/beta/trainings", json={}).status_code == 202


def test_what_has_ended_cannot_be_cancelled(site: Site) -> None:
    """409, and the reason for which it failed stays."""
    researcher = site.project()
    job_id = _begin(researcher)
    _worked(site, fails="There are no final codings.")
    assert researcher.ask("DELETE", f"/jobs/{job_id}").status_code == 409
    shown = researcher.get(f"/jobs/{job_id}")
    assert (shown["state"], shown["reason"]) == ("failed", "There are no final codings.")


def _everything(someone: Someone, job_id: str) -> list[int]:
    asked = [
        someone.ask("POST", TRAININGS, json={}),
        someone.ask("GET", TRAININGS),
        someone.ask("GET", f"/jobs/{job_id}"),
        someone.ask("DELETE", f"/jobs/{job_id}"),
    ]
    return [answer.status_code for answer in asked]


def test_training_is_for_the_projects_researchers(site: Site) -> None:
    """Strangers 401, programs and coders of the project 403, everybody else 404; the job goes on."""
    researcher = site.project()
    job_id = _begin(researcher)
    assert _everything(site.nobody, job_id) == [401] * 4
    assert _everything(site.program(), job_id) == [403] * 4
    assert _everything(site.person("Ada", member_of=("alpha",)), job_id) == [403] * 4
    assert _everything(site.person("Jo", "adjudicator", member_of=("alpha",)), job_id) == [403] * 4
    assert _everything(site.person("Ben"), job_id) == [404] * 4
    assert _everything(site.person("Other", "researcher"), job_id) == [404] * 4
    assert _everything(site.person("Root", "admin"), job_id) == [404] * 4
    assert researcher.get(f"/jobs/{job_id}")["state"] == "queued"


def test_another_researcher_of_the_project_may_cancel(site: Site) -> None:
    """A training is the project's, not its beginner's."""
    job_id = _begin(site.project())
    second = site.person("Second", "researcher", member_of=("alpha",))
    assert second.ask("DELETE", f"/jobs/{job_id}").json()["state"] == "cancelled"


def test_unknown_jobs_are_not_found(site: Site) -> None:
    """Nor is an id that can't be one."""
    researcher = site.project()
    for job_id in ("none", "0" * 24):
        assert researcher.ask("GET", f"/jobs/{job_id}").status_code == 404
        assert researcher.ask("DELETE", f"/jobs/{job_id}").status_code == 404
    assert researcher.ask("GET", "/jobs/a.b").status_code == 422


def test_trainings_are_listed_newest_first_by_the_page(site: Site) -> None:
    """A cursor leads to those before; other projects' are not among them."""
    researcher = site.project()
    begun = []
    for _ in range(3):
        begun.append(_begin(researcher))
        researcher.ask("DELETE", f"/jobs/{begun[-1]}")
    first = researcher.get(f"{TRAININGS}?limit=2")
    rest = researcher.get(f"{TRAININGS}?limit=2&cursor={first['next_cursor']}")
    assert [job["job_id"] for job in first["items"] + rest["items"]] == begun[::-1]
    assert rest["next_cursor"] is None


def test_neither_row_nor_answer_holds_text(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is coded in the project, a job says nothing of it, nor does the log."""
    researcher = site.project()
    said = researcher.suggest("alpha", {"document_id": "d", "text": f"The {CANARY} stood in the locked room."})
    researcher.decide(said[0]["segment_id"], SAFE, memo=CANARY)
    job_id = _begin(researcher)
    _worked(site)
    with store.reading(site.engine) as connection:
        assert CANARY not in str(connection.execute(sa.select(tables.jobs)).all())
    assert CANARY not in str(researcher.get(f"/jobs/{job_id}"))
    assert CANARY not in caplog.text


def test_no_training_moves_a_final_coding(site: Site) -> None:
    """Begun, done or cancelled, the project's final codings stay as people left them."""
    researcher = site.project()
    (said,) = researcher.suggest("alpha", {"document_id": "d", "text": "We ask before we begin."})
    researcher.decide(said["segment_id"], SAFE)
    before = researcher.get("/projects/alpha/codings")
    job_id = _begin(researcher)
    _worked(site)
    researcher.ask("DELETE", f"/jobs/{job_id}")
    assert researcher.get("/projects/alpha/codings") == before


def test_what_others_decided_does_not_show_in_a_job(sites: Callable[..., Site]) -> None:
    """Two worlds with opposite decisions on segments that are open to the researcher answer the same."""
    answers = []
    for name, codes in (("one", SAFE), ("two", {**SAFE, "domain": ["awareness"]})):
        site = sites(name)
        researcher = site.project(coders_required=2)
        ada = site.person("Ada", member_of=("alpha",))
        (said,) = ada.suggest("alpha", {"document_id": "d", "text": "We ask before we begin."})
        ada.decide(said["segment_id"], codes)
        job_id = _begin(researcher)
        _worked(site)
        told = [researcher.get(f"/jobs/{job_id}"), researcher.get(TRAININGS)["items"][0]]
        answers.append([{k: v for k, v in job.items() if k != "job_id" and not k.endswith("_at")} for job in told])
    assert answers[0] == answers[1]
