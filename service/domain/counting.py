"""Numbers with their noun, as sentences need them."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 file" or "2 files"; `many` is for nouns that take more than an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
