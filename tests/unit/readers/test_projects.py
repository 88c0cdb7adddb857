"""RQDA and QualCoder: offsets under the way of counting that fits, categories, cases, and what was deleted."""

from typing import Any

import pytest

from service.domain.coded_file import CodedFile
from service.domain.transcript import Participant
from service.readers import coded
from tests.tool_databases import QUALCODER, RQDA, Rows, database

TEXT = "Élan vital.\r\n😀 She said: “no”.\r\nShe said it again."


def rqda(text: str, *codings: tuple[str, int, int], **also: Any) -> CodedFile:
    """Read an RQDA project of one document and one code."""
    rows: dict[str, Any] = {
        "source": [{"name": "talk", "id": 3, "file": text, "status": 1}],
        "freecode": [{"name": "said", "id": 5, "status": 1, "color": "#FF0000", "memo": "what"}],
        "coding": [
            {"cid": 5, "fid": 3, "seltext": words, "selfirst": float(first), "selend": float(last), "status": 1}
            | {"owner": "ann", "date": "Sat May  2 16:24:45 2015", "memo": "m"}
            for words, first, last in codings
        ],
    }
    for table, given in also.items():
        rows[table] = [*rows.get(table, ()), *given]
    return coded.read_coded(database(RQDA, rows), "x.rqda")


def words(found: CodedFile) -> list[str]:
    (document, *_) = found.documents
    return [document.text[coding.start : coding.end] for coding in document.codings]


@pytest.mark.parametrize(
    ("counted_in", "size"),
    [
        ("characters", lambda text: len(text)),
        ("characters, a line end counts as one", lambda text: len(text.replace("\r\n", "\n"))),
        ("UTF-16 units", lambda text: len(text.encode("utf-16-le")) // 2),
        (
            "UTF-16 units, a line end counts as one",
            lambda text: len(text.replace("\r\n", "\n").encode("utf-16-le")) // 2,
        ),
        ("UTF-8 bytes", lambda text: len(text.encode())),
    ],
)
def test_the_way_of_counting_is_the_one_that_fits(counted_in: str, size: Any) -> None:
    """Whatever an RQDA counted in, the selections come to lie on their words, and the way is reported."""
    places = []
    for part in ("Élan", "😀 She", "“no”.\r\nShe", "again."):
        start = TEXT.index(part)
        places.append((part, size(TEXT[:start]), size(TEXT[: start + len(part)])))
    found = rqda(TEXT, *places)
    assert words(found) == [part.replace("\r\n", "\n") for part, _, _ in places]
    assert found.alignment is not None
    assert (found.alignment.counted_in, found.alignment.aligned) == (counted_in, 4)
    assert found.left == ()


def test_a_shifted_selection_moves_to_its_words() -> None:
    """A selection whose offset is off is moved to its words nearby, which is said; one without its words is left."""
    text = "alpha beta gamma delta. " * 3
    found = rqda(text, ("beta gamma", 6, 16), ("delta.", 20, 26), ("nowhere", 1, 8), ("alpha beta", 50, 60))
    assert words(found) == ["beta gamma", "delta.", "alpha beta"]
    assert found.notes == ("2 selections moved to their words, by up to 3 characters.",)
    assert [(left.what, left.count) for left in found.left] == [("codings", 1)]
    assert found.alignment is not None
    assert (found.alignment.selections, found.alignment.aligned) == (4, 1)


def test_a_coding_keeps_coder_date_and_memo() -> None:
    """Owner, date and memo of a coding come along, and the code's colour and memo."""
    found = rqda("alpha beta", ("beta", 6, 10))
    (coding,) = found.documents[0].codings
    assert (coding.coder, coding.made_at, coding.memo) == ("ann", "Sat May  2 16:24:45 2015", "m")
    (code,) = found.codes
    assert (code.colour, code.description, code.path) == ("#ff0000", "what", ("said",))
    assert [coder.name for coder in found.coders] == ["ann"]


def test_what_rqda_deleted_stays_behind() -> None:
    """Deleted documents, codes and codings stay behind, counted."""
    one: dict[str, Any] = {"cid": 5, "fid": 3, "seltext": "a", "selfirst": 0, "selend": 1}
    found = rqda(
        "a b",
        source=[{"name": "gone", "id": 4, "file": "a", "status": 0}],
        freecode=[{"name": "gone", "id": 6, "status": 0}],
        coding=[one | {"status": 0}, one | {"fid": 4, "status": 1}, one | {"cid": 6, "status": 1}],
        annotation=[{"fid": 3, "annotation": "hm", "status": 1}],
    )
    assert [document.name for document in found.documents] == ["talk"]
    assert [(left.what, left.count) for left in found.left] == [("codings", 1), ("codings", 2), ("annotations", 1)]


def test_categories_are_branches_and_cases_participants() -> None:
    """A category is a heading above its codes; a document's one case is its participant."""
    found = rqda(
        "a b",
        ("a", 0, 1),
        codecat=[{"name": "Talk", "catid": 1, "status": 1}, {"name": "Other", "catid": 2, "status": 1}],
        treecode=[{"cid": 5, "catid": 1, "status": 1}, {"cid": 5, "catid": 2, "status": 1}],
        cases=[{"name": "Ms A", "id": 1, "status": 1}],
        caselinkage=[{"caseid": 1, "fid": 3, "status": 1}],
        caseAttr=[{"variable": "age", "value": "40", "caseID": 1, "status": 1}],
        fileAttr=[{"variable": "place", "value": "home", "fileID": 3, "status": 1}],
    )
    assert [(code.path, code.codable) for code in found.codes] == [
        (("Talk",), False),
        (("Other",), False),
        (("Talk", "said"), True),
    ]
    assert found.documents[0].participant == Participant("Ms A", {"place": "home", "age": "40"})
    assert found.notes == ("1 codes stand in several categories; the first counts.",)


def test_several_cases_in_a_document_are_no_participant() -> None:
    """A document of several cases has no participant, which is listed."""
    found = rqda(
        "a b",
        cases=[{"name": "A", "id": 1, "status": 1}, {"name": "B", "id": 2, "status": 1}],
        caselinkage=[{"caseid": 1, "fid": 3, "status": 1}, {"caseid": 2, "fid": 3, "status": 1}],
    )
    assert found.documents[0].participant is None
    assert [left.what for left in found.left] == ["cases of a document"]


def test_qualcoder() -> None:
    """A QualCoder project gives documents, nested categories, codings, cases with attributes, and what stays behind."""
    rows: Rows = {
        "source": [
            {"id": 1, "name": "talk.txt", "fulltext": "😀 alpha\nbeta", "memo": "m"},
            {"id": 2, "name": "film.mp4", "fulltext": None, "mediapath": "/video/film.mp4"},
        ],
        "code_cat": [{"catid": 1, "name": "Top", "supercatid": 2}, {"catid": 2, "name": "Root", "supercatid": None}],
        "code_name": [{"cid": 1, "name": "A", "catid": 1, "color": "#00FF00"}, {"cid": 2, "name": "B"}],
        "code_text": [
            {"cid": 1, "fid": 1, "seltext": "alpha", "pos0": 2, "pos1": 7, "owner": "ann", "date": "2024", "memo": ""},
            {"cid": 2, "fid": 1, "seltext": "beta", "pos0": 8, "pos1": 12, "owner": "bob", "date": "2024", "memo": "x"},
            {"cid": 9, "fid": 1, "seltext": "beta", "pos0": 8, "pos1": 12, "owner": "bob", "date": "2024", "memo": ""},
        ],
        "cases": [{"caseid": 1, "name": "Ms A"}],
        "case_text": [{"caseid": 1, "fid": 1, "pos0": 0, "pos1": 12}],
        "attribute": [{"name": "age", "attr_type": "case", "value": "40", "id": 1}],
    }
    found = coded.read_coded(database(QUALCODER, rows), "data.qda")
    assert found.tool == "QualCoder"
    assert words(found) == ["alpha", "beta"]
    assert [code.path for code in found.codes] == [("Root", "Top"), ("Root",), ("Root", "Top", "A"), ("B",)]
    assert found.documents[0].participant == Participant("Ms A", {"age": "40"})
    assert [(left.what, left.count) for left in found.left] == [("codings", 1), ("sources without text", 1)]


def test_categories_in_a_circle_end() -> None:
    """Categories that stand below one another in a circle are read nonetheless."""
    rows: Rows = {
        "source": [{"id": 1, "name": "t", "fulltext": "a"}],
        "code_cat": [{"catid": 1, "name": "X", "supercatid": 2}, {"catid": 2, "name": "Y", "supercatid": 1}],
        "code_name": [{"cid": 1, "name": "A", "catid": 1}],
    }
    found = coded.read_coded(database(QUALCODER, rows), "data.qda")
    assert found.codes[-1].path == ("Y", "X", "A")
