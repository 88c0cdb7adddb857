"""The service itself on either database."""

from pathlib import Path

from tests.fakes import AWARE, SAFE, open_site


def test_the_main_job(database_url: str, tmp_path: Path) -> None:
    """Import, queue, suggest, decide, settle, take away: every query works on both."""
    site, client = open_site(tmp_path, database_url=database_url)
    with client:
        researcher = site.project(coders_required=2)
        ada, grace = (site.person(name, member_of=("alpha",)) for name in ("Ada", "Grace"))
        imported = ada.bring("alpha", "one.txt", participant_id="P1", attributes='{"region": "north"}').json()
        assert ada.bring("alpha", "one.txt").json()["unchanged"]
        queue = ada.get("/projects/alpha/queue?limit=1")
        rest = ada.get(f"/projects/alpha/queue?cursor={queue['next_cursor']}")
        assert len(rest["items"]) == imported["segments"] - 1
        first = queue["items"][0]
        (said,) = ada.suggest("alpha", {key: first[key] for key in ("document_id", "position", "text")})
        site.program().suggest("alpha", {"text": "Ça va? 🙂"}, {"document_id": "new", "text": "One more."})
        key = {"Idempotency-Key": "k"}
        path = f"/segments/{first['segment_id']}/decisions"
        body = {"codes": SAFE, "suggestion_id": said["suggestion_id"], "memo": "naïve 🙂"}
        once = ada.post(path, body, headers=key)
        assert ada.post(path, body, headers=key) == once
        grace.decide(first["segment_id"], AWARE)
        (waiting, *_) = researcher.get("/projects/alpha/queue")["items"]
        assert waiting["kind"] == "adjudicate"
        assert researcher.decide(first["segment_id"], AWARE, adjudication=True)["final"] == AWARE
        assert [c["codes"] for c in ada.get("/projects/alpha/codings")["items"]] == [AWARE]
        (listed, *_) = ada.get("/projects/alpha/documents")["items"]
        assert (listed["participant_id"], listed["attributes"], listed["decided"]) == ("P1", {"region": "north"}, 1)
        assert ada.get("/projects")["items"][0]["decided"] == 1
        assert "naïve" in grace.ask("GET", f"/segments/{first['segment_id']}").text
        assert ada.get("/projects/alpha/report")["segments_final"] == 1
        assert ada.ask("DELETE", "/session").status_code == 204
        assert ada.ask("GET", "/session").status_code == 401
