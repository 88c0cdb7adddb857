"""Segments: thoughts of a turn, every character in one, boundaries on the right side of quotes and brackets."""

import subprocess
import sys
import time

import pytest

from service.domain.transcript import Role, Segment, Transcript, Turn
from service.suggest.segmenter import Segmenter

SENTENCE = "We went to the shelter that night and the worker listened to everything. "


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    """One segmenter for all, so that spaCy is set up once."""
    return Segmenter()


def transcript(*turns: tuple[str, Role, str]) -> Transcript:
    """Build a transcript of turns (speaker, role, words)."""
    found, at = [], 0
    for speaker, role, words in turns:
        found.append(Turn(speaker, role, at, at + len(words)))
        at += len(words) + 2
    return Transcript("t", "\n\n".join(words for _, _, words in turns), tuple(found))


def cut(segmenter: Segmenter, words: str) -> list[str]:
    """Cut one participant's turn and check that nothing is lost, doubled or out of place."""
    source = transcript(("P", "participant", words))
    segments = segmenter.segment(source)
    check(source, segments)
    return [segment.text for segment in segments]


def check(source: Transcript, segments: tuple[Segment, ...]) -> None:
    """Check the promises that hold for every transcript."""
    covered: set[int] = set()
    for number, segment in enumerate(segments):
        assert segment.position == number
        assert segment.text == source.text[segment.start : segment.end]
        assert segment.text == segment.text.strip() != ""
        assert any(turn.start <= segment.start and segment.end <= turn.end for turn in source.turns)
        span = set(range(segment.start, segment.end))
        assert not span & covered
        covered |= span
    for turn in source.turns:
        if turn.role != "interviewer":
            assert all(source.text[at].isspace() for at in set(range(turn.start, turn.end)) - covered)


def test_short_turn_is_one_segment(segmenter: Segmenter) -> None:
    """A turn of a thought's length stays whole, a backchannel too."""
    assert cut(segmenter, "Mm-hm.") == ["Mm-hm."]
    assert cut(segmenter, "It was hard. But we managed. And then it got better.") == [
        "It was hard. But we managed. And then it got better."
    ]


def test_long_turn_is_cut_between_sentences_near_the_target(segmenter: Segmenter) -> None:
    """A long turn becomes segments of 40 to 80 words, each ending where a sentence ends."""
    parts = cut(segmenter, SENTENCE * 30)
    assert all(35 <= len(part.split()) <= 90 for part in parts)
    assert all(part.endswith("everything.") for part in parts)


def test_target_is_a_setting() -> None:
    """A smaller target gives smaller segments."""
    parts = cut(Segmenter(target_words=20), SENTENCE * 10)
    assert all(len(part.split()) <= 40 for part in parts)
    with pytest.raises(ValueError, match="at least 1"):
        Segmenter(target_words=0)


def test_interviewer_is_context(segmenter: Segmenter) -> None:
    """Interviewers' turns are no segments, unless asked for; without roles every turn is cut."""
    source = transcript(
        ("I", "interviewer", "How was it?"), ("P", "participant", "Hard."), ("I", "interviewer", "Why?")
    )
    assert [segment.text for segment in segmenter.segment(source)] == ["Hard."]
    assert [(s.speaker, s.role) for s in segmenter.segment(source)] == [("P", "participant")]
    assert len(segmenter.segment(source, include_interviewer=True)) == 3
    assert len(segmenter.segment(transcript(("", "", "How was it?"), ("", "", "Hard.")))) == 2


def test_never_across_turns(segmenter: Segmenter) -> None:
    """Two short turns of one sentence each are two segments."""
    source = transcript(("A", "", "Yes and"), ("B", "", "no."))
    assert [segment.text for segment in segmenter.segment(source)] == ["Yes and", "no."]


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("We had approx. Twelve families there. Then it grew.", ["We had approx. Twelve families there."]),
        ("I spoke to Dr. Singh about it. She agreed.", ["I spoke to Dr. Singh about it."]),
        ("She lives on St. Clair now. It is quiet.", ["She lives on St. Clair now."]),
        ("He said, “Leave.” And then he cried.", ["He said, “Leave.”"]),
        ('He said, "Leave." And then he cried.', ['He said, "Leave."']),
        ("I left that day. “Go,” she had said.", ["I left that day."]),
        ('I left that day. "Go," she had said.', ["I left that day."]),
        ("I left him. [crying] And then I came here.", ["I left him. [crying]"]),
        ("I left him. (long pause) And then I came here.", ["I left him. (long pause)"]),
        ("I was... well, afraid of it. It passed.", ["I was... well, afraid of it."]),
        ("I was… well, afraid of it. It passed.", ["I was… well, afraid of it."]),
        ('"Why?" she asked me then. I did not know.', ['"Why?" she asked me then.']),
        ("It was J. Smith who called. He was kind.", ["It was J. Smith who called."]),
        ("Is that so? Yes it is! I know.", ["Is that so?", "Yes it is!"]),
        ("We have food, housing, etc. Then there is the school.", ["We have food, housing, etc."]),
        ("We have food, etc. and then the school. Yes.", ["We have food, etc. and then the school."]),
        ("(We waited. It was late.) Then he came.", ["(We waited.", "It was late.)"]),
    ],
)
def test_boundaries_are_mended(segmenter: Segmenter, text: str, before: list[str]) -> None:
    """Abbreviations, closing quotes, remarks in brackets and ellipses stay on their side of a boundary."""
    found = [text[a:b] for a, b in segmenter._sentences(text, 0, len(text))]
    assert found[: len(before)] == before
    assert len(found) == len(before) + 1


def test_speech_without_punctuation(segmenter: Segmenter) -> None:
    """Machine transcripts without any full stop are cut near the target, at words that take up the thread."""
    words = (
        "we went there and talked with them about the house so then i said that it was fine because of the kids " * 12
    )
    parts = cut(segmenter, words)
    assert all(30 <= len(part.split()) <= 100 for part in parts)
    assert all(part.split()[0] in {"we", "and", "so", "then", "because"} for part in parts)


def test_sentence_under_twice_the_target_is_whole(segmenter: Segmenter) -> None:
    """A sentence is cut only when it is longer than about twice the target."""
    long = "word " * 100 + "end."
    assert cut(segmenter, long + " " + SENTENCE * 6)[0].startswith(long)


def test_paragraphs_attract_boundaries(segmenter: Segmenter) -> None:
    """A paragraph's end is preferred where a turn must be cut."""
    parts = cut(segmenter, SENTENCE * 4 + "\n" + SENTENCE * 4)
    assert parts == [(SENTENCE * 4).strip()] * 2


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        "(" * 100_000,
        "." * 100_000,
        "👩‍👩‍👧" * 50_000,
        "我们去了那里。" * 30_000,
        "Yeah. " * 60_000,
        "\n" * 1000 + "word\n" * 20_000,
        "http://" * 30_000,
        "é " * 100_000,
        '"[' * 50_000,
        "- " * 100_000,
    ],
    ids=lambda text: ascii(text[:8]),
)
def test_strange_turns_take_bounded_time(segmenter: Segmenter, text: str) -> None:
    """Endless words, brackets, emoji and scripts without spaces neither hang nor lose a character."""
    begun = time.monotonic()
    parts = cut(segmenter, text)
    assert time.monotonic() - begun < 20
    assert max(map(len, parts)) < 5_000


def test_million_characters_in_one_turn(segmenter: Segmenter) -> None:
    """A turn longer than spaCy's own limit is cut within seconds."""
    begun = time.monotonic()
    parts = cut(segmenter, SENTENCE * 15_000)
    assert time.monotonic() - begun < 20
    assert len(parts) > 1000


def test_accents_and_emoji_are_not_split(segmenter: Segmenter) -> None:
    """A letter with a combining accent, or a joined emoji, in an endless word is not cut in the middle."""
    for unit in ("e\u0301", "👩\u200d👧"):
        for part in cut(segmenter, unit * 3000):
            assert part[0] == unit[0]


def test_import_is_light() -> None:
    """Importing the segmenter loads no spaCy, and short turns never need it."""
    code = (
        "import sys; from service.suggest.segmenter import Segmenter; "
        "from service.domain.transcript import Transcript, Turn; "
        "Segmenter().segment(Transcript('t', 'Yes.', (Turn('P', '', 0, 4),))); "
        "sys.exit('spacy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_cutting_long_turns_loads_no_torch() -> None:
    """SpaCy is loaded for a long turn, and torch is not."""
    code = (
        "import sys\n"
        "from service.domain.transcript import Transcript, Turn\n"
        "from service.suggest.segmenter import Segmenter\n"
        "text = 'We moved the chairs. It took a week. ' * 40\n"
        "Segmenter().segment(Transcript('d', text, (Turn('', '', 0, len(text)),)))\n"
        "assert 'spacy' in sys.modules and 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
