"""Signing in, projects, importing, people: the pages around the desk."""

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from tests.browser.conftest import Site
from tests.browser.fake_state import Json, coding_of

pytestmark = pytest.mark.browser

_TALK = "Ruth: How was it?\n\nLeila: It was good. It was long.\n\nRuth: And then?\n\nLeila: We went home. It snowed."
_FILES = "#import input[type=file]"


def _file(name: str, text: str = _TALK) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def _open(page: Page, project: str) -> None:
    page.goto(f"/projects/{project}")
    expect(page.locator("#documents > *")).to_be_visible()


def test_a_stranger_signs_in_where_they_are(stranger: Page) -> None:
    """Any page offers to sign in first, says what went wrong, and goes on as itself."""
    stranger.goto("/projects/Harbour%20interviews")
    stranger.get_by_label("Name").fill("Ada")
    stranger.get_by_label("Password").fill("wrong")
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_role("alert")).to_have_text("Name and password don't go together.")
    stranger.get_by_label("Password").fill("paper")
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_role("heading", name="Harbour interviews")).to_be_visible()


def test_a_stale_cookie_is_no_session(stranger: Page, context: BrowserContext, site: Site) -> None:
    """A cookie of a session that has ended leads to the form, not to an error."""
    context.add_cookies([{"name": "inkling_session", "value": "old", "url": site.base}])
    stranger.goto("/")
    expect(stranger.get_by_label("Password")).to_be_visible()


def test_signing_out_ends_the_session(page: Page, site: Site) -> None:
    """After signing out the server knows no session and the page asks to sign in."""
    page.goto("/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    assert site.fake.sessions == {}


def test_the_list_of_projects_says_what_waits(page: Page) -> None:
    """Each project shows its transcripts, how far it is as a whole, and what of that is the person's."""
    page.goto("/")
    row = page.locator(".row").filter(has_text="Harbour interviews")
    expect(row).to_contain_text("trauma-informed-practice · 2 transcripts")
    expect(row.locator(".row-progress")).to_have_text("6 of 174 decided6 by you · 168 wait for you")


def test_what_others_decided_counts_in_a_projects_progress(page: Page, site: Site) -> None:
    """Who coded nothing sees how far the others are; where two are needed, one is not enough."""
    for segment in site.fake.projects["Own choice first"].documents["interview-c.txt"].segments[:4]:
        segment.decisions["Ben"] = coding_of({})
    pair = site.fake.projects["Two coders"].documents["interview-c.txt"].segments
    pair[0].decisions["Ada"] = coding_of({})
    page.goto("/")
    others = page.locator(".row").filter(has_text="Own choice first").locator(".row-progress")
    expect(others).to_have_text("4 of 87 decided83 wait for you")
    both = page.locator(".row").filter(has_text="Two coders").locator(".row-progress")
    expect(both).to_have_text("3 of 87 fully decided4 by you · 83 wait for you")
    page.goto("/projects/Two%20coders")
    expect(page.locator(".row-progress")).to_have_text("3 of 87 fully decided4 by you · 83 wait for you · 3 to settle")


def test_a_coder_without_projects_is_told_what_will_come(stranger: Page, context: BrowserContext, site: Site) -> None:
    """The empty state speaks to the person's role, and only researchers may create."""
    site.fake.projects.clear()
    site.sign_in(context, "Ben")
    stranger.goto("/")
    expect(stranger.locator(".blank")).to_contain_text("When a researcher adds you to one")
    expect(stranger.get_by_role("button", name="New project")).to_be_hidden()


def test_a_project_is_created_with_its_settings(page: Page, site: Site) -> None:
    """The dialog's choices arrive as they were made, shares as fractions."""
    page.goto("/")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill("Second wave")
    page.get_by_label("After the coder's own choice").check()
    page.get_by_label("People per segment").fill("2")
    page.get_by_label("Share coded by that many (%)").fill("20")
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", name="Second wave")).to_be_visible()
    made = site.fake.projects["Second wave"]
    assert (made.advice, made.coders_required, made.double_share, made.blind_share) == ("after_own_choice", 2, 0.2, 0.1)


def test_a_codebook_that_cannot_be_used_is_said_and_nothing_is_lost(page: Page) -> None:
    """The server's sentence appears in the dialog and the name typed is still there."""
    page.goto("/")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill("Second wave")
    page.get_by_label("Your own").check()
    page.get_by_role("button", name="Create project").click()
    expect(page.locator("#create-problem")).to_contain_text("Choose the codebook's file")
    page.locator("#create-codebook input[type=file]").set_input_files([_file("book.yaml", "broken")])
    expect(page.locator("#create-codebook")).to_contain_text("book.yaml")
    page.get_by_role("button", name="Create project").click()
    expect(page.locator("#create-problem")).to_contain_text("a codebook is a mapping")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Second wave")


def test_an_import_shows_what_was_understood_before_anything_is_stored(page: Page, site: Site) -> None:
    """The preview names turns, speakers and segments; naming the interviewer changes what is to be coded."""
    _open(page, "Nothing%20yet")
    page.locator(_FILES).set_input_files([_file("talk.txt")])
    expect(page.locator(".understood")).to_contain_text("4 turns, 2 speakers, 4 segments to code")
    expect(page.locator("#live")).to_have_text("talk.txt: 4 turns, 2 speakers, 4 segments to code.")
    page.get_by_label("Ruth").check()
    expect(page.locator(".understood")).to_contain_text("2 segments to code")
    assert site.fake.projects["Nothing yet"].documents == {}
    page.get_by_text("Participant and content note").click()
    page.get_by_label("Participant", exact=True).fill("P07")
    page.get_by_label("Organisation").fill("Harbour House")
    page.get_by_label("Name of another attribute").fill("language")
    page.keyboard.press("Enter")
    page.get_by_label("Language").fill("French")
    page.get_by_label("Content note").fill("Speaks of a fire.")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".row")).to_contain_text("P07 · Harbour House · French")
    stored = site.fake.projects["Nothing yet"].documents["talk.txt"]
    assert stored.attributes == {"organisation": "Harbour House", "language": "French"}
    assert stored.content_note == "Speaks of a fire."


def test_an_import_says_what_it_changes_of_a_known_participant(page: Page) -> None:
    """Another value for a known participant takes the place of the earlier one, and a notice says so."""
    _open(page, "Nothing%20yet")
    for name, house in (("one.txt", "Harbour House"), ("two.txt", "Lakeside")):
        page.locator(_FILES).set_input_files([_file(name)])
        page.get_by_text("Participant and content note").click()
        page.get_by_label("Participant", exact=True).fill("P07")
        page.get_by_label("Organisation").fill(house)
        page.get_by_role("button", name="Import", exact=True).click()
        expect(page.locator(".import-card")).to_have_count(0)
    says = "two.txt: P07: organisation was Harbour House and is now Lakeside."
    expect(page.locator(".notice-stored")).to_contain_text(says)


def test_files_can_be_dropped(page: Page) -> None:
    """Dropping files on the page does what the file dialog does."""
    page.goto("/projects/Nothing%20yet")
    expect(page.locator(".blank")).to_be_visible()
    page.evaluate(
        """(text) => {
            const data = new DataTransfer();
            for (const name of ["one.txt", "two.txt"]) data.items.add(new File([text], name));
            const place = document.querySelector("#import");
            place.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        _TALK,
    )
    expect(page.locator(".import-card")).to_have_count(2)
    expect(page.locator(".understood").last).to_contain_text("4 segments to code")
    page.get_by_role("button", name="Import all as understood").click()
    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator("#imports")).to_be_empty()


def test_a_file_that_cannot_be_read_is_said_and_stores_nothing(page: Page, site: Site) -> None:
    """The server's sentence stands on the file's card, which can be left out."""
    _open(page, "Nothing%20yet")
    page.locator(_FILES).set_input_files([_file("empty.txt", " ")])
    expect(page.locator(".import-card [role=alert]")).to_have_text("empty.txt: the file is empty.")
    expect(page.locator("#live")).to_have_text("Reading empty.txt…")
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Leave out").click()
    expect(page.locator(".import-card")).to_have_count(0)
    assert site.fake.projects["Nothing yet"].documents == {}


def test_other_text_under_a_known_name_is_refused(page: Page) -> None:
    """A conflict at import is said on the card; the transcript that was there stays."""
    _open(page, "Harbour%20interviews")
    page.locator(_FILES).set_input_files([_file("interview-c.txt")])
    expect(page.locator(".understood")).to_contain_text("segments to code")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".import-card [role=alert]")).to_contain_text("another text is stored under this name")


def test_what_is_known_of_a_participant_can_be_changed_later(page: Page, site: Site) -> None:
    """The edit dialog shows what is known and saves what was changed."""
    page.goto("/projects/Harbour%20interviews")
    page.get_by_role("button", name="Edit what is known about interview-c.txt").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Organisation")).to_have_value("Open Door Settlement Services")
    dialog.get_by_label("Region").fill("urban")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".row").first).to_contain_text("urban")
    assert site.fake.projects["Harbour interviews"].documents["interview-c.txt"].attributes["region"] == "urban"


def test_people_are_added_by_name(page: Page, site: Site) -> None:
    """A researcher adds people; an unknown name is refused in words."""
    page.goto("/projects/Harbour%20interviews")
    page.get_by_label("Add a person").fill("Nobody")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#members [role=alert]")).to_have_text("There is nobody of this name.")
    page.get_by_label("Add a person").fill("Root")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".people")).to_contain_text("Root")


def test_the_project_says_which_model_advises_and_on_what_it_learned(page: Page) -> None:
    """The model's name stands there, with a plain word that it learned on invented text."""
    page.goto("/projects/Harbour%20interviews")
    expect(page.locator("#advice")).to_contain_text("From starter-2f61. It learned on invented text")


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (None, "No model has been trained for this codebook yet: suggestions come from the codebook's definitions"),
        (
            {"model_id": "book-1", "on_invented_text": False, "method": "definitions"},
            "From book-1. Made from the codebook's definitions alone; how often it is right has not been measured.",
        ),
    ],
)
def test_a_model_of_definitions_alone_says_so(page: Page, site: Site, model: Json | None, says: str) -> None:
    """Before the first suggestion and after it: what comes from definitions has not been measured."""
    site.fake.projects["Harbour interviews"].model = model
    page.goto("/projects/Harbour%20interviews")
    expect(page.locator("#advice")).to_contain_text(says)


def test_an_address_that_leads_nowhere_has_a_page(page: Page) -> None:
    """A person gets a sentence and a way on, not a problem for programs."""
    page.goto("/nowhere")
    expect(page.get_by_role("heading", name="Nothing is at this address")).to_be_visible()
    page.get_by_role("link", name="To the projects").click()
    expect(page.locator(".row").first).to_be_visible()


def test_exports_are_links_to_files(page: Page) -> None:
    """Final codings and everyone's codings can be taken away for programs, spreadsheets, Word and other tools."""
    page.goto("/projects/Harbour%20interviews")
    expect(page.locator("#export a")).to_have_count(10)
    links = page.locator("#export a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    base = "/api/v1/projects/Harbour%20interviews/export?format="
    formats = ("csv", "xlsx", "docx", "qdpx", "jsonl")
    assert links == [f"{base}{form}&codings={which}" for which in ("final", "all") for form in formats]


def test_the_theme_follows_the_button_and_lasts(page: Page) -> None:
    """The button goes from the system's theme to light and dark, and a reload keeps it."""
    page.goto("/")
    page.locator("#theme").click()
    page.locator("#theme").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator("body").evaluate("e => getComputedStyle(e).colorScheme") == "dark"


def test_names_are_text_and_nothing_else(page: Page, site: Site) -> None:
    """A project whose name looks like markup is shown letter by letter, and works."""
    name = "<img src=x onerror=alert(1)> & 100%"
    site.fake.add_project(name)
    page.goto("/")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_settling_takes_keys_only_and_sends_a_ruling(stranger: Page, context: BrowserContext, site: Site) -> None:
    """An adjudicator takes one side or chooses anew; what differs must be settled; the ruling is marked as one."""
    site.sign_in(context, "Cleo")
    stranger.goto("/projects/Two%20coders")
    stranger.get_by_role("link", name="Settle 3 differences").click()
    expect(stranger.locator(".coding")).to_have_count(2)
    expect(stranger.locator(".coding").first.locator(".is-different")).to_have_text("Awareness and attitudes")
    stranger.keyboard.press("Enter")
    expect(stranger.locator("fieldset.is-missing")).to_have_count(1)
    stranger.keyboard.press("ArrowLeft")
    stranger.keyboard.press("Enter")
    expect(stranger.locator("#left")).to_have_text("2 to settle")
    expect(stranger.locator(".sheet-title")).to_have_text("Difference 2 of 3")
    stranger.keyboard.press("3")
    stranger.keyboard.press("Enter")
    expect(stranger.locator("#left")).to_have_text("1 to settle")
    expect(stranger.locator(".sheet-title")).to_have_text("Difference 3 of 3")
    stranger.keyboard.press("u")
    expect(stranger.locator("#left")).to_have_text("2 to settle")
    rulings = [{k: d.get(k) for k in ("codes", "adjudication", "retract")} for d in site.decisions(stranger, 3)]
    assert rulings == [
        {"codes": {"domain": ["awareness"]}, "adjudication": True, "retract": None},
        {"codes": {"domain": ["collaboration"]}, "adjudication": True, "retract": None},
        {"codes": None, "adjudication": True, "retract": True},
    ]


def test_the_report_masks_and_unmasks(page: Page) -> None:
    """Small cells are masked by default, and shown when asked for; the picture follows."""
    page.goto("/projects/Harbour%20interviews/report")
    expect(page.locator("td.is-masked").first).to_be_visible()
    page.get_by_label("Mask cells under").fill("0")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("td.is-masked")).to_have_count(0)
    expect(page.get_by_role("img")).to_have_js_property("complete", True)


def test_a_report_of_nothing_says_so(page: Page) -> None:
    """Before anything is final the page says what will stand there."""
    page.goto("/projects/Nothing%20yet/report")
    expect(page.locator(".blank")).to_contain_text("Nothing is final yet")


def test_an_admin_sees_names_and_no_content(stranger: Page, context: BrowserContext, site: Site) -> None:
    """Admins get the names of all projects, without a way in, and are told so."""
    site.sign_in(context, "Root")
    stranger.goto("/")
    expect(stranger.locator(".row")).to_have_count(4)
    expect(stranger.locator(".row a")).to_have_count(0)
    expect(stranger.locator("#projects")).to_contain_text("the content of none")
