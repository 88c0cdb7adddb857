"""The words of rich text (RTF), read in one pass over a bounded number of commands and groups.

striprtf knows which groups hold no text and which character set has which name. Its own pass is not used: it takes time
in the square of a hostile file's size, writes links' addresses and lists' numbers into the speech, reads hidden and
deleted words, and breaks characters beyond the first 65,536 in two.
"""

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from service import errors
from service.readers.transcripts.blocks import Block
from service.readers.transcripts.lines import MOST_LINES
from service.readers.transcripts.rtfblocks import Collector

_DEPTH = 500
#: A word in a new format takes some ten; a three-hour interview has a few hundred thousand.
_COMMANDS = 3_000_000
_TOKEN = re.compile(
    rb"\\(?:([A-Za-z]{1,32})(-?[0-9]{1,10})?[ ]?|'([0-9A-Fa-f]{2})|([^A-Za-z]))|([{}])|([^\\{}]+)|\\.?", re.DOTALL
)
_NOT_SPOKEN = frozenset({"listtext", "nonshppict"})
_SPECIAL: Mapping[str, str] = MappingProxyType(
    {
        "line": "\n", "lbr": "\n", "page": "\n", "column": "\n", "tab": "\t", "emdash": "—", "endash": "–",
        "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005", "bullet": "•", "lquote": "‘", "rquote": "’",
        "ldblquote": "“", "rdblquote": "”",
    }
)  # fmt: skip
_SYMBOLS = {b"~": "\xa0", b"_": "\u2011", b"{": "{", b"}": "}", b"\\": "\\", b"\t": "\t"}
_SETS = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_CODE_PAGES = {65001: "utf-8", 10000: "mac_roman"}
#: Fonts' numbers of character sets that mean the document's own.
_DOCUMENTS_OWN = frozenset({1, 256})
_UNKNOWN = "\ufffd"
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)


@dataclass(frozen=True, slots=True)
class _Format:
    """What holds within a group: whether it is left out or lists fonts, and how its words are to be taken."""

    skipped: bool = False
    lists_fonts: bool = False
    hidden: bool = False
    deleted: bool = False
    bold: bool = False
    font: int | None = None
    #: How many characters after a Unicode one say the same to old programs.
    fallback: int = 1

    @property
    def silent(self) -> bool:
        """Whether words here are not to be read."""
        return self.skipped or self.hidden or self.deleted


def read(name: str, content: bytes) -> tuple[list[Block], bool]:
    """Return a document's blocks in order, and whether some of its characters could not be told.

    Raises:
        UnreadableFile: where it is cut short, or groups stand in one another without end.
        TooLarge: where it holds more commands than any transcript.
    """
    # Loading it takes a moment that only who reads rich text should wait.
    from striprtf import striprtf

    reader = _Reader(name, striprtf.destinations | _NOT_SPOKEN, striprtf.charset_map)
    reader.read(content)
    return reader.blocks.finished(), reader.damaged


class _Reader:
    """Goes through a document's commands; `blocks` gathers what is to be read."""

    def __init__(self, name: str, unspoken: frozenset[str], charsets: Mapping[int, str]) -> None:
        self.blocks = Collector()
        self.damaged = False
        self._name, self._unspoken, self._charsets = name, unspoken, charsets
        self._now, self._groups = _Format(), list[_Format]()
        self._own = "cp1252"
        self._default_font: int | None = None
        self._fonts: dict[int, str] = {}
        self._bytes, self._half, self._passing = bytearray(), 0, 0
        self._meanings = self._commands()

    def read(self, content: bytes) -> None:
        """Read to the end of the outermost group."""
        at, commands = 0, 0
        while match := _TOKEN.match(content, at):
            at = match.end()
            commands += 1
            if commands > _COMMANDS:
                raise errors.TooLarge(f"{self._name}: more than {_COMMANDS:,} commands; no transcript has so many.")
            word, number, code, symbol, brace, run = match.groups()
            if brace:
                self._brace(brace)
                if not self._groups:
                    return
            elif word == b"bin":
                at += max(0, int(number or 0))
            elif word:
                self._command(word.decode(), int(number) if number else None)
            elif code:
                self._characters(bytes([int(code, 16)]))
            elif run:
                self._characters(run.translate(None, b"\r\n\0"))
            elif symbol:
                self._symbol(symbol)
        raise errors.UnreadableFile(f"{self._name}: the file is cut short: its last brace is missing; copy it again.")

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self._passing = 0
        if brace == b"{":
            self._groups.append(self._now)
            if len(self._groups) > _DEPTH:
                raise errors.UnreadableFile(
                    f"{self._name}: groups nested over {_DEPTH} deep, as no program writes them."
                )
        elif self._groups:
            self._now = self._groups.pop()

    def _command(self, word: str, number: int | None) -> None:
        self._passing = 0
        if self._now.skipped and not self._now.lists_fonts:
            return
        if word in self._unspoken:
            self._set(replace(self._now, skipped=True, lists_fonts=word == "fonttbl"))
        elif word in _SPECIAL:
            self._write(_SPECIAL[word])
        elif word in self._meanings:
            self._meanings[word](number)

    def _commands(self) -> Mapping[str, Callable[[int | None], None]]:
        """Return what commands do, by their words."""
        ends = {"par": self.blocks.end_paragraph, "sect": self.blocks.end_paragraph, "cell": self.blocks.end_cell}
        ends |= {"nestcell": self.blocks.end_paragraph, "row": self.blocks.end_row}
        return {
            **{word: self._ending(end) for word, end in ends.items()},
            **{word: self._charset(charset) for word, charset in _SETS.items()},
            "ansicpg": self._code_page,
            "u": self._unicode,
            "uc": lambda number: self._set(replace(self._now, fallback=min(max(number or 0, 0), 9))),
            "b": lambda number: self._set(replace(self._now, bold=number != 0)),
            "v": lambda number: self._set(replace(self._now, hidden=number != 0)),
            "deleted": lambda number: self._set(replace(self._now, deleted=number != 0)),
            "plain": lambda _: self._set(
                replace(self._now, bold=False, hidden=False, deleted=False, font=self._default_font)
            ),
            "deff": self._default,
            "f": lambda number: self._set(replace(self._now, font=number)),
            "fcharset": self._font_charset,
            "cpg": self._font_code_page,
            "pard": lambda _: self._table(False),
            "intbl": lambda _: self._table(True),
        }

    def _ending(self, end: Callable[[], None]) -> Callable[[int | None], None]:
        def ended(_: int | None) -> None:
            self._flush()
            if not self._now.skipped:
                end()
            if self.blocks.size > MOST_LINES:
                raise errors.TooLarge(f"{self._name}: more than {MOST_LINES:,} lines; no transcript has so many.")

        return ended

    def _table(self, inside: bool) -> None:
        if not self._now.skipped:
            self.blocks.in_table = inside

    def _set(self, changed: _Format) -> None:
        self._flush()
        self._now = changed

    def _charset(self, charset: str) -> Callable[[int | None], None]:
        def chosen(_: int | None) -> None:
            self._flush()
            self._own = charset

        return chosen

    def _code_page(self, number: int | None) -> None:
        self._flush()
        self._own = _known(_CODE_PAGES.get(number or 0, f"cp{number}"), self._own)

    def _default(self, number: int | None) -> None:
        self._default_font = number
        self._set(replace(self._now, font=number))

    def _font_charset(self, number: int | None) -> None:
        """Note which characters a font has, while fonts are listed."""
        font = self._now.font
        if self._now.lists_fonts and font is not None and number is not None and number not in _DOCUMENTS_OWN:
            charset = _known(self._charsets.get(number, ""), self._own)
            # A Macintosh's file calls its own characters the first set, which elsewhere is that of Windows.
            self._fonts[font] = self._own if number == 0 and self._own == "mac_roman" else charset

    def _font_code_page(self, number: int | None) -> None:
        if self._now.lists_fonts and self._now.font is not None:
            self._fonts[self._now.font] = _known(_CODE_PAGES.get(number or 0, f"cp{number}"), self._own)

    def _characters(self, characters: bytes) -> None:
        passed = min(self._passing, len(characters))
        self._passing -= passed
        if self._now.silent or passed == len(characters):
            return
        self._bytes += characters[passed:]

    def _unicode(self, number: int | None) -> None:
        """Read a character by its number, of which those beyond the first 65,536 take two halves."""
        self._flush(keep_half=True)
        code = (number or 0) + (0x10000 if (number or 0) < 0 else 0)
        if code in _HIGH:
            self._lost_half()
            self._half = code
        elif code in _LOW and self._half:
            character = chr(0x10000 + ((self._half - 0xD800) << 10) + code - 0xDC00)
            self._half = 0
            self._write(character)
        else:
            self._write(chr(code) if 0 < code < 0x110000 and code not in _LOW else _UNKNOWN)
        self._passing = self._now.fallback

    def _symbol(self, symbol: bytes) -> None:
        if symbol in b"\r\n":
            self._command("par", None)
        elif symbol == b"*":
            self._set(replace(self._now, skipped=True))
        elif symbol in _SYMBOLS:
            self._write(_SYMBOLS[symbol])

    def _write(self, text: str) -> None:
        self._flush()
        if not self._now.silent:
            self.damaged |= text == _UNKNOWN
            self.blocks.add(text, self._now.bold)

    def _flush(self, keep_half: bool = False) -> None:
        """Read the bytes that stand open, in the font's characters."""
        if self._bytes:
            self._lost_half()
            font = self._now.font
            charset = self._own if font is None else self._fonts.get(font, self._own)
            text = self._bytes.decode(charset, "replace")
            self._bytes.clear()
            self.damaged |= _UNKNOWN in text
            self.blocks.add(text, self._now.bold)
        elif not keep_half:
            self._lost_half()

    def _lost_half(self) -> None:
        """Say of half a character whose other half is missing that it can't be told."""
        if self._half and not self._now.silent:
            self.damaged = True
            self.blocks.add(_UNKNOWN, self._now.bold)
        self._half = 0


def _known(charset: str, otherwise: str) -> str:
    """Return a character set where there is one of the name."""
    try:
        codecs.lookup(charset)
    except LookupError:
        return otherwise
    return charset
