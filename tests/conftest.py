"""A running service for tests that go through HTTP, and what it means that something can't run here."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import Site, open_site


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Return a function that starts a service of its own with the settings given."""
    with ExitStack() as stack:

        def start(name: str = "site", **settings: Any) -> Site:
            site, client = open_site(tmp_path / name, **settings)
            stack.enter_context(client)
            return site

        yield start


@pytest.fixture
def site(sites: Callable[..., Site]) -> Site:
    """Return a running service over an empty store."""
    return sites()


def unavailable(why: str) -> None:
    """Skip, loudly; where everything must run, fail."""
    if os.environ.get("INKLING_REQUIRE_ALL") == "1":
        pytest.fail(why)
    pytest.skip(why)
