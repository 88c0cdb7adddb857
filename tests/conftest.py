"""A running service for tests that go through HTTP."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import Site, open_site


class _Failures:
    """Names a test as soon as it has failed, so that a run that is cut off has told."""

    def __init__(self, config: pytest.Config) -> None:
        self._plugins = config.pluginmanager

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._plugins.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.write_line(f"\n{report.nodeid}, {report.when}: {report.longreprtext.splitlines()[-1:]}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Failures(config))


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
