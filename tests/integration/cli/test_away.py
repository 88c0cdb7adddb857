"""Taking codings and reports away on the command line."""

import csv
from pathlib import Path

from tests.integration.cli.conftest import Inkling


def test_what_was_written_where_is_said_on_stderr(team: Inkling, tmp_path: Path) -> None:
    """One line names the file and counts its rows; on stdout the content stays alone."""
    for what in ("export", "report"):
        out = tmp_path / f"{what}.csv"
        done = team(what, "--project", "intake", "--out", str(out))
        rows = len(list(csv.reader(out.read_text(encoding="utf-8").splitlines()))) - 1
        assert (done.code, done.out) == (0, "")
        assert done.err.startswith(f"{out}: {rows} rows.\n")
        shown = team(what, "--project", "intake")
        assert shown.out == out.read_text(encoding="utf-8")
        assert shown.err.startswith(f"{rows} rows.\n")
