"""The pages on the real service: store, readers, rules and all; only the encoder is the one for tests."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from service.app import create_app
from service.cli import companion
from service.domain.people import PersonRole
from service.settings import Settings
from service.store import engine as store
from service.store import people
from tests.browser import study
from tests.browser.conftest import watched
from tests.browser.desk import all_stored, current, notes, press
from tests.fakes import CHEAP_HASH, PASSWORD
from tests.serving import running

pytestmark = pytest.mark.browser

_INTERVIEWS = Path(__file__).parents[2] / "data" / "transcripts"
_PEOPLE: dict[str, PersonRole] = {"ada": "researcher", "ben": "coder", "cleo": "adjudicator"}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    settings = Settings(home=tmp_path / "home", models=tmp_path / "models", encoder="hashing")
    app = create_app(settings)
    with running(app) as address:
        with store.writing(app.state.inkling.engine) as connection:
            for name, role in _PEOPLE.items():
                people.add(connection, name, role, CHEAP_HASH, 1_800_000_000.0)
        yield address


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=address, reduced_motion="reduce", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def visitor(context: BrowserContext) -> Iterator[Page]:
    yield from watched(context)


def _sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()


def _create(page: Page, name: str, coders: int = 1) -> None:
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("People per segment").fill(str(coders))
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def _bring_in(page: Page, file: str = "interview-c.txt", interviewer: str = "Ruth") -> None:
    page.locator("#import input[type=file]").set_input_files(_INTERVIEWS / file)
    expect(page.locator(".understood")).to_contain_text("segments to code", timeout=60_000)  # spaCy loads now
    box = page.get_by_label(interviewer)
    if not box.is_checked():
        with page.expect_response("**/previews"):
            box.check()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("link", name=file)).to_be_visible()


def _code(page: Page, keys: str, times: int) -> None:
    for _ in range(times):
        title = page.locator(".sheet-title").inner_text()
        press(page, keys)
        expect(page.locator(".sheet-title")).not_to_have_text(title)


def test_from_signing_in_to_taking_the_codings_away(visitor: Page) -> None:
    """A person signs in, makes a project, brings in a transcript, codes ten segments by keyboard, and exports them."""
    page = visitor
    _sign_in(page, "ada")
    expect(page.locator(".blank")).to_contain_text("No projects yet")
    _create(page, "Harbour")
    _bring_in(page)
    page.get_by_role("link", name="Start coding").click()
    expect(current(page)).to_be_visible()
    _code(page, "1 f Enter", 10)
    expect(page.locator("#progress-text")).to_contain_text("10 of")
    all_stored(page)
    page.reload()
    expect(page.locator("#progress-text")).to_contain_text("10 of")
    assert len(notes(page)) == 10
    page.goto("/projects/Harbour")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["codes"] for row in rows if row["dimension"] == "domain"] == ["awareness"] * 10


def test_codings_of_another_tool_are_brought_in_and_seen_once_one_has_decided(visitor: Page) -> None:
    """A project made of another tool's codes takes over its codings; a coder sees them only behind their own."""
    page = visitor
    _sign_in(page, "ada")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill("Newcomers")
    page.get_by_label("Your own").check()
    page.locator("#create-codebook input[type=file]").set_input_files([study.file(study.NAME, study.qdpx())])
    page.get_by_label("Codes without a branch").fill("")
    page.keyboard.press("Tab")
    expect(page.locator(".folding")).to_contain_text("left out")
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", name="Newcomers")).to_be_visible()
    page.locator("#import input[type=file]").set_input_files([study.file(study.NAME, study.qdpx())])
    expect(page.get_by_role("heading", name="What newcomers.qdpx holds")).to_be_visible()
    expect(page.locator(".is-homeless")).to_have_count(2)
    assert page.request.get("/api/v1/projects/Newcomers/documents").json()["items"] == []
    page.get_by_label("Nobody knows").check()
    page.get_by_label("Who asks the questions").fill("Ruth")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="newcomers.qdpx is in")).to_be_visible(timeout=60_000)  # spaCy loads now
    expect(page.locator(".became")).to_contain_text("10 of 10 codings kept")
    page.goto("/projects/Newcomers/code/interview-c.txt")
    expect(current(page)).to_be_visible()
    expect(page.locator(".elsewhere > span")).to_have_count(0)
    items = page.request.get("/api/v1/projects/Newcomers/queue?limit=500").json()["items"]
    place = next(n for n, item in enumerate(items) if "evening English" in item["text"])
    page.goto(f"/projects/Newcomers/code/interview-c.txt#{place + 1}")
    expect(page.locator(".sheet-title")).to_contain_text(f"Segment {place + 1} ")
    _code(page, "0 Enter", 1)
    all_stored(page)
    page.reload()
    expect(page.locator(".elsewhere > span")).to_have_text(
        [f"coded elsewhere by {name} (NVivo 14.23): Feeling at home" for name in ("Ana Ruiz", "Ben")]
    )
    page.goto("/projects/Newcomers/import")
    page.get_by_role("button", name="Withdraw newcomers.qdpx").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.locator(".taken .is-ended")).to_be_visible()


def test_the_report_follows_from_what_was_decided(visitor: Page) -> None:
    """What was decided stands in the report's table a moment later."""
    page = visitor
    _sign_in(page, "ada")
    _create(page, "Harbour")
    _bring_in(page)
    page.get_by_role("link", name="Start coding").click()
    _code(page, "4 o Enter", 3)
    all_stored(page)
    page.goto("/projects/Harbour/report")
    page.get_by_label("Mask cells under").fill("0")
    page.get_by_role("button", name="Show").click()
    safety = page.locator("table.report tbody").filter(has_text="Safety")
    expect(safety.locator("tr.level").filter(has_text="Organization").locator("td").first).to_have_text("3")
    expect(page.locator(".heat img")).to_be_visible()


def test_a_coder_is_led_by_what_teaches_the_model_most(visitor: Page) -> None:
    """The researcher turns it on; who goes on coding then codes the queue's segments one by one, out of turn."""
    page = visitor
    _sign_in(page, "ada")
    _create(page, "Harbour")
    _bring_in(page)
    page.get_by_label("First what teaches the model most").check()
    way = page.get_by_role("link", name="Start coding")
    expect(way).to_have_attribute("href", re.compile(r"\?led#[0-9a-f]{24}$"))
    queue = page.request.get("/api/v1/projects/Harbour/queue?limit=5").json()["items"]
    way.click()
    for item in queue:
        expect(current(page)).to_have_text(item["text"])
        _code(page, "1 f Enter", 1)
    expect(page.locator("#progress-text")).to_contain_text("5 of")
    all_stored(page)
    positions = [item["position"] for item in queue]
    assert positions != sorted(positions)
    left = page.request.get("/api/v1/projects/Harbour/queue?limit=500").json()["items"]
    assert not {item["segment_id"] for item in queue} & {item["segment_id"] for item in left}


def test_a_researcher_retrains_watches_and_promotes(
    visitor: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From coded segments over a training by a worker of its own to a new model that suggests; no coding moves."""
    page = visitor
    _sign_in(page, "ada")
    _create(page, "Harbour")
    _bring_in(page)
    page.get_by_role("link", name="Start coding").click()
    _code(page, "1 f Enter", 4)
    _code(page, "4 o Enter", 4)
    all_stored(page)
    before = page.request.get("/api/v1/projects/Harbour/codings").text()
    for name, value in (("HOME", tmp_path / "home"), ("MODELS", tmp_path / "models"), ("ENCODER", "hashing")):
        monkeypatch.setenv(f"INKLING_{name}", str(value))
    with companion.beside():
        page.goto("/projects/Harbour/models")
        expect(page.locator(".model-current")).to_contain_text("from the codebook's definitions alone")
        page.get_by_role("button", name="Retrain").click()
        expect(page.locator(".training-line")).to_contain_text("begun by ada")
        expect(page.locator(".training-result")).to_contain_text("is the model that came of it", timeout=120_000)
    candidate = page.locator(".model-candidate")
    expect(candidate).to_contain_text("on 8 segments of 1 participant")
    expect(candidate).to_contain_text("Not measured: fewer than three participants.")
    model_id = candidate.locator("h3").inner_text()
    candidate.get_by_role("button").click()
    page.get_by_label("Why").fill("The first of our own.")
    page.get_by_role("button", name="Sign and promote").click()
    expect(page.locator(".model-current")).to_contain_text("signed by ada: The first of our own.")
    _read_report(page, tmp_path / "models" / model_id)
    page.goto("/projects/Harbour")
    expect(page.locator("#advice")).to_contain_text(model_id)
    assert page.request.get("/api/v1/projects/Harbour/codings").text() == before


def _read_report(page: Page, model: Path) -> None:
    """A report shows its own styles, runs nothing, and leaves the page it was opened from alone."""
    style, script = "<style>h1 { color: rgb(1, 2, 3) }</style>", "<script>document.title = 'ran'</script>"
    (model / "report.html").write_text(f"<title>Report</title>{style}<h1>How good</h1>{script}", encoding="utf-8")
    page.reload()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=f"Report of {model.name}").click()
    expect(opened.value.get_by_role("heading", name="How good")).to_have_css("color", "rgb(1, 2, 3)")
    expect(opened.value).to_have_title("Report")
    opened.value.close()


def test_two_coders_differ_and_an_adjudicator_settles(context: BrowserContext, visitor: Page) -> None:
    """Two people code the same segment each alone; the third sees both side by side and settles with the same keys."""
    page = visitor
    _sign_in(page, "ada")
    _create(page, "Pair", coders=2)
    _bring_in(page)
    for name in ("ben", "cleo"):
        page.get_by_label("Add a person").fill(name)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator(".people")).to_contain_text(name)
    for name, keys in (("ada", "1 f Enter"), ("ben", "2 f Enter")):
        _sign_in(page, name)
        page.goto("/projects/Pair/code/interview-c.txt")
        expect(page.locator("#progress-text")).to_contain_text("0 of")
        _code(page, keys, 1)
        all_stored(page)
    _sign_in(page, "cleo")
    page.goto("/projects/Pair")
    page.get_by_role("link", name="Settle 1 difference").click()
    expect(page.locator(".coding")).to_have_count(2)
    with page.expect_response("**/decisions"):
        press(page, "ArrowRight Enter")
    expect(page.locator("#empty")).to_contain_text("No differences")
    page.reload()
    expect(page.locator("#empty")).to_contain_text("No differences")
