"""Reading for a person or program: turns and segments as JSON, and what inputs are known as."""

from pathlib import Path

import pytest

from service import errors
from service.use_cases import read_transcript

TEXT = "Interviewer: How did it start?\nMaria: We met. Then we left.\n"


def test_json_has_the_agreed_keys(tmp_path: Path) -> None:
    """The JSON holds text, turns and segments with offsets; the interviewer's question is no segment."""
    path = tmp_path / "p07.txt"
    path.write_text(TEXT, encoding="utf-8")
    found = read_transcript.as_json(read_transcript.read(path))
    assert found == {
        "document_id": "p07.txt",
        "text": "How did it start?\n\nWe met. Then we left.",
        "turns": [
            {"speaker": "Interviewer", "role": "interviewer", "start": 0, "end": 17},
            {"speaker": "Maria", "role": "participant", "start": 19, "end": 40},
        ],
        "segments": [{"position": 0, "start": 19, "end": 40, "text": "We met. Then we left."}],
        "notes": [],
    }


def test_bytes_read_as_a_file_does(tmp_path: Path) -> None:
    """Bytes under a file's name give the same, with an id and options of one's own."""
    options = read_transcript.Options(interviewers=("maria",), include_interviewer=True)
    found = read_transcript.read(TEXT.encode(), name="p07.txt", document_id="x/p07.txt", options=options)
    assert found.transcript.document_id == "x/p07.txt"
    assert [segment.role for segment in found.segments] == ["interviewer", "interviewer"]
    with pytest.raises(errors.TooLarge):
        read_transcript.read(TEXT.encode(), name="p07.txt", options=read_transcript.Options(max_bytes=3))


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("We met.\n\nThen we left.\n", "No speaker was recognised"),
        ("Lee: How so?\n\nMara: We met.\n\nLee: And then?\n\nMara: We left.\n", "Who asks is not known"),
        ("Mara: We met.\n\nMara: We left.\n", None),
        (TEXT, None),
    ],
)
def test_it_is_said_where_questions_can_not_be_told_from_answers(text: str, note: str | None) -> None:
    """A note says that no speaker was recognised, or that nobody of several is known to ask."""
    notes = read_transcript.read(text.encode(), name="a.txt").transcript.notes
    assert [found.startswith(str(note)) for found in notes] == ([] if note is None else [True])
    if "Lee" in text:
        named = read_transcript.read(text.encode(), name="a.txt", options=read_transcript.Options(("lee",)))
        assert named.transcript.notes == ()


def build(folder: Path, *names: str) -> None:
    """Write small transcripts."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(TEXT, encoding="utf-8")


def test_ids_below_a_folder(tmp_path: Path) -> None:
    """A folder's documents are known by their paths below it, in order; other, hidden and lock files are left out."""
    build(tmp_path, "b.txt", "north/a.vtt", "north/deep/c.DOCX", "participants.csv", "north/participants.csv")
    build(tmp_path, ".hidden.txt", ".git/d.txt", "~$b.docx", "notes.pdf", "B2.csv")
    ids = [document_id for _, document_id in read_transcript.document_ids([tmp_path])]
    assert ids == ["B2.csv", "b.txt", "north/a.vtt", "north/deep/c.DOCX"]


def test_ids_of_files(tmp_path: Path) -> None:
    """A file given by itself is known by its name, whatever its format; reading it will tell."""
    build(tmp_path, "north/a.txt", "b.pdf")
    found = read_transcript.document_ids([tmp_path / "north/a.txt", tmp_path / "b.pdf"])
    assert found == [(tmp_path / "north/a.txt", "a.txt"), (tmp_path / "b.pdf", "b.pdf")]


def test_two_inputs_with_one_id_are_refused(tmp_path: Path) -> None:
    """Two inputs known by one id are refused before anything is read."""
    build(tmp_path, "north/a.txt", "south/a.txt")
    with pytest.raises(errors.BadInput, match=r"^a\.txt: two inputs"):
        read_transcript.document_ids([tmp_path / "north/a.txt", tmp_path / "south"])
    assert len(read_transcript.document_ids([tmp_path])) == 2


def test_folder_without_transcripts_is_refused(tmp_path: Path) -> None:
    """A folder in which nothing can be read is refused, not passed over."""
    with pytest.raises(errors.BadInput, match="holds no transcript"):
        read_transcript.document_ids([tmp_path])
