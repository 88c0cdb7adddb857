"""Databases of other tools: what is not a plain table is not looked at, and whatever is damaged is refused at once."""

import sqlite3
import time

import pytest

from service import errors
from service.readers import coded
from service.readers.containers import databases
from tests.tool_databases import RQDA, TAGUETTE, database, opened, taguette


def read(content: bytes, name: str = "project.sqlite3") -> list[str]:
    """Read a project and return its documents' names."""
    return [document.name for document in coded.read_coded(content, name).documents]


def test_no_database_is_refused() -> None:
    """Bytes that are no database are refused in one sentence."""
    with pytest.raises(errors.UnreadableFile, match=r"x\.rqda: it is no SQLite database"):
        coded.read_coded(b"hello", "x.rqda")


@pytest.mark.parametrize("kept", [16, 50, 100, 1000, 4096, 9000])
def test_a_truncated_database_is_refused(kept: int) -> None:
    """A database that was cut short is refused as damaged, wherever it was cut."""
    content = taguette(["<p>words</p>" * 3000], [(1, 0, 5, [1])])
    with pytest.raises(errors.UnreadableFile, match="damaged"):
        coded.read_coded(content[:kept], "x.sqlite3")


def test_a_database_of_nobody_known_is_refused() -> None:
    """A database without the tables of a known tool is refused, and the tools are named."""
    with pytest.raises(errors.UnreadableFile, match="Taguette, RQDA, QualCoder"):
        read(database(["CREATE TABLE other (id integer)"]))


def test_a_view_named_like_a_table_is_not_run() -> None:
    """A view that would run for ever in a table's place is not looked at."""
    endless = (
        "CREATE VIEW highlights AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        "SELECT x AS id, 1 AS document_id, 0 AS start_offset, 1 AS end_offset, '' AS snippet FROM n"
    )
    schema = [statement for statement in TAGUETTE if "TABLE highlights" not in statement]
    began = time.monotonic()
    with pytest.raises(errors.UnreadableFile, match="no project of a tool"):
        read(database(schema, also=[endless]))
    assert time.monotonic() - began < 5


def test_a_computed_column_is_not_computed() -> None:
    """A generated column in place of a stored one counts as missing: what would compute it never runs."""
    schema = [statement for statement in RQDA if "TABLE source" not in statement]
    computed = "CREATE TABLE source (name text, id integer, status integer, file text AS (hex(zeroblob(100000000))))"
    content = database([*schema, computed], also=["INSERT INTO source (name, id, status) VALUES ('talk', 1, 1)"])
    (document,) = coded.read_coded(content, "x.rqda").documents
    assert (document.name, document.text) == ("talk", "")


def test_triggers_and_foreign_names_do_no_harm() -> None:
    """Triggers, and tables whose names hold quotes, change nothing."""
    also = [
        "CREATE TRIGGER t AFTER INSERT ON tags BEGIN DELETE FROM documents; END",
        'CREATE TABLE "a""b; DROP TABLE tags" ("c""d" text)',
    ]
    html = "<p>words</p>"
    rows = {
        "documents": [
            {
                "name": "d",
                "description": "",
                "filename": "f",
                "created": "",
                "project_id": 1,
                "text_direction": "",
                "contents": html,
            }
        ]
    }
    assert read(database(TAGUETTE, rows, also)) == ["d"]


def test_wrong_types_are_read_as_far_as_they_go() -> None:
    """Blobs, text and nothing where numbers belong leave their highlights out, and no more."""
    also = [
        "INSERT INTO highlights (document_id, start_offset, end_offset, snippet) VALUES (1, 'x', x'00ff', 5)",
        "INSERT INTO highlights (document_id, start_offset, end_offset, snippet) VALUES (1, 1e300, 3, '')",
        "INSERT INTO highlight_tags VALUES (1, 1), (2, 1), (3, 'a'), ('b', x'01')",
        "UPDATE documents SET name = x'c3a9ff00', description = 7",
    ]
    with sqlite3.connect(":memory:") as connection:
        connection.deserialize(taguette(["<p>word</p>"]))
        for statement in also:
            connection.execute(statement)
        connection.commit()
        found = coded.read_coded(connection.serialize(), "x.sqlite3")
    (document,) = found.documents
    assert document.text == "word"
    assert "\0" not in document.name
    assert document.memo == "7"
    assert document.codings == ()
    assert [(left.what, left.count) for left in found.left] == [("highlights", 2)]


def test_text_with_nul_and_windows_bytes() -> None:
    """A NUL is shown as an unreadable character, and bytes that are no UTF-8 are read as Windows wrote them."""
    content = database(
        RQDA,
        also=[
            "INSERT INTO source (name, id, status, file) VALUES ('a', 1, 1, CAST(x'610062' AS TEXT))",
            "INSERT INTO source (name, id, status, file) VALUES ('b', 2, 1, CAST(x'e96c' AS TEXT))",
        ],
    )
    assert [document.text for document in coded.read_coded(content, "x.rqda").documents] == ["a\ufffdb", "él"]


def test_a_write_ahead_log_is_not_needed() -> None:
    """A database that was in use with a write-ahead log is read as it was last stored."""
    content = bytearray(taguette(["<p>a</p>"]))
    content[18:20] = b"\x02\x02"
    assert read(bytes(content)) == ["doc1"]


def test_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database larger than allowed, and one of more rows than a project has, are refused."""
    content = taguette(["<p>a</p>"] * 20)
    monkeypatch.setattr(databases, "_ROWS", 10)
    with pytest.raises(errors.TooLarge, match="more than 10 rows"):
        read(content)
    monkeypatch.setattr(databases, "MAX_BYTES", 1000)
    with pytest.raises(errors.TooLarge, match="1,000 bytes"):
        read(content)


def test_reading_for_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading that takes too long is ended in one sentence."""
    monkeypatch.setattr(databases, "_SECONDS", -1.0)
    monkeypatch.setattr(databases, "_STEPS", 1)
    with pytest.raises(errors.UnreadableFile, match="takes too long"):
        read(taguette(["<p>a</p>"] * 20))


def test_what_a_database_looks_like() -> None:
    """A database is told by how it begins, and the file is left there."""
    file = opened(taguette([]))
    assert databases.looks_like_one(file)
    assert file.tell() == 0
    assert not databases.looks_like_one(opened(b"no"))
