"""Projects made to harm, or broken: refused in one sentence, in little time and memory."""

import contextlib
import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import errors
from service.readers.coded_files import refi, refi_memos, refi_model, refi_package, refi_xml
from service.readers.containers import archives
from tests.refi_projects import CODES, USERS, archive, coding, packed, project, read, selection, source

GOOD = packed(
    project(USERS + CODES + f"<Sources>{source(selection(0, 3) + selection(4, 8))}</Sources>"),
    {"one.txt": "One more\r\nline."},
)


def refusal(content: bytes) -> str:
    """Return the sentence by which a project is refused."""
    with pytest.raises(errors.BadInput) as refused:
        read(content)
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is not a REFI-QDA project"),
        (b"<Project/>", "it is not a REFI-QDA project"),
        (b"PK\x03\x04", "cut short"),
        (GOOD[:-30], "cut short"),
        (GOOD[: len(GOOD) // 2], "cut short"),
        (archive({}), "holds no project file"),
        (archive({"../project.qde": project("")}), "holds no project file"),
        (archive({"/project.qde": project("")}), "holds no project file"),
        (archive({"project.qde": "<Project"}), "its XML is damaged"),
        (archive({"project.qde": ""}), "holds no REFI-QDA project"),
        (archive({"project.qde": "<html/>"}), "it begins with html"),
        (archive({"project.qde": "<CodeBook/>"}), "holds no REFI-QDA project"),
        (archive({"project.qde": "<!DOCTYPE Project>" + project("")}), "declares a DOCTYPE"),
        (
            archive({"project.qde": '<!DOCTYPE P [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + project("&b;")}),
            "declares a DOCTYPE",
        ),
        (archive({"project.qde": project("<Codes>" + "<Code>" * 300 + "</Code>" * 300 + "</Codes>")}), "levels deep"),
        (archive({"project.qde": project("<Sources>" * 300)}), "levels deep"),
        (archive({"project.qde": '<?xml version="1.0" encoding="klingon"?><Project/>'}), "its XML is damaged"),
    ],
)
def test_what_is_no_project_is_refused(content: bytes, says: str) -> None:
    """Each refusal names the file and says what is wrong."""
    message = refusal(content)
    assert message.startswith("made.qdpx: ")
    assert says in message


def test_encrypted_parts_are_refused() -> None:
    """A part that says it is encrypted is not read."""
    content = bytearray(GOOD)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        content[place + offset] |= 1
    assert "encrypted" in refusal(bytes(content))


def test_damaged_parts_are_refused() -> None:
    """A part whose checksum is wrong is refused."""
    content = bytearray(GOOD)
    content[60] ^= 0xFF
    refusal(bytes(content))


def test_bombs_are_refused() -> None:
    """What unpacks to far more than its size is refused while it is unpacked."""
    assert "unpacks to" in refusal(archive({"project.qde": b"<Project>" + b" " * 30_000_000}))
    bomb = packed(project(f"<Sources>{source('')}</Sources>"), {"one.txt": b"a" * 30_000_000})
    assert "unpacks to" in refusal(bomb)


def test_too_many_parts_are_refused() -> None:
    """An archive of a hundred thousand parts is refused by its directory."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for number in range(100_000):
            file.writestr(zipfile.ZipInfo(str(number)), b"")
    assert "holds more than 50,000 parts" in refusal(out.getvalue())


def test_a_directory_that_lies_about_its_size_is_refused() -> None:
    """A directory of many megabytes is not loaded."""
    content = bytearray(GOOD)
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<I", content, end + 12, 100_000_000)
    assert "parts" in refusal(bytes(content))


def test_large_archives_say_their_size_elsewhere() -> None:
    """The number of parts of an archive in the format for large ones is looked up where that keeps it."""
    end = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 99_999, 99_999, 0, 0)
    content = end + struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1) + b"PK\x05\x06" + b"\xff" * 16 + b"\0\0"
    with pytest.raises(errors.TooLarge, match="holds more than 50 parts"):
        archives.open_zip("large.zip", content, 1000, 50)


def test_too_many_elements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project file of millions of elements is refused."""
    monkeypatch.setattr(refi_xml, "_ELEMENTS", 1000)
    assert "more than 1,000 elements" in refusal(packed(project("<Users>" + "<User/>" * 2000 + "</Users>")))
    monkeypatch.setattr(refi_xml, "_IN_ONE", 500)
    assert "elements" in refusal(packed(project("<Codes><Code>" + "<Code/>" * 700 + "</Code></Codes>")))


@pytest.mark.parametrize(
    ("inner", "says"),
    [
        ("".join(f"<x{n}/>" for n in range(2_000)), "more kinds of elements"),
        ("<a " + " ".join(f'a{n}="1"' for n in range(200)) + "/>", "more kinds of elements"),
        ("".join(f'<a xmlns:p{n}="u"/>' for n in range(2_000)), "more kinds of elements"),
        (f"<a name='{'x' * 8_000_000}'/>", "a single tag"),
        (f"<!--{'x' * 8_000_000}-->", "a single tag"),
    ],
)
def test_names_and_tags_without_end_are_refused(inner: str, says: str) -> None:
    """A parser keeps every name that it ever saw, and all of a tag."""
    tracemalloc.start()
    try:
        assert says in refusal(packed(project(inner)))
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_all_texts_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that together are larger than any study are refused."""
    monkeypatch.setattr(refi_package, "_ALL_TEXTS", 1000)
    sources = "".join(source("") for _ in range(5))
    assert "unpack to more than" in refusal(packed(project(f"<Sources>{sources}</Sources>"), {"one.txt": "word " * 60}))


def test_names_that_stand_twice_are_noted() -> None:
    """Of two parts with one name the last counts, as for other programs, and a person is told."""
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("sources/one.txt", "Two more lines.")
    result = read(out.getvalue())
    assert result.documents[0].text == "Two more lines."
    assert result.notes == ("1 names stand twice in the archive; the last file of a name counts.",)


def test_of_several_project_files_one_is_read() -> None:
    """Where an archive holds several project files the outermost that is called so counts."""
    file = read(archive({"a.qde": project(""), "x/project.qde": project(""), "project.qde": project(CODES)}))
    assert len(file.codes) == 2
    assert "holds 3 project files; project.qde was read" in file.notes[0]


def test_recordings_are_not_read(tmp_path: Path) -> None:
    """A project with hours of recordings opens in little memory."""
    path = tmp_path / "large.qdpx"
    with zipfile.ZipFile(path, "w") as out:
        with out.open("sources/talk.mp4", "w") as film:
            for _ in range(100):
                film.write(bytes(1_000_000))
        out.writestr(
            "project.qde", project(CODES + '<Sources><VideoSource guid="x" path="internal://talk.mp4"/></Sources>')
        )
    tracemalloc.start()
    with path.open("rb") as file:
        assert len(refi.read_project("large.qdpx", file, {}).codes) == 2
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_a_codebook_is_refused_as_a_project_is() -> None:
    """A codebook that is none, damaged or declares entities is refused."""
    for content in (b"", b"<a/>", b"<CodeBook", b"<!DOCTYPE CodeBook><CodeBook/>", b"PK\x03\x04"):
        with pytest.raises(errors.BadInput):
            refi.read_codebook("c.qdc", io.BytesIO(content))


_XML = project(USERS + CODES + f"<Sources>{source(selection(0, 3) + selection(4, 8))}</Sources>").encode()
_EDITS = st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4), st.integers(0, 3)), min_size=1, max_size=6)


def changed(content: bytes, edits: list[tuple[int, bytes, int]]) -> bytes:
    """Return content with pieces replaced."""
    for place, new, gone in edits:
        at = place % (len(content) + 1)
        content = content[:at] + new + content[at + gone :]
    return content


@settings(max_examples=300, deadline=None)
@given(_EDITS)
def test_mutated_archives_never_break_the_reader(edits: list[tuple[int, bytes, int]]) -> None:
    """An archive with changed bytes is read or refused, and nothing else is raised."""
    with contextlib.suppress(errors.BadInput):
        read(changed(GOOD, edits))


@settings(max_examples=300, deadline=None)
@given(_EDITS)
def test_mutated_project_files_never_break_the_reader(edits: list[tuple[int, bytes, int]]) -> None:
    """A project file with changed bytes is read or refused, and nothing else is raised."""
    with contextlib.suppress(errors.BadInput):
        read(archive({"project.qde": changed(_XML, edits), "sources/one.txt": "One more\r\nline."}))


_TAGS = (
    "Case",
    "Code",
    "Coding",
    "CodeRef",
    "NoteRef",
    "Note",
    "Description",
    "PlainTextSelection",
    "Transcript",
    "SyncPoint",
    "Link",
    "VariableValue",
    "Representation",
    "PDFSource",
    "Set",
    "User",
    "Codes",
    "Sources",
)


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.sampled_from(_TAGS).map(lambda tag: f"<{tag}/>"),
        lambda inner: st.builds(
            lambda tag, parts, name, value: f'<{tag} {name}="{value}">{"".join(parts)}</{tag}>',
            st.sampled_from(_TAGS),
            st.lists(inner, max_size=4),
            st.sampled_from(["guid", "name", "targetGUID", "startPosition", "endPosition", "position", "originGUID"]),
            st.sampled_from(["", "1", "-5", "99999999999999999999", "x", "٣", "+-1"]),
        ),
        max_leaves=20,
    )
)
def test_elements_in_any_place_never_break_the_reader(xml: str) -> None:
    """Elements where the schema has none, with any values, are read over."""
    read(
        archive(
            {"project.qde": project(xml + f"<Sources>{source(xml)}</Sources>"), "sources/one.txt": "One more line."}
        )
    )


def test_names_that_repeat_without_end_take_little_time() -> None:
    """Fifty thousand codes of one name get their numbers without counting up each time."""
    codes = "".join(f'<Code guid="{number}" name="same" isCodable="true"/>' for number in range(50_000))
    file = read(packed(project(f"<CodeBook><Codes>{codes}</Codes></CodeBook>")))
    assert file.codes[-1].name == "same (50000)"


def test_too_many_codes_and_sources_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """More codes, or sources, than any study has are refused."""
    monkeypatch.setattr(refi_model, "_MOST", 3)
    assert "more than 3 codes" in refusal(packed(project("<Codes><Code><Code/><Code/><Code/></Code></Codes>")))
    assert "more than 3 sources" in refusal(packed(project("<Sources>" + source("") * 4 + "</Sources>")))


def test_too_many_users_and_cases_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """So are variables and links, each counted by itself."""
    monkeypatch.setattr(refi_model, "_MOST", 2)
    for tag in ("User", "Case", "Variable", "Link"):
        assert "no project has so many" in refusal(packed(project(f"<{tag} guid='1'/>" * 3)))
    assert read(packed(project("<User/>" * 2 + "<Case/>" * 2))).documents == ()


def test_a_memo_of_many_codings_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One large memo that every coding refers to doesn't fill the memory."""
    monkeypatch.setattr(refi_memos, "_MOST", 1000)
    given = coding(inner='<NoteRef targetGUID="n"/>')
    notes = f'<Notes><Note guid="n"><PlainTextContent>{"why " * 50}</PlainTextContent></Note></Notes>'
    sources = source("".join(selection(0, 3, given, number=number) for number in range(1, 9)))
    content = packed(project(f"{CODES}<Sources>{sources}</Sources>{notes}"), {"one.txt": "One"})
    assert "its memos come to more than" in refusal(content)


def test_sources_of_one_identifier_share_nothing() -> None:
    """Of two sources with one identifier the case that names it gets the first."""
    cases = '<Cases><Case guid="c" name="Ana"><SourceRef targetGUID="t"/></Case></Cases>'
    sources = source("", key="t") + source("", key="t")
    file = read(packed(project(f"{cases}<Sources>{sources}</Sources>"), {"one.txt": "One"}))
    assert [document.participant is None for document in file.documents] == [False, True]
