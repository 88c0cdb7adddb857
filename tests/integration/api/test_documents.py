"""Transcripts over HTTP: preview, import, show, note."""

import json
from pathlib import Path
from typing import Any

import pytest

from service import errors
from service.use_cases.import_transcript import import_files
from service.use_cases.read_transcript import Options
from tests.fakes import ADDRESS, INTERVIEW, SAFE, Site, Someone


@pytest.fixture
def coder(site: Site) -> Someone:
    site.project()
    return site.person("Ada", member_of=("alpha",))


def _listed(someone: Someone) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = someone.get("/projects/alpha/documents")["items"]
    return found


def test_a_preview_shows_what_was_understood_and_stores_nothing(coder: Someone) -> None:
    """The person sees who speaks before anything is kept."""
    files = {"file": ("one.txt", INTERVIEW.encode(), "text/plain")}
    answer = coder.ask("POST", "/projects/alpha/previews", files=files, headers={"Origin": ADDRESS})
    assert answer.status_code == 200
    seen = answer.json()
    assert {turn["speaker"]: turn["role"] for turn in seen["turns"]} == {
        "Interviewer": "interviewer",
        "Participant": "participant",
    }
    assert all(s["text"] == seen["text"][s["start"] : s["end"]] for s in seen["segments"])
    assert _listed(coder) == []


def test_the_interviewer_can_be_named(coder: Someone) -> None:
    """Their turns are context then, not segments."""
    text = "Maren: How was it?\n\nRuth: It was hard at first, and then it was not.\n\nMaren: Why?\n\nRuth: Company.\n"
    everyone = coder.bring("alpha", "all.txt", text).json()
    asked = coder.bring("alpha", "asked.txt", text, interviewers=["Maren"]).json()
    assert (everyone["segments"], asked["segments"]) == (4, 2)
    shown = coder.get("/projects/alpha/documents/asked.txt")
    assert [turn["role"] for turn in shown["turns"]] == ["interviewer", "participant"] * 2
    assert {segment["speaker"] for segment in shown["segments"]} == {"Ruth"}


def test_importing_the_same_text_again_changes_nothing(coder: Someone) -> None:
    """What was decided on it stays, and so do its segments."""
    first = coder.bring("alpha", "one.txt").json()
    segment = coder.get("/projects/alpha/queue")["items"][0]["segment_id"]
    coder.decide(segment, SAFE)
    again = coder.bring("alpha", "one.txt", INTERVIEW.replace("\n", "\r\n"))
    assert again.status_code == 201
    assert again.json() == {**first, "unchanged": True}
    assert coder.get(f"/segments/{segment}")["own"]["codes"] == SAFE
    assert len(_listed(coder)) == 1


def test_a_documents_participant_and_attributes_can_be_typed(coder: Someone) -> None:
    """At import or later; what is not sent stays as it is."""
    coder.bring("alpha", "one.txt", participant_id="P1", attributes=json.dumps({"organisation": "Harbour House"}))
    assert _listed(coder)[0]["participant_id"] == "P1"
    assert _listed(coder)[0]["attributes"] == {"organisation": "Harbour House"}

    def note(body: Any) -> Any:
        answer = coder.ask("PATCH", "/projects/alpha/documents/one.txt", json=body)
        assert answer.status_code == 200, answer.text
        return {key: answer.json()[key] for key in ("participant_id", "attributes", "content_note")}

    kept = {"participant_id": "P1", "attributes": {"organisation": "Harbour House"}, "content_note": ""}
    assert note({}) == kept
    assert note({"content_note": "Speaks of violence."}) == {**kept, "content_note": "Speaks of violence."}
    assert note({"attributes": {"region": "north"}})["attributes"] == {"region": "north"}
    assert note({"participant_id": "P2"})["attributes"] == {}
    assert note({"participant_id": "P1"})["attributes"] == {"region": "north"}
    for bad in ({"participant_id": ""}, {"attributes": {"region": 1}}, {"content_note": "\x00"}, {"text": "other"}):
        assert coder.ask("PATCH", "/projects/alpha/documents/one.txt", json=bad).status_code == 422


def test_a_document_shows_its_segments_as_the_person_may_see_them(coder: Someone) -> None:
    """Text, turns, and each segment with its own state."""
    coder.bring("alpha", "one.txt")
    shown = coder.get("/projects/alpha/documents/one.txt")
    assert [s["text"] for s in shown["segments"]] == [shown["text"][s["start"] : s["end"]] for s in shown["segments"]]
    assert all(s["open"] and s["own"] is None for s in shown["segments"])
    coder.decide(shown["segments"][0]["segment_id"], SAFE, memo="why")
    (first, *rest) = coder.get("/projects/alpha/documents/one.txt")["segments"]
    assert (first["open"], first["own"]["memo"], first["final"]) == (False, "why", SAFE)
    assert all(segment["open"] for segment in rest)
    (listed,) = _listed(coder)
    assert (listed["segments"], listed["decided"], listed["open"]) == (len(rest) + 1, 1, len(rest))


def test_what_was_said_before_is_the_context_of_a_segment(coder: Someone) -> None:
    """The interviewer's question comes along in an export."""
    coder.bring("alpha", "one.txt")
    coder.decide(coder.get("/projects/alpha/queue")["items"][0]["segment_id"], SAFE)
    lines = coder.ask("GET", "/projects/alpha/export?format=jsonl").text.splitlines()
    assert {json.loads(line)["context"] for line in lines} == {"How do you begin a session?"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""),
        ("nothing.docx", b"zebracanary"),
        ("machine.csv", b"document_id,text,dimension,suggested,candidate_set\nd,zebracanary,x,a,a;b\n"),
        ("decided.csv", b"document_id,text,dimension,codes\nd,zebracanary,domain,safety\n"),
        ("notes.pdf", b"%PDF-1.7 zebracanary"),
        ("nul.txt", b"Ada: zebra\x00canary\n" * 20),
        ("captions.vtt", b"zebracanary"),
    ],
)
def test_files_that_are_no_transcripts_are_refused(coder: Someone, name: str, content: bytes) -> None:
    """One clear sentence that names the file and none of its words; nothing is stored."""
    files = {"file": (name, content, "application/octet-stream")}
    for path in ("documents", "previews"):
        answer = coder.ask("POST", f"/projects/alpha/{path}", files=files, headers={"Origin": ADDRESS})
        assert answer.status_code == 422, answer.text
        assert name in answer.json()["detail"]
        assert "zebracanary" not in answer.text
    assert _listed(coder) == []


def test_uploads_that_are_not_whole_are_refused(coder: Someone) -> None:
    """No file, no name, attributes that are no mapping."""
    headers = {"Origin": ADDRESS}
    path = "/projects/alpha/documents"
    assert coder.ask("POST", path, data={"participant_id": "P1"}, headers=headers).status_code == 422
    assert coder.ask("POST", path, files={"file": (".", b"x")}, headers=headers).status_code == 422
    for attributes in ("[]", "x", '{"a": {"b": 1}}', '{"a": 1}'):
        assert coder.bring("alpha", "one.txt", attributes=attributes).status_code == 422
    assert _listed(coder) == []


def test_a_file_name_is_taken_without_its_folders(coder: Someone) -> None:
    """Whatever a browser sends before the name."""
    for sent in ("C:\\interviews\\one.txt", "/etc/one.txt", "../../one.txt"):
        assert coder.bring("alpha", sent).json()["document_id"] == "one.txt"


class TestFolders:
    """Files and folders that the operator imports."""

    def _import(self, site: Site, *inputs: Path) -> Any:
        return import_files(site.engine, "alpha", inputs, Options(), site.clock())

    def test_ids_are_paths_below_the_folder(self, site: Site, coder: Someone, tmp_path: Path) -> None:
        """Slashes reach the document over HTTP too; participants.csv says who speaks."""
        folder = tmp_path / "in"
        (folder / "north").mkdir(parents=True)
        (folder / "north" / "one.txt").write_text(INTERVIEW)
        (folder / "two.txt").write_text(INTERVIEW.replace("circle", "square"))
        (folder / "participants.csv").write_text(
            "document_id,participant_id,organisation\nnorth/one.txt,P1,Harbour House\ntwo.txt,P2,Lakeside\n"
        )
        found = self._import(site, folder)
        assert {item.document_id for item in found} == {"north/one.txt", "two.txt"}
        shown = coder.get("/projects/alpha/documents/north/one.txt")
        assert (shown["participant_id"], shown["attributes"]) == ("P1", {"organisation": "Harbour House"})
        assert coder.get("/projects/alpha/documents/north%2Fone.txt") == shown
        assert [item.unchanged for item in self._import(site, folder)] == [True, True]

    def test_a_list_beside_single_files_counts_too(self, site: Site, coder: Someone, tmp_path: Path) -> None:
        """Also where the list itself is among the files named."""
        (tmp_path / "one.txt").write_text(INTERVIEW)
        (tmp_path / "participants.csv").write_text("document_id,participant_id\none.txt,P9\n")
        self._import(site, tmp_path / "one.txt", tmp_path / "participants.csv")
        assert _listed(coder)[0]["participant_id"] == "P9"

    def test_all_files_or_none(self, site: Site, coder: Someone, tmp_path: Path) -> None:
        """One broken file, one twice-used id or one conflict, and nothing is stored."""
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        good, twin, broken = tmp_path / "a" / "one.txt", tmp_path / "b" / "one.txt", tmp_path / "a" / "broken.docx"
        good.write_text(INTERVIEW)
        twin.write_text(INTERVIEW.replace("circle", "square"))
        broken.write_bytes(b"no")
        for inputs in ((good, twin), (good, broken)):
            with pytest.raises(errors.BadInput):
                self._import(site, *inputs)
            assert _listed(coder) == []
        self._import(site, good)
        other = tmp_path / "a" / "other.txt"
        other.write_text(INTERVIEW)
        with pytest.raises(errors.Conflict):
            self._import(site, other, twin)
        assert [item["document_id"] for item in _listed(coder)] == ["one.txt"]

    def test_an_unknown_project_is_told(self, site: Site, tmp_path: Path) -> None:
        """By its name, which the operator typed."""
        (tmp_path / "one.txt").write_text(INTERVIEW)
        with pytest.raises(errors.NotFound, match="nowhere"):
            import_files(site.engine, "nowhere", [tmp_path / "one.txt"], Options(), site.clock())
