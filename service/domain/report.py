"""What final codings amount to: how often each code was observed, in how many participants and organisations.

A codebook with the dimensions `domain` and `level` is counted by their pairs, with the themes below each; any other
codebook gets one table per dimension.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from service.domain import masking
from service.domain.codebook import Code, Codebook, Dimension
from service.domain.coding import Codes
from service.domain.masking import Count

UNCLEAR = "pairing unclear"
NONE_APPLIES = "none applies"

Pair = tuple[str, str]


@dataclass(frozen=True)
class FinalSegment:
    """The final codes of one segment (None: not final there), and whose words they stand for."""

    participant: str
    organisation: str
    codes: Mapping[str, Codes | None]


@dataclass(frozen=True)
class Row:
    """One line: the codes it counts (domain, level, theme; or one code), their labels, and the count."""

    place: tuple[str, ...]
    labels: tuple[str, ...]
    count: Count


@dataclass(frozen=True)
class Table:
    """The codes of one dimension, counted."""

    dimension: str
    label: str
    rows: tuple[Row, ...]
    total: Count


@dataclass(frozen=True)
class Report:
    """A study's table. `total` counts the segments that are final, the rest says what is in no pair."""

    kind: Literal["pairs", "dimensions"]
    rows: tuple[Row, ...]
    tables: tuple[Table, ...]
    total: Count
    none_applies: Count
    #: Segments with a theme whose parents are not among their domains and levels.
    theme_elsewhere: Count
    minimum: int | None


@dataclass(frozen=True)
class Roles:
    """Which dimensions make the pairs, and which holds the themes below them."""

    domain: Dimension
    level: Dimension
    theme: Dimension | None

    @property
    def parents(self) -> dict[str, Pair]:
        """The pair that each theme belongs under, for themes that have both parents."""
        codes = self.theme.codes if self.theme else ()
        keys = (self.domain.id, self.level.id)
        return {c.id: (c.parent[keys[0]], c.parent[keys[1]]) for c in codes if all(k in c.parent for k in keys)}


def roles(book: Codebook) -> Roles | None:
    """Find the dimensions `domain` and `level`, and one whose codes have parents in both; None without the two."""
    known = {dimension.id: dimension for dimension in book.dimensions}
    if "domain" not in known or "level" not in known:
        return None
    below = [d for d in book.dimensions if any({"domain", "level"} <= set(code.parent) for code in d.codes)]
    themes = sorted((d for d in below if d.id not in ("domain", "level")), key=lambda d: d.id != "theme")
    return Roles(known["domain"], known["level"], themes[0] if themes else None)


class Tally:
    """Counts segments, and the people and organisations they come from."""

    def __init__(self) -> None:
        self._segments = 0
        self._participants: set[str] = set()
        self._organisations: set[str] = set()

    def add(self, segment: FinalSegment) -> None:
        """Count a segment."""
        self._segments += 1
        self._participants.add(segment.participant)
        if segment.organisation:
            self._organisations.add(segment.organisation)

    @property
    def count(self) -> Count:
        """What was counted so far."""
        return Count(self._segments, len(self._participants), len(self._organisations))


class Tallies(dict[tuple[str, ...], Tally]):
    """Tallies by what they count."""

    def add(self, key: tuple[str, ...], segment: FinalSegment) -> None:
        """Count a segment under a key."""
        self.setdefault(key, Tally()).add(segment)

    def of(self, *key: str) -> Count:
        """Return a count, zero where nothing was counted."""
        return self[key].count if key in self else Count(0, 0, 0)


def build(book: Codebook, segments: Iterable[FinalSegment], minimum: int | None = None) -> Report:
    """Count final codings; with `minimum`, mask the cells of fewer participants than that."""
    found = roles(book)
    tallies = Tallies()
    rest = [d for d in book.dimensions if found is None or d not in (found.domain, found.level, found.theme)]
    for segment in segments:
        if found is not None:
            _count_pairs(found, segment, tallies)
        _count_codes(rest, segment, tallies, counts_total=found is None)
    report = Report(
        "dimensions" if found is None else "pairs",
        () if found is None else tuple(_pair_rows(found, tallies)),
        tuple(_table(dimension, tallies) for dimension in rest),
        tallies.of("total"),
        tallies.of("none"),
        tallies.of("elsewhere"),
        minimum,
    )
    return report if minimum is None else _masked(report, minimum)


def _count_pairs(found: Roles, segment: FinalSegment, tallies: Tallies) -> None:
    domains, levels = segment.codes.get(found.domain.id), segment.codes.get(found.level.id)
    if domains is None or levels is None:
        return
    tallies.add(("total",), segment)
    if not domains or not levels:
        tallies.add(("none",), segment)
        return
    themes = (segment.codes.get(found.theme.id) or frozenset()) if found.theme else frozenset()
    pairs, unclear = pairing(domains, levels, [found.parents.get(theme) for theme in themes])
    for pair in pairs:
        tallies.add(("pair", *pair), segment)
    if unclear:
        tallies.add(("unclear",), segment)
    _count_themes(found, segment, themes, pairs, tallies)


def _count_themes(found: Roles, segment: FinalSegment, themes: Codes, pairs: set[Pair], tallies: Tallies) -> None:
    for theme in themes:
        if theme not in found.parents or found.parents[theme] in pairs:
            tallies.add(("theme", theme), segment)
    if any(theme in found.parents and found.parents[theme] not in pairs for theme in themes):
        tallies.add(("elsewhere",), segment)


def pairing(domains: Codes, levels: Codes, parents: Iterable[Pair | None]) -> tuple[set[Pair], bool]:
    """Return a segment's pairs of domain and level, and whether some of its codes can't be paired.

    Args:
        domains: its domains, at least one.
        levels: its levels, at least one.
        parents: the pairs of its themes.
    """
    possible = {(domain, level) for domain in domains for level in levels}
    if len(domains) == 1 or len(levels) == 1:
        return possible, False
    pairs = possible & set(parents)
    covered = {domain for domain, _ in pairs} == domains and {level for _, level in pairs} == levels
    return pairs, not covered


def _count_codes(
    dimensions: Sequence[Dimension], segment: FinalSegment, tallies: Tallies, *, counts_total: bool
) -> None:
    final = {d.id: codes for d in dimensions if (codes := segment.codes.get(d.id)) is not None}
    if final and counts_total:
        tallies.add(("total",), segment)
    for dimension, codes in final.items():
        tallies.add(("dimension", dimension), segment)
        for code in codes or {NONE_APPLIES}:
            tallies.add(("code", dimension, code), segment)


def _pair_rows(found: Roles, tallies: Tallies) -> Iterable[Row]:
    """Yield a row per pair and the themes below it; then themes that belong under no pair; then what is unclear."""
    seen = {part for key in tallies if key[0] in ("pair", "theme") for part in key[1:]}
    themes = _listed(found.theme, seen) if found.theme else []
    for domain in _listed(found.domain, seen):
        for level in _listed(found.level, seen):
            pair, labels = (domain.id, level.id), (domain.label, level.label)
            yield Row((*pair, ""), (*labels, ""), tallies.of("pair", *pair))
            for theme in themes:
                if found.parents.get(theme.id) == pair:
                    yield Row((*pair, theme.id), (*labels, theme.label), tallies.of("theme", theme.id))
    for theme in themes:
        if theme.id not in found.parents:
            yield Row(("", "", theme.id), ("", "", theme.label), tallies.of("theme", theme.id))
    yield Row((UNCLEAR, "", ""), (UNCLEAR.capitalize(), "", ""), tallies.of("unclear"))


def _table(dimension: Dimension, tallies: Tallies) -> Table:
    seen = {key[2] for key in tallies if key[:2] == ("code", dimension.id)}
    codes = [(code.id, code.label) for code in _listed(dimension, seen)]
    codes.append((NONE_APPLIES, NONE_APPLIES.capitalize()))
    rows = tuple(Row((code,), (label,), tallies.of("code", dimension.id, code)) for code, label in codes)
    return Table(dimension.id, dimension.label, rows, tallies.of("dimension", dimension.id))


def _listed(dimension: Dimension, seen: Collection[str]) -> list[Code]:
    """Return the codes to list, in codebook order: retired ones only where they were observed."""
    return [code for code in dimension.codes if not code.retired or code.id in seen]


def _masked(report: Report, minimum: int) -> Report:
    total = masking.mask(report.total, minimum)
    rows, none = _masked_pairs(report, total, minimum)
    return Report(
        report.kind,
        tuple(rows),
        tuple(_masked_table(table, minimum) for table in report.tables),
        total,
        none,
        masking.mask(report.theme_elsewhere, minimum),
        minimum,
    )


def _masked_table(table: Table, minimum: int) -> Table:
    total = masking.mask(table.total, minimum)
    counts = masking.mask_below(total, [row.count for row in table.rows], minimum)
    return replace(table, rows=_with(table.rows, counts), total=total)


def _masked_pairs(report: Report, total: Count, minimum: int) -> tuple[Iterable[Row], Count]:
    """Mask the pairs as parts of the whole, then each pair's themes as parts of the pair."""
    themes: dict[tuple[str, ...], list[Row]] = {}
    for row in report.rows:
        themes.setdefault(row.place[:2], [])
        if row.place[2]:
            themes[row.place[:2]].append(row)
    tops = [row for row in report.rows if not row.place[2]]
    *counts, none = masking.mask_below(total, [*(row.count for row in tops), report.none_applies], minimum)
    whole = {row.place[:2]: count for row, count in zip(tops, counts, strict=True)}
    masked = {row.place: row for row in _with(tops, counts)}
    for pair, below in themes.items():
        parts = masking.mask_below(whole.get(pair, total), [row.count for row in below], minimum)
        masked.update({row.place: row for row in _with(below, parts)})
    return (masked[row.place] for row in report.rows), none


def _with(rows: Sequence[Row], counts: Sequence[Count]) -> tuple[Row, ...]:
    return tuple(Row(row.place, row.labels, count) for row, count in zip(rows, counts, strict=True))


def as_dict(report: Report) -> dict[str, Any]:
    """Return the report ready for JSON: `rows` are the pairs, or else every table's rows; masked numbers are texts."""
    segments, participants, organisations = report.total.shown()
    tables = [_table_dict(table) for table in report.tables]
    pairs = [_row_dict(("domain", "level", "theme"), row) for row in report.rows]
    return {
        "kind": report.kind,
        "rows": pairs if report.kind == "pairs" else [row for table in tables for row in table["rows"]],
        "tables": tables,
        "segments_final": segments,
        "participants": participants,
        "organisations": organisations,
        "none_applies": _count_dict(report.none_applies),
        "theme_elsewhere": _count_dict(report.theme_elsewhere),
        "minimum": report.minimum,
    }


def _table_dict(table: Table) -> dict[str, Any]:
    own = {"dimension": table.dimension}
    return {
        **own,
        "label": table.label,
        "segments_final": table.total.shown()[0],
        "rows": [{**own, **_row_dict(("code",), row)} for row in table.rows],
    }


def _row_dict(names: Sequence[str], row: Row) -> dict[str, Any]:
    labels = {f"{name}_label": label for name, label in zip(names, row.labels, strict=True)}
    return {**dict(zip(names, row.place, strict=True)), **_count_dict(row.count), **labels}


def _count_dict(count: Count) -> dict[str, Any]:
    segments, participants, organisations = count.shown()
    return {
        "segments": segments,
        "participants": participants,
        "organisations": organisations,
        "masked": count.mask != "",
    }
