"""Transcripts as they are met in the wild, one invented file for each shape, with the turns a person would read."""

import pytest

from service.readers import files

#: name of the file, its text, and its turns as (speaker, role's first letter, words).
WILD: dict[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    "Rev with a title": (
        "a.txt",
        (
            "Interview with Jane Smith, Program Manager\n"
            "Interviewed by Dr. Alan Turing\n"
            "March 3, 2021\n"
            "\n"
            "Speaker 1: (00:00)\n"
            "Thank you for joining us today. Could you tell me about your role?\n"
            "\n"
            "Speaker 2: (00:12)\n"
            "Sure. I'm the manager of the program. I've been here ten years.\n"
            "\n"
            "And I love it.\n"
            "\n"
            "Speaker 1: (00:45)\n"
            "Great.\n"
        ),
        [
            ("Speaker 1", "", "Thank you for joining us today. Could you tell me about your role?"),
            ("Speaker 2", "", "Sure. I'm the manager of the program. I've been here ten years.\nAnd I love it."),
            ("Speaker 1", "", "Great."),
        ],
    ),
    "NVivo, time and name above": (
        "a.txt",
        (
            "00:00:00\n"
            "Interviewer\n"
            "Thanks for coming.\n"
            "\n"
            "00:00:05\n"
            "P12\n"
            "No problem. Happy to be here.\n"
            "\n"
            "00:00:09\n"
            "Interviewer\n"
            "So tell me.\n"
        ),
        [
            ("Interviewer", "i", "Thanks for coming."),
            ("P12", "p", "No problem. Happy to be here."),
            ("Interviewer", "i", "So tell me."),
        ],
    ),
    "Fireflies": (
        "a.txt",
        (
            "Weekly interview - transcript\n"
            "Wed, Mar 6, 2024\n"
            "\n"
            "00:00\n"
            "Jane Doe\n"
            "Hello there.\n"
            "\n"
            "00:05\n"
            "Tom Lee\n"
            "Hi Jane. How are you?\n"
            "\n"
            "00:12\n"
            "Jane Doe\n"
            "Good.\n"
        ),
        [
            ("Jane Doe", "", "Hello there."),
            ("Tom Lee", "", "Hi Jane. How are you?"),
            ("Jane Doe", "", "Good."),
        ],
    ),
    "Google Meet": (
        "a.txt",
        (
            "Attendees\n"
            "Jane Doe, Tom Lee\n"
            "\n"
            "Transcript\n"
            "Jane Doe: Hello there.\n"
            "Tom Lee: Hi Jane.\n"
            "Jane Doe: Ok. The plan: we go.\n"
            "Tom Lee: Sure.\n"
        ),
        [
            ("Jane Doe", "", "Hello there."),
            ("Tom Lee", "", "Hi Jane."),
            ("Jane Doe", "", "Ok. The plan: we go."),
            ("Tom Lee", "", "Sure."),
        ],
    ),
    "oral history": (
        "a.txt",
        (
            "ORAL HISTORY INTERVIEW\n"
            "with\n"
            "MARY JONES\n"
            "Toronto, Ontario\n"
            "June 5, 1999\n"
            "\n"
            "SMITH: This is John Smith interviewing Mary Jones on June 5th.\n"
            "\n"
            'JONES: Well, my name is Mary. I was born in 1930. My mother said: "Mary, go."\n'
            "\n"
            "SMITH: When?\n"
            "\n"
            "JONES: 1930.\n"
            "\n"
            "[END OF TAPE 1, SIDE A]\n"
            "\n"
            "SMITH: Continue.\n"
        ),
        [
            ("SMITH", "", "This is John Smith interviewing Mary Jones on June 5th."),
            ("JONES", "", 'Well, my name is Mary. I was born in 1930. My mother said: "Mary, go."'),
            ("SMITH", "", "When?"),
            ("JONES", "", "1930."),
            ("SMITH", "", "Continue."),
        ],
    ),
    "wrapped, no blank lines": (
        "a.txt",
        (
            "I: So, can you tell me a bit about what the group has meant for your\n"
            "own work with families in the last two years?\n"
            "P: Yes. Well, the first thing I would say is that it changed the way I\n"
            "listen. Before, I used to jump in with advice: do this, do that.\n"
            "Now: I wait. I think that is the main difference for me and also for\n"
            "my colleagues.\n"
            "I: And the organization?\n"
            "P: The organization has been slow but they did rewrite the intake form.\n"
        ),
        [
            (
                "I",
                "i",
                (
                    "So, can you tell me a bit about what the group has meant for your own work with families in "
                    "the last two years?"
                ),
            ),
            (
                "P",
                "p",
                (
                    "Yes. Well, the first thing I would say is that it changed the way I listen. Before, I used to "
                    "jump in with advice: do this, do that. Now: I wait. I think that is the main difference for me "
                    "and also for my colleagues."
                ),
            ),
            ("I", "i", "And the organization?"),
            ("P", "p", "The organization has been slow but they did rewrite the intake form."),
        ],
    ),
    "focus group with a header": (
        "a.txt",
        (
            "Focus Group 3 - Thunder Bay\n"
            "Moderator: Anne\n"
            "Note-taker: Bill\n"
            "Participants: 6 women (P1-P6)\n"
            "\n"
            "Moderator: Welcome everyone. Let's go round the table.\n"
            "P1: Hi, I'm a mum of two.\n"
            "P2: Same here.\n"
            "[General laughter]\n"
            "P3: I have three!\n"
            "P1/P2: Wow.\n"
            "Moderator: Great. What brought you here?\n"
            "All: The food! (laughter)\n"
            "P6: Honestly: the childcare.\n"
        ),
        [
            ("Moderator", "i", "Welcome everyone. Let's go round the table."),
            ("P1", "p", "Hi, I'm a mum of two."),
            ("P2", "p", "Same here.\n[General laughter]"),
            ("P3", "p", "I have three!"),
            ("P1/P2", "p", "Wow."),
            ("Moderator", "i", "Great. What brought you here?"),
            ("All", "p", "The food! (laughter)"),
            ("P6", "p", "Honestly: the childcare."),
        ],
    ),
    "a list in an answer": (
        "a.txt",
        ("Jane: What do you need?\nMaria: Three things:\n- money\n- time\n- people\nJane: Ok.\n"),
        [
            ("Jane", "", "What do you need?"),
            ("Maria", "", "Three things:\n- money\n- time\n- people"),
            ("Jane", "", "Ok."),
        ],
    ),
    "deposition with line numbers": (
        "a.txt",
        (
            "1   Q.  State your name.\n"
            "2   A.  Jane Doe.\n"
            "3   Q.  Where do you live?\n"
            "4   A.  In Toronto. I have lived there\n"
            "5       all my life.\n"
            "6   Q.  Thank you.\n"
        ),
        [
            ("Q", "i", "State your name."),
            ("A", "p", "Jane Doe."),
            ("Q", "i", "Where do you live?"),
            ("A", "p", "In Toronto. I have lived there all my life."),
            ("Q", "i", "Thank you."),
        ],
    ),
    "numbers as answers": (
        "a.txt",
        ("Interviewer 1: How many?\nParticipant 1: 12\nInterviewer 1: When?\nParticipant 1: 10:30 maybe. Or 11:00.\n"),
        [
            ("Interviewer 1", "i", "How many?"),
            ("Participant 1", "p", "12"),
            ("Interviewer 1", "i", "When?"),
            ("Participant 1", "p", "10:30 maybe. Or 11:00."),
        ],
    ),
    "name, comma, time": (
        "a.txt",
        ("Interviewer, 00:00:01\nHello.\n\nParticipant, 00:00:05\nHi.\n"),
        [
            ("Interviewer", "i", "Hello."),
            ("Participant", "p", "Hi."),
        ],
    ),
    "times at the ends": (
        "a.txt",
        ("Interviewer: Hello there. (00:01)\nParticipant: Hi. (00:05)\nInterviewer: Go. (00:06)\n"),
        [
            ("Interviewer", "i", "Hello there."),
            ("Participant", "p", "Hi."),
            ("Interviewer", "i", "Go."),
        ],
    ),
    "quotations as paragraphs": (
        "a.txt",
        (
            "Interviewer: What did she say?\n"
            "\n"
            "Participant: She said:\n"
            "\n"
            '"Come with me."\n'
            "\n"
            "And then he goes: Leave!\n"
            "\n"
            "Interviewer: Hm.\n"
        ),
        [
            ("Interviewer", "i", "What did she say?"),
            ("Participant", "p", 'She said:\n"Come with me."\nAnd then he goes: Leave!'),
            ("Interviewer", "i", "Hm."),
        ],
    ),
    "numbered questions": (
        "a.txt",
        ("Q1: What is your role?\nI am a nurse.\n\nQ2: How long?\nTen years.\n"),
        [
            ("Q1", "i", "What is your role?"),
            ("", "", "I am a nurse."),
            ("Q2", "i", "How long?"),
            ("", "", "Ten years."),
        ],
    ),
    "dashes, all small": (
        "a.txt",
        ("interviewer - so how was it\nparticipant - it was fine i guess\ninterviewer - ok\n"),
        [
            ("interviewer", "i", "so how was it"),
            ("participant", "p", "it was fine i guess"),
            ("interviewer", "i", "ok"),
        ],
    ),
    "columns of spaces": (
        "a.txt",
        ("I   So how was it for you?\nP   It was fine.\nI   Ok.\nP   Yes.\n"),
        [
            ("I", "i", "So how was it for you?"),
            ("P", "p", "It was fine."),
            ("I", "i", "Ok."),
            ("P", "p", "Yes."),
        ],
    ),
    "names above": (
        "a.txt",
        ("Jane\nSo how was it?\n\nTom\nFine.\nReally fine.\n\nJane\nOk.\n\nTom\nYes.\n"),
        [
            ("Jane", "", "So how was it?"),
            ("Tom", "", "Fine.\nReally fine."),
            ("Jane", "", "Ok."),
            ("Tom", "", "Yes."),
        ],
    ),
    "a name with an emoji": (
        "a.txt",
        ("Jane 🙂: Hi!\nTom: Yo.\nJane 🙂: Bye.\nTom: Bye.\n"),
        [
            ("Jane 🙂", "", "Hi!"),
            ("Tom", "", "Yo."),
            ("Jane 🙂", "", "Bye."),
            ("Tom", "", "Bye."),
        ],
    ),
    "names in brackets": (
        "a.txt",
        ("(Interviewer) How was it?\n(Maria) Fine.\n(Interviewer) Ok.\n(Maria) Yes.\n"),
        [
            ("Interviewer", "i", "How was it?"),
            ("Maria", "p", "Fine."),
            ("Interviewer", "i", "Ok."),
            ("Maria", "p", "Yes."),
        ],
    ),
    "names in angle brackets": (
        "a.txt",
        ("<Jane> How was it?\n<Maria> Fine.\n<Jane> Ok.\n<Maria> Yes.\n"),
        [
            ("Jane", "", "How was it?"),
            ("Maria", "", "Fine."),
            ("Jane", "", "Ok."),
            ("Maria", "", "Yes."),
        ],
    ),
    "several respondents": (
        "a.txt",
        ("INT: How was it?\n\nR1: Fine.\n\nR2: Yes.\n\nINT: Ok.\n"),
        [
            ("INT", "i", "How was it?"),
            ("R1", "p", "Fine."),
            ("R2", "p", "Yes."),
            ("INT", "i", "Ok."),
        ],
    ),
    "initials of the header": (
        "a.txt",
        ("2021-03-04\nInterviewee: Maria Lopez\nInterviewer: Jane Smith\n\nJS: How was it?\nML: Fine.\nJS: Ok.\n"),
        [
            ("JS", "i", "How was it?"),
            ("ML", "p", "Fine."),
            ("JS", "i", "Ok."),
        ],
    ),
    "times on their own lines": (
        "a.txt",
        ("Project: X\n\n[00:00:00]\n\nInterviewer: How was it?\n\n[00:05:00]\n\nParticipant: Fine.\n"),
        [
            ("Interviewer", "i", "How was it?"),
            ("Participant", "p", "Fine."),
        ],
    ),
    "SubRip, bracketed speaker on its own line": (
        "a.srt",
        (
            "1\n"
            "00:00:00,000 --> 00:00:01,000\n"
            "[Speaker 1]\n"
            "Hello there\n"
            "\n"
            "2\n"
            "00:00:01,000 --> 00:00:02,000\n"
            "how are you\n"
            "\n"
            "3\n"
            "00:00:02,000 --> 00:00:03,000\n"
            "[Speaker 2]\n"
            "Fine.\n"
        ),
        [
            ("Speaker 1", "", "Hello there how are you"),
            ("Speaker 2", "", "Fine."),
        ],
    ),
    "SubRip, bracketed speaker": (
        "a.srt",
        (
            "1\n"
            "00:00:00,000 --> 00:00:01,000\n"
            "[Speaker 1] Hello there\n"
            "\n"
            "2\n"
            "00:00:01,000 --> 00:00:02,000\n"
            "how are you\n"
            "\n"
            "3\n"
            "00:00:02,000 --> 00:00:03,000\n"
            "[Speaker 2] Fine.\n"
        ),
        [
            ("Speaker 1", "", "Hello there how are you"),
            ("Speaker 2", "", "Fine."),
        ],
    ),
    "SubRip, names in brackets and a remark": (
        "a.srt",
        (
            "1\n"
            "00:00:00,000 --> 00:00:01,000\n"
            "(Jane) Hello there\n"
            "\n"
            "2\n"
            "00:00:01,000 --> 00:00:02,000\n"
            "(Tom) Fine.\n"
            "\n"
            "3\n"
            "00:00:02,000 --> 00:00:03,000\n"
            "(Jane) ok\n"
            "\n"
            "4\n"
            "00:00:03,000 --> 00:00:04,000\n"
            "(sighs)\n"
            "\n"
            "5\n"
            "00:00:04,000 --> 00:00:05,000\n"
            "(Tom) So\n"
        ),
        [
            ("Jane", "", "Hello there"),
            ("Tom", "", "Fine."),
            ("Jane", "", "ok (sighs)"),
            ("Tom", "", "So"),
        ],
    ),
    "SubRip, a place before a colon": (
        "a.srt",
        (
            "1\n"
            "00:00:00,000 --> 00:00:01,000\n"
            "Interviewer: Hello there\n"
            "\n"
            "2\n"
            "00:00:01,000 --> 00:00:02,000\n"
            "how are you?\n"
            "\n"
            "3\n"
            "00:00:02,000 --> 00:00:03,000\n"
            "Maria: I moved to\n"
            "\n"
            "4\n"
            "00:00:03,000 --> 00:00:04,000\n"
            "Toronto: big city.\n"
            "\n"
            "5\n"
            "00:00:04,000 --> 00:00:05,000\n"
            "Interviewer: ok\n"
        ),
        [
            ("Interviewer", "i", "Hello there how are you?"),
            ("Maria", "p", "I moved to Toronto: big city."),
            ("Interviewer", "i", "ok"),
        ],
    ),
    "SubRip, names in italics": (
        "a.srt",
        (
            "1\n"
            "00:00:00,000 --> 00:00:01,000\n"
            "Jane: Hello\n"
            "\n"
            "2\n"
            "00:00:01,000 --> 00:00:02,000\n"
            "<i>Tom:</i> Fine.\n"
            "\n"
            "3\n"
            "00:00:02,000 --> 00:00:03,000\n"
            "<b>Jane:</b> ok\n"
        ),
        [
            ("Jane", "", "Hello"),
            ("Tom", "", "Fine."),
            ("Jane", "", "ok"),
        ],
    ),
    "SubRip, numbered speakers in capitals": (
        "a.srt",
        (
            "1\n"
            "00:00:00,000 --> 00:00:01,000\n"
            "SPEAKER 1: hello\n"
            "\n"
            "2\n"
            "00:00:01,000 --> 00:00:02,000\n"
            "well\n"
            "\n"
            "3\n"
            "00:00:02,000 --> 00:00:03,000\n"
            "SPEAKER 2: yes\n"
        ),
        [
            ("SPEAKER 1", "", "hello well SPEAKER 2: yes"),
        ],
    ),
    "SubRip, dashes": (
        "a.srt",
        (
            "1\n"
            "00:00:00,000 --> 00:00:01,000\n"
            "- Jane, come here.\n"
            "\n"
            "2\n"
            "00:00:01,000 --> 00:00:02,000\n"
            "- No.\n"
            "- Yes!\n"
            "\n"
            "3\n"
            "00:00:02,000 --> 00:00:03,000\n"
            "Go.\n"
        ),
        [
            ("", "", "Jane, come here."),
            ("", "", "No."),
            ("", "", "Yes! Go."),
        ],
    ),
    "WebVTT, a user name": (
        "a.vtt",
        (
            "WEBVTT\n"
            "\n"
            "1\n"
            "00:00:00.000 --> 00:00:01.000\n"
            "Jane Doe: Hello\n"
            "\n"
            "2\n"
            "00:00:01.000 --> 00:00:02.000\n"
            "jdoe22: yes\n"
            "\n"
            "3\n"
            "00:00:02.000 --> 00:00:03.000\n"
            "Jane Doe: ok\n"
            "\n"
            "4\n"
            "00:00:03.000 --> 00:00:04.000\n"
            "jdoe22: no\n"
        ),
        [
            ("Jane Doe", "", "Hello"),
            ("jdoe22", "", "yes"),
            ("Jane Doe", "", "ok"),
            ("jdoe22", "", "no"),
        ],
    ),
    "Excel's line for the separator": (
        "a.csv",
        ("sep=;\nSpeaker;Text\nJane;Hello\nTom;Hi; there\n"),
        [
            ("Jane", "", "Hello"),
            ("Tom", "", "Hi; there"),
        ],
    ),
    "a column of participants beside speakers": (
        "a.csv",
        ("participant,speaker,text\nP1,Interviewer,Hello\nP1,Maria,Hi\n"),
        [
            ("Interviewer", "i", "Hello"),
            ("Maria", "p", "Hi"),
        ],
    ),
    "a column of row numbers": (
        "a.csv",
        ("#,Start,End,Speaker,Text\n1,0:00,0:01,Jane,Hello\n2,0:01,0:02,Tom,Hi\n"),
        [
            ("Jane", "", "Hello"),
            ("Tom", "", "Hi"),
        ],
    ),
    "names inside the words": (
        "a.csv",
        ("id,turn\n1,Jane: Hello\n2,Tom: Hi\n3,Jane: Bye\n"),
        [
            ("Jane", "", "Hello"),
            ("Tom", "", "Hi"),
            ("Jane", "", "Bye"),
        ],
    ),
    "letters without a header": (
        "a.csv",
        ("I,Hello\nP,Hi\nI,Why?\nP,Because\n"),
        [
            ("I", "i", "Hello"),
            ("P", "p", "Hi"),
            ("I", "i", "Why?"),
            ("P", "p", "Because"),
        ],
    ),
    "times and words only": (
        "a.csv",
        ("time,text\n0:01,hello there we\n0:02,went on\n"),
        [
            ("", "", "hello there we\nwent on"),
        ],
    ),
    "one column without a header": (
        "a.csv",
        ("just one line of words\nanother line\n"),
        [
            ("", "", "just one line of words\nanother line"),
        ],
    ),
    "doubled quotes": (
        "a.csv",
        ('Speaker,Utterance,Notes\nJane,Hello,\nTom,"He said ""no""",laughs\n'),
        [
            ("Jane", "", "Hello"),
            ("Tom", "", 'He said "no"'),
        ],
    ),
    "semicolons, commas in words": (
        "a.csv",
        ("speaker;text\nJane;Hello, you\nTom;Hi, there\n"),
        [
            ("Jane", "", "Hello, you"),
            ("Tom", "", "Hi, there"),
        ],
    ),
    "title above": (
        "a.txt",
        ("Interview 3\nInterviewer: What is it?\nParticipant: A thing.\n"),
        [
            ("Participant", "", "A thing."),
        ],
    ),
    "a sentence about the interview above": (
        "a.txt",
        ("Interview with Maria, conducted by Jane on 3 May.\nJ: What is it?\nM: A thing.\nJ: Ok?\nM: Yes.\n"),
        [
            ("J", "", "What is it?"),
            ("M", "", "A thing."),
            ("J", "", "Ok?"),
            ("M", "", "Yes."),
        ],
    ),
    "screenplay with roles": (
        "a.txt",
        ("PARTICIPANT 7 - TRANSCRIPT\n\nINTERVIEWER\nWhat is it?\n\nPARTICIPANT\nA thing.\n"),
        [
            ("INTERVIEWER", "i", "What is it?"),
            ("PARTICIPANT", "p", "A thing."),
        ],
    ),
    "names and words in blocks of their own": (
        "a.txt",
        ("Interviewer:\n\nWhat is it?\n\nParticipant:\n\nA thing.\n\nInterviewer:\n\nOk.\n"),
        [
            ("Interviewer", "i", "What is it?"),
            ("Participant", "p", "A thing."),
            ("Interviewer", "i", "Ok."),
        ],
    ),
    "only the interviewer is named": (
        "a.txt",
        ("Interviewer: What is it?\n\nA thing I made.\nIn the garage.\n\nInterviewer: Why?\n\nFor fun.\n"),
        [
            ("Interviewer", "i", "What is it?"),
            ("", "", "A thing I made.\nIn the garage."),
            ("Interviewer", "i", "Why?"),
            ("", "", "For fun."),
        ],
    ),
    "dashes of two kinds": (
        "a.txt",
        ("Moderator - Welcome.\nP1 – Hi: all.\nModerator - Ok.\n"),
        [
            ("Moderator", "i", "Welcome."),
            ("P1", "p", "Hi: all."),
            ("Moderator", "i", "Ok."),
        ],
    ),
    "name, then time": (
        "a.txt",
        ("Speaker 1 00:00\nHello\n\nSpeaker 2 00:05\nHi\n"),
        [
            ("Speaker 1", "", "Hello"),
            ("Speaker 2", "", "Hi"),
        ],
    ),
    "time, then name and colon": (
        "a.txt",
        ("00:00:00 Speaker 1: Hello\n00:00:05 Speaker 2: Hi\n"),
        [
            ("Speaker 1", "", "Hello"),
            ("Speaker 2", "", "Hi"),
        ],
    ),
    "Whisper with speakers": (
        "a.txt",
        ("00:00:00.000 --> 00:00:02.000 [SPEAKER_00] Hello there\n00:00:02.000 --> 00:00:04.000 [SPEAKER_01] Hi\n"),
        [
            ("SPEAKER_00", "", "Hello there"),
            ("SPEAKER_01", "", "Hi"),
        ],
    ),
    "spaces before colons": (
        "a.txt",
        ("Interviewer  : Hello\nInterviewee  : Hi\n"),
        [
            ("Interviewer", "i", "Hello"),
            ("Interviewee", "p", "Hi"),
        ],
    ),
    "tabs before names": (
        "a.txt",
        ("\tInterviewer: Hello\n\tInterviewee: Hi\n"),
        [
            ("Interviewer", "i", "Hello"),
            ("Interviewee", "p", "Hi"),
        ],
    ),
    "shortened roles": (
        "a.txt",
        ("INT.: Hello\nRESP.: Hi\nINT.: ok\n"),
        [
            ("INT.", "i", "Hello"),
            ("RESP.", "p", "Hi"),
            ("INT.", "i", "ok"),
        ],
    ),
    "roles in brackets behind names": (
        "a.txt",
        ("Jane (Researcher): Hello\nMaria (Participant): Hi\n"),
        [
            ("Jane (Researcher)", "i", "Hello"),
            ("Maria (Participant)", "p", "Hi"),
        ],
    ),
    "somebody said, colon": (
        "a.txt",
        ("Jane said: I'll go.\nTom said: No.\nJane said: ok.\n"),
        [
            ("", "", "Jane said: I'll go.\nTom said: No.\nJane said: ok."),
        ],
    ),
    "ranges of times behind names": (
        "a.txt",
        ("Interviewer 1 (00:00:00 - 00:00:05): Hello\nParticipant (00:00:05 - 00:00:09): Hi\n"),
        [
            ("Interviewer 1", "i", "Hello"),
            ("Participant", "p", "Hi"),
        ],
    ),
}


@pytest.mark.parametrize(("name", "text", "turns"), WILD.values(), ids=WILD.keys())
def test_wild(name: str, text: str, turns: list[tuple[str, str, str]]) -> None:
    """Speakers, roles and words are those that a person would read."""
    transcript = files.read_transcript_bytes(name, text.encode())
    found = [(turn.speaker, turn.role[:1], transcript.text[turn.start : turn.end]) for turn in transcript.turns]
    assert found == turns
