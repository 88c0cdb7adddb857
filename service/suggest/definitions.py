"""A model before any excerpt is coded: codes scored by how near a segment is to their definitions."""

import platform
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import numpy as np

from service import __version__
from service.domain.codebook import Codebook
from service.suggest import bundle, prototypes, support
from service.suggest.encoder import Encoder
from service.suggest.features import NO_TERMS
from service.suggest.model import NOTHING, Bundle, DimensionModel, Manifest, Settings

#: Measures of a model that nobody's coding can be held against.
NO_METRICS = {"reason": "fewer than three participants"}


def definitions_bundle(codebook: Codebook, encoder: Encoder) -> Bundle:
    """Return a model that knows nothing but the codebook; the same codebook and encoder give the same model id."""
    built = prototypes.build(codebook, encoder)
    manifest = Manifest(
        "",
        "definitions",
        codebook.name,
        codebook.version,
        encoder.encoder_id,
        encoder.size,
        NOTHING,
        0,
        Settings(),
        libraries(),
        datetime.now(UTC).isoformat(timespec="seconds"),
        on_invented_text=False,
    )
    dimensions = {name: DimensionModel(found) for name, found in built.items()}
    unnamed = Bundle(manifest, codebook, dimensions, NO_TERMS, support.empty(encoder.size), NO_METRICS)
    named = bundle.finish(unnamed)
    return replace(named, card=_card(named.manifest), report=_report(named.manifest))


def libraries() -> dict[str, str]:
    """Return the versions of what a model is made with."""
    return {"inkling": __version__, "numpy": np.__version__, "python": platform.python_version()}


_KNOWS = "It knows the codebook's labels, definitions and examples and no coded excerpt, and nothing was measured."


def _card(manifest: Manifest) -> str:
    return (
        f"# Model {manifest.model_id}\n\n"
        f"For the codebook {manifest.codebook_name}, version {manifest.codebook_version}.\n\n"
        f"{_KNOWS}\nIt suggests; a person decides.\n"
    )


def _report(manifest: Manifest) -> str:
    """Return a page that stands alone; there is nothing to draw."""
    name, book, version = map(escape, (manifest.model_id, manifest.codebook_name, manifest.codebook_version))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
        "form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Model {name}: report</title>\n</head>\n<body>\n<main>\n<h1>{name}</h1>\n"
        f"<p>For the codebook {book}, version {version}.</p>\n<p>{escape(_KNOWS)} It suggests; a person decides.</p>\n"
        "</main>\n</body>\n</html>\n"
    )
