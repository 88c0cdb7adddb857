"""XML as it streams by: what begins, its words, what ends; bounded in depth and number, without DOCTYPE or entities."""

from collections.abc import Mapping
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from service import errors

_DEPTH = 200
#: A sheet of 150,000 rows of ten cells has as many.
MOST_ELEMENTS = 3_000_000
_CHUNK = 1 << 16


class Handler:
    """Who is told what goes by; names come without their namespace. This one heeds nothing."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Something begins."""

    def end(self, tag: str) -> None:
        """It ends."""

    def words(self, text: str) -> None:
        """Words stand here, perhaps only some of those that follow one another."""


class _Bounded:
    """Counts what goes by and passes it on."""

    def __init__(self, name: str, what: str, handler: Handler, most: int) -> None:
        self._name, self._what, self._handler, self._most = name, what, handler, most
        self._depth = self.elements = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self.elements += 1
        if self.elements > self._most:
            raise errors.TooLarge(f"{self._name}: more than {MOST_ELEMENTS:,} elements; no {self._what} has so many.")
        if self._depth > _DEPTH:
            raise errors.UnreadableFile(
                f"{self._name}: its XML is nested over {_DEPTH} levels deep, as no {self._what} is."
            )
        if "}" in "".join(attributes):
            attributes = {_local(key): value for key, value in attributes.items()}
        self._handler.start(_local(tag), attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._handler.end(_local(tag))

    def data(self, text: str) -> None:
        self._handler.words(text)

    def close(self) -> None:
        """End, as a parser's target must be able to."""


def read(name: str, what: str, xml: bytes, handler: Handler, most: int = MOST_ELEMENTS) -> int:
    """Tell a handler everything that a piece of XML holds, in order.

    Args:
        name: the file's name, for messages.
        what: what the file is, for messages, such as "Word file".
        xml: the bytes.
        handler: who is told.
        most: how many elements it may hold; fewer than usual where other parts of the file have been read.

    Returns:
        How many elements it holds.

    Raises:
        UnreadableFile: where the XML is broken, nested without end, or declares entities.
        TooLarge: where it holds more elements than any such file.
    """
    target = _Bounded(name, what, handler, most)
    parser = ElementTree.XMLParser(target=target, forbid_dtd=True)
    try:
        for at in range(0, len(xml), _CHUNK):
            parser.feed(xml[at : at + _CHUNK])
        parser.close()
    except DefusedXmlException:
        raise errors.UnreadableFile(f"{name}: its XML declares a DOCTYPE or entities, as no {what} does.") from None
    except (ParseError, ValueError, LookupError):
        raise errors.UnreadableFile(f"{name}: its XML is damaged; save the file again.") from None
    return target.elements


def _local(name: str) -> str:
    return name.rpartition("}")[2]
