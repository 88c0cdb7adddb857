"""The registry of formats, and the two ways in: a path, or bytes with a name."""

import codecs
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from service import errors
from service.domain.transcript import Transcript
from service.readers.transcripts import assemble, csv, docx, odt, olddoc, rtf, sbv, srt, txt, vtt, xlsx
from service.readers.transcripts.lines import Reading

Reader = Callable[[str, bytes, Collection[str]], Reading]

#: How each format is read, by the end of the file's name.
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".docx": docx.read,
        ".odt": odt.read,
        ".rtf": rtf.read,
        ".vtt": vtt.read,
        ".srt": srt.read,
        ".sbv": sbv.read,
        ".txt": txt.read,
        ".csv": csv.read,
        ".xlsx": xlsx.read,
    }
)
SUFFIXES = tuple(READERS)
#: Formats that people have and that can't be read, with the reader that says what to do instead.
_REFUSED: Mapping[str, Reader] = MappingProxyType({".doc": olddoc.read})
MAX_BYTES = 50_000_000

_FORMATS = ", ".join(SUFFIXES)
#: What files begin with that are not what their name says.
_BEGINNINGS = (
    (b"PK\x03\x04", "a zip archive, such as .docx or .xlsx"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "rich text (.rtf)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
)
#: Formats whose readers say what a file is that is none.
_OWN_CHECKS = frozenset({".docx", ".odt", ".rtf", ".xlsx", ".doc"})
_HTML = re.compile(rb"^\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)
_WEBVTT = re.compile(rb"^WEBVTT")
_YOUTUBE = re.compile(rb"^\s*\d{1,2}:\d{2}:\d{2}\.\d{3},\d{1,2}:\d{2}:\d{2}\.\d{3}\s*\r?\n")
_SUBRIP = re.compile(rb"^\s*\d+\s*\r?\n\s*\d{1,2}:\d{2}:\d{2}[.,]\d{1,3}\s*-->")


def read_transcript(
    path: Path, *, document_id: str | None = None, interviewers: Collection[str] = (), max_bytes: int = MAX_BYTES
) -> Transcript:
    """Read a transcript from a file.

    Args:
        path: the file; the end of its name says the format.
        document_id: what the document is known as; by default the file's name.
        interviewers: speakers who ask; with them the file's header is not asked who does.
        max_bytes: the largest file that is read.

    Raises:
        UnreadableFile: naming file, place and what would be right.
        TooLarge: where the file is larger than allowed.
        MachineOutput: where the file holds suggestions.
    """
    _check_file(path)
    _known(path.name)
    content = read_bytes(path, max_bytes)
    return read_transcript_bytes(
        path.name, content, document_id=document_id, interviewers=interviewers, max_bytes=max_bytes
    )


def read_transcript_bytes(
    name: str,
    content: bytes,
    *,
    document_id: str | None = None,
    interviewers: Collection[str] = (),
    max_bytes: int = MAX_BYTES,
) -> Transcript:
    """Read a transcript from bytes, such as an upload; otherwise as `read_transcript`."""
    reader = _known(name)
    if len(content) > max_bytes:
        raise too_large(name, max_bytes)
    short = PurePosixPath(name).name
    _check_beginning(short, content)
    return assemble.transcript(document_id or short, short, reader(short, content, interviewers), interviewers)


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """Return a file's bytes, never more than allowed.

    Raises:
        UnreadableFile: where there is no such file or it can't be opened.
        TooLarge: where it is larger than allowed.
    """
    _check_file(path)
    try:
        if path.stat().st_size > max_bytes:
            raise too_large(path.name, max_bytes)
        with path.open("rb") as stream:
            content = stream.read(max_bytes + 1)
    except OSError as problem:
        raise errors.UnreadableFile(f"{path.name}: it can't be opened ({problem.strerror}).") from None
    if len(content) > max_bytes:
        raise too_large(path.name, max_bytes)
    return content


def _check_file(path: Path) -> None:
    if not path.exists():
        raise errors.UnreadableFile(f"{path.name}: there is no such file.")
    if path.is_dir():
        raise errors.UnreadableFile(f"{path.name}: this is a folder, not a file; name one in it.")
    if not path.is_file():
        raise errors.UnreadableFile(f"{path.name}: this is not a file.")


def too_large(name: str, max_bytes: int) -> errors.TooLarge:
    """Return the refusal of a file that is larger than allowed."""
    return errors.TooLarge(f"{name}: larger than the allowed {max_bytes:,} bytes.")


def _known(name: str) -> Reader:
    reader = READERS.get(_suffix(name)) or _REFUSED.get(_suffix(name))
    if reader is None:
        raise errors.UnreadableFile(f"{PurePosixPath(name).name}: this format can't be read; these can: {_FORMATS}.")
    return reader


def _check_beginning(name: str, content: bytes) -> None:
    """Refuse a file that is empty, or a text format that begins as something else does."""
    if not content.strip(b"\0 \t\r\n"):
        raise errors.UnreadableFile(f"{name}: the file is empty; a transcript has the words that were spoken.")
    if _suffix(name) in _OWN_CHECKS:
        return
    for beginning, what in _BEGINNINGS:
        if content.startswith(beginning):
            raise errors.UnreadableFile(f"{name}: by its content this is {what}, not {_suffix(name)}.")
    if _HTML.match(content[:200]):
        raise errors.UnreadableFile(f"{name}: by its content this is a web page or XML, not {_suffix(name)}.")
    if _suffix(name) in (".txt", ".csv", ".sbv"):
        _check_captions(name, content[:200].removeprefix(codecs.BOM_UTF8))


def _check_captions(name: str, head: bytes) -> None:
    kinds = ((_WEBVTT, ".vtt"), (_SUBRIP, ".srt"), (_YOUTUBE, ".sbv"))
    for pattern, suffix in kinds:
        if suffix != _suffix(name) and pattern.match(head):
            raise errors.UnreadableFile(f"{name}: by its content these are captions; name the file {suffix}.")


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
