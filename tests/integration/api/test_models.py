"""What the service does about models that serve, are replaced, or can't be used."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import SAFE, Site

TEXT = {"document_id": "d", "text": "We ask before we begin, and nobody has to answer."}


def test_a_new_codebook_is_served_from_its_definitions(site: Site) -> None:
    """The first question sets that model up; everyone can see that it serves."""
    researcher = site.project()
    assert researcher.get("/projects/alpha")["model"] is None
    (said,) = researcher.suggest("alpha", TEXT)
    assert researcher.get("/projects/alpha")["model"] == {
        "model_id": said["model_id"],
        "method": "definitions",
        "on_invented_text": False,
    }
    (listed,) = researcher.get("/models")["items"]
    assert (listed["model_id"], listed["state"], listed["codebook"]) == (said["model_id"], "current", "tiny")
    assert site.nobody.get("/health")["model"] == {"model_id": said["model_id"]}


def test_an_encoder_that_can_not_be_loaded_is_told_with_each_suggestion(
    sites: Callable[..., Site], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest of the service works: people can sign in, read and decide."""
    with caplog.at_level(logging.ERROR):
        site = sites(encoder=str(tmp_path / "none"))
        researcher = site.project()
        answer = researcher.ask("POST", "/suggestions", json={"project": "alpha", "segments": [TEXT]})
        for _ in range(100):
            if "No suggestions yet" in caplog.text:
                break
            time.sleep(0.05)
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:inkling:bad-encoder"
    assert "No suggestions yet" in caplog.text
    researcher.bring("alpha", "one.txt")
    item = researcher.get("/projects/alpha/queue")["items"][0]
    assert researcher.decide(item["segment_id"], SAFE)["final"] == SAFE


def test_a_model_that_was_tampered_with_does_not_serve(sites: Callable[..., Site], tmp_path: Path) -> None:
    """Its files are checked whole before anything of it is used."""
    first = sites("one", models=tmp_path / "models")
    (said,) = first.project().suggest("alpha", TEXT)
    manifest = tmp_path / "models" / said["model_id"] / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"tiny"', '"tinz"', 1))
    second = sites("two", models=tmp_path / "models")
    answer = second.project().ask("POST", "/suggestions", json={"project": "alpha", "segments": [TEXT]})
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:inkling:bad-bundle"
    assert TEXT["text"] not in answer.text


def test_a_codebook_may_be_given_in_each_of_its_forms(site: Site) -> None:
    """As a mapping, as the text of a file, in the short form, or not at all."""
    researcher = site.person("Rita", "researcher")
    short = {"mood": {"calm": "At rest.", "cross": "Not at rest."}}
    one = researcher.post("/projects", {"name": "one", "codebook": short, "codebook_file_name": "moods.yaml"})
    assert one["codebook"]["name"].startswith("moods-")
    assert one["codebook"]["dimensions"]["mood"]["select"] == "many"
    text = "name: moods\nversion: 2\ndimensions:\n  mood:\n    select: one\n    codes: {calm: At rest.}\n"
    two = researcher.post("/projects", {"name": "two", "codebook_text": text})
    assert (two["codebook"]["name"], two["codebook"]["version"]) == ("moods", "2")
    starter = researcher.post("/projects", {"name": "three"})
    assert set(starter["codebook"]["dimensions"]) == {"domain", "level", "theme"}
    assert [m["name"] for m in starter["members"]] == ["Rita"]
    refused: list[dict[str, Any]] = [
        {"codebook_text": "name: x\nversion: 1\ndimensions: {d: {codes: {a: A, a: B}}}"},
        {"codebook_text": "name: x\nversion: 1\ndimensions: {}"},
        {"codebook_text": ": : :"},
        {"codebook": {"dimensions": {}}},
        {"codebook": short, "codebook_text": text},
    ]
    for bad in refused:
        answer = researcher.ask("POST", "/projects", json={"name": "bad", **bad})
        assert answer.status_code == 422, bad
    changed = text.replace("At rest.", "Something else.")
    assert researcher.ask("POST", "/projects", json={"name": "four", "codebook_text": changed}).status_code == 409
    assert researcher.ask("POST", "/projects", json={"name": "one"}).status_code == 409
    assert {p["name"] for p in researcher.get("/projects")["items"]} == {"one", "two", "three"}


@pytest.mark.parametrize("name", ["", " x", "a/b", "x" * 101, "tab\t", ".", ".."])
def test_projects_need_usable_names(site: Site, name: str) -> None:
    """They stand in addresses and file names."""
    assert site.person("Rita", "researcher").ask("POST", "/projects", json={"name": name}).status_code == 422


def test_a_codebook_without_proper_characters_is_refused_before_anything_is_stored(site: Site) -> None:
    """JSON can spell halves of characters, which no answer could hold: the project would never open again."""
    researcher = site.person("Rita", "researcher")
    bodies = (
        r'{"name": "bad", "codebook": {"mood": {"calm": "\ud800"}}}',
        r'{"name": "bad", "codebook": {"mood": {"\udfff": "At rest."}}}',
        r'{"name": "bad", "codebook": {"mood": {"calm": "\u0000"}}}',
        r'{"name": "bad", "codebook": {"name": "\ud800", "version": 1, "dimensions": {"d": {"codes": {"a": "x"}}}}}',
    )
    for body in bodies:
        answer = researcher.ask("POST", "/projects", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, body
        assert answer.json()["type"] == "urn:inkling:bad-codebook"
    assert researcher.get("/projects")["items"] == []


def test_a_project_opens_without_its_model(sites: Callable[..., Site], tmp_path: Path) -> None:
    """Where the model that should serve is gone, only suggestions are refused, and not as if nothing were there."""
    site = sites(models=tmp_path / "models")
    researcher = site.project()
    (said,) = researcher.suggest("alpha", TEXT)
    (tmp_path / "models" / said["model_id"]).rename(tmp_path / "elsewhere")
    assert researcher.get("/projects/alpha")["model"] is None
    again = sites("again", models=tmp_path / "models")
    answer = again.project().ask("POST", "/suggestions", json={"project": "alpha", "segments": [TEXT]})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:inkling:bad-bundle")
