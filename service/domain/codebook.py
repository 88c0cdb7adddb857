"""Codebooks: dimensions, their codes with definitions, and what may be chosen where."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from service import errors

Select = Literal["one", "many"]

#: What no store keeps and no answer can hold: NUL, and halves of characters, which JSON can smuggle in.
NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")

_KEYS = ("name", "version", "dimensions")
_DIMENSION_KEYS = ("label", "select", "required", "applies_to", "codes")
_CODE_KEYS = ("label", "definition", "include", "exclude", "examples", "parent", "retired")


@dataclass(frozen=True)
class Code:
    """One code; `parent` names codes of other dimensions that it belongs under (a hint, binding nobody)."""

    id: str
    label: str
    definition: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    parent: Mapping[str, str] = field(default_factory=dict)
    retired: bool = False


@dataclass(frozen=True)
class Dimension:
    """A question that codes answer: `one` or `many` of its codes per segment."""

    id: str
    label: str
    select: Select
    codes: tuple[Code, ...]
    required: bool = True
    #: Speakers or roles it applies to; None means all.
    applies_to: tuple[str, ...] | None = None

    def applies(self, speaker: str, role: str) -> bool:
        """Say whether a segment of this speaker and role is coded on this dimension."""
        return self.applies_to is None or speaker in self.applies_to or (role != "" and role in self.applies_to)

    @property
    def active(self) -> tuple[Code, ...]:
        """The codes that can be chosen now."""
        return tuple(code for code in self.codes if not code.retired)


@dataclass(frozen=True)
class Codebook:
    """A named, versioned set of dimensions. Code ids are never reused between versions."""

    name: str
    version: str
    dimensions: tuple[Dimension, ...]

    def dimension(self, dimension_id: str) -> Dimension:
        """Return the dimension; raise `UnknownCode` where there is none of this id."""
        for dimension in self.dimensions:
            if dimension.id == dimension_id:
                return dimension
        raise errors.UnknownCode(f"The codebook has no dimension of this name; it has {_names(self.dimensions)}.")

    def applying(self, speaker: str, role: str) -> tuple[Dimension, ...]:
        """Return the dimensions that a segment of this speaker and role is coded on."""
        return tuple(d for d in self.dimensions if d.applies(speaker, role))


def _names(items: Iterable[Code | Dimension]) -> str:
    return ", ".join(item.id for item in items)


def check_choice(dimension: Dimension, codes: Collection[str]) -> None:
    """Raise `UnknownCode` or `Unprocessable` unless these codes may be chosen together in this dimension."""
    unknown = set(codes) - {code.id for code in dimension.active}
    if unknown:
        raise errors.UnknownCode(f"Dimension {dimension.id} has no such code; it has {_names(dimension.active)}.")
    if dimension.select == "one" and len(set(codes)) > 1:
        raise errors.Unprocessable(f"Dimension {dimension.id} takes one code, not {len(set(codes))}.")


def parse(raw: Any, where: str, *, short_name: str, select: Mapping[str, Select] | None = None) -> Codebook:
    """Build a codebook from parsed YAML or JSON, in its full or its short form.

    Args:
        raw: what the file holds.
        where: the file's name, for messages.
        short_name: the name of a codebook in the short form `{dimension: {code: definition}}`.
        select: how many codes each dimension of the short form takes (default `many`).

    Raises:
        BadCodebook: naming the place and what would be right.
    """
    if not isinstance(raw, dict) or not raw:
        raise errors.BadCodebook(f"{where}: a codebook is a mapping with name, version and dimensions.")
    _check_texts(raw, where)
    if isinstance(raw.get("dimensions"), dict) or not isinstance(raw.get("version", {}), dict):
        return _full(raw, where)
    return Codebook(short_name, "1", tuple(_short(raw, where, select or {})))


def _check_texts(raw: Any, where: str) -> None:
    """Refuse what no store keeps and no answer can hold."""
    if isinstance(raw, str) and NO_CHARACTER.search(raw):
        raise errors.BadCodebook(f"{where}: a text holds a character that is none (NUL, or half of a pair).")
    items = [*raw, *raw.values()] if isinstance(raw, dict) else raw if isinstance(raw, list | tuple) else ()
    for item in items:
        _check_texts(item, where)


def _short(raw: dict[Any, Any], where: str, select: Mapping[str, Select]) -> Iterable[Dimension]:
    for name, codes in raw.items():
        if not isinstance(codes, dict) or not codes:
            raise errors.BadCodebook(
                f"{where}: dimension {errors.shown(name)} needs a mapping of codes to definitions."
            )
        if not all(isinstance(text, str) or text is None for text in codes.values()):
            raise errors.BadCodebook(
                f"{where}: dimension {errors.shown(name)}: in the short form each code has one sentence."
            )
        parsed = tuple(Code(_id(code, where), _label(str(code)), text or "") for code, text in codes.items())
        yield Dimension(_id(name, where), _label(str(name)), select.get(str(name), "many"), parsed)


def _full(raw: dict[str, Any], where: str) -> Codebook:
    _check_keys(raw, _KEYS, where)
    name, version = raw.get("name"), raw.get("version")
    if not isinstance(name, str) or not name.strip():
        raise errors.BadCodebook(f"{where}: the codebook needs a name.")
    if isinstance(version, bool) or not isinstance(version, str | int | float) or str(version) in ("", "nan", "inf"):
        raise errors.BadCodebook(f"{where}: the codebook needs a version.")
    if not isinstance(raw.get("dimensions"), dict) or not raw["dimensions"]:
        raise errors.BadCodebook(f"{where}: the codebook needs at least one dimension.")
    dimensions = tuple(_dimension(key, value, where) for key, value in raw["dimensions"].items())
    book = Codebook(name.strip(), str(version), dimensions)
    _check_parents(book, where)
    return book


def _dimension(key: Any, raw: Any, where: str) -> Dimension:
    place = f"{where}: dimension {errors.shown(key)}"
    if not isinstance(raw, dict) or not isinstance(raw.get("codes"), dict) or not raw["codes"]:
        _check_keys(raw if isinstance(raw, dict) else (), _DIMENSION_KEYS, place)
        raise errors.BadCodebook(f"{place} needs codes, a mapping of code to its definition.")
    _check_keys(raw, _DIMENSION_KEYS, place)
    select = raw.get("select", "many")
    if select not in ("one", "many"):
        raise errors.BadCodebook(f"{place}: select is one or many.")
    required = raw.get("required", True)
    if not isinstance(required, bool):
        raise errors.BadCodebook(f"{place}: required is true or false.")
    applies_to = raw.get("applies_to")
    codes = tuple(_code(code, value, place) for code, value in raw["codes"].items())
    return Dimension(
        _id(key, where),
        str(raw.get("label") or _label(str(key))),
        select,
        codes,
        required,
        None if applies_to is None else _texts(applies_to, f"{place}: applies_to"),
    )


def _code(key: Any, raw: Any, place: str) -> Code:
    here = f"{place}, code {errors.shown(key)}"
    raw = {"definition": raw} if isinstance(raw, str) or raw is None else raw
    if not isinstance(raw, dict):
        raise errors.BadCodebook(f"{here} needs a definition.")
    _check_keys(raw, _CODE_KEYS, here)
    parent = raw.get("parent") or {}
    if not isinstance(parent, dict):
        raise errors.BadCodebook(f"{here}: parent maps a dimension to one of its codes.")
    return Code(
        _id(key, place),
        str(raw.get("label") or _label(str(key))),
        str(raw.get("definition") or ""),
        _texts(raw.get("include"), f"{here}: include"),
        _texts(raw.get("exclude"), f"{here}: exclude"),
        _texts(raw.get("examples"), f"{here}: examples"),
        {str(k): str(v) for k, v in parent.items()},
        bool(raw.get("retired", False)),
    )


def _check_keys(raw: Iterable[Any], known: Collection[str], place: str) -> None:
    """Refuse a key that nothing reads: what was meant by it would be missed in silence."""
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            right = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}."
            raise errors.BadCodebook(f"{place}: the key {errors.shown(key)} is not known here; {right}")


def _texts(raw: Any, place: str) -> tuple[str, ...]:
    if raw is None or raw == "":
        return ()
    items = [raw] if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise errors.BadCodebook(f"{place} is a sentence or a list of sentences.")
    return tuple(items)


def _id(raw: Any, place: str) -> str:
    text = raw.strip() if isinstance(raw, str) else "" if isinstance(raw, bool) or raw is None else str(raw)
    if not text or len(text) > 200 or ";" in text or any(ord(c) < 32 for c in text):
        raise errors.BadCodebook(f"{place}: an id is a short text without ';' (write yes, no and null in quotes).")
    return text


def _label(key: str) -> str:
    text = key.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def _check_parents(book: Codebook, where: str) -> None:
    known = {d.id: {c.id for c in d.codes} for d in book.dimensions}
    for dimension in book.dimensions:
        for code in dimension.codes:
            for name, parent in code.parent.items():
                if parent not in known.get(name, ()):
                    place = f"{where}: dimension {errors.shown(dimension.id)}, code {errors.shown(code.id)}"
                    missing = f"{errors.shown(name)}: {errors.shown(parent)}"
                    raise errors.BadCodebook(f"{place}: parent {missing} does not exist.")


def as_dict(book: Codebook) -> dict[str, Any]:
    """Return the codebook in its full form, ready for JSON or YAML; `parse` reads it back equal."""
    return {
        "name": book.name,
        "version": book.version,
        "dimensions": {d.id: _dimension_dict(d) for d in book.dimensions},
    }


def _dimension_dict(dimension: Dimension) -> dict[str, Any]:
    out: dict[str, Any] = {"label": dimension.label, "select": dimension.select, "required": dimension.required}
    if dimension.applies_to is not None:
        out["applies_to"] = list(dimension.applies_to)
    out["codes"] = {code.id: _code_dict(code) for code in dimension.codes}
    return out


def _code_dict(code: Code) -> dict[str, Any]:
    out: dict[str, Any] = {"label": code.label, "definition": code.definition}
    for key in ("include", "exclude", "examples"):
        if getattr(code, key):
            out[key] = list(getattr(code, key))
    if code.parent:
        out["parent"] = dict(code.parent)
    if code.retired:
        out["retired"] = True
    return out
