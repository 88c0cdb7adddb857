"""Codebooks out of other tools' files."""

import io
import re
from pathlib import Path

import pytest

from service import errors
from service.domain.coded_file import ForeignCode
from service.readers import codes
from service.writers import qdc
from tests import refi_projects


def exchanged() -> bytes:
    """Return a REFI-QDA codebook."""
    out = io.BytesIO()
    tree = (ForeignCode("1", ("Mood",), codable=False), ForeignCode("2", ("Mood", "Calm"), "At rest."))
    qdc.write((*tree, ForeignCode("3", ("loose",))), out)
    return out.getvalue()


def project() -> bytes:
    """Return a REFI-QDA project in which the heading Mood was given too."""
    text = refi_projects.source(
        refi_projects.selection(0, 2, refi_projects.coding(refi_projects.MOOD)) + refi_projects.selection(3, 5)
    )
    xml = refi_projects.project(f"{refi_projects.USERS}{refi_projects.CODES}<Sources>{text}</Sources>")
    return refi_projects.packed(xml, {"one.txt": "We are."})


@pytest.mark.parametrize(
    ("name", "content", "dimensions"),
    [
        ("my study.qdc", exchanged(), {"Mood": ["Calm"], "codes": ["loose"]}),
        ("p.qdpx", project(), {"Mood": ["Mood", "Calm"]}),
        ("tags.csv", b"tag,description,number of highlights\nCalm,At rest.,2\nWork > pay,Money.,0\n", None),
        ("table.csv", b"document,text,code,coder\na,We are.,Mood > Calm,Ana\na,So.,Mood > Angry,Ana\n", None),
    ],
)
def test_any_file_with_codes_is_a_codebook(name: str, content: bytes, dimensions: dict[str, list[str]] | None) -> None:
    """Its tree is folded, and the codebook is called after the file and what it holds."""
    book = codes.folded_codebook(content, {}, name)
    assert re.fullmatch(re.escape(name.rpartition(".")[0]) + "-[0-9a-f]{8}", book.name)
    assert codes.folded_codebook(content, {}, name) == book
    found = {d.id: [c.id for c in d.codes] for d in book.dimensions}
    assert found == dimensions if dimensions else sum(map(len, found.values())) == 2


def test_a_branch_may_be_another_dimension(tmp_path: Path) -> None:
    """As a person says it; definitions come along."""
    file = tmp_path / "study.qdc"
    file.write_bytes(exchanged())
    (mood, _) = codes.folded_codebook(file, {"Mood": "feeling"}).dimensions
    assert (mood.id, [(c.id, c.definition) for c in mood.codes]) == ("feeling", [("Calm", "At rest.")])


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """Damaged files, and files without codes, get one sentence."""
    for name, content in (("a.qdc", b"no xml"), ("a.qdpx", b"no zip"), ("a.csv", b""), ("a.csv", b"a,b\n1,2\n")):
        with pytest.raises(errors.BadInput, match=name):
            codes.folded_codebook(content, {}, name)
    with pytest.raises(errors.BadInput, match="gone"):
        codes.folded_codebook(tmp_path / "gone.qdc", {})
