"""What validation finds in a request, in sentences of ours that name the field and what would be right.

Nothing that a client sent is repeated: neither values nor the names of fields that are not ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from service.api import patterns

#: Parts of a place that are ours; any other part could be something the client sent.
_PLACES = frozenset({"body", "query", "path", "header", "cookie"})

_WHOLE_NUMBER = "{name} must be a whole number."
_NUMBER = "{name} must be a number."
_YES_OR_NO = "{name} must be true or false."
_MAPPING = "{name} must be a JSON object."

#: By pydantic's name of what is wrong; what stands in braces is the field, or a bound that is ours.
_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "missing": "{name} is missing.",
        "json_invalid": "The body must be JSON in UTF-8.",
        "json_wanted": "The body must be JSON, sent as application/json.",
        "string_type": "{name} must be a text.",
        "string_unicode": "{name} must be a text of valid Unicode.",
        "string_too_short": "{name} must have at least {min_length:,} characters.",
        "string_too_long": "{name} must have at most {max_length:,} characters.",
        "int_type": _WHOLE_NUMBER,
        "int_parsing": _WHOLE_NUMBER,
        "int_parsing_size": _WHOLE_NUMBER,
        "int_from_float": _WHOLE_NUMBER,
        "float_type": _NUMBER,
        "float_parsing": _NUMBER,
        "finite_number": "{name} must be a finite number.",
        "bool_type": _YES_OR_NO,
        "bool_parsing": _YES_OR_NO,
        "greater_than": "{name} must be greater than {gt:,.12g}.",
        "greater_than_equal": "{name} must be at least {ge:,.12g}.",
        "less_than": "{name} must be less than {lt:,.12g}.",
        "less_than_equal": "{name} must be at most {le:,.12g}.",
        "literal_error": "{name} must be {expected}.",
        "list_type": "{name} must be a list.",
        "too_short": "{name} must hold at least {min_length:,} entries.",
        "too_long": "{name} must hold at most {max_length:,} entries.",
        "dict_type": _MAPPING,
        "model_type": _MAPPING,
        "model_attributes_type": _MAPPING,
    }
)
_OTHERWISE = "{name} is not what is taken here; /api/docs says what is."


def faults(found: Iterable[Mapping[str, Any]], known: Iterable[str] = (), body: object = None) -> list[dict[str, str]]:
    """Return what validation found, each with its place and one sentence.

    Args:
        found: pydantic's errors.
        known: names that may stand in a place; anything else in one came from the client and is left out.
        body: the type of the request's body, to say which fields it has.
    """
    names = _PLACES | set(known)
    return [{"place": _place(error["loc"], names), "message": _sentence(error, names, body)} for error in found]


def _place(parts: Sequence[Any], names: Iterable[str]) -> str:
    shown = (str(part) if isinstance(part, int) or part in names else "…" for part in parts)
    return ".".join(shown) or "body"


def _sentence(error: Mapping[str, Any], names: Iterable[str], body: object) -> str:
    kind, bounds, parts = error.get("type", ""), error.get("ctx") or {}, error["loc"]
    name = _name(parts, names)
    if kind == "extra_forbidden":
        return _unknown(_name(parts[:-1], names), _fields(body, parts[1:-1]))
    if kind == "string_pattern_mismatch":
        return f"{name} {patterns.WORDS.get(bounds['pattern'], 'is not of the form that is taken here')}."
    if kind in ("string_too_short", "too_short") and bounds["min_length"] == 1:
        return f"{name} must not be empty."
    return _SENTENCES.get(kind, _OTHERWISE).format(name=name, **bounds)


def _name(parts: Sequence[Any], names: Iterable[str]) -> str:
    """Return what a field is called in a sentence: where it stands within the body or among the parameters."""
    return _place(parts[1:], names) if len(parts) > 1 else "The body"


def _unknown(name: str, fields: Sequence[str]) -> str:
    known = f"it takes {', '.join(fields)}" if fields else "/api/docs says what it takes"
    return f"{name} has a field that is not known here; {known}."


def _fields(body: object, parts: Sequence[Any]) -> tuple[str, ...]:
    """Return the fields that the body's type has at a place, as far as there are models on the way."""
    here = _model(body)
    for part in (part for part in parts if isinstance(part, str)):
        field = None if here is None else here.model_fields.get(part)
        here = None if field is None else _model(field.annotation)
    return () if here is None else tuple(here.model_fields)


def _model(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation: itself, one of its alternatives, or what a list of them holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Annotated, Union, UnionType, list):
        return next(filter(None, map(_model, get_args(annotation))), None)
    return None
