"""Separated values: columns found by name or shape, and what is no transcript refused."""

import pytest

from service import errors
from service.domain.transcript import Transcript
from service.readers import files


def read(text: str) -> Transcript:
    """Read a text as a .csv file."""
    return files.read_transcript_bytes("a.csv", text.encode())


def spoken(text: str) -> list[tuple[str, str]]:
    """Return speakers and what they said."""
    transcript = read(text)
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


TWO = [("Jane", "How did it start?"), ("Maria", "We met, then left.")]


@pytest.mark.parametrize(
    "text",
    [
        'speaker,text\nJane,How did it start?\nMaria,"We met, then left."\n',
        'Speaker,Content,Start,End\nJane,How did it start?,0:01,0:03\nMaria,"We met, then left.",0:03,0:05\n',
        'start;end;who;utterance\n1;2;Jane;How did it start?\n2;3;Maria;"We met, then left."\n',
        "Timespan\tContent\tSpeaker\n0:00 - 0:03\tHow did it start?\tJane\n0:03 - 0:05\tWe met, then left.\tMaria\n",
        "name|words\nJane|How did it start?\nMaria|We met, then left.\n",
        "speaker,text\nJane,How did it start?\nMaria,We met, then left.\n",
        'Jane,How did it start?\nMaria,"We met, then left."\n',
        '0:01,Jane,How did it start?\n0:03,Maria,"We met, then left."\n',
        '\ufeffSpeaker ,TEXT \r\nJane:,How did it start?\r\nMaria:,"We met, then left."\r\n',
        'text\nJane: How did it start?\n"Maria: We met, then left."\n',
        'speaker,text\n\nJane,How did it start?\n,\nMaria,"We met,"\nMaria,"then left."\n'.replace(
            '"We met,"\nMaria,"then left."', '"We met, then left."'
        ),
    ],
)
def test_columns_of_many_kinds(text: str) -> None:
    """Names, order and separator of the columns make no difference; a header may be missing."""
    assert spoken(text) == TWO


def test_rows_of_one_speaker_merge_and_blank_speakers_go_on() -> None:
    """A row without a speaker goes on with the one before, as in spreadsheets typed by hand."""
    assert spoken("speaker,text\nJane,One.\n,Two.\nJane,Three.\nMaria,Four.\n") == [
        ("Jane", "One.\nTwo.\nThree."),
        ("Maria", "Four."),
    ]


def test_quoted_newlines() -> None:
    """A cell may hold several lines; nothing in it is taken for another speaker."""
    assert spoken('speaker,text\nJane,"One.\nMaria: Two."\nMaria,Three.\n') == [
        ("Jane", "One.\nMaria: Two."),
        ("Maria", "Three."),
    ]


def test_order_by_position() -> None:
    """Where all rows have a position, it gives the order."""
    assert spoken("document_id,position,speaker,text\nd,1,Maria,Two.\nd,0,Jane,One?\n") == [
        ("Jane", "One?"),
        ("Maria", "Two."),
    ]


def test_roles_from_a_column() -> None:
    """A column of roles beside the speakers says who asks; alone it names the speakers."""
    transcript = read("speaker,role,text\nJane,interviewer,One?\nMaria,participant,Two.\n")
    assert [(turn.speaker, turn.role) for turn in transcript.turns] == [
        ("Jane", "interviewer"),
        ("Maria", "participant"),
    ]
    transcript = read("role,text\ninterviewer,One?\nparticipant,Two.\n")
    assert [turn.role for turn in transcript.turns] == ["interviewer", "participant"]


def test_initials_are_read_as_the_full_name() -> None:
    """Where speakers are named once and then by initials, they stay one speaker, and a note says so."""
    transcript = read("speaker,words\nJane Doe,One?\nMaria Lopez,Two.\nJD,Three?\nML,Four.\n")
    assert [turn.speaker for turn in transcript.turns] == ["Jane Doe", "Maria Lopez", "Jane Doe", "Maria Lopez"]
    assert transcript.notes == ("JD was read as Jane Doe.", "ML was read as Maria Lopez.")


def test_markup_and_entities() -> None:
    """Links, line breaks and entities of a page become words."""
    assert spoken('speaker,text\nJane,"It&#8212;<a href=""http://x"">well</a><br>yes &amp; no"\nMaria,2 < 3\n') == [
        ("Jane", "It—well\nyes & no"),
        ("Maria", "2 < 3"),
    ]


@pytest.mark.parametrize("column", ["candidate_set", "probabilities", " Probabilities "])
def test_machine_output_is_refused(column: str) -> None:
    """A file with the columns of suggestions is machine output, whatever else it holds."""
    with pytest.raises(errors.MachineOutput, match=r"^a\.csv: "):
        read(f"speaker,text,{column}\nJane,One.,x\n")


def test_machine_status_is_refused() -> None:
    """So is a file whose status says that a person must decide."""
    with pytest.raises(errors.MachineOutput, match="status"):
        read("speaker,text,status\nJane,One.,needs human decision\n")
    assert spoken("speaker,text,status\nJane,One.,done\n") == [("Jane", "One.")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("document_id,text,dimension,codes\na,One.,d,c\n", "coded excerpts, not a transcript"),
        (
            "tag,description,number\nHelp,One two three four,7\nHome,Five six seven,8\n",
            "line 1: no column holds the words",
        ),
        ('speaker,text\nJane,"One\n', "line 2: broken quoting"),
        ("speaker,text,start\nJane,One,two,three,four,0:01\n", "line 2: 6 cells, but there are 3 columns"),
        ("speaker,text\nJane,\n", "no speech"),
        ("speaker,text\n", "no speech"),
        ("speaker,text\nJane," + "a" * 140_000 + "\n", "line 2: broken quoting or a cell over"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    """What is no transcript is refused in a sentence with the place and without the words."""
    with pytest.raises(errors.UnreadableFile, match=message) as refusal:
        read(text)
    assert str(refusal.value).startswith("a.csv")
    assert "One" not in str(refusal.value)


@pytest.mark.parametrize("titles", ["Name;Wortlaut", "Person;Was gesagt wurde", "Speaker;Antwort"])
@pytest.mark.parametrize("more", ["", "Jane;And then?\nMaria;Nothing.\n"])
def test_a_header_of_other_words_is_no_speech(titles: str, more: str) -> None:
    """A first row that names the speaker's column, and briefly another, is a header in any language."""
    found = spoken(f"{titles}\nJane;How did it start?\nMaria;We met, then left.\n{more}")
    assert found[:2] == TWO
    assert len(found) == (4 if more else 2)


def test_a_speaker_called_participant_is_no_header() -> None:
    """A name that comes back is a speaker's, whatever it means."""
    text = "Participant;Yes\nJane;How did that come about?\nParticipant;It was late in the year.\nJane;And?\n"
    assert spoken(text)[0] == ("Participant", "Yes")
