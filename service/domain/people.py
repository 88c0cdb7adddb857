"""People, programs, and what each may do. A `Coder` is a person; a program can never stand in for one."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

PersonRole = Literal["coder", "adjudicator", "researcher", "admin"]

ROLES: tuple[PersonRole, ...] = ("coder", "adjudicator", "researcher", "admin")

#: Each of these includes the rights of those before it; admin stands apart.
_RANK = {"coder": 1, "adjudicator": 2, "researcher": 3}


@dataclass(frozen=True)
class Person:
    """Someone with an account; `role` is the one role they hold."""

    person_id: str
    name: str
    role: PersonRole
    disabled: bool = False

    @property
    def may_decide(self) -> bool:
        """Deciding, suggesting and taking work in and out belong to everyone but admin."""
        return not self.disabled and self.role in _RANK

    @property
    def may_adjudicate(self) -> bool:
        """Settling differences needs an adjudicator."""
        return self._at_least("adjudicator")

    @property
    def may_research(self) -> bool:
        """Creating projects, naming members and training need a researcher."""
        return self._at_least("researcher")

    @property
    def may_promote(self) -> bool:
        """Promoting a model is for researchers and admins."""
        return self.may_research or self.may_administer

    @property
    def may_administer(self) -> bool:
        """People and tokens are the admin's business."""
        return not self.disabled and self.role == "admin"

    def _at_least(self, role: PersonRole) -> bool:
        return not self.disabled and _RANK.get(self.role, 0) >= _RANK[role]


@dataclass(frozen=True)
class Coder:
    """A person in the act of deciding, in a signed-in session of their own."""

    person_id: str
    name: str
    session_id: str


@dataclass(frozen=True)
class Program:
    """A client that holds a token of one project: it can ask for suggestions, never decide."""

    token_id: str
    name: str
    project: str
    scopes: Collection[str] = ("suggest",)
