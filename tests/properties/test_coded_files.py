"""Coded material of other tools: nothing moves by a character, and no bytes whatever raise anything but a refusal."""

import contextlib
import csv
import functools
import html
import io
import random
from collections.abc import Callable, Sequence

import openpyxl
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service import errors
from service.readers import coded
from service.readers.containers import encodings
from tests.tool_databases import QUALCODER, RQDA, Rows, database, taguette

#: Letters, accents, other scripts, astral characters, quotes, separators and spaces.
_ALPHABET = "abZ éßÑ“”'\",;|\t 中ا😀𝒜\u0301-.?!()"
WORDS = st.text(_ALPHABET, min_size=1, max_size=40).map(lambda text: f"x{text}y")
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
CODES = st.text("abc éß😀-", min_size=1, max_size=12).map(str.strip).filter(bool)
ROWS = st.lists(st.tuples(LINES, st.lists(CODES, max_size=3, unique=True)), min_size=1, max_size=8)


def as_csv(rows: Sequence[Sequence[str]], separator: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()


def as_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS: dict[str, Callable[[Sequence[Sequence[str]]], bytes]] = {
    "t.csv": functools.partial(as_csv, separator=","),
    "u.csv": functools.partial(as_csv, separator=";"),
    "t.tsv": functools.partial(as_csv, separator="\t"),
    "t.xlsx": as_xlsx,
}


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(sorted(WRITERS)))
def test_a_table_of_turns_comes_back(rows: list[tuple[str, list[str]]], name: str) -> None:
    """A table of turns comes back with the same texts, in order, under the same codes."""
    assume(any(codes for _, codes in rows))
    cells = [["position", "text", "codes"]]
    cells += [[str(number), text, ";".join(codes)] for number, (text, codes) in enumerate(rows)]
    found = coded.read_coded(WRITERS[name](cells), name, coded.Reading({"separator": ";"}))
    (document,) = found.documents
    assert [document.text[unit.start : unit.end] for unit in document.units] == [text for text, _ in rows]
    for unit, (_, codes) in zip(document.units, rows, strict=True):
        here = {one.code for one in document.codings if (one.start, one.end) == (unit.start, unit.end)}
        assert here == set(codes)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(LINES, CODES, CODES), min_size=1, max_size=8), st.sampled_from(sorted(WRITERS)))
def test_a_table_of_excerpts_comes_back(rows: list[tuple[str, str, str]], name: str) -> None:
    """Segments in one row each come back as the same words under the same code of the same coder."""
    cells = [["Document name", "Code", "Begin", "Segment", "Author"]]
    cells += [["d", code, str(number), text, who] for number, (text, code, who) in enumerate(rows)]
    found = coded.read_coded(WRITERS[name](cells), name)
    (document,) = found.documents
    back = [(document.text[one.start : one.end], one.code, one.coder) for one in document.codings]
    assert back == [(text, code, who) for text, code, who in rows]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(_ALPHABET, min_size=1, max_size=20), min_size=1, max_size=6), st.data(), st.booleans())
def test_bytes_of_taguette_map_exactly(paragraphs: list[str], data: st.DataObject, apart: bool) -> None:
    """Whatever stretch of bytes is highlighted, the same words come back, over accents and astral characters."""
    spoken = "\n".join(paragraphs) if apart else "".join(paragraphs)
    start = data.draw(st.integers(0, len(spoken) - 1))
    end = data.draw(st.integers(start + 1, len(spoken)))
    source = ("\n" if apart else "").join(f"<p>{html.escape(one)}</p>" for one in paragraphs)
    place = len(spoken[:start].encode()), len(spoken[:end].encode())
    (document,) = coded.read_coded(taguette([source], [(1, *place, [1])]), "p.sqlite3").documents
    (coding,) = document.codings
    back = document.text[coding.start : coding.end]
    if apart:
        assert back == spoken[start:end]
    else:
        assert back.replace("\n", "") == spoken[start:end]
        assert not back.startswith("\n")
        assert not back.endswith("\n")


@settings(max_examples=60, deadline=None)
@given(st.text(_ALPHABET + "\r\n", min_size=1, max_size=80), st.data(), st.sampled_from(["rqda", "qda"]))
def test_characters_of_databases_map_exactly(raw: str, data: st.DataObject, suffix: str) -> None:
    """Whatever stretch of a document is coded, the same words come back, whatever its line ends."""
    start = data.draw(st.integers(0, len(raw) - 1))
    end = data.draw(st.integers(start + 1, len(raw)))
    words = raw[start:end]
    assume(words.strip())
    assume(not (raw[start - 1 : start + 1] == "\r\n" or raw[end - 1 : end + 1] == "\r\n"))
    rows: Rows = {
        "source": [{"name": "d", "id": 1, "file" if suffix == "rqda" else "fulltext": raw}],
        "freecode": [{"name": "c", "id": 1}],
        "code_name": [{"name": "c", "cid": 1}],
        "coding": [{"cid": 1, "fid": 1, "seltext": words, "selfirst": start, "selend": end}],
        "code_text": [{"cid": 1, "fid": 1, "seltext": words, "pos0": start, "pos1": end}],
    }
    schema = RQDA if suffix == "rqda" else QUALCODER
    known = {statement.split()[2] for statement in schema}
    content = database(schema, {table: given for table, given in rows.items() if table in known})
    (document,) = coded.read_coded(content, f"p.{suffix}").documents
    (coding,) = document.codings
    assert document.text == raw.replace("\r\n", "\n").replace("\r", "\n")
    assert document.text[coding.start : coding.end] == words.replace("\r\n", "\n").replace("\r", "\n")


@functools.cache
def seeds() -> tuple[tuple[str, bytes], ...]:
    """Return a file of each format."""
    cells = [["document_id", "text", "dimension", "codes"], ["d", "words é", "a", "b;c"], ["d", "more", "a", ""]]
    segments = [["Document name", "Code", "Begin", "End", "Segment"], ["d", "a > b", "1", "2", "words 😀"]]
    rqda = database(RQDA, {"source": [{"name": "d", "id": 1, "file": "some words", "status": 1}]})
    return (
        ("p.sqlite3", taguette(["<p>é &amp; <b>words</b></p>" * 20], [(1, 1, 9, [1, 2])])),
        ("p.rqda", rqda),
        ("t.csv", as_csv(cells, ",")),
        ("u.csv", as_csv(segments, ";")),
        ("t.tsv", as_csv(segments, "\t")),
        ("t.xlsx", as_xlsx(segments)),
        ("t.jsonl", b'{"document_id": "d", "text": "t", "dimension": "a", "codes": ["b"]}\n'),
        ("h.html", b"<h1>Taguette highlights</h1><p>w</p><p>Document: d Tags: a, b</p>"),
    )


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 7), st.integers(0, 2**32), st.integers(1, 40))
def test_mutated_files_are_read_or_refused(which: int, seed: int, times: int) -> None:
    """A file with bytes changed, lost or doubled is read or refused; nothing else is ever raised."""
    name, content = seeds()[which]
    changed, chance = bytearray(content), random.Random(seed)
    for _ in range(times):
        at = chance.randrange(len(changed)) if changed else 0
        kind = chance.randrange(4)
        if kind < 2:
            changed[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 2:
            del changed[at : at + chance.randrange(1, 20)]
        else:
            changed[at:at] = changed[at : at + chance.randrange(1, 20)]
    with contextlib.suppress(errors.BadInput):
        coded.is_coded(name, io.BytesIO(bytes(changed)))
        coded.read_coded(bytes(changed), name)


def test_the_alphabet_is_left_as_it_is() -> None:
    """None of the characters above is one that every reader changes."""
    assert encodings.decode("x", _ALPHABET.encode()).text == _ALPHABET
