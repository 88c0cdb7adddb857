"""OpenDocument texts, as LibreOffice writes them: paragraphs with names before what was said, or tables."""

from collections.abc import Collection

from service import errors
from service.readers.containers import archives
from service.readers.transcripts import blocks, dialogue, odtxml
from service.readers.transcripts.lines import Reading, bounded

_UNPACKED = 100_000_000
_TEXT = "application/vnd.oasis.opendocument.text"
_LONGEST_TYPE = 100


def read(name: str, content: bytes, named: Collection[str] = ()) -> Reading:
    """Read an OpenDocument text.

    Raises:
        UnreadableFile: where it is no OpenDocument text, encrypted, damaged or made to harm.
        TooLarge: where it unpacks to more than a document holds.
    """
    if not content.startswith(b"PK"):
        raise errors.UnreadableFile(f"{name}: it is not an OpenDocument text (.odt is a zip archive, this is not).")
    archive = archives.open_zip(name, content, _UNPACKED)
    _check(archive)
    xml = archive.member("content.xml")
    if xml is None:
        raise errors.UnreadableFile(f"{name}: it is a zip archive but holds no OpenDocument text (no content.xml).")
    found = odtxml.read(name, archive.member("styles.xml"), xml)
    return dialogue.interpret(bounded(name, blocks.lines(found)), named)


def _check(archive: archives.Archive) -> None:
    kind = (archive.member("mimetype") or b"")[:_LONGEST_TYPE].decode("ascii", "replace").strip()
    if kind and not kind.startswith(_TEXT):
        raise errors.UnreadableFile(f"{archive.name}: by its content this is {errors.shown(kind)}, not .odt.")
    manifest = archive.member("META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest or archive.member("encrypted-package") is not None:
        raise errors.UnreadableFile(f"{archive.name}: it is encrypted; save it without a password.")
