"""Coded material as hypothesis draws it: texts in any script, codes in a tree, coders, codings that overlap, turns."""

from hypothesis import strategies as st

from service.domain.coded_file import CodedFile, ForeignCode, ForeignCoder, ForeignCoding, ForeignDocument
from service.domain.transcript import Participant, Turn

#: Letters, accents, characters of two units, marks, quotes and what XML means something by.
_LETTERS = "abé\u0301ñ😀👍🏽中ع \t\n\ufeff\u2028\u00a0\"'&<>]]>.,;:1"
texts = st.text(st.sampled_from(_LETTERS), max_size=60) | st.text(
    st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=40
)
names = st.text(st.sampled_from("abcé😀\"'&<>: /\\"), min_size=1, max_size=8).map(str.strip).filter(bool)
memos = st.sampled_from(["", "A thought", "two\nlines & <more>", " spaced ", 'quoted "words"', "]]>"])
_moments = st.sampled_from(["", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00.5+02:00"])


@st.composite
def coded_files(draw: st.DrawFn) -> CodedFile:
    """Draw what a reader could have found."""
    codes = draw(code_trees())
    people = draw(st.lists(names, max_size=3, unique=True))
    coders = tuple(ForeignCoder(f"coder {n}", name) for n, name in enumerate(people))
    keys = [*(coder.key for coder in coders), ""]
    titles = draw(st.lists(names, max_size=3, unique=True))
    documents = tuple(draw(_documents(title, [code.key for code in codes], keys)) for title in titles)
    return CodedFile("made.qdpx", "", "made", documents, codes, coders)


@st.composite
def code_trees(draw: st.DrawFn) -> tuple[ForeignCode, ...]:
    """Draw codes whose headings are codes too, in the order of the tree."""
    paths: set[tuple[str, ...]] = set()
    for path in draw(st.lists(st.lists(names, min_size=1, max_size=4), max_size=5)):
        paths |= {tuple(path[:depth]) for depth in range(1, len(path) + 1)}
    colours = st.sampled_from(["", "#ff8800"])
    return tuple(
        ForeignCode(f"code {number}", path, draw(memos), draw(st.booleans()), draw(colours))
        for number, path in enumerate(sorted(paths))
    )


@st.composite
def _documents(draw: st.DrawFn, name: str, codes: list[str], coders: list[str]) -> ForeignDocument:
    text = draw(texts)
    codings: list[ForeignCoding] = []
    if text and codes:
        for start, end in draw(st.lists(_spans(len(text)), max_size=8)):
            given = draw(st.sampled_from(codes)), draw(st.sampled_from(coders))
            codings.append(ForeignCoding(start, end, *given, draw(memos), draw(_moments)))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    turns = tuple(
        Turn(draw(st.sampled_from(["", "Ana", "Ben"])), draw(st.sampled_from(["", "interviewer", "participant"])), a, b)
        for a, b in zip(cuts[::2], cuts[1::2], strict=False)
    )
    values = st.dictionaries(names, names, max_size=2)
    person = draw(st.none() | st.builds(Participant, st.sampled_from(["Ana", "P01"]), values))
    return ForeignDocument(name, text, tuple(codings), turns, participant=person, memo=draw(memos))


def _spans(length: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.lists(st.integers(0, length), min_size=2, max_size=2, unique=True).map(
        lambda ends: (min(ends), max(ends))
    )
