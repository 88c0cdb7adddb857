"""The models of a project: what a researcher and a coder see, retraining watched and cancelled, and promotion."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Site
from tests.browser.desk import until
from tests.browser.fake_models import apart, training
from tests.browser.fake_state import Json, Refusal

pytestmark = pytest.mark.browser

_PAGE = "/projects/Harbour%20interviews/models"
_NEW = "starter-9b0c"


def _open(page: Page, project: str = "Harbour%20interviews") -> None:
    page.goto(f"/projects/{project}/models")
    expect(page.locator("#models > *").first).to_be_visible()


def _job(site: Site) -> Json:
    return site.fake.projects["Harbour interviews"].trainings[-1]


def _move(site: Site, **change: Any) -> None:
    _job(site).update(change)


def _begun(page: Page, site: Site) -> None:
    until(page, lambda: bool(site.fake.projects["Harbour interviews"].trainings))


def test_the_page_is_found_from_the_project(page: Page) -> None:
    """A link on the project's page leads there, and the trail leads back."""
    page.goto("/projects/Harbour%20interviews")
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page.get_by_role("heading", name="Models", level=1)).to_be_visible()
    page.get_by_role("link", name="Harbour interviews").click()
    expect(page.get_by_role("heading", name="Transcripts")).to_be_visible()


def test_a_researcher_sees_which_serves_and_how_good_each_is(page: Page) -> None:
    """By state, with what each was fitted on, who signed, and figures with their intervals."""
    _open(page)
    expect(page.get_by_role("heading", level=2)).to_have_text(["Retrain", "Serves now", "Candidates", "Retired"])
    current = page.locator(".model-current")
    expect(current).to_contain_text("on 1,240 segments of 27 participants, all invented text")
    expect(current).to_contain_text("signed by Ada: Better on the newcomers' interviews.")
    candidate = page.locator(".model-candidate")
    expect(candidate.locator("tbody tr").first).to_have_text("Domain 1,240 segments0.79 0.76 to 0.820.74 0.70 to 0.78")
    expect(candidate.get_by_role("link", name="Report")).to_have_attribute("href", f"/api/v1/models/{_NEW}/report")
    expect(page.locator(".model-retired")).to_contain_text("Not measured: fewer than three participants.")


def test_a_coder_sees_the_models_and_no_buttons(stranger: Page, context: BrowserContext, site: Site) -> None:
    """Which model serves is no secret; retraining, figures, reports and promotion are the researchers'."""
    site.sign_in(context, "Ben")
    _open(stranger)
    expect(stranger.locator(".model")).to_have_count(3)
    expect(stranger.locator("main button, main a.outlined, main table")).to_have_count(0)
    expect(stranger.locator("#training")).to_be_hidden()


def test_a_project_without_a_model_says_where_the_first_comes_from(page: Page) -> None:
    """Before anything was suggested there is none."""
    _open(page, "Nothing%20yet")
    expect(page.locator(".blank")).to_contain_text("No model yet")


def test_a_training_is_begun_watched_and_ends_with_a_candidate(page: Page, site: Site) -> None:
    """Its line says what is being done and how far; in the end the list shows what came of it."""
    _open(page)
    page.get_by_role("button", name="Retrain").press("Enter")
    line = page.locator(".training-line")
    expect(line).to_contain_text("Waiting for a worker · begun by Ada")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    expect(page.get_by_role("button", name="Retrain")).to_be_hidden()
    _move(site, state="running", stage="fitting domain", progress=0.45)
    expect(line).to_contain_text("Fitting domain, 45%")
    expect(page.get_by_role("progressbar", name="Training")).to_have_js_property("value", 0.45)
    models = site.fake.projects["Harbour interviews"].models
    models.append({**models[1], "model_id": "starter-c0de"})
    _move(site, state="done", model_id="starter-c0de", progress=1.0, ended_at=datetime.now(UTC).isoformat())
    expect(page.locator(".training-result")).to_contain_text("starter-c0de is the model that came of it.")
    expect(page.locator("#live")).to_contain_text("starter-c0de")
    expect(page.locator("#model-starter-c0de")).to_be_visible()
    expect(page.get_by_role("button", name="Retrain")).to_be_visible()
    expect(page.locator(".training-result")).to_be_focused()


def test_options_are_sent_as_they_were_chosen(page: Page, site: Site) -> None:
    """Left alone they say nothing but the seed; chosen, they say how, how long, from which seed and without whom."""
    _open(page)
    page.get_by_text("Options").click()
    page.get_by_label("Tune the encoder").check()
    page.get_by_label("Minutes for tuning").fill("12.5")
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Participants or transcripts").fill("P7\n\n interview-c.txt ")
    page.get_by_label("Codings made with advice in view").check()
    page.get_by_role("button", name="Retrain").click()
    _begun(page, site)
    left_out = {"without": ["P7", "interview-c.txt"], "unadvised_only": True}
    assert _job(site)["options"] == {"tune": True, "budget": 12.5, "seed": 7, **left_out}
    page.get_by_role("button", name="Cancel").click()
    page.reload()
    page.get_by_role("button", name="Retrain").click()
    until(page, lambda: len(site.fake.projects["Harbour interviews"].trainings) == 2)
    assert _job(site)["options"] == {"seed": 0}


def test_a_number_out_of_range_is_said_before_anything_is_sent(page: Page, site: Site) -> None:
    """The field gets the focus, and no training begins."""
    _open(page)
    page.get_by_text("Options").click()
    page.get_by_label("Minutes for tuning").fill("0")
    page.get_by_role("button", name="Retrain").click()
    expect(page.locator("#training [role=alert]")).to_have_text("One of the numbers is out of range.")
    expect(page.get_by_label("Minutes for tuning")).to_be_focused()
    assert site.fake.projects["Harbour interviews"].trainings == []


def test_a_training_that_goes_on_is_found_again_and_cancelled(page: Page, site: Site) -> None:
    """Whoever opens the page sees it, with who began it, and may cancel it."""
    site.fake.projects["Harbour interviews"].trainings.append(training("job-x", "Grace"))
    _move(site, state="running", stage="encoding", progress=0.2)
    _open(page)
    expect(page.locator(".training-line")).to_contain_text("Encoding, 20% · begun by Grace")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".training-result")).to_contain_text("was cancelled")
    assert _job(site)["state"] == "cancelled"


def test_a_failed_training_says_why(page: Page, site: Site) -> None:
    """The worker's sentence stands there, also after a reload, and one can try again."""
    site.fake.projects["Harbour interviews"].trainings.append(training("job-x", "Ada"))
    reason = "Project Harbour interviews has no final codings yet."
    _move(site, state="failed", reason=reason, ended_at=datetime.now(UTC).isoformat())
    _open(page)
    expect(page.locator(".training-result")).to_contain_text(reason)
    expect(page.get_by_role("button", name="Retrain")).to_be_enabled()


def test_where_someone_was_quicker_their_training_is_shown(page: Page, site: Site) -> None:
    """A second training is refused, so the page shows the first."""
    _open(page)
    site.fake.projects["Harbour interviews"].trainings.append(training("job-x", "Grace"))
    page.get_by_role("button", name="Retrain").click()
    expect(page.locator(".training-line")).to_contain_text("begun by Grace")


def test_a_lost_connection_does_not_lose_a_training(page: Page, site: Site, context: BrowserContext) -> None:
    """The line says so, and goes on once the server is back."""
    _open(page)
    page.get_by_role("button", name="Retrain").click()
    expect(page.locator(".training-line")).to_contain_text("Waiting")
    context.set_offline(True)
    expect(page.locator(".training-line")).to_contain_text("can't be reached")
    context.set_offline(False)
    _move(site, state="running", stage="encoding", progress=0.3)
    expect(page.locator(".training-line")).to_contain_text("Encoding, 30%")


def test_promoting_takes_keys_only_and_a_reason(page: Page, site: Site) -> None:
    """From the candidate's button through the dialog, which says what it replaces and who signs, to the new model."""
    _open(page)
    button = page.get_by_role("button", name=f"Promote {_NEW}")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("in place of starter-2f61")
    expect(dialog).to_contain_text("Signed: Ada")
    expect(dialog.get_by_label("Why")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Say why, so that others can follow it later.")
    expect(dialog.get_by_label("Why")).to_be_focused()
    page.keyboard.type("Better on unseen participants.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".model-current")).to_contain_text(_NEW)
    expect(page.locator(f"#model-{_NEW}")).to_be_focused()
    expect(page.locator("#live")).to_have_text(f"{_NEW} serves from now on.")
    assert site.fake.promoted == [{"model_id": _NEW, "by": "Ada", "reason": "Better on unseen participants."}]


def test_the_dialog_says_how_the_two_compare(page: Page) -> None:
    """The verdict on each dimension stands there, with both models' figures on the same segments."""
    _open(page)
    page.get_by_role("button", name=f"Promote {_NEW}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".verdicts li")).to_have_text(
        [
            "Domain: better on 1,240 segments of 27 participants",
            "Level: no clear difference on 1,240 segments of 27 participants",
        ]
    )
    rows = dialog.get_by_role("region", name="Both models on the same segments").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_have_text("Domain, Macro-F1 1,240 segments0.710.79+0.08 +0.05 to +0.11")


def test_where_nobody_is_in_common_the_dialog_says_why_and_shows_each_models_own_figures(
    page: Page, site: Site
) -> None:
    """It says what would make a comparison possible, and that the figures side by side are of different people."""
    site.fake.comparisons[_NEW] = apart(_NEW, "starter-2f61")
    _open(page)
    page.get_by_role("button", name=f"Promote {_NEW}").click()
    part = page.get_by_role("dialog").locator(".promotion-comparison")
    expect(part).to_contain_text("There is nothing to compare them on")
    expect(part.locator(".verdicts li").first).to_have_text("Domain: can't tell (no segment in common)")
    expect(part).to_contain_text(f"inkling models compare {_NEW} --project NAME")
    expect(part.locator("caption")).to_contain_text("measured on different people")
    expect(part.locator("thead")).to_have_text("MeasureServes now, on invented textThis model")
    expect(part.locator("tbody tr").first).to_have_text("Domain, Macro-F10.71 0.68 to 0.740.79 0.76 to 0.82")


def test_a_model_without_figures_says_why_beside_the_other(page: Page, site: Site) -> None:
    """One that was never measured has a dash in the table and its reason under it."""
    site.fake.comparisons["starter-00aa"] = apart("starter-00aa", "starter-2f61")
    _open(page)
    page.get_by_role("button", name="Promote starter-00aa").click()
    part = page.get_by_role("dialog").locator(".promotion-comparison")
    expect(part.locator("tbody tr").first).to_have_text("Domain, Macro-F10.71 0.68 to 0.74–")
    expect(part).to_contain_text("starter-00aa: Not measured: fewer than three participants.")


def test_a_comparison_that_is_refused_does_not_stand_in_the_way(page: Page, site: Site) -> None:
    """What keeps the figures from the person is said, and they can sign all the same."""
    reason = "It rests on codings of segments that wait for your own decision; decide on those first."
    site.fake.comparisons[_NEW] = {"model_id": _NEW, "current": "x", "dimensions": None, "without": reason}
    _open(page)
    page.get_by_role("button", name=f"Promote {_NEW}").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Not compared. {reason}")
    page.get_by_label("Why").fill("Better.")
    page.get_by_role("button", name="Sign and promote").click()
    expect(page.locator(".model-current")).to_contain_text(_NEW)


def test_going_back_takes_keys_only_and_a_reason(page: Page, site: Site) -> None:
    """From the serving model's button through the same dialog, which says what will serve, to the model before."""
    _open(page)
    page.get_by_role("button", name="Go back… to the model before").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("Go back to the model before?")
    expect(dialog).to_contain_text("starter-00aa will suggest again in every project on the codebook")
    expect(dialog).to_contain_text("in place of starter-2f61")
    page.keyboard.type("Worse for newcomers.")
    dialog.get_by_role("button", name="Sign and go back").press("Enter")
    expect(page.locator(".model-current")).to_contain_text("starter-00aa")
    expect(page.locator("#model-starter-00aa")).to_be_focused()
    expect(page.locator("#live")).to_have_text("starter-00aa serves from now on.")
    (signed,) = site.fake.promoted
    assert (signed["model_id"], signed["reason"]) == ("starter-00aa", "Worse for newcomers.")
    assert signed["codebook"] == "trauma-informed-practice"


def test_where_there_is_no_model_before_nothing_offers_to_go_back(page: Page, site: Site) -> None:
    """The first model of a codebook has none."""
    for model in site.fake.projects["Harbour interviews"].models:
        model["is_previous"] = False
    _open(page)
    expect(page.get_by_role("button", name="Go back…")).to_have_count(0)


def test_escape_leaves_everything_as_it_is(page: Page, site: Site) -> None:
    """A dialog that is put away promotes nothing, and the focus is back on the button."""
    _open(page)
    page.get_by_role("button", name=f"Promote {_NEW}").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name=f"Promote {_NEW}")).to_be_focused()
    assert site.fake.promoted == []


def test_a_refused_promotion_is_said_in_the_dialog(page: Page, site: Site) -> None:
    """What was typed stays, so that it can be sent again."""
    _open(page)
    page.get_by_role("button", name=f"Promote {_NEW}").click()
    page.get_by_label("Why").fill("Better.")
    site.fake.refuse_next = Refusal(503, "weights.safetensors: it is damaged or was changed.")
    page.get_by_role("button", name="Sign and promote").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("it is damaged")
    page.get_by_role("button", name="Sign and promote").click()
    expect(page.locator(".model-current")).to_contain_text(_NEW)


def test_a_reason_is_text_and_nothing_else(page: Page, site: Site) -> None:
    """What looks like markup is shown letter by letter."""
    model = site.fake.projects["Harbour interviews"].models[0]
    model["promoted"]["reason"] = "<img src=x onerror=alert(1)>"
    _open(page)
    expect(page.locator(".model-current q")).to_have_text("<img src=x onerror=alert(1)>")
