"""Cases of a REFI-QDA project: whose document it is, and who speaks where.

A document is of the case that is most like a person: one whose variables are called so ("Person:Age"), then the one
with the fewest documents, as a person has fewer than an organisation or a place. The other cases of a document become
attributes, under the name of their kind. A case without a name holds the attributes of its one document.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from service.domain.transcript import Participant, Role, Turn
from service.readers.coded_files.refi_model import Case
from service.readers.transcripts import speakers
from service.readers.transcripts.lines import word_set

#: The variable that says in Inkling's own projects whether a speaker asks or answers.
ROLE_VARIABLE = "Speaker role"
_OTHERS = "other cases"
_PEOPLE = speakers.ANSWERING | word_set("person persons people personen personne personnes persona personas pessoa")
_ANY_KIND = word_set("case cases fall fälle cas caso casos attribute attributes")
#: How much of a document's words stretches must hold to be its turns; names and times stand outside of them.
_TURNS, _WHOLE = 0.8, 0.95

Values = Sequence[tuple[str, str]]


@dataclass
class Mentions:
    """The cases that a document is given to, whole or in stretches."""

    whole: list[Case] = field(default_factory=list)
    stretches: list[tuple[int, int, Case]] = field(default_factory=list)


@dataclass(frozen=True)
class Voices:
    """Whose document it is and who speaks where; `unused` counts stretches that say neither."""

    participant: Participant | None = None
    turns: tuple[Turn, ...] = ()
    unused: int = 0


class Cases:
    """Finds participants and turns by a project's cases and variables."""

    def __init__(self, cases: Sequence[Case], variables: Mapping[str, str], ours: bool) -> None:
        self._variables, self._ours = variables, ours
        self._rank = {case.guid: (*self._likeness(case), number) for number, case in enumerate(cases)}

    def voices(self, name: str, text: str, mentions: Mentions, own: Values) -> Voices:
        """Return whose document it is and who speaks.

        Args:
            name: the document's name.
            text: its words.
            mentions: its cases.
            own: variables that the document itself gives.
        """
        whole, stretches = list(mentions.whole), sorted(set(mentions.stretches), key=lambda s: (s[0], s[1], s[2].guid))
        cases = {case.guid: case for _, _, case in stretches}
        turns = self._turns(text, stretches)
        if len(cases) == 1 and not whole and not self._ours:
            whole, used = list(cases.values()), True
            turns = () if _share(text, stretches) >= _WHOLE else turns
        else:
            used = bool(turns)
        return Voices(self._participant(name, whole, own), turns, 0 if used else len(stretches))

    def _turns(self, text: str, stretches: Sequence[tuple[int, int, Case]]) -> tuple[Turn, ...]:
        """Return the stretches as turns, if they lie one after the other and are the document's words."""
        overlap = any(this[1] > then[0] for this, then in pairwise(stretches))
        if not stretches or overlap or (not self._ours and _share(text, stretches) < _TURNS):
            return ()
        roles = {} if self._ours else speakers.roles({case.name for _, _, case in stretches}, (), ())
        return tuple(
            Turn(case.name, self._role(case) or roles.get(case.name, ""), start, end) for start, end, case in stretches
        )

    def _role(self, case: Case) -> Role:
        wanted = (ROLE_VARIABLE,) if self._ours else (ROLE_VARIABLE, "role", "Role")
        told = (value.casefold() for name, value in self._named(case.values) if name in wanted)
        roles: dict[str, Role] = {"interviewer": "interviewer", "participant": "participant"}
        return next((roles[value] for value in told if value in roles), "")

    def _participant(self, name: str, cases: Sequence[Case], own: Values) -> Participant | None:
        named = sorted((case for case in cases if case.name), key=lambda case: self._rank[case.guid])
        attributes: dict[str, str] = {}
        for case in named[:1]:
            _add(attributes, self._attributes(case))
        for values in (own, *(case.values for case in cases if not case.name)):
            _add(attributes, self._named(values))
        others: dict[str, list[str]] = {}
        for case in named[1:]:
            kind = self._kind(case)
            others.setdefault(kind or _OTHERS, []).append(case.name)
            if kind and kind != self._kind(named[0]):
                _add(attributes, self._attributes(case))
        _add(attributes, ((kind, "; ".join(names)) for kind, names in others.items()))
        if not named and not attributes:
            return None
        return Participant(named[0].name if named else name, attributes)

    def _likeness(self, case: Case) -> tuple[int, int]:
        kind = self._kind(case).casefold()
        is_other = bool(kind) and kind not in _ANY_KIND
        return 0 if kind in _PEOPLE else 1 + is_other, len(case.sources)

    def _kind(self, case: Case) -> str:
        """Return what a case is of, as its variables' names begin: "Person" where they are "Person:Age" and so on."""
        kinds = {name.partition(":")[0].strip() if ":" in name else "" for name, _ in self._named(case.values)}
        return kinds.pop() if len(kinds) == 1 and not self._ours else ""

    def _attributes(self, case: Case) -> Iterable[tuple[str, str]]:
        """Yield a case's attributes, without the kind before their names."""
        kind = self._kind(case)
        for name, value in self._named(case.values):
            if not (self._ours and name == ROLE_VARIABLE):
                yield (name.partition(":")[2].strip() or name) if kind else name, value

    def _named(self, values: Values) -> Iterable[tuple[str, str]]:
        return ((self._variables[guid], value) for guid, value in values if self._variables.get(guid))


def is_whole(text: str, stretches: Sequence[tuple[int, int, Case]]) -> bool:
    """Say whether stretches are as good as all of a text."""
    return _share(text, stretches) >= _WHOLE


def _share(text: str, stretches: Collection[tuple[int, int, Case]]) -> float:
    """Return how much of a text's words stretches hold."""
    every = len("".join(text.split()))
    return sum(len("".join(text[start:end].split())) for start, end, _ in stretches) / every if every else 0.0


def _add(attributes: dict[str, str], more: Iterable[tuple[str, str]]) -> None:
    for name, value in more:
        attributes.setdefault(name, value)
