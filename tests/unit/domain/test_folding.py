"""A tree of codes folded into dimensions, and matched with a codebook."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import errors
from service.domain import codebook, folding
from service.domain.codebook import Codebook
from service.domain.coded_file import ForeignCode
from service.domain.folding import Choices, Target

BOOK: Codebook = codebook.parse(
    {
        "mood": {"calm": "At rest.", "angry": "Cross.", "other": "Else."},
        "life_theme": {"trust": "Relying.", "other": "Else.", "work > pay": "Money."},
    },
    "book",
    short_name="book",
)


def codes(*paths: str, headings: str = "") -> list[ForeignCode]:
    """Return codes whose keys are their paths; those in `headings` gather others and are none themselves."""
    return [ForeignCode(path, tuple(path.split(" > ")), codable=path not in headings.split("|")) for path in paths]


def shape(found: Codebook) -> Mapping[str, list[str]]:
    return {dimension.id: [code.id for code in dimension.codes] for dimension in found.dimensions}


def test_each_branch_is_a_dimension_and_what_stands_alone_is_codes() -> None:
    """A top with codes below it is a dimension of its own name; tops without any are the dimension `codes`."""
    book = folding.codebook_of("x", codes("Mood", "Mood > calm", "Mood > calm > deeply", "loose", "alone"), {})
    assert shape(book) == {"Mood": ["calm", "calm > deeply"], "codes": ["loose", "alone"]}
    assert {dimension.select for dimension in book.dimensions} == {"many"}
    assert (book.name, book.version) == ("x-d34cb145", "1")


def test_a_person_says_which_branch_is_which_dimension() -> None:
    """A branch is named by its path or, where that is clear, by its own name; one may be taken for none."""
    tree = codes(
        "Study", "Study > Mood", "Study > Mood > calm", "Study > Site", "Study > Site > north", "Old", "Old > x"
    )
    chosen = {"mood": "feeling", "Study > Site": "place", "Old": ""}
    assert shape(folding.codebook_of("x", tree, chosen)) == {"feeling": ["calm"], "place": ["north"]}


@pytest.mark.parametrize(("branch", "said"), [("Nowhere", "is not in the file's tree"), ("Mood", "more than once")])
def test_a_branch_that_is_not_there_or_not_clear_is_refused(branch: str, said: str) -> None:
    """The refusal names the branch and what is wrong with it."""
    with pytest.raises(errors.Unprocessable, match=said):
        folding.branches(codes("A > Mood > x", "B > Mood > y"), {branch: "mood"})


def test_a_branchs_own_top_is_a_code_only_where_it_was_given() -> None:
    """Some tools code with a heading; then the heading is a code of its own dimension."""
    tree = codes("Mood", "Mood > calm")
    assert shape(folding.codebook_of("x", tree, {}, used=["Mood"])) == {"Mood": ["Mood", "calm"]}
    assert shape(folding.codebook_of("x", tree, {}, used=["Mood > calm"])) == {"Mood": ["calm"]}


def test_a_tree_without_codes_is_no_codebook() -> None:
    """Headings alone are refused."""
    with pytest.raises(errors.BadCodebook, match="no codes"):
        folding.codebook_of("x", codes("Mood", headings="Mood"), {})


NAMES = st.text(st.characters(codec="utf-16", exclude_characters="\x00"), max_size=12) | st.sampled_from(
    ["a;b", "a,b", "a", "A", " ", "x\ny", "\x00", "\ud800", "y" * 250, "y" * 300, "codes"]
)


@given(st.lists(st.lists(NAMES, min_size=1, max_size=3).map(tuple), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_whatever_the_names_what_is_folded_is_a_codebook(paths: list[tuple[str, ...]]) -> None:
    """It reads back equal, so that every store and every file takes it."""
    tree = [ForeignCode(str(number), path, path[-1]) for number, path in enumerate(paths)]
    try:
        book = folding.codebook_of("x", tree, {})
    except errors.BadCodebook:
        return
    assert codebook.parse(codebook.as_dict(book), "x", short_name="x") == book


def test_codes_are_matched_by_branch_and_name() -> None:
    """A code of a branch is one of that dimension, by its label or id, whatever the case; else the name alone tells."""
    tree = codes("MOOD > Calm", "Life theme > other", "Life theme > work > pay", "Feelings > Angry", "trust")
    found = folding.match(tree, BOOK, Choices())
    assert found.targets == {
        "MOOD > Calm": Target("mood", "calm"),
        "Life theme > other": Target("life_theme", "other"),
        "Life theme > work > pay": Target("life_theme", "work > pay"),
        "Feelings > Angry": Target("mood", "angry"),
        "trust": Target("life_theme", "trust"),
    }
    assert found.unmatched == {}


def test_a_persons_word_goes_first() -> None:
    """What a person says of a code, or of its branch, beats its name; an empty word leaves it out."""
    tree = codes("Mood > calm", "Mood > angry", "Feelings > other")
    said = Choices({"Feelings": "mood"}, {"Mood > calm": "life_theme:trust", "angry": ""})
    found = folding.match(tree, BOOK, said)
    assert found.targets == {
        "Mood > calm": Target("life_theme", "trust"),
        "Feelings > other": Target("mood", "other"),
    }
    assert found.ignored == {"Mood > angry"}


def test_what_is_ambiguous_or_missing_is_told() -> None:
    """A name that two dimensions have, and one that none has, are no code; headings are not missed."""
    found = folding.match(codes("other", "new", "Head", "Head > calm", headings="Head"), BOOK, Choices())
    assert set(found.targets) == {"Head > calm"}
    assert found.unmatched == {
        "other": "several codes have its name (mood:other, life_theme:other)",
        "new": "the codebook has no such code",
    }


def test_many_branches_and_words_about_them_are_matched() -> None:
    """Each branch, code and word is looked up, not searched for: otherwise this would outlast any patience."""
    paths = [path for n in range(5_000) for path in ((f"b{n}",), (f"b{n}", f"c{n}"))]
    codes = [ForeignCode(" > ".join(path), path) for path in paths]
    book = folding.codebook_of("many", codes, {})
    said = Choices(codes={f"b{n} > c{n}": f"b{n}:c{n}" for n in range(1_000)})
    matching = folding.match(codes, book, said)
    assert len(matching.targets) == 5_000


def test_an_unknown_code_leaves_open_its_own_branch_only() -> None:
    """It may speak of its branch's dimension, and of those that the branch's other codes are matched with."""
    tree = codes("Mood > new", "Feelings > angry", "Feelings > odd", "Site > north", "trust", "loose")
    assert folding.match(tree, BOOK, Choices()).doubtful == {
        "Mood > new": {"mood"},
        "Feelings > odd": {"mood"},
        "Site > north": set(),
        "loose": {"life_theme"},
    }


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (Choices({"Mood": "moood"}), "no dimension moood; it has mood, life_theme"),
        (Choices(codes={"calm": "calm"}), "no code calm; write dimension:code"),
        (Choices(codes={"nobody": "mood:calm"}), "nobody is not in the file's tree"),
    ],
)
def test_a_word_about_what_is_not_there_is_refused(said: Choices, message: str) -> None:
    """A dimension or code that the codebook lacks, or a code that the file lacks, is named."""
    with pytest.raises(errors.Unprocessable, match=message):
        folding.match(codes("Mood > calm"), BOOK, said)


def test_a_statement_about_a_branch_finds_its_dimension() -> None:
    """By what a person said of the branch, or else by its name; any other branch is none."""
    found = folding.match(codes("Feelings > calm"), BOOK, Choices({"Feelings": "mood"}))
    assert found.dimension_of("Feelings", BOOK) == "mood"
    assert found.dimension_of("Life Theme", BOOK) == "life_theme"
    assert found.dimension_of("Site", BOOK) is None
