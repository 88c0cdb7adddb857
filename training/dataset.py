"""Frozen training data: coded excerpts checked against a codebook, grouped, and hashed."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from service import errors
from service.domain import codebook as codebooks
from service.domain import excerpts, groups
from service.domain.codebook import Codebook, Dimension, Select
from service.domain.coding import AdviceGiven
from service.domain.excerpts import CodingRow, Given
from service.domain.suggestion import Passage

#: Document and position.
_Segment = tuple[str, int]


@dataclass(frozen=True)
class Example:
    """One segment with what counts as true of it; a dimension that is not there was not coded."""

    document_id: str
    position: int
    passage: Passage
    truth: Mapping[str, tuple[str, ...]]
    participant_id: str
    #: The group of documents that must stay on one side of every split.
    group: str
    origin: str
    project: str = ""
    #: The segment of a project that it comes from, if it does.
    segment_id: str = ""
    #: Whether it came to its coders by lot; None where none were chosen for what they teach a model.
    by_lot: bool | None = None
    #: By dimension, whether advice had been shown to those whose coding counts as true.
    advice: Mapping[str, AdviceGiven] = field(default_factory=dict)
    #: By dimension, what each coder gave by themselves; for agreement alone, nothing is learned from it.
    coders: Mapping[str, tuple[Given, ...]] = field(default_factory=dict)
    #: By dimension, how many coded it only once they could have seen what others had; they count in no agreement.
    late: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """What a model is fitted on, as it was at one moment; the same rows and codebook give the same hash."""

    examples: tuple[Example, ...]
    codebook: Codebook
    sha256: str
    #: How much was left out on request (`training.selection`).
    left_out: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups of its documents, sorted."""
        return tuple(sorted({example.group for example in self.examples}))

    @cached_property
    def coded(self) -> tuple[Example, ...]:
        """The segments on which something is settled; others stand around them, or count in agreement alone."""
        return tuple(example for example in self.examples if example.truth)

    @property
    def few_groups(self) -> bool:
        """Whether there are too few groups to say anything about unseen participants."""
        return len(self.groups) < groups.MIN_GROUPS

    def origins(self) -> dict[str, int]:
        """Return the number of segments with a truth by origin."""
        return dict(sorted(Counter(example.origin for example in self.coded).items()))

    def documents(self) -> dict[str, frozenset[int]]:
        """Return the keys by which each document can be recognised."""
        return recognition_keys((example.document_id, example.passage.text) for example in self.examples)


def merge(sources: Iterable[Sequence[CodingRow]]) -> tuple[CodingRow, ...]:
    """Put the rows of several files together.

    Where two files hold other texts at one place and the later one gave no positions, its segments move behind.

    Raises:
        BadExcerpts: two files that give positions hold other texts, or other agreed codes, at one place.
    """
    merged: list[CodingRow] = []
    texts: dict[tuple[str, int], str] = {}
    given: dict[tuple[str, int, str, str], frozenset[str]] = {}
    for rows in sources:
        for row in _moved(rows, texts):
            key = (*row.place, row.annotator_id)
            if given.setdefault(key, frozenset(row.codes)) != frozenset(row.codes):
                raise errors.BadExcerpts(f"{_where(row)}: two files give other codes by the same coder; keep one.")
            merged.append(row)
    return tuple({(*row.place, row.annotator_id): row for row in reversed(merged)}.values())[::-1]


def _moved(rows: Sequence[CodingRow], texts: dict[tuple[str, int], str]) -> list[CodingRow]:
    clashing = {r.document_id for r in rows if texts.get((r.document_id, r.position), r.text) != r.text}
    for row in rows:
        if row.document_id in clashing and row.placed:
            raise errors.BadExcerpts(f"{_where(row)}: two files hold other texts there; give them other document ids.")
    shift = {name: 1 + max(position for document, position in texts if document == name) for name in clashing}
    moved = [replace(row, position=row.position + shift.get(row.document_id, 0)) for row in rows]
    texts.update({(row.document_id, row.position): row.text for row in moved})
    return moved


def _where(row: CodingRow) -> str:
    return f"document {errors.shown(row.document_id)}, position {row.position}"


def infer_select(rows: Iterable[CodingRow]) -> dict[str, Select]:
    """Return how many codes each dimension takes: `one` if there is truth and all of it is exactly one code."""
    counts: dict[str, set[int]] = defaultdict(set)
    dimensions = set()
    listed = list(rows)
    for place, codes in excerpts.truth(listed).items():
        counts[place[2]].add(len(codes))
    dimensions = {row.dimension for row in listed}
    return {dimension: "one" if counts[dimension] == {1} else "many" for dimension in sorted(dimensions)}


def codebook_of(rows: Sequence[CodingRow], name: str) -> Codebook:
    """Return the codebook that the rows amount to where there is none: their codes, without definitions.

    Raises:
        BadExcerpts: no row has a code.
    """
    codes: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        codes[row.dimension].update(row.codes)
    raw = {dimension: dict.fromkeys(sorted(found), "") for dimension, found in sorted(codes.items()) if found}
    if not raw:
        raise errors.BadExcerpts(f"{name}: no row has a code, so there is nothing to learn; give a codebook as well.")
    return codebooks.parse(raw, name, short_name=name, select=infer_select(rows))


def freeze(rows: Sequence[CodingRow], codebook: Codebook, around: Sequence[CodingRow] = ()) -> Snapshot:
    """Check rows against a codebook, settle what is true of each segment, group the documents, and hash it all.

    Args:
        rows: the codings.
        codebook: what they are checked against.
        around: further rows, of which only the text is read, where it stands beside a segment of the others.

    Raises:
        BadExcerpts: a row names a dimension or code that the codebook doesn't have, or there is nothing to learn.
    """
    known = {dimension.id: dimension for dimension in codebook.dimensions}
    for row in rows:
        _check(row, known, codebook.name)
    truth = excerpts.truth(rows)
    passages = excerpts.passages([*rows, *around])
    grouped = group_rows(rows)
    first: dict[tuple[str, int], CodingRow] = {}
    for row in rows:
        first.setdefault((row.document_id, row.position), row)
    settled: dict[_Segment, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for (document_id, position, dimension), codes in truth.items():
        _check_one(known[dimension], codes, first[document_id, position])
        kept = _kept(codes, known[dimension], passages[document_id, position])
        if kept is not None:
            settled[document_id, position][dimension] = kept
    examples = tuple(_example(first[p], passages[p], settled.get(p, {}), grouped) for p in sorted(first))
    examples = _with_coders(examples, rows, known)
    if not any(example.truth for example in examples):
        raise errors.BadExcerpts("No segment has a coding that its coders agree on, so there is nothing to learn.")
    return Snapshot(examples, codebook, _hash(examples, codebook))


def _with_coders(
    examples: Iterable[Example], rows: Sequence[CodingRow], known: Mapping[str, Dimension]
) -> tuple[Example, ...]:
    """Note beside what is true whether advice had been shown, and what each coder gave by themselves."""
    advice: dict[_Segment, dict[str, AdviceGiven]] = defaultdict(dict)
    for (document_id, position, dimension), given in excerpts.advice(rows).items():
        advice[document_id, position][dimension] = given
    coders: dict[_Segment, dict[str, tuple[Given, ...]]] = defaultdict(dict)
    for (document_id, position, dimension), own in excerpts.coders(rows).items():
        coders[document_id, position][dimension] = own
    late: dict[_Segment, dict[str, int]] = defaultdict(dict)
    for (document_id, position, dimension), times in excerpts.late(rows).items():
        late[document_id, position][dimension] = times
    return tuple(
        replace(
            example,
            advice={name: advice[_segment(example)][name] for name in example.truth},
            coders=_kept_coders(coders.get(_segment(example), {}), known, example.passage),
            late=dict(sorted(late.get(_segment(example), {}).items())),
        )
        for example in examples
    )


def _segment(example: Example) -> _Segment:
    return (example.document_id, example.position)


def _kept_coders(
    coders: Mapping[str, tuple[Given, ...]], known: Mapping[str, Dimension], passage: Passage
) -> dict[str, tuple[Given, ...]]:
    """Return the coders' codes still in use, of those who gave any such or none at all."""
    kept = {
        name: tuple(
            replace(given, codes=codes)
            for given in found
            if (codes := _kept(given.codes, known[name], passage)) is not None
        )
        for name, found in sorted(coders.items())
    }
    return {name: found for name, found in kept.items() if found}


def _check(row: CodingRow, known: Mapping[str, Dimension], name: str) -> None:
    dimension = known.get(row.dimension)
    if dimension is None:
        raise errors.BadExcerpts(
            f"{_where(row)}: codebook {name} has no dimension {errors.shown(row.dimension)!r}; "
            f"it has {', '.join(map(errors.shown, known))}."
        )
    codes = {code.id for code in dimension.codes}
    for code in row.codes:
        if code not in codes:
            raise errors.BadExcerpts(
                f"{_where(row)}: dimension {errors.shown(dimension.id)} of codebook {name} has no code "
                f"{errors.shown(code)!r}."
            )


def _check_one(dimension: Dimension, codes: tuple[str, ...], row: CodingRow) -> None:
    """Refuse several codes as the truth where one is taken; a coder who was overruled may have given several."""
    if dimension.select == "one" and len(codes) > 1:
        raise errors.BadExcerpts(
            f"{_where(row)}: dimension {errors.shown(dimension.id)} takes one code, and its agreed coding has several."
        )


def _kept(codes: tuple[str, ...], dimension: Dimension, passage: Passage) -> tuple[str, ...] | None:
    """Return the codes still in use; None where the dimension doesn't apply or all its codes were retired."""
    if not dimension.applies(passage.speaker, passage.role):
        return None
    active = {code.id for code in dimension.active}
    kept = tuple(code for code in codes if code in active)
    return None if codes and not kept else kept


def _example(
    row: CodingRow, passage: Passage, truth: Mapping[str, tuple[str, ...]], grouped: Mapping[str, str]
) -> Example:
    return Example(
        row.document_id,
        row.position,
        passage,
        dict(sorted(truth.items())),
        row.participant,
        grouped[row.document_id],
        row.origin,
        row.extra.get("project", ""),
        row.extra.get("segment_id", ""),
        row.by_lot,
    )


def group_rows(rows: Iterable[CodingRow]) -> dict[str, str]:
    """Return each document's group."""
    listed = list(rows)
    keys = sentence_keys({(row.document_id, row.position): (row.document_id, row.text) for row in listed}.values())
    pairs = sorted({(row.document_id, row.participant) for row in listed})
    return groups.groups(groups.Document(document, person, keys[document]) for document, person in pairs)


def sentence_keys(texts: Iterable[tuple[str, str]]) -> dict[str, frozenset[int]]:
    """Return the sentence keys of each document, from (document id, text) pairs."""
    found: dict[str, set[int]] = defaultdict(set)
    for document_id, text in texts:
        found[document_id] |= groups.sentences(text)
    return {document_id: frozenset(keys) for document_id, keys in found.items()}


def recognition_keys(texts: Iterable[tuple[str, str]]) -> dict[str, frozenset[int]]:
    """Return keys by which a document is recognised: its sentences, or, where none is long enough, its whole text."""
    listed = list(texts)
    whole: dict[str, list[str]] = defaultdict(list)
    for document_id, text in listed:
        whole[document_id].append(" ".join(text.split()))
    return {
        name: keys or frozenset({groups.key(" ".join(whole[name]))}) for name, keys in sentence_keys(listed).items()
    }


def _hash(examples: Sequence[Example], codebook: Codebook) -> str:
    digest = sha256()
    for item in ([codebooks.as_dict(codebook)], *(_plain(example) for example in examples)):
        digest.update(json.dumps(item, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def _plain(example: Example) -> list[Any]:
    passage = example.passage
    around = [passage.speaker, passage.role, passage.before, passage.text, passage.after, passage.place]
    place = [example.document_id, example.position, example.participant_id, example.group, example.origin]
    coders = {name: [asdict(given) for given in found] for name, found in example.coders.items()}
    said = [{k: list(v) for k, v in example.truth.items()}, dict(example.advice), coders, example.by_lot]
    late = [dict(example.late)] if example.late else []
    return [*place, example.project, example.segment_id, around, *said, *late]
