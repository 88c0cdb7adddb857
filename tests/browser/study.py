"""A study that two people and a machine coded in another tool, as a REFI-QDA project to bring in."""

from pathlib import Path
from xml.sax.saxutils import quoteattr

from playwright.sync_api import FilePayload

from tests.refi_projects import coding, guid, packed, project, selection, source

NAME = "newcomers.qdpx"
_INTERVIEW = Path(__file__).parents[2] / "data" / "transcripts" / "interview-c.txt"

_USERS = {"Ana Ruiz": 1, "Ben": 2, "NVivo": 3}
#: Dimension, code, whether anything was given it.
_TREE = {
    "Domain": ("Awareness", "Competency", "Safety", "Feeling at home"),
    "Level": ("Facilitator", "Organization", "Community"),
    "": ("Quotable", "To do"),
}
#: Who, which code, which words.
_GIVEN = (
    ("Ana Ruiz", "Awareness", "explaining him to her for years"),
    ("Ana Ruiz", "Facilitator", "explaining him to her for years"),
    ("Ben", "Awareness", "I believed it was a matter of stress."),
    ("Ana Ruiz", "Competency", "we offer it in two languages with\nan interpreter"),
    ("Ben", "Organization", "we offer it in two languages with\nan interpreter"),
    ("Ben", "Feeling at home", "I came first as a client, for the evening English."),
    ("Ana Ruiz", "Feeling at home", "something that I had never sat inside"),
    ("Ana Ruiz", "Quotable", "Most men\nwho drive at night frighten nobody."),
    ("Ben", "To do", "one that we had to stop because of a flood"),
    ("NVivo", "Safety", "Harbour"),
)


def file(name: str, content: bytes) -> FilePayload:
    """Return a file as a page is given it."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def qdpx(name: str = "interview-c.txt", more: str = "") -> bytes:
    """Return the project's file; `more` stands at its end, such as notes."""
    text = _INTERVIEW.read_text(encoding="utf-8")
    keys = {code: guid(100 + n) for n, code in enumerate(code for codes in _TREE.values() for code in codes)}
    users = "".join(f'<User guid="{guid(n)}" name={quoteattr(who)}/>' for who, n in _USERS.items())
    codes = "".join(_branch(n, branch, within, keys) for n, (branch, within) in enumerate(_TREE.items()))
    given = "".join(
        selection((at := text.index(words)), at + len(words), coding(keys[code], guid(_USERS[who])), number=n + 1)
        for n, (who, code, words) in enumerate(_GIVEN)
    )
    pictures = f'<PictureSource guid="{guid(900)}" name="Poster" path="internal://poster.png"/>'
    parts = f"<Users>{users}</Users><CodeBook><Codes>{codes}</Codes></CodeBook>"
    sources = f"<Sources>{source(given, name)}{pictures}</Sources>"
    return packed(project(f"{parts}{sources}{more}", "NVivo 14.23"), {"one.txt": text})


def _branch(number: int, branch: str, within: tuple[str, ...], keys: dict[str, str]) -> str:
    codes = "".join(f'<Code guid="{keys[code]}" name={quoteattr(code)} isCodable="true"/>' for code in within)
    return f'<Code guid="{guid(200 + number)}" name="{branch}" isCodable="false">{codes}</Code>' if branch else codes


def table() -> bytes:
    """Return a table of coded excerpts by nobody named."""
    rows = (
        "Interview,Passage,Theme,Remark",
        'talk.txt,"We sit in a circle, and nobody has to speak.",Safety,',
        'talk.txt,"Then I ask before I stand near them.",Awareness,ask Ben',
    )
    return "\r\n".join(rows).encode()
