"""Coded transcripts as Word documents: every word in its place, and the codes as comments on theirs."""

import io
from datetime import UTC, datetime
from typing import Any

import docx as python_docx
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.coded_file import CodedFile, ForeignCode, ForeignCoder, ForeignCoding, ForeignDocument
from service.domain.transcript import Turn
from service.writers import docx

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
CODES = (ForeignCode("calm", ("Mood", "Calm")), ForeignCode("safe", ("Safe",)))
CODERS = (ForeignCoder("k1", "Ana Berg"),)
TEXT = "How was it?\nWe felt safe there. It was quiet."
TURNS = (Turn("Lee", "interviewer", 0, 11), Turn("Mara", "participant", 12, len(TEXT)))


def written(*documents: ForeignDocument) -> Any:
    out = io.BytesIO()
    docx.write(CodedFile("study", "", "Inkling", documents, CODES, CODERS), out, NOW)
    out.seek(0)
    return python_docx.Document(out)


def coded(text: str, *codings: tuple[int, int], turns: tuple[Turn, ...] = ()) -> ForeignDocument:
    return ForeignDocument("talk.txt", text, tuple(ForeignCoding(*at, "calm", "k1") for at in codings), turns)


def anchors(document: Any) -> list[str]:
    """Return the words on which each comment stands, in the order of the comments."""
    words: dict[str, str] = {}
    standing: list[str] = []
    for element in document.element.body.iter():
        kind, own = element.tag.rpartition("}")[2], next(iter(element.attrib.values()), "")
        if kind == "commentRangeStart":
            standing.append(own)
            words[own] = ""
        elif kind == "commentRangeEnd":
            standing.remove(own)
        elif kind in ("t", "br", "tab"):
            for number in standing:
                words[number] += element.text if kind == "t" else "\n"
    return [words[number] for number in sorted(words, key=int)]


def test_speakers_stand_in_bold_before_their_turns() -> None:
    """Each transcript has a heading, and each turn a paragraph that begins with who speaks."""
    document = written(coded(TEXT, turns=TURNS))
    heading, *paragraphs = document.paragraphs
    assert (heading.text, heading.style.name) == ("talk.txt", "Heading 1")
    assert [p.text for p in paragraphs] == ["Lee: How was it?", "Mara: We felt safe there. It was quiet."]
    assert [[run.text for run in p.runs if run.bold] for p in paragraphs] == [["Lee: "], ["Mara: "]]


def test_a_comment_stands_on_the_words_that_were_coded() -> None:
    """Comments name code and coder and begin and end within a turn, across turns, and over one another."""
    whole, across, inner = (12, len(TEXT)), (4, 19), (15, 24)
    document = written(coded(TEXT, whole, across, inner, turns=TURNS))
    assert sorted(anchors(document)) == sorted(
        ["We felt safe there. It was quiet.", "was it?Mara: We felt", "felt safe"]
    )
    assert {(comment.author, comment.text) for comment in document.comments} == {("Ana Berg", "Mood > Calm")}


def test_what_one_coder_gave_to_one_stretch_is_one_comment() -> None:
    """Several codes on the same words are lines of one comment, with their memos; nobody is `as imported`."""
    given = (
        ForeignCoding(12, 19, "calm", "", "a thought"),
        ForeignCoding(12, 19, "safe", ""),
        ForeignCoding(12, 19, "gone", "k1"),
    )
    document = written(ForeignDocument("a", TEXT, given, TURNS))
    found = {comment.author: comment.text for comment in document.comments}
    assert found == {"as imported": "Mood > Calm\nMemo: a thought\nSafe", "Ana Berg": "gone"}


def test_a_name_that_the_text_itself_has_is_not_said_twice() -> None:
    """Where names stand in the text outside of the turns, they are the bold ones."""
    text = "Lee: How was it?\n\nMara:\nQuiet.\n\nThe end."
    turns = (Turn("Lee", "", 5, 16), Turn("Mara", "", 24, 30))
    document = written(coded(text, (0, 16), turns=turns))
    assert [p.text for p in document.paragraphs[1:]] == ["Lee: How was it?", "Mara: Quiet.", "The end."]
    assert document.paragraphs[1].runs[0].bold
    assert anchors(document) == ["Lee: How was it?"]


def test_characters_that_xml_has_not_break_nothing() -> None:
    """Control characters become replacement characters, in words, names, codes and memos alike."""
    odd = "a\x00b\x0bc\x1fd\ud800e"
    given = (ForeignCoding(0, len(odd), "k\x01", "c\x02", "m\x03"),)
    out = io.BytesIO()
    document = ForeignDocument("n\x04", odd, given, (Turn("s\x05", "", 0, len(odd)),))
    docx.write(CodedFile("f\x06", "", "Inkling", (document,), (ForeignCode("k\x01", ("p\x07",)),)), out, NOW)
    out.seek(0)
    read = python_docx.Document(out)
    assert [p.text for p in read.paragraphs] == ["n\ufffd", "s\ufffd: a\ufffdb\ufffdc\ufffdd\ufffde"]
    assert [(c.author, c.text) for c in read.comments] == [("c\ufffd", "p\ufffd\nMemo: m\ufffd")]


@st.composite
def documents(draw: st.DrawFn) -> ForeignDocument:
    text = draw(st.text(st.sampled_from("ab \n\t:é"), max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True)))
    turns = tuple(
        Turn(draw(st.sampled_from(["", "Lee"])), "", *pair) for pair in zip(cuts[::2], cuts[1::2], strict=False)
    )
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda s: s[0] < s[1])
    found = draw(st.lists(spans, max_size=4)) if text else []
    return coded(text, *found, turns=turns)


@given(documents())
@settings(max_examples=60, deadline=None)
def test_every_word_is_there_in_order_and_commented_where_it_was_coded(document: ForeignDocument) -> None:
    """Whatever the turns and selections: no word is lost or moved, and a comment's words are the selection's."""
    read = written(document)
    said = " ".join(p.text for p in read.paragraphs[1:])
    for name in ("Lee",):
        said = said.replace(f"{name}: ", "")
    assert "".join(said.split()) == "".join(document.text.split())
    spans = dict.fromkeys(sorted((c.start, c.end) for c in document.codings))
    expected = ["".join(document.text[start:end].split()) for start, end in spans]
    found = ["".join(words.replace("Lee: ", "").split()) for words in anchors(read)]
    assert [words for words in found if words] == [words for words in expected if words]
