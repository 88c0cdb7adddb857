"""From utterances to a transcript: one canonical text, turns with offsets, roles."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from service import errors
from service.domain.transcript import Role, Transcript, Turn
from service.readers.transcripts import speakers
from service.readers.transcripts.lines import Reading, Utterance

_BETWEEN_TURNS = "\n\n"
_INITIALS = re.compile(r"^[A-Z]{2,4}$")


@dataclass
class _Stretch:
    """A turn while it grows."""

    speaker: str
    role: Role
    pieces: list[str] = field(default_factory=list)

    def add(self, utterance: Utterance) -> None:
        if utterance.text:
            self.pieces += [utterance.glue, utterance.text] if self.pieces else [utterance.text]


def transcript(document_id: str, name: str, reading: Reading, interviewers: Collection[str] = ()) -> Transcript:
    """Build the transcript of a reading.

    Args:
        document_id: what the document is known as.
        name: the file's name, for messages.
        reading: what a reader understood.
        interviewers: speakers that a person says are interviewers.

    Raises:
        UnreadableFile: where nothing was spoken.
    """
    stretches = [stretch for stretch in _merged(reading.utterances) if "".join(stretch.pieces).strip()]
    if not stretches:
        raise errors.UnreadableFile(f"{name}: it holds no speech; a transcript has the words that were spoken.")
    names, notes = _spellings([stretch.speaker for stretch in stretches])
    stretches = _rejoined(stretches, names)
    roles = _roles(stretches, interviewers, reading.interviewers)
    turns, texts, at = [], [], 0
    for stretch in stretches:
        text = "".join(stretch.pieces).strip()
        turns.append(Turn(stretch.speaker, roles.get(stretch.speaker, ""), at, at + len(text)))
        texts.append(text)
        at += len(text) + len(_BETWEEN_TURNS)
    return Transcript(document_id, _BETWEEN_TURNS.join(texts), tuple(turns), reading.notes + notes)


def _merged(utterances: Sequence[Utterance]) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    for utterance in utterances:
        goes_on = utterance.speaker is None or (
            stretches and speakers.key(stretches[-1].speaker) == speakers.key(utterance.speaker)
        )
        if not stretches or utterance.fresh or not goes_on:
            speaker = utterance.speaker or ""
            stretches.append(_Stretch(" ".join(speaker.split()), utterance.role))
        stretches[-1].add(utterance)
    return stretches


def _spellings(names: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Give each speaker one spelling, and initials the full name where only one has them."""
    counts = Counter(names)
    best: dict[str, str] = {}
    for name in counts:
        known = best.setdefault(speakers.key(name), name)
        if counts[name] > counts[known]:
            best[speakers.key(name)] = name
    spelling = {name: best[speakers.key(name)] for name in counts}
    notes = []
    for name in sorted({name for name in spelling.values() if _INITIALS.match(name)}):
        full = {other for other in spelling.values() if " " in other and speakers.initials(other) == name}
        if len(full) == 1:
            (other,) = full
            spelling |= {written: other for written, used in spelling.items() if used == name}
            notes.append(f"{name} was read as {other}.")
    return spelling, tuple(notes)


def _rejoined(stretches: Sequence[_Stretch], names: dict[str, str]) -> list[_Stretch]:
    joined: list[_Stretch] = []
    for stretch in stretches:
        stretch.speaker = names[stretch.speaker]
        if joined and stretch.speaker and joined[-1].speaker == stretch.speaker:
            joined[-1].pieces += ["\n", *stretch.pieces]
        else:
            joined.append(stretch)
    return joined


def _roles(stretches: Sequence[_Stretch], named: Collection[str], introduced: Collection[str]) -> dict[str, Role]:
    """Take roles from the file's own column where it has one, else from names and header."""
    told: dict[str, Role] = {stretch.speaker: stretch.role for stretch in stretches if stretch.role and stretch.speaker}
    everyone = [stretch.speaker for stretch in stretches]
    if told and not named:
        return told
    return dict(speakers.roles(everyone, named, introduced))
