"""What programs and each role may do."""

import pytest

from tests.fakes import SAFE, Site

TEXT = "We ask before we begin, and nobody has to answer."


def test_an_admin_gives_a_token_which_is_shown_once(site: Site) -> None:
    """Only its hash is kept; the list has no secrets."""
    site.project()
    admin = site.person("Root", "admin")
    given = admin.post("/projects/alpha/tokens", {"name": "importer", "scope": "suggest"})
    assert given["name"] == "importer"
    assert len(given["token"]) >= 40
    listed = admin.get("/projects/alpha/tokens")["items"]
    assert [(t["name"], t["scope"], t["active"]) for t in listed] == [("importer", "suggest", True)]
    assert given["token"] not in str(listed)
    answer = site.nobody.ask(
        "POST",
        "/suggestions",
        json={"project": "alpha", "segments": [{"text": TEXT}]},
        headers={"Authorization": f"Bearer {given['token']}"},
    )
    assert answer.status_code == 200
    assert admin.ask("POST", "/projects/alpha/tokens", json={"name": "x", "scope": "decide"}).status_code == 422
    assert admin.ask("POST", "/projects/none/tokens", json={"name": "x"}).status_code == 404


def test_a_program_asks_for_suggestions_of_its_own_project_only(site: Site) -> None:
    """Another project is not found, and texts, people and queues are not a program's to read."""
    site.project()
    site.project("beta")
    program = site.program()
    (said,) = program.suggest("alpha", {"text": TEXT})
    assert said["status"] == "needs human decision"
    program.suggest("beta", {"text": TEXT}, status=404)
    assert program.get("/models")["items"] != []
    assert program.get("/projects/alpha/codings") == {"items": [], "next_cursor": None}
    assert program.ask("GET", "/projects/beta/codings").status_code == 404
    for path in (
        "/session",
        "/projects",
        "/projects/alpha",
        "/projects/alpha/queue",
        "/projects/alpha/documents",
        "/projects/alpha/export",
        "/projects/alpha/report",
        f"/segments/{said['segment_id']}",
        "/people",
        "/projects/alpha/tokens",
    ):
        answer = program.ask("GET", path)
        assert answer.status_code == 403, path
        assert answer.json()["type"] == "urn:inkling:persons-only"
    for path in ("/projects", "/people", "/projects/alpha/members", f"/segments/{said['segment_id']}/decisions"):
        assert program.ask("POST", path, json={}).status_code in (403, 422), path


def test_a_program_learns_final_codings_only_where_nobody_can_still_decide(site: Site) -> None:
    """While a segment is open to anyone, a token could carry others' decisions to them."""
    site.project(coders_required=2)
    ada, grace = (site.person(name, member_of=("alpha",)) for name in ("Ada", "Grace"))
    program = site.program()
    segment = ada.suggest("alpha", {"document_id": "d", "text": TEXT})[0]["segment_id"]
    ada.decide(segment, SAFE)
    assert program.get("/projects/alpha/codings")["items"] == []
    grace.decide(segment, SAFE)
    assert [c["codes"] for c in program.get("/projects/alpha/codings")["items"]] == [SAFE]


@pytest.mark.parametrize(
    ("role", "projects", "members", "people"),
    [("coder", 403, 403, 403), ("adjudicator", 403, 403, 403), ("researcher", 201, 204, 403), ("admin", 201, 204, 201)],
)
def test_each_role_may_what_it_may(site: Site, role: str, projects: int, members: int, people: int) -> None:
    """Creating projects and naming members is for researchers and admins, people are for admins."""
    site.project()
    site.person("New")
    member_of = () if role == "admin" else ("alpha",)
    someone = site.person("Someone", role, member_of=member_of)  # type: ignore[arg-type]
    assert someone.ask("POST", "/projects", json={"name": "own"}).status_code == projects
    assert someone.ask("POST", "/projects/alpha/members", json={"person": "New"}).status_code == members
    body = {"name": "Next", "role": "coder", "password": "long enough"}
    assert someone.ask("POST", "/people", json=body).status_code == people
    assert someone.ask("GET", "/people").status_code == (200 if people == 201 else 403)
    assert someone.ask("POST", "/projects/alpha/tokens", json={"name": "t"}).status_code == people
    if role == "admin":
        assert someone.get("/projects")["items"][0]["documents"] is None
        assert someone.ask("GET", "/projects/alpha").status_code == 404


def test_a_researcher_names_members_only_of_their_own_projects(site: Site) -> None:
    """Nobody can name themselves into a project they are not in."""
    site.project()
    other = site.person("Other", "researcher")
    assert other.ask("POST", "/projects/alpha/members", json={"person": "Other"}).status_code == 404


def test_naming_members_of_and_by_unknown_names_is_refused(site: Site) -> None:
    """Unknown people are not found; admins have no part in coding."""
    researcher = site.project()
    site.person("Root", "admin")
    assert researcher.ask("POST", "/projects/alpha/members", json={"person": "None"}).status_code == 404
    assert researcher.ask("POST", "/projects/alpha/members", json={"person": "Root"}).status_code == 422


def test_people_are_listed_by_name_and_added_once(site: Site) -> None:
    """A name stands for one person; their password is never shown."""
    admin = site.person("Root", "admin")
    body = {"name": "Zoe", "role": "adjudicator", "password": "long enough"}
    assert admin.post("/people", body) == {"name": "Zoe", "role": "adjudicator"}
    assert admin.ask("POST", "/people", json=body).status_code == 409
    assert admin.ask("POST", "/people", json={**body, "name": "Y", "password": "short"}).status_code == 422
    assert admin.ask("POST", "/people", json={**body, "name": "Y", "role": "boss"}).status_code == 422
    listed = admin.get("/people")["items"]
    assert listed == [
        {"name": "Root", "role": "admin", "disabled": False},
        {"name": "Zoe", "role": "adjudicator", "disabled": False},
    ]
    answer = site.nobody.ask("POST", "/session", json={"name": "Zoe", "password": "long enough"})
    assert answer.status_code == 200
