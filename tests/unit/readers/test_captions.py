"""WebVTT, SubRip and YouTube: cues become turns, whatever marks the speakers, and broken files are refused."""

import textwrap

import pytest

from service import errors
from service.domain.transcript import Transcript
from service.readers import files


def read(name: str, text: str) -> Transcript:
    """Read an indented text as a file."""
    return files.read_transcript_bytes(name, textwrap.dedent(text).lstrip("\n").encode())


def spoken(transcript: Transcript) -> list[tuple[str, str]]:
    """Return speakers and what they said."""
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


def cues(*texts: str, number: bool = False, comma: bool = False) -> str:
    """Write cues a second apart."""
    parts = []
    for n, text in enumerate(texts):
        stop = "," if comma else "."
        times = f"00:00:{n:02d}{stop}000 --> 00:00:{n + 1:02d}{stop}000"
        parts.append((f"{n + 1}\n" if number or comma else "") + f"{times}\n{text}\n")
    return "\n".join(parts)


def vtt(*texts: str, number: bool = False) -> list[tuple[str, str]]:
    """Read WebVTT cues."""
    return spoken(read("a.vtt", "WEBVTT\n\n" + cues(*texts, number=number)))


def srt(*texts: str) -> list[tuple[str, str]]:
    """Read SubRip cues."""
    return spoken(read("a.srt", cues(*texts, comma=True)))


def test_zoom() -> None:
    """Zoom numbers its cues and begins each with the speaker's display name, whatever that is."""
    found = vtt(
        "Jane Doe: How did it start?",
        "maria's iPhone: We met",
        "maria's iPhone: in 2012.",
        "Jane Doe: At 10:30: why?",
        number=True,
    )
    assert found == [
        ("Jane Doe", "How did it start?"),
        ("maria's iPhone", "We met in 2012."),
        ("Jane Doe", "At 10:30: why?"),
    ]


def test_teams() -> None:
    """Teams names cues by identifiers and closes its voice tags; a cue may have several lines."""
    text = """
        WEBVTT

        0a1b2c3d-1111-2222-3333-444455556666/12-0
        00:00:03.118 --> 00:00:07.000
        <v Jane Doe>How did
        it start?</v>

        0a1b2c3d-1111-2222-3333-444455556666/15-0
        00:00:08.118 --> 00:00:09.000
        <v Maria &amp; Tom>We met.</v>
        """
    assert spoken(read("a.vtt", text)) == [("Jane Doe", "How did it start?"), ("Maria & Tom", "We met.")]


def test_voice_spans_cues_until_closed() -> None:
    """A voice that is not closed goes on in the next cue; one that is closed does not."""
    found = vtt("<v Jane>We went", "to the shelter</v>", "Hello?", "<v.loud Maria>Yes.", "And no.")
    assert found == [("Jane", "We went to the shelter"), ("", "Hello?"), ("Maria", "Yes. And no.")]


def test_two_voices_in_one_cue() -> None:
    """One cue may hold two voices, on one line or on two."""
    assert vtt("<v Jane>One?</v> <v Maria>Two.</v>", "<v Jane>Three?\n<v Maria>Four.") == [
        ("Jane", "One?"),
        ("Maria", "Two."),
        ("Jane", "Three?"),
        ("Maria", "Four."),
    ]


def test_webex_names_the_speaker_in_the_identifier() -> None:
    """A cue's identifier may hold the name in quotes."""
    text = (
        'WEBVTT\n\n1 "Jane Doe" (4823)\n00:01.000 --> 00:02.000\nOne?\n\n2 "Tom" (11)\n00:03.000 --> 00:04.000\nTwo.\n'
    )
    assert spoken(read("a.vtt", text)) == [("Jane Doe", "One?"), ("Tom", "Two.")]


def test_names_hold_until_the_next() -> None:
    """`Name:` only where the speaker changes; words wrapped anywhere come together again."""
    found = srt("Alban: It is so good to\nlike, show up", "here. Yeah.", "Kevin: You know,\nthe thing is: we go", "on.")
    assert found == [
        ("Alban", "It is so good to like, show up here. Yeah."),
        ("Kevin", "You know, the thing is: we go on."),
    ]


def test_two_names_in_one_cue() -> None:
    """Each line of a cue may begin with a name, with a dash before it or not."""
    assert srt("JANE: One?\nMARIA: Two.", "- JANE: Three?\n- MARIA: Four.") == [
        ("JANE", "One?"),
        ("MARIA", "Two."),
        ("JANE", "Three?"),
        ("MARIA", "Four."),
    ]


def test_no_names() -> None:
    """Captions without names are one turn of someone unknown."""
    assert srt("We met in", "2012. Then", "it grew.") == [("", "We met in 2012. Then it grew.")]


def test_dashes_begin_turns_where_nobody_is_named() -> None:
    """Dash dialogue gives turns without names."""
    assert srt("- Hello?\n- Hi.", "How are\nyou?", "- Good.") == [
        ("", "Hello?"),
        ("", "Hi. How are you?"),
        ("", "Good."),
    ]


def test_chevrons_begin_turns() -> None:
    """Broadcast captions mark a change of speaker by >>, with a name or without."""
    assert vtt(">> Hello?", ">> Hi", "there.") == [("", "Hello?"), ("", "Hi there.")]
    assert vtt(">> JANE: Hello?", ">> TOM: Hi", ">> JANE: there.") == [
        ("JANE", "Hello?"),
        ("TOM", "Hi"),
        ("JANE", "there."),
    ]


def test_markup_goes() -> None:
    """Tags, positions, karaoke times, music and entities are no words."""
    assert srt("{\\an8}<i>It was</i>", "<font color='#fff'>R&amp;D</font> &lt;3", "♪ ♪", "<b>fine</b> [laughs]") == [
        ("", "It was R&D <3 fine [laughs]")
    ]
    assert vtt("<c.yellow>Yes</c> <lang en>it is</lang> <00:00:01.000>now", "1 < 2 and 3 > 2") == [
        ("", "Yes it is now 1 < 2 and 3 > 2")
    ]


def test_rolling_captions_are_said_once() -> None:
    """Automatic captions repeat each line in the next cue; it was spoken once."""
    found = vtt(
        " \nwe<00:00:00.200><c> went</c>", "we went\n ", "we went\nto<00:00:01.200><c> the lake</c>", "to the lake\n "
    )
    assert found == [("", "we went to the lake")]


@pytest.mark.parametrize(
    "times",
    [
        "0.860 --> 7.380",
        "1:01.460 --> 1:11.360",
        "00:01.000 --> 00:02.000",
        "01:00:01.000 --> 01:00:02.000",
        "00:00:01,000 --> 00:00:02,000",
        "00:01 --> 00:02",
        "00:01.0 --> 00:02.0 align:start position:0%",
        "100:00:01.000-->100:00:02.000",
    ],
)
def test_times_of_all_kinds(times: str) -> None:
    """Times without hours or minutes, with commas or with settings begin a cue."""
    assert spoken(read("a.vtt", f"WEBVTT\n\n{times}\n<v Jane>Yes.\n")) == [("Jane", "Yes.")]


def test_comments_styles_and_headers_are_no_speech() -> None:
    """What WebVTT keeps beside the cues is left out."""
    text = """
        WEBVTT - made by hand
        Kind: captions
        Language: en

        NOTE this is
        a comment

        STYLE
        ::cue { color: red }

        REGION
        id:a

        first cue
        00:01.000 --> 00:02.000
        One.

        NOTE another

        00:03.000 --> 00:04.000
        NOTE: two.
        """
    assert spoken(read("a.vtt", text)) == [("", "One. NOTE: two.")]


def test_number_spoken_is_no_identifier() -> None:
    """A caption that is a number is speech; only the line above the times is the cue's number."""
    assert srt("1984", "was a year") == [("", "1984 was a year")]


def test_blank_line_inside_a_cue() -> None:
    """SubRip written by hand may have a blank line in a caption, or none between captions."""
    text = "1\n00:00:01,000 --> 00:00:02,000\nOne\n\ntwo\n2\n00:00:02,000 --> 00:00:03,000\nthree.\n"
    assert spoken(read("a.srt", text)) == [("", "One two three.")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_mark(end: str) -> None:
    """Windows line ends and a byte-order mark make no difference."""
    content = ("\ufeffWEBVTT\n\n" + cues("Jane: Été 🙂", "Tom: Yes.")).replace("\n", end).encode()
    assert spoken(files.read_transcript_bytes("a.vtt", content)) == [("Jane", "Été 🙂"), ("Tom", "Yes.")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.vtt", cues("One."), r"a\.vtt, line 1: a WebVTT file begins with WEBVTT"),
        ("a.vtt", "WEBVTT\n\n00:00:01.000 -->\nOne.\n", r"a\.vtt, line 3: a cue's times must look like"),
        ("a.srt", "1\n00:00:01,000 -> 00:00:02,000\nOne.\n", r"a\.srt, line 2: a cue's times must look like"),
        ("a.srt", "1\n00:00:xx,000 --> 00:00:02,000\nOne.\n", r"a\.srt, line 2: a cue's times must look like"),
        ("a.srt", "Just words.\n", r"a\.srt: it holds no captions"),
        ("a.srt", "WEBVTT\n\n" + cues("One."), r"a\.srt: this is WebVTT; name it \.vtt"),
        ("a.vtt", "WEBVTT\n", r"a\.vtt: it holds no captions"),
        ("a.vtt", "WEBVTT\n\n" + cues("", "<v Jane>"), r"a\.vtt: it holds no speech"),
        ("a.txt", "WEBVTT\n\n" + cues("One."), r"a\.txt: by its content these are captions; name the file \.vtt"),
        ("a.txt", cues("One.", comma=True), r"a\.txt: by its content these are captions; name the file \.srt"),
    ],
)
def test_broken_captions_are_refused(name: str, text: str, message: str) -> None:
    """Each broken file gets one sentence with its name, the line and what would be right, and no speech."""
    with pytest.raises(errors.UnreadableFile, match=message) as refusal:
        read(name, text)
    assert "One" not in str(refusal.value)


def sbv(*texts: str) -> list[tuple[str, str]]:
    """Read YouTube's captions."""
    parts = [f"0:00:{n:02d}.000,0:00:{n + 1:02d}.500\n{text}\n" for n, text in enumerate(texts)]
    return spoken(read("a.sbv", "\n".join(parts)))


def test_youtubes_captions() -> None:
    """YouTube's captions have their times on one line, break lines by a mark, and name who speaks as others do."""
    assert sbv("we met in", "", "2019 at 0:01:02.500, he said") == [("", "we met in 2019 at 0:01:02.500, he said")]
    assert sbv("Jane: How did[br]it start?", "Tom: We met.", "Then\n\nwe left.") == [
        ("Jane", "How did it start?"),
        ("Tom", "We met. Then we left."),
    ]
    assert sbv(">> Jane: One?", ">> Tom: Two.") == [("Jane", "One?"), ("Tom", "Two.")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0:00:01,000,0:00:02,000\nOne\n", "line 1"),
        ("0:00:01.000,0:00:02.000\nOne\n\n0:00:03.000,\nTwo\n", "line 4"),
        ("0:00:01.000,0:00:02.000\nOne\n\n0:00:03.000 --> 0:00:04.000\nTwo\n", "line 4"),
        ("One\nTwo\n", "no captions; each begins with 0:00:01"),
    ],
)
def test_broken_youtube_captions_are_refused(text: str, message: str) -> None:
    """Each broken file gets one sentence with its name, the line and what would be right, and no speech."""
    with pytest.raises(errors.UnreadableFile, match=message) as refusal:
        read("a.sbv", text)
    assert str(refusal.value).startswith("a.sbv")
    assert "One" not in str(refusal.value)
