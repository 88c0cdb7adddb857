"""The ways in: formats by the end of the name, mislabelled and oversized files, encodings."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from service import errors
from service.readers import files
from service.readers.containers import encodings

SPEECH = "José: ¿Cómo está? Mañana iré.\nMaria: Ça va, c’était déjà l’été – “oui”.\nJosé: Sí.\n"


def test_suffixes() -> None:
    """These formats can be read, whatever the case of the name's end."""
    assert files.SUFFIXES == (".docx", ".odt", ".rtf", ".vtt", ".srt", ".sbv", ".txt", ".csv", ".xlsx")
    assert files.read_transcript_bytes("A.TXT", b"Jane: One.").document_id == "A.TXT"


@pytest.mark.parametrize("name", ["a.ods", "a.pages", "a.pdf", "a.mp3", "a", "a.txt.gz", ".txt"])
def test_other_formats_are_refused(name: str, tmp_path: Path) -> None:
    """Other formats are refused in a sentence that names those that work, before the file is opened."""
    message = r"these can: \.docx, \.odt, \.rtf, \.vtt, \.srt, \.sbv, \.txt, \.csv, \.xlsx\.$"
    with pytest.raises(errors.UnreadableFile, match=message):
        files.read_transcript_bytes(name, b"Jane: One.")
    (tmp_path / name).touch()
    with pytest.raises(errors.UnreadableFile, match=message):
        files.read_transcript(tmp_path / name)


def test_document_id(tmp_path: Path) -> None:
    """A document is known by its file's name unless another name is given."""
    path = tmp_path / "p07.txt"
    path.write_text("Jane: One.", encoding="utf-8")
    assert files.read_transcript(path).document_id == "p07.txt"
    assert files.read_transcript(path, document_id="north/p07.txt").document_id == "north/p07.txt"
    assert files.read_transcript_bytes("north/p07.txt", b"Jane: One.").document_id == "p07.txt"


def zipped() -> bytes:
    """Return a zip archive's bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "b")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.txt", zipped(), "a zip archive"),
        ("a.csv", zipped(), "a zip archive"),
        ("a.vtt", zipped(), "a zip archive"),
        ("a.srt", b"%PDF-1.7\n", "a PDF"),
        ("a.txt", b"{\\rtf1 One}", "rich text"),
        ("a.txt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        ("a.txt", b"<!DOCTYPE html><html>One</html>", "a web page"),
        ("a.csv", b"PAR1One", "a Parquet file"),
        ("a.txt", b"One\0\x01\x02\x03" * 10, "not a text file"),
        ("a.docx", b"Jane: One.", "not a Word document"),
        ("a.odt", b"{\\rtf1 One}", "not an OpenDocument text"),
        ("a.sbv", b"1\n00:00:01,000 --> 00:00:02,000\nOne\n", r"captions; name the file \.srt"),
        ("a.sbv", b"WEBVTT\n\nOne\n", r"captions; name the file \.vtt"),
        ("a.txt", b"0:00:01.000,0:00:02.000\nOne\n", r"captions; name the file \.sbv"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1One", r"old format can't be read; open it in .* \.docx\.$"),
        ("a.doc", b"{\\rtf1 One}", r"this is rich text; name it \.rtf\.$"),
        ("a.doc", b"PK\x03\x04xx[Content_Types].xml word/document.xml", r"a newer Word file; name it \.docx\.$"),
        ("a.doc", zipped(), "a zip archive"),
        ("a.doc", b"\xef\xbb\xbf<html><body>One", "a web page"),
        ("a.doc", b"MIME-Version: 1.0\r\nOne", "a web page"),
        ("a.doc", b"<?xml version='1.0'?><?mso-application progid='Word.Document'?>One", "XML; open it in Word"),
        ("a.doc", b"%PDF-1.4 One", "a PDF"),
        ("a.doc", b"Jane: One.", r"no Word file; name it \.txt"),
    ],
)
def test_mislabelled_files_are_refused(name: str, content: bytes, what: str) -> None:
    """A file that is not what its name says is refused in one sentence that says what it is."""
    with pytest.raises(errors.UnreadableFile, match=what) as refusal:
        files.read_transcript_bytes(name, content)
    assert str(refusal.value).startswith(f"{name}: ")
    assert "One" not in str(refusal.value)


@pytest.mark.parametrize("suffix", files.SUFFIXES)
@pytest.mark.parametrize(
    "content", [b"", b" \r\n\t", b"\0" * 5000, b"\n" * 200_000], ids=["none", "spaces", "zeros", "lines"]
)
def test_empty_files_are_refused(suffix: str, content: bytes) -> None:
    """An empty file of any format is refused as empty."""
    with pytest.raises(errors.UnreadableFile, match="empty"):
        files.read_transcript_bytes("a" + suffix, content)


def test_too_large(tmp_path: Path) -> None:
    """A file over the limit is refused, by its size alone where it is a file; the limit is a setting."""
    path = tmp_path / "a.txt"
    with path.open("wb") as stream:
        stream.truncate(200_000_000)
    with pytest.raises(errors.TooLarge, match=r"^a\.txt: larger than the allowed 50,000,000 bytes\.$"):
        files.read_transcript(path)
    with pytest.raises(errors.TooLarge):
        files.read_transcript_bytes("a.txt", b"Jane: One.", max_bytes=5)


def test_missing_and_odd_files(tmp_path: Path) -> None:
    """A missing file, a folder and a pipe are refused without waiting."""
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    for name, message in (("none.txt", "no such file"), ("folder.txt", "not a file"), ("pipe.txt", "not a file")):
        with pytest.raises(errors.UnreadableFile, match=message):
            files.read_transcript(tmp_path / name)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac_roman"]
)
def test_encodings(encoding: str) -> None:
    """The usual encodings read exactly; a guess is noted, what the file itself says is not."""
    transcript = files.read_transcript_bytes("a.txt", SPEECH.encode(encoding))
    assert transcript.text == "¿Cómo está? Mañana iré.\n\nÇa va, c’était déjà l’été – “oui”.\n\nSí."
    assert [turn.speaker for turn in transcript.turns] == ["José", "Maria", "José"]
    assert bool(transcript.notes) == (encoding in ("utf-16-le", "utf-16-be", "cp1252", "mac_roman"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("こんにちは、元気ですか。\n".encode("shift_jis") * 5, "line 1: its encoding can't be told"),
        ("Jane: Привет, как дела?\n".encode("koi8-r") * 5, "line 1: its encoding can't be told"),
        ("Jane: été, déjà, où\n".encode() + b"Tom: \xe9t\n", "line 2: a damaged UTF-8 character"),
        (b"\xef\xbb\xbfJane: \xe9", "byte 7 is not"),
        (b"\xff\xfeJ\x00a\x00\x00\xd8x\x00", "byte 5 is not"),
        (b"Jane: \x81\x8d\x01\x02 yes", "its encoding can't be told"),
    ],
)
def test_unknown_encodings_are_refused(content: bytes, message: str) -> None:
    """Bytes that are no text in a known encoding are refused with the place, rather than garbled."""
    with pytest.raises(errors.UnreadableFile, match=message):
        files.read_transcript_bytes("a.txt", content)


def test_guess_in_a_large_file_is_quick() -> None:
    """A guess looks at a bounded part of a large file."""
    content = ("Jane: We had a café by the river and it was good.\n".encode("cp1252")) * 100_000
    assert encodings.decode("a.txt", content).text.count("café") == 100_000


def test_first_accent_late_in_a_large_file() -> None:
    """A file that is plain for megabytes before its first accent is guessed all the same, and quickly."""
    content = b"Jane: We had a place by the river and it was good.\n" * 100_000 + "Tom: café\n".encode("cp1252")
    assert encodings.decode("a.txt", content).text.endswith("café\n")
    assert encodings.decode("a.txt", b"a " * 3_000_000 + b"caf\xe9").text.endswith("café")
