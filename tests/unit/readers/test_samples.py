"""Real files of many tools, kept beside the repository, read with the right turns and speakers."""

from collections import Counter
from pathlib import Path

import pytest

from service import errors
from service.domain.transcript import Transcript
from service.readers import files

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


@pytest.mark.parametrize("name", ["classroom.rtf", "serdif-p01_think-aloud.odt", "ctrlshift-04_youtube-captions.sbv"])
def test_other_formats(name: str) -> None:
    """Formats that can't be read yet are refused with those that can."""
    with pytest.raises(errors.UnreadableFile, match=r"these can: \.docx"):
        read("transcripts/" + name)
