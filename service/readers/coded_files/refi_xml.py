"""The XML of REFI-QDA as it streams by: small elements are built and handed over, nothing else is kept."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import expatreader
from defusedxml.common import DefusedXmlException

from service import errors
from service.readers.transcripts.lines import word_set

_DEPTH = 200
#: A project of half a million codings has some two million.
_ELEMENTS = 5_000_000
#: A code tree of this size is none.
_IN_ONE = 500_000
#: How much may be read without an element or a word: a single tag or remark of this size is none.
_SILENT = 4_000_000
#: Attributes of one element; the standard has fewer than ten.
_ATTRIBUTES = 100
#: Names of elements and attributes; the standard has about a hundred.
_NAMES = 1_000
_KNOWN = word_set(
    "name guid id origin plainTextPath richTextPath startPosition endPosition position targetGUID originGUID isCodable "
    "color creatingUser creationDateTime fromSyncPoint toSyncPoint"
)

#: Elements that gather others: each of what they hold is handed over by itself.
SOURCES = frozenset(
    {
        "TextSource",
        "PictureSource",
        "PDFSource",
        "AudioSource",
        "VideoSource",
        "Transcript",
        "Representation",
        "TextDescription",
        "Note",
    }
)
_GATHERING = SOURCES | {
    "Project",
    "Users",
    "CodeBook",
    "Codes",
    "Variables",
    "Cases",
    "Sources",
    "Notes",
    "Links",
    "Sets",
    "Graphs",
}
#: Elements whose words count, beside all that end so.
_WORDED = frozenset({"Description", "PlainTextContent"})
_VALUE = "Value"


@dataclass(slots=True)
class Element:
    """An element without its namespace."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return an attribute, "" where it is absent."""
        return self.attributes.get(name, "")

    def guid(self, name: str = "guid") -> str:
        """Return an attribute that identifies something, as all spellings of it are compared."""
        return self.get(name).strip().strip("{}").casefold()

    def all(self, tag: str) -> list["Element"]:
        """Return its children of a kind."""
        return [child for child in self.children if child.tag == tag]

    def targets(self, tag: str) -> tuple[str, ...]:
        """Return what its references of a kind point at."""
        return tuple(child.guid("targetGUID") for child in self.children if child.tag == tag)

    @property
    def text(self) -> str:
        """Its words."""
        return "".join(self.pieces)

    def words(self, tag: str) -> str:
        """Return the words of its children of a kind."""
        return "\n\n".join(child.text for child in self.all(tag) if child.text.strip())


class Taker(Protocol):
    """Who takes what is read."""

    def begin(self, element: Element) -> None:
        """Take an element that gathers others, with its attributes only."""

    def take(self, element: Element) -> None:
        """Take a whole element that stands in the one begun last."""

    def end(self, tag: str) -> None:
        """Be told that an element that gathers others has ended."""


def read(name: str, chunks: Iterable[bytes], taker: Taker) -> None:
    """Hand over what a file's XML holds.

    Args:
        name: the file's name.
        chunks: its bytes, piece by piece.
        taker: who takes its elements.

    Raises:
        UnreadableFile: where the XML is broken, nested without end, or declares entities.
        TooLarge: where it holds more elements than a project does.
    """
    parser = expatreader.create_parser(forbid_dtd=True)
    handler = _Handler(name, taker)
    parser.setContentHandler(handler)
    try:
        for chunk in chunks:
            handler.silent += len(chunk)
            if handler.silent > _SILENT:
                raise errors.TooLarge(f"{name}: a single tag of its XML is larger than {_SILENT:,} bytes.")
            parser.feed(chunk)
        parser.close()
    except DefusedXmlException:
        raise errors.UnreadableFile(f"{name}: its XML declares a DOCTYPE or entities, as no tool writes it.") from None
    except (SAXException, ValueError, LookupError):
        raise errors.UnreadableFile(f"{name}: its XML is damaged; export the project again.") from None


class _Handler(ContentHandler):
    """Keeps where the reading stands: the elements that are open, and how much of one is held."""

    def __init__(self, name: str, taker: Taker) -> None:
        super().__init__()
        self._name, self._taker = name, taker
        self._gathering: list[str] = []
        self._open: list[Element] = []
        self._names: set[str] = set()
        self._elements = self._held = 0
        #: Bytes since an element or a word was found.
        self.silent = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self._elements += 1
        self.silent = 0
        self._names |= {name, *attrs.keys()}
        if len(attrs) > _ATTRIBUTES or len(self._names) > _NAMES:
            raise errors.UnreadableFile(
                f"{self._name}: its XML has more kinds of elements and attributes than any tool's."
            )
        if self._elements > _ELEMENTS or self._held > _IN_ONE:
            raise errors.TooLarge(f"{self._name}: more than {self._elements - 1:,} elements; no project has so many.")
        if len(self._gathering) + len(self._open) >= _DEPTH:
            raise errors.UnreadableFile(f"{self._name}: its XML is nested over {_DEPTH} levels deep, as no tool does.")
        element = Element(name.rpartition(":")[2], {key: value for key, value in attrs.items() if key in _KNOWN})
        if self._open:
            self._open[-1].children.append(element)
            self._held += 1
        elif element.tag in _GATHERING:
            self._gathering.append(element.tag)
            self._taker.begin(element)
            return
        elif not self._gathering:
            raise errors.UnreadableFile(
                f"{self._name}: it begins with {errors.shown(name)}, not with a REFI-QDA project or codebook."
            )
        self._open.append(element)

    def endElement(self, name: str) -> None:  # noqa: N802
        self.silent = 0
        if not self._open:
            self._taker.end(self._gathering.pop())
            return
        element = self._open.pop()
        if not self._open:
            self._held = 0
            self._taker.take(element)

    def characters(self, content: str) -> None:
        self.silent = 0
        if self._open and (self._open[-1].tag in _WORDED or self._open[-1].tag.endswith(_VALUE)):
            self._open[-1].pieces.append(content)
