"""The main job over HTTP: import, suggest, decide, take away."""

from tests.fakes import AWARE, SAFE, Site


def test_a_coder_gets_suggestions_decides_and_finds_the_final_coding(site: Site) -> None:
    """From a transcript to final codings, by one coder."""
    site.project()
    coder = site.person("Ada", member_of=("alpha",))
    imported = coder.bring("alpha", "one.txt").json()
    assert imported["document_id"] == "one.txt"
    assert imported["segments"] == 2 or imported["segments"] == 3

    queue = coder.get("/projects/alpha/queue")["items"]
    assert [item["kind"] for item in queue] == ["code"] * imported["segments"]
    first = queue[0]
    (said,) = coder.suggest("alpha", {k: first[k] for k in ("document_id", "position", "text")})
    assert said["segment_id"] == first["segment_id"]
    assert said["status"] == "needs human decision"
    assert {advice["dimension"] for advice in said["dimensions"]} == {"domain", "level"}

    answer = coder.decide(first["segment_id"], SAFE, suggestion_id=said["suggestion_id"])
    assert answer["final"] == SAFE
    assert answer["person"] == "Ada"
    assert len(coder.get("/projects/alpha/queue")["items"]) == imported["segments"] - 1
    codings = coder.get("/projects/alpha/codings")["items"]
    assert [(c["segment_id"], c["codes"]) for c in codings] == [(first["segment_id"], SAFE)]
    own = coder.get(f"/segments/{first['segment_id']}")["own"]
    assert own["codes"] == SAFE
    assert own["advice"] == "shown"
    coder.decide(first["segment_id"], AWARE)
    assert coder.get("/projects/alpha/codings")["items"][0]["codes"] == AWARE
