"""Chromium, a site to look at, and a page that notices every complaint of the browser."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser import fake_api, fake_state
from tests.browser.desk import until
from tests.browser.fake_state import Fake
from tests.requirements import unavailable
from tests.serving import running

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Return the browser that `$CHROMIUM` names, else the first on the PATH."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        unavailable("needs Chromium: set CHROMIUM to its path or put it on the PATH")
    expect.set_options(timeout=20_000)  # a machine that does other work beside is slow, not wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Site:
    """A running site on top of the fake API."""

    fake: Fake
    base: str

    def sign_in(self, context: BrowserContext, name: str = "Ada") -> None:
        """Give the browser a session."""
        answer = context.request.post(f"{self.base}/api/v1/session", data={"name": name, "password": "paper"})
        assert answer.ok

    def decisions(self, page: Page, count: int) -> list[fake_state.Json]:
        """What was decided, once it is as many: the page shows a decision before the server has it."""
        until(page, lambda: len(self.fake.decided) >= count)
        assert len(self.fake.decided) == count
        return self.fake.decided

    def suggestions(self, page: Page, count: int) -> None:
        """Wait until that many suggestions were asked for."""
        until(page, lambda: len(self.fake.suggested) >= count)


@pytest.fixture
def site() -> Iterator[Site]:
    fake = fake_state.example()
    with running(fake_api.build(fake)) as address:
        yield Site(fake, address)


@dataclass
class Complaints:
    """What the browser complained about; answers that the API meant to refuse are no complaint."""

    found: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Note an error or a warning of the console."""
        refused = "Failed to load resource" in message.text
        if message.type in ("error", "warning") and not refused:
            self.found.append(message.text)


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site.base, reduced_motion="reduce", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Iterator[Page]:
    """A page of someone signed in as Ada; the test fails if the browser complains about anything."""
    site.sign_in(context)
    yield from watched(context)


@pytest.fixture
def stranger(context: BrowserContext) -> Iterator[Page]:
    """A page of nobody."""
    yield from watched(context)


def watched(context: BrowserContext) -> Iterator[Page]:
    """Open a page and fail, at the end, on console errors and on violations of the content security policy."""
    complaints = Complaints()
    page = context.new_page()
    page.on("console", complaints.hear)
    page.on("pageerror", lambda error: complaints.found.append(str(error)))
    page.add_init_script("addEventListener('securitypolicyviolation', (e) => console.error(e.violatedDirective))")
    yield page
    page.close()
    assert complaints.found == []
