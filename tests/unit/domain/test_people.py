"""Roles: each includes those before it, and admin stands apart."""

import pytest

from service.domain.people import ROLES, Coder, Person, PersonRole, Program

RIGHTS = ("may_decide", "may_adjudicate", "may_research", "may_promote", "may_administer")


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        ("coder", {"may_decide"}),
        ("adjudicator", {"may_decide", "may_adjudicate"}),
        ("researcher", {"may_decide", "may_adjudicate", "may_research", "may_promote"}),
        ("admin", {"may_promote", "may_administer"}),
    ],
)
def test_each_role_has_its_rights(role: PersonRole, rights: set[str]) -> None:
    """A person has the rights of their one role and no others; disabled, none."""
    assert {right for right in RIGHTS if getattr(Person("1", "Ana", role), right)} == rights
    assert not any(getattr(Person("1", "Ana", role, disabled=True), right) for right in RIGHTS)


def test_every_role_is_listed() -> None:
    """The list of roles is what a command line offers."""
    assert ROLES == ("coder", "adjudicator", "researcher", "admin")


def test_a_program_has_no_place_for_deciding() -> None:
    """A program is another type than a person, with no right to decide and no session."""
    program = Program("1", "robot", "study")
    assert program.scopes == ("suggest",)
    assert not any(hasattr(program, right) for right in (*RIGHTS, "session_id", "person_id"))
    assert not isinstance(program, Person | Coder)
