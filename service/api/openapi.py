"""The OpenAPI document, and a page to read it that needs no network and no script."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from service import __version__
from service.api.import_schemas import ChoicesIn
from service.api.problems import COMMON, MEDIA_TYPE, Problem
from service.api.schemas import SuggestionsIn

ADDRESS = "/api/v1/openapi.json"
PAGE = "/api/docs"

_TEMPLATE = "#/components/schemas/{model}"
_INTRODUCTION = """\
Inkling suggests codes for segments of interviews; a person decides. People sign in with POST /api/v1/session and
are known by the cookie they get; programs send “Authorization: Bearer TOKEN” and can ask for suggestions, never decide.
Errors are problems as in RFC 9457. Lists are {items, next_cursor}: send next_cursor as cursor for what follows."""
_SECURITY = {
    "session": {"type": "apiKey", "in": "cookie", "name": "inkling_session"},
    "token": {"type": "http", "scheme": "bearer"},
}


def register(app: FastAPI) -> None:
    """Have the application describe itself, as JSON and as a page."""
    app.openapi = cache(lambda: document(app))  # type: ignore[method-assign]
    page = cache(lambda: _page(app.openapi()).encode())
    style = (Path(__file__).parent / "templates" / "docs.css").read_bytes()

    @app.get(PAGE, include_in_schema=False)
    def docs() -> Response:
        return Response(page(), media_type="text/html; charset=utf-8")

    @app.get(f"{PAGE}.css", include_in_schema=False)
    def docs_style() -> Response:
        return Response(style, media_type="text/css; charset=utf-8")


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, completed by what FastAPI does not know."""
    out = get_openapi(title="Inkling", version=__version__, description=_INTRODUCTION, routes=app.routes)
    parts = out.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for model in (Problem, SuggestionsIn, ChoicesIn):
        schema = TypeAdapter(model).json_schema(ref_template=_TEMPLATE)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    parts["securitySchemes"] = _SECURITY
    for _, _, operation in operations(out):
        operation.setdefault("security", [{"session": []}])
    return out


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and description of every operation."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _page(description: dict[str, Any]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("service.api"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["type_of"] = type_of
    environment.globals["body_of"] = _body_of
    environment.filters["json"] = _json
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for method, path, operation in operations(description):
        groups.setdefault(operation["tags"][0], []).append((method, path, operation))
    schemas = dict(sorted(description["components"]["schemas"].items()))
    return environment.get_template("docs.html").render(
        info=description["info"],
        groups=groups,
        schemas=schemas,
        address=ADDRESS,
        problem=MEDIA_TYPE,
        common={str(status): meaning for status, meaning in COMMON.items()},
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _body_of(content: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return the media type and the schema of a body, if it has one."""
    for media_type, body in content.items():
        return media_type, body.get("schema", {})
    return None


def type_of(schema: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Say in words what a schema takes, as parts of which some name another schema."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return [(name, name)]
    for key, between in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if key in schema:
            return _joined([type_of(part) for part in schema[key]], between)
    if "enum" in schema:
        return [(" | ".join(map(str, schema["enum"])), None)]
    if "const" in schema:
        return [(f"“{schema['const']}”", None)]
    kind = schema.get("type", "anything")
    if kind == "array":
        return [("list of ", None), *type_of(schema.get("items", {}))]
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return [("mapping to ", None), *type_of(schema["additionalProperties"])]
    return [(f"{kind}{_bounds(schema)}", None)]


def _bounds(schema: dict[str, Any]) -> str:
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    if low is None and high is None:
        return ""
    if high is None:
        return f" (from {low})"
    return f" ({low if low is not None else 0} to {high})" if low is not None else f" (up to {high})"


def _joined(parts: list[list[tuple[str, str | None]]], between: str) -> list[tuple[str, str | None]]:
    out: list[tuple[str, str | None]] = []
    for part in parts:
        out += [(between, None), *part] if out else part
    return out
