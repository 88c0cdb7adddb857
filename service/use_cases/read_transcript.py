"""Read a transcript and cut it into segments, storing nothing; and say what each input is known as."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from service import errors
from service.domain.transcript import Segment, Transcript
from service.readers import files, participants
from service.readers.transcripts import speakers
from service.suggest.segmenter import Segmenter


@dataclass(frozen=True)
class Understanding:
    """What was understood of a file: its turns, and the segments that a coder would code."""

    transcript: Transcript
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Options:
    """How to read: who asks, the largest file, and how to cut."""

    interviewers: Collection[str] = ()
    max_bytes: int = files.MAX_BYTES
    include_interviewer: bool = False
    segment_words: int = 60


def read(
    source: Path | bytes,
    *,
    name: str = "",
    document_id: str | None = None,
    options: Options | None = None,
    segmenter: Segmenter | None = None,
) -> Understanding:
    """Read a file, or bytes under the name of one.

    Args:
        source: the file, or its bytes.
        name: the file's name where bytes are given; its end says the format.
        document_id: what the document is known as; by default the file's name.
        options: how to read.
        segmenter: what cuts turns into segments; give one to read many files.

    Raises:
        BadInput: where it can't be read (`UnreadableFile`, `TooLarge`, `MachineOutput`).
    """
    options = options or Options()
    if isinstance(source, bytes):
        transcript = files.read_transcript_bytes(
            name,
            source,
            document_id=document_id,
            interviewers=options.interviewers,
            max_bytes=options.max_bytes,
        )
    else:
        transcript = files.read_transcript(
            source, document_id=document_id, interviewers=options.interviewers, max_bytes=options.max_bytes
        )
    transcript = replace(transcript, notes=(*transcript.notes, *_notes_on_speakers(transcript)))
    segmenter = segmenter or Segmenter(options.segment_words)
    return Understanding(transcript, segmenter.segment(transcript, options.include_interviewer))


def _notes_on_speakers(transcript: Transcript) -> Iterator[str]:
    """Say so where questions can't be told from answers, which are all that is to be coded."""
    names = {turn.speaker for turn in transcript.turns if turn.speaker}
    if not names:
        yield "No speaker was recognised, so all of it becomes segments to code."
    elif len(names) > 1 and not any(turn.role for turn in transcript.turns):
        yield (
            "Who asks is not known, so every speaker's words become segments to code; "
            "say who asks (on the command line with --interviewer NAME)."
        )


def check_interviewers(named: Iterable[str], heard: Iterable[str]) -> None:
    """Refuse a name that nobody has: what was meant as a question would be coded as an answer.

    Args:
        named: who is said to ask.
        heard: the speakers of all the files.

    Raises:
        BadInput: naming the first who does not speak.
    """
    for name in unheard(named, heard):
        raise errors.BadInput(f"--interviewer {name}: no file has a speaker of this name; see `inkling read FILE`.")


def unheard(named: Iterable[str], heard: Iterable[str]) -> list[str]:
    """Return the names that no speaker has, compared as the readers do."""
    known = {speakers.key(name) for name in heard}
    return [name for name in named if speakers.key(name) not in known]


def speakers_in(understood: Iterable[Understanding]) -> set[str]:
    """Return the names of all who speak."""
    return {turn.speaker for item in understood for turn in item.transcript.turns}


def as_json(understanding: Understanding) -> dict[str, Any]:
    """Return what `inkling read --json` prints."""
    transcript = understanding.transcript
    return {
        "document_id": transcript.document_id,
        "text": transcript.text,
        "turns": [{"speaker": t.speaker, "role": t.role, "start": t.start, "end": t.end} for t in transcript.turns],
        "segments": [
            {"position": s.position, "start": s.start, "end": s.end, "text": s.text} for s in understanding.segments
        ],
        "notes": list(transcript.notes),
    }


def document_ids(inputs: Sequence[Path]) -> list[tuple[Path, str]]:
    """Say what each input's documents are known as; folders are searched for files of known formats.

    Raises:
        BadInput: where an input is not there, two would be known by one id, or a folder holds no transcript.
    """
    found = [entry for given in inputs for entry in _documents(given)]
    seen: dict[str, Path] = {}
    for path, document_id in found:
        if document_id in seen:
            raise errors.BadInput(
                f"{document_id}: two inputs would have this document id; rename one, or give the folder above both."
            )
        seen[document_id] = path
    return found


def _documents(given: Path) -> Iterator[tuple[Path, str]]:
    if not given.exists():
        raise errors.BadInput(f"{given}: there is no such file or folder.")
    if not given.is_dir():
        yield given, given.name
        return
    below = [(path, path.relative_to(given)) for path in given.rglob("*") if path.is_file()]
    kept = sorted((short.as_posix(), path) for path, short in below if _is_transcript(short))
    if not kept:
        raise errors.BadInput(f"{given.name}: the folder holds no transcript; these are: {', '.join(files.SUFFIXES)}.")
    for document_id, path in kept:
        yield path, document_id


def _is_transcript(short: Path) -> bool:
    """Leave out hidden files, Word's lock files and the list of participants."""
    hidden = any(part.startswith((".", "~$")) for part in short.parts)
    return not hidden and short.suffix.lower() in files.SUFFIXES and short.name.lower() != participants.NAME
