"""The paragraphs and tables of a Word document, read from its XML as it streams by."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from service import errors
from service.readers.transcripts.blocks import Block, Paragraph, Table

_DEPTH = 200
#: A three-hour interview has some fifty thousand.
_ELEMENTS = 1_500_000
#: Parts that hold no speech: what was deleted, comments' marks, field codes, drawings, a second form of the same.
_SKIPPED = frozenset({"del", "moveFrom", "instrText", "delText", "delInstrText", "Fallback", "pPr", "sectPr", "rt"})
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "ptab": "\t"}


@dataclass
class _State:
    """Where the reading stands: the open tables, paragraphs and run."""

    blocks: list[Block] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    bold: bool = False
    hidden: bool = False
    in_run: int = 0
    skipping: int = 0
    depth: int = 0
    elements: int = 0


def read(name: str, xml: bytes) -> list[Block]:
    """Return a document's blocks in order.

    Raises:
        UnreadableFile: where the XML is broken, nested without end, or declares entities.
    """
    state = _State()
    try:
        for event, element in _events(xml):
            if event == "start":
                _start(name, element, state)
            else:
                _end(element, state)
    except DefusedXmlException:
        raise errors.UnreadableFile(f"{name}: its XML declares a DOCTYPE or entities, as no Word file does.") from None
    except (ParseError, ValueError, LookupError):
        raise errors.UnreadableFile(f"{name}: its XML is damaged; save the document again.") from None
    return state.blocks


def _events(xml: bytes) -> Iterator[tuple[str, Element]]:
    """Return what begins and ends; what has ended is let go of, so that a large document takes little memory."""
    open_elements: list[Element] = []
    for event, element in ElementTree.iterparse(io.BytesIO(xml), events=("start", "end"), forbid_dtd=True):
        yield event, element
        if event == "start":
            open_elements.append(element)
        else:
            open_elements.pop()
            if open_elements:
                open_elements[-1].clear()


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: Element) -> str:
    return next((value for name, value in element.attrib.items() if name.rpartition("}")[2] == "val"), "")


def _start(name: str, element: Element, state: _State) -> None:
    state.depth += 1
    state.elements += 1
    if state.elements > _ELEMENTS:
        raise errors.TooLarge(f"{name}: more than {_ELEMENTS:,} elements; no transcript has so many.")
    if state.depth > _DEPTH:
        raise errors.UnreadableFile(f"{name}: its XML is nested over {_DEPTH} levels deep, as no Word file is.")
    tag = _local(element)
    if state.skipping or tag in _SKIPPED:
        state.skipping += 1
    elif tag == "p":
        state.paragraphs.append(Paragraph())
    elif tag == "tbl":
        state.tables.append(Table())
    elif tag == "tr" and state.tables:
        state.tables[-1].rows.append([])
    elif tag == "tc" and state.tables and state.tables[-1].rows:
        state.tables[-1].rows[-1].append([])
    elif tag == "r":
        state.bold = state.hidden = False


def _end(element: Element, state: _State) -> None:
    state.depth -= 1
    tag = _local(element)
    if state.skipping:
        state.skipping -= 1
    elif tag == "p" and state.paragraphs:
        _close_paragraph(state)
    elif tag == "tbl" and state.tables:
        _close_table(state)
    elif tag in ("b", "vanish"):
        on = _value(element).casefold() not in ("0", "false", "off", "none")
        state.bold, state.hidden = (on, state.hidden) if tag == "b" else (state.bold, on)
    elif state.paragraphs and not state.hidden:
        words = (element.text or "") if tag == "t" else _BREAKS.get(tag, "")
        if words:
            state.paragraphs[-1].add(words, state.bold)


def _close_paragraph(state: _State) -> None:
    paragraph = state.paragraphs.pop()
    if state.tables and state.tables[-1].rows and state.tables[-1].rows[-1]:
        state.tables[-1].rows[-1][-1].append(paragraph)
    elif not state.tables:
        state.blocks.append(paragraph)


def _close_table(state: _State) -> None:
    table = state.tables.pop()
    if not state.tables:
        state.blocks.append(table)
    elif state.tables[-1].rows and state.tables[-1].rows[-1]:
        state.tables[-1].rows[-1][-1] += [p for row in table.rows for cell in row for p in cell]
