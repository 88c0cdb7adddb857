"""participants.csv: who speaks in which document, with what a report counts by."""

from pathlib import Path

import pytest

from service import errors
from service.domain.transcript import Participant
from service.readers import participants


def test_attributes(tmp_path: Path) -> None:
    """Every further column is an attribute; separator, byte-order mark and spaces make no difference."""
    path = tmp_path / "participants.csv"
    path.write_bytes(
        "\ufeffDocument_ID;participant_id;organisation;Région \r\n"
        "north/a.txt;P1;Abri; Nord\r\nb.txt;;Refuge;\r\n".encode()
    )
    assert participants.read_participants(path) == {
        "north/a.txt": Participant("P1", {"organisation": "Abri", "Région": "Nord"}),
        "b.txt": Participant("b.txt", {"organisation": "Refuge", "Région": ""}),
    }


def test_one_participant_in_two_documents() -> None:
    """A participant may speak in several documents."""
    found = participants.read_participants_bytes("p.csv", b"document_id,participant_id\na.txt,P1\nb.txt,P1\n")
    assert {person.participant_id for person in found.values()} == {"P1"}


def test_what_one_line_leaves_empty_another_may_say() -> None:
    """A participant has the same attributes in all their documents, wherever the list gives them."""
    text = b"document_id,participant_id,region\na.txt,P1,north\nb.txt,P1,\nc.txt,P2,\n"
    found = participants.read_participants_bytes("p.csv", text)
    assert [found[name].attributes["region"] for name in ("a.txt", "b.txt", "c.txt")] == ["north", "north", ""]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("document_id,participant_id\na,P1\n\na,P2\n", r"p\.csv, line 4: this document_id stands there twice"),
        ("id,participant_id\na,P1\n", r"line 1: the column document_id is missing"),
        ("document_id,participant_id\n,P1\n", r"line 2: the document_id is missing"),
        ("document_id,region,region\na,N,S\n", r"line 1: the column region stands there twice"),
        ("document_id,participant,org\na,P1,N\n", r"line 1: the column participant_id is missing"),
        ("document_id,participant_id\na,P1,x\n", r"line 2: 3 cells, but there are 2 columns"),
        ("", "it is empty"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    """Each broken list gets one sentence with the line."""
    with pytest.raises(errors.UnreadableFile, match=message):
        participants.read_participants_bytes("p.csv", text.encode())
