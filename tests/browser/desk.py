"""What tests do on the coder's desk, in a coder's words."""

from collections.abc import Callable
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect


def open_desk(page: Page, project: str = "Harbour interviews", document: str = "interview-c.txt") -> None:
    """Open a transcript and wait until a segment is in focus."""
    page.goto(f"/projects/{quote(project, safe='')}/code/{quote(document, safe='')}")
    expect(current(page)).to_be_visible()


def current(page: Page) -> Locator:
    """The segment in focus."""
    return page.locator("a.segment[aria-current=true]")


def place(page: Page) -> int:
    """Its number, from 1."""
    return int(page.locator(".sheet-title").inner_text().split()[1])


def code(page: Page, name: str, dimension: str = "domain") -> Locator:
    """A code's row."""
    return page.locator(f"fieldset[data-dimension={dimension}] li.code[data-code={name}]")


def press(page: Page, keys: str) -> None:
    """Press keys one after the other."""
    for key in keys.split():
        page.keyboard.press(key)


def notes(page: Page) -> list[str]:
    """What stands in ink in the text."""
    return [note for note in page.locator(".ink-note:visible").all_inner_texts() if note]


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for something that happens behind the page, as long as for anything on it."""
    for _ in range(400):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("what was waited for did not happen")


def all_stored(page: Page) -> None:
    """Wait until no decision in the text is still on its way."""
    expect(page.locator("a.segment[data-state=waiting]")).to_have_count(0)
