"""Models as an earlier version of Inkling left them."""

from pathlib import Path

from service.suggest.bundle import MANIFEST
from service.suggest.model import FORMAT


def outdate(folder: Path) -> None:
    """Make a model's folder one of the first format."""
    manifest = folder / MANIFEST
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace(f'"format": {FORMAT}', '"format": 1'), encoding="utf-8")
