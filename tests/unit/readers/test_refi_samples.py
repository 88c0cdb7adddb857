"""Real projects of other tools, kept beside the repository: what comes along of each."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.domain.coded_file import CodedFile
from service.readers import coded
from service.readers.coded_files import refi, refi_package
from service.writers import qdpx
from tests.refi_schema import offences

SAMPLES = Path(__file__).parents[4] / "shared/import-samples/qda"


def sample(name: str) -> Path:
    """Return a sample's path, or skip where the samples are absent."""
    if not SAMPLES.is_dir():
        pytest.skip("needs the shared samples: import-samples is absent")
    return SAMPLES / name


def read(name: str) -> CodedFile:
    """Read a sample."""
    return coded.read_coded(sample(name))


def test_a_project_of_qc() -> None:
    """All 205 codings of qc's project come along, every one at the edges of words."""
    file = read("qc-1.3.2_demo.qdpx")
    assert [(len(d.text), len(d.codings)) for d in file.documents] == [(52543, 205), (31906, 0)]
    assert len(file.codes) == 262
    assert max(len(code.path) for code in file.codes) == 7
    assert file.alignment is not None
    assert (file.alignment.selections, file.alignment.aligned) == (158, 158)
    assert (file.left, file.notes) == ((), ())


def test_a_project_of_nvivo_for_mac() -> None:
    """NVivo's code tree of 262 codes in 7 levels and its two users come along; nothing is coded in it."""
    file = read("nvivo-mac-15.0.0_qc-project.qdpx")
    assert [len(d.text) for d in file.documents] == [1, 1]
    assert len(file.codes) == 262
    assert [coder.name for coder in file.coders] == ["chrisp", "cp"]
    assert (file.left, file.notes) == ((), ())


def test_a_project_of_atlas_ti_without_its_sources() -> None:
    """Where the texts are missing everything is listed, each coding once, and the codes come along."""
    file = read("atlasti-8.4.0-mac_standard-project-without-sources.qdpx")
    assert file.documents == ()
    assert len(file.codes) == 14
    assert next((coder.name, coder.machine) for coder in file.coders) == ("ATLAS.ti", True)
    assert {item.what: item.count for item in file.left} == {
        "texts": 6,
        "pictures": 1,
        "PDF files": 2,
        "audio recordings": 1,
        "video recordings": 2,
        "memos": 2,
        "sets": 16,
        "networks": 1,
    }
    assert file.left[0].why == "their files are not in the archive, with 7 codings"


def test_a_codebook_of_taguette() -> None:
    """Taguette's codebook of three codes is read."""
    with sample("taguette-1.4.1_codebook.qdc").open("rb") as file:
        codes, origin = refi.read_codebook("taguette.qdc", file)
    assert [code.name for code in codes] == ["xsd:element name", "CodeBook", "Variables"]
    assert origin == "Taguette 1.4.1"


def test_a_project_goes_out_and_comes_back() -> None:
    """What was read of another tool's project is written, and read back the same."""
    file = read("qc-1.3.2_demo.qdpx")
    out = io.BytesIO()
    qdpx.write(file, out, datetime(2026, 5, 1, tzinfo=UTC))
    again = coded.read_coded(out.getvalue(), "again.qdpx")
    assert again.codes == file.codes
    assert again.coders == file.coders
    assert [d.text for d in again.documents] == [d.text for d in file.documents]
    assert [sorted(d.codings, key=str) for d in again.documents] == [sorted(d.codings, key=str) for d in file.documents]
    package = refi_package.open_package("again.qdpx", out)
    assert offences(b"".join(package.xml()), "urn:QDA-XML:project:1.0") == []
