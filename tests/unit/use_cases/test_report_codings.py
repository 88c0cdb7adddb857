"""Reports from a store: final codings counted, blind where they must be, as CSV, JSON, a page and a figure."""

import csv
import io
import json
import threading
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from service.domain import report as domain_report
from service.domain.masking import Count
from service.domain.people import Person
from service.domain.projects import ADHOC
from service.domain.report import Report
from service.domain.transcript import Participant
from service.store.engine import reading
from service.use_cases import report_codings, report_page
from service.use_cases.report_figure import heat_map_svg
from tests.unit.use_cases.report_worlds import Given, ReportWorld

SVG = "{http://www.w3.org/2000/svg}"


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, data: str) -> None:
        if self.rows and data.strip():
            self.rows[-1].append(data.strip())


def report(world: ReportWorld, minimum: int | None = None, reader: Person | None = None) -> Report:
    with reading(world.engine) as connection:
        return report_codings.report(connection, world.project, minimum, reader)


def counts(found: Report) -> dict[tuple[str, ...], tuple[int, int, int]]:
    rows = {row.place: row.count for row in found.rows}
    return {place: (c.segments, c.participants, c.organisations) for place, c in rows.items() if c.segments}


def small_study(world: ReportWorld) -> None:
    """Three interviews of two participants, and two posted segments."""
    world.person("Ana")
    for name, who, attributes in (
        ("a.txt", "P1", {"Organisation": "Harbour"}),
        ("b.txt", "P2", {"organization": " "}),
        ("c.txt", "P2", {"organization": "Quay"}),
    ):
        (segment_id,) = world.document(name, ["One."], Given(Participant(who, attributes)))
        world.decide("Ana", segment_id, domain=["awareness"], level=["person"], theme=["lens"])
    for segment_id in world.document(ADHOC, ["Two.", "Three."]):
        world.decide("Ana", segment_id, domain=["safety"], level=["town", "agency"])


def test_segments_participants_and_organisations_are_counted(report_world: ReportWorld) -> None:
    """Each row counts its segments, distinct participants and their organisations, an empty one not counted."""
    small_study(report_world)
    assert counts(report(report_world)) == {
        ("awareness", "person", ""): (3, 2, 2),
        ("awareness", "person", "lens"): (3, 2, 2),
        ("safety", "agency", ""): (2, 2, 0),
        ("safety", "town", ""): (2, 2, 0),
    }
    assert report(report_world).total == Count(5, 4, 2)


def test_only_final_codings_count(report_double: ReportWorld) -> None:
    """A segment counts once its domain and level are final, and no longer when somebody takes theirs back."""
    world = report_double
    world.person("Ana")
    world.person("Ben")
    (segment_id,) = world.document("a.txt", ["One."], Given(needs=2))
    world.decide("Ana", segment_id, domain=["safety"], level=["town"])
    assert report(world).total.segments == 0
    world.decide("Ben", segment_id, domain=["safety"], level=["town"])
    assert report(world).total.segments == 1
    world.retract("Ana", segment_id)
    assert report(world).total.segments == 0


def test_a_report_says_nothing_of_what_is_open_to_its_reader(report_world: ReportWorld) -> None:
    """Who still has to decide on a segment does not see it counted; who decided and the operator do."""
    world = report_world
    ana, ben = world.person("Ana"), world.person("Ben")
    first, second = world.document("a.txt", ["One.", "Two."], Given(needs=2))
    for name in ("Ana", "Ben"):
        world.decide(name, first, domain=["safety"], level=["town"])
    world.decide("Ana", second, domain=[], level=[])
    before = domain_report.as_dict(report(world, reader=ben))
    world.person("Cy", "adjudicator")
    world.decide("Ana", second, domain=["safety"], level=["town"])
    assert domain_report.as_dict(report(world, reader=ben)) == before
    assert report(world, reader=ana).total == report(world).total


def test_csv_has_one_line_per_pair_and_theme_zeros_included(report_world: ReportWorld) -> None:
    """The CSV lists every pair and theme in codebook order, and the unclear pairings last."""
    small_study(report_world)
    lines = list(csv.reader(io.StringIO(report_codings.as_csv(report(report_world)))))
    heading = "domain,level,theme,segments,participants,organisations,domain_label,level_label,theme_label"
    assert lines[0] == heading.split(",")
    assert [line[:6] for line in lines[1:]] == [
        ["awareness", "person", "", "3", "2", "2"],
        ["awareness", "person", "lens", "3", "2", "2"],
        ["awareness", "agency", "", "0", "0", "0"],
        ["awareness", "town", "", "0", "0", "0"],
        ["safety", "person", "", "0", "0", "0"],
        ["safety", "agency", "", "2", "2", "0"],
        ["safety", "agency", "doors", "0", "0", "0"],
        ["safety", "town", "", "2", "2", "0"],
        ["", "", "loose", "0", "0", "0"],
        ["pairing unclear", "", "", "0", "0", "0"],
    ]


def test_other_codebooks_get_one_table_per_dimension(report_plain: ReportWorld) -> None:
    """Without domain and level, each dimension has its table, with a line for none applies."""
    report_plain.person("Ana")
    first, second = report_plain.document("a.txt", ["One.", "Two."])
    report_plain.decide("Ana", first, feeling=["hope", "anger"], topic=[])
    report_plain.decide("Ana", second, feeling=["hope"], topic=["school"])
    found = report(report_plain)
    assert report_codings.as_csv(found).splitlines() == [
        "dimension,code,segments,participants,organisations,dimension_label,code_label",
        "feeling,hope,2,1,0,Feeling,Hope",
        "feeling,anger,1,1,0,Feeling,Anger",
        "feeling,none applies,0,0,0,Feeling,None applies",
        "topic,school,1,1,0,Topic,School",
        "topic,none applies,1,1,0,Topic,None applies",
    ]
    shape = domain_report.as_dict(found)
    assert (shape["kind"], len(shape["tables"])) == ("dimensions", 2)
    assert shape["rows"] == [*shape["tables"][0]["rows"], *shape["tables"][1]["rows"]]
    assert json.loads(json.dumps(shape)) == shape


def test_the_page_stands_alone_and_holds_the_table(report_world: ReportWorld) -> None:
    """The page has no script, loads nothing, allows only its own style sheet, and shows names as they are."""
    small_study(report_world)
    project = type(report_world.project)("1", "<b>R&D</b>", 'a"b', report_world.project.settings)
    page = report_page.page(report(report_world), project)
    assert "<h1>&lt;b&gt;R&amp;D&lt;/b&gt;</h1>" in page
    read = Page()
    read.feed(page)
    assert not {"script", "link", "b", "iframe"} & set(read.tags)
    assert {name for _, name, _ in read.attributes}.isdisjoint({"style", "onclick", "onload"})
    (policy,) = [value for _, name, value in read.attributes if name == "content" and "default-src" in value]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert [value.split(";")[0] for _, name, value in read.attributes if name == "src"] == ["data:image/svg+xml"]
    cells = [row[:4] for row in read.rows]
    assert ["Person", "3", "2", "2"] in cells
    assert ["Pairing unclear", "0", "0", "0"] in cells


def test_the_page_explains_what_it_does_not_count(report_world: ReportWorld) -> None:
    """Unclear pairings, segments without codes and themes elsewhere are named below the table."""
    report_world.person("Ana")
    first, second, third = report_world.document("a.txt", ["One.", "Two.", "Three."])
    report_world.decide("Ana", first, domain=["awareness", "safety"], level=["person", "town"])
    report_world.decide("Ana", second, domain=[], level=["person"])
    report_world.decide("Ana", third, domain=["safety"], level=["person"], theme=["lens"])
    found = report_page.page(report(report_world), report_world.project)
    assert "several domains and several levels" in found
    assert "None applies, in domain or level: 1 segment." in found
    assert "Not counted by theme: 1 segment with" in found
    assert "&lt;5" not in found
    assert "&lt;5" in report_page.page(report(report_world, 5), report_world.project)


@pytest.mark.parametrize("name", ["report_world", "report_plain"])
def test_a_report_of_nothing_is_a_page_all_the_same(name: str, request: pytest.FixtureRequest) -> None:
    """Before anything is final, the page says so and the figure is drawn."""
    world = request.getfixturevalue(name)
    assert "Nothing is final yet." in report_page.page(report(world), world.project)
    assert heat_map_svg(report(world)).startswith(b"<?xml")


def drawn(found: Report) -> list[str]:
    return [(text.text or "").strip() for text in ET.fromstring(heat_map_svg(found)).iter(f"{SVG}text") if text.text]


def test_the_figure_says_the_numbers_and_hides_the_masked_ones(report_world: ReportWorld) -> None:
    """Cells hold segments and participants as text; masked cells hold their mask and no number."""
    small_study(report_world)
    assert {"Awareness", "Person", "3", "2 participants", "0"} <= set(drawn(report(report_world)))
    masked = drawn(report(report_world, 3))
    assert "<3 participants" in masked
    assert not {"2", "3", "2 participants"} & set(masked)


def test_the_figure_is_the_same_bytes_again_from_several_threads(report_world: ReportWorld) -> None:
    """Drawing is deterministic, undated, and safe where several people ask at once."""
    small_study(report_world)
    found = report(report_world)
    first, others = heat_map_svg(found), []
    threads = [threading.Thread(target=lambda: others.append(heat_map_svg(found))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert others == [first] * 3
    assert b"<dc:date>" not in first


@pytest.mark.parametrize("label", ["costs $5 and $6", "学校 🙂", "a<b & 'c'", "x" * 200])
def test_any_label_can_be_drawn(report_plain: ReportWorld, label: str) -> None:
    """Labels are text: no formulas, no markup, any script, any length."""
    row = domain_report.Row(("code",), (label,), Count(2, 1, 0))
    table = domain_report.Table("d", "D", (row,), Count(2, 1, 0))
    nothing = Count(0, 0, 0)
    found = Report("dimensions", (), (table,), Count(2, 1, 0), nothing, nothing, None)
    assert "".join(drawn(found)).replace(" ", "").startswith("D" + label.replace(" ", ""))


def test_a_total_that_is_masked_is_said_in_a_sentence(report_world: ReportWorld) -> None:
    """It says that there are too few participants yet, and doesn't read like a filter."""
    small_study(report_world)
    found = report(report_world, 100)
    shown = report_page.page(found, report_world.project)
    assert "Fewer than 100 participants have final codings yet, so the numbers are masked." in shown


@pytest.mark.parametrize("minimum", [None, 0, 1])
def test_a_minimum_that_masks_nothing_is_no_masking(report_world: ReportWorld, minimum: int | None) -> None:
    """With nothing or less than two participants asked for, no cell is masked and no note says so."""
    small_study(report_world)
    found = report(report_world, minimum)
    assert (found.minimum, found) == (None, report(report_world))
