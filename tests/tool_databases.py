"""Databases as Taguette, RQDA and QualCoder lay them out, written by the tests."""

import io
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO


def _statements(script: str) -> tuple[str, ...]:
    return tuple(" ".join(statement.split()) for statement in script.split(";") if statement.strip())


TAGUETTE = _statements(
    """
    CREATE TABLE users (login VARCHAR(30) PRIMARY KEY, created DATETIME, hashed_password VARCHAR(120));
    CREATE TABLE projects (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(200) NOT NULL, description TEXT NOT
        NULL, created DATETIME NOT NULL);
    CREATE TABLE documents (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(200) NOT NULL, description TEXT
        NOT NULL, filename VARCHAR(200) NOT NULL, created DATETIME NOT NULL, project_id INTEGER NOT NULL,
        text_direction VARCHAR(13) NOT NULL, contents TEXT NOT NULL);
    CREATE TABLE commands (id INTEGER PRIMARY KEY AUTOINCREMENT, date DATETIME NOT NULL, user_login VARCHAR(30)
        NOT NULL, project_id INTEGER NOT NULL, document_id INTEGER, payload TEXT NOT NULL);
    CREATE TABLE highlights (id INTEGER PRIMARY KEY AUTOINCREMENT, document_id INTEGER NOT NULL, start_offset
        INTEGER NOT NULL, end_offset INTEGER NOT NULL, snippet TEXT NOT NULL);
    CREATE TABLE tags (id INTEGER PRIMARY KEY AUTOINCREMENT, project_id INTEGER NOT NULL, path VARCHAR(200) NOT
        NULL, description TEXT NOT NULL, UNIQUE (project_id, path));
    CREATE TABLE highlight_tags (highlight_id INTEGER NOT NULL, tag_id INTEGER NOT NULL, PRIMARY KEY
        (highlight_id, tag_id));
    """
)
RQDA = _statements(
    """
    CREATE TABLE source (name text, id integer, file text, memo text, owner text, date text, dateM text, status
        integer);
    CREATE TABLE freecode (name text, memo text, owner text, date text, dateM text, id integer, status integer,
        color text);
    CREATE TABLE treecode (cid integer, catid integer, date text, dateM text, memo text, status integer, owner
        text);
    CREATE TABLE codecat (name text, cid integer, catid integer, owner text, date text, dateM text, memo text,
        status integer);
    CREATE TABLE coding (cid integer, fid integer, seltext text, selfirst real, selend real, status integer,
        owner text, date text, memo text);
    CREATE TABLE cases (name text, memo text, owner text, date text, dateM text, id integer, status integer);
    CREATE TABLE caselinkage (caseid integer, fid integer, selfirst real, selend real, status integer, owner
        text, date text, memo text);
    CREATE TABLE caseAttr (variable text, value text, caseID integer, date text, dateM text, owner text, status
        integer);
    CREATE TABLE fileAttr (variable text, value text, fileID integer, date text, dateM text, owner text, status
        integer);
    CREATE TABLE annotation (fid integer, position integer, annotation text, owner text, date text, dateM text,
        status integer);
    """
)
QUALCODER = _statements(
    """
    CREATE TABLE source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text,
        date text, av_text_id integer, unique(name));
    CREATE TABLE code_cat (catid integer primary key, name text, owner text, date text, memo text, supercatid
        integer, unique(name));
    CREATE TABLE code_name (cid integer primary key, name text, memo text, catid integer, owner text, date text,
        color text, unique(name));
    CREATE TABLE code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer, pos1
        integer, owner text, date text, memo text, avid integer, important integer);
    CREATE TABLE cases (caseid integer primary key, name text, memo text, owner text, date text);
    CREATE TABLE case_text (id integer primary key, caseid integer, fid integer, pos0 integer, pos1 integer,
        owner text, date text, memo text);
    CREATE TABLE attribute (attrid integer primary key, name text, attr_type text, value text, id integer, date
        text, owner text);
    """
)

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def database(schema: Iterable[str], rows: Rows | None = None, also: Iterable[str] = ()) -> bytes:
    """Build a database's bytes from its tables, their rows, and further statements."""
    connection = sqlite3.connect(":memory:")
    for statement in schema:
        connection.execute(statement)
    for table, given in (rows or {}).items():
        for row in given:
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    for statement in also:
        connection.execute(statement)
    connection.commit()
    content = connection.serialize()
    connection.close()
    return content


def taguette(
    documents: Sequence[str],
    highlights: Sequence[tuple[int, int, int, Sequence[int]]] = (),
    tags: Sequence[str] = ("one", "two"),
    commands: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Build an exported project.

    Args:
        documents: their HTML.
        highlights: document, first and last byte, and tags, counted from 1.
        tags: their names.
        commands: user and payload.
    """
    fixed = {"created": "2024-01-01", "project_id": 1, "text_direction": "LEFT_TO_RIGHT"}
    rows: Rows = {
        "projects": [{"name": "p", "description": "", "created": "2024-01-01"}],
        "documents": [
            {"name": f"doc{n}", "description": "about", "filename": "f", "contents": html, **fixed}
            for n, html in enumerate(documents, 1)
        ],
        "tags": [{"project_id": 1, "path": tag, "description": f"about {tag}"} for tag in tags],
        "highlights": [
            {"document_id": document, "start_offset": first, "end_offset": last, "snippet": ""}
            for document, first, last, _ in highlights
        ],
        "highlight_tags": [
            {"highlight_id": n, "tag_id": tag} for n, (*_, given) in enumerate(highlights, 1) for tag in given
        ],
        "commands": [
            {"date": f"2024-01-0{n}", "user_login": user, "project_id": 1, "payload": payload}
            for n, (user, payload) in enumerate(commands, 1)
        ],
    }
    return database(TAGUETTE, rows)


def opened(content: bytes) -> BinaryIO:
    """Return bytes as an open file."""
    return io.BytesIO(content)
