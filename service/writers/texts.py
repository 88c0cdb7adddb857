"""What every format that is XML inside needs of a text: no characters that it can't hold."""

import re

#: XML 1.0 has no way to write these.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def for_xml(text: str) -> str:
    """Return a text with a replacement character for each that XML can't hold."""
    return _FORBIDDEN.sub("\ufffd", text)
