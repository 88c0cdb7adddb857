"""From bytes to text: byte-order mark, strict UTF-8, then a guess limited to a short list, which is always noted."""

import codecs
import re
from dataclasses import dataclass

from service import errors

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Encodings a transcript may be guessed to be in; a longer list mistakes Spanish for Polish.
_GUESSES = ["cp1252", "mac_roman"]
_WESTERN = frozenset("àâäáãåçéèêëíîïìñóôöòõøúûüùÿœæßÀÂÄÁÅÇÉÈÊËÍÎÏÑÓÔÖØÚÛÜŒÆ‘’“”«»–—…¿¡°•€£§©®½\u00a0")
_SAMPLE = 200_000
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True)
class Decoded:
    """A file's text, its line ends all newlines, and what a person should know about how it was read."""

    text: str
    notes: tuple[str, ...] = ()


def decode(name: str, content: bytes) -> Decoded:
    """Return the text of a file.

    Raises:
        UnreadableFile: where the bytes are no text, or in an encoding that can't be told.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return Decoded(_tidy(name, _strict(name, content[len(mark) :], encoding)))
    wide = _wide(content)
    if wide:
        return Decoded(_tidy(name, _strict(name, content, wide)), (f"Read as {wide.upper()}, a guess.",))
    if b"\0" in content:
        raise errors.UnreadableFile(f"{name}: this is not a text file (it holds NUL bytes).")
    try:
        return Decoded(_tidy(name, content.decode("utf-8")))
    except UnicodeDecodeError as problem:
        return _guess(name, content, problem.start)


def _tidy(name: str, text: str) -> str:
    if "\0" in text:
        raise errors.UnreadableFile(f"{name}: this is not a text file (it holds NUL characters).")
    return _LINE_ENDS.sub("\n", text.removeprefix("\ufeff"))


def _strict(name: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as problem:
        raise errors.UnreadableFile(
            f"{name}: it says it is {encoding.upper()} but byte {problem.start + 1} is not; save it again as UTF-8."
        ) from None


def _wide(content: bytes) -> str | None:
    """Recognise UTF-16 without a mark by its zero bytes, which stand at every other place in Western text."""
    head = content[:2000]
    if len(head) < 4 or len(content) % 2:
        return None
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _guess(name: str, content: bytes, first_bad: int) -> Decoded:
    line = content.count(b"\n", 0, first_bad) + 1
    if _nearly_utf8(content):
        raise errors.UnreadableFile(f"{name}, line {line}: a damaged UTF-8 character; save the file again as UTF-8.")
    encoding = _guessed_encoding(content)
    if encoding is None or _control_bytes(content):
        raise errors.UnreadableFile(f"{name}, line {line}: its encoding can't be told; save the file as UTF-8.")
    note = f"Not UTF-8: read as {encoding}, a guess; check the accents."
    return Decoded(_tidy(name, content.decode(encoding)), (note,))


def _nearly_utf8(content: bytes) -> bool:
    """Say whether most of the characters beyond ASCII are good UTF-8, so that a guess would garble them."""
    good = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", content[: 10 * _SAMPLE]))
    return good >= 2 and content.decode("utf-8", "replace").count("\ufffd") < good


def _control_bytes(content: bytes) -> bool:
    """Say whether there are control bytes that no text holds."""
    return re.search(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]", content) is not None


def _guessed_encoding(content: bytes) -> str | None:
    sample = _sample(content)
    ranked = sorted(_GUESSES, key=lambda encoding: -_plausible(sample, encoding))
    crowded = sum(byte > 127 for byte in sample) > 0.25 * len(sample)  # no Western language has so many accents
    if (crowded or _plausible(sample, ranked[0]) < 0.9) and not _like_language(sample):
        return None
    return next((encoding for encoding in ranked if _decodes(content, encoding)), None)


def _sample(content: bytes) -> bytes:
    """Return the surroundings of the first characters beyond ASCII."""
    parts: list[bytes] = []
    until = 0
    for match in re.finditer(rb"[\x80-\xff]", content):
        if match.start() < until:
            continue
        parts.append(content[max(until, match.start() - 100) : match.end() + 100])
        until = match.end() + 100
        if len(parts) * 200 > _SAMPLE:
            break
    return b"\n".join(parts)


def _plausible(sample: bytes, encoding: str) -> float:
    """Return the share of characters beyond ASCII that Western writing uses, read in this encoding."""
    strange = [c for c in sample.decode(encoding, "replace") if c > "\x7f"]
    return sum(c in _WESTERN for c in strange) / len(strange) if strange else 0.0


def _like_language(sample: bytes) -> bool:
    import charset_normalizer

    return charset_normalizer.from_bytes(sample, cp_isolation=_GUESSES).best() is not None


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
