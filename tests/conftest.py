"""A running service for tests that go through HTTP."""

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
