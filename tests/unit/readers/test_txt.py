"""Plain text: who speaks, in the shapes that tools and typists use, and what is not speech."""

import textwrap

import pytest

from service import errors
from service.domain.transcript import Transcript
from service.readers import files

Spoken = list[tuple[str, str]]


def read(text: str, name: str = "a.txt", **options: object) -> Transcript:
    """Read an indented text as a file."""
    content = textwrap.dedent(text).lstrip("\n").encode()
    return files.read_transcript_bytes(name, content, **options)  # type: ignore[arg-type]


def spoken(transcript: Transcript) -> Spoken:
    """Return speakers and what they said, having checked the offsets."""
    at = 0
    for turn in transcript.turns:
        assert turn.start >= at
        assert transcript.text[turn.start : turn.end].strip() == transcript.text[turn.start : turn.end] != ""
        at = turn.end
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


def roles(transcript: Transcript) -> dict[str, str]:
    """Return each speaker's role."""
    return {turn.speaker: turn.role for turn in transcript.turns}


TWO: Spoken = [
    ("Jane", "How did it start?"),
    ("Maria", "We met in 2012."),
    ("Jane", "And then?"),
    ("Maria", "It grew."),
]

SHAPES = {
    "a line each": """
        Jane: How did it start?
        Maria: We met in 2012.
        Jane: And then?
        Maria: It grew.
        """,
    "blank lines": """
        Jane: How did it start?

        Maria: We met in 2012.

        Jane: And then?

        Maria: It grew.
        """,
    "tabs": "Jane:\tHow did it start?\nMaria:\tWe met in 2012.\nJane:\tAnd then?\nMaria:\tIt grew.\n",
    "tabs without colons": "Jane\tHow did it start?\nMaria\tWe met in 2012.\nJane\tAnd then?\nMaria\tIt grew.\n",
    "name above": """
        Jane:
        How did it start?

        Maria:
        We met in 2012.

        Jane:
        And then?

        Maria:
        It grew.
        """,
    "Otter": """
        Jane  0:03
        How did it start?

        Maria  0:07
        We met in 2012.

        Jane  0:12
        And then?

        Maria  0:14
        It grew.

        Transcribed by https://otter.ai
        """,
    "Rev": """
        Jane (00:03):
        How did it start?

        Maria (00:07):
        We met in 2012.

        Jane (00:12):
        And then?

        Maria (00:14):
        It grew.
        """,
    "Rev on one line": """
        Jane (00:03): How did it start?
        Maria (00:07): We met in 2012.
        Jane (00:12): And then?
        Maria (00:14): It grew.
        """,
    "Descript": """
        [00:00:03] Jane: How did it start?
        [00:00:07] Maria: We met in 2012.
        [00:00:12] Jane: And then?
        [00:00:14] Maria: It grew.
        """,
    "Sonix": """
        Jane: [00:00:03] How did it start? [00:00:05][5.2]

        Maria: [00:00:07] We met in 2012. [00:00:09]

        Jane: [00:00:12] And then?

        Maria: [00:00:14] It grew.
        """.replace("[5.2]", ""),
    "Happy Scribe": """
        [00:00:03.120] - Jane
        How did it start?

        [00:00:07.450] - Maria
        We met in 2012.

        [00:00:12.000] - Jane
        And then?

        [00:00:14.000] - Maria
        It grew.
        """,
    "Word Transcribe": """
        00:00:03 Jane
        How did it start?
        00:00:07 Maria
        We met in 2012.
        00:00:12 Jane
        And then?
        00:00:14 Maria
        It grew.
        """,
    "Trint": """
        Jane [00:00:03] How did it start?

        Maria [00:00:07] We met in 2012.

        Jane [00:00:12] And then?

        Maria [00:00:14] It grew.
        """,
    "old Teams": """
        00:00:03.1 --> 00:00:06.5
        Jane
        How did it start?

        00:00:07.1 --> 00:00:09.5
        Maria
        We met in 2012.

        00:00:12.1 --> 00:00:13.5
        Jane
        And then?

        00:00:14.1 --> 00:00:16.5
        Maria
        It grew.
        """,
    "saved from Zoom": """
        [Jane] 14:02:11
        How did it start?

        [Maria] 14:02:19
        We met in 2012.

        [Jane] 14:02:25
        And then?

        [Maria] 14:02:31
        It grew.
        """,
    "Markdown": """
        **Jane:** How did it start?

        **Maria:** We met in 2012.

        **Jane**: And then?

        **Maria**: It grew.
        """,
    "f4": """
        Jane: How did it start? #00:00:03-1#
        Maria: We met in 2012. #00:00:07-4#
        Jane: And then? #00:00:12-0#
        Maria: It grew. #00:00:14-9#
        """,
    "numbered lines": """
        1  Jane: How did it start?
        2  Maria: We met in 2012.
        3  Jane: And then?
        4  Maria: It grew.
        """,
    "numbered lines with tabs": (
        "1\tJane:\tHow did it start?\n2\tMaria:\tWe met\n3\t\tin 2012.\n4\tJane:\tAnd then?\n5\tMaria:\tIt grew.\n"
    ),
    "French colons": """
        Jane : How did it start?
        Maria : We met in 2012.
        Jane : And then?
        Maria : It grew.
        """,
    "dashes": """
        Jane - How did it start?
        Maria - We met in 2012.
        Jane - And then?
        Maria - It grew.
        """,
    "brackets": """
        [Jane]: How did it start?
        [Maria]: We met in 2012.
        [Jane]: And then?
        [Maria]: It grew.
        """,
    "pipe and time": """
        Jane | 00:03
        How did it start?
        Maria | 00:07
        We met in 2012.
        Jane | 00:12
        And then?
        Maria | 00:14
        It grew.
        """,
    "mixed case of a name": """
        Jane: How did it start?
        Maria: We met in 2012.
        JANE: And then?
        Maria: It grew.
        """,
    "no space": """
        Jane:How did it start?
        Maria:We met in 2012.
        Jane:And then?
        Maria:It grew.
        """,
    "columns of spaces": """
        Jane:      How did it start?
        Maria:     We met
                   in 2012.
        Jane:      And then?
        Maria:     It grew.
        """,
    "header": """
        Interview 7
        Date: 3 May 2019
        Place: Winnipeg
        Length: 00:45:10

        Jane: How did it start?
        Maria: We met in 2012.
        Jane: And then?
        Maria: It grew.
        """,
    "time before the name and a tab": (
        "0:03\tJane:\tHow did it start?\n0:07\tMaria:\tWe met in 2012.\n"
        "0:12\tJane:\tAnd then?\n0:14\tMaria:\tIt grew.\n"
    ),
    "rules and page numbers": """
        Jane: How did it start?
        ----------------
        Maria: We met in 2012.
        Page 1 of 2
        Jane: And then?
        Maria: It grew.
        *** END OF TRANSCRIPT ***
        """,
    "frame": """
        [Recording begins]
        Jane: How did it start?
        Maria: We met in 2012.
        Jane: And then?
        Maria: It grew.
        [End of recording]
        """,
    "name alone on its line": """
        Jane
        How did it start?

        Maria
        We met in 2012.

        Jane
        And then?

        Maria
        It grew.
        """,
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES.keys())
def test_shapes(text: str) -> None:
    """Every usual way to name a speaker gives the same four turns."""
    assert spoken(read(text)) == TWO


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("JANE DOE: One.\nMARIA LOPEZ: Two.\n", ["JANE DOE", "MARIA LOPEZ"]),
        ("JANE DOE\nHow did it start?\n\nMARIA\nWell.\n\nJANE DOE\nAnd?\n", ["JANE DOE", "MARIA", "JANE DOE"]),
        ("Interviewer: One?\nParticipant: Two.\n", ["Interviewer", "Participant"]),
        ("I: One?\nP: Two.\nI: Three?\nP: Four.\n", ["I", "P", "I", "P"]),
        ("I: One?\n\nR: Two.\n", ["I", "R"]),
        ("Q: One?\nA: Two.\nQ: Three?\nA: Four.\n", ["Q", "A", "Q", "A"]),
        ("Q. One?\nA. Two.\nQ. Three?\nA. Four.\n", ["Q", "A", "Q", "A"]),
        ("Speaker 1: One?\nSpeaker 2: Two.\n", ["Speaker 1", "Speaker 2"]),
        ("SPEAKER_00: One?\nSPEAKER_01: Two.\n", ["SPEAKER_00", "SPEAKER_01"]),
        ("[SPEAKER_00]: One?\n[SPEAKER_01]: Two.\n", ["SPEAKER_00", "SPEAKER_01"]),
        ("P07: One.\nInt: Two?\nP07: Three.\n", ["P07", "Int", "P07"]),
        ("Moderator: One?\nF1: Two.\nM2: Three.\nF1: Four.\n", ["Moderator", "F1", "M2", "F1"]),
        ("Dr. Jane Doe: One?\nMs. O'Brien: Two.\n", ["Dr. Jane Doe", "Ms. O'Brien"]),
        ("Jean-Luc de la Croix: Un.\nÉlodie: Deux.\n", ["Jean-Luc de la Croix", "Élodie"]),
        ("Doe, Jane: One?\nLopez, Maria: Two.\nDoe, Jane: Three?\n", ["Doe, Jane", "Lopez, Maria", "Doe, Jane"]),
        ("Intervieweuse : Un ?\nParticipante : Deux.\n", ["Intervieweuse", "Participante"]),
        ("interviewer: one?\ninterviewee: two.\n", ["interviewer", "interviewee"]),
        ("jane: one?\nmaria: two.\njane: three?\nmaria: four.\n", ["jane", "maria", "jane", "maria"]),
        ("访谈者：一？\n受访者：二。\n访谈者：三？\n受访者：四。\n", ["访谈者", "受访者", "访谈者", "受访者"]),
        ("Unidentified Woman: One.\nInterviewer: Two?\n", ["Unidentified Woman", "Interviewer"]),
        ("Maria: I think that it was fine.\n", ["Maria"]),
        ("Jane: Hi.\n\nMaria: Hello.\n", ["Jane", "Maria"]),
        (
            "Jane Doe (Interviewer): One?\nMaria: Two.\nJane Doe (Interviewer): Three?\n",
            ["Jane Doe (Interviewer)", "Maria", "Jane Doe (Interviewer)"],
        ),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    """Names in capitals, roles, letters, numbers, titles, particles and other scripts are speakers."""
    assert [turn.speaker for turn in read(text).turns] == names


@pytest.mark.parametrize(
    "words",
    [
        "the thing is: we never knew",
        "The thing is: we never knew.",
        "Note: this was in spring.",
        "We left at 10:30 and came back.",
        "10:30 was when we left.",
        "See https://example.org for it.",
        "http://example.org is where.",
        "I told her: go. And she went.",
        "Here's what I said: leave.",
        "So: that was that.",
        "One more thing: the children.",
        "It's like this: nobody comes.",
        "First: the food. Second: the house.",
        "[laughs] Then we went.",
        "(crosstalk)",
        "Remember: it was cold.",
        "And I said to Maria: come here.",
        "3:15 it was.",
    ],
)
def test_colons_in_speech_are_no_speakers(words: str) -> None:
    """What merely has a colon stays in the turn it stands in, on a line of its own or not."""
    assert spoken(read(f"Jane: One?\n\nMaria: Two.\n\n{words}\n\nJane: Three?\n")) == [
        ("Jane", "One?"),
        ("Maria", f"Two.\n{words}"),
        ("Jane", "Three?"),
    ]
    assert spoken(read(f"Jane: {words}\nMaria: Two.\nJane: Three?\n"))[0] == ("Jane", words)
    assert {name for name, _ in spoken(read(f"We talked for long.\n\n{words}\n\nThat was all."))} == {""}


def test_consecutive_turns_of_one_speaker_merge() -> None:
    """Blocks of one speaker are one turn; paragraphs in it are lines."""
    text = "interviewee: One.\n\ninterviewee: Two.\n\ninterviewer: Three?\n\nA paragraph more.\n"
    assert spoken(read(text)) == [("interviewee", "One.\nTwo."), ("interviewer", "Three?\nA paragraph more.")]


def test_hard_wrapped_lines_become_one() -> None:
    """Lines wrapped at a width are joined by spaces; paragraphs stay apart."""
    text = """
        Jane: Could you tell me how the group began and who was there
        in the first year?
        Maria: We were four women from the neighbourhood who had known
        each other for years. We met in the basement of the church.
        Nobody paid us anything.

        Later we got a grant.
        """
    assert spoken(read(text)) == [
        ("Jane", "Could you tell me how the group began and who was there in the first year?"),
        (
            "Maria",
            (
                "We were four women from the neighbourhood who had known each other for years. We met in the "
                "basement of the church. Nobody paid us anything.\nLater we got a grant."
            ),
        ),
    ]


def test_no_speakers_at_all() -> None:
    """A file that names nobody is one turn of someone unknown, its paragraphs lines."""
    transcript = read("We began in spring.\nThat was good.\n\nThen it rained.\n")
    assert spoken(transcript) == [("", "We began in spring.\nThat was good.\nThen it rained.")]
    assert roles(transcript) == {"": ""}


def test_times_without_speakers_go() -> None:
    """Lines that begin with a time are read as running speech without the times."""
    text = "00:00:00 We began in\n\n00:00:08 spring.\n\n00:00:12 Yeah.\n\n00:00:15 That was it.\n"
    assert spoken(read(text)) == [("", "We began in spring. Yeah. That was it.")]
    above = "0:00\nwe began in\n0:08\nspring and\n0:12\nthat was it\n"
    assert spoken(read(above)) == [("", "we began in spring and that was it")]


def test_times_inside_speech_go_but_remarks_stay() -> None:
    """Times in square brackets are no speech; [inaudible 00:01:02] is a remark and stays."""
    text = "Jane: It was [00:01:02] fine, [inaudible 00:01:05] I think (laughs).\nMaria: Yes.\n"
    assert spoken(read(text))[0] == ("Jane", "It was fine, [inaudible 00:01:05] I think (laughs).")


def test_stage_directions_belong_to_the_turn_before() -> None:
    """A remark alone on its line names no speaker and stays with what it follows."""
    text = "Jane: One?\n\n[Cross Talk 3:00]\n\nMaria: Two.\n[laughs]\nJane: Three?\n"
    assert spoken(read(text)) == [("Jane", "One?\n[Cross Talk 3:00]"), ("Maria", "Two.\n[laughs]"), ("Jane", "Three?")]


def test_dialogue_with_dashes() -> None:
    """Where nobody is named, a dash begins a turn."""
    assert spoken(read("- How did it start?\n- We met.\n- And then?\n")) == [
        ("", "How did it start?"),
        ("", "We met."),
        ("", "And then?"),
    ]


HEADER = """
    Title: Interview with P07
    Date: 3 May 2019, 10:30
    Interviewer: Jane Smith
    Participant: P07
    Notes: Recorded in the library.

    {0}: Thank you for coming. How did it start?
    {1}: We met in 2012.
    {0}: And then?
    """


@pytest.mark.parametrize("asking", ["Jane", "Smith", "Jane Smith", "JS", "Interviewer", "JANE"])
def test_header_names_who_asks(asking: str) -> None:
    """The header is no speech, and the interviewer it names is recognised by full name, part of it or initials."""
    transcript = read(HEADER.format(asking, "P07"))
    assert spoken(transcript)[0] == (asking, "Thank you for coming. How did it start?")
    assert roles(transcript) == {asking: "interviewer", "P07": "participant"}
    assert "Title" not in transcript.text
    assert "library" not in transcript.text


@pytest.mark.parametrize(
    "header",
    [
        "Interviewer: Jane Smith\nParticipant: Tom Brown\n\n",
        "Interviewed by: Jane Smith\n\n",
        "Present: Jane Smith (interviewer), Tom Brown\n\n",
        "Persons present:   Jane Smith - I\n                Tom Brown - S\n\n",
        "JANE = Jane Smith (interviewer)\nTOM = Tom Brown (participant)\n\n",
        "Date: 3 May\nInterviewers: Ann Lee, Jane Smith\nNarrator: Tom Brown\n\n",
        "INTERVIEW TRANSCRIPT\n\nInterviewer: Jane Smith (JANE)\nInterviewee: Tom\n====\n\n",
        "This interview was recorded in Winnipeg and transcribed by us.\n\nInterviewer: Jane Smith\n\n",
    ],
)
def test_headers_of_many_kinds(header: str) -> None:
    """Headers name who asks in many ways; none of it is speech."""
    transcript = read(header + "Jane: How did it start?\nTom: We met.\nJane: And then?\nTom: It grew.\n")
    assert [text for _, text in spoken(transcript)] == ["How did it start?", "We met.", "And then?", "It grew."]
    assert roles(transcript) == {"Jane": "interviewer", "Tom": "participant"}


def test_legend_of_letters() -> None:
    """`I = Interviewer` above the speech explains the letters and is none of it."""
    transcript = read("I = Interviewer\nP = Participant\n\nI: One?\nP: Two.\nI: Three?\nP: Four.\n")
    assert [text for _, text in spoken(transcript)] == ["One?", "Two.", "Three?", "Four."]
    assert roles(transcript) == {"I": "interviewer", "P": "participant"}


def test_speech_is_not_taken_for_a_header() -> None:
    """Short first answers are speech though they look like a header's entries."""
    text = "Interviewer: Okay\nParticipant: Yes\nInterviewer: Ready?\nParticipant: Sure.\n"
    assert [words for _, words in spoken(read(text))] == ["Okay", "Yes", "Ready?", "Sure."]
    assert spoken(read("Interviewer: Welcome, Maria.\nMaria: Thanks.\n"))[0] == ("Interviewer", "Welcome, Maria.")


def test_unnamed_speech_before_the_first_name_is_kept() -> None:
    """Words before the first name are someone's; a title or a remark about the file is not, and a note says so."""
    kept = read("So we are going now, is that alright with everyone?\n\nJane: Yes.\nMaria: Yes it is.\nJane: Good.\n")
    assert spoken(kept)[0] == ("", "So we are going now, is that alright with everyone?")
    dropped = read("Interview Seven\n\nJane: Yes.\nMaria: Yes it is.\nJane: Good.\n")
    assert spoken(dropped)[0] == ("Jane", "Yes.")
    assert dropped.notes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Interviewer: One?\nMaria: Two.\n", {"Interviewer": "interviewer", "Maria": "participant"}),
        ("RESEARCHER 2: One?\nP1: Two.\n", {"RESEARCHER 2": "interviewer", "P1": "participant"}),
        ("I: One?\nR: Two.\nI: Three?\n", {"I": "interviewer", "R": "participant"}),
        ("R: One?\nP: Two.\nR: Three?\nP: Four.\n", {"R": "interviewer", "P": "participant"}),
        ("Q: One?\nA: Two.\nQ: Three?\nA: Four.\n", {"Q": "interviewer", "A": "participant"}),
        ("M: One?\nP1: Two.\nM: Three?\nP2: Four.\n", {"M": "interviewer", "P1": "participant", "P2": "participant"}),
        ("M: One.\nF: Two.\nM: Three.\nF: Four.\n", {"M": "", "F": ""}),
        ("Facilitator: One?\nP1: Two.\n", {"Facilitator": "interviewer", "P1": "participant"}),
        ("Interviewer: One?\nFacilitator: Two.\n", {"Interviewer": "interviewer", "Facilitator": "participant"}),
        ("Host: One?\nGuest: Two.\n", {"Host": "interviewer", "Guest": "participant"}),
        ("Jane: One?\nMaria: Two.\n", {"Jane": "", "Maria": ""}),
        ("interviewer: One?\ninterviewee: Two.\n", {"interviewer": "interviewer", "interviewee": "participant"}),
        ("Enquêtrice : Un ?\nRépondante : Deux.\n", {"Enquêtrice": "interviewer", "Répondante": "participant"}),
    ],
)
def test_roles_by_name(text: str, expected: dict[str, str]) -> None:
    """Role words say who asks; then all others answer; without any, nobody has a role."""
    assert roles(read(text)) == expected


def test_interviewers_may_be_named() -> None:
    """Who a person names asks, whatever the case, and the header is not asked then; role words still count."""
    text = "Date: May\nInterviewer: Maria\n\nJane: One?\nMaria: Two.\nJane: Three?\nMaria: Four.\nModerator: Five.\n"
    assert roles(read(text, interviewers=["jane"])) == {
        "Jane": "interviewer",
        "Maria": "participant",
        "Moderator": "interviewer",
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_line_ends_become_newlines(end: str) -> None:
    """Whatever ends lines in the file, the canonical text has newlines."""
    content = f"\ufeffJané: One 🙂.{end}More.{end}{end}Maria: Two.{end}Jané: Three.{end}".encode()
    transcript = files.read_transcript_bytes("a.txt", content)
    assert spoken(transcript) == [("Jané", "One 🙂.\nMore."), ("Maria", "Two."), ("Jané", "Three.")]
    assert transcript.text == "One 🙂.\nMore.\n\nTwo.\n\nThree."


def test_entities_are_decoded_once() -> None:
    """HTML entities in text become their characters, once."""
    assert spoken(read("Jane: R&amp;D &#8212; it&apos;s &amp;lt;ok&amp;gt; & fine.\nMaria: Yes.\n"))[0] == (
        "Jane",
        "R&D — it's &lt;ok&gt; & fine.",
    )


@pytest.mark.parametrize("text", ["", " \n\t\n ", "Title: Nothing\nDate: May\n", "Jane:\nMaria:\n", "----\n====\n"])
def test_nothing_spoken_is_an_error(text: str) -> None:
    """A file without speech is refused in one sentence that names it."""
    with pytest.raises(errors.UnreadableFile, match=r"^a\.txt: .*\.$"):
        read(text)


def test_a_participants_number_and_work_in_the_header_are_no_speech() -> None:
    """`Participant: P29, outreach worker` above the interview belongs to the header."""
    text = (
        "Interview A\nInterviewer: K. Lund\nParticipant: P29, outreach family worker\nDate: 17 October 2023\n\n"
        "Interviewer: How was your day?\n\nParticipant: The corn is coming off.\n"
    )
    transcript = files.read_transcript_bytes("a.txt", text.encode())
    assert transcript.text == "How was your day?\n\nThe corn is coming off."


class TestFewTurns:
    """Files in which hardly a name comes back."""

    def test_a_title_hides_no_speakers(self) -> None:
        """Names that each speak once below a line about the interview are speakers; the line is left out, and said."""
        transcript = read(
            """
            Interview 1, 3 May 2024

            Dr. Lee: How did it start?

            Mara: We met at the shop and then we left.
            """
        )
        said = [("Dr. Lee", "How did it start?"), ("Mara", "We met at the shop and then we left.")]
        assert spoken(transcript) == said
        assert transcript.notes == ("Lines above the first speaker left out as no speech: 1.",)

    def test_prose_above_colons_stays_prose(self) -> None:
        """Below a sentence, words before colons prove nothing."""
        assert roles(read("We bought a few things.\nMilk: two litres.\nBread: one loaf.\nThen we left.\n")) == {"": ""}

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Lee: how did it start\nMara: we met\nThen we left.\n", ["how did it start", "we met Then we left."]),
            ("LEE\nHow are you?\nMARA\nFine, thank you.\n", ["How are you?", "Fine, thank you."]),
            ("Lee\nHow are you?\n\nMara\nFine, thank you.\n", ["How are you?", "Fine, thank you."]),
        ],
    )
    def test_a_named_interviewer_is_proof(self, text: str, expected: list[str]) -> None:
        """Whom a person names as asking is a speaker, and so is who stands in the file as they do."""
        assert roles(read(text)) == {"": ""}
        transcript = read(text, interviewers=["lee"])
        assert [words for _, words in spoken(transcript)] == expected
        assert [name.casefold() for name, _ in spoken(transcript)] == ["lee", "mara"]
        assert list(roles(transcript).values()) == ["interviewer", "participant"]

    def test_a_named_interviewer_joins_those_who_are_recognised(self) -> None:
        """Someone who asks once, in the middle of a flow, is told apart from who answers."""
        text = "Mara: We met at the\nshop in the\nLee: and how\n\nMara: At noon.\nIt rained.\n\nMara: Then we left.\n"
        assert set(roles(read(text))) == {"Mara"}
        assert roles(read(text, interviewers=["Lee"])) == {"Mara": "participant", "Lee": "interviewer"}

    def test_a_name_that_nobody_has_changes_nothing(self) -> None:
        """The file is read as it would be without it."""
        text = "Notes of the day\n\nBudget: we had none.\n"
        assert spoken(read(text, interviewers=["Lee"])) == spoken(read(text))
