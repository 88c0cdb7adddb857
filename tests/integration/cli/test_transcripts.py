"""Reading, importing, suggesting and scoring on the command line."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.integration.cli.conftest import Inkling


def test_read_prints_what_was_understood(inkling: Inkling, interview: Path) -> None:
    """`read --json` prints turns with roles and segments whose text stands at their offsets."""
    shape = json.loads(inkling("read", str(interview), "--json").out)
    assert shape["document_id"] == "talk.txt"
    assert [turn["role"] for turn in shape["turns"]] == ["interviewer", "participant"] * 2
    for segment in shape["segments"]:
        assert segment["text"] == shape["text"][segment["start"] : segment["end"]]


def test_read_shows_a_person_what_to_check(inkling: Inkling, tmp_path: Path) -> None:
    """Without --json come the turns with speaker and role, the segments numbered, and the notes."""
    file = tmp_path / "talk.txt"
    file.write_bytes(
        "Maren: How was it?\n\nRuth: The caf\xe9 was closed.\n\nMaren: Why?\n\nRuth: Rain.\n".encode("cp1252")
    )
    said = inkling("read", str(file)).out
    for part in ("Maren (role unknown): How was it?", "   2  Ruth: The café was closed.", "4 turns, 4 segments."):
        assert part in said
    notes = [line for line in said.splitlines() if line.startswith("Note: ")]
    assert any("1252" in note for note in notes)
    assert any("Who asks is not known" in note for note in notes)
    asked = inkling("read", str(file), "--interviewer", "Maren").out
    assert "Maren (interviewer): Why?" in asked
    assert "   1  Ruth: The café was closed.\n   2  Ruth: Rain.\n\n4 turns, 2 segments." in asked


def test_import_stores_all_or_nothing(team: Inkling, interview: Path, tmp_path: Path) -> None:
    """One unreadable file among several stops the import before anything is stored."""
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"not a zip")
    done = team("import", str(interview), str(broken), "--project", "intake")
    assert done.code == 1
    assert "broken.docx" in done.err
    assert team("import", str(interview), "--project", "intake").out.startswith("talk.txt: ")


def test_importing_again_changes_nothing(team: Inkling, interview: Path) -> None:
    """The same text under the same id is unchanged; other text is refused."""
    assert team("import", str(interview), "--project", "intake").code == 0
    assert "unchanged" in team("import", str(interview), "--project", "intake").out
    interview.write_text(interview.read_text(encoding="utf-8") + "\nParticipant: One more thing.\n", encoding="utf-8")
    assert team("import", str(interview), "--project", "intake").code == 1


def test_two_files_of_one_id_are_refused(team: Inkling, interview: Path, tmp_path: Path) -> None:
    """Two inputs that would get one document id end with exit 1 and store nothing."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "talk.txt").write_text("Participant: Something else.\n", encoding="utf-8")
    assert team("import", str(interview), str(other / "talk.txt"), "--project", "intake").code == 1
    assert "unchanged" not in team("import", str(interview), "--project", "intake").out


def test_suggest_has_the_rest_body_without_ids(inkling: Inkling) -> None:
    """`suggest --text -` answers like the REST endpoint, for a model of definitions alone."""
    done = inkling("suggest", "--text", "-", "--json", stdin="We locked the side door and gave the mothers a code.")
    (suggestion,) = json.loads(done.out)["suggestions"]
    assert set(suggestion) == {"status", "model_id", "dimensions"}
    assert suggestion["status"] == "needs human decision"
    assert [d["dimension"] for d in suggestion["dimensions"]] == ["domain", "level", "theme"]


def test_an_interviewer_who_does_not_speak_is_refused_everywhere(
    team: Inkling, interview: Path, model: Path, tmp_path: Path
) -> None:
    """Reading, importing and suggesting refuse the name; scoring, which is done by then, warns of it."""
    named = ("--interviewer", "Nobody")
    source = ("suggest", "--file", str(interview), "--model", str(model))
    for words in (("read", str(interview)), ("import", str(interview), "--project", "intake"), source):
        done = team(*words, *named)
        assert (done.code, done.out) == (1, "")
        assert "--interviewer Nobody: no file has a speaker of this name" in done.err
    out = str(tmp_path / "scored")
    done = team("score", str(interview), "--model", str(model), "--out", out, *named, "--json")
    assert done.code == 0
    assert "Warning: --interviewer Nobody: no file has a speaker of this name" in done.err
    assert len(json.loads(done.out)["warnings"]) == 1


def test_import_says_where_nobody_is_known_to_ask(team: Inkling, tmp_path: Path) -> None:
    """One line, however many files; none once the one who asks is named."""
    for number in range(7):
        said = f"Lee: What is new in room {number}?\n\nMara: A chair.\n\nLee: And then?\n\nMara: We left.\n"
        (tmp_path / f"t{number}.txt").write_text(said, encoding="utf-8")
    files = [str(tmp_path / f"t{number}.txt") for number in range(7)]
    (line,) = team("import", *files[:6], "--project", "intake").err.splitlines()
    assert line.startswith("t0.txt, t1.txt, t2.txt, t3.txt, t4.txt and 1 more: note: Who asks is not known")
    assert "--interviewer" in line
    assert team("import", files[6], "--project", "intake", "--interviewer", "Lee").err == ""


def test_suggest_wants_one_source(inkling: Inkling, interview: Path) -> None:
    """Text and file together, or neither, is wrong use."""
    assert inkling("suggest").code == 2
    assert inkling("suggest", "--text", "x", "--file", str(interview)).code == 2


@pytest.fixture
def model(inkling: Inkling, tmp_path: Path) -> Path:
    """Return a model of definitions alone."""
    book = tmp_path / "book.yaml"
    book.write_text("topic:\n  rooms: Chairs, doors, rooms.\n  paper: Forms and typing.\n", encoding="utf-8")
    done = inkling("train", "--codebook", str(book), "--out", str(tmp_path / "bundle"), "--json")
    assert json.loads(done.out)["method"] == "definitions"
    return tmp_path / "bundle"


def test_score_accounts_for_every_segment(inkling: Inkling, interview: Path, model: Path, tmp_path: Path) -> None:
    """Each segment has one row per dimension, and none is a decision."""
    out = tmp_path / "scored"
    assert inkling("score", str(interview), "--model", str(model), "--out", str(out), "--json").code == 0
    rows = [row for file in sorted(out.rglob("*.parquet")) for row in pq.read_table(file).to_pylist()]
    shape = json.loads(inkling("read", str(interview), "--json").out)
    assert [row["position"] for row in rows] == [s["position"] for s in shape["segments"]]
    assert {row["status"] for row in rows} == {"needs human decision"}


def test_score_lists_an_unreadable_file_and_goes_on(
    inkling: Inkling, interview: Path, model: Path, tmp_path: Path
) -> None:
    """A refused file gives exit code 3 and a manifest line; the others are scored."""
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"not a zip")
    out = tmp_path / "scored"
    assert inkling("score", str(interview), str(broken), "--model", str(model), "--out", str(out)).code == 3
    lines = [json.loads(line) for line in (out / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    assert any(line.get("status") == "refused" and "broken.docx" in line["path"] for line in lines)


def test_score_needs_resume_for_a_folder_in_use(inkling: Inkling, interview: Path, model: Path, tmp_path: Path) -> None:
    """A folder that holds something is refused without --resume and left as it was with it."""
    out = tmp_path / "scored"
    words = ("score", str(interview), "--model", str(model), "--out", str(out))
    assert inkling(*words).code == 0
    assert inkling(*words).code == 1
    assert inkling(*words, "--resume").code == 0


def test_score_fills_a_project_queue_and_decides_nothing(team: Inkling, interview: Path, tmp_path: Path) -> None:
    """`score --project` puts the segments into the project's queue; the export holds no coding of them."""
    model = tmp_path / "bundle"
    book = Path("data/codebooks/trauma-informed-practice.yaml")
    assert team("train", "--codebook", str(book), "--out", str(model)).code == 0
    words = ("score", str(interview), "--model", str(model), "--out")
    assert team(*words, str(tmp_path / "scored"), "--project", "intake").code == 0
    assert team("export", "--project", "intake", "--format", "jsonl").out == ""
    assert team(*words, str(tmp_path / "other"), "--project", "nowhere").code == 1


def test_score_refuses_a_project_on_another_codebook(
    team: Inkling, interview: Path, model: Path, tmp_path: Path
) -> None:
    """A model of another codebook can't fill a project's queue."""
    done = team("score", str(interview), "--model", str(model), "--out", str(tmp_path / "out"), "--project", "intake")
    assert done.code == 1
    assert "codebook" in done.err
