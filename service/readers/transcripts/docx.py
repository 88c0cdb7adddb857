"""Word documents: paragraphs with names before what was said, or tables with a speaker's column."""

from collections.abc import Collection

from service import errors
from service.readers.containers import archives, packages
from service.readers.transcripts import blocks, dialogue, wordxml
from service.readers.transcripts.lines import Reading, bounded

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UNPACKED = 100_000_000


def read(name: str, content: bytes, named: Collection[str] = ()) -> Reading:
    """Read a Word document.

    Raises:
        UnreadableFile: where it is no Word document, encrypted, damaged or made to harm.
        TooLarge: where it unpacks to more than a document holds.
    """
    return dialogue.interpret(bounded(name, blocks.lines(opened(name, content))), named)


def opened(name: str, content: bytes) -> list[blocks.Block]:
    """Return a Word document's paragraphs and tables; raise as `read` does."""
    if content.startswith(_OLE):
        raise errors.UnreadableFile(
            f"{name}: it is encrypted or an old Word file; save it as .docx without a password."
        )
    if not content.startswith(b"PK"):
        raise errors.UnreadableFile(f"{name}: it is not a Word document (.docx is a zip archive, this is not).")
    archive = archives.open_zip(name, content, _UNPACKED)
    path = packages.main_part(archive, "word/document.xml")
    xml = archive.member(path)
    if xml is None:
        raise errors.UnreadableFile(
            f"{name}: it is a zip archive but holds no Word document (no {errors.shown(path)})."
        )
    return wordxml.read(name, xml)
