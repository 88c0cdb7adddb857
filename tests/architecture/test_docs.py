"""The README says what is true: settings, commands, paths and tests that it names exist."""

import re
from pathlib import Path

import pytest
import typer.main

from service.cli.main import command
from service.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table() -> str:
    """Return the README's table of settings, as it should stand there."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "beside the program" if name == "data" else field.default
        shown = "" if default in (None, ()) else f"`{default}`" if name != "data" else default
        rows.append(f"| `INKLING_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def test_every_setting_is_documented() -> None:
    """The README holds each setting with its default and meaning, as the code has them."""
    assert settings_table() in README, settings_table()


@pytest.mark.parametrize("name", sorted(typer.main.get_group(command()).commands))
def test_every_command_is_documented(name: str) -> None:
    """The README names each command."""
    assert f"inkling {name}" in README


def test_every_path_it_names_exists() -> None:
    """Files and folders that the README points at are there."""
    named = set(re.findall(r"`((?:tests|service|training|data|models)/[\w./-]*)`", README))
    named |= set(re.findall(r"\]\(((?!http)[\w./-]+)\)", README))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_make_target_it_names_exists() -> None:
    """`make` targets in the README are those of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = re.findall(r"`make ([a-z-]+)", README) + re.findall(r"^make ([a-z-]+) +#", README, re.M)
    assert set(named) <= targets
