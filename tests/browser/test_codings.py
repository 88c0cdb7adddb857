"""Bringing codings of other tools in: what a file holds, what becomes of it, what only a person can say."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import study
from tests.browser.conftest import Site
from tests.browser.desk import open_desk, until
from tests.browser.fake_state import Json, Refusal, coding_of
from tests.refi_projects import packed, project

pytestmark = pytest.mark.browser

_PAGE = "/projects/Harbour%20interviews/import"
_FILE = "#coded-file input[type=file]"


def _give(page: Page, name: str = study.NAME, content: bytes | None = None) -> None:
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()
    page.locator(_FILE).set_input_files([study.file(name, study.qdpx() if content is None else content)])


def _open(page: Page, name: str = study.NAME, content: bytes | None = None) -> None:
    page.goto(_PAGE)
    _give(page, name, content)
    expect(page.get_by_role("heading", name=f"What {name} holds")).to_be_focused()


def _looks(site: Site) -> list[Json]:
    return site.fake.looked


def test_a_file_is_shown_before_anything_is_stored(page: Page, site: Site) -> None:
    """What it holds, how well its places fit, and all that stays behind; the page says that nothing is stored."""
    _open(page)
    expect(page.locator(".bring")).to_contain_text("nothing of it is stored before you import it")
    facts = page.locator(".facts")
    expect(facts).to_contain_text("NVivo 14.23")
    expect(facts).to_contain_text("10 codings with 8 codes by 2 people")
    expect(facts).to_contain_text("All 10 begin and end where a person would mark them")
    left = page.locator(".left li")
    expect(left.filter(has_text="picture")).to_be_visible()
    expect(left.filter(has_text="codings with Domain > Feeling at home")).to_contain_text("2")
    expect(page.locator("#live")).to_contain_text("10 codings in 1 document")
    assert site.fake.projects["Harbour interviews"].imports == []


def test_codes_without_a_place_come_first_and_can_be_given_one(page: Page, site: Site) -> None:
    """Marked in words; what a person says takes their place in ink, and stays where it stood."""
    _open(page)
    rows = page.locator(".code-row")
    homeless = page.locator(".code-row.is-homeless")
    expect(homeless).to_have_count(3)
    expect(homeless.first).to_contain_text("the codebook has no such code")
    domain = page.locator(".branch").filter(has=page.get_by_role("heading", name="Domain"))
    expect(domain.locator(".code-row").first).to_contain_text("Feeling at home")
    select = page.get_by_label("What Feeling at home becomes")
    select.focus()
    select.select_option("domain:safety")
    expect(domain.locator(".code-row").first).to_contain_text("you say")
    expect(homeless).to_have_count(2)
    expect(page.get_by_label("What Feeling at home becomes")).to_be_focused()
    expect(page.locator(".left")).not_to_contain_text("Feeling at home")
    page.get_by_label("What To do becomes").select_option("")
    expect(homeless).to_have_count(1)
    expect(rows).to_have_count(8)
    assert _looks(site)[-1]["codes"] == {"Domain > Feeling at home": "domain:safety", "To do": ""}


def test_a_branch_can_be_another_dimension(page: Page, site: Site) -> None:
    """Each branch offers the project's dimensions; its codes are matched anew, and back again."""
    _open(page)
    branch = page.get_by_label("Dimension of Domain")
    expect(branch).to_have_value("domain")
    branch.select_option("level")
    expect(page.get_by_label("Dimension of Domain")).to_have_class("is-said")
    until(page, lambda: _looks(site)[-1]["dimensions"] == {"Domain": "level"})
    page.get_by_label("Dimension of Domain").select_option(label="codes by name alone")
    until(page, lambda: _looks(site)[-1]["dimensions"] == {})
    page.get_by_label("Dimension of the codes without a branch").select_option("theme")
    until(page, lambda: _looks(site)[-1]["dimensions"] == {"": "theme"})


def test_who_coded_is_for_a_person_to_say(page: Page, site: Site) -> None:
    """Nobody is taken for a member by their name alone; a machine is struck, with the reason, and offers nothing."""
    _open(page)
    expect(page.get_by_label("Who Ben is")).to_have_value("")
    machine = page.locator(".coder").filter(has_text="NVivo")
    expect(machine.locator("s")).to_have_text("NVivo")
    expect(machine).to_contain_text("a tool's machine, and no person: not taken over")
    expect(machine.locator("select")).to_have_count(0)
    page.get_by_label("Who Ana Ruiz is").select_option("Ada")
    expect(page.get_by_label("Who Ana Ruiz is")).to_be_focused()
    page.get_by_label("Nobody knows").check()
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".became")).to_be_visible()
    assert site.fake.projects["Harbour interviews"].imports[0]["said"]["coders"] == {"Ana Ruiz": "Ada"}


def test_what_lies_under_no_selection_must_be_said(page: Page, site: Site) -> None:
    """Neither answer is chosen; the button says what is missing, leads there, and imports once it is said."""
    _open(page)
    button = page.get_by_role("button", name="Import")
    expect(page.locator("#unselected input:checked")).to_have_count(0)
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description("Before it can be imported, say what lies under no selection.")
    page.get_by_role("link", name="say what lies under no selection").click()
    expect(page.get_by_label("No code applies there")).to_be_focused()
    page.keyboard.press("Space")
    expect(button).to_be_enabled()
    page.get_by_label("New documents wait").uncheck()
    page.get_by_label("Who asks the questions").fill("Ruth, Maren")
    button.click()
    expect(page.get_by_role("heading", name="newcomers.qdpx is in")).to_be_focused()
    expect(page.locator(".became")).to_contain_text("10 of 10 codings kept, to the character")
    expect(page.locator(".became .left")).to_contain_text("picture")
    expect(page.get_by_role("link", name="train one on the Models page")).to_have_attribute(
        "href", "/projects/Harbour%20interviews/models"
    )
    expect(page.locator(".bring-sheet")).to_be_hidden()
    said = site.fake.projects["Harbour interviews"].imports[0]["said"]
    assert (said["unselected"], said["queued"], said["interviewers"]) == ("none", False, ["Ruth", "Maren"])


def test_a_tables_columns_can_be_chosen(page: Page, site: Site) -> None:
    """As they were guessed, each with all titles to choose from; the file is looked at anew."""
    _open(page, "excerpts.csv", study.table())
    expect(page.get_by_label("The words")).to_have_value("Passage")
    expect(page.get_by_label("The codes", exact=True)).to_have_value("Theme")
    expect(page.locator(".left")).to_contain_text("column Remark")
    page.get_by_text("What no column was taken for").click()
    page.get_by_label("Memo").select_option("Remark")
    expect(page.locator(".bring-sheet")).to_contain_text("Everything that was found in it comes along.")
    assert _looks(site)[-1]["columns"] == {"memo": "Remark"}
    page.get_by_label("The codes", exact=True).select_option("Remark")
    expect(page.get_by_label("What ask Ben becomes")).to_be_visible()


def test_who_coded_is_asked_where_a_file_names_nobody(page: Page, site: Site) -> None:
    """In a sentence, or by saying which member it was."""
    _open(page, "excerpts.csv", study.table())
    page.get_by_label("Nobody knows").check()
    why = page.locator("#why-not")
    expect(why).to_have_text("Before it can be imported, say who coded it.")
    page.get_by_label("Who coded it").fill("Two of us, then agreed.")
    expect(page.get_by_role("button", name="Import")).to_be_enabled()
    page.get_by_label("Who coded it").fill("")
    expect(page.get_by_role("button", name="Import")).to_be_disabled()
    page.get_by_label("Who Nobody named is").select_option("Ben")
    expect(page.get_by_label("Who coded it")).to_be_hidden()
    expect(page.get_by_role("button", name="Import")).to_be_enabled()


def test_a_table_that_is_not_understood_can_be_explained(page: Page) -> None:
    """The server's sentence, and two fields for the titles; anything else is refused in a sentence alone."""
    page.goto(_PAGE)
    _give(page, "plain.csv", b"Who,Uttered,Judged\r\nAda,We met.,Safety\r\n")
    expect(page.locator("#file-problem")).to_contain_text("plain.csv")
    page.get_by_label("The words").fill("Uttered")
    page.get_by_label("The codes", exact=True).fill("Judged")
    page.keyboard.press("Tab")
    expect(page.get_by_role("heading", name="What plain.csv holds")).to_be_visible()
    expect(page.locator("#file-problem")).to_be_hidden()
    _give(page, "notes.nvpx", b"x")
    expect(page.locator("#file-problem")).to_contain_text("only NVivo reads its own projects")
    expect(page.locator(".bring-sheet")).to_be_hidden()


def test_a_refusal_stands_beside_what_it_is_about(page: Page, site: Site) -> None:
    """Of a choice at the codes, of the import at its button; what was chosen is kept."""
    _open(page)
    site.fake.refuse_next = Refusal(422, "The codebook has no such code.")
    page.get_by_label("What To do becomes").select_option("domain:safety")
    expect(page.locator("#code-problem")).to_have_text("The codebook has no such code.")
    page.get_by_label("What To do becomes").select_option("domain:awareness")
    expect(page.locator("#code-problem")).to_be_hidden()
    page.get_by_label("Nobody knows").check()
    site.fake.refuse_next = Refusal(409, "interview-c.txt: the project has a document of this name with other text.")
    page.get_by_role("button", name="Import").click()
    expect(page.locator("#import-problem")).to_contain_text("with other text")
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".became")).to_be_visible()


def test_an_import_can_be_withdrawn_once_asked(page: Page, site: Site) -> None:
    """The page asks first; then the file stands among those that count no longer."""
    _open(page)
    page.get_by_label("Nobody knows").check()
    page.get_by_role("button", name="Import").click()
    page.get_by_role("button", name="Withdraw newcomers.qdpx").click()
    expect(page.get_by_role("dialog")).to_contain_text("count in no agreement")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Withdraw newcomers.qdpx").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.locator(".taken .is-ended")).to_contain_text("counts no longer")
    expect(page.get_by_role("button", name="Withdraw newcomers.qdpx")).to_have_count(0)


def test_only_researchers_bring_codings(stranger: Page, site: Site) -> None:
    """A coder is told so, and their project's page offers no way there."""
    site.sign_in(stranger.context, "Ben")
    stranger.goto(_PAGE)
    expect(stranger.locator(".lede")).to_contain_text("brought in by the project's researchers")
    stranger.goto("/projects/Harbour%20interviews")
    expect(stranger.locator(".row").first).to_be_visible()
    expect(stranger.get_by_role("link", name="Bring codings")).to_have_count(0)


@pytest.mark.parametrize(("name", "content"), [(study.NAME, study.qdpx()), ("excerpts.csv", study.table())])
def test_a_coded_file_among_transcripts_leads_where_it_belongs(page: Page, name: str, content: bytes) -> None:
    """With the file in hand; going back shows the project again."""
    page.goto("/projects/Harbour%20interviews")
    expect(page.get_by_role("link", name="Bring codings")).to_be_visible()
    page.locator("#import input[type=file]").set_input_files([study.file(name, content)])
    expect(page.get_by_role("heading", name=f"What {name} holds")).to_be_visible()
    expect(page).to_have_url(f"{_PAGE}")
    expect(page).to_have_title("Bring codings · Harbour interviews · Inkling")
    page.go_back()
    expect(page.get_by_role("heading", name="Transcripts")).to_be_visible()


def test_a_project_is_created_with_the_codes_of_another_tool(page: Page, site: Site) -> None:
    """Its branches are shown as dimensions, which can be named and left out, before anything is made."""
    page.goto("/")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill("Second wave")
    page.get_by_label("Your own").check()
    page.locator("#create-codebook input[type=file]").set_input_files([study.file(study.NAME, study.qdpx())])
    expect(page.get_by_label("Domain", exact=True)).to_have_value("Domain")
    expect(page.locator(".folding li").first).to_contain_text("4 codes")
    page.get_by_label("Domain", exact=True).fill("area")
    page.get_by_label("Codes without a branch").fill("")
    page.keyboard.press("Tab")
    expect(page.locator(".folding")).to_contain_text("left out")
    with page.expect_request("**/api/v1/projects") as sent:
        page.get_by_role("button", name="Create project").click()
    assert list((sent.value.post_data_json or {})["codebook"]["dimensions"]) == ["area", "Level"]
    expect(page.get_by_role("heading", name="Second wave")).to_be_visible()


def test_a_file_without_codes_makes_no_codebook(page: Page) -> None:
    """The sentence says why, beside the file, and nothing can be created with it."""
    page.goto("/")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill("Second wave")
    page.get_by_label("Your own").check()
    page.locator("#create-codebook input[type=file]").set_input_files([study.file("x.qdpx", b"PK")])
    expect(page.locator("#folding-problem")).to_contain_text("x.qdpx")
    page.get_by_role("button", name="Create project").click()
    expect(page.locator("#create-problem")).to_contain_text("Choose the codebook's file")


def test_what_was_coded_elsewhere_stands_in_another_hand(page: Page, site: Site) -> None:
    """Beside what is decided, with its coder and tool, told from it by more than colour, and printed as well."""
    segments = site.fake.projects["Harbour interviews"].documents["interview-c.txt"].segments
    given = {"own": False, "dimension": "domain", "codes": ["safety"], "tool": "NVivo"}
    segments[1].elsewhere = [{**given, "coder": "Ana"}, {**given, "coder": "Ana", "dimension": "level", "codes": []}]
    segments[2].elsewhere = [{**given, "coder": "", "own": True}]
    segments[8].elsewhere = [{**given, "coder": "Ana"}]
    segments[3].decisions["Ada"] = coding_of({"domain": ["safety"], "level": []})
    open_desk(page)
    notes = page.locator(".elsewhere > span")
    assert notes.all_inner_texts() == [
        "coded elsewhere by Ana (NVivo): Safety",
        "coded elsewhere by you (NVivo): Safety",
    ]
    expect(notes.first).to_have_css("font-style", "italic")
    page.emulate_media(media="print")
    expect(notes.first).to_be_visible()
    expect(notes.first).to_have_css("color", "rgb(0, 0, 0)")


def test_a_file_without_texts_offers_nothing_to_import(page: Page) -> None:
    """It says so, lists what stays behind, and asks no questions."""
    codes = packed(project("<Users/><CodeBook><Codes/></CodeBook>", "ATLAS.ti 8"))
    page.goto(_PAGE)
    _give(page, "empty.qdpx", codes)
    expect(page.locator(".bring-sheet")).to_contain_text("There is no text in it that could be brought in.")
    expect(page.get_by_role("button", name="Import")).to_be_hidden()


def test_many_codes_without_a_place_are_told_of_once(page: Page) -> None:
    """In the list of what stays behind they are one line; each stands among the codes with a choice."""
    rows = "".join(f'talk.txt,"They said {n} things to us.",Theme {n}\r\n' for n in range(12))
    _open(page, "many.csv", f"Interview,Passage,Theme\r\n{rows}".encode())
    expect(page.locator(".left li")).to_have_count(1)
    expect(page.locator(".left li")).to_contain_text("codings with 12 codes")
    expect(page.locator(".is-homeless")).to_have_count(12)
