"""Reading and writing REFI-QDA projects: time and memory, for a large study of invented interviews.

Each row is a process of its own; memory is the most that it held at once, beyond what Python and the modules take.
One project is as Inkling writes it, one as NVivo for Windows does: line ends of two characters, positions in UTF-16
units, a byte-order mark.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from service.domain.coded_file import CodedFile, ForeignCode, ForeignCoder, ForeignCoding, ForeignDocument
from service.domain.transcript import Participant, Turn
from service.readers import coded
from service.writers import qdpx
from tests import refi_projects

NOW = datetime(2026, 5, 1, tzinfo=UTC)
_SENTENCE = "well I think that we should have asked them before, you know; it was très difficile 😀 at the shelter"
_ROWS = ("read, as Inkling writes it", "read, as NVivo for Windows writes it", "write")


def study(documents: int, codings: int) -> CodedFile:
    """Return interviews of some sixty turns each, with codings spread over them."""
    chance = random.Random(11)
    codes = tuple(ForeignCode(f"c{n}", (f"theme {n % 12}", f"code {n}"), "what it means") for n in range(150))
    coders = tuple(ForeignCoder(f"u{n}", f"Coder {n}") for n in range(3))
    share = codings // documents
    made = tuple(_interview(n, share, chance) for n in range(documents))
    return CodedFile("study.qdpx", "", "", made, codes, coders)


def _interview(number: int, codings: int, chance: random.Random) -> ForeignDocument:
    words = _SENTENCE.split()
    said = [" ".join(chance.choices(words, k=chance.randint(5, 60))) for _ in range(60)]
    text = "\n\n".join(said)
    turns, start = [], 0
    for place, turn in enumerate(said):
        turns.append(Turn("Interviewer" if place % 2 == 0 else f"P{number}", "", start, start + len(turn)))
        start += len(turn) + 2
    spans = [chance.choice(turns) for _ in range(codings)]
    given = tuple(
        ForeignCoding(t.start, t.end, f"c{chance.randrange(150)}", f"u{chance.randrange(3)}", "a memo" * (n % 20 == 0))
        for n, t in enumerate(spans)
    )
    person = Participant(f"P{number}", {"region": chance.choice("NESW")})
    return ForeignDocument(f"interview {number}", text, given, tuple(turns), participant=person)


def as_nvivo(file: CodedFile) -> bytes:
    """Return the same codings as NVivo for Windows counts positions."""
    sources, texts = [], {}
    codes = "".join(
        f'<Code guid="{refi_projects.guid(0x10000 + n)}" name="{code.name}" isCodable="true"/>'
        for n, code in enumerate(file.codes)
    )
    for number, document in enumerate(file.documents):
        chosen = []
        for coding in document.codings:
            start, end = (_units(document.text[:place]) for place in (coding.start, coding.end))
            given = refi_projects.coding(refi_projects.guid(0x10000 + int(coding.code[1:])))
            chosen.append(refi_projects.selection(start, end, given))
        name = f"{number}.txt"
        sources.append(refi_projects.source("".join(chosen), document.name, f"internal://{name}"))
        texts[name] = document.text.replace("\n", "\r\n").encode("utf-8-sig")
    xml = f"<CodeBook><Codes>{codes}</Codes></CodeBook><Sources>{''.join(sources)}</Sources>"
    return refi_projects.packed(refi_projects.project(refi_projects.USERS + xml, "NVivo 14.23"), texts)


def _units(text: str) -> int:
    return len(text.replace("\n", "\r\n").encode("utf-16-le")) // 2


def child(row: int, folder: Path, documents: int, codings: int) -> None:
    """Do what a row says, and print seconds, megabytes and what came of it."""
    file = study(documents, codings) if row == 2 else None
    before, begun = _memory("VmRSS"), time.perf_counter()
    if file is None:
        found = coded.read_coded(folder / f"{row}.qdpx")
        fits = found.alignment.aligned / found.alignment.selections if found.alignment else 0.0
        came = f"{len(found.documents):,} documents, {found.codings:,} codings, {fits:.1%} aligned"
    else:
        with (folder / "written.qdpx").open("wb") as out:
            qdpx.write(file, out, NOW)
        came = f"{(folder / 'written.qdpx').stat().st_size / 1e6:.1f} MB"
    print(json.dumps([time.perf_counter() - begun, _memory("VmHWM") - before, came]))


def _memory(kind: str) -> float:
    """Return this process's memory in MB: what it holds now (VmRSS) or held at most (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(f"{kind}:"))


def main() -> None:
    """Make the projects, measure each row in a process of its own, and print one table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--documents", type=int, default=500)
    options.add_argument("--codings", type=int, default=50_000)
    options.add_argument("--child", type=int)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    if chosen.child is not None:
        child(chosen.child, chosen.folder, chosen.documents, chosen.codings)
        return
    with tempfile.TemporaryDirectory(prefix="inkling-") as place:
        folder = Path(place)
        file = study(chosen.documents, chosen.codings)
        with (folder / "0.qdpx").open("wb") as out:
            qdpx.write(file, out, NOW)
        (folder / "1.qdpx").write_bytes(as_nvivo(file))
        show([_measured(row, folder, chosen) for row in range(len(_ROWS))], chosen)


def _measured(row: int, folder: Path, chosen: argparse.Namespace) -> tuple[float, float, str]:
    words = [sys.executable, "-m", "tests.bench.bench_interchange", "--child", str(row), "--folder", str(folder)]
    words += ["--documents", str(chosen.documents), "--codings", str(chosen.codings)]
    seconds, megabytes, came = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return seconds, megabytes, came


def show(found: list[tuple[float, float, str]], chosen: argparse.Namespace) -> None:
    """Print the table."""
    table = Table("", "seconds", "memory, MB", "", title=f"{chosen.documents:,} documents, {chosen.codings:,} codings")
    for name, (seconds, megabytes, came) in zip(_ROWS, found, strict=True):
        table.add_row(name, f"{seconds:.1f}", f"{megabytes:,.0f}", came)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
