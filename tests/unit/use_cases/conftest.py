"""An empty world in a store of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.use_cases.fakes_models import FakeShelf
from tests.unit.use_cases.report_worlds import report_double, report_plain, report_world
from tests.unit.use_cases.worlds import World, open_store

__all__ = ["report_double", "report_plain", "report_world"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    engine = open_store(tmp_path)
    yield World(engine)
    engine.dispose()


@pytest.fixture
def shelf() -> FakeShelf:
    return FakeShelf()
