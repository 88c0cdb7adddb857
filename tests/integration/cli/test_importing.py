"""Coded work of other tools on the command line: in, looked at, trained on, and out again."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.domain.coded_file import CodedFile, ForeignCode, ForeignCoder, ForeignCoding, ForeignDocument
from service.readers import excerpts
from service.readers.codebook import read_codebook
from service.writers import qdc, qdpx
from service.writers.refi import ORIGIN
from tests.integration.cli.conftest import Inkling

NOW = datetime(2026, 5, 4, tzinfo=UTC)
CODES = (
    ForeignCode("1", ("Place",), codable=False),
    ForeignCode("2", ("Place", "door"), "What is locked."),
    ForeignCode("3", ("Place", "book"), "What is read."),
    ForeignCode("4", ("Other",), codable=False),
    ForeignCode("5", ("Other", "odd")),
)
CODERS = (ForeignCoder("a", "Ana"), ForeignCoder("b", "Ben"))
#: What is said of each code, another way in each interview.
SAID = (
    ("We lock the side door at night and I was number {}.", "I read a book on sleep to them and I was number {}."),
    ("The front door has a new lock since day {} of it.", "There was a book in the office on day {} of it."),
    ("Nobody opens a door to a man, we were {} of us then.", "A book about trauma lay there, we were {} of us."),
)


def answer(number: int, place: int) -> str:
    """Return what is answered in an interview: of a door, then of a book, and so on."""
    return SAID[number][place % 2].format(place)


def talk(number: int) -> str:
    """Return the text of an interview."""
    turns = (f"Lee: And day {n}?\n\nMara: {answer(number, n)}" for n in range(6))
    return "\n\n".join(turns) + "\n"


def document(number: int, coder: str = "a", *, odd: bool = False) -> ForeignDocument:
    """Return an interview in which every answer is coded."""
    text = talk(number)
    codings = []
    for n in range(6):
        start = text.index(answer(number, n))
        codings.append(ForeignCoding(start, start + 30, "25"[odd] if n % 2 == 0 else "3", coder))
    return ForeignDocument(f"talk{number}.txt", text, tuple(codings))


def write_project(file: Path, *found: ForeignDocument) -> Path:
    with file.open("wb") as out:
        qdpx.write(CodedFile(file.name, "", "Some tool", found, CODES, CODERS), out, NOW)
    return file


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A project of three interviews, coded by Ana."""
    return write_project(tmp_path / "study.qdpx", *(document(n) for n in range(3)))


@pytest.fixture
def codes(tmp_path: Path) -> Path:
    """The same project's codes alone."""
    file = tmp_path / "codes.qdc"
    with file.open("wb") as out:
        qdc.write(CODES, out)
    return file


@pytest.fixture
def project(team: Inkling, codes: Path) -> Inkling:
    """Have a project whose codebook comes from those codes."""
    done = team(
        "projects", "create", "study", "--codebook", str(codes), "--dimension", "Place=place", "--dimension", "Other="
    )
    assert done.code == 0
    return team


def take(inkling: Inkling, *words: str | Path, code: int = 0) -> dict[str, Any]:
    done = inkling("import", *map(str, words), "--project", "study", "--json")
    assert (done.code, done.err) == (code, "")
    found: dict[str, Any] = json.loads(done.out)
    return found


@pytest.mark.parametrize("suffix", ["qdc", "qdpx"])
def test_a_projects_codebook_may_be_another_tools_codes(team: Inkling, study: Path, codes: Path, suffix: str) -> None:
    """Each branch is a dimension, as it is called or as a person says; what came of it is printed."""
    file = codes if suffix == "qdc" else study
    done = team("projects", "create", "mine", "--codebook", str(file), "--dimension", "Place=where")
    assert done.code == 0
    assert "where (2 codes), Other (1 code)" in done.out
    refused = team("projects", "create", "two", "--codebook", str(file), "--dimension", "Nowhere=x")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "Nowhere is not in the file's tree" in refused.err
    assert "two" not in team("projects", "list").out


def test_codes_are_written_as_a_codebook_to_read_and_change(inkling: Inkling, codes: Path, tmp_path: Path) -> None:
    """`codebook FILE` writes YAML that reads back, to a file or to stdout; a codebook of ours has its dimensions."""
    out, words = tmp_path / "x.yaml", ("codebook", str(codes), "--dimension", "Place=where", "--out")
    assert inkling(*words, str(out)).err == f"{out}: 2 dimensions.\n"
    book = read_codebook(out)
    assert {d.id: [c.id for c in d.codes] for d in book.dimensions} == {"where": ["door", "book"], "Other": ["odd"]}
    assert book.dimensions[0].codes[0].definition == "What is locked."
    assert inkling(*words, "-").out == out.read_text("utf-8")
    refused = inkling("codebook", str(out), "--dimension", "where=x")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert inkling("codebook", str(codes), "--dimension", "Place").code == 2


def test_a_file_is_looked_at_before_it_is_imported(project: Inkling, tmp_path: Path) -> None:
    """The preview shows documents, coders, codes and what they are here, what is left, and what has yet to be said."""
    file = write_project(tmp_path / "study.qdpx", document(0), document(1, "", odd=True))
    done = project("import", str(file), "--project", "study", "--preview")
    assert done.code == 0
    for line in (
        "study.qdpx: Inkling",
        "  talk0.txt: ",
        "Coder Ana: 6 codings",
        "Coder not named: 6 codings",
        "Branch Place: dimension Place",
        "  Place > door: 3 codings -> place:door",
        "  Other > odd: 3 codings (the codebook has no such code)",
        "12 of 12 selections aligned",
        "Left: codings with Other > odd (3): the codebook has no such code",
        "To be said: Say what lies under no selection",
        "To be said: It names no coder",
    ):
        assert line in done.out
    (seen,) = json.loads(project("import", str(file), "--project", "study", "--preview", "--json").out)
    assert [code["target"] for code in seen["codes"]] == [None, "place:door", "place:book", None, None]
    assert json.loads(project("imports", "list", "--project", "study", "--json").out) == []
    assert project("export", "--project", "study", "--codings", "all").err == "0 rows.\n"
    transcript = tmp_path / "t.txt"
    transcript.write_text(talk(0), encoding="utf-8")
    assert project("import", str(transcript), "--project", "study", "--preview").code == 2


def test_read_shows_all_that_a_file_holds(inkling: Inkling, study: Path) -> None:
    """As JSON: texts, turns, segments and codings, each at its offsets; for people, what the preview shows."""
    found = json.loads(inkling("read", str(study), "--json").out)
    assert [d["document_id"] for d in found["documents"]] == ["talk0.txt", "talk1.txt", "talk2.txt"]
    first = found["documents"][0]
    assert first["text"] == talk(0)
    assert [turn["speaker"] for turn in first["turns"]][:2] == ["Lee", "Mara"]
    for segment in first["segments"]:
        assert segment["text"] == talk(0)[segment["start"] : segment["end"]]
    assert first["codings"][0]["code"] == ["Place", "door"]
    assert talk(0)[first["codings"][0]["start"] : first["codings"][0]["end"]] == answer(0, 0)[:30]
    assert "Coder Ana: 18 codings" in inkling("read", str(study)).out


def test_what_the_file_does_not_say_is_asked_for(project: Inkling, study: Path, tmp_path: Path) -> None:
    """Wrong use, with a sentence that says which option; nothing is stored."""
    nameless = write_project(tmp_path / "nameless.qdpx", document(0, ""))
    for words, said in (
        ((str(study),), "--unselected none|unknown"),
        ((str(nameless), "--unselected", "none"), "--coded-by"),
        ((str(nameless), "--unselected", "none", "--coder", "="), "--coded-by"),
        ((str(study), "--unselected", "perhaps"), "perhaps"),
        ((str(study), "--unselected", "none", "--code", "door"), "NAME=VALUE"),
        ((str(study), "--unselected", "none", "--column", "text"), "text=TITLE"),
    ):
        done = project("import", *words, "--project", "study")
        assert done.code == 2
        assert said in " ".join(done.err.replace("│", " ").split())
    assert json.loads(project("imports", "list", "--project", "study", "--json").out) == []
    take(project, nameless, "--unselected", "none", "--coded-by", "Two students.")
    project("projects", "member", "study", "rita")
    take(project, nameless, "--unselected", "none", "--coder", "=rita")
    listed = json.loads(project("imports", "list", "--project", "study", "--json").out)
    assert [(one["coded_by"], one["ended"]) for one in listed] == [("Two students.", True), ("", False)]


def test_what_became_of_a_file_is_said(project: Inkling, tmp_path: Path) -> None:
    """Each document, what was kept and what it comes to on stdout; what is left on stderr. Once more: unchanged."""
    file = write_project(tmp_path / "study.qdpx", document(0), document(1, "b", odd=True))
    words = ("import", str(file), "--project", "study", "--unselected", "unknown", "--interviewer", "Lee")
    done = project(*words)
    assert done.code == 0
    kept = "12 of 12 codings kept at their offsets, 9 with a code of the project's"
    assert done.out.splitlines() == [
        "talk0.txt: 6 segments",
        "talk1.txt: 6 segments",
        f"study.qdpx ({ORIGIN}): {kept}, 9 codings of segments",
    ]
    assert done.err == "study.qdpx: left: codings with Other > odd (3): the codebook has no such code\n"
    again = project(*words)
    assert again.out.splitlines()[-1] == f"study.qdpx ({ORIGIN}): unchanged"


def test_refusals_are_one_line_and_store_nothing(project: Inkling, study: Path, tmp_path: Path) -> None:
    """People who are no members, codes that are not there, damaged files, another text of a known document."""
    broken = tmp_path / "broken.qdpx"
    broken.write_bytes(b"no zip")
    said = (str(study), "--unselected", "none")
    for words, part in (
        ((*said, "--coder", "Ana=cora"), "cora is no member of study"),
        ((*said, "--coder", "Zoe=cora"), "there is no coder Zoe"),
        ((*said, "--code", "Place > door=where:door"), "no code where:door"),
        ((*said, "--dimension", "Nowhere=place"), "Nowhere is not in the file's tree"),
        ((str(broken), *said), "broken.qdpx"),
    ):
        done = project("import", *words, "--project", "study")
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert part in done.err
    transcript = tmp_path / "talk1.txt"
    transcript.write_text("Lee: Other words.\n\nMara: Yes.\n", encoding="utf-8")
    assert project("import", str(transcript), "--project", "study").code == 0
    beside = tmp_path / "beside.txt"
    beside.write_text("Lee: Hm.\n\nMara: Hm.\n", encoding="utf-8")
    done = project("import", str(beside), *said, "--project", "study")
    assert (done.code, "talk1.txt" in done.err) == (1, True)
    assert "unchanged" not in project("import", str(beside), "--project", "study").out
    assert json.loads(project("imports", "list", "--project", "study", "--json").out) == []


def test_imports_are_listed_and_taken_back(project: Inkling, study: Path) -> None:
    """Withdrawn, a file's codings count no longer, and its documents stay."""
    take(project, study, "--unselected", "none")
    (one,) = json.loads(project("imports", "list", "--project", "study", "--json").out)
    assert (one["file"], one["tool"], one["unselected"], one["ended"]) == ("study.qdpx", ORIGIN, "none", False)
    assert project("imports", "list", "--project", "study").out.startswith(f"{one['import_id']}\t20")
    assert project("export", "--project", "study", "--codings", "all").err == "36 rows.\n"
    done = project("imports", "withdraw", one["import_id"], "--project", "study")
    assert (done.code, done.out) == (0, f"The codings of {one['import_id']} count no longer; its documents stay.\n")
    assert "\tended\t" in project("imports", "list", "--project", "study").out
    assert project("export", "--project", "study", "--codings", "all").err == "0 rows.\n"
    for unknown in (one["import_id"], "nothing"):
        done = project("imports", "withdraw", unknown, "--project", "study")
        assert (done.code, done.err.count("\n")) == (1, 1)
    assert take(project, study, "--unselected", "none")["files"][0]["unchanged"] is False


def test_excerpts_go_into_the_transcripts_that_come_with_them(project: Inkling, tmp_path: Path) -> None:
    """A table of excerpts and its transcript in one command; columns that can't be guessed are told."""
    transcript, table = tmp_path / "talk0.txt", tmp_path / "excerpts.csv"
    transcript.write_text(talk(0), encoding="utf-8")
    lines = ["Interview,Gesagtes,Marke,Person", f"talk0,{answer(0, 0)},door,Ana"]
    table.write_text("\n".join([*lines, "talk0,Not said.,door,Ana"]) + "\n", encoding="utf-8")
    told = [f"{ours}={title}" for ours, title in (("text", "Gesagtes"), ("codes", "Marke"), ("coder", "Person"))]
    columns = [word for pair in told for word in ("--column", pair)]
    done = take(project, transcript, table, "--unselected", "unknown", *columns)
    assert [d["document_id"] for d in done["documents"]] == ["talk0.txt"]
    (file,) = done["files"]
    assert (file["codings"], file["kept"], file["segment_codings"]) == (2, 1, 1)
    assert [left["what"] for left in file["left"]] == ["excerpts"]


def test_machine_output_is_no_coding(project: Inkling, tmp_path: Path) -> None:
    """What `score` wrote, and an answer with suggestions, are refused in one line under any name."""
    scored = tmp_path / "part.parquet"
    columns = {
        "document_id": ["a"],
        "text": ["x"],
        "dimension": ["place"],
        "codes": [["door"]],
        "probabilities": [[0.9]],
    }
    pq.write_table(pa.table(columns), scored)
    answer = json.dumps({"suggestions": [{"status": "needs human decision", "dimensions": []}]})
    files = [scored]
    for name in ("answer.json", "answer.jsonl"):
        (tmp_path / name).write_text(answer + "\n", encoding="utf-8")
        files.append(tmp_path / name)
    (tmp_path / "scored.csv").write_text("document_id,text,dimension,codes,candidate_set\na,x,place,door,door\n")
    for file in (*files, tmp_path / "scored.csv"):
        done = project("import", str(file), "--project", "study", "--unselected", "none", "--coded-by", "x")
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert file.name in done.err
    assert json.loads(project("imports", "list", "--project", "study", "--json").out) == []


def test_a_model_is_trained_on_imported_codings_alone(project: Inkling, study: Path, tmp_path: Path) -> None:
    """Nobody has decided anything; the model is fitted, measured between participants, and suggests."""
    take(project, study, "--unselected", "none", "--interviewer", "Lee")
    done = project("train", "--project", "study", "--no-tune", "--out", str(tmp_path / "m"), "--json")
    assert done.code == 0
    result = json.loads(done.out)
    assert result["dimensions"] != {}
    assert set(result["metrics"]["dimensions"]) == {"place"}
    said = project("suggest", "--text", "They lock the side door.", "--model", str(tmp_path / "m"), "--json")
    (place,) = json.loads(said.out)["suggestions"][0]["dimensions"]
    assert place["candidates"][0]["code"] == "door"


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "docx", "qdpx", "qdc"])
def test_every_form_goes_to_a_file_or_to_stdout(project: Inkling, study: Path, tmp_path: Path, form: str) -> None:
    """The same bytes but for their time; on stderr stands how much it is."""
    take(project, study, "--unselected", "unknown")
    words = ("export", "--project", "study", "--format", form, "--codings", "all")
    out = tmp_path / f"out.{form}"
    done = project(*words, "--out", str(out))
    counted = {"csv": "18 rows", "jsonl": "18 rows", "xlsx": "18 rows", "qdc": "2 codes"}.get(form, "18 codings")
    assert (done.code, done.out, done.err) == (0, "", f"{out}: {counted}.\n")
    shown = _run((*words, "--out", "-"), os.environ.copy())
    assert shown.returncode == 0
    assert shown.stderr.decode().splitlines()[-1] == f"{counted}."
    if form in ("xlsx", "docx", "qdpx"):
        assert is_zipfile(out)
        assert is_zipfile(io.BytesIO(shown.stdout))
    else:
        assert shown.stdout == out.read_bytes()
    if form in ("csv", "jsonl"):
        assert {(row.annotator_id, row.origin) for row in excerpts.read_rows(out)} == {("Ana", "imported")}


def _run(words: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "service", *words], capture_output=True, env=environment, check=False, timeout=120
    )


def test_one_document_can_be_exported_alone(project: Inkling, study: Path) -> None:
    """One that is not there is named."""
    take(project, study, "--unselected", "unknown")
    words = ("export", "--project", "study", "--codings", "all", "--document")
    assert project(*words, "talk1.txt").err == "6 rows.\n"
    done = project(*words, "talk9.txt")
    assert (done.code, done.err) == (1, "inkling: There is no document talk9.txt in study.\n")
