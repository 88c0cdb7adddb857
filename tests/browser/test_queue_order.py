"""Which segments next: a researcher's choice, and a coder who is led by the queue through the transcripts."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Site
from tests.browser.desk import all_stored, current, open_desk, place, press
from tests.browser.fake_state import Refusal

pytestmark = pytest.mark.browser

_PROJECT = "/projects/Harbour%20interviews"
_TEACHING = "First what teaches the model most"


def _taught(site: Site) -> list[str]:
    """Turn the order on; the ids of what is open, as the queue has them."""
    project = site.fake.projects["Harbour interviews"]
    project.order = "teaching"
    segments = [s for d in project.documents.values() for s in d.segments if "Ada" not in s.decisions]
    return [s.segment_id for s in sorted(segments, key=lambda s: -s.position)]


def _follow(page: Page) -> None:
    page.goto(_PROJECT)
    page.get_by_role("link", name="Go on coding").click()
    expect(current(page)).to_be_visible()


def test_a_researcher_chooses_the_order_and_takes_it_back(page: Page, site: Site) -> None:
    """The choice is stored at once, and the way on leads where the queue does."""
    page.goto(_PROJECT)
    way = page.get_by_role("link", name="Go on coding")
    expect(way).to_have_attribute("href", f"{_PROJECT}/code/interview-c.txt")
    page.get_by_label(_TEACHING).check()
    expect(way).to_have_attribute("href", f"{_PROJECT}/code/interview-c.txt?led#{_taught(site)[0]}")
    assert site.fake.projects["Harbour interviews"].order == "teaching"
    page.reload()
    expect(page.get_by_label(_TEACHING)).to_be_checked()
    page.get_by_label("As the transcripts have them").check()
    expect(way).to_have_attribute("href", f"{_PROJECT}/code/interview-c.txt")
    assert site.fake.projects["Harbour interviews"].order == "transcript"


def test_a_choice_that_is_refused_is_taken_back_on_the_page(page: Page, site: Site) -> None:
    """What is shown is what is stored, with the server's sentence beside it."""
    page.goto(_PROJECT)
    expect(page.get_by_label(_TEACHING)).to_be_visible()
    site.fake.people["Ada"] = "coder"
    page.get_by_label(_TEACHING).click()
    expect(page.locator("#order [role=alert]")).to_have_text("Changing a project is for its researchers.")
    expect(page.get_by_label("As the transcripts have them")).to_be_checked()


def test_a_coder_reads_what_the_researcher_chose(stranger: Page, context: BrowserContext, site: Site) -> None:
    """They are told in which order segments come and why, and have nothing to choose."""
    _taught(site)
    site.sign_in(context, "Ben")
    stranger.goto(_PROJECT)
    expect(stranger.locator("#order")).to_contain_text("A fifth comes by lot")
    expect(stranger.locator("#order input")).to_have_count(0)


def test_who_follows_the_queue_is_led_from_transcript_to_transcript(page: Page, site: Site) -> None:
    """Each confirmation leads to the queue's next segment, shown within its own transcript; nothing is lost."""
    order = _taught(site)
    _follow(page)
    for turn, segment_id in enumerate(order[:4]):
        _, segment = site.fake.segment(segment_id)
        expect(page).to_have_title(f"{segment.document_id} · Harbour interviews · Inkling")
        expect(current(page)).to_have_text(segment.text, use_inner_text=True)
        assert place(page) == segment.position + 1
        press(page, "1 f Enter")
        site.decisions(page, turn + 1)
        assert "Ada" in segment.decisions
    assert [d["position"] for d in site.fake.decided] == [86, 86, 85, 85]


def test_a_transcript_that_was_opened_by_name_is_coded_from_top_to_bottom(page: Page, site: Site) -> None:
    """The queue leads only who follows it."""
    _taught(site)
    open_desk(page)
    here = place(page)
    press(page, "1 f Enter")
    expect(page.locator(".sheet-title")).to_contain_text(f"Segment {here + 1} of")


def test_an_unconfirmed_choice_is_not_lost_by_being_led_away(page: Page, site: Site) -> None:
    """The page stays, says where the queue goes on, and goes there when told to."""
    _taught(site)
    _follow(page)
    press(page, "k 2 j")
    press(page, "1 f Enter")
    notice = page.locator(".notice-led")
    expect(notice).to_contain_text("The queue goes on in interview-d.txt")
    assert "interview-c.txt" in page.url
    all_stored(page)
    notice.get_by_role("button", name="Go on there").click()
    expect(page).to_have_title("interview-d.txt · Harbour interviews · Inkling")


def test_while_the_server_is_away_the_transcript_goes_on(page: Page, site: Site) -> None:
    """A decision that waits keeps the page, and the next segment of the same transcript can be coded meanwhile."""
    _taught(site)
    _follow(page)
    here = place(page)
    page.route("**/api/v1/segments/**", lambda route: route.abort())
    press(page, "1 f Enter")
    expect(page.locator(".notice-offline")).to_be_visible()
    expect(page.locator(".sheet-title")).not_to_contain_text(f"Segment {here} of")
    assert "interview-c.txt" in page.url
    page.unroute("**/api/v1/segments/**")
    page.get_by_role("button", name="Try now").click()
    site.decisions(page, 1)
    all_stored(page)


def test_a_refused_decision_keeps_the_page(page: Page, site: Site) -> None:
    """What was chosen stays, and the sentence with it, rather than being left behind."""
    _taught(site)
    _follow(page)
    site.fake.refuse_next = Refusal(409, "The codebook has changed.")
    press(page, "1 f Enter")
    expect(page.locator(".notice-refused")).to_contain_text("The codebook has changed.")
    assert "interview-c.txt" in page.url
    expect(page.locator("li.code input:checked")).to_have_count(2)


def test_the_end_of_the_queue_is_said(page: Page, site: Site) -> None:
    """After the last segment there is nothing to be led to."""
    order = _taught(site)
    for segment_id in order[1:]:
        site.fake.segment(segment_id)[1].decisions["Ada"] = {"codes": {}, "memo": "", "decided_at": ""}
    _follow(page)
    press(page, "1 f Enter")
    expect(page.locator("#end")).to_contain_text("That was the last undecided segment")
