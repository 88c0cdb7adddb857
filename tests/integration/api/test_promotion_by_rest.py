"""A project's models over HTTP: what is shown of them, who has one serve, and who reads its report."""

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from service.store import engine as store
from service.store import projects
from service.use_cases.training_rows import training_rows
from tests.fakes import AWARE, BOOK, SAFE, Site, Someone
from training.retrain import Material, retrain

SAID = {"We always lock the side door, said number {}.": SAFE, "I read about what trauma does, in book {}.": AWARE}
TEXT = {"text": "They lock the door."}
WHY = {"reason": "better on unseen participants"}


def _coded(site: Site, person: Someone, documents: Sequence[int] = range(4)) -> list[str]:
    """Let a person code some documents and return the segments' ids."""
    segments = []
    for document in documents:
        for place, (text, codes) in enumerate(SAID.items()):
            asked = {"document_id": f"d{document}", "position": place, "text": text.format(document)}
            segments.append(person.suggest("alpha", asked)[0]["segment_id"])
            person.decide(segments[-1], codes)
    return segments


def _trained(site: Site, project_name: str = "alpha") -> str:
    """Fit a candidate on a project's final codings and return its id."""
    with store.reading(site.engine) as connection:
        project = projects.find(connection, project_name)
        assert project is not None
        material = Material(training_rows(connection, project), projects.codebook_of(connection, project))
    shelf = site.app.state.inkling.shelf
    return retrain(material, shelf.encoder, shelf.registry).bundle.manifest.model_id


def _folder(site: Site, model_id: str) -> Path:
    return Path(site.settings.models) / model_id


def _report(site: Site, model_id: str, page: str = "<!doctype html><title>Report</title>") -> None:
    (_folder(site, model_id) / "report.html").write_text(page, encoding="utf-8")


def test_a_researcher_sees_the_models_with_their_figures(site: Site) -> None:
    """The current one first, with who signed it; a candidate with what it was fitted on and its figures."""
    researcher = site.project()
    _coded(site, researcher)
    model_id = _trained(site)
    current, candidate = researcher.get("/projects/alpha/models")["items"]
    assert (current["state"], current["method"], current["promoted"]["by"]) == ("current", "definitions", "set-up")
    assert current["figures"] is None
    assert current["without_figures"].startswith("Not measured: ")
    assert (candidate["model_id"], candidate["state"], candidate["promoted"]) == (model_id, "candidate", None)
    assert (candidate["segments"], candidate["participants"], candidate["has_report"]) == (8, 4, True)
    figures = {figure["dimension"]: figure for figure in candidate["figures"]}
    assert figures.keys() == {"domain", "level"}
    assert figures["domain"]["segments"] == 8
    assert 0 <= figures["domain"]["macro_f1"] <= 1
    assert figures["domain"]["intervals"] is None


def test_intervals_come_with_the_figures_where_there_are_some(site: Site) -> None:
    """From ten participants on each leading figure has its bounds."""
    researcher = site.project()
    _coded(site, researcher, range(10))
    model_id = _trained(site)
    found = {m["model_id"]: m for m in researcher.get("/projects/alpha/models")["items"]}
    for figure in found[model_id]["figures"]:
        low, high = figure["intervals"]["macro_f1"]
        assert low <= high


def test_a_coder_sees_which_models_there_are_and_no_figures(site: Site) -> None:
    """Figures, reports and reasons to promote are the researchers'."""
    _coded(site, site.project())
    _report(site, _trained(site))
    for model in site.person("Ada", member_of=("alpha",)).get("/projects/alpha/models")["items"]:
        assert (model["figures"], model["without_figures"], model["has_report"]) == (None, None, False)


def test_models_of_a_project_are_its_members_to_see(site: Site) -> None:
    """A program gets 403, others get 404."""
    site.project()
    path = "/projects/alpha/models"
    assert site.nobody.ask("GET", path).status_code == 401
    assert site.program().ask("GET", path).status_code == 403
    assert site.person("Ben", "researcher").ask("GET", path).status_code == 404
    assert site.person("Root", "admin").ask("GET", path).status_code == 404


def test_a_damaged_model_stands_in_nobodys_way(site: Site) -> None:
    """The others are listed; of one whose figures are damaged only these are missing."""
    researcher = site.project()
    _coded(site, researcher)
    model_id = _trained(site)
    (_folder(site, model_id) / "metrics.json").write_text("nonsense", encoding="utf-8")
    listed = {m["model_id"]: m for m in researcher.get("/projects/alpha/models")["items"]}
    assert listed[model_id]["without_figures"] == f"{model_id}/metrics.json: it can't be read."
    (_folder(site, model_id) / "manifest.json").write_text("nonsense", encoding="utf-8")
    assert model_id not in {m["model_id"] for m in researcher.get("/projects/alpha/models")["items"]}


def test_a_promoted_model_serves_at_once_and_moves_no_coding(site: Site) -> None:
    """Signed with name and reason; the next suggestion is its own; final codings stay."""
    researcher = site.project()
    _coded(site, researcher)
    codings = researcher.get("/projects/alpha/codings")
    model_id = _trained(site)
    assert researcher.suggest("alpha", TEXT)[0]["model_id"] != model_id
    answer = researcher.post(f"/models/{model_id}/promotion", WHY, 200)
    assert (answer["model_id"], answer["state"]) == (model_id, "current")
    assert researcher.suggest("alpha", TEXT)[0]["model_id"] == model_id
    change = site.app.state.inkling.shelf.registry.history("tiny")[-1]
    assert (change.model_id, change.by, change.reason) == (model_id, researcher.name, WHY["reason"])
    assert researcher.get("/projects/alpha/codings") == codings
    states = [m["state"] for m in researcher.get("/projects/alpha/models")["items"]]
    assert states == ["current", "retired"]
    assert researcher.ask("POST", f"/models/{model_id}/promotion", json=WHY).status_code == 409


def test_a_promotion_drops_no_request(site: Site) -> None:
    """Suggestions asked for all the while are all answered, by the old model first and by the new one in the end."""
    researcher = site.project()
    _coded(site, researcher)
    old, new = str(researcher.suggest("alpha", TEXT)[0]["model_id"]), _trained(site)
    done = threading.Event()

    def ask(_: int) -> list[str]:
        found, last = [], False
        while not last:
            last = done.is_set()
            answer = site.client.post("/api/v1/suggestions", json=asked, headers=dict(researcher.headers))
            assert answer.status_code == 200, answer.text
            found.append(answer.json()["suggestions"][0]["model_id"])
        return found

    asked = {"project": "alpha", "segments": [TEXT]}
    with ThreadPoolExecutor(3) as pool:
        clients = [pool.submit(ask, number) for number in range(3)]
        try:
            researcher.post(f"/models/{new}/promotion", WHY, 200)
        finally:
            done.set()
        answered = [client.result() for client in clients]
    assert {model for models in answered for model in models} <= {old, new}
    assert [models[-1] for models in answered] == [new] * 3


def _comparison(site: Site, person: Someone, model_id: str) -> Any:
    return person.get(f"/projects/alpha/models/{model_id}/comparison")


def test_two_models_are_compared_before_one_is_promoted(site: Site) -> None:
    """On each dimension there are the verdict and both models' figures on the segments that both judged."""
    researcher = site.project()
    _coded(site, researcher)
    old = _trained(site)
    researcher.post(f"/models/{old}/promotion", WHY, 200)
    _coded(site, researcher, range(4, 6))
    found = _comparison(site, researcher, _trained(site))
    assert (found["current"], found["without"]) == (old, None)
    domain = next(part for part in found["dimensions"] if part["dimension"] == "domain")
    assert (domain["segments"], domain["participants"], domain["verdict"]) == (8, 4, "can't tell")
    assert domain["macro_f1"].keys() == {"current", "candidate", "difference", "interval"}


def test_a_comparison_with_nothing_in_common_says_why(site: Site) -> None:
    """A model from definitions alone kept nothing; the one that serves has no other beside it."""
    researcher = site.project()
    _coded(site, researcher)
    model_id = _trained(site)
    found = _comparison(site, researcher, model_id)
    assert {(part["verdict"], part["segments"]) for part in found["dimensions"]} == {("can't tell", 0)}
    domain = next(part for part in found["dimensions"] if part["dimension"] == "domain")
    assert domain["reason"] == "the current model has kept nothing on participants left out of fitting"
    alone = _comparison(site, researcher, found["current"])
    assert (alone["dimensions"], alone["without"]) == (None, "No other model serves this codebook.")


def test_a_comparison_waits_for_ones_own_decision(site: Site) -> None:
    """Figures that rest on others' codings of what is open to a researcher are not told, whichever model has them."""
    researcher = site.project()
    ada = site.person("Ada", member_of=("alpha",))
    segments = _coded(site, ada)
    model_id = _trained(site)
    _coded(site, ada, range(4, 6))
    for asked, served in ((model_id, None), (_trained(site), model_id)):
        if served:
            researcher.post(f"/models/{served}/promotion", WHY, 200)
        ada.post(f"/segments/{segments[0]}/decisions", {"retract": True})
        found = _comparison(site, researcher, asked)
        assert (found["dimensions"], "wait for your own decision" in found["without"]) == (None, True)
        ada.decide(segments[0], SAFE)
        assert _comparison(site, researcher, asked)["dimensions"]


def test_a_comparison_is_for_those_who_may_promote(site: Site) -> None:
    """Coders and programs 403, those of other projects and codebooks 404."""
    _coded(site, site.project())
    path = f"/projects/alpha/models/{_trained(site)}/comparison"
    assert site.program().ask("GET", path).status_code == 403
    assert site.person("Ada", member_of=("alpha",)).ask("GET", path).status_code == 403
    assert site.person("Ben", "researcher").ask("GET", path).status_code == 404
    other = site.person("Eve", "researcher")
    other.post("/projects", {"name": "beta", "codebook": {**BOOK, "name": "other"}})
    assert other.ask("GET", path.replace("alpha", "beta")).status_code == 404


def test_a_current_model_that_cannot_be_read_is_said(site: Site) -> None:
    """It must not stand in the way of a better one."""
    researcher = site.project()
    _coded(site, researcher)
    model_id = _trained(site)
    current = researcher.get("/projects/alpha/models")["items"][0]["model_id"]
    (_folder(site, current) / "support" / "trained.json").write_text("nonsense", encoding="utf-8")
    for part in _comparison(site, researcher, model_id)["dimensions"]:
        assert part["reason"].startswith("the current model can't be read: ")


BACK = {"codebook": "tiny", "reason": "worse for newcomers"}


def test_going_back_has_the_model_before_serve_again(site: Site) -> None:
    """Signed with name and reason; the list names the one it would be, until there is none."""
    researcher = site.project()
    _coded(site, researcher)
    old, new = str(researcher.suggest("alpha", TEXT)[0]["model_id"]), _trained(site)
    path, models = "/models/rollback", "/projects/alpha/models"
    assert researcher.ask("POST", path, json=BACK).status_code == 404
    researcher.post(f"/models/{new}/promotion", WHY, 200)
    assert [m["model_id"] for m in researcher.get(models)["items"] if m["is_previous"]] == [old]
    answer = researcher.post(path, BACK, 200)
    assert (answer["model_id"], answer["state"]) == (old, "current")
    assert researcher.suggest("alpha", TEXT)[0]["model_id"] == old
    change = site.app.state.inkling.shelf.registry.history("tiny")[-1]
    assert (change.model_id, change.by, change.reason) == (old, researcher.name, BACK["reason"])
    assert not any(m["is_previous"] for m in researcher.get(models)["items"])
    assert researcher.ask("POST", path, json=BACK).json()["detail"] == "tiny has no earlier model to go back to."


def test_going_back_is_for_who_may_promote(site: Site) -> None:
    """Programs and coders 403, other projects' researchers 404, a foreign page 403; admins may."""
    researcher = site.project()
    _coded(site, researcher)
    new, path = _trained(site), "/models/rollback"
    researcher.post(f"/models/{new}/promotion", WHY, 200)
    assert site.nobody.ask("POST", path, json=BACK).status_code == 401
    assert site.program().ask("POST", path, json=BACK).status_code == 403
    assert site.person("Ada", member_of=("alpha",)).ask("POST", path, json=BACK).status_code == 403
    assert site.person("Ben", "researcher").ask("POST", path, json=BACK).status_code == 404
    foreign = {"Origin": "https://elsewhere.example"}
    assert researcher.ask("POST", path, json=BACK, headers=foreign).status_code == 403
    assert researcher.ask("POST", path, json={**BACK, "reason": " "}).json()["detail"] == "reason must not be blank."
    assert researcher.get("/projects/alpha/models")["items"][0]["model_id"] == new
    assert site.person("Root", "admin").ask("POST", path, json=BACK).status_code == 200


def test_nothing_goes_back_to_a_damaged_model(site: Site) -> None:
    """It is refused by its file's name, and the model that serves goes on."""
    researcher = site.project()
    _coded(site, researcher)
    old = _trained(site)
    researcher.post(f"/models/{old}/promotion", WHY, 200)
    _coded(site, researcher, range(4, 6))
    new = _trained(site)
    researcher.post(f"/models/{new}/promotion", WHY, 200)
    (_folder(site, old) / "vocabulary.json").write_text("{}", encoding="utf-8")
    site.app.state.inkling.shelf._coming.clear()
    answer = researcher.ask("POST", "/models/rollback", json=BACK)
    assert (answer.status_code, "vocabulary.json" in answer.json()["detail"]) == (503, True)
    assert researcher.suggest("alpha", TEXT)[0]["model_id"] == new


def test_promoting_is_for_people_with_the_right(site: Site) -> None:
    """Programs 403, coders 403, those of other projects 404; researchers of such a project and admins may."""
    _coded(site, site.project())
    path = f"/models/{_trained(site)}/promotion"
    assert site.nobody.ask("POST", path, json=WHY).status_code == 401
    assert site.program().ask("POST", path, json=WHY).status_code == 403
    assert site.person("Ada", member_of=("alpha",)).ask("POST", path, json=WHY).status_code == 403
    assert site.person("Ben", "researcher").ask("POST", path, json=WHY).status_code == 404
    assert site.app.state.inkling.shelf.registry.history("tiny")[-1].by == "set-up"
    assert site.person("Root", "admin").ask("POST", path, json=WHY).status_code == 200


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " \n"}, {"reason": 3}, {**WHY, "by": "Ada"}])
def test_a_promotion_needs_a_reason_and_nothing_else(site: Site, body: Any) -> None:
    """Who signs is who asks; without a reason nothing changes."""
    researcher = site.project()
    _coded(site, researcher)
    model_id = _trained(site)
    assert researcher.ask("POST", f"/models/{model_id}/promotion", json=body).status_code == 422
    assert researcher.get("/projects/alpha/models")["items"][0]["model_id"] != model_id


def test_what_cannot_serve_is_not_promoted(site: Site) -> None:
    """A damaged model is refused by its file's name, an unknown one is not found, and the old one goes on."""
    researcher = site.project()
    _coded(site, researcher)
    model_id = _trained(site)
    (_folder(site, model_id) / "vocabulary.json").write_text("{}", encoding="utf-8")
    answer = researcher.ask("POST", f"/models/{model_id}/promotion", json=WHY)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:inkling:bad-bundle")
    assert "vocabulary.json" in answer.json()["detail"]
    assert researcher.ask("POST", "/models/none/promotion", json=WHY).status_code == 404
    assert researcher.suggest("alpha", TEXT)[0]["model_id"] != model_id


def test_a_report_is_a_document_that_runs_nothing(site: Site) -> None:
    """It comes under a policy of its own, in a sandbox, and is kept by no cache; without one there is 404."""
    researcher = site.project()
    _coded(site, researcher)
    model_id = _trained(site)
    (_folder(site, model_id) / "report.html").unlink()
    assert researcher.ask("GET", f"/models/{model_id}/report").status_code == 404
    _report(site, model_id)
    answer = researcher.ask("GET", f"/models/{model_id}/report")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == "<!doctype html><title>Report</title>"
    (candidate,) = [m for m in researcher.get("/projects/alpha/models")["items"] if m["model_id"] == model_id]
    assert candidate["has_report"]


def test_a_report_is_read_by_those_who_may_read_its_excerpts(site: Site) -> None:
    """Not by coders, programs or admins, nor by a researcher of another project on the same codebook."""
    _coded(site, site.project())
    model_id = _trained(site)
    _report(site, model_id)
    path = f"/models/{model_id}/report"
    assert site.nobody.ask("GET", path).status_code == 401
    assert site.program().ask("GET", path).status_code == 403
    assert site.person("Ada", member_of=("alpha",)).ask("GET", path).status_code == 403
    assert site.person("Root", "admin").ask("GET", path).status_code == 403
    assert site.person("Ben", "researcher").ask("GET", path).status_code == 404
    other = site.project("beta").ask("GET", path)
    assert (other.status_code, "excerpts of projects" in other.json()["detail"]) == (403, True)


def test_a_report_that_would_be_refused_is_not_offered(site: Site) -> None:
    """To a researcher of another project on the codebook the figures are shown, and no link to the excerpts."""
    _coded(site, site.project())
    model_id = _trained(site)
    _report(site, model_id)
    other = site.project("beta")
    (shown,) = [m for m in other.get("/projects/beta/models")["items"] if m["model_id"] == model_id]
    assert (shown["has_report"], shown["figures"] is None) == (False, False)


def test_a_report_that_is_a_link_is_not_followed(site: Site, tmp_path: Path) -> None:
    """Only what lies in the model's own folder is shown."""
    researcher = site.project()
    _coded(site, researcher)
    model_id = _trained(site)
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (_folder(site, model_id) / "report.html").unlink()
    (_folder(site, model_id) / "report.html").symlink_to(tmp_path / "secret")
    assert researcher.ask("GET", f"/models/{model_id}/report").status_code == 404


def test_figures_and_report_wait_for_ones_own_decision(site: Site) -> None:
    """A model that learned from others' codings of what is open to a researcher again tells them nothing of these."""
    researcher = site.project()
    ada = site.person("Ada", member_of=("alpha",))
    segments = _coded(site, ada)
    model_id = _trained(site)
    _report(site, model_id)
    assert researcher.ask("GET", f"/models/{model_id}/report").status_code == 200
    ada.post(f"/segments/{segments[0]}/decisions", {"retract": True})
    shown = {m["model_id"]: m for m in researcher.get("/projects/alpha/models")["items"]}[model_id]
    assert (shown["figures"], shown["has_report"]) == (None, False)
    assert "wait for your own decision" in shown["without_figures"]
    refused = researcher.ask("GET", f"/models/{model_id}/report")
    assert (refused.status_code, "your own decision" in refused.json()["detail"]) == (403, True)
    researcher.decide(segments[0], SAFE)
    assert researcher.ask("GET", f"/models/{model_id}/report").status_code == 200


def test_a_report_of_a_damaged_model_is_refused(site: Site) -> None:
    """Where it can't be told whose excerpts it shows, nobody is shown it."""
    researcher = site.project()
    _coded(site, researcher)
    model_id = _trained(site)
    _report(site, model_id)
    (_folder(site, model_id) / "support" / "excerpts.jsonl").write_text(json.dumps({"text": "x"}), encoding="utf-8")
    assert researcher.ask("GET", f"/models/{model_id}/report").status_code == 503
