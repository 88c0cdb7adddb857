"""Positions in REFI-QDA projects: tools count differently, and every coding must lie where it was made."""

import random
import re

import pytest

from service.domain.coded_file import CodedFile
from tests.refi_projects import read_texts, selection, source

PLAIN = "Moderator: Wie geht's?\nAna: Ça va, 😀 très bien.\n\nBen: Mir auch 👍 so.\nAna: Fine then.\n"


def marked(raw: str, position: int, units: bool, pairs: bool) -> int:
    """Return how a tool counts up to a place in a text as it stands in the file."""
    before = raw[:position] if pairs else raw[:position].replace("\r\n", "\n")
    return len(before.encode("utf-16-le")) // 2 if units else len(before)


def words(raw: str) -> list[tuple[int, int]]:
    """Return where the words of a text stand."""
    return [found.span() for found in re.finditer(r"\w+", raw)]


def made(raw: str, origin: str, units: bool, pairs: bool, mark: str = "", shift: int = 0) -> CodedFile:
    """Return a project in which every word is selected, positions counted in a way, read back."""
    chosen = "".join(
        selection(marked(raw, start, units, pairs) + shift, marked(raw, end, units, pairs) + shift)
        for start, end in words(raw)
    )
    return read_texts(source(chosen), (mark + raw).encode(), origin)


def chosen_words(file: CodedFile) -> list[str]:
    """Return what the codings lie upon."""
    return [file.documents[0].text[coding.start : coding.end] for coding in file.documents[0].codings]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("origin", "units", "pairs"),
    [
        ("NVivo 12", True, True),
        ("NVivo 14.23.0 (Windows)", True, True),
        ("ATLAS.ti Windows 23", False, False),
        ("QualCoder 3.5", False, False),
        ("Inkling 0.1.0", False, False),
        ("qc 1.3.2", False, True),
    ],
)
def test_each_tool_counts_in_its_own_way(line_end: str, mark: str, origin: str, units: bool, pairs: bool) -> None:
    """Each tool's own counting gives every coding its word, and the text has newlines and no mark."""
    raw = PLAIN.replace("\n", line_end)
    file = made(raw, origin, units, pairs, mark)
    assert file.documents[0].text == PLAIN
    assert chosen_words(file) == re.findall(r"\w+", PLAIN)
    assert file.alignment is not None
    assert file.alignment.aligned == file.alignment.selections
    assert file.notes == ()


@pytest.mark.parametrize("origin", ["NVivo 12", "ATLAS.ti 9", "QualCoder 3.5", "MAXQDA 2022", ""])
@pytest.mark.parametrize("units", [False, True])
@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize("counted", [False, True])
def test_the_text_decides_where_a_tool_counts_otherwise(origin: str, units: bool, pairs: bool, counted: bool) -> None:
    """Whatever a tool's name says, the way of counting by which the words fit is found."""
    raw = (PLAIN * 3).replace("\n", "\r\n")
    file = made(raw, origin, units, pairs, "\ufeff", shift=int(counted))
    assert chosen_words(file) == re.findall(r"\w+", PLAIN) * 3


def test_line_ends_that_were_rewritten_are_noticed() -> None:
    """Positions that count line ends as two in a text that has newlines only are understood."""
    raw = (PLAIN * 3).replace("\n", "\r\n")
    chosen = "".join(selection(marked(raw, s, True, True), marked(raw, e, True, True)) for s, e in words(raw))
    file = read_texts(source(chosen), (PLAIN * 3).encode(), "NVivo 12")
    assert chosen_words(file) == re.findall(r"\w+", PLAIN) * 3
    assert file.alignment is not None
    assert file.alignment.counted_in == "UTF-16 units, every line end counts as two"


@pytest.mark.parametrize("counted", [False, True])
def test_a_mark_that_is_counted_is_noticed_at_whole_sentences(counted: bool) -> None:
    """Sentences that would begin with a space and end before their full stop are one character off."""
    raw = "I was calm. Were you? Yes, quite. And why? No idea.\n"
    spans = [found.span() for found in re.finditer(r"\w[^.?]+[.?]", raw)]
    chosen = "".join(selection(start + counted, end + counted) for start, end in spans)
    file = read_texts(source(chosen), raw.encode("utf-8-sig"))
    assert chosen_words(file) == [raw[start:end] for start, end in spans]


def test_another_way_is_taken_only_where_it_is_clearly_better() -> None:
    """One selection that would fit better otherwise doesn't outweigh the tool's own way, and ties go to it."""
    raw = "One two.\r\nThree four."
    file = read_texts(source(selection(10, 15) + selection(0, 3)), raw.encode(), "ATLAS.ti 9")
    assert file.alignment is not None
    assert file.alignment.counted_in == "code points, a line end counts as one"
    assert file.alignment.aligned == 1


def test_names_that_repeat_the_words_decide() -> None:
    """A selection's name that quotes its words says how positions are counted, even where words' edges don't."""
    raw = "a b c d e f g\r\na b c d e f h i j k"
    name = "d e f h i j k…"
    file = read_texts(source(selection(20, 33, name=name)), raw.encode(), "Some tool 1.0")
    assert chosen_words(file) == ["d e f h i j k"]
    assert file.alignment is not None
    assert file.alignment.counted_in.startswith("code points, a line end counts as one")
    assert "1 of 1 selections fit the words" in file.notes[0]


def test_names_that_are_titles_do_no_harm() -> None:
    """A selection called otherwise than its words is taken as it stands."""
    file = read_texts(source(selection(0, 3, name="Quotation 6:1")), "One two.", "ATLAS.ti 9")
    assert chosen_words(file) == ["One"]


@pytest.mark.parametrize(("start", "end", "text"), [(0, 4, "One"), (4, 8, "\nTwo"), (0, 5, "One\n"), (5, 8, "Two")])
def test_a_selection_may_end_within_a_line_end(start: int, end: int, text: str) -> None:
    """A position between the two characters of a line end means the place before it."""
    file = read_texts(source(selection(start, end)), b"One\r\nTwo", "NVivo 12")
    assert chosen_words(file) == [text]


def test_a_position_within_a_character_means_the_place_before_it() -> None:
    """Half a character of two units is none."""
    assert chosen_words(read_texts(source(selection(0, 2)), "a😀b", "NVivo 12")) == ["a"]


def test_a_large_project_of_nvivo_for_windows() -> None:
    """A project in which most selections lie at words by UTF-16 units and few by characters is read by units."""
    chance = random.Random(7)
    said = [
        chance.choice(["um", "well", "because", "was", "naïve", "the school", "👍 good", "I don’t know"])
        for _ in range(6000)
    ]
    raw = "".join(word + ("\r\n\r\n" if n % 11 == 10 else " ") for n, word in enumerate(said))
    spans = chance.sample(words(raw), 303)
    chosen = ""
    for number, (start, end) in enumerate(sorted(spans)):
        ragged = number % 14 == 13  # people also select in the middle of words
        begin = marked(raw, start, True, True) + ragged
        chosen += selection(begin, max(marked(raw, end, True, True), begin + 1), number=number + 1)
    file = read_texts(source(chosen), raw.encode("utf-8-sig"), "NVivo 12")
    assert file.alignment is not None
    assert file.alignment.selections == 303
    assert file.alignment.aligned >= 281
    assert file.alignment.counted_in == "UTF-16 units, a line end of two characters counts as two"
    assert file.notes == ()
    misread = read_texts(source(chosen), raw.encode("utf-8-sig"), "Some tool 1.0")
    assert misread.documents[0].codings == file.documents[0].codings
    own = re.search(r"which this tool was taken to count, (\d+) do", misread.notes[0])
    assert own is not None
    assert int(own[1]) < 150


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_marked_encodings_are_read(encoding: str) -> None:
    """A text in UTF-16 is read by its mark, as one in UTF-8 is."""
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    file = read_texts(source(selection(0, 3)), (mark + "Été ici").encode(encoding))
    assert chosen_words(file) == ["Été"]


def test_scripts_without_spaces_fit_anywhere() -> None:
    """A selection in a script that writes no spaces counts as aligned."""
    file = read_texts(source(selection(1, 3)), "今日は学校")
    assert file.alignment is not None
    assert file.alignment.aligned == 1
