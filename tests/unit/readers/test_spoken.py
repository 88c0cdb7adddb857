"""Who speaks where in a text that must not change."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.transcript import Transcript
from service.readers.transcripts import spoken


def turns(text: str, *interviewers: str) -> list[tuple[str, str]]:
    """Return who says what."""
    read = spoken.transcript_of("talk", text, interviewers)
    assert read.text == text
    return [(turn.speaker, text[turn.start : turn.end]) for turn in read.turns]


TWO = [("Lee", "How was it?"), ("Mara", "We felt safe. It was quiet."), ("Lee", "And then?"), ("Mara", "We left.")]


@pytest.mark.parametrize(
    "text",
    [
        "Lee: How was it?\n\nMara: We felt safe. It was quiet.\n\nLee: And then?\n\nMara: We left.\n",
        "Lee: How was it?\nMara: We felt safe. It was quiet.\nLee: And then?\nMara: We left.",
        "LEE:\nHow was it?\n\nMARA:\nWe felt safe. It was quiet.\n\nLEE:\nAnd then?\n\nMARA:\nWe left.",
        (
            "[00:00:01] Lee: How was it?\n[00:00:05] Mara: We felt safe. It was quiet.\n"
            "[00:01:09] Lee: And then?\n[00:01:12] Mara: We left."
        ),
        (
            "Lee (00:01):\nHow was it?\n\nMara (00:05):\nWe felt safe. It was quiet.\n\nLee (01:09):\nAnd then?\n\n"
            "Mara (01:12):\nWe left."
        ),
        "Lee: How was it?\n\n\n\n\nMara: We felt safe. It was quiet.\n\n\nLee: And then?\n\n\n\nMara: We left.\n\n\n",
    ],
)
def test_names_and_times_stay_outside_of_turns(text: str) -> None:
    """In the usual shapes a turn is what was said, word for word, and the name and the time before it are not."""
    assert [(name.capitalize(), said) for name, said in turns(text)] == TWO


def test_who_asks_is_told() -> None:
    """Speakers who are named as asking have that role."""
    read = spoken.transcript_of("talk", "Lee: How was it?\n\nMara: Quiet.\n\nLee: And?\n\nMara: No.", ["Lee"])
    assert [turn.role for turn in read.turns] == ["interviewer", "participant"] * 2


def test_spaces_within_a_turn_stay_as_they_are() -> None:
    """A turn's stretch holds its words with whatever stands between them in the text."""
    text = "Lee: How  was\nit?\n\nMara:   Quiet,\n  mostly.\n\nLee: And?\n\nMara: No."
    assert turns(text)[:2] == [("Lee", "How  was\nit?"), ("Mara", "Quiet,\n  mostly.")]


def test_a_text_without_speakers_is_a_turn_of_nobody() -> None:
    """Where nobody speaks, all of it is one turn, without the blanks around it."""
    assert turns("  One thing.\nAnd more.  \n\n\n Another thing.\n") == [
        ("", "One thing.\nAnd more.  \n\n\n Another thing."),
    ]


def test_where_turns_cannot_be_found_again_paragraphs_are() -> None:
    """A time in the middle of a word is read as none, so the words are not those of the text: a note says so."""
    text = "Lee: How was[00:01]it?\n\n\n  Mara: Quiet.  \nOn the whole.\n\nLee: And?\n\nMara: No."
    read = spoken.transcript_of("talk", text)
    assert [text[t.start : t.end] for t in read.turns] == [
        "Lee: How was[00:01]it?",
        "Mara: Quiet.  \nOn the whole.",
        "Lee: And?",
        "Mara: No.",
    ]
    assert "could not be told" in read.notes[0]


def test_entities_are_words_like_others() -> None:
    """A text in which characters are written as entities keeps them, and its speakers are told all the same."""
    text = "Lee: R&amp;D, how&nbsp;was it?\n\nMara: Quiet &amp; calm.\n\nLee: And?\n\nMara: It&#39;s over."
    assert [said for _, said in turns(text)] == [
        "R&amp;D, how&nbsp;was it?",
        "Quiet &amp; calm.",
        "And?",
        "It&#39;s over.",
    ]


def test_the_same_word_on_and_on_is_looked_for_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every place is tried to its end where a turn is not found; speakers are given up instead."""
    monkeypatch.setattr(spoken, "_EFFORT", 1)
    text = "Lee: " + "ha " * 3_000 + "how[00:01]ever\n\nMara: ho\n\nLee: ha\n\nMara: ho"
    assert {speaker for speaker, _ in turns(text)} == {""}


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\t \n"])
def test_a_text_without_words_has_no_turns(text: str) -> None:
    """It stays as it is."""
    assert turns(text) == []


def test_a_words_repetition_does_not_move_a_turn() -> None:
    """Names that are said again, and turns of the same words, each keep their own place."""
    text = "Mara: Mara, yes.\n\nLee: Yes.\n\nMara: Yes.\n\nLee: Lee: yes."
    read = spoken.transcript_of("talk", text)
    assert [text[t.start : t.end] for t in read.turns] == ["Mara, yes.", "Yes.", "Yes.", "Lee: yes."]
    assert [t.start for t in read.turns] == [6, 23, 35, 46]


_SHAPES = ("Lee: ", "Mara: ", "LEE:\n", "[00:01] ", "00:00:01,000 --> 00:00:02,000\n", "Interview with Lee\n", "1\n")
_WORDS = ("yes ", "no. ", "yes", "\n", "\n\n", "<v Lee>", "&amp;", "&nbsp;", "(laughs) ", "12 May 2020\n", "- ", "\t")
_ODD = ("\u200b", "\xa0", "\ufeff", "\x00", "\x1c", "\x85", "\u2028", "e\u0301", "\ud800")
PIECES = st.sampled_from((*_SHAPES, *_WORDS, *_ODD))


@given(st.lists(PIECES | st.text(max_size=5), max_size=25).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_in_order_and_left_alone(text: str) -> None:
    """Whatever stands in it: not a character changes, and the turns are in order, do not overlap, and hold words."""
    read = spoken.transcript_of("talk", text)
    _check(read, text)


def _check(read: Transcript, text: str) -> None:
    assert read.text == text
    at = 0
    for turn in read.turns:
        assert at <= turn.start < turn.end <= len(text)
        assert text[turn.start : turn.end].strip() == text[turn.start : turn.end] != ""
        at = turn.end
