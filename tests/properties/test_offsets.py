"""Offsets hold whatever the file: `text == transcript[start:end]`, nothing lost, nothing twice."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import errors
from service.domain.transcript import Transcript
from service.readers import files
from service.suggest.segmenter import Segmenter

LETTERS = "abc éèñüß e\u0301 \u00a0\u200b🙂👩\u200d👧𝔘𐍈中文 .,!?…:;-—\"“”'’()[]<>&#\t"
WORDS = st.text(alphabet=LETTERS, max_size=80)
NAMES = st.sampled_from(["Jane", "MARIA", "P07", "Interviewer", "Élodie", ""])
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\u2028"])
TURNS = st.lists(st.tuples(NAMES, WORDS), min_size=1, max_size=12)
SEGMENTER = Segmenter(target_words=5)


def check(transcript: Transcript) -> None:
    """Check turns and segments against the canonical text."""
    text = transcript.text
    assert "\r" not in text
    assert "\ufeff" not in text[:1]
    text.encode("utf-8")
    at = 0
    for turn in transcript.turns:
        assert at <= turn.start < turn.end <= len(text)
        assert not text[at : turn.start].strip()
        at = turn.end
    assert not text[at:].strip()
    for include in (False, True):
        segments = SEGMENTER.segment(transcript, include_interviewer=include)
        covered = [False] * len(text)
        for number, segment in enumerate(segments):
            assert segment.position == number
            assert segment.text == text[segment.start : segment.end]
            assert segment.text.strip() == segment.text != ""
            assert not any(covered[segment.start : segment.end])
            covered[segment.start : segment.end] = [True] * len(segment.text)
        for turn in transcript.turns:
            wanted = include or turn.role != "interviewer"
            for place in range(turn.start, turn.end):
                assert covered[place] == wanted or (wanted and text[place].isspace()), place


def try_to_read(name: str, text: str, mark: bool) -> None:
    """Read a text as a file; a refusal is an answer too, but only a named one that quotes nothing."""
    content = (("\ufeff" if mark else "") + text).encode()
    try:
        transcript = files.read_transcript_bytes(name, content)
    except errors.BadInput:
        return
    check(transcript)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(turns=TURNS, end=ENDS, gap=st.booleans(), mark=st.booleans())
def test_text_files(turns: list[tuple[str, str]], end: str, gap: bool, mark: bool) -> None:
    """Plain text with any line ends, mark, accents and emoji."""
    lines = [f"{name}: {words}" if name else words for name, words in turns]
    try_to_read("a.txt", (end * (2 if gap else 1)).join(lines), mark)


@settings(deadline=None, max_examples=100)
@given(turns=TURNS, end=ENDS, mark=st.booleans(), tags=st.booleans())
def test_caption_files(turns: list[tuple[str, str]], end: str, mark: bool, tags: bool) -> None:
    """Captions with names in tags or before colons."""
    cues = []
    for number, (name, words) in enumerate(turns):
        prefix = (f"<v {name}>" if tags else f"{name}: ") if name else ""
        cues.append(f"00:{number:02d}.000 --> 00:{number:02d}.900{end}{prefix}{words}")
    try_to_read("a.vtt", f"WEBVTT{end}{end}" + (end * 2).join(cues), mark)


@settings(deadline=None, max_examples=100)
@given(turns=TURNS, mark=st.booleans())
def test_tables(turns: list[tuple[str, str]], mark: bool) -> None:
    """Separated values with quoted words."""
    rows = ['{},"{}"'.format(name, words.replace('"', '""')) for name, words in turns]
    try_to_read("a.csv", "\n".join(["speaker,text", *rows]), mark)


@settings(deadline=None, max_examples=200)
@given(content=st.binary(max_size=300), suffix=st.sampled_from(files.SUFFIXES))
def test_any_bytes(content: bytes, suffix: str) -> None:
    """Any bytes under any name are read or refused by name, never anything else."""
    try:
        transcript = files.read_transcript_bytes("a" + suffix, content)
    except errors.BadInput as problem:
        refusal = str(problem)
        assert refusal.startswith("a" + suffix)
        return
    check(transcript)


@pytest.mark.parametrize("suffix", [".vtt", ".srt", ".txt", ".csv"])
@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=300))
def test_any_text(suffix: str, text: str) -> None:
    """Any text under any name likewise."""
    content = text.encode("utf-8", "surrogatepass")
    try:
        check(files.read_transcript_bytes("a" + suffix, content))
    except errors.BadInput as problem:
        refusal = str(problem)
        assert refusal.startswith("a" + suffix)
