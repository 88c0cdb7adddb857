"""Take pictures of the pages, to look at and for the README: `python -m tests.browser.screenshots [FOLDER [NAME]]`."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

from tests.browser import fake_api, fake_models, fake_state, study
from tests.browser.conftest import FLAGS, Site, find_chromium
from tests.browser.desk import open_desk, press
from tests.serving import running

_HARBOUR = "/projects/Harbour%20interviews"


@dataclass(frozen=True)
class Picture:
    """One picture: its name, how to get there, and for which window."""

    name: str
    reach: Callable[[Page], object]
    width: int = 1440
    height: int = 900
    scheme: Literal["light", "dark"] = "light"
    whole: bool = False
    person: str = "Ada"


def _desk(keys: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        open_desk(page)
        page.get_by_role("button", name="Put away").click()
        page.locator("a.segment").nth(8).click()
        page.wait_for_timeout(500)
        press(page, keys)

    return reach


def _own_choice(page: Page) -> None:
    open_desk(page, "Own choice first")
    press(page, "1 f Enter")


def _import(page: Page) -> None:
    page.goto("/projects/Nothing%20yet")
    page.wait_for_timeout(500)
    path = Path(__file__).parents[2] / "data" / "transcripts" / "interview-c.txt"
    page.locator("#import input[type=file]").set_input_files(path)
    page.get_by_label("Ruth").check()


def _codings(page: Page) -> None:
    page.goto(f"{_HARBOUR}/import")
    page.locator("#coded-file input[type=file]").set_input_files([study.file(study.NAME, study.qdpx())])
    page.get_by_label("What Feeling at home becomes").select_option("domain:safety")
    page.get_by_label("Who Ben is").select_option("Ben")


def _codings_table(page: Page) -> None:
    page.goto(f"{_HARBOUR}/import")
    page.locator("#coded-file input[type=file]").set_input_files([study.file("excerpts.csv", study.table())])


def _codings_in(page: Page) -> None:
    _codings(page)
    page.get_by_label("Nobody knows").check()
    page.get_by_role("button", name="Import").click()


def _codebook(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Your own").check()
    page.locator("#create-codebook input[type=file]").set_input_files([study.file(study.NAME, study.qdpx())])


def _address(path: str, keys: str = "") -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        page.goto(path)
        page.wait_for_timeout(700)
        press(page, keys)

    return reach


def _training(page: Page) -> None:
    page.goto(f"{_HARBOUR}/models")
    page.wait_for_timeout(500)
    retrain = page.get_by_role("button", name="Retrain")
    if retrain.is_visible():
        retrain.click()


def _promotion(page: Page) -> None:
    page.goto(f"{_HARBOUR}/models")
    page.get_by_role("button", name="Promote starter-9b0c").click()


def _options(page: Page) -> None:
    page.goto(f"{_HARBOUR}/models")
    page.get_by_text("Options").click()


def _promotion_apart(page: Page) -> None:
    answer = fake_models.apart("starter-9b0c", "starter-2f61")
    page.route("**/comparison", lambda route: route.fulfill(json=answer))
    _promotion(page)


PICTURES = (
    Picture("desk", _desk("1 f e")),
    Picture("desk-dark", _desk("1 f e"), scheme="dark"),
    Picture("desk-narrow", _desk("1"), width=320, height=700),
    Picture("desk-tablet", _desk("1"), width=820, height=1100, scheme="dark"),
    Picture("desk-wide", _desk("1 f"), width=2000, height=1100),
    Picture("own-choice", _own_choice),
    Picture("keys", _desk("?")),
    Picture("paused", _desk("p")),
    Picture("projects", _address("/")),
    Picture("project", _address(_HARBOUR), whole=True),
    Picture("import", _import, whole=True),
    Picture("codings", _codings, width=1180, height=2560),
    Picture("codings-narrow", _codings, width=320, height=3400),
    Picture("codings-dark", _codings, height=2560, scheme="dark"),
    Picture("codings-table", _codings_table, whole=True),
    Picture("codings-in", _codings_in, whole=True),
    Picture("codings-codebook", _codebook, height=1300),
    Picture("adjudicate", _address("/projects/Two%20coders/adjudicate", "ArrowRight"), person="Cleo"),
    Picture("models", _address(f"{_HARBOUR}/models"), whole=True),
    Picture("models-options", _options, whole=True),
    Picture("models-dark", _training, scheme="dark", whole=True),
    Picture("models-narrow", _training, width=320, height=900, whole=True),
    Picture("promotion", _promotion),
    Picture("promotion-apart", _promotion_apart),
    Picture("report", _address(f"{_HARBOUR}/report"), whole=True),
    Picture("report-dark", _address(f"{_HARBOUR}/report"), scheme="dark", whole=True),
)


def main(folder: Path, only: str = "") -> None:
    """Save in the folder every picture, or those whose names begin so."""
    path = find_chromium()
    if path is None:
        sys.exit("needs Chromium: set CHROMIUM to its path or put it on the PATH")
    folder.mkdir(parents=True, exist_ok=True)
    fake = fake_state.example()
    with running(fake_api.build(fake)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for picture in (one for one in PICTURES if one.name.startswith(only)):
            context = browser.new_context(
                base_url=address,
                viewport={"width": picture.width, "height": picture.height},
                color_scheme=picture.scheme,
                reduced_motion="reduce",
            )
            Site(fake, address).sign_in(context, picture.person)
            page = context.new_page()
            picture.reach(page)
            page.wait_for_timeout(600)
            page.screenshot(path=folder / f"{picture.name}.png", full_page=picture.whole)
            context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("build") / "screenshots", *sys.argv[2:3])
