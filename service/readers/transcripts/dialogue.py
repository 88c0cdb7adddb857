"""From lines to utterances: headers and times go, names become speakers, wrapped lines become one again."""

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from service.readers.transcripts import headers, prefixes, speakers
from service.readers.transcripts.lines import Line, Reading, Utterance, is_stage_direction, plain
from service.readers.transcripts.prefixes import Prefix

_RULE = re.compile(r"^[-=_*~#–—•.\s]{3,}$")
_PAGE = re.compile(r"^\s*(?:page|seite|página)\s*\|?\s*\d{1,4}(?:\s*(?:of|/|de|von|sur)\s*\d{1,4})?\s*$", re.IGNORECASE)
_FRAME = re.compile(
    r"^[\W_]*(?:(?:start|beginning|end|fin)\s+(?:of\s+)?(?:the\s+|this\s+)?(?:recording|interview|transcript|transcription|audio|tape|session)"
    r"|(?:recording|interview|transcript|transcription|audio|tape|session)\s+(?:begins?|starts?|started|ends?|ended|stopped|paused|resumed)"
    r"|transcribed\s+(?:by|with)\s+\S{1,60}(?:\s\S{1,30}){0,3}|.{1,60}\s(?:started|stopped)\s+(?:transcription|recording))[\W_]*$",
    re.IGNORECASE,
)
_TAPE = re.compile(
    r"^\W*(?:start|beginning|end)\s+of\s+(?:tape|side|recording|part|audio|session)\b.{0,40}$", re.IGNORECASE
)
_NUMBER = re.compile(r"^\s*(\d{1,5})[.):]?(?:\s+|$)")
_DASH = re.compile(r"^\s*(?:[-–—‐]\s?)(?=\S)")
_TITLE_LINES = 5
_WRAP_WIDTH = 120
_LEAST_WIDTH = 45


def interpret(lines: Sequence[Line], named: Collection[str] = (), captions: bool = False) -> Reading:
    """Understand a file's lines as a conversation.

    Args:
        lines: as they stand in the file; blank ones part paragraphs.
        named: speakers that a person says there are.
        captions: whether they come from cues, which are cut anywhere and have no header.
    """
    lines = _joined_times(_unnumbered([line for line in lines if not _is_frame(line.text)]))
    header = headers.Header(0, False, frozenset()) if captions else headers.scan(lines)
    body = lines[header.end :]
    found = prefixes.marks(body, named)
    if not any(found) and not captions:
        found = _marks_below_title(body)
    body, found, notes = _after_preamble(body, found, header)
    speaks = any(found) or any(line.speaker for line in body)
    timed = _is_timed(body, found)
    if not speaks:
        body = _by_bold(body)
    elif _answers_unnamed(found):
        body = _fresh_answers(body, found)
    utterances = list(_utterances(body, found, timed, width=_width(body)))
    if not speaks:
        utterances = _by_dashes(utterances)
    return Reading(
        tuple(u for u in utterances if u.text or u.speaker is not None or u.fresh), header.interviewers, notes
    )


def _marks_below_title(body: Sequence[Line]) -> list[Prefix | None]:
    """Look for names again below a title, which hides from those of few turns that they begin the file."""
    first = next((number for number, line in enumerate(body) if prefixes.colon(line.text)), 0)
    above = [line.text for line in body[:first] if line.text.strip()]
    titles = all(headers.is_preamble(text) and not prefixes.ends_sentence(text) for text in above)
    below = prefixes.marks(body[first:]) if above and titles and len(above) <= _TITLE_LINES else []
    enough = len({prefix.key for prefix in below if prefix}) > 1
    return [*[None] * first, *below] if enough else [None] * len(body)


def _is_frame(text: str) -> bool:
    """Say whether a line is a rule, a page number, or a remark that the recording begins or ends."""
    text = text.strip()
    if not 0 < len(text) <= 160:
        return False
    rule = _RULE.match(text) is not None and not re.fullmatch(r"[.…\s]+", text)
    return rule or any(pattern.match(text) for pattern in (_PAGE, _FRAME, _TAPE))


def _unnumbered(lines: Sequence[Line]) -> list[Line]:
    """Take line numbers off where nearly every line has one and they rise by one."""
    numbers = [int(m[1]) if (m := _NUMBER.match(line.text)) else None for line in lines if line.text.strip()]
    steps = sum(b is not None and a is not None and b - a == 1 for a, b in itertools.pairwise(numbers))
    if len(numbers) < 4 or steps < 0.8 * (len(numbers) - 1):
        return list(lines)
    return [replace(line, text=_NUMBER.sub("", line.text, count=1), bold=0) for line in lines]


def _joined_times(lines: Sequence[Line]) -> list[Line]:
    """Put a time that has a line to itself before the line below it."""
    joined: list[Line] = []
    waiting = ""
    for line in lines:
        if line.speaker is None and prefixes.is_time(line.text):
            waiting = line.text.strip().strip("[](){}<>#").strip()
        elif waiting and line.text.strip():
            begun = prefixes.starts_with_time(line.text) or line.speaker is not None
            joined.append(line if begun else replace(line, text=f"[{waiting}] {line.text.strip()}", bold=0))
            waiting = ""
        else:
            joined.append(line)
    return joined


def _after_preamble(
    body: Sequence[Line], found: Sequence[Prefix | None], header: headers.Header
) -> tuple[list[Line], list[Prefix | None], tuple[str, ...]]:
    """Drop what stands above the first named speaker where it is about the interview and not part of it."""
    first = next((i for i, (line, mark) in enumerate(zip(body, found, strict=True)) if mark or line.speaker), None)
    if not first or body[0].glue == " ":
        return list(body), list(found), ()
    above = [i for i in range(first) if body[i].text.strip()]
    words = sum(len(body[i].text.split()) for i in above)
    if words > 400:
        return list(body), list(found), ()
    kept = [i for i in above if not header.keyed and not headers.is_preamble(body[i].text)]
    dropped = len(above) - len(kept)
    notes = (f"Lines above the first speaker left out as no speech: {dropped}.",) if dropped else ()
    places = [*kept, *range(first, len(body))]
    return [body[i] for i in places], [found[i] for i in places], notes


def _is_timed(body: Sequence[Line], found: Sequence[Prefix | None]) -> bool:
    """Say whether the lines without a name mostly begin with a time, as a file of timed captions does."""
    begins = prefixes.blocks(prefixes.places(body))
    blocks = [line.text for line, mark, first in zip(body, found, begins, strict=True) if first and not mark]
    return len(blocks) > 1 and sum(map(prefixes.starts_with_time, blocks)) >= 0.6 * len(blocks)


def _width(body: Sequence[Line]) -> int:
    """Return the width that lines are wrapped at; 0 where they are not."""
    longest = max((len(line.text.rstrip()) for line in body), default=0)
    return longest if longest <= _WRAP_WIDTH else _typical_width(body)


def _typical_width(body: Sequence[Line]) -> int:
    """Where a few lines are long, return the width of the many, if these are wrapped."""
    lengths = sorted(len(line.text.rstrip()) for line in body if line.text.strip())
    usual = lengths[int(0.9 * (len(lengths) - 1))]
    return usual if usual <= _WRAP_WIDTH else 0


def _utterances(body: Sequence[Line], found: Sequence[Prefix | None], timed: bool, width: int) -> Iterator[Utterance]:
    before, blank, bare_name = "", True, False
    for line, mark in zip(body, found, strict=True):
        raw = mark.rest if mark else line.text
        if not mark and line.speaker is None and prefixes.starts_with_time(raw):
            raw = prefixes.without_time(raw, bare=timed)
        text = plain(raw)
        if mark:
            yield Utterance(text, mark.name, line.role, line.glue or "\n")
        elif line.speaker is not None:
            yield Utterance(text, line.speaker, line.role, line.glue or "\n")
        elif text:
            glue = line.glue or ("\n" if bare_name else _glue(before, line.text, blank, timed, width))
            yield Utterance(text, None, line.role, glue, line.fresh)
        blank = not line.text.strip()
        bare_name = (mark is not None and not text) or (bare_name and blank)
        before = line.text if not blank else before


def _glue(before: str, text: str, blank: bool, timed: bool, width: int) -> str:
    """Say how a line without a name joins the line before it: wrapped, or a new paragraph."""
    if timed:
        return " "
    if blank or _listed(text) or is_stage_direction(text) or is_stage_direction(before):
        return "\n"
    wrapped = width >= _LEAST_WIDTH and len(before.rstrip()) >= 0.6 * width
    return " " if wrapped or (width and not prefixes.ends_sentence(before)) else "\n"


def _listed(text: str) -> bool:
    return re.match(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s", text) is not None


def _answers_unnamed(found: Sequence[Prefix | None]) -> bool:
    """Say whether only those who ask are named, so that what stands between is someone else's answer."""
    names = [mark for mark in found if mark]
    return bool(names) and all(speakers.asks(mark.name) for mark in names)


def _fresh_answers(body: Sequence[Line], found: Sequence[Prefix | None]) -> list[Line]:
    """Begin a turn of someone unnamed below each question: after a blank line, or after its question mark."""
    lines: list[Line] = []
    asking, question, blank = False, "", False
    for line, mark in zip(body, found, strict=True):
        text = line.text.strip()
        answer = asking and not mark and bool(text) and (blank or question.endswith("?"))
        lines.append(replace(line, fresh=True) if answer and not is_stage_direction(text) else line)
        asking = mark is not None or (asking and not (answer and not is_stage_direction(text)))
        question, blank = (text, False) if text else (question, True)
    return lines


def _by_bold(body: Sequence[Line]) -> list[Line]:
    """Where nobody is named but questions are set in bold, begin a turn where bold begins or ends."""
    full = [line.bold >= len(line.text.rstrip()) > 0 for line in body]
    asked = sum(bold and line.text.rstrip().endswith("?") for bold, line in zip(full, body, strict=True))
    if asked < 2 or asked < 0.6 * sum(full):
        return list(body)
    lines: list[Line] = []
    before = False
    for line, bold in zip(body, full, strict=True):
        spoken = bool(line.text.strip())
        lines.append(replace(line, fresh=True) if spoken and bold != before else line)
        before = bold if spoken else before
    return lines


def _by_dashes(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Where nobody is named but dashes mark who speaks, begin a turn at each."""
    dashed = sum(_DASH.match(utterance.text) is not None for utterance in utterances)
    if dashed < 2:
        return list(utterances)
    return [
        replace(u, text=_DASH.sub("", u.text, count=1), fresh=True) if _DASH.match(u.text) else u for u in utterances
    ]
