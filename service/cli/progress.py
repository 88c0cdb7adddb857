"""Progress on stderr: a bar on a terminal, a plain line now and then otherwise."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Done so far, and in all (0 where unknown).
Report = Callable[[int, int], None]

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
        yield lambda done, total: progress.update(task, completed=done, total=total or None)


def _lines(what: str) -> Report:
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(f"{what}: {done} of {total or '?'}", file=sys.stderr, flush=True)

    return report
