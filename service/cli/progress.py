"""Progress on stderr: a bar on a terminal, a plain line now and then otherwise."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Report(Protocol):
    """Takes how much is done, of how much, and what else there is to say of it."""

    def __call__(self, done: float, total: int, beside: str = "") -> None:
        """Tell how far the work is."""


_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def shown(what: str) -> Iterator[Report]:
    """Show how far some work is."""
    if sys.stderr.isatty():
        with _bar(what) as report:
            yield report
    else:
        yield _lines(what)


@contextmanager
def _bar(what: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)

        def report(done: float, total: int, beside: str = "") -> None:
            progress.update(task, completed=done, total=total, description=f"{what}{beside and ' ' + beside}")

        yield report


def _lines(what: str) -> Report:
    """Print a line now and then, and one at the end where any was printed: what takes no time needs none."""
    last, begun = time.monotonic(), False

    def report(done: float, total: int, beside: str = "") -> None:
        nonlocal last, begun
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES or (begun and done >= total):
            last, begun = time.monotonic(), done < total
            print(f"{what}: {done:.0f} of {total}{beside and ' ' + beside}", file=sys.stderr, flush=True)

    return report
