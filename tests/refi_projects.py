"""REFI-QDA projects made for tests: the XML by hand, the archive around it."""

import io
import zipfile
from collections.abc import Mapping

from service.domain.coded_file import CodedFile
from service.readers.coded_files import refi

NAMESPACE = "urn:QDA-XML:project:1.0"


def guid(number: int) -> str:
    """Return an identifier that is easy to tell from others."""
    return f"{number:08x}-0000-4000-8000-000000000000"


ANA, BEN, MOOD, CALM, TEXT = (guid(number) for number in range(1, 6))
USERS = f'<Users><User guid="{ANA}" name="Ana"/><User guid="{BEN}" name="Ben"/></Users>'
CODES = (
    f'<CodeBook><Codes><Code guid="{MOOD}" name="Mood" isCodable="true" color="#f80">'
    f'<Description>How it felt</Description><Code guid="{CALM}" name="Calm" isCodable="true"/></Code>'
    "</Codes></CodeBook>"
)


def project(inner: str, origin: str = "Some tool 1.0", xmlns: str = NAMESPACE) -> str:
    """Return a project file."""
    return f'<Project xmlns="{xmlns}" name="made" origin="{origin}">{inner}</Project>'


def source(inner: str, name: str = "one", path: str = "internal://one.txt", key: str = TEXT) -> str:
    """Return a text with what stands in it."""
    return f'<TextSource guid="{key}" name="{name}" plainTextPath="{path}">{inner}</TextSource>'


def selection(start: int, end: int, inner: str | None = None, name: str = "", number: int = 0) -> str:
    """Return a selection, given the code Calm by Ana unless something else stands in it."""
    given = coding() if inner is None else inner
    own = guid(0x1000 + (number or start * 997 + end))
    return (
        f'<PlainTextSelection guid="{own}" name="{name}" startPosition="{start}" endPosition="{end}">{given}'
        "</PlainTextSelection>"
    )


def coding(code: str = CALM, user: str = ANA, inner: str = "") -> str:
    """Return a coding."""
    by = f' creatingUser="{user}"' if user else ""
    return f'<Coding guid="{guid(0xC0D)}"{by}><CodeRef targetGUID="{code}"/>{inner}</Coding>'


def archive(members: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def packed(xml: str, texts: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return a project's archive."""
    return archive({"project.qde": xml, **{f"sources/{name}": text for name, text in (texts or {}).items()}})


def read(content: bytes, name: str = "made.qdpx") -> CodedFile:
    """Read a project's archive."""
    return refi.read_project(name, io.BytesIO(content), {})


def read_texts(
    sources: str, text: str | bytes = "", origin: str = "Some tool 1.0", before: str = "", after: str = ""
) -> CodedFile:
    """Read a project of two coders and two codes, with these sources and one text.

    Args:
        sources: the sources' XML.
        text: the words of the file one.txt.
        origin: the tool's name.
        before: what stands before the sources, such as cases.
        after: what stands after them, such as notes.
    """
    xml = project(f"{USERS}{CODES}{before}<Sources>{sources}</Sources>{after}", origin)
    return read(packed(xml, {"one.txt": text}))
