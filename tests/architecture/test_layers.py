"""Who may import whom, and what a wheel holds."""

import os
import subprocess
import sys
import tomllib

import pytest

from tests.architecture.code import PACKAGES, ROOT

#: Libraries that take seconds or hundreds of megabytes to load; only what needs one loads it, when it does.
HEAVY = ("torch", "transformers", "sentence_transformers", "spacy", "sklearn", "matplotlib", "pandas", "pyarrow")


def test_import_contracts_are_kept() -> None:
    """The layers named in pyproject.toml hold."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert " 0 broken" in found.stdout


@pytest.mark.parametrize("module", ["service.cli", "service.app", "service.suggest.suggester"])
def test_start_loads_nothing_heavy(module: str) -> None:
    """Importing the command line, the application or the suggester loads no heavy library."""
    code = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & sys.modules.keys()))"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COV_", "COVERAGE_"))}
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env=environment
    )
    assert found.stdout.split() == []


@pytest.mark.parametrize("folder", ["models", "data"])
def test_no_code_among_the_data(folder: str) -> None:
    """Folders of models and data hold no Python."""
    assert (ROOT / folder).is_dir()
    assert [path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".pyc", ".so")] == []


def test_wheel_holds_the_two_packages() -> None:
    """The wheel is made of service and training, and of nothing else."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": [*PACKAGES]}
