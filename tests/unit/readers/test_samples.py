"""Real files of many tools, kept beside the repository, read with the right turns and speakers."""

import re
from collections import Counter
from pathlib import Path

import pytest

from service.domain.transcript import Transcript
from service.readers import files

TIMES = re.compile(r"\d:\d\d:\d\d\.\d{3},")
SAMPLES = Path(__file__).parents[4] / "shared/import-samples"


def read(name: str) -> Transcript:
    """Read a sample, or skip where the samples are absent."""
    if not SAMPLES.is_dir():
        pytest.skip("needs the shared samples: import-samples is absent")
    return files.read_transcript(SAMPLES / name)


@pytest.mark.parametrize(
    ("name", "turns", "begins", "ends"),
    [
        ("transcripts/interview_header-and-tabs.docx", {"Hassan": 8, "Abd Rabou": 7}, "Could you please", "Thank you."),
        (
            "transcripts/classroom_role-labels.docx",
            {"Researcher 2": 1, "Teacher 4": 2, "Multiple Students": 1},
            "October 7",
            "? ”",
        ),
        (
            "transcripts/buzzcast_speaker-prefix.srt",
            {"Kevin": 10, "Dave": 8, "Alban": 7, "Tom": 5, "Travis": 4},
            "It is so",
            "hopefully will",
        ),
        (
            "transcripts/podcast-namespace_example.srt",
            {"Travis": 5, "Gilon": 3, "Sarah": 2},
            "When you first",
            "batch your episodes.",
        ),
        ("transcripts/podnews-daily_no-hours-voice-tags.vtt", {"SPEAKER_1": 1}, "Podcasting is", "at podnews.net."),
        ("transcripts/talkpython-001_no-speakers.vtt", {"": 1}, "Talk Python To Me", "developers."),
        (
            "transcripts/talkpython-554_voice-tags.vtt",
            {"Michael Kennedy": 77, "Sumit Gundawar": 77},
            "Hello, welcome",
            "Bye.",
        ),
        (
            "transcripts/metamuse-10_rev-export.txt",
            {"Mark McGranaghan": 23, "Adam Wiggins": 22},
            "I think the process",
            "See Adam.",
        ),
        (
            "transcripts/mlss-10_interviewer-interviewee.txt",
            {"interviewer": 55, "interviewee": 55},
            "Thanks. This",
            "Bye.",
        ),
        ("transcripts/talkpython-001.txt", {"": 1}, "Talk Python To Me", "developers."),
        (
            "other-tools/oral-history-as-data_coded-turns_ctrlshift-01.csv",
            {"Devin Becker": 205, "Rae Armantrout": 204},
            "And there we go",
            "Good.",
        ),
    ],
)
def test_turns(name: str, turns: dict[str, int], begins: str, ends: str) -> None:
    """Speakers and the number of their turns are right, and the text holds speech from first to last."""
    transcript = read(name)
    assert Counter(turn.speaker for turn in transcript.turns) == turns
    assert transcript.text.startswith(begins)
    assert transcript.text.endswith(ends)
    assert "-->" not in transcript.text
    assert all(transcript.text[turn.start : turn.end].strip() for turn in transcript.turns)


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("transcripts/interview_header-and-tabs.docx", {"Hassan": "interviewer", "Abd Rabou": "participant"}),
        (
            "transcripts/mlss-10_interviewer-interviewee.txt",
            {"interviewer": "interviewer", "interviewee": "participant"},
        ),
        ("transcripts/metamuse-10_rev-export.txt", {"Mark McGranaghan": "", "Adam Wiggins": ""}),
    ],
)
def test_roles(name: str, roles: dict[str, str]) -> None:
    """Who asks is known from the header or the role words, else from nobody."""
    assert {turn.speaker: turn.role for turn in read(name).turns} == roles


def test_captions_and_text_of_one_episode_agree() -> None:
    """The same episode as captions and as text gives the same words."""
    first, second = read("transcripts/talkpython-001_no-speakers.vtt"), read("transcripts/talkpython-001.txt")
    assert first.text.split() == second.text.split()


def test_rich_text_and_word_of_one_lesson_agree() -> None:
    """The same lesson as rich text and as a Word file has the same turns, but for a remark that only one has."""
    rich, word = read("transcripts/classroom.rtf"), read("transcripts/classroom_role-labels.docx")
    assert [(turn.speaker, turn.role) for turn in rich.turns] == [(turn.speaker, turn.role) for turn in word.turns]
    assert rich.text == word.text.replace("\n[Cross Talk 3:00]", "")


def test_every_word_of_youtubes_captions() -> None:
    """Captions without speakers are one turn that has every word once, in order, and no time."""
    name = "transcripts/ctrlshift-04_youtube-captions.sbv"
    transcript = read(name)
    lines = (SAMPLES / name).read_text(encoding="utf-8").splitlines()
    assert transcript.text.split() == " ".join(line for line in lines if not TIMES.match(line)).split()


def test_answers_below_a_moderators_only_question() -> None:
    """Where only the moderator is named, once, what is said before and after is the participant's."""
    transcript = read("transcripts/serdif-p01_think-aloud.odt")
    assert [(turn.speaker, turn.role) for turn in transcript.turns] == [
        ("", ""),
        ("MODERATOR", "interviewer"),
        ("", ""),
    ]
    assert transcript.text.startswith("1 Read the ‘Home’ tab")
    assert transcript.text.endswith("This is all I have to say.")
    asked = transcript.turns[1]
    assert transcript.text[asked.start : asked.end].startswith("Could you please start in task 1?\n(")
    assert "\nc.ii Data Lineage\nLet's have a look" in transcript.text
