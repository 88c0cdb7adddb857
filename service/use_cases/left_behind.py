"""What of a coded file stays behind when it is taken into a project: what has no words, no place or no code there."""

from collections import Counter
from collections.abc import Iterator, Sequence

from service import errors
from service.domain import folding
from service.domain.coded_file import CodedFile, Left
from service.domain.folding import Matching
from service.use_cases.lay_out_documents import Laid


def empty(file: CodedFile) -> Iterator[Left]:
    """Yield how many documents hold no words."""
    wordless = sum(not document.text.strip() for document in file.documents)
    if wordless:
        yield Left("documents", "there are no words in them", wordless)


def unfound(laid: Sequence[Laid]) -> Iterator[Left]:
    """Yield how many excerpts have no place of their own in the project's documents."""
    for one in laid:
        if one.lost:
            name = errors.shown(one.document.name, 100)
            yield Left("excerpts", f"their words are not in the project's {name}, or more than once", one.lost)


def unmatched(file: CodedFile, matching: Matching) -> Iterator[Left]:
    """Yield the given codes that are none of the codebook's or are to be left out, with how often they were given."""
    often = Counter(made.code for document in file.documents for made in document.codings)
    for code in file.codes:
        what = f"codings with {errors.shown(folding.path_text(code.path), 100)}"
        if often[code.key] and code.key in matching.ignored:
            yield Left(what, "the code is to be left out", often[code.key])
        elif often[code.key] and code.key in matching.unmatched:
            yield Left(what, matching.unmatched[code.key], often[code.key])
