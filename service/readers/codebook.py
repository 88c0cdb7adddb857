"""Codebook files: YAML or JSON, loaded safely, every refusal naming the line."""

import hashlib
import json
from collections.abc import Hashable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from service import errors
from service.domain import codebook
from service.domain.codebook import Codebook, Select
from service.readers import files
from service.readers.containers import encodings

SUFFIXES = (".yaml", ".yml", ".json")
MAX_BYTES = 1_000_000
#: Scalars that YAML would turn into numbers or dates: 1.10, 007 and 2024-05-01 stay as they are written.
_AS_WRITTEN = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")


class _Refused(Exception):
    """What is wrong with a file, without its name."""


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses duplicate keys and aliases and leaves numbers as written."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (the library's own shape)
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _AS_WRITTEN]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse an alias, by which a small file can stand for a huge one."""
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise _Refused(f"line {line}: aliases (*name) are not accepted; write the text out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key that stands twice in one mapping."""
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise _Refused(f"line {key_node.start_mark.line + 1}: a key must be a short text")
            if key in seen:
                raise _Refused(f"line {key_node.start_mark.line + 1}: the key {errors.shown(key)} stands there twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_codebook(path: Path, select: Mapping[str, Select] | None = None) -> Codebook:
    """Read a codebook from a file.

    Args:
        path: a YAML or JSON file, in the full or the short form.
        select: how many codes each dimension of the short form takes.

    Raises:
        BadCodebook: naming file, line and what would be right.
        TooLarge: where the file is larger than a codebook is.
    """
    try:
        content = files.read_bytes(path, MAX_BYTES)
    except errors.UnreadableFile as problem:
        raise errors.BadCodebook(str(problem)) from None
    return read_codebook_bytes(path.name, content, select)


def read_codebook_bytes(name: str, content: bytes, select: Mapping[str, Select] | None = None) -> Codebook:
    """Read a codebook from bytes, such as an upload; otherwise as `read_codebook`."""
    name = PurePosixPath(name).name
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise errors.BadCodebook(f"{name}: a codebook is a file ending in {', '.join(SUFFIXES)}.")
    if len(content) > MAX_BYTES:
        raise files.too_large(name, MAX_BYTES)
    try:
        text = encodings.decode(name, content).text
    except errors.UnreadableFile as problem:
        raise errors.BadCodebook(str(problem)) from None
    if not text.strip():
        raise errors.BadCodebook(f"{name}: it is empty; a codebook is a mapping with name, version and dimensions.")
    raw = _json(name, text) if suffix == ".json" else _yaml(name, text)
    short = f"{PurePosixPath(name).stem}-{hashlib.sha256(content).hexdigest()[:8]}"
    return codebook.parse(raw, name, short_name=short, select=select)


def _yaml(name: str, text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (derived from SafeLoader)
    except _Refused as problem:
        raise errors.BadCodebook(f"{name}, {problem}.") from None
    except RecursionError:
        raise errors.BadCodebook(f"{name}: nested too deeply; a codebook has a handful of levels.") from None
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise errors.BadCodebook(
            f"{name}, line {line}: no valid YAML ({errors.shown(problem.problem or 'unexpected end', 100)})."
        ) from None
    except (yaml.YAMLError, ValueError):
        raise errors.BadCodebook(f"{name}: no valid YAML; it holds characters that YAML does not allow.") from None


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_int=str, parse_float=str)
    except json.JSONDecodeError as problem:
        raise errors.BadCodebook(f"{name}, line {problem.lineno}: no valid JSON ({problem.msg}).") from None
    except RecursionError:
        raise errors.BadCodebook(f"{name}: nested too deeply; a codebook has a handful of levels.") from None
    except _Refused as problem:
        raise errors.BadCodebook(f"{name}, {_placed(text) or problem}.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Refused(f"the key {errors.shown(key)} stands there twice")
        found[key] = value
    return found


def _placed(text: str) -> str | None:
    """Return the refusal of a duplicate key with its line, which the YAML reader knows and the JSON one does not."""
    try:
        yaml.load(text.replace("\t", " "), Loader=_Loader)  # noqa: S506 (derived from SafeLoader)
    except _Refused as problem:
        return str(problem)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return None
