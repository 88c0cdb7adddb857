"""What is written into a file of another program comes back, and a damaged one is read or refused by name."""

import io
import zipfile
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import errors
from service.domain.transcript import Transcript
from service.readers import files
from service.readers.containers import sheets
from tests.written_files import odt, rtf, xlsx, zipped

#: Letters of many scripts, some beyond the first 65,536 characters, without what a reader takes for marks of its own.
_LETTERS = st.characters(categories=["Lu", "Ll", "Lo", "Sc", "So"], exclude_characters="♪♫", max_codepoint=0x1FAFF)
WORDS = st.lists(st.text(_LETTERS, min_size=1, max_size=12), min_size=1, max_size=6).map(lambda words: " ".join(words))
SPEECH = st.lists(WORDS.map(lambda words: f"So {words} then."), min_size=1, max_size=6)
#: Where, how many bytes go, and what comes instead.
_BYTES = st.binary(max_size=6) | st.sampled_from([b"{", b"}", b"\\", b"<", b"&", b"\\bin9", b'"', b"r:id", b"99999999"])
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4), _BYTES), min_size=1, max_size=4)


def _sbv(*texts: str) -> bytes:
    cues = (f"0:{n:02d}:00.000,0:{n:02d}:09.000\n{text}\n" for n, text in enumerate(texts))
    return "\n".join(cues).encode()


def _xlsx(*texts: str) -> bytes:
    return xlsx({"Talk": [("speaker", "text"), *(text.split(": ", 1) for text in texts)]})


WRITERS = {".rtf": rtf, ".odt": odt, ".sbv": _sbv, ".xlsx": _xlsx}


def _read(suffix: str, content: bytes) -> Transcript:
    return files.read_transcript_bytes(f"a{suffix}", content)


@pytest.mark.parametrize("suffix", WRITERS)
@settings(deadline=None, max_examples=60)
@given(speech=SPEECH)
def test_words_come_back(suffix: str, speech: list[str]) -> None:
    """Accents, other scripts and characters beyond the first 65,536 come back as they were written, in order."""
    names = [("Jane", "Tom")[number % 2] for number in range(len(speech))]
    content = WRITERS[suffix](*(f"{name}: {words}" for name, words in zip(names, speech, strict=True)), "Jane: End.")
    transcript = _read(suffix, content)
    expected = [*speech, "End."] if names[-1] == "Tom" else [*speech[:-1], f"{speech[-1]}\nEnd."]
    said = [transcript.text[turn.start : turn.end] for turn in transcript.turns]
    assert [words.replace("\n", " ") for words in said] == [words.replace("\n", " ") for words in expected]


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(st.lists(st.text(_LETTERS | st.sampled_from(" \n\t_x0&<"), max_size=8), max_size=5), max_size=5))
def test_cells_come_back(rows: list[list[str]]) -> None:
    """Cells come back exactly, but for empty ones at a row's end and rows without any."""
    filled = [(number, _trimmed(row)) for number, row in enumerate(rows, 1)]
    (sheet,) = sheets.read_workbook("a.xlsx", xlsx({"Talk": rows})).sheets
    expected = [(number, row) for number, row in filled if row]
    assert list(zip(sheet.numbers, sheet.rows, strict=True)) == expected


def _trimmed(row: Sequence[str]) -> tuple[str, ...]:
    cells = [cell if cell.strip() else "" for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


@cache
def _good(suffix: str) -> bytes:
    return WRITERS[suffix]("Jane: How did it start — só?", "Tom: We met. \t Then we left.")


def _damaged(content: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    damaged = bytearray(content)
    for place, length, put in changes:
        at = int(place * len(damaged))
        damaged[at : at + length] = put
    return bytes(damaged)


def _try(suffix: str, content: bytes) -> None:
    try:
        transcript = _read(suffix, content)
    except errors.BadInput as problem:
        refusal = str(problem)
        assert refusal.startswith(f"a{suffix}")
        return
    assert transcript.turns


@pytest.mark.parametrize("suffix", WRITERS)
@settings(deadline=None, max_examples=100)
@given(changes=CHANGES)
def test_damaged_files(suffix: str, changes: list[tuple[float, int, bytes]]) -> None:
    """Bytes changed, taken out or put into a good file leave one that is read or refused by name, nothing else."""
    _try(suffix, _damaged(_good(suffix), changes))


@pytest.mark.parametrize("suffix", [".odt", ".xlsx"])
@settings(deadline=None, max_examples=100)
@given(changes=CHANGES, which=st.integers(0, 20))
def test_damaged_parts(suffix: str, changes: list[tuple[float, int, bytes]], which: int) -> None:
    """The same holds for a change inside one of the parts that an archive holds."""
    with zipfile.ZipFile(io.BytesIO(_good(suffix))) as archive:
        parts = {path: archive.read(path) for path in archive.namelist()}
    path = sorted(parts)[which % len(parts)]
    _try(suffix, zipped({**parts, path: _damaged(parts[path], changes)}))
