"""A model's report in the browser: no violations of WCAG 2.2 AA, narrow and wide, light and dark."""

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from service.suggest.comparison import Changes, Comparison, DimensionComparison, Moved, Pair
from tests.browser.test_accessibility import _RULES
from tests.training import worlds
from training import report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write a report with everything in it, and return where it is."""
    measures = {"macro_f1": Pair(0.6, 0.7, 0.1, (0.05, 0.15))}
    changes = Changes(9, commonest=(Moved(("food",), ("travel",), 9),))
    topic = DimensionComparison("better", "", 100, measures=measures, changes=changes)
    compared = Comparison("days-out-111111111111", "days-out-000000000000", {"topic": topic})
    path: Path = tmp_path_factory.mktemp("reports") / "report.html"
    path.write_text(report.build(worlds.fitted(worlds.coded()), compared), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_report_has_no_violations(
    browser: Browser, address: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    """Axe finds nothing, with every table of numbers open, and the page is no wider than the window."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(address)
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # axe itself needs a script, which the page's policy forbids: it is asked on a copy without one.
    content = page.content()
    page.close()
    assert complaints == []
    copy = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    copy.set_content(content.replace('http-equiv="Content-Security-Policy"', 'name="was-policy"'))
    results = Axe().run(copy, options=_RULES)
    copy.close()
    assert results.response["violations"] == [], results.generate_report()
