"""Settings come from the environment, and say what is wrong with them."""

from pathlib import Path

import pytest

from service import errors
from service.settings import Settings


def test_every_setting_is_described() -> None:
    """One sentence each, for the README and whoever reads the code."""
    assert all(field.description and field.description.endswith(".") for field in Settings.model_fields.values())


def test_the_environment_is_read_under_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable counts as none."""
    monkeypatch.setenv("INKLING_HOME", "/somewhere")
    monkeypatch.setenv("INKLING_ENCODER", "")
    monkeypatch.setenv("INKLING_HOSTS", " Inkling.Example ,other.example,")
    found = Settings()
    assert (found.home, found.encoder, found.hosts) == (Path("/somewhere"), None, ("inkling.example", "other.example"))
    assert found.url == "sqlite:////somewhere/inkling.db"
    assert found.cache == Path("/somewhere/cache")


def test_the_database_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The URL goes before the home."""
    monkeypatch.setenv("INKLING_DATABASE_URL", "postgresql://localhost/inkling")
    assert Settings().url == "postgresql://localhost/inkling"


@pytest.mark.parametrize(
    ("name", "value"),
    [("INKLING_MAX_BODY_BYTES", "much"), ("INKLING_SESSION_HOURS", "-1"), ("INKLING_SEGMENT_WORDS", "0")],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """One sentence with the variable's own name."""
    monkeypatch.setenv(name, value)
    with pytest.raises(errors.BadInput, match=f"^{name}: "):
        Settings()


def test_the_starter_codebook_is_found_from_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It stands beside the program, whatever the working folder."""
    monkeypatch.chdir(tmp_path)
    assert Settings().starter_codebook.is_file()
