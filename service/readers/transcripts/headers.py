"""The block above an interview that says what it is, when it was, who was there and who asks."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.readers.transcripts import prefixes, speakers
from service.readers.transcripts.lines import Line, word_set

_KEYS = word_set(
    "title date time place location venue setting duration length language project study file filename audio "
    "recording recorded transcriber transcription transcript interview present attendees attending attendance "
    "subject topic theme version status id code pseudonym age gender sex occupation organisation organization "
    "position role consent keywords note notes episode site region ref reference document doc session wave group "
    "email phone town city country community program programme agency employer job year day name names speakers "
    "legend key context summary copyright confidential équipe titre lieu durée langue projet enregistrement "
    "transcripteur présents présentes datum ort dauer sprache projekt fecha lugar título duración"
)
_GROUPS = frozenset({"participants", "interviewees", "respondents", "informants", "narrators", "participant(s)"})
_KEY_STARTS = (
    "date ", "interview ", "participant ", "transcri", "recording ", "recorded ", "audio ", "file ", "persons present",
    "people present", "start ", "end ", "time ", "place ", "length ", "interviewed ", "conducted ", "study ",
    "project ", "in attendance", "job ", "date de", "fait par",
)  # fmt: skip
_ASKING_KEYS = re.compile(
    r"^(?:interview(?:er|ers|er\(s\)|ed by|er name)|interview (?:conducted )?by|conducted by|moderators?|researchers?|"
    r"facilitators?|hosts?|asked by|intervieweu(?:r|se)|enquêt(?:eur|rice))\b"
)
_PRESENT_KEYS = re.compile(r"^(?:persons? |people )?(?:present|attendees|in attendance|speakers|legend|key|names)\b")
_ENTRY = re.compile(r"^\s*(?P<key>[^\s:=][^:=]{0,40}?)\s*(?:[:：]|\s=\s|\t)\s*(?P<value>.*)$")
_PERSON_ROLE = re.compile(r"^(?P<name>.+?)\s*(?:[-–—=,]\s*|\()(?P<role>[^()\-–—=]{1,40})\)?$")
#: A participant's number and what they do: `P29, outreach worker`.
_CODED_PERSON = re.compile(r"^[A-Z]{1,3}-?\d{1,4},\s")
_SPEECH_END = re.compile(r"[.?!…,;][\"'”’)]*$")
_ABOUT = re.compile(
    r"transcri|record|interview|conducted|pseudonym|anonymi|confidential|copyright|edited for|all rights|page \d",
    re.IGNORECASE,
)
_DEPTH = 80


@dataclass
class _Found:
    """What has been seen of the header so far."""

    end: int = 0
    keyed: bool = False
    #: Lines such as `Interviewer: Jane`, which may be speech: their places.
    tentative: list[int] = field(default_factory=list)
    people: list[tuple[int, str]] = field(default_factory=list)
    listing: bool = False


@dataclass(frozen=True)
class Header:
    """How many lines the header has, whether it has keys, and whom it names as asking."""

    end: int
    keyed: bool
    interviewers: frozenset[str]


def scan(lines: Sequence[Line]) -> Header:
    """Find the header at the top of a file's lines."""
    names = [prefix for line in lines if line.speaker is None and (prefix := prefixes.colon(line.text))]
    counts = Counter(prefix.key for prefix in names)
    found = _Found()
    for number, line in enumerate(lines[:_DEPTH]):
        if line.speaker is not None:
            break
        if not line.text.strip():
            found.listing = False
        elif not _take(number, line.text, counts, found):
            break
    return _judged(found, counts)


def _take(number: int, text: str, counts: Counter[str], found: _Found) -> bool:
    """Take one line into the header; False where the header is over."""
    entry = _ENTRY.match(text[:400])
    kind = _kind(entry["key"], entry["value"], counts, found) if entry else ""
    if entry and kind:
        found.end = number + 1
        found.keyed |= kind == "key"
        if kind == "role":
            found.tentative.append(number)
        found.listing = _PRESENT_KEYS.match(speakers.key(entry["key"])) is not None
        found.people += [(number, name) for name in _people(entry["key"], entry["value"], found.listing)]
        return True
    if prefixes.colon(text):
        return False
    if found.listing:
        found.end = number + 1
        found.people += [(number, name) for name in _people("present", text, True)]
        return True
    return not (len(text.split()) > 12 and prefixes.ends_sentence(text))


def _kind(key: str, value: str, counts: Counter[str], found: _Found) -> str:
    """Return `key`, `role` (may be speech), or "" for a line that is no part of a header."""
    folded = speakers.key(key.strip("*_ "))
    value = value.strip().strip("*_").strip()
    calm = not _SPEECH_END.search(value) and len(value.split()) <= 8
    if folded in _GROUPS and calm and value:
        return "key"
    if _PRESENT_KEYS.match(folded) or (folded in _KEYS and (calm or len(value) < 120)):
        return "key"
    if folded.startswith(_KEY_STARTS) and not speakers.is_numbered(key):
        return "key"
    if _legend(key, value):
        return "role"
    if speakers.is_role(key):
        return "role" if _person_like(value) or (calm and _CODED_PERSON.match(value)) else ""
    if found.keyed and calm and value and counts[folded] <= 1 and speakers.could_be_name(key):
        return "key"
    return ""


def _legend(key: str, value: str) -> bool:
    """Recognise `I: Interviewer` and `JD = Jane Doe (interviewer)`."""
    short = len(key) <= 4 and key[:1].isupper()
    match = _PERSON_ROLE.match(value)
    return short and (
        (speakers.is_role(value) and len(value.split()) <= 3 and not _SPEECH_END.search(value))
        or (match is not None and speakers.is_role(match["role"]) and speakers.is_name(match["name"]))
    )


def _person_like(value: str) -> bool:
    """Say whether a value is a person's name or number and no greeting: `Jane Smith`, `P07`, `Jane (JS), Tom`."""
    parts = [part.strip() for part in re.split(r"[,;&/]| and ", re.sub(r"\([^()]*\)", "", value)) if part.strip()]
    return (
        bool(parts)
        and not _SPEECH_END.search(value.rstrip(".") + " ")
        and all(map(speakers.is_name, parts))
        and not (value.endswith((".", "?", "!")) and not speakers.is_name(value))
    )


def _people(key: str, value: str, listing: bool) -> list[str]:
    """Return the names, initials and letters of those who ask."""
    folded = speakers.key(key.strip("*_ "))
    if _ASKING_KEYS.match(folded):
        return [name for part in re.split(r"[;,&/]| and ", value) for name in _aliases(part)]
    if not listing:
        return _aliases(key) + _aliases(_person_of(value)) if _asking_role(value) else []
    parts = re.split(r"[;,](?![^()]*\))", value)
    return [name for part in parts if _asking_role(part) for name in _aliases(_person_of(part))] + [
        code for part in parts if (code := _code_of(part))
    ]


def _asking_role(text: str) -> bool:
    """Say whether a remark such as `Jane (interviewer)` or `Jane - I` gives an asking role."""
    match = _PERSON_ROLE.match(text.strip())
    role = match["role"].strip() if match else text.strip()
    return bool(set(speakers.words(role)) & speakers.ASKING) or role in ("I", "INT", "Int")


def _person_of(text: str) -> str:
    match = _PERSON_ROLE.match(text.strip())
    return match["name"] if match else ""


def _code_of(text: str) -> str:
    match = _PERSON_ROLE.match(text.strip())
    return match["role"].strip() if match and match["role"].strip() in ("I", "INT", "Int") else ""


def _aliases(part: str) -> list[str]:
    """Return a person's name and what stands in brackets behind it: `Jane Smith (JS)`."""
    inner = re.findall(r"[(\[]([^()\[\]]{1,40})[)\]]", part)
    outer = re.sub(r"[(\[][^()\[\]]*[)\]]", "", part).strip(" *_-–.\t")
    return [name.strip() for name in (outer, *inner) if name.strip()]


def _judged(found: _Found, counts: Counter[str]) -> Header:
    """Keep the lines that may be speech only where something else says they are the header's."""
    sure = found.keyed or len(found.tentative) > 1
    if found.tentative and not sure:
        place = found.tentative[0]
        sure = any(
            speakers.matches(name.upper(), person) for at, person in found.people if at == place for name in counts
        )
        if not sure:
            people = frozenset(name for at, name in found.people if at < place)
            return Header(0, False, people)
    return Header(found.end, found.keyed or bool(found.tentative), frozenset(name for _, name in found.people))


def is_preamble(text: str) -> bool:
    """Say whether a line before the first named speaker is about the interview rather than part of it."""
    prose = len(text.split()) >= 6 and re.search(r"[.?!…][\"'”’)\]]*$", text.strip()) is not None
    return not prose or _ABOUT.search(text) is not None


def is_key(text: str) -> bool:
    """Say whether a text is what a header's line begins with: Date, Place, Interviewer."""
    folded = speakers.key(text.strip("*_: "))
    return (
        folded in _KEYS or folded.startswith(_KEY_STARTS) or (bool(folded) and _ASKING_KEYS.match(folded) is not None)
    )
