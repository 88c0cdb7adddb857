"""Signing in and out over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.use_cases import manage_people
from tests.fakes import ADDRESS, PASSWORD, SAFE, Site, Someone

WRONG = "not the password"


def _sign_in(site: Site, name: str, password: str = PASSWORD, **options: Any) -> Any:
    return site.nobody.ask("POST", "/session", json={"name": name, "password": password}, **options)


def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_can_not_use(site: Site) -> None:
    """Over plain HTTP on loopback the cookie has its plain name."""
    site.person("Ada")
    answer = _sign_in(site, "Ada")
    assert answer.json() == {"name": "Ada", "role": "coder"}
    name, _, rest = answer.headers["set-cookie"].partition("=")
    parts = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == "inkling_session"
    assert {"httponly", "samesite=strict", "path=/"} <= parts
    assert "secure" not in parts


def test_over_https_the_cookie_is_bound_to_the_host(site: Site) -> None:
    """Browsers accept a __Host- cookie only with Secure, for the whole host, from this host."""
    site.person("Ada")
    client = TestClient(site.app, base_url="https://127.0.0.1:8000")
    answer = client.post("/api/v1/session", json={"name": "Ada", "password": PASSWORD})
    name, _, rest = answer.headers["set-cookie"].partition("=")
    parts = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == "__Host-inkling_session"
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)
    plain = {"Cookie": f"inkling_session={rest.partition(';')[0]}"}
    client.cookies.clear()
    assert client.get("/api/v1/session", headers=plain).status_code == 401


def test_the_session_says_who_and_what_they_may(site: Site) -> None:
    """Each role has the rights of those before it; admin stands apart."""
    rights = {
        role: site.person(role, role).get("/session")["rights"]
        for role in ("coder", "adjudicator", "researcher", "admin")
    }
    assert [sum(r.values()) for r in rights.values()] == [1, 2, 4, 2]
    assert rights["admin"] == {
        "decide": False,
        "adjudicate": False,
        "research": False,
        "promote": True,
        "administer": True,
    }


def test_wrong_name_and_wrong_password_look_the_same(site: Site) -> None:
    """Nobody learns which names exist."""
    site.person("Ada")
    one, other = _sign_in(site, "Ada", WRONG), _sign_in(site, "Nobody", WRONG)
    assert one.status_code == other.status_code == 401
    assert one.json() == other.json()
    assert "set-cookie" not in one.headers


def test_signing_out_ends_the_session_at_once(site: Site) -> None:
    """The same cookie is worth nothing afterwards, for suggestions too."""
    site.project()
    ada = site.person("Ada", member_of=("alpha",))
    ada.suggest("alpha", {"text": "One."})
    answer = ada.ask("DELETE", "/session")
    assert answer.status_code == 204
    assert 'inkling_session=""' in answer.headers["set-cookie"]
    assert ada.ask("GET", "/session").status_code == 401
    assert ada.suggest("alpha", {"text": "One."}, status=401)["title"] == "Not signed in"


def test_a_session_expires(site: Site) -> None:
    """After its hours the person signs in again; until then everything they do holds."""
    site.project()
    ada = site.person("Ada", member_of=("alpha",))
    segment = ada.suggest("alpha", {"text": "One."})[0]["segment_id"]
    site.clock.time += site.settings.session_hours * 3600 - 60
    ada.decide(segment, SAFE)
    site.clock.time += 120
    ada.decide(segment, SAFE, status=401)
    assert site.sign_in("Ada").get(f"/segments/{segment}")["own"]["codes"] == SAFE


def test_barring_a_person_and_changing_a_password_end_sessions(site: Site) -> None:
    """What an operator does on the command line counts for the next request."""
    ada, grace = site.person("Ada"), site.person("Grace")
    manage_people.disable_person(site.engine, "Ada", site.clock())
    manage_people.change_password(site.engine, "Grace", "another password", site.clock())
    assert ada.ask("GET", "/session").status_code == 401
    assert grace.ask("GET", "/session").status_code == 401
    assert _sign_in(site, "Ada").status_code == 401
    assert _sign_in(site, "Grace", "another password").status_code == 200


def test_wrong_passwords_are_throttled_by_name(sites: Callable[..., Site]) -> None:
    """After so many, even the right one is refused until the window has passed; others are not held up."""
    site = sites(sign_in_failures_per_name=3)
    site.person("Ada")
    site.person("Grace")
    assert [_sign_in(site, "Ada", WRONG).status_code for _ in range(4)] == [401, 401, 401, 429]
    throttled = _sign_in(site, "Ada")
    assert throttled.status_code == 429
    assert int(throttled.headers["retry-after"]) > 0
    assert _sign_in(site, "Grace").status_code == 200
    site.clock.time += site.settings.sign_in_window_minutes * 60 + 1
    assert _sign_in(site, "Ada").status_code == 200


def test_wrong_passwords_are_throttled_by_address(sites: Callable[..., Site]) -> None:
    """Trying many names from one place is held up too."""
    site = sites(sign_in_failures_per_address=3)
    site.person("Ada")
    assert [_sign_in(site, f"name {i}", WRONG).status_code for i in range(4)] == [401, 401, 401, 429]
    assert _sign_in(site, "Ada").status_code == 429


def test_signing_in_again_ends_the_session_before(site: Site) -> None:
    """One browser holds one session."""
    ada = site.person("Ada")
    again = ada.ask("POST", "/session", json={"name": "Ada", "password": PASSWORD})
    fresh = Someone(site.client, {"Cookie": again.headers["set-cookie"].partition(";")[0]})
    assert fresh.ask("GET", "/session").status_code == 200
    assert ada.ask("GET", "/session").status_code == 401


@pytest.mark.parametrize("body", [{"name": "Ada"}, {"name": "Ada", "password": 5}, {"name": "", "password": "x"}])
def test_incomplete_sign_ins_are_refused_without_a_look(site: Site, body: Any) -> None:
    """They count neither as tries nor as successes."""
    assert site.nobody.ask("POST", "/session", json=body, headers={"Origin": ADDRESS}).status_code == 422
