"""Blind to what was coded elsewhere: services with opposite codings answer a person byte for byte the same."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from service.store import engine as store
from service.store import projects, tables
from service.use_cases.training_rows import training_rows
from tests import made_files
from tests.fakes import ADDRESS, INTERVIEW, SAFE, Site, Someone
from tests.integration.api.asking import answers, comparable
from tests.made_files import Given, made
from training.promote import promote
from training.retrain import Material, retrain

WORDS = ("We sit in a circle", "I notice sooner", "My manager gave us time")
SAFE_CODES, AWARE_CODES = ("domain > safety", "level > facilitator"), ("domain > awareness", "level > organization")


@pytest.fixture(autouse=True)
def _reader(monkeypatch: pytest.MonkeyPatch) -> None:
    made_files.installed(monkeypatch)


def _given(codes: tuple[str, ...], coder: str = "Ruth") -> list[Given]:
    return [(coder, code, words) for words in WORDS for code in codes]


def _import(
    researcher: Someone, given: list[Given], name: str = "one.txt", *, project: str = "alpha", **choices: Any
) -> str:
    content = made({name: INTERVIEW}, given, [*SAFE_CODES, *AWARE_CODES])
    said = json.dumps({"unselected": "unknown", **choices})
    files = {"file": ("study.fake", content, "application/octet-stream")}
    form = {"files": files, "data": {"choices": said}, "headers": {"Origin": ADDRESS}}
    answer = researcher.ask("POST", f"/projects/{project}/imports", **form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["import_id"])


@pytest.mark.parametrize("role", ["coder", "adjudicator", "researcher"])
@pytest.mark.parametrize("advice", ["always", "after_own_choice"])
def test_no_answer_tells_what_was_coded_elsewhere_while_a_segment_is_open(
    sites: Callable[..., Site], advice: str, role: Any
) -> None:
    """Segments, documents, queue, codings, exports, imports, reports and suggestions are the same in both worlds."""
    worlds = []
    for name, codes in (("safe", SAFE_CODES), ("aware", AWARE_CODES)):
        site = sites(name)
        importing = site.project(advice=advice)
        reader = site.person("Rosa", role, member_of=("alpha",))
        _import(importing, [*_given(codes), *_given(codes, "Maren")])
        importing.suggest("alpha", {"document_id": "posted", "text": "We wrote it down together."})
        worlds.append(list(answers(reader)))
    safe, aware = worlds
    assert len(safe) > 30
    for (name, one), (_, other) in zip(safe, aware, strict=True):
        assert comparable(one) == comparable(other), name


def test_a_model_trained_on_them_says_nothing_of_them_while_they_are_open(sites: Callable[..., Site]) -> None:
    """Asked about those segments it abstains; asked about another, it cites none of them until they are decided on."""
    site = sites()
    importing = site.project()
    reader = site.person("Rosa", member_of=("alpha",))
    for name in ("one.txt", "two.txt", "three.txt"):
        _import(importing, _given(SAFE_CODES if name == "two.txt" else AWARE_CODES), name)
    with store.reading(site.engine) as connection:
        project = projects.find(connection, "alpha")
        assert project is not None
        rows = training_rows(connection, project)
        material = Material(rows, projects.codebook_of(connection, project))
    assert {(row.annotator_id, row.dimension) for row in rows} >= {("", "domain"), ("", "level")}
    shelf = site.app.state.inkling.shelf
    promote(shelf.registry, retrain(material, shelf.encoder, shelf.registry).bundle.manifest.model_id, "x", "y")
    items = reader.get("/projects/alpha/queue")["items"]
    for item in items:
        (said,) = reader.suggest("alpha", {key: item[key] for key in ("document_id", "position", "text")})
        for part in said["dimensions"]:
            assert (part["reason"], part["best"], part["evidence"]) == ("in_training_data", [], [])
    other = {"text": "We sit in a circle and my manager gave us time."}
    assert not any(part["evidence"] for part in reader.suggest("alpha", other)[0]["dimensions"])
    for item in items:
        reader.decide(item["segment_id"], SAFE)
    assert any(part["evidence"] for part in reader.suggest("alpha", other)[0]["dimensions"])


def test_what_was_coded_elsewhere_is_seen_once_one_has_decided(site: Site) -> None:
    """By whom, with which tool, and in the export of all codings, too; a retraction hides it again."""
    importing = site.project()
    reader = site.person("Rosa", member_of=("alpha",))
    _import(importing, _given(SAFE_CODES))
    segment = reader.get("/projects/alpha/queue")["items"][0]["segment_id"]
    assert reader.get(f"/segments/{segment}")["imported"] == []
    reader.decide(segment, SAFE)
    given = {"coder": "Ruth", "own": False, "tool": "Some tool"}
    assert reader.get(f"/segments/{segment}")["imported"] == [
        {**given, "dimension": "domain", "codes": ["safety"]},
        {**given, "dimension": "level", "codes": ["facilitator"]},
    ]
    document = reader.get("/projects/alpha/documents/one.txt")
    assert [len(shown["imported"]) for shown in document["segments"]] == [2, 0]
    reader.post(f"/segments/{segment}/decisions", {"retract": True})
    assert reader.get(f"/segments/{segment}")["imported"] == []


def test_who_coded_elsewhere_sees_their_own_at_once(site: Site) -> None:
    """A coder of the file who is said to be a member; the other member sees nothing of it."""
    importing = site.project(coders_required=2)
    ruth, rosa = (site.person(name, member_of=("alpha",)) for name in ("Ruth B.", "Rosa"))
    _import(importing, _given(SAFE_CODES), coders={"Ruth": "Ruth B."})
    segment = ruth.get("/projects/alpha/queue")["items"][0]["segment_id"]
    seen = ruth.get(f"/segments/{segment}")
    assert [(i["own"], i["dimension"], i["codes"]) for i in seen["imported"]] == [
        (True, "domain", ["safety"]),
        (True, "level", ["facilitator"]),
    ]
    assert (seen["open"], seen["own"]) == (True, None)
    assert rosa.get(f"/segments/{segment}")["imported"] == []


def test_a_withdrawn_import_is_seen_by_nobody(site: Site) -> None:
    """Its codings count no longer, wherever they stood."""
    importing = site.project()
    import_id = _import(importing, _given(SAFE_CODES))
    segment = importing.get("/projects/alpha/queue")["items"][0]["segment_id"]
    importing.decide(segment, SAFE)
    assert importing.get(f"/segments/{segment}")["imported"] != []
    assert importing.ask("DELETE", f"/projects/alpha/imports/{import_id}").status_code == 204
    assert importing.get(f"/segments/{segment}")["imported"] == []


def test_ones_own_coding_elsewhere_leaves_a_decision_independent(site: Site) -> None:
    """It is no one else's; another's, once it could be seen, does not leave it so."""
    for name, coders, independent in (("alpha", {"Ruth": "Ruth B."}, [True, True]), ("beta", {}, [True, False])):
        importing = site.project(name)
        ruth = site.person("Ruth B.", member_of=(name,)) if name == "alpha" else site.person("Rosa", member_of=(name,))
        _import(importing, _given(SAFE_CODES), project=name, coders=coders)
        segment = ruth.get(f"/projects/{name}/queue")["items"][0]["segment_id"]
        for _ in range(2):
            ruth.decide(segment, SAFE)
        with store.reading(site.engine) as connection:
            mine = tables.decisions.select().where(tables.decisions.c.segment_id == segment)
            found = connection.execute(mine.order_by(tables.decisions.c.number)).all()
        assert [row.independent for row in found] == independent
