"""Codebooks: both forms, what may be chosen, and refusals that name the place."""

from typing import Any

import pytest

from service import errors
from service.domain import codebook
from service.domain.codebook import Codebook

FULL: dict[str, Any] = {
    "name": "change",
    "version": 2,
    "dimensions": {
        "domain": {
            "label": "Domain of change",
            "select": "one",
            "codes": {
                "safety": {
                    "label": "Safety",
                    "definition": "Being safe.",
                    "include": ["locks"],
                    "exclude": "talk of locks",
                    "examples": ["We put a lock in."],
                },
                "old": {"definition": "No longer used.", "retired": True},
            },
        },
        "tone": {"required": False, "applies_to": ["participant", "Ana"], "codes": {"warm": None, "cold": "Not warm."}},
        "theme": {"codes": {"locks": {"definition": "Locks.", "parent": {"domain": "safety"}}}},
    },
}


def parsed(raw: Any = None) -> Codebook:
    return codebook.parse(FULL if raw is None else raw, "book.yaml", short_name="book-12345678")


def test_the_full_form_is_read_with_its_defaults() -> None:
    """Dimensions are required and take many codes unless the file says otherwise; labels come from ids."""
    book = parsed()
    domain, tone, theme = book.dimensions
    assert (book.name, book.version) == ("change", "2")
    assert (domain.label, domain.select, domain.required, domain.applies_to) == ("Domain of change", "one", True, None)
    assert (tone.label, tone.select, tone.required, tone.applies_to) == (
        "Tone",
        "many",
        False,
        ("participant", "Ana"),
    )
    assert domain.codes[0].exclude == ("talk of locks",)
    assert [code.id for code in domain.active] == ["safety"]
    assert dict(theme.codes[0].parent) == {"domain": "safety"}


def test_a_codebook_written_out_reads_back_equal() -> None:
    """`as_dict` loses nothing."""
    assert parsed(codebook.as_dict(parsed())) == parsed()


def test_the_short_form_takes_its_name_and_its_select_from_outside() -> None:
    """The short form is a mapping of dimensions to codes and one sentence each."""
    raw = {"mood": {"calm": "At rest.", "very_angry": None}}
    book = codebook.parse(raw, "moods.yaml", short_name="moods-1", select={"mood": "one"})
    assert (book.name, book.version, book.dimensions[0].select) == ("moods-1", "1", "one")
    assert [(code.label, code.definition) for code in book.dimensions[0].codes] == [
        ("Calm", "At rest."),
        ("Very angry", ""),
    ]
    assert codebook.parse(raw, "moods.yaml", short_name="moods-1").dimensions[0].select == "many"


@pytest.mark.parametrize(
    ("speaker", "role", "applies"),
    [("Ana", "", True), ("Bo", "participant", True), ("Bo", "interviewer", False), ("", "", False)],
)
def test_a_dimension_can_be_for_some_speakers_only(speaker: str, role: Any, applies: bool) -> None:
    """`applies_to` names speakers or roles."""
    names = [dimension.id for dimension in parsed().applying(speaker, role)]
    assert names == (["domain", "tone", "theme"] if applies else ["domain", "theme"])


@pytest.mark.parametrize(
    ("dimension", "codes", "error"),
    [
        ("domain", [], None),
        ("domain", ["safety"], None),
        ("domain", ["safety", "safety"], None),
        ("domain", ["old"], errors.UnknownCode),
        ("domain", ["nothing"], errors.UnknownCode),
        ("tone", ["warm", "cold"], None),
    ],
)
def test_only_codes_in_use_can_be_chosen(dimension: str, codes: list[str], error: Any) -> None:
    """Unknown and retired codes are refused; an empty choice says that none applies."""
    found = parsed().dimension(dimension)
    if error is None:
        codebook.check_choice(found, codes)
    else:
        with pytest.raises(error, match="safety"):
            codebook.check_choice(found, codes)


def test_one_code_means_one_code() -> None:
    """Two codes in a dimension of `select: one` are refused."""
    raw = {"name": "x", "version": 1, "dimensions": {"d": {"select": "one", "codes": {"a": "", "b": ""}}}}
    with pytest.raises(errors.Unprocessable, match="takes one code, not 2"):
        codebook.check_choice(parsed(raw).dimension("d"), ["a", "b"])


def test_an_unknown_dimension_is_refused_with_those_that_exist() -> None:
    """The refusal lists the dimensions."""
    with pytest.raises(errors.UnknownCode, match="domain, tone, theme"):
        parsed().dimension("other")


def _with(**dimension: Any) -> dict[str, Any]:
    return {"name": "x", "version": 1, "dimensions": {"d": {"codes": {"a": "A."}, **dimension}}}


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "a codebook is a mapping"),
        ([], "a codebook is a mapping"),
        ({}, "a codebook is a mapping"),
        ({"name": "", "version": 1, "dimensions": {"d": {}}}, "needs a name"),
        ({"name": "x", "dimensions": {"d": {}}}, "needs a version"),
        ({"name": "x", "version": True, "dimensions": {"d": {}}}, "needs a version"),
        ({"name": "x", "version": 1, "dimensions": {}}, "at least one dimension"),
        ({"name": "x", "version": 1, "dimensions": {"d": {"codes": {}}}}, "dimension d needs codes"),
        ({"name": "x", "version": 1, "dimensions": {"d": {"codes": ["a"]}}}, "dimension d needs codes"),
        (_with(select="two"), "select is one or many"),
        (_with(required="yes"), "required is true or false"),
        (_with(applies_to=[1]), "applies_to is a sentence or a list"),
        (_with(codes={"a": 3}), "code a needs a definition"),
        (_with(codes={"a": {"include": {}}}), "code a: include is a sentence"),
        (_with(codes={"a": {"parent": "b"}}), "parent maps a dimension"),
        (_with(codes={"a": {"parent": {"e": "b"}}}), "parent e: b does not exist"),
        (_with(codes={"a;b": "x"}), "without ';'"),
        (_with(codes={True: "x"}), "in quotes"),
        (_with(selct="one"), "dimension d: the key selct is not known here; did you mean select?"),
        (_with(colour="red"), "the key colour is not known here; it takes label, select,"),
        (
            _with(codes={"a": {"inclde": ["x"]}}),
            "code a: the key inclde is not known here; did you mean include?",
        ),
        ({**_with(), "auhtor": "me"}, "the key auhtor is not known here; it takes name, version, dimensions."),
        (
            {"name": "x", "version": 1, "dimension": {"d": {}}},
            "the key dimension is not known here; did you mean",
        ),
        (
            {"name": "x", "version": 1, "dimensions": {"d": {"code": {}}}},
            "the key code is not known here; did you",
        ),
        ({"name": "x", "version": 1}, "at least one dimension"),
        ({"d": {}}, "dimension d needs a mapping"),
        ({"d": ["a"]}, "dimension d needs a mapping"),
        ({"d": {"a": ["x"]}}, "each code has one sentence"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(raw: Any, message: str) -> None:
    """Each refusal names the file, the place and what would be right."""
    with pytest.raises(errors.BadCodebook) as caught:
        codebook.parse(raw, "book.yaml", short_name="book")
    assert str(caught.value).startswith("book.yaml")
    assert message in str(caught.value)


def test_the_short_form_may_have_dimensions_of_any_name() -> None:
    """A dimension called version, or like a key of the full form, is a dimension like others."""
    book = codebook.parse({"version": {"old": "Before."}, "label": {"a": "A."}}, "b.yaml", short_name="b")
    assert [dimension.id for dimension in book.dimensions] == ["version", "label"]


def test_the_full_form_is_read_back_as_written() -> None:
    """Every key that is written is one that is known."""
    book = parsed()
    assert codebook.parse(codebook.as_dict(book), "book", short_name="") == book
