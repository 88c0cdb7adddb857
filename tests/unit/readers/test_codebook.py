"""Codebook files: YAML and JSON read alike, and refused with the line where something is wrong."""

import hashlib
from pathlib import Path

import pytest

from service import errors
from service.domain import codebook as domain
from service.readers import codebook

FULL = """
name: Study
version: 1.10
dimensions:
  level:
    select: one
    codes:
      own: {definition: About themselves, examples: [I learned]}
      "no": Nothing
      007: A number as written
"""


def read(text: str, name: str = "book.yaml") -> domain.Codebook:
    """Read a text as a codebook file."""
    return codebook.read_codebook_bytes(name, text.encode())


def test_full_form() -> None:
    """The full form reads; versions and ids stay as they are written."""
    book = read(FULL)
    assert (book.name, book.version) == ("Study", "1.10")
    assert [code.id for code in book.dimension("level").codes] == ["own", "no", "007"]
    assert book.dimension("level").select == "one"


def test_short_form_is_named_by_file_and_content(tmp_path: Path) -> None:
    """The short form's name is the file's name without its end, and the beginning of its hash."""
    content = b"level:\n  own: About themselves\n  other: About others\n"
    path = tmp_path / "my.book.yml"
    path.write_bytes(content)
    book = codebook.read_codebook(path, {"level": "one"})
    assert book.name == "my.book-" + hashlib.sha256(content).hexdigest()[:8]
    assert book.version == "1"
    assert book.dimension("level").select == "one"


def test_json_reads_as_yaml_does() -> None:
    """JSON gives the same codebook."""
    text = '{"name": "Study", "version": 1.10, "dimensions": {"level": {"codes": {"own": "é", "007": null}}}}'
    book = read(text, "book.json")
    assert book.version == "1.10"
    assert book.dimension("level").codes[0].definition == "é"
    assert read("\ufeff" + text, "book.json") == book


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("b.yaml", "level:\n  own: a\n  own: b\n", r"b\.yaml, line 3: the key own stands there twice\."),
        ("b.json", '{"level": {"own": "a",\n\t"own": "b"}}', r"b\.json, line 2: the key own stands there twice\."),
        ("b.yaml", "a: &x {b: c}\nd: *x\n", r"line 2: aliases"),
        ("b.yaml", "level: [\n", r"b\.yaml, line 2: no valid YAML"),
        ("b.yaml", "level:\n\tcode: x\n", r"line 2: no valid YAML"),
        ("b.json", '{"level": }', r"b\.json, line 1: no valid JSON"),
        ("b.yaml", "[" * 3000, "nested too deeply"),
        ("b.json", "[" * 100_000, "nested too deeply"),
        ("b.yaml", "a: \x07", "no valid YAML"),
        ("b.yaml", "? [a, b]\n: c\n", "a key must be a short text"),
        ("b.yaml", "!!python/object/apply:os.system ['true']", "no valid YAML"),
        ("b.yaml", "", "a codebook is a mapping"),
        ("b.yaml", "level:\n  yes: agreed\n", "an id is a short text"),
        ("b.txt", "level:\n  own: a\n", "a file ending in"),
        ("b.yaml", "PK\x00\x00", "not a text file"),
    ],
)
def test_refusals(name: str, text: str, message: str) -> None:
    """Each broken codebook gets one sentence with file, place and what would be right."""
    with pytest.raises(errors.BadCodebook, match=message):
        read(text, name)


def test_size_is_bounded(tmp_path: Path) -> None:
    """A codebook larger than any is refused unread."""
    with pytest.raises(errors.TooLarge):
        codebook.read_codebook_bytes("b.yaml", b"a" * (codebook.MAX_BYTES + 1))
    with pytest.raises(errors.BadCodebook, match="no such file"):
        codebook.read_codebook(tmp_path / "none.yaml")
