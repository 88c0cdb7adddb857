"""Text out of HTML as tools keep their documents in it, and where each of its bytes came to stand.

The text is what stands between the tags. A line end within a paragraph is a space, as a browser shows it; where a
block or a line ends and the HTML has no line end, a newline is put in. Everything else keeps its place.
"""

import html
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from service import errors
from service.readers.coded_files.places import BYTES, Counted
from service.readers.transcripts.lines import word_set

#: A comment or a tag, as browsers find where they end: at the end of the file if nowhere before.
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*+(?:>|\Z)"
    r"""|</?([a-zA-Z][^\s/>]*+)(?:=\s*+"[^"]*+"|=\s*+'[^']*+'|[^>])*+(?:>|\Z)""",
    re.DOTALL,
)
#: Elements that hold running text, and all at which a line ends.
_INSIDE = word_set("p h1 h2 h3 h4 h5 h6 li td th dt dd blockquote")
_BLOCKS = _INSIDE | word_set("br ul ol div pre table tr hr section article header footer dl")
_CONTROL = {ord("\r"): "\n", 0: "\ufffd"}


@dataclass(frozen=True)
class Plain:
    """The text of a document and the places of its bytes."""

    text: str
    _bytes: Counted
    #: Before which characters of what stands between the tags a newline was put in, in order.
    _breaks: tuple[int, ...]

    def stretch(self, first: int, last: int) -> tuple[int, int] | None:
        """Return where a stretch of bytes between the tags stands in the text; None where it lies beyond it.

        Line ends that were put in belong to neither end of it; an end within a character moves behind it.
        """
        start, end = self._bytes.offset(first), self._bytes.offset(last)
        if start is None or end is None:
            return None
        return start + bisect_right(self._breaks, start), end + bisect_left(self._breaks, end)


class _Text:
    """A text that grows by what stands between tags."""

    def __init__(self) -> None:
        self.raw: list[str] = []
        self.shown: list[str] = []
        self.breaks: list[int] = []
        self._length = 0
        self._waiting = False
        self._within = False
        self._last = "\n"

    def tag(self, name: str, closing: bool) -> None:
        if name in _BLOCKS:
            self._waiting = self._waiting or self._last != "\n"
        if name in _INSIDE:
            self._within = not closing

    def add(self, text: str) -> None:
        if not text:
            return
        blank = not text.strip()
        shown = text if blank and not self._within else text.replace("\n", " ")
        if self._waiting:
            lead = text[: len(text) - len(text.lstrip())]
            if "\n" in lead:
                shown = lead + shown[len(lead) :]
            else:
                self.breaks.append(self._length)
                self.shown.append("\n")
            self._waiting = False
        self.raw.append(text)
        self.shown.append(shown)
        self._length += len(text)
        self._last = "\n" if shown.rstrip(" \t").endswith("\n") else shown[-1]


def plain(name: str, source: str) -> Plain:
    """Return the text of an HTML document.

    Raises:
        UnreadableFile: it names a character that there is none of.
    """
    source = source.replace("\r\n", "\n")
    found, at = _Text(), 0
    for match in _TAG.finditer(source):
        if match.start() > at:
            found.add(_decoded(name, source[at : match.start()]))
        at = match.end()
        if match[1]:
            found.tag(match[1].lower(), closing=source.startswith("</", match.start()))
    if at < len(source):
        found.add(_decoded(name, source[at:]))
    return Plain("".join(found.shown), Counted("".join(found.raw), BYTES), tuple(found.breaks))


def _decoded(name: str, text: str) -> str:
    try:
        decoded = html.unescape(text) if "&" in text else text
    except (ValueError, OverflowError):
        raise errors.UnreadableFile(f"{name}: the text names a character that there is none of.") from None
    return decoded.translate(_CONTROL)
