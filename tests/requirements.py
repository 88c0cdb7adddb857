"""What it means that something can't run here: skipped, and said; a failure where everything must run."""

import os
from typing import NoReturn

import pytest


def unavailable(why: str) -> NoReturn:
    """Skip, loudly; under `INKLING_REQUIRE_ALL=1`, fail."""
    if os.environ.get("INKLING_REQUIRE_ALL") == "1":
        pytest.fail(why)
    pytest.skip(why)
