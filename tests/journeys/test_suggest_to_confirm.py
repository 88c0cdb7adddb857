"""The main job: a transcript comes in, a model suggests, a person decides, final codings go out."""

import json
from collections.abc import Callable

from tests.fakes import SAFE, Site


def test_from_transcript_to_confirmed_code(sites: Callable[..., Site]) -> None:
    """What leaves is what a person decided, with the advice they had seen beside it, and nothing else."""
    site = sites()
    site.project("alpha", blind_share=0.0)
    rita = site.person("rita", "researcher", member_of=("alpha",))
    assert rita.bring("alpha", "talk.txt").status_code == 201
    first, second, *_ = rita.get("/projects/alpha/queue")["items"]

    place = {"document_id": first["document_id"], "position": first["position"], "text": first["text"]}
    (suggestion,) = rita.suggest("alpha", place)
    assert suggestion["segment_id"] == first["segment_id"]
    assert suggestion["status"] == "needs human decision"
    assert rita.get("/projects/alpha/codings")["items"] == []

    answer = rita.decide(first["segment_id"], SAFE, suggestion_id=suggestion["suggestion_id"])
    assert answer["final"]["domain"] == ["safety"]
    waiting = [item["segment_id"] for item in rita.get("/projects/alpha/queue")["items"]]
    assert first["segment_id"] not in waiting
    assert second["segment_id"] in waiting

    lines = rita.ask("GET", "/projects/alpha/export?format=jsonl&codings=final").text.splitlines()
    rows = [json.loads(line) for line in lines]
    assert {(row["dimension"], *row["codes"]) for row in rows} == {("domain", "safety"), ("level", "facilitator")}
    assert {(row["advice"], row["advice_model"][0]) for row in rows} == {("shown", suggestion["model_id"])}
