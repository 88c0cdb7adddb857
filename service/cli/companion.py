"""The worker that `inkling serve` keeps beside itself: started with it, started again if it dies, ended with it."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence

_COMMAND = (sys.executable, "-m", "service", "worker", "--tied")
_NICENESS = 10
#: Seconds before a worker is started; doubled each time that it dies soon, up to the last.
_FIRST_PAUSE, _LAST_PAUSE = 1.0, 60.0
_LOOK = 0.25
_PATIENCE = 10.0


@contextlib.contextmanager
def beside(command: Sequence[str] = _COMMAND) -> Iterator["Companion"]:
    """Keep a worker running until the block ends."""
    companion = Companion(command)
    try:
        yield companion
    finally:
        companion.close()


class Companion:
    """A worker's process and the thread that watches over it.

    The worker reads from a pipe whose other end only this process holds. However this process ends, be it by
    `kill -9`, the pipe ends with it, and the worker takes that as its sign to stop.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._closing = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._watch, name="companion", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the worker end in order, or else end it."""
        self._closing.set()
        self._thread.join()
        if self._process is not None:
            _end(self._process)

    def _watch(self) -> None:
        pause = _FIRST_PAUSE  # the server itself comes up first
        while not self._closing.wait(pause):
            began = time.monotonic()
            self._process = self._start()
            while self._process.poll() is None:
                if self._closing.wait(_LOOK):
                    return
            _end(self._process)
            print("inkling: the worker ended; it is started again.", file=sys.stderr, flush=True)
            lasted = time.monotonic() - began > _LAST_PAUSE
            pause = _FIRST_PAUSE if lasted else min(2 * pause, _LAST_PAUSE)

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C on a terminal stops the server, and that one ends this.
        process = subprocess.Popen(  # noqa: S603
            self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )
        with contextlib.suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
