"""From the texts of a REFI-QDA project to documents: codings placed, memos read, participants and turns found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from service.domain.coded_file import ForeignCoder, ForeignCoding, ForeignDocument, coders_named
from service.readers.coded_files import refi_cases
from service.readers.coded_files.refi_cases import Cases, Mentions
from service.readers.coded_files.refi_left import Leftovers
from service.readers.coded_files.refi_memos import Memos
from service.readers.coded_files.refi_model import Case, Coding, Project, Selection
from service.readers.coded_files.refi_offsets import Counting
from service.readers.coded_files.refi_texts import Draft

_OUTSIDE = "they lie outside of their text, or hold nothing"
_NO_CODE = "their code is not in the code system"
_IN_MEMO = "what they say stands in the document's memo"
_UNCODED = "nothing is said of them"


@dataclass
class Placing:
    """What placing the codings of a project needs and gathers."""

    project: Project
    way: Counting
    codes: frozenset[str]
    memos: Memos
    left: Leftovers
    #: Who is named as a coder, in the order in which they come.
    coders: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cases = {case.guid: case for case in self.project.cases}
        self.whole: dict[str, list[Case]] = {}
        self.stretches: dict[str, list[Case]] = {}
        for case in self.project.cases:
            for guid in dict.fromkeys(case.sources):
                self.whole.setdefault(guid, []).append(case)
            for guid in dict.fromkeys(case.selections):
                self.stretches.setdefault(guid, []).append(case)
        self.used: set[str] = set()


def place(placing: Placing, drafts: Sequence[Draft], ours: bool) -> Iterator[ForeignDocument]:
    """Yield the documents with their codings.

    Args:
        placing: the project, and how its offsets are counted.
        drafts: its texts.
        ours: whether Inkling wrote it, which gives all turns.
    """
    cases = Cases(placing.project.cases, placing.project.variables, ours)
    for draft in drafts:
        text = draft.text.text
        mentions = Mentions([case for guid in draft.guids for case in placing.whole.get(guid, ())])
        said: list[str] = []
        codings = [*_codings(placing, draft, mentions, said), *_of_whole(placing, draft, mentions)]
        if not ours:
            _gather(text, mentions)
        voices = cases.voices(draft.name, text, mentions, draft.values)
        placing.used |= {case.guid for case in (*mentions.whole, *(case for _, _, case in mentions.stretches))}
        placing.left.add("stretches given to cases", "they are not the turns of a document", voices.unused)
        memo = placing.memos.of([*draft.memos, *said], draft.notes, next(iter(draft.guids), ""))
        yield ForeignDocument(draft.name, text, tuple(codings), voices.turns, participant=voices.participant, memo=memo)


def coders(placing: Placing) -> tuple[ForeignCoder, ...]:
    """Return the project's users, and whoever else its codings name."""
    users = placing.project.users
    named = {key: name or f"User {number}" for number, (key, name) in enumerate(users.items(), 1)}
    for key in placing.coders:
        named.setdefault(key, f"Unknown user {key[:8]}" if key else "")
    return coders_named(named.items())


def _codings(placing: Placing, draft: Draft, mentions: Mentions, said: list[str]) -> Iterator[ForeignCoding]:
    """Yield the codings of stretches; stretches given to cases, and words about uncoded ones, are gathered."""
    for selection in draft.selections:
        span = draft.text.span(selection, placing.way)
        if span is None:
            placing.left.add("selections", _OUTSIDE, codings=len(selection.codings))
            continue
        cases = placing.stretches.pop(selection.guid, ())
        mentions.stretches += ((*span, case) for case in cases)
        if not (selection.codings or cases):
            _annotation(placing, draft.text.text[slice(*span)], selection, said)
        for coding in selection.codings:
            if coding.code in placing.cases:
                mentions.stretches.append((*span, placing.cases[coding.code]))
            elif coding.code in placing.codes:
                yield _coding(placing, span, coding, selection)
            else:
                placing.left.add("codings", _NO_CODE)


def _of_whole(placing: Placing, draft: Draft, mentions: Mentions) -> Iterator[ForeignCoding]:
    """Yield the codings of a document as a whole."""
    span = (0, len(draft.text.text))
    for coding in draft.codings:
        if coding.code in placing.cases:
            mentions.whole.append(placing.cases[coding.code])
        elif coding.code not in placing.codes:
            placing.left.add("codings", _NO_CODE)
        elif not draft.text.text:
            placing.left.add("codings", "they are of documents without a word")
        else:
            yield _coding(placing, span, coding, None)


def _coding(placing: Placing, span: tuple[int, int], coding: Coding, selection: Selection | None) -> ForeignCoding:
    user = coding.user or (selection.user if selection else "")
    placing.coders[user] = None
    made_at = coding.made_at or (selection.made_at if selection else "")
    if selection:
        memo = placing.memos.of([selection.memo], (*coding.notes, *selection.notes), selection.guid)
    else:
        memo = placing.memos.of((), coding.notes)
    return ForeignCoding(*span, coding.code, user, memo, made_at)


def _annotation(placing: Placing, words: str, selection: Selection, said: list[str]) -> None:
    """Keep what is said of a stretch without a code in the document's memo, with the first words that it is about."""
    memo = placing.memos.of([selection.memo], selection.notes, selection.guid)
    if memo:
        begins = " ".join(words[:200].split())
        said.append(f"“{begins if len(begins) <= 60 else begins[:60].rstrip() + '…'}”: {memo}")
    placing.left.add("selections without a code", _IN_MEMO if memo else _UNCODED)


def _gather(text: str, mentions: Mentions) -> None:
    """Take a case that is given all the stretches of a document for one that is given the document."""
    by_case: dict[str, list[tuple[int, int, Case]]] = {}
    for stretch in dict.fromkeys(mentions.stretches):
        by_case.setdefault(stretch[2].guid, []).append(stretch)
    mentions.whole = list({case.guid: case for case in mentions.whole}.values())
    if len(by_case) > 1:
        for stretches in by_case.values():
            if refi_cases.is_whole(text, stretches):
                mentions.whole.append(stretches[0][2])
                mentions.stretches = [s for s in mentions.stretches if s[2].guid != stretches[0][2].guid]
