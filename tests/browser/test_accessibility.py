"""WCAG 2.2 AA as far as axe can tell, on every page and in every state, light and dark."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import study
from tests.browser.conftest import Site
from tests.browser.desk import open_desk, press
from tests.browser.fake_models import apart

pytestmark = pytest.mark.browser

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def _projects(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".row").first).to_be_visible()


def _create(page: Page) -> None:
    _projects(page)
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Your own").check()


def _project(page: Page) -> None:
    page.goto("/projects/Harbour%20interviews")
    expect(page.locator(".row").first).to_be_visible()
    for summary in page.locator("#codebook summary").all():
        summary.click()


def _empty(page: Page) -> None:
    page.goto("/projects/Nothing%20yet")
    expect(page.locator(".blank")).to_be_visible()


def _import(page: Page) -> None:
    _empty(page)
    text = "Ruth: How was it?\n\nLeila: It was good. It was long."
    page.locator("#import input[type=file]").set_input_files(
        {"name": "talk.txt", "mimeType": "text/plain", "buffer": text.encode()}
    )
    page.get_by_text("Participant and content note").click()


def _bring(page: Page) -> None:
    page.goto("/projects/Harbour%20interviews/import")
    page.locator("#coded-file input[type=file]").set_input_files([study.file(study.NAME, study.qdpx())])
    expect(page.locator(".code-row").first).to_be_visible()
    page.get_by_label("What Feeling at home becomes").select_option("domain:safety")
    expect(page.locator(".is-said")).to_have_count(1)


def _bring_table(page: Page) -> None:
    page.goto("/projects/Harbour%20interviews/import")
    page.locator("#coded-file input[type=file]").set_input_files([study.file("excerpts.csv", study.table())])
    page.get_by_text("What no column was taken for").click()


def _bring_refused(page: Page) -> None:
    page.goto("/projects/Harbour%20interviews/import")
    page.locator("#coded-file input[type=file]").set_input_files([study.file("plain.csv", b"Who,Said\nAda,Yes.")])
    expect(page.locator("#file-problem")).to_be_visible()
    expect(page.get_by_label("The words")).to_be_visible()


def _brought(page: Page) -> None:
    _bring(page)
    page.get_by_label("Nobody knows").check()
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".became")).to_be_visible()
    page.locator(".taken summary").click()


def _withdraw(page: Page) -> None:
    _brought(page)
    page.get_by_role("button", name="Withdraw newcomers.qdpx").click()


def _bring_narrow(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    _bring(page)


def _folding(page: Page) -> None:
    _create(page)
    page.locator("#create-codebook input[type=file]").set_input_files([study.file(study.NAME, study.qdpx())])
    expect(page.locator(".folding li")).to_have_count(3)


def _edit(page: Page) -> None:
    _project(page)
    page.get_by_role("button", name="Edit what is known about interview-c.txt").click()


def _pencilled(page: Page) -> None:
    open_desk(page)
    press(page, "j e i 1 f")
    expect(page.locator(".excerpt:visible").first).to_be_visible()


def _withheld(page: Page) -> None:
    open_desk(page)
    expect(page.locator(".sheet-word")).to_contain_text("Yours alone")
    press(page, "Enter")


def _keys(page: Page) -> None:
    open_desk(page)
    press(page, "?")


def _paused(page: Page) -> None:
    open_desk(page)
    press(page, "p")


def _offline(page: Page) -> None:
    open_desk(page)
    page.context.set_offline(True)
    press(page, "1 f Enter")
    expect(page.locator(".notice-offline")).to_be_visible()


def _find(page: Page) -> None:
    open_desk(page)
    press(page, "/")
    page.keyboard.type("safe")


def _narrow(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    _pencilled(page)


def _adjudicate(page: Page) -> None:
    page.goto("/projects/Two%20coders/adjudicate")
    expect(page.locator(".coding")).to_have_count(2)
    press(page, "ArrowRight")


def _settled(page: Page) -> None:
    page.goto("/projects/Nothing%20yet/adjudicate")
    expect(page.locator("#empty")).to_be_visible()


def _report(page: Page) -> None:
    page.goto("/projects/Harbour%20interviews/report")
    expect(page.locator("table.report")).to_be_visible()


def _models(page: Page) -> None:
    page.goto("/projects/Harbour%20interviews/models")
    expect(page.locator(".model")).to_have_count(3)
    page.get_by_text("Options").click()


def _training(page: Page) -> None:
    _models(page)
    page.get_by_role("button", name="Retrain").click()
    expect(page.locator(".training-line")).to_contain_text("Waiting")


def _cancelled(page: Page) -> None:
    _training(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".training-result")).to_be_visible()


def _promote(page: Page) -> None:
    _models(page)
    page.get_by_role("button", name="Promote starter-9b0c").click()
    page.get_by_role("button", name="Sign and promote").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("dialog").locator(".verdicts")).to_be_visible()


def _promote_apart(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.route("**/comparison", lambda route: route.fulfill(json=apart("starter-9b0c", "starter-2f61")))
    _models(page)
    page.get_by_role("button", name="Promote starter-9b0c").click()
    expect(page.get_by_role("dialog")).to_contain_text("different people")


def _back(page: Page) -> None:
    _models(page)
    page.get_by_role("button", name="Go back…").click()
    expect(page.get_by_role("dialog").locator(".verdicts")).to_be_visible()


def _models_narrow(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    _training(page)


def _missing(page: Page) -> None:
    page.goto("/projects/No%20such%20thing")
    expect(page.get_by_role("alert")).to_be_visible()


def _nowhere(page: Page) -> None:
    page.goto("/nowhere")
    expect(page.get_by_role("heading")).to_be_visible()


STATES = {
    "projects": _projects,
    "create": _create,
    "project": _project,
    "empty project": _empty,
    "import": _import,
    "edit": _edit,
    "codings": _bring,
    "codings, table": _bring_table,
    "codings, refused": _bring_refused,
    "codings, brought": _brought,
    "codings, withdrawing": _withdraw,
    "codings, narrow": _bring_narrow,
    "a codebook from a coded file": _folding,
    "desk, pencilled": _pencilled,
    "desk, withheld": _withheld,
    "desk, keys": _keys,
    "desk, paused": _paused,
    "desk, offline": _offline,
    "desk, find": _find,
    "desk, narrow": _narrow,
    "adjudicate": _adjudicate,
    "nothing to settle": _settled,
    "report": _report,
    "models": _models,
    "models, training": _training,
    "models, cancelled": _cancelled,
    "models, promotion": _promote,
    "models, promotion with nobody in common": _promote_apart,
    "models, going back": _back,
    "models, narrow": _models_narrow,
    "missing": _missing,
    "nowhere": _nowhere,
}


def _violations(page: Page) -> list[str]:
    """Return what axe finds in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        violations = Axe().run(page, options=_RULES).response["violations"]
        found += [f"{scheme}: {v['id']}: {[node['target'] for node in v['nodes']][:4]}" for v in violations]
    return found


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(page: Page, state: str) -> None:
    """No page and no state violates a rule that axe can check."""
    reach: Callable[[Page], None] = STATES[state]
    reach(page)
    assert _violations(page) == []


def test_axe_finds_nothing_where_one_signs_in(stranger: Page) -> None:
    """The sign-in page holds to the same rules."""
    stranger.goto("/")
    expect(stranger.get_by_label("Password")).to_be_visible()
    assert _violations(stranger) == []


def test_axe_finds_nothing_where_a_session_has_ended(page: Page, site: Site) -> None:
    """The dialog that asks to sign in again holds to the same rules."""
    open_desk(page)
    site.fake.sessions.clear()
    press(page, "1 f Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert _violations(page) == []
