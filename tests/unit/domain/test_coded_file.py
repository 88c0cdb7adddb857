"""What a file of another tool holds: machines known by their names, and nothing that no store keeps."""

import pytest

from service.domain.coded_file import (
    CodedFile,
    ForeignCode,
    ForeignCoding,
    ForeignDocument,
    coders_named,
    is_machine,
    storable,
)
from service.domain.transcript import Participant

MACHINES = (
    "NVivo| nvivo |ATLAS.ti|AI Assist|AI Coding|ChatGPT|gpt-4o|Claude 3.5 Sonnet|auto-coder|claude-sonnet-4|Gemini Pro|"
    "MAXQDA AI Assist|qualcoder auto|Copilot|Inkling|autocoded|KI|KI-Assistent|A.I.|AI.|[AI] coder|OpenAI GPT-4|"
    "GPT-4 (AI)|AI (GPT-4)|Google Gemini|Microsoft Copilot|Intentional AI Coding|o1-preview|large language model|"
    "GPT\u20114o|G\u200bPT-4|\uff27\uff30\uff34-4|machine coder|m-1 (machine)"
)
PEOPLE = (
    "Ai|Ki|Ai 2|Ana I.|A. I. Petrov|O3|Claude|Claude Martin|Ai Weiwei|Mai|Kai|Gemini|Aida|MAXQDA|qualcoder|default||"
    "Model|admin|Ana Auto|N. Vivo|Dr. Gpta"
)


@pytest.mark.parametrize("name", MACHINES.split("|"))
def test_a_tools_machine_is_known_by_its_name(name: str) -> None:
    """Users under whom tools code by themselves are machines."""
    assert is_machine(name)


@pytest.mark.parametrize("name", PEOPLE.split("|"))
def test_people_are_no_machines(name: str) -> None:
    """Names that people have, and a tool's ordinary user, are people's."""
    assert not is_machine(name)


def test_coders_of_a_file_are_told_apart() -> None:
    """Each has its key and name, machines marked."""
    assert [(c.key, c.name, c.machine) for c in coders_named([("1", "Ana"), ("2", "NVivo")])] == [
        ("1", "Ana", False),
        ("2", "NVivo", True),
    ]


def test_what_no_store_keeps_is_replaced_in_place() -> None:
    """NUL and halves of characters become replacement characters wherever they stand, and no offset moves."""
    coding = ForeignCoding(0, 3, "k\x00", "", memo="m\ud800")
    document = ForeignDocument("d\x00", "a\ud800b", (coding,), participant=Participant("p\x00", {"x\x00": "\udfff"}))
    found = storable(CodedFile("f", "", "tool", (document,), (ForeignCode("k\x00", ("\ud800",)),)))
    (whole,) = found.documents
    assert (whole.name, whole.text) == ("d\ufffd", "a\ufffdb")
    assert whole.codings == (ForeignCoding(0, 3, "k\ufffd", "", memo="m\ufffd"),)
    assert whole.participant == Participant("p\ufffd", {"x\ufffd": "\ufffd"})
    assert found.codes == (ForeignCode("k\ufffd", ("\ufffd",)),)
    assert len(found.notes) == 1
    found.documents[0].text.encode()


def test_a_file_without_such_characters_stays_as_it_is() -> None:
    """Nothing is copied, and nothing is noted."""
    file = CodedFile("f", "", "tool", (ForeignDocument("d", "text \U0001f600"),))
    assert storable(file) is file
    assert file.codings == 0
