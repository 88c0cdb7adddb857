"""A model's report and card: what they show, what they keep to themselves, and that they stand alone."""

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from service.suggest import bundle
from service.suggest.comparison import Changes, Comparison, DimensionComparison, Moved, Pair
from service.suggest.definitions import definitions_bundle
from service.suggest.model import Bundle
from tests import invented
from tests.training import worlds
from training import card, report

VOID = {"meta", "line", "circle", "rect", "polyline"}


@pytest.fixture(scope="module")
def model() -> Bundle:
    """Return a model with coders, advice, intervals and a learning curve."""
    return worlds.fitted(worlds.coded())


class _Page(HTMLParser):
    """Collects what stands on a page, and checks that it is well nested."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(content)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_stands_alone(model: Bundle) -> None:
    """One style, no script, nothing loaded, nothing that its own policy forbids."""
    page = _Page(model.report)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert len(page.all("style")) == 1
    for _, attributes in page.tags:
        assert not {"style", "src", "href", "srcset"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in model.report
    assert "http" not in re.sub(r'http-equiv="', "", model.report)
    assert "default-src 'none'" in str(page.all("meta")[1]["content"])


def test_plots_say_what_they_show(model: Bundle) -> None:
    """Each has a title and a description, found by ids that stand once, and a table of its numbers beside it."""
    page = _Page(model.report)
    plots = [svg for svg in page.all("svg") if svg.get("role") == "img"]
    assert len(plots) == 6
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(set(str(svg["aria-labelledby"]).split()) <= set(map(str, ids)) for svg in plots)
    assert all(svg.get("role") == "img" or svg.get("aria-hidden") == "true" for svg in page.all("svg"))
    assert len(page.all("table")) == len(page.all("caption"))
    assert len(page.all("details")) >= len(plots)


def test_it_has_all_that_a_researcher_asks_for(model: Bundle) -> None:
    """Figures, codes, confusion, agreement, disagreements, what changed, data and limits each have their place."""
    for heading in (
        "How it did on people it had not seen",
        "Are its probabilities honest?",
        "Does it know when it is wrong?",
        "Would more coding help?",
        "Code by code",
        "What is taken for what",
        "The model beside the coders",
        "Where it differs most from the coding",
        "What changed against the current model",
        "What it was fitted on",
        "Limits",
    ):
        assert heading in model.report
    assert "nother hundred codings would bring" in model.report
    assert "On codings made without advice" in model.report
    assert "invented" not in model.report


def test_the_same_bundle_gives_the_same_page(model: Bundle) -> None:
    """To the byte, whether fitted just now or read from the disk, and whenever it was fitted."""
    again = worlds.fitted(worlds.coded())
    assert again.report == model.report == report.build(model)


def test_a_saved_model_gives_the_same_page(model: Bundle, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the page needs is in the bundle."""
    folder = tmp_path_factory.mktemp("models") / "model"
    bundle.save(model, folder)
    assert (folder / "report.html").read_text(encoding="utf-8") == report.build(bundle.load(folder))


def test_the_report_is_no_part_of_the_models_id(model: Bundle) -> None:
    """A report with a comparison belongs to the same model."""
    changed = report.build(model, _comparison())
    assert changed != model.report
    assert bundle.finish(Bundle(**{**vars(model), "report": changed})).manifest == model.manifest


def test_no_word_of_an_excerpt_leaves_the_support(model: Bundle) -> None:
    """Report, metrics and card hold no text that anyone said, nor a coder's name."""
    for content in (model.report, json.dumps(model.metrics), model.card):
        assert worlds.CANARY not in content.casefold()
        assert not any(row.text[:20] in content for row in worlds.coded())
        assert "coder0" not in content


def _comparison() -> Comparison:
    measures = {"macro_f1": Pair(0.61, 0.72, 0.11, (0.05, 0.16)), "kappa": Pair(None, 0.5, None, None)}
    changes = Changes(12, commonest=(Moved(("food",), (), 7),))
    topic = DimensionComparison("better", "", 144, measures=measures, changes=changes)
    gone = DimensionComparison("can't tell", "it is new")
    return Comparison("days-out-111111111111", "days-out-000000000000", {"topic": topic, "gone": gone})


def test_what_changed_is_shown_where_it_is_known(model: Bundle) -> None:
    """Measures of both with the difference, and from which codes to which suggestions move."""
    page = report.build(model, _comparison())
    for said in ("days-out-000000000000", "12 of 144 segments", "Topic: better", "+0.110", "+0.050 to +0.160", "gone:"):
        assert said in page
    assert re.search(r"Food</th><td[^>]*>none applies</td><td>7</td>", page)
    assert "not compared" not in page
    assert "not compared" in model.report


def test_what_the_model_keeps_to_itself_and_what_coders_had_in_view_have_words_of_their_own(model: Bundle) -> None:
    """A model abstains; codings are made with or without advice: one table never says the same of both."""
    assert "share it abstains on" in model.report
    assert "share it abstains on" in model.card
    assert not [name for name in card.NAMES.values() if "advice" in name]


def test_codings_that_count_in_no_agreement_are_counted_and_explained() -> None:
    """The report and the card say how many were made once others' could be seen; without any they say nothing."""
    rows = worlds.coded()
    after = [replace(row, annotator_id="late", settles=False, independent=None) for row in rows if row.settles][:5]
    made = worlds.fitted((*rows, *after))
    number = {name: found["late_codings"] for name, found in made.metrics["dimensions"].items()}
    assert sum(number.values()) == 5
    for name, found in number.items():
        said = f"{found} codings are left out: they were made once another's decision on the segment could be seen"
        assert all(said in html.unescape(page) for page in (made.report, made.card))
        assert made.metrics["dimensions"][name]["agreement"]["coders"] == 2
    assert "left out: " not in worlds.fitted(rows).card


def test_figures_on_invented_text_say_so_in_every_title() -> None:
    """Headings over figures, captions and plots, where all excerpts were invented."""
    made = worlds.fitted(invented.rows(12, origin="synthetic"))
    page = _Page(made.report)
    titles = re.findall(r"<title[^>]*>([^<]*)</title>", made.report)
    assert len(titles) == 7
    assert all("(on invented text)" in title for title in titles)
    assert "Leading figures (on invented text)" in made.report
    assert len(page.all("h1")) == 1
    assert "by two people independently" in made.report


def test_labels_can_not_break_the_page() -> None:
    """Markup in a codebook is shown as what it is."""
    made = worlds.fitted(invented.rows(12), worlds.hostile_book())
    page = _Page(made.report)
    assert page.all("script") == page.all("b") == []
    assert "&lt;script&gt;" in made.report


def test_under_three_participants_the_page_says_what_it_can_not_know() -> None:
    """No figures, no plots, and the reason."""
    made = worlds.fitted(invented.rows(2))
    assert "Not measured: fewer than three participants" in made.report
    assert 'role="img"' not in made.report
    _Page(made.report)


def test_few_participants_have_figures_without_promises() -> None:
    """No intervals, no learning curve, and the card says how little it knows."""
    made = worlds.fitted(invented.rows(4))
    assert "needs six participants" in made.report
    assert "It knows 4 participants" in made.card
    assert made.metrics["dimensions"]["topic"]["learning_curve"] is None
    _Page(made.report)


def test_many_codes_list_what_is_confused_most() -> None:
    """A table of all against all gives way to a list."""
    labels = {f"c{number}": f"Code {number}" for number in range(20)}
    confusion = {"c0": {"c1": 3, "c0": 9}, "c2": {"": 5}}
    found = report._mistakes(confusion, labels, report.NO_CODE)
    assert found == [("Code 2", "none applies", 5), ("Code 0", "Code 1", 3)]


def test_a_model_of_definitions_has_a_page_too() -> None:
    """It stands alone and says that nothing was measured; the full layout can show such a model as well."""
    made = definitions_bundle(worlds.hostile_book(), worlds.ENCODER)
    for content in (made.report, report.build(made)):
        page = _Page(content)
        assert page.all("script") == []
        assert made.manifest.model_id in content


def test_the_card_gives_both_kinds_of_figures(model: Bundle) -> None:
    """Those on codings without advice beside those on all, which lead, use, agreement and limits."""
    for said in (
        "## What it is for",
        "coded without advice)",
        "On all codings",
        "coder with coder",
        "## Limits",
        "A suggestion is not a coding",
    ):
        assert said in model.card
    few = worlds.fitted(worlds.coded(5))
    assert "On codings made without advice" in few.card
    assert any("advice in view" in limit for limit in card.limits(few))
