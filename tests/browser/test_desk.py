"""The coder's desk, with the keyboard alone."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.desk import code, current, notes, open_desk, place, press

pytestmark = pytest.mark.browser


def test_ten_segments_are_coded_with_the_keyboard_alone_and_found_after_a_reload(page: Page, site: Site) -> None:
    """A person codes ten segments without touching the mouse; after a reload they are still there, in ink."""
    open_desk(page)
    before = len(notes(page))
    for turn in range(10):
        here = place(page)
        press(page, f"{turn % 4 + 1} {'foc'[turn % 3]}")
        page.keyboard.press("Enter")
        expect(page.locator(".sheet-title")).not_to_contain_text(f"Segment {here} of")
    expect(page.locator("#progress-text")).to_have_text("16 of 87")
    site.decisions(page, 10)
    page.reload()
    expect(page.locator("#progress-text")).to_have_text("16 of 87")
    assert len(notes(page)) == before + 10
    assert [d["codes"]["domain"] for d in site.fake.decided][:4] == [
        ["awareness"],
        ["competency"],
        ["collaboration"],
        ["safety"],
    ]
    assert len({d["key"] for d in site.fake.decided}) == 10


def test_nothing_is_chosen_before_a_person_chooses(page: Page) -> None:
    """However sure the suggestion, no box is ticked, and Enter alone decides nothing."""
    open_desk(page)
    page.keyboard.press("j")
    expect(page.locator(".is-suggested").first).to_be_visible()
    assert page.locator("li.code input:checked").count() == 0
    here = place(page)
    page.keyboard.press("Enter")
    expect(page.locator("fieldset.is-missing")).to_have_count(2)
    assert place(page) == here


def test_a_required_dimension_is_pointed_at_and_the_choice_kept(page: Page, site: Site) -> None:
    """Confirming half an answer points at the other half; nothing is sent and nothing lost."""
    open_desk(page)
    press(page, "1 Enter")
    missing = page.locator("fieldset.is-missing")
    expect(missing).to_have_attribute("data-dimension", "level")
    expect(missing.locator(".hint")).to_contain_text("Still waits for your answer")
    expect(code(page, "awareness").locator("input")).to_be_checked()
    assert site.fake.decided == []
    press(page, "f")
    expect(page.locator("fieldset.is-missing")).to_have_count(0)


def test_zero_says_that_none_applies_wherever_an_answer_is_missing(page: Page, site: Site) -> None:
    """`0` then Enter records an empty list for each required dimension and leaves the optional one undecided."""
    open_desk(page)
    press(page, "0 Enter")
    expect(page.locator("#progress-text")).to_have_text("7 of 87")
    assert site.decisions(page, 1)[-1]["codes"] == {"domain": [], "level": []}


def test_zero_answers_only_what_is_open_and_leaves_the_choice_made(page: Page) -> None:
    """After a code of the first dimension, `0` speaks of the second."""
    open_desk(page)
    press(page, "2 0")
    expect(code(page, "competency").locator("input")).to_be_checked()
    expect(page.locator("fieldset[data-dimension=level] .is-none input")).to_be_checked()


def test_undo_takes_the_last_decision_back_and_keeps_the_choice(page: Page, site: Site) -> None:
    """`u` after a decision retracts it, goes back there, and shows the choice, not stored."""
    open_desk(page)
    first = place(page)
    press(page, "1 f Enter")
    expect(page.locator("#progress-text")).to_have_text("7 of 87")
    press(page, "u")
    expect(page.locator("#progress-text")).to_have_text("6 of 87")
    assert place(page) == first
    expect(code(page, "awareness").locator("input")).to_be_checked()
    assert site.decisions(page, 2)[-1]["retract"] is True


def test_a_changed_decision_is_a_new_decision_and_undo_restores_the_old_one(page: Page, site: Site) -> None:
    """Changing what was decided adds a decision; undoing that adds one with the codes before."""
    open_desk(page)
    page.goto(page.url.split("#")[0] + "#2")
    page.reload()
    expect(code(page, "awareness").locator("input")).to_be_checked()
    press(page, "2 Enter")
    expect(page.locator("a.segment").nth(1)).to_have_attribute("data-state", "decided")
    press(page, "u")
    assert [d["codes"]["domain"] for d in site.decisions(page, 2)] == [["awareness", "competency"], ["awareness"]]


def test_memo_is_written_and_stored_and_keys_write_in_it(page: Page, site: Site) -> None:
    """`m` opens the memo, letters go into it, Escape leaves it, and the decision carries it."""
    open_desk(page)
    press(page, "1 f m")
    page.keyboard.type("just before the flood")
    press(page, "Escape Enter")
    expect(page.locator("#progress-text")).to_have_text("7 of 87")
    assert site.decisions(page, 1)[-1]["memo"] == "just before the flood"


def test_the_third_dimension_is_reached_by_shift_and_by_pointing_the_digits(page: Page, site: Site) -> None:
    """Themes that fit the chosen cell come first; Shift and a digit, or `d` and a digit, choose them."""
    open_desk(page)
    press(page, "1 f Shift+Digit1 d d 2 Enter")
    expect(page.locator("#progress-text")).to_have_text("7 of 87")
    assert site.decisions(page, 1)[-1]["codes"]["theme"] == ["relational_lens", "life_circumstances"]


def test_a_theme_of_another_cell_is_a_hint_and_no_bar(page: Page, site: Site) -> None:
    """A theme under another domain can be chosen; the page says where it belongs and stores it."""
    open_desk(page)
    press(page, "4 f /")
    page.keyboard.type("relational")
    press(page, "Enter")
    expect(page.locator("fieldset[data-dimension=theme] .hint")).to_contain_text("stands under Awareness and attitudes")
    press(page, "Enter")
    expect(page.locator("#progress-text")).to_have_text("7 of 87")
    assert site.decisions(page, 1)[-1]["codes"]["theme"] == ["relational_lens"]


def test_a_decision_names_the_suggestion_it_answers(page: Page, site: Site) -> None:
    """Where something was pencilled, the decision carries the suggestion's id; where nothing was, it doesn't."""
    open_desk(page)
    expect(page.locator(".sheet-word")).to_contain_text("Yours alone")
    press(page, "1 f Enter")
    expect(page.locator(".is-suggested").first).to_be_visible()
    press(page, "1 f Enter")
    expect(page.locator("#progress-text")).to_have_text("8 of 87")
    first, second = site.decisions(page, 2)
    assert "suggestion_id" not in first
    assert second["suggestion_id"].startswith("s-")


def test_segments_that_are_only_passed_over_are_not_asked_for(page: Page, site: Site) -> None:
    """Going quickly through the text asks for no suggestion on the way: asked for counts as shown."""
    page.clock.install()
    open_desk(page)
    site.suggestions(page, 1)
    page.clock.pause_at(datetime.now() + timedelta(hours=1))  # quickly: no time at all goes by
    press(page, "j j j j j j")
    page.clock.resume()
    site.suggestions(page, 2)
    page.clock.fast_forward("00:10")
    assert len(site.fake.suggested) == 2


def test_evidence_and_words_come_on_demand(page: Page) -> None:
    """`e` shows the nearest coded excerpts and underlines, in pencil, the words that moved the suggestion."""
    open_desk(page)
    press(page, "j")
    expect(page.locator(".is-suggested").first).to_be_visible()
    expect(page.locator(".excerpt:visible")).to_have_count(0)
    press(page, "e")
    expect(page.locator(".excerpt:visible").first).to_contain_text("an invented example")
    expect(current(page).locator(".moved").first).to_be_visible()


def test_pause_covers_the_text_and_keeps_the_place(page: Page) -> None:
    """`p` hides the transcript and what was chosen stays; any other key does nothing meanwhile."""
    open_desk(page)
    here = place(page)
    press(page, "1 p")
    expect(page.locator("#veil")).to_contain_text(f"At segment {here} of 87")
    expect(page.locator("inkling-transcript")).to_be_hidden()
    press(page, "j 2 p")
    assert place(page) == here
    expect(code(page, "awareness").locator("input")).to_be_checked()
    expect(code(page, "competency").locator("input")).not_to_be_checked()


def test_blur_hides_the_words_and_codes_still_work(page: Page) -> None:
    """`b` blurs the text and a second time clears it."""
    open_desk(page)
    press(page, "b")
    assert page.locator(".speech").first.evaluate("e => getComputedStyle(e).filter") != "none"
    press(page, "b")
    assert page.locator(".speech").first.evaluate("e => getComputedStyle(e).filter") == "none"


def test_keys_can_be_changed_and_the_change_lasts(page: Page) -> None:
    """A key taken by something else is refused in words; a free one is taken, kept in this browser, and works."""
    open_desk(page)
    press(page, "?")
    button = page.locator("[data-for=blur]")
    button.click()
    press(page, "j")
    expect(page.locator(".keys-dialog [role=status]")).to_contain_text("belongs to")
    page.locator("[data-for=blur]").click()
    press(page, "x Escape")
    page.reload()
    expect(current(page)).to_be_visible()
    press(page, "x")
    expect(page.locator("#view")).to_have_class("desk is-blurred")
    stored = page.evaluate("localStorage.getItem('inkling.keys')")
    assert stored == '{"off":false,"actions":{"blur":"x"},"codes":{}}'


def test_single_keys_can_be_switched_off(page: Page) -> None:
    """Those who dictate or brush the keyboard can switch single keys off; the boxes and Enter still work."""
    open_desk(page)
    press(page, "?")
    page.get_by_label("Single keys act").uncheck()
    press(page, "Escape 1")
    expect(code(page, "awareness").locator("input")).not_to_be_checked()


def test_the_mouse_is_enough(page: Page, site: Site) -> None:
    """Everything can be done by clicking: go to a segment, choose, confirm."""
    open_desk(page)
    page.locator("a.segment").nth(20).click()
    assert place(page) == 21
    code(page, "safety").locator("label").click()
    code(page, "community", "level").locator("label").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("a.segment").nth(20)).to_have_attribute("data-state", "decided")
    assert site.decisions(page, 1)[-1]["position"] == 20


def test_choices_not_confirmed_wait_on_their_segment(page: Page) -> None:
    """Leaving a segment keeps what was chosen on it for the way back; nothing of it is stored."""
    open_desk(page)
    press(page, "3 j k")
    expect(code(page, "collaboration").locator("input")).to_be_checked()


def test_definitions_come_on_demand(page: Page) -> None:
    """`i` shows every code's definition; the button beside a code shows what to include and exclude too."""
    open_desk(page)
    press(page, "i")
    expect(code(page, "awareness").locator(".definition")).to_be_visible()
    press(page, "i")
    code(page, "safety").get_by_role("button", name="Definition of Safety").click()
    expect(code(page, "safety").locator(".definition")).to_contain_text("Exclude")


def test_the_page_never_stores_text(page: Page) -> None:
    """After coding, the browser's storage holds no word of the transcript."""
    open_desk(page)
    press(page, "1 f m")
    page.keyboard.type("secretword")
    press(page, "Escape Enter")
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert stored == "[{},{}]"
