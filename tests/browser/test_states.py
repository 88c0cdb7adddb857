"""The states of the desk: what comes when nothing is suggested, when the server is away, when work is done."""

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import Site
from tests.browser.desk import code, notes, open_desk, place, press, until
from tests.browser.fake_state import Refusal, coding_of, read

pytestmark = pytest.mark.browser


def _answer(page: Page, **by_dimension: dict[str, object]) -> None:
    """Let every suggestion say this of a dimension, and nothing of the others."""
    empty = {"suggested": [], "best": [], "abstained": True, "candidates": [], "words": [], "evidence": []}
    dimensions = [{**empty, "dimension": name, "reason": None, **said} for name, said in by_dimension.items()]
    body = {"suggestions": [{"suggestion_id": "s-1", "segment_id": "x", "model_id": "m", "dimensions": dimensions}]}
    page.route("**/suggestions", lambda route: route.fulfill(json=body))


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("too_short", "Too short to say anything about."),
        ("unfamiliar", "Unlike anything coded so far, so nothing is pencilled."),
        ("uncertain", "Too close to call: the model was wrong too often where it was as unsure as here."),
        ("in_training_data", "The model has learned from this passage, so it stays out of your reading."),
        ("withheld", "Yours alone: some segments come without advice, so that its influence can be measured."),
        ("refused", "The model can't read this passage, so it offers nothing."),
    ],
)
def test_each_reason_for_no_advice_is_one_calm_sentence(page: Page, reason: str, says: str) -> None:
    """Where nothing is pencilled the page says why, once, and not as an error; coding goes on as ever."""
    _answer(page, domain={"reason": reason}, level={"reason": reason})
    open_desk(page)
    expect(page.locator(".sheet-word")).to_have_text(says)
    expect(page.locator(".pencil-word:visible")).to_have_count(0)
    expect(page.locator(".is-suggested")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    press(page, "1 f Enter")
    expect(page.locator("#progress-text")).to_have_text("7 of 87")


def test_reasons_that_differ_stand_with_their_dimension(page: Page) -> None:
    """Where one dimension is suggested and another is not, the sentence stands where it belongs."""
    safe = {"code": "safety", "label": "Safety", "probability": 0.9, "in_candidate_set": True}
    _answer(
        page,
        domain={"suggested": ["safety"], "best": ["safety"], "abstained": False, "candidates": [safe]},
        level={"reason": "uncertain", "best": ["community"]},
    )
    open_desk(page)
    expect(code(page, "safety")).to_have_class("code is-suggested is-in-set")
    expect(page.locator("fieldset[data-dimension=level] .pencil-word")).to_have_text(
        "Too close to call: the model was wrong too often where it was as unsure as here."
    )
    expect(page.locator(".sheet-word")).to_be_hidden()


def test_the_advice_that_none_applies_is_pencilled_too(page: Page) -> None:
    """An empty suggestion that isn't an abstention is pencilled at "None applies", and chooses nothing."""
    _answer(page, domain={"abstained": False}, level={"abstained": False})
    open_desk(page)
    none = page.locator("fieldset[data-dimension=domain] .is-none")
    expect(none).to_have_class("code is-none is-suggested is-in-set")
    expect(none.locator("input")).not_to_be_checked()


def test_a_project_without_suggestions_says_so(page: Page, site: Site) -> None:
    """Under `never` the sentence speaks of the project, not of a sample."""
    site.fake.projects["Harbour interviews"].advice = "never"
    open_desk(page)
    expect(page.locator(".sheet-word")).to_have_text("This project codes without suggestions.")


def test_segments_without_a_transcript_are_shown_one_by_one(page: Page, site: Site) -> None:
    """A document that came segment by segment has no text of its own and can be coded all the same."""
    document = site.fake.projects["Harbour interviews"].documents["interview-d.txt"]
    document.text, document.turns = None, []
    open_desk(page, document="interview-d.txt")
    expect(page.locator("a.segment")).to_have_count(87)
    press(page, "1 f Enter")
    expect(page.locator("#progress-text")).to_have_text("1 of 87")


def test_offsets_count_code_points(page: Page, site: Site) -> None:
    """Characters outside the basic plane don't shift the text: every letter stands once and in order."""
    leila = "Well \U0001f30a yes. Truly \U0001f642\U0001f642 so. And on it went."
    text = f"Ruth: How? \U0001f642\n\nLeila: {leila}\n\nRuth: Oh."
    harbour = site.fake.projects["Harbour interviews"]
    harbour.documents["emoji.txt"] = read("emoji.txt", text, ["Ruth"], "Harbour interviews")
    open_desk(page, document="emoji.txt")
    said = page.locator(".speech").all_inner_texts()
    assert said == ["How? \U0001f642", leila, "Oh."]


def test_own_choice_first_then_the_suggestion_and_a_second_decision(page: Page, site: Site) -> None:
    """The first choice is stored, then the pencil appears; a change is a second decision that answers it."""
    open_desk(page, "Own choice first")
    expect(page.locator(".sheet-word")).to_contain_text("Your own choice first")
    expect(page.locator(".is-suggested")).to_have_count(0)
    press(page, "1 f Enter")
    expect(page.locator(".sheet-word")).to_contain_text("Your choice is stored")
    expect(page.locator(".is-suggested").first).to_be_visible()
    assert place(page) == 1
    assert "suggestion_id" not in site.decisions(page, 1)[0]
    press(page, "1 4 Enter")
    expect(page.locator(".sheet-title")).to_contain_text("Segment 2")
    second = site.decisions(page, 2)[1]
    assert second["codes"]["domain"] == ["safety"]
    assert second["suggestion_id"].startswith("s-")


def test_own_choice_first_may_be_left_as_it_is(page: Page, site: Site) -> None:
    """Enter without a change goes on and adds no decision."""
    open_desk(page, "Own choice first")
    press(page, "1 f Enter")
    expect(page.locator(".sheet-word")).to_contain_text("Your choice is stored")
    press(page, "Enter")
    expect(page.locator(".sheet-title")).to_contain_text("Segment 2")
    site.decisions(page, 1)


def test_own_choice_first_waits_for_the_advice_that_follows_the_choice(page: Page, site: Site) -> None:
    """The answer to what was asked before the choice, coming late, moves nobody on."""
    early: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if early:
            route.continue_()
        early.append(route)

    page.route("**/suggestions", hold_the_first)
    open_desk(page, "Own choice first")
    until(page, lambda: bool(early))
    press(page, "1 f Enter")
    expect(page.locator(".sheet-word")).to_contain_text("Your choice is stored")
    withheld = {"suggestions": [{"suggestion_id": "s-0", "dimensions": []}]}
    early[0].fulfill(status=200, json=withheld)
    page.wait_for_timeout(300)
    expect(page.locator(".sheet-word")).to_contain_text("Your choice is stored")
    assert place(page) == 1
    site.decisions(page, 1)


def test_own_choice_first_goes_on_by_itself_where_no_advice_follows(page: Page, site: Site) -> None:
    """On a segment of the blind share nothing appears after the choice, and nothing holds the coder up."""
    open_desk(page, "Own choice first")
    page.locator("a.segment").nth(6).click()
    press(page, "1 f Enter")
    expect(page.locator(".sheet-title")).to_contain_text("Segment 8")


def test_offline_decisions_are_kept_and_sent_again_with_the_same_key(page: Page, site: Site) -> None:
    """While the server is away decisions wait on the page; once it is back each is stored exactly once."""
    open_desk(page)
    first = place(page)
    keys: list[str] = []
    page.on("request", lambda r: keys.append(r.headers.get("idempotency-key", "")) if "decisions" in r.url else None)
    page.context.set_offline(True)
    press(page, "1 f Enter")
    expect(page.locator(".notice-offline")).to_contain_text("1 decision waits on this page")
    expect(page.locator("a.segment").nth(first - 1)).to_have_attribute("data-state", "waiting")
    press(page, "2 o Enter")
    page.context.set_offline(False)
    expect(page.locator(".notice-offline")).to_have_count(0)
    expect(page.locator("a.segment").nth(first - 1)).to_have_attribute("data-state", "decided")
    assert [d["position"] for d in site.decisions(page, 2)] == [first - 1, first]
    assert len(set(keys)) == 2
    assert len(keys) >= 3


def test_an_ended_session_is_renewed_in_place_and_what_was_typed_is_kept(page: Page, site: Site) -> None:
    """When the session ends in the middle of a segment, signing in again sends the decision with its memo."""
    open_desk(page)
    press(page, "1 f m")
    page.keyboard.type("kept through it")
    site.fake.sessions.clear()
    press(page, "Escape Enter")
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog.get_by_label("Name")).to_have_value("Ada")
    dialog.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("don't go together")
    dialog.get_by_label("Password").fill("paper")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("#progress-text")).to_have_text("7 of 87")
    assert site.decisions(page, 1)[-1]["memo"] == "kept through it"


def test_a_refused_decision_is_kept_unstored_and_said(page: Page, site: Site) -> None:
    """On a conflict the page says what the server said and which segment it is; the choice is still there."""
    open_desk(page)
    here = place(page)
    site.fake.refuse_next = Refusal(409, "The suggestion belongs to another segment.")
    press(page, "1 f Enter")
    notice = page.locator(".notice-refused")
    expect(notice).to_contain_text(f"Segment {here} was not stored. The suggestion belongs to another segment.")
    notice.get_by_role("button", name="Go there").click()
    assert place(page) == here
    expect(code(page, "awareness").locator("input")).to_be_checked()
    expect(page.locator("a.segment").nth(here - 1)).to_have_attribute("data-state", "open")


def test_the_end_of_a_transcript_says_so_and_leads_on(page: Page, site: Site) -> None:
    """After the last undecided segment the page says that it was the last and offers the next transcript."""
    for one in site.fake.projects["Harbour interviews"].documents["interview-c.txt"].segments[:-1]:
        one.decisions.setdefault("Ada", coding_of({"domain": [], "level": []}))
    open_desk(page)
    press(page, "1 f Enter")
    expect(page.locator("#end")).to_contain_text("That was the last undecided segment")
    expect(page.get_by_role("link", name="Next: interview-d.txt")).to_be_visible()


def test_a_segment_that_others_have_coded_needs_no_one(page: Page, site: Site) -> None:
    """Where others were enough, the page says so, asks for no advice, and shows what they chose when asked."""
    document = site.fake.projects["Two coders"].documents["interview-c.txt"]
    document.segments[6].decisions.pop("Ada")
    document.segments[6].decisions["Cleo"] = coding_of({"domain": ["safety"], "level": ["community"]})
    open_desk(page, "Two coders")
    site.suggestions(page, 1)
    page.locator("a.segment").nth(6).click()
    expect(page.locator(".sheet-word")).to_contain_text("it needs no one else")
    page.get_by_text("What others chose").click()
    expect(page.locator(".others-chose")).to_contain_text("Safety · Community")
    page.wait_for_timeout(400)
    assert len(site.fake.suggested) == 1


def test_a_suggestion_that_fails_holds_nobody_up(page: Page, site: Site) -> None:
    """When no suggestion can be had, the page says so in passing and coding goes on."""
    page.route("**/suggestions", lambda route: route.fulfill(status=500, json={"detail": "Something went wrong."}))
    open_desk(page)
    expect(page.locator(".sheet-word")).to_contain_text("No suggestion could be had just now")
    press(page, "1 f Enter")
    expect(page.locator("#progress-text")).to_have_text("7 of 87")


def test_a_content_note_stands_before_the_text(page: Page) -> None:
    """The content note comes with the keys that blur and pause, and can be put away."""
    open_desk(page)
    note = page.locator("#content-note")
    expect(note).to_contain_text("Before you read: Speaks of violence at home")
    note.get_by_role("button", name="Put away").click()
    expect(note).to_be_hidden()


def test_on_paper_there_is_ink_and_no_pencil(page: Page) -> None:
    """Printed, the page holds the text and the decisions; the margin with everything pencilled is gone."""
    open_desk(page)
    press(page, "j e")
    expect(page.locator(".moved").first).to_be_attached()
    page.emulate_media(media="print")
    expect(page.locator(".desk-margin")).to_be_hidden()
    assert notes(page)
    decoration = page.locator(".moved").first.evaluate("e => getComputedStyle(e).textDecorationLine")
    assert decoration == "none"


def test_pencil_and_ink_differ_without_colour(page: Page) -> None:
    """A suggestion is dashed and light, a choice solid and bold, whatever the colours."""
    open_desk(page)
    press(page, "j")
    pencilled = page.locator("fieldset[data-dimension=domain] .is-suggested")
    expect(pencilled).to_be_visible()
    assert pencilled.evaluate("e => getComputedStyle(e).borderTopStyle") == "dashed"
    press(page, "1 2 3 4")
    inked = code(page, "awareness")
    assert inked.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"
    assert inked.locator(".code-name").evaluate("e => getComputedStyle(e).fontWeight") == "600"


def test_forced_colours_keep_the_current_segment_visible(page: Page, context: BrowserContext) -> None:
    """With forced colours the segment in focus has the system's highlight."""
    page.emulate_media(forced_colors="active")
    open_desk(page)
    background = page.locator("a.segment.is-current").evaluate("e => getComputedStyle(e).backgroundColor")
    assert background not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")


@pytest.mark.parametrize("width", [320, 480, 768, 1280, 2000])
def test_nothing_needs_sideways_scrolling(page: Page, width: int) -> None:
    """From 320 pixels on, no page is wider than the window, and the segment in focus is in view."""
    page.set_viewport_size({"width": width, "height": 700})
    for address in ("/", "/projects/Harbour%20interviews", "/projects/Harbour%20interviews/report"):
        page.goto(address)
        expect(page.locator("#view")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    open_desk(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box, sheet = page.locator("a.segment.is-current").bounding_box(), page.locator(".desk-margin").bounding_box()
    assert box is not None
    assert sheet is not None
    assert width >= 896 or box["y"] + box["height"] <= sheet["y"]
