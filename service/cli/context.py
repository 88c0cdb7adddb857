"""What every command needs: settings, the store, models, and a way to print."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service import errors
from service.domain.codebook import Codebook
from service.settings import Settings
from service.suggest.encoder import Encoder
from service.suggest.registry import Registry
from service.use_cases.serve_models import ModelShelf


@contextmanager
def store() -> Iterator[sa.Engine]:
    """Open the store, brought to the present schema."""
    from service.store.engine import open_database
    from service.store.migrate import migrate

    engine = open_database(Settings().url)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def now() -> float:
    """Return the time in seconds since 1970."""
    return time.time()


def registry() -> Registry:
    """Return the models folder's registry."""
    return Registry(Settings().models)


def encoder() -> Encoder:
    """Return the encoder that the settings name."""
    from service.suggest.encoder import load_encoder

    settings = Settings()
    return load_encoder(settings.encoder, settings.cache)


def keeping(encoder: Encoder) -> Encoder:
    """Return it with a file of the vectors it has made, so that training again encodes only what is new."""
    from service.suggest.keeping_encoder import KeepingEncoder

    return KeepingEncoder(encoder, Settings().cache / "vectors")


def tunable(encoder: Encoder) -> Path | None:
    """Return the folder of an encoder's weights; None where it can't be tuned, as what comes of it couldn't serve."""
    from service.suggest import encoder_source
    from service.suggest.openvino_encoder import OpenVINOEncoder

    settings = Settings()
    if not isinstance(encoder, OpenVINOEncoder):
        return None
    return encoder_source.find(settings.encoder, settings.cache).folder


def work() -> Path:
    """Return the folder of trainings that are not finished."""
    return Settings().home / "work"


def shelf() -> ModelShelf:
    """Return the models, loaded when asked for."""
    return ModelShelf(registry(), encoder)


def codebook(path: Path | None, dimensions: Mapping[str, str] | None = None) -> Codebook:
    """Read a codebook file, or fold the codes of another tool's into dimensions; the starter's where none is named."""
    from service.readers import coded, codes
    from service.readers.codebook import read_codebook

    if path is not None and path.suffix.lower() in (*codes.SUFFIXES, *coded.REFUSED):
        return codes.folded_codebook(path, dimensions or {})
    if dimensions:
        raise errors.BadInput("--dimension folds the codes of another tool's file; this codebook has its dimensions.")
    return read_codebook(path or Settings().starter_codebook)


def print_json(value: Any) -> None:
    """Print one JSON value on stdout."""
    print(json.dumps(value, ensure_ascii=False))


def say(text: str) -> None:
    """Print a line of progress on stderr."""
    print(plain(text), file=sys.stderr)


def tell(text: str) -> None:
    """Print a line of an answer on stdout; what a file names is in it, and no terminal obeys that."""
    print(plain(text))


def plain(text: str) -> str:
    """Return a text as one line that does nothing to a terminal: a blank for each character that is not shown."""
    return "".join(c if c.isprintable() or c == "\t" else " " for c in text)


def read_input(name: str) -> str:
    """Return the text that an option names; `-` reads stdin.

    Raises:
        BadInput: it is not UTF-8.
    """
    if name != "-":
        return name
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise errors.BadInput("stdin: the text is not UTF-8.") from None
