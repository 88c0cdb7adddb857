"""Coded files over HTTP: look, take over, list, take back; and what is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response

from service.store import engine as store
from service.store import tables
from tests import made_files
from tests.fakes import ADDRESS, INTERVIEW, SAFE, Site, Someone
from tests.made_files import made

CANARY = "zebracanary"
CIRCLE = "We sit in a circle"
PAUSE = "somebody needs a pause"
GIVEN = (("Ruth", "Change > domain > safety", CIRCLE), ("Ruth", "Change > level > facilitator", PAUSE))


@pytest.fixture(autouse=True)
def _reader(monkeypatch: pytest.MonkeyPatch) -> None:
    made_files.installed(monkeypatch)


@pytest.fixture
def researcher(site: Site) -> Someone:
    return site.project()


def _send(
    someone: Someone, path: str, content: bytes, choices: Any = None, name: str = "study.fake", **data: str
) -> Response:
    said = choices if isinstance(choices, str) else json.dumps(choices)
    form = data | ({} if choices is None else {"choices": said})
    files = {"file": (name, content, "application/octet-stream")}
    return someone.ask("POST", path, files=files, data=form, headers={"Origin": ADDRESS})


def _taken(someone: Someone, content: bytes, choices: Any = None) -> dict[str, Any]:
    answer = _send(someone, "/projects/alpha/imports", content, {"unselected": "unknown", **(choices or {})})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _study(**rest: Any) -> bytes:
    return made({"one.txt": INTERVIEW}, GIVEN, **rest)


BRANCHES = {"dimensions": {"Change > domain": "domain", "Change > level": "level"}}


def test_a_preview_says_what_a_file_holds_and_stores_nothing(site: Site, researcher: Someone) -> None:
    """Documents, coders, codes with what they become, what stays out, and what has yet to be said."""
    content = _study(left=[["picture", "only texts are taken over", 2]])
    answer = _send(researcher, "/projects/alpha/coded-files", content, BRANCHES)
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert [d["document_id"] for d in seen["documents"]] == ["one.txt"]
    assert seen["coders"] == [{"name": "Ruth", "codings": 2, "machine": False}]
    became = {code["path"]: code["target"] for code in seen["codes"] if code["codings"]}
    assert became == {"Change > domain > safety": "domain:safety", "Change > level > facilitator": "level:facilitator"}
    assert seen["left"] == [{"what": "picture", "why": "only texts are taken over", "count": 2}]
    assert seen["asks"] == ["unselected"]
    assert len(seen["questions"]) == 1
    assert researcher.get("/projects/alpha/documents")["items"] == []
    assert researcher.get("/projects/alpha/imports")["items"] == []


def test_an_import_keeps_codings_and_is_listed_and_withdrawn(site: Site, researcher: Someone) -> None:
    """Once; the same again changes nothing; withdrawn it counts no longer, and its documents stay."""
    content = _study(left=[["picture", "only texts are taken over", 2]])
    taken = _taken(researcher, content, BRANCHES)
    assert (taken["codings"], taken["kept"], taken["segment_codings"], taken["unchanged"]) == (2, 2, 2, False)
    assert [d["document_id"] for d in taken["documents"]] == ["one.txt"]
    assert _taken(researcher, content, BRANCHES)["unchanged"] is True
    (listed,) = researcher.get("/projects/alpha/imports")["items"]
    assert (listed["import_id"], listed["file"], listed["tool"]) == (taken["import_id"], "study.fake", "Some tool")
    assert (listed["imported_by"], listed["unselected"], listed["ended"]) == (researcher.name, "unknown", False)
    assert [left["what"] for left in listed["left"]] == ["picture"]
    path = f"/projects/alpha/imports/{taken['import_id']}"
    assert researcher.ask("DELETE", path).status_code == 204
    assert researcher.ask("DELETE", path).status_code == 404
    assert researcher.get("/projects/alpha/imports")["items"][0]["ended"] is True
    assert len(researcher.get("/projects/alpha/documents")["items"]) == 1


def test_what_must_be_said_first_is_refused_in_a_sentence(site: Site, researcher: Someone) -> None:
    """What lies under no selection, and who coded it where nobody is named; nothing is stored."""
    content = made({"one.txt": INTERVIEW}, [("", "safety", CIRCLE)])
    for choices in (None, {"unselected": "none"}, {"coded_by": "Our team of two."}):
        answer = _send(researcher, "/projects/alpha/imports", content, choices)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:inkling:incomplete")
        assert "study.fake" in answer.json()["detail"]
    assert researcher.get("/projects/alpha/documents")["items"] == []
    _taken(researcher, content, {"coded_by": "Our team of two."})
    assert researcher.get("/projects/alpha/imports")["items"][0]["coded_by"] == "Our team of two."


def test_a_code_can_be_told_and_left_out(site: Site, researcher: Someone) -> None:
    """By its path; an empty target leaves it out, and the answer says how many codings that were."""
    given = [("Ruth", "Calm", CIRCLE), ("Ruth", "To do", PAUSE)]
    taken = _taken(researcher, made({"one.txt": INTERVIEW}, given), {"codes": {"Calm": "domain:safety", "To do": ""}})
    assert taken["segment_codings"] == 1
    assert {"what": "codings with To do", "why": "the code is to be left out", "count": 1} in taken["left"]


def test_codes_without_a_branch_take_a_dimension_together(site: Site, researcher: Someone) -> None:
    """A flat list of codes is the branch without a name."""
    content = made({"one.txt": INTERVIEW}, [("Ruth", "safety", CIRCLE)])
    for dimension, branches, became in (("domain", {"": "domain"}, "domain:safety"), ("", {"": ""}, None)):
        seen = _send(researcher, "/projects/alpha/coded-files", content, {"dimensions": {"": dimension}}).json()
        assert seen["branches"] == branches
        assert [code["target"] for code in seen["codes"]] == [became]


@pytest.mark.parametrize(
    "choices",
    [
        "no json",
        "[]",
        '{"unselected": "perhaps"}',
        '{"queued": 1}',
        '{"zebracanary": 1}',
        '{"codes": {"zebracanary": 1}}',
        '{"coded_by": "' + "x" * 1001 + '"}',
        '{"coded_by": "\\u0000"}',
        '{"interviewers": "Ruth"}',
        '{"coders": {"Ruth": null}}',
        "1e999",
        "[" * 10_000,
    ],
)
@pytest.mark.parametrize("path", ["coded-files", "imports"])
def test_choices_that_are_not_valid_are_refused(researcher: Someone, path: str, choices: str) -> None:
    """422 with the field and what would be right; nothing that was sent is repeated."""
    answer = _send(researcher, f"/projects/alpha/{path}", _study(), choices)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"].startswith("choices")
    assert CANARY not in answer.text


def test_a_wrong_field_is_named_with_those_that_there_are(researcher: Someone) -> None:
    """As in every other body."""
    answer = _send(researcher, "/projects/alpha/imports", _study(), {CANARY: 1})
    assert answer.json()["detail"].startswith("choices has a field that is not known here; it takes dimensions, codes")


def test_what_is_not_there_cannot_be_chosen(site: Site, researcher: Someone) -> None:
    """A branch, a code, a coder, a person that nobody knows: 422, and nothing is stored."""
    site.person("Eve")
    for choices in (
        {"dimensions": {"Nowhere": "domain"}},
        {"dimensions": {"Change > domain": "nowhere"}},
        {"codes": {"safety": "domain:nowhere"}},
        {"coders": {"Nobody": researcher.name}},
        {"coders": {"Ruth": "Eve"}},
    ):
        answer = _send(researcher, "/projects/alpha/imports", _study(), {"unselected": "none", **choices})
        assert answer.status_code == 422, choices
    assert researcher.get("/projects/alpha/documents")["items"] == []


def test_only_the_projects_researchers_import(site: Site, researcher: Someone) -> None:
    """Coders get 403, everyone else 404, programs 403; strangers 401 before their file is read."""
    coder, outsider, admin = site.person("Ada", member_of=("alpha",)), site.person("Eve"), site.person("Root", "admin")
    other = site.project("beta")
    for path in ("coded-files", "imports"):
        asked = [
            (someone, _send(someone, f"/projects/alpha/{path}", b"not read").status_code)
            for someone in (coder, outsider, admin, other, site.program(), site.nobody)
        ]
        assert [status for _, status in asked] == [403, 404, 404, 404, 403, 401], path
    assert [s.ask("GET", "/projects/alpha/imports").status_code for s in (coder, outsider, other)] == [403, 404, 404]
    assert coder.ask("DELETE", "/projects/alpha/imports/x").status_code == 403
    taken = _taken(researcher, _study(), BRANCHES)
    assert other.ask("DELETE", f"/projects/beta/imports/{taken['import_id']}").status_code == 404


def test_a_file_that_cannot_be_read_says_why(researcher: Someone) -> None:
    """One sentence, as from any reader; and a file that is no project of any tool."""
    broken = json.dumps({"broken": True}).encode()
    answer = _send(researcher, "/projects/alpha/coded-files", broken)
    assert (answer.status_code, answer.json()["detail"]) == (422, "study.fake: it is broken.")
    answer = _send(researcher, "/projects/alpha/coded-files", CANARY.encode(), name="notes.fig")
    assert answer.status_code == 422
    assert "coded material comes as" in answer.json()["detail"]


def test_a_file_larger_than_allowed_is_refused(sites: Callable[..., Site]) -> None:
    """413, whichever route it is sent to."""
    site = sites("small", max_upload_bytes=2000)
    researcher = site.project()
    for path in ("/projects/alpha/coded-files", "/projects/alpha/imports", "/codebooks/readings"):
        assert _send(researcher, path, b"x" * 2001).status_code == 413


def test_uploads_may_be_as_large_as_transcripts(sites: Callable[..., Site]) -> None:
    """The limit of other bodies does not hold for them."""
    site = sites("small", max_body_bytes=1000, max_upload_bytes=100_000)
    researcher = site.project()
    content = _study(left=[["x" * 5000, "y", 1]])
    assert _send(researcher, "/projects/alpha/coded-files", content).status_code == 200
    assert _send(researcher, "/codebooks/readings", content).status_code == 200


@pytest.mark.parametrize("path", ["documents", "previews"])
def test_a_coded_file_among_transcripts_is_sent_where_it_belongs(researcher: Someone, path: str) -> None:
    """One sentence; nothing is stored."""
    answer = _send(researcher, f"/projects/alpha/{path}", _study())
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:inkling:coded-material")
    assert "/imports" in answer.json()["detail"]
    assert "Bring codings" in answer.json()["detail"]


def test_a_codebook_is_read_from_a_coded_file(site: Site, researcher: Someone) -> None:
    """The tree folds into dimensions, as chosen; a project can be created with it."""
    answer = _send(researcher, "/codebooks/readings", _study(codes=["Loose"]))
    read = answer.json()
    assert read["codebook"]["name"].startswith("study-")
    assert set(read["codebook"]["dimensions"]) == {"Change", "codes"}
    assert read["preview"]["branches"] == {"Change": "Change", "": "codes"}
    chosen = {"Change > domain": "area", "Change": "", "": ""}
    again = _send(researcher, "/codebooks/readings", _study(codes=["Loose"]), dimensions=json.dumps(chosen))
    book = again.json()["codebook"]
    assert list(book["dimensions"]) == ["area"]
    created = researcher.post("/projects", {"name": "second", "codebook": book})
    assert created["codebook"]["dimensions"]["area"]["codes"]["safety"]["label"] == "safety"
    assert _send(site.person("Ada"), "/codebooks/readings", _study()).status_code == 403
    nothing = made({"one.txt": "Ada: Nothing."}, [])
    assert _send(researcher, "/codebooks/readings", nothing).status_code == 422


def test_machines_are_nobody_and_their_codings_stay_out(site: Site, researcher: Someone) -> None:
    """A tool's machine is shown as such, can't be mapped to a person, and nothing of it counts."""
    content = made({"one.txt": INTERVIEW}, [("ChatGPT", "safety", CIRCLE)])
    seen = _send(researcher, "/projects/alpha/coded-files", content).json()
    assert seen["coders"] == [{"name": "ChatGPT", "codings": 1, "machine": True}]
    choices = {"unselected": "none", "coders": {"ChatGPT": researcher.name}}
    assert _send(researcher, "/projects/alpha/imports", content, choices).status_code == 422
    assert _taken(researcher, content)["segment_codings"] == 0


def test_nothing_imported_is_a_decision(site: Site, researcher: Someone) -> None:
    """Everything waits as before, nothing is final, and the store holds no decision."""
    _taken(researcher, _study(), {**BRANCHES, "coders": {"Ruth": researcher.name}})
    items = researcher.get("/projects/alpha/queue")["items"]
    assert len(items) == 2
    assert researcher.get("/projects/alpha/codings")["items"] == []
    seen = researcher.get(f"/segments/{items[0]['segment_id']}")
    assert (seen["own"], seen["final"]) == (None, {"domain": None, "level": None})
    with store.reading(site.engine) as connection:
        assert connection.execute(tables.decisions.select()).all() == []


def test_new_documents_may_stay_out_of_the_queue(researcher: Someone) -> None:
    """They are there to learn from, and wait for nobody."""
    _taken(researcher, _study(), {**BRANCHES, "queued": False})
    assert researcher.get("/projects/alpha/queue")["items"] == []


def test_a_decision_is_independent_of_what_could_not_be_seen(site: Site, researcher: Someone) -> None:
    """The first is; one made after the segment was not open any more, and another's coding showed, is not."""
    _taken(researcher, _study(), BRANCHES)
    segment = researcher.get("/projects/alpha/queue")["items"][0]["segment_id"]
    for _ in range(2):
        researcher.decide(segment, SAFE)
    with store.reading(site.engine) as connection:
        found = connection.execute(tables.decisions.select().order_by(tables.decisions.c.number)).all()
    assert [row.independent for row in found] == [True, False]


def test_a_list_of_codes_makes_a_codebook(researcher: Someone) -> None:
    """A file that only lists codes, as Taguette exports them, folds as well, and holds nothing else."""
    tags = "tag,description,number_of_highlights\nspace.safe,Feeling safe,0\nspace.calm,,0\n"
    answer = _send(researcher, "/codebooks/readings", tags.encode(), name="tags.csv")
    assert answer.status_code == 200, answer.text
    assert answer.json()["codebook"]["name"].startswith("tags-")
    assert answer.json()["preview"]["codings"] == 0
    assert _send(researcher, "/projects/alpha/coded-files", tags.encode(), name="tags.csv").status_code == 422


def test_a_tables_columns_are_shown_and_can_be_told(researcher: Someone) -> None:
    """What each was taken for, and all titles; another choice is read anew."""
    table = "file,who coded,passage,codes,second\none.txt,Ruth,We sit in a circle.,safety,awareness\n"
    seen = _send(researcher, "/projects/alpha/coded-files", table.encode(), {"columns": {"text": "passage"}}, "t.csv")
    assert seen.status_code == 200, seen.text
    assert seen.json()["titles"] == ["file", "who coded", "passage", "codes", "second"]
    assert seen.json()["columns"]["codes"] == "codes"
    told = {"columns": {"text": "passage", "codes": "second", "coder": "who coded"}}
    again = _send(researcher, "/projects/alpha/coded-files", table.encode(), told, "t.csv").json()
    assert [code["target"] for code in again["codes"] if code["codings"]] == ["domain:awareness"]
    assert [coder["name"] for coder in again["coders"]] == ["Ruth"]
