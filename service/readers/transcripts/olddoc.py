"""Word's old format (.doc), which no well-kept library reads: refused with what to do, or with what the file is."""

import re
from collections.abc import Collection
from typing import NoReturn

from service import errors

_OLE = b"\xd0\xcf\x11\xe0"
#: What files named .doc often are, by how they begin, and what to do with each.
_TRULY = (
    (re.compile(rb"\s*\{\\rtf"), "rich text; name it .rtf"),
    (re.compile(rb"PK\x03\x04.*?word/", re.DOTALL), "a newer Word file; name it .docx"),
    (re.compile(rb"PK\x03\x04"), "a zip archive; open it with the program that wrote it and save it as .docx"),
    (re.compile(rb"\s*<\?xml", re.IGNORECASE), "XML; open it in Word and save it as .docx"),
    (
        re.compile(rb"\s*<(?:!doctype|html|head|meta|body)", re.IGNORECASE),
        "a web page; open it in Word and save it as .docx",
    ),
    (re.compile(rb"MIME-Version:", re.IGNORECASE), "a web page; open it in Word and save it as .docx"),
    (re.compile(rb"%PDF"), "a PDF; save the text that it was made from as .docx"),
)
_SAMPLE = 100_000


def read(name: str, content: bytes, _named: Collection[str] = ()) -> NoReturn:
    """Refuse an old Word file.

    Raises:
        UnreadableFile: always, saying how to make the file one that can be read.
    """
    head = content[:_SAMPLE].removeprefix(b"\xef\xbb\xbf")
    if head.startswith(_OLE):
        raise errors.UnreadableFile(
            f"{name}: Word's old format can't be read; open it in Word or LibreOffice and save it as .docx."
        )
    for beginning, what in _TRULY:
        if beginning.match(head):
            raise errors.UnreadableFile(f"{name}: by its content this is {what}.")
    raise errors.UnreadableFile(f"{name}: by its content this is no Word file; name it .txt if it is plain text.")
