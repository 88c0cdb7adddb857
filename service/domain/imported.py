"""Imported codings: what people outside of Inkling, or before it, gave to segments. Never a final coding by themselves.

They are made from a file's selections by what the importing person says: which code is which, who is who, and whether
a segment that lies under no selection was coded with nothing.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal, Protocol

from service.domain.codebook import Codebook
from service.domain.coded_file import CodedFile, ForeignCoding, ForeignDocument, Left, NoneApplies
from service.domain.coding import AdviceGiven, Codes, Decision, is_open, most_advice
from service.domain.covering import Covering, Span
from service.domain.folding import Matching

#: What lies under no selection: coded with nothing, or not known.
Unselected = Literal["none", "unknown"]


@dataclass(frozen=True)
class ImportedCoding:
    """What one coder of a file gave to a segment on a dimension; no codes means that none applied."""

    segment_id: str
    dimension: str
    codes: Codes
    #: The coder as the file names them; "" where it names nobody.
    coder: str
    #: Someone of the project, where the importing person says that they are this coder.
    person_id: str | None
    import_id: str
    imported_at: datetime
    advice: AdviceGiven = "none"
    adviser: str = ""
    memo: str = ""
    tool: str = ""
    #: Who coded it, as the importing person says where the file names nobody.
    stated: str = ""
    #: Since when it counts no longer, and is shown to nobody.
    ended_at: datetime | None = None


@dataclass(frozen=True)
class SegmentCoding:
    """The same before it is stored: of a segment by its place among the document's."""

    index: int
    dimension: str
    codes: Codes
    #: The file's key of the coder.
    coder: str
    advice: AdviceGiven = "none"
    adviser: str = ""
    memo: str = ""


class SpokenSegment(Span, Protocol):
    """A segment with who speaks in it."""

    @property
    def speaker(self) -> str:
        """Who speaks; "" where nobody says."""

    @property
    def role(self) -> str:
        """Whether they ask or answer, if that is known."""


@dataclass
class _Given:
    """What a coder gave to a segment on a dimension, while it is gathered."""

    codes: set[str] = field(default_factory=set)
    advice: set[AdviceGiven] = field(default_factory=set)
    advisers: set[str] = field(default_factory=set)
    memos: dict[str, None] = field(default_factory=dict)

    def add(self, code: str | None, of: ForeignCoding | NoneApplies) -> None:
        self.codes |= {code} if code is not None else set()
        self.advice.add(of.advice)
        self.advisers |= {of.adviser} - {""}
        if isinstance(of, ForeignCoding) and of.memo:
            self.memos[of.memo] = None


_SEVERAL = 2
#: Before anything was decided; a segment that needs nobody was open to nobody then.
_EVER = datetime.min.replace(tzinfo=UTC)
#: Segment's index, dimension, coder.
_Key = tuple[int, str, str]


@dataclass(frozen=True)
class Carrying:
    """Turns the selections of one file into codings of segments, and counts what can't be."""

    file: CodedFile
    book: Codebook
    matching: Matching
    unselected: Unselected
    #: Coders who are one and the same: by each key, the key under which their codings are gathered.
    same: Mapping[str, str] = field(default_factory=dict)
    left: Counter[tuple[str, str]] = field(default_factory=Counter)

    def codings(
        self, document: ForeignDocument, segments: Sequence[SpokenSegment], uncertain: Iterable[ForeignCoding] = ()
    ) -> list[SegmentCoding]:
        """Return what each coder gave to each segment.

        Args:
            document: of the file, its selections' offsets into the text that the segments are of.
            segments: in order, not overlapping.
            uncertain: codings that may have been made here, or elsewhere in the document.
        """
        given: dict[_Key, _Given] = defaultdict(_Given)
        #: Where a code applies that the codebook lacks, a coder can't be taken to have given nothing.
        doubtful: set[_Key] = set()
        covering = Covering(segments)
        for made in self._by_people(document.codings):
            indices, coder = covering.coded(made.start, made.end), self._who(made.coder)
            target = self.matching.targets.get(made.code)
            if target is None:
                doubtful |= {(index, name, coder) for index in indices for name in self._may_speak_of(made.code)}
                continue
            for index in indices:
                given[index, target.dimension, coder].add(target.code, made)
            touched = [] if indices else list(covering.touched(made.start, made.end))
            doubtful |= {(index, target.dimension, coder) for index in touched}
            self._count(bool(touched), "codings", "they lie across segments, with less than half in or of any of them")
            idle = not indices and not touched
            self._count(idle, "codings", "they lie on no segment: a heading, a name or the interviewer's words")
        for made in uncertain:
            for index in covering.coded(made.start, made.end):
                doubtful |= {(index, name, self._who(made.coder)) for name in self._may_speak_of(made.code)}
        self._add_stated(document, covering, given)
        if self.unselected == "none" and not self.file.explicit:
            self._add_unselected(document, len(segments), given, doubtful)
        return self._checked(given, segments)

    def _may_speak_of(self, code: str) -> Collection[str]:
        target = self.matching.targets.get(code)
        return self.matching.doubtful.get(code, ()) if target is None else (target.dimension,)

    def _count(self, counts: bool, what: str, why: str) -> None:
        if counts:
            self.left[what, why] += 1

    def _who(self, coder: str) -> str:
        return self.same.get(coder, coder)

    def _by_people(self, codings: Iterable[ForeignCoding]) -> Iterable[ForeignCoding]:
        for made in codings:
            if made.coder in self._machines:
                self.left["codings", "a tool's machine made them, and no person"] += 1
            elif made.code not in self.matching.ignored:
                yield made

    def _add_stated(self, document: ForeignDocument, covering: Covering, given: dict[_Key, _Given]) -> None:
        for stated in document.nothing:
            dimension = self.matching.dimension_of(stated.branch, self.book)
            if dimension is not None and stated.coder not in self._machines:
                for index in covering.coded(stated.start, stated.end):
                    given[index, dimension, self._who(stated.coder)].add(None, stated)

    def _add_unselected(
        self, document: ForeignDocument, segments: int, given: dict[_Key, _Given], doubtful: Collection[_Key]
    ) -> None:
        """Take what a coder left unselected for coded with nothing, in a document and dimensions that they coded."""
        here = {self._who(made.coder) for made in document.codings if made.code in self.matching.targets}
        for dimension, coder in sorted(self._used):
            for index in range(segments) if coder in here else ():
                if (index, dimension, coder) not in doubtful and (index, dimension, coder) not in given:
                    given[index, dimension, coder].advice.add("none")

    @cached_property
    def _machines(self) -> frozenset[str]:
        return frozenset(coder.key for coder in self.file.coders if coder.machine)

    @cached_property
    def _used(self) -> frozenset[tuple[str, str]]:
        """Which coder coded in which dimension, anywhere in the file."""
        targets = self.matching.targets
        every = (made for document in self.file.documents for made in document.codings)
        return frozenset(
            (targets[made.code].dimension, self._who(made.coder))
            for made in every
            if made.code in targets and made.coder not in self._machines
        )

    def _checked(self, given: Mapping[_Key, _Given], segments: Sequence[SpokenSegment]) -> list[SegmentCoding]:
        """Leave out what the codebook does not allow."""
        dimensions = {dimension.id: dimension for dimension in self.book.dimensions}
        found = []
        for (index, name, coder), what in sorted(given.items(), key=lambda item: item[0]):
            segment, dimension = segments[index], dimensions[name]
            applies = dimension.applies(segment.speaker, segment.role)
            single = dimension.select == "many" or len(what.codes) < _SEVERAL
            self._count(bool(what.codes) and not applies, "segments", f"{name} does not apply to who speaks there")
            self._count(applies and not single, "segments", f"{name} takes one code, and several lie on it")
            if applies and single:
                advisers = ";".join(sorted(what.advisers))
                advice = most_advice(what.advice)
                memo = "\n".join(what.memos)
                found.append(SegmentCoding(index, name, frozenset(what.codes), coder, advice, advisers, memo))
        return found


def could_have_seen_imported(
    decisions: Sequence[Decision], needs: int, person_id: str, imported: Iterable[ImportedCoding]
) -> bool:
    """Say whether this person could ever have seen another's imported coding of a segment.

    It is shown to nobody for whom the segment is open; so what counts is whether, while it stood, there was a moment
    when the segment was not open to them.

    Args:
        decisions: on the segment, in order.
        needs: how many people it needs.
        person_id: who.
        imported: all that was ever imported of the segment.
    """
    others = [(i.imported_at, i.ended_at) for i in imported if i.person_id != person_id]
    for end in range(len(decisions) + 1):
        begun = decisions[end - 1].decided_at if end else _EVER
        over = decisions[end].decided_at if end < len(decisions) else None
        stood = any((over is None or since < over) and (until is None or begun < until) for since, until in others)
        if stood and not is_open(decisions[:end], needs, person_id):
            return True
    return False


def counting(given: Iterable[ImportedCoding]) -> tuple[ImportedCoding, ...]:
    """Return what counts of all that was imported of a segment, oldest first.

    Where several files speak of the same coder and dimension, it is the latest.
    """
    latest: dict[tuple[str, str | tuple[str, str]], ImportedCoding] = {}
    for coding in given:
        who = ("person", coding.person_id) if coding.person_id else coding.coder or ("stated", coding.stated)
        if coding.ended_at is None:
            latest[coding.dimension, who] = coding
    return tuple(sorted(latest.values(), key=lambda c: (c.dimension, c.coder, c.person_id or "")))


def visible(imported: Iterable[ImportedCoding], person_id: str | None, *, waiting: bool) -> tuple[ImportedCoding, ...]:
    """Return the imported codings of a segment that a person may see: while it waits for them, only their own."""
    return tuple(i for i in imported if not waiting or (person_id is not None and i.person_id == person_id))


def truth(imported: Iterable[ImportedCoding]) -> dict[str, Codes]:
    """Return what counts as true of a segment by its imported codings alone, by dimension.

    It is what the coder gave whom the file does not name (the agreed coding); else the only coder's; else what all
    gave, if equal.
    """
    by_dimension: dict[str, list[ImportedCoding]] = defaultdict(list)
    for coding in imported:
        by_dimension[coding.dimension].append(coding)
    out = {}
    for dimension, found in by_dimension.items():
        sets = {c.codes for c in found if c.coder == "" and c.person_id is None} or {c.codes for c in found}
        if len(sets) == 1:
            out[dimension] = sets.pop()
    return out


#: Which version of a tool wrote a file is no part of anyone's name.
_VERSION = re.compile(r"[\s,]+\(?v?\d.*")
#: Of a sentence on who coded a file, so much stands for a name.
_LONGEST_NAME = 100
#: How a coder is called whom the file does not name.
UNNAMED = "as imported"


def by_coder(given: Iterable[ImportedCoding], people: Mapping[str, str]) -> dict[str, dict[str, ImportedCoding]]:
    """Return what each coder gave to a segment elsewhere, by the name by which a table tells coders apart.

    Args:
        given: a segment's imported codings.
        people: names of people of the store, by id; nobody else goes by one of them.

    Returns:
        By name and dimension.
    """
    out: dict[str, dict[str, ImportedCoding]] = defaultdict(dict)
    taken = {*people.values(), UNNAMED}
    for coding in given:
        if coding.person_id is not None:
            name = people.get(coding.person_id, coding.coder)
        else:
            name = told_apart(coding.coder or coding.stated[:_LONGEST_NAME], coding.tool, taken) or UNNAMED
        out[name][coding.dimension] = coding
    return dict(sorted(out.items()))


def told_apart(coder: str, tool: str, taken: Collection[str]) -> str:
    """Return how an outside coder is called among people of these names: with the tool, where one has the name."""
    return f"{coder} ({_VERSION.sub('', tool)})" if coder in taken else coder


def listed(left: Mapping[tuple[str, str], int]) -> tuple[Left, ...]:
    """Return what was counted as left, most first."""
    return tuple(Left(what, why, n) for (what, why), n in sorted(left.items(), key=lambda item: (-item[1], item[0])))
