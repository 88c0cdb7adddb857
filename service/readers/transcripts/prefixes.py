"""Where a line names its speaker: the shapes that tools and typists use, and which of them a file really means."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from service.readers.transcripts import speakers
from service.readers.transcripts.lines import BRACKETED, STAMP, Line

_HEAD = 160  # a name and its time stand in the first characters of a line; the rest is not searched
_NAME = r"(?P<name>[^\s:：][^:：]{0,59}?)"
_COLON = re.compile(
    rf"^\s*(?:(?P<before>{STAMP})\s*[-–—|]?\s*)?{_NAME}\s*[,|–-]?\s*(?P<after>{STAMP})?\s*[:：](?!//)\s*"
    rf"(?P<inside>{BRACKETED}\s*)?(?P<rest>.*)$"
)
_NAME_FIRST = re.compile(rf"^\s*{_NAME}\s*[,|–-]?\s*(?P<after>{STAMP})\s*$")
_TIME_FIRST = re.compile(rf"^\s*(?P<before>{STAMP})\s*[-–—|]?\s*{_NAME}\s*$")
_TIME_BETWEEN = re.compile(rf"^\s*{_NAME}\s*(?P<after>{BRACKETED})\s*(?P<rest>\S.*)$")
_TABBED = re.compile(rf"^\s*(?:{STAMP}\s*)?(?P<name>[^\s:：][^\t]{{0,39}}?)(?: ?\t[\t ]*| {{3,}})(?P<rest>\S.*)$")
_DOTTED = re.compile(r"^\s*(?P<name>[IPRQA]\d?)(?:\.|\)|\s+[-–—])\s+(?P<rest>\S.*)$")
_DASHED = re.compile(r"^\s*(?P<name>[^\s:：].{0,39}?)\s+[-–—]\s+(?P<rest>\S.*)$")
_ENCLOSED = re.compile(rf"^\s*(?:{STAMP}\s*)?[\[(<](?P<name>[^\[\]()<>:]{{1,40}})[\])>]\s+(?P<rest>\S.*)$")
_BULLET = re.compile(r"^\s*(?:[-–—•](?!\s*>)\s*)?")
_MARKDOWN = re.compile(r"^(\s*)(\*\*|__)(?P<inner>[^*_]{1,80}?)\2(?P<colon>\s*:?)")
_WRAPPED = re.compile(r"^[\[<(](?P<name>[^\[\]<>()]{1,60})[\])>]$")
_LEADING_TIME = re.compile(rf"^\s*(?:{STAMP})(?=\s|$|[-–—|])\s*[-–—|]?\s*")
_LEADING_BRACKET = re.compile(rf"^\s*{BRACKETED}\s*[-–—|]?\s*")
_GAP = re.compile(r"\s{3,}")
_ONLY_TIME = re.compile(rf"^\s*{STAMP}\s*$")
_ENDS = re.compile(r"""[.?!…:;—–\-♪。！？][\s"'”’»)\]*]*$|[)\]#]\s*$""")


@dataclass(frozen=True, slots=True)
class Prefix:
    """A line read as `name` and `rest`; `kind` is the shape it was read by."""

    name: str
    rest: str
    kind: str
    #: A time or brackets stand with the name, as no ordinary sentence has it.
    marked: bool = False

    @property
    def key(self) -> str:
        """The name as it is compared."""
        return speakers.key(self.name)


def starts_with_time(text: str) -> bool:
    """Say whether a line begins with a time."""
    return _LEADING_TIME.match(text.lstrip()[:_HEAD]) is not None


def without_time(text: str, bare: bool) -> str:
    """Return a line without the time that it begins with; one without brackets counts only where `bare` says so."""
    return (_LEADING_TIME if bare else _LEADING_BRACKET).sub("", text.lstrip(), count=1)


def is_time(text: str) -> bool:
    """Say whether a line is nothing but a time."""
    return len(text) < _HEAD and _ONLY_TIME.match(text.strip()) is not None


def ends_sentence(text: str) -> bool:
    """Say whether a line ends as a sentence or remark does."""
    return _ENDS.search(text[-20:].rstrip()) is not None


def colon(text: str) -> Prefix | None:
    """Read a line as `Name: words`, with a time before or after the name or not at all."""
    head, tail = _parted(text)
    if ":" not in head and "：" not in head:
        return None
    match = _COLON.match(head)
    if match is None:
        return None
    name, wrapped = _unwrapped(match["name"])
    clock = name[-1:].isdigit() and match["rest"][:1].isdigit() and ": " not in head[: match.start("rest")]
    if clock or not speakers.could_be_name(name):
        return None
    timed = bool(match["before"] or match["after"] or match["inside"])
    return Prefix(name, match["rest"] + tail, "colon", timed or wrapped)


def heading(text: str) -> Prefix | None:
    """Read a line as nothing but a name and a time, in either order."""
    text, tail = _parted(text)
    if tail or ":" not in text:
        return None
    text = text.rstrip(": ")
    for kind, pattern in (("name-time", _NAME_FIRST), ("time-name", _TIME_FIRST)):
        match = pattern.match(text)
        if match:
            name, wrapped = _unwrapped(match["name"].rstrip(" :"))
            if speakers.could_be_name(name):
                return Prefix(name, "", kind, wrapped)
    return None


def _shaped(kind: str, pattern: re.Pattern[str], text: str) -> Prefix | None:
    text = text.strip() if kind == "tab" else _GAP.sub("  ", text.strip())
    match = pattern.match(text[:_HEAD])
    if match is None:
        return None
    name, _ = _unwrapped(match["name"].rstrip(" :"))
    return Prefix(name, match["rest"] + text[_HEAD:], kind) if speakers.is_name(name) else None


def _parted(text: str) -> tuple[str, str]:
    """Part a line into the beginning that is searched, its wide gaps narrowed, and what follows."""
    text = _unmarked(text.strip())
    return _GAP.sub("  ", text[:_HEAD]), text[_HEAD:]


def _unmarked(text: str) -> str:
    """Take the dash or bullet before a name off, and the asterisks of Markdown's bold."""
    text = _BULLET.sub("", text, count=1)
    return _MARKDOWN.sub(r"\1\g<inner>\g<colon>", text, count=1) if text[:2] in ("**", "__") else text


def _unwrapped(name: str) -> tuple[str, bool]:
    name = name.strip().strip("*_ ").strip()
    match = _WRAPPED.match(name)
    return (match["name"].strip(), True) if match else (name, False)


@dataclass(frozen=True, slots=True)
class Place:
    """A line, its number, and what its surroundings say about whether a turn may begin there."""

    line: Line
    #: It comes first, or after a blank line.
    block: bool
    #: The line before it ended a sentence, or there is none.
    rested: bool


def places(lines: Sequence[Line]) -> list[Place]:
    """Say of each line how it stands among the others."""
    found: list[Place] = []
    blank, rested = True, True
    for line in lines:
        found.append(Place(line, blank or line.first or line.speaker is not None, blank or rested))
        blank = not line.text.strip()
        rested = ends_sentence(line.text) if not blank else rested
    return found


def marks(lines: Sequence[Line], named: Collection[str] = ()) -> list[Prefix | None]:
    """Return for each line the speaker's name that the file means it to begin with, or None.

    Args:
        lines: as they stand in the file.
        named: who a person says is a speaker; one of them before words is proof that lines begin with names.
    """
    everything = places(lines)
    shapes = (_colons, _headings, _between, _tabbed, _enclosed, _bold, _dotted, _dashed, _capitals, _repeated)
    wanted = {speakers.key(name) for name in named}
    for find in shapes:
        found = find(everything)
        if any(found):
            return _joined_by_named(found, everything, wanted)
    return _proven(everything, wanted)


def _joined_by_named(
    found: list[Prefix | None], everything: Sequence[Place], wanted: Collection[str]
) -> list[Prefix | None]:
    """Add the known names to names before colons; other shapes say by themselves where a name stands."""
    if not wanted or any(prefix and prefix.kind != "colon" for prefix in found):
        return found
    before = (colon(place.line.text) if _usable(place) else None for place in everything)
    return [
        mark or (prefix if prefix and prefix.key in wanted else None)
        for mark, prefix in zip(found, before, strict=True)
    ]


def _proven(everything: Sequence[Place], wanted: Collection[str]) -> list[Prefix | None]:
    """Accept the known names, before a colon or alone on a line, and others that stand as they do."""
    before = [colon(place.line.text) if _usable(place) else None for place in everything]
    if any(prefix and prefix.key in wanted for prefix in before):
        return [p if p and (p.key in wanted or speakers.is_name(p.name)) else None for p in before]
    alone = [_alone(place, following) for place, following in _pairs(everything)]
    known = [prefix for prefix in alone if prefix and prefix.key in wanted]
    if not known:
        return [None] * len(everything)
    capitals = all(prefix.name.isupper() for prefix in known)
    others = [
        p if p and (p.name.isupper() if capitals else place.block) else None
        for place, p in zip(everything, alone, strict=True)
    ]
    return [p if p and p.key in wanted else other for p, other in zip(alone, others, strict=True)]


def _usable(place: Place) -> bool:
    return place.line.speaker is None and bool(place.line.text.strip())


def _each(everything: Sequence[Place], kind: str, pattern: re.Pattern[str], signs: str) -> list[Prefix | None]:
    """Read each line by a shape; `signs` are the characters one of which it needs."""
    return [
        _shaped(kind, pattern, place.line.text)
        if any(sign in place.line.text for sign in signs) and _usable(place)
        else None
        for place in everything
    ]


def _colons(everything: Sequence[Place]) -> list[Prefix | None]:
    """Names before a colon, and beside them lines of only a name and a time."""
    found = [colon(place.line.text) if _usable(place) else None for place in everything]
    heads = _headings(everything)
    if sum(map(bool, heads)) >= 2:
        names = {head.key for head in heads if head}
        return [head or (p if p and p.key in names else None) for head, p in zip(heads, found, strict=True)]
    accepted = _accepted(everything, found)
    return [prefix if prefix and prefix.key in accepted else None for prefix in found]


def _accepted(everything: Sequence[Place], found: Sequence[Prefix | None]) -> frozenset[str]:
    """Decide which names before a colon are speakers: by shape and by evidence."""
    seen = [(place, prefix) for place, prefix in zip(everything, found, strict=True) if prefix]
    counts = Counter(prefix.key for _, prefix in seen)
    named = {prefix.key for _, prefix in seen if speakers.is_name(prefix.name)}
    density = sum(prefix.key in named for _, prefix in seen) / max(1, _count(everything, blocks=False))
    resting = {prefix.key for place, prefix in seen if place.rested or density >= 0.9}
    letters = {prefix.key for _, prefix in seen if speakers.is_letter(prefix.name)}
    sure = {prefix.key for place, prefix in seen if prefix.key in named and _evident(place, prefix)}
    sure -= letters if len(letters) < 2 and not any(counts[letter] > 1 for letter in letters) else set()
    sure |= {name for name in named if counts[name] > 1 and (name in resting or density >= 0.6)}
    sure |= _by_coverage(everything, seen, counts)
    if sure:
        return frozenset(sure | (named & resting - letters))
    first = next((place for place in everything if _usable(place)), None)
    opening = {prefix.key for place, prefix in seen if place.block and prefix.key in named}
    leads = any(place is first and prefix.key in named for place, prefix in seen)
    alone = sum(map(_usable, everything)) <= 2
    return (
        frozenset(named & resting) if leads and (alone or len(opening) > 1 or len(named & resting) > 1) else frozenset()
    )


def _evident(place: Place, prefix: Prefix) -> bool:
    role = speakers.is_role(prefix.name) and place.rested
    bold = place.line.bold >= len(prefix.name) and place.line.bold <= len(prefix.name) + 4 and place.rested
    return role or bold or prefix.marked or speakers.is_letter(prefix.name)


def _by_coverage(
    everything: Sequence[Place], seen: Sequence[tuple[Place, Prefix]], counts: Counter[str]
) -> frozenset[str]:
    """Accept names of any shape, such as `jane doe` or `Jane's iPhone`, where nearly every block begins with one."""
    blocks, every = _count(everything, blocks=True), _unparted(everything)
    named = [prefix for place, prefix in seen if every or place.block]
    if blocks < 4 or len(named) < 0.7 * blocks:
        return frozenset()
    return frozenset(prefix.key for prefix in named if counts[prefix.key] > 1)


def _headings(everything: Sequence[Place]) -> list[Prefix | None]:
    found = [heading(place.line.text) if _usable(place) else None for place in everything]
    counts = Counter(prefix.key for prefix in found if prefix)
    first = [p for p in found if p and p.kind == "name-time" and _plausible(p, counts)]
    kinds = {"name-time"} if len(first) > 1 else set()
    kinds |= {"time-name"} if _names_below_times(everything, found, counts) else set()
    return [p if p and p.kind in kinds and _plausible(p, counts) else None for p in found]


def _plausible(prefix: Prefix, counts: Counter[str]) -> bool:
    known = speakers.is_name(prefix.name) or counts[prefix.key] > 1
    return known and (prefix.kind == "name-time" or not prefix.name.endswith((".", ",", "!")))


def _names_below_times(everything: Sequence[Place], found: Sequence[Prefix | None], counts: Counter[str]) -> bool:
    """Say whether nearly all lines with a time before them hold a name, with words below, and not words alone."""
    timed = sum(_usable(place) and starts_with_time(place.line.text) for place in everything)
    named = [
        prefix
        for prefix, (_, below) in zip(found, _pairs(everything), strict=True)
        if prefix and prefix.kind == "time-name" and _plausible(prefix, counts) and below and below.line.text.strip()
    ]
    comes_back = any(counts[prefix.key] > 1 or speakers.is_role(prefix.name) for prefix in named)
    return len(named) > 1 and len(named) >= 0.7 * timed and comes_back


def _between(everything: Sequence[Place]) -> list[Prefix | None]:
    """`Name [00:01:02] words`, as Trint writes it."""
    return _kept(_each(everything, "between", _TIME_BETWEEN, ":"), everything, share=0.3)


def _tabbed(everything: Sequence[Place]) -> list[Prefix | None]:
    return _kept(_each(everything, "tab", _TABBED, "\t "), everything, share=0.4)


def _enclosed(everything: Sequence[Place]) -> list[Prefix | None]:
    """`[Interviewer] words` or `<Jane> words`: roles, or most blocks, as [Laughs] is only a remark."""
    found = _each(everything, "enclosed", _ENCLOSED, "[(<")
    sure = [p if p and _in_role(p) else None for p in found]
    usual = _kept(found, everything, share=0.6)
    return sure if sum(map(bool, sure)) > 1 and not any(usual) else usual


def _dashed(everything: Sequence[Place]) -> list[Prefix | None]:
    found = _each(everything, "dash", _DASHED, "-–—")
    return _kept(found, everything, share=0.6)


def _dotted(everything: Sequence[Place]) -> list[Prefix | None]:
    """`Q. words` and `A. words`, as depositions have it; both must occur."""
    found = _kept(_each(everything, "dot", _DOTTED, ".)-–—"), everything, share=0.4)
    return found if len({prefix.name[0] for prefix in found if prefix}) > 1 else [None] * len(found)


def _bold(everything: Sequence[Place]) -> list[Prefix | None]:
    """A name in bold, then words that are not."""
    found: list[Prefix | None] = []
    for place in everything:
        text, bold = place.line.text, place.line.bold
        name = text[:bold].strip(" :\t")
        usable = _usable(place) and 0 < bold <= 41 and speakers.is_name(name)
        found.append(Prefix(name, text[bold:], "bold") if usable else None)
    return _kept(found, everything, share=0.4)


def _capitals(everything: Sequence[Place]) -> list[Prefix | None]:
    """A name in capitals alone on its line, the words below."""
    found = [_alone(place, following) for place, following in _pairs(everything)]
    found = [prefix if prefix and prefix.name.isupper() else None for prefix in found]
    return _kept(found, everything, share=0.15, once=True)


def _repeated(everything: Sequence[Place]) -> list[Prefix | None]:
    """A name alone on the first line of nearly every block, the words below."""
    found = [_alone(place, following) if place.block else None for place, following in _pairs(everything)]
    return _kept(found, everything, share=0.6)


def _pairs(everything: Sequence[Place]) -> list[tuple[Place, Place | None]]:
    return list(zip_longest(everything, everything[1:]))


def _alone(place: Place, following: Place | None) -> Prefix | None:
    text = place.line.text.strip()
    if not _usable(place) or following is None or not following.line.text.strip() or len(text) > 41:
        return None
    text, _ = _unwrapped(text)
    fits = speakers.is_name(text) and not text.endswith((".", ",", "!", "-")) and not text.isdigit()
    return Prefix(text, "", "alone") if fits else None


def _kept(
    found: Sequence[Prefix | None], everything: Sequence[Place], share: float, once: bool = False
) -> list[Prefix | None]:
    """Keep names that come back, where they begin enough of the blocks; others beside them only if `once` says so."""
    counts = Counter(prefix.key for prefix in found if prefix)
    back = [p if p and (counts[p.key] > 1 or _in_role(p)) else None for p in found]
    total = sum(map(bool, back))
    if total < 2 or total < share * _count(everything, blocks=True):
        return [None] * len(found)
    return list(found) if once else back


def _in_role(prefix: Prefix) -> bool:
    return speakers.is_role(prefix.name) or speakers.is_numbered(prefix.name)


def _count(everything: Sequence[Place], blocks: bool) -> int:
    """Count the lines, or the blocks of them; each line is a block where hardly any is blank."""
    every = not blocks or _unparted(everything)
    return sum(_usable(place) and (every or place.block) for place in everything)


def blocks(everything: Sequence[Place]) -> list[bool]:
    """Say of each line whether a block begins with it."""
    every = _unparted(everything)
    return [bool(place.line.text.strip()) and (every or place.block) for place in everything]


def _unparted(everything: Sequence[Place]) -> bool:
    return sum(place.block for place in everything[:2000]) <= 2
