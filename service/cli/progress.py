"""Progress on stderr: a bar on a terminal, a plain line now and then otherwise."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Report(Protocol):
    """Takes which share is done, 0 to 1, and what else there is to say of it."""

    def __call__(self, share: float, beside: str = "") -> None:
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
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(16),
        TextColumn("{task.percentage:>3.0f}% {task.fields[beside]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=1.0, beside="")
        yield lambda share, beside="": progress.update(task, completed=share, beside=beside)


def _lines(what: str) -> Report:
    """Print a line now and then, and one at the end where any was printed: what takes no time needs none."""
    last, begun = time.monotonic(), False

    def report(share: float, beside: str = "") -> None:
        nonlocal last, begun
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES or (begun and share >= 1):
            last, begun = time.monotonic(), share < 1
            print(f"{what}: {share:.0%}{beside and ', ' + beside}", file=sys.stderr, flush=True)

    return report
