"""People, tokens and projects on the command line."""

import json
from pathlib import Path

from tests.integration.cli.conftest import Inkling


def test_project_list_as_json_is_one_value(team: Inkling) -> None:
    """`projects list` says the project's codebook and the order of its queue, with --json as one JSON value."""
    listed = {"name": "intake", "codebook": "trauma-informed-practice", "order": "transcript"}
    assert json.loads(team("projects", "list", "--json").out) == [listed]
    team("projects", "order", "intake", "teaching")
    assert json.loads(team("projects", "list", "--json").out) == [{**listed, "order": "teaching"}]
    assert team("projects", "list").out == "intake\ttrauma-informed-practice\tteaching order\n"


def test_token_is_shown_once_as_json(team: Inkling) -> None:
    """A token comes with its name and scope; the scope is suggest."""
    done = team("tokens", "create", "tool", "--scope", "suggest", "--project", "intake", "--json")
    token = json.loads(done.out)
    assert (token["name"], token["scope"]) == ("tool", "suggest")
    assert len(token["token"]) > 30


def test_no_token_can_decide(team: Inkling) -> None:
    """Any scope but suggest is wrong use."""
    assert team("tokens", "create", "tool", "--scope", "decide", "--project", "intake").code == 2


def test_admin_cannot_be_a_member(team: Inkling) -> None:
    """Admins have no part in coding."""
    done = team("projects", "member", "intake", "anna")
    assert done.code == 1
    assert done.err.count("\n") == 1


def test_the_order_of_a_queue_is_said_and_changed(team: Inkling) -> None:
    """By transcript unless said otherwise, at once or later; an order that there is not is wrong use."""
    assert team("projects", "order", "intake", "teaching").out == "The queue of intake is in teaching order.\n"
    assert team("projects", "order", "intake", "transcript").code == 0
    assert team("projects", "create", "taught", "--order", "teaching").code == 0
    assert team("projects", "order", "intake", "random").code == 2
    done = team("projects", "order", "nowhere", "teaching")
    assert (done.code, done.err.count("\n")) == (1, 1)


def test_name_that_is_taken_is_bad_input(team: Inkling, tmp_path: Path) -> None:
    """A second person or project of one name is refused in one line."""
    assert team("projects", "create", "intake").code == 1
    done = team("people", "add", "cora", "--password-file", str(tmp_path / "secret"))
    assert done.code == 1
    assert "already" in done.err


def test_short_password_is_refused(inkling: Inkling, tmp_path: Path) -> None:
    """A password has at least eight characters."""
    weak = tmp_path / "weak"
    weak.write_text("short\n", encoding="utf-8")
    assert inkling("people", "add", "eve", "--password-file", str(weak)).code == 1


def test_missing_password_file_names_the_file(inkling: Inkling, tmp_path: Path) -> None:
    """A password file that isn't there is named."""
    done = inkling("people", "add", "eve", "--password-file", str(tmp_path / "none"))
    assert done.code == 1
    assert "none" in done.err


def test_password_may_come_by_stdin(inkling: Inkling) -> None:
    """`--password-file -` reads the first line of stdin; without a terminal nothing is asked, in one line."""
    assert inkling("people", "add", "eve", "--password-file", "-", stdin="a long enough password\n").code == 0
    done = inkling("people", "add", "eva")
    assert done.code == 1
    assert done.err.count("\n") == 1


def test_disabled_person_is_no_member(team: Inkling) -> None:
    """A disabled person can't become a member of a project."""
    assert team("people", "disable", "adam").code == 0
    assert team("projects", "member", "intake", "adam").code == 1


def test_codebook_with_duplicate_codes_is_refused(inkling: Inkling, tmp_path: Path) -> None:
    """A codebook that names a code twice is refused with file and place."""
    file = tmp_path / "twice.yaml"
    file.write_text("topic:\n  money: About money.\n  money: About money again.\n", encoding="utf-8")
    done = inkling("projects", "create", "p", "--codebook", str(file))
    assert done.code == 1
    assert "twice.yaml" in done.err
    assert "money" in done.err
    assert inkling("projects", "list", "--json").out.strip() == "[]"


def test_a_report_masks_from_two_participants_on(team: Inkling) -> None:
    """Nothing in between no masking and two makes sense."""
    for number, code in (("-3", 2), ("1", 2), ("0", 0), ("2", 0)):
        assert team("report", "--project", "intake", "--mask-below", number).code == code


def test_what_is_not_there_is_named(team: Inkling) -> None:
    """A slip in a name shows."""
    assert "no project nosuch" in team("projects", "order", "nosuch", "teaching").err
    assert "no project nosuch" in team("projects", "member", "nosuch", "ada").err
    assert "no person nobody" in team("projects", "member", "intake", "nobody").err


def test_unknown_option_is_wrong_use(inkling: Inkling) -> None:
    """Wrong use ends with exit code 2."""
    assert inkling("projects", "create").code == 2
    assert inkling("nonsense").code == 2


def test_files_that_are_no_certificate_are_refused(inkling: Inkling, tmp_path: Path) -> None:
    """Serving with a broken certificate ends in one line, before anything is opened."""
    file = tmp_path / "cert.pem"
    file.write_text("not a certificate", encoding="utf-8")
    done = inkling("serve", "--certfile", str(file), "--keyfile", str(file))
    assert done.code == 1
    assert done.err.count("\n") == 1
