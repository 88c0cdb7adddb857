"""Coded material by the end of a file's name: our own excerpts, what is refused and what to export instead, samples."""

import io
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from service import errors
from service.domain.coded_file import CodedFile, NoneApplies
from service.domain.transcript import Participant
from service.readers import coded
from service.readers.coded_files import code_lists

SAMPLES = Path(__file__).parents[4] / "shared/import-samples/other-tools"


def sample(name: str) -> Path:
    """Return a sample's path, or skip where the samples are absent."""
    if not SAMPLES.is_dir():
        pytest.skip("needs the shared samples: import-samples/other-tools is absent")
    return SAMPLES / name


def row(**values: Any) -> dict[str, Any]:
    return {"document_id": "d", "text": "Some words.", "dimension": "theme", "codes": ["fear"], **values}


def jsonl(*rows: dict[str, Any]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in rows).encode()


def parquet(*rows: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), out)
    return out.getvalue()


def csv_of(*rows: dict[str, Any]) -> bytes:
    cells = [[";".join(value) if isinstance(value, list) else str(value) for value in one.values()] for one in rows]
    return "\n".join(",".join(line) for line in ([*rows[0]], *cells)).encode()


EXCERPTS = (
    row(position=4, speaker="A", context="Before.", annotator_id="ann", participant_id="p1", attribute_region="N"),
    row(position=4, speaker="A", context="Before.", annotator_id="bob", participant_id="p1", attribute_region="N")
    | {"codes": []},
    row(position=5, speaker="B", context="Some words.", annotator_id="", participant_id="p1", attribute_region="N")
    | {"text": "Élan 😀", "codes": ["joy", "fear"], "dimension": "level"},
)


@pytest.mark.parametrize(("suffix", "written"), [("jsonl", jsonl), ("parquet", parquet), ("csv", csv_of)])
def test_our_own_excerpts(suffix: str, written: Any) -> None:
    """Coded excerpts come with branches, coders, what does not apply, positions, speakers, contexts and attributes."""
    content = written(*EXCERPTS)
    file = io.BytesIO(content)
    assert coded.is_coded(f"x.{suffix}", file)
    assert (file.closed, file.tell()) == (False, 0)
    found = coded.read_coded(content, f"x.{suffix}")
    (document,) = found.documents
    assert found.explicit
    assert document.text == "Some words.\n\nÉlan 😀"
    assert [(unit.position, unit.start, unit.end, unit.speaker, unit.context) for unit in document.units] == [
        (4, 0, 11, "A", "Before."),
        (5, 13, 19, "B", "Some words."),
    ]
    assert [(one.start, one.end, one.code, one.coder) for one in document.codings] == [
        (0, 11, "theme/fear", "ann"),
        (13, 19, "level/joy", ""),
        (13, 19, "level/fear", ""),
    ]
    assert document.nothing == (NoneApplies(0, 11, "theme", "bob"),)
    assert document.participant == Participant("p1", {"region": "N"})
    assert [(code.path, code.codable) for code in found.codes] == [
        (("theme",), False),
        (("level",), False),
        (("theme", "fear"), True),
        (("level", "joy"), True),
        (("level", "fear"), True),
    ]
    assert [coder.name for coder in found.coders] == ["ann", "bob"]


def test_gaps_make_excerpts_loose() -> None:
    """Excerpts whose positions have gaps are loose; those that follow one another are not."""
    found = coded.read_coded(jsonl(row(position=1), row(position=3, text="b")), "x.jsonl")
    assert found.documents[0].loose
    assert not coded.read_coded(jsonl(row(position=1), row(position=2, text="b")), "x.jsonl").documents[0].loose


def test_synthetic_excerpts_stay_behind_and_advice_is_noted() -> None:
    """Invented examples are left out and counted, and how many rows were coded after advice is said."""
    rows = (row(origin="synthetic"), row(text="b", advice="shown"), row(text="c"), row(text="d", advice="unknown"))
    found = coded.read_coded(jsonl(*rows), "x.jsonl")
    assert found.codings == 3
    assert [(left.what, left.count) for left in found.left] == [("synthetic excerpts", 1)]
    assert found.notes == ("1 of 3 rows were coded after advice had been shown, and 1 perhaps after it.",)


def test_which_advice_was_shown_comes_along() -> None:
    """A coding made after advice stays one: in codings and where nothing applies, with the models that gave it."""
    shown = {"advice": "shown", "advice_model": ["m-1", "m-2"]}
    rows = (row(**shown), row(text="b", codes=[], advice="unknown"), row(text="c", advice_model=["m-1"]))
    (document,) = coded.read_coded(jsonl(*rows), "x.jsonl").documents
    assert [(made.advice, made.adviser) for made in document.codings] == [("shown", "m-1;m-2"), ("none", "")]
    assert [(stated.advice, stated.adviser) for stated in document.nothing] == [("unknown", "")]


def test_codes_of_two_dimensions_never_share_a_key() -> None:
    """Names of dimensions and codes that would spell the same key are kept apart."""
    rows = (row(dimension="a/b", codes=["c"]), row(dimension="a", codes=["b/c", "b/"]))
    keys = [code.key for code in coded.read_coded(jsonl(*rows), "x.jsonl").codes]
    assert len(set(keys)) == len(keys)


def test_machine_output_is_refused() -> None:
    """Suggestions are refused in JSON and Parquet, and known for what they are beforehand."""
    for name, content in (
        ("x.jsonl", jsonl(row(candidate_set=["a"]))),
        ("x.parquet", parquet(row(probabilities=[0.5]))),
        ("x.jsonl", jsonl({"suggestions": []})),
        ("x.jsonl", jsonl(row(status="needs human decision"))),
    ):
        assert coded.is_coded(name, io.BytesIO(content))
        with pytest.raises(errors.MachineOutput):
            coded.read_coded(content, name)


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("a.pdf", "from MAXQDA as Excel, or snippets from Delve as CSV"),
        ("a.nvp", "only NVivo reads its own projects; export the project as REFI-QDA"),
        ("a.NVPX", "REFI-QDA"),
        ("a.atlproj", "REFI-QDA"),
        ("a.hpr7", "REFI-QDA"),
        ("a.mx24", "REFI-QDA"),
        ("a.mx20", "REFI-QDA"),
        ("a.mex", "REFI-QDA"),
        ("a.dedoose", "REFI-QDA"),
    ],
)
def test_what_is_not_read_says_what_to_export(name: str, instead: str) -> None:
    """Files that only their tool reads are refused with the export that is read."""
    assert coded.is_coded(name, io.BytesIO(b""))
    with pytest.raises(errors.UnreadableFile, match=instead) as refused:
        coded.read_coded(b"%PDF", name)
    assert str(refused.value).count("\n") == 0


def test_what_stays_behind_is_put_together_where_it_is_of_many_kinds() -> None:
    """A file of a thousand odd columns says no more of them than a person reads."""
    (rest,) = coded.read_coded(jsonl(row(**{f"odd{n}": "x" for n in range(1_500)})), "x.jsonl").left[1_000:]
    assert (rest.what, rest.count) == ("others", 500)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """An unknown end of a name, a folder and a missing file are refused, and no end of a transcript's is coded."""
    with pytest.raises(errors.UnreadableFile, match="coded material comes as"):
        coded.read_coded(b"", "a.xyz")
    folder = tmp_path / "project.qda"
    folder.mkdir()
    with pytest.raises(errors.UnreadableFile, match=r"name data\.qda, which lies in it"):
        coded.read_coded(folder)
    with pytest.raises(errors.UnreadableFile, match="can't be opened"):
        coded.read_coded(tmp_path / "gone.csv")
    assert not coded.is_coded("a.txt", io.BytesIO(b"text,codes"))
    assert not coded.is_coded("a.jsonl", io.BytesIO(b"[1]"))
    assert not coded.is_coded("a.parquet", io.BytesIO(b"PAR1"))


def totals(found: CodedFile) -> tuple[int, int, int]:
    return len(found.documents), len([code for code in found.codes if code.codable]), found.codings


def test_the_sample_of_rqda() -> None:
    """Thirteen speeches, two codes, and all 21 codings that were not deleted at their exact offsets."""
    found = coded.read_coded(sample("rqda_speeches.rqda"))
    assert totals(found) == (13, 2, 21)
    assert found.alignment is not None
    assert (found.alignment.selections, found.alignment.aligned) == (21, 21)
    assert found.alignment.counted_in == "characters"
    assert [(left.why, left.count) for left in found.left] == [("they were deleted in RQDA", 1)]
    assert len(found.coders) == 1


def test_the_sample_of_oral_history_as_data() -> None:
    """526 turns with their speakers, of which 269 have 534 tags of 15."""
    path = sample("oral-history-as-data_coded-turns_ctrlshift-01.csv")
    with path.open("rb") as file:
        assert coded.is_coded(path.name, file)
    found = coded.read_coded(path)
    assert totals(found) == (1, 15, 534)
    (document,) = found.documents
    assert (len(document.units), len(document.turns), document.loose) == (526, 526, False)
    assert len({coding.start for coding in document.codings}) == 269
    assert all("&#" not in document.text[unit.start : unit.end] for unit in document.units)


def test_the_sample_codebook_of_taguette() -> None:
    """22 tags, each described; as coded material it is refused, and taken for none."""
    path = sample("taguette_codebook_serdif.csv")
    with path.open("rb") as file:
        assert not coded.is_coded(path.name, file)
        codes = code_lists.read_codes(path.name, file)
    assert len(codes) == 22
    assert all(code.description for code in codes)
    with pytest.raises(errors.UnreadableFile, match="this is a codebook"):
        coded.read_coded(path)


@pytest.mark.parametrize(
    "name", ["delve_coded-print_mlss-10.pdf", "maxqda_coded-segments.pdf", "maxqda_code-system.pdf"]
)
def test_the_sample_pdfs(name: str) -> None:
    """The PDFs of Delve and MAXQDA are refused, naming the exports that keep places."""
    with pytest.raises(errors.UnreadableFile, match="a PDF keeps no places"):
        coded.read_coded(sample(name))
