"""The patterns that texts of a request must match, each with the words that say so to who sent another."""

from collections.abc import Mapping
from types import MappingProxyType

#: Without NUL, which no database keeps; lone surrogates are refused by pydantic itself.
NO_NUL = r"^[^\x00]*$"
#: One line: no control characters.
LINE = r"^[^\x00-\x1f\x7f]*$"
ID = r"^[0-9A-Za-z_-]+$"
SAYS_SOMETHING = r"^[^\x00]*\S[^\x00]*$"
CURSOR = r"^[0-9A-Za-z=_-]+$"
KEY = r"^[\x21-\x7e]+$"

WORDS: Mapping[str, str] = MappingProxyType(
    {
        NO_NUL: "must not hold the character NUL",
        LINE: "must be one line, without control characters",
        ID: "may hold only letters from A to Z, digits, - and _",
        SAYS_SOMETHING: "must not be blank",
        CURSOR: "must be the next_cursor of an answer",
        KEY: "may hold only visible ASCII characters",
    }
)
