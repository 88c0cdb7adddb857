"""Latency of suggestions over HTTP beside a plain service, start to first suggestion, and memory.

Both run one after the other on the same machine, on the same texts, with the same head. `make bench` calls this.
"""

import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.load import Load, Result, run

ROOT = Path(__file__).parents[2]
INKLING = [sys.executable, "-m", "service"]
ROUNDS = 3
ALONE, TOGETHER = 100, 1500


def texts(count: int, seed: int) -> list[str]:
    """Return texts that differ, of two to four sentences each, from the invented excerpts."""
    rows = (ROOT / "data/excerpts/trauma-informed-practice.jsonl").read_text(encoding="utf-8").splitlines()
    sentences = sorted({s.strip() for row in rows for s in json.loads(row)["text"].split(". ") if len(s) > 20})
    draw = random.Random(seed)
    return [". ".join(draw.sample(sentences, draw.randint(2, 4))) for _ in range(count)]


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server while the block runs."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def ask(load: Load, body: object) -> None:
    """Send one body; raise where it is not answered."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{load.port}{load.path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", **load.headers},
    )
    urllib.request.urlopen(request, timeout=60).read()


def wait_for_first(load: Load, seconds: float = 120) -> float:
    """Ask until the first answer comes; return how long that took."""
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            ask(load, load.bodies[0])
            return time.perf_counter() - began
        time.sleep(0.02)
    raise RuntimeError("the server did not answer")


def memory_mb(process: subprocess.Popen[bytes]) -> float:
    """Return the process's resident memory in megabytes."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def prepare(home: Path) -> tuple[dict[str, str], str, Path]:
    """Create a store with the starter model and a token; return environment, token and the model's folder."""
    environment = {**os.environ, "INKLING_HOME": str(home)}
    environment.setdefault("INKLING_MODELS", str(ROOT / "models"))

    def inkling(*words: str) -> str:
        done = subprocess.run([*INKLING, *words], cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        return done.stdout

    inkling("set-up")
    inkling("suggest", "--text", "The encoder is compiled once, here.")
    inkling("projects", "create", "bench", "--blind-share", "0")
    token = json.loads(inkling("tokens", "create", "bench", "--scope", "suggest", "--project", "bench", "--json"))
    entries = json.loads(inkling("models", "list", "--json"))
    current = next(e["model_id"] for e in entries if e["state"] == "current" and e["codebook"].startswith("trauma"))
    return environment, str(token["token"]), Path(environment["INKLING_MODELS"]) / current


def measure(name: str, command: list[str], environment: dict[str, str], load: Load) -> dict[str, float | Result | str]:
    """Start a server and put both loads on it, several times; the medians count."""
    with running(command, environment) as process:
        first = wait_for_first(load)
        after_first = memory_mb(process)
        alone = [run(Load(load.port, load.path, load.headers, part), 1) for part in _parts(load, ALONE, 0)]
        together = [run(Load(load.port, load.path, load.headers, part), 32) for part in _parts(load, TOGETHER, ALONE)]
        return {
            "name": name,
            "first": first,
            "memory": after_first,
            "memory_after": memory_mb(process),
            "alone": sorted(alone, key=lambda r: r.p50)[ROUNDS // 2],
            "together": sorted(together, key=lambda r: r.per_second)[ROUNDS // 2],
        }


def _parts(load: Load, count: int, skip: int) -> list[list[object]]:
    begin = skip * ROUNDS + 1
    return [list(load.bodies[begin + i * count : begin + (i + 1) * count]) for i in range(ROUNDS)]


def main() -> None:
    """Measure both and print the table."""
    said = texts((ALONE + TOGETHER) * ROUNDS + 1, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        environment, token, model = prepare(Path(folder) / "home")
        plain_port, port = free_port(), free_port()
        plain = Load(plain_port, "/suggestions", {}, [{"text": text} for text in said])
        starts = (
            f"import uvicorn, pathlib; from tests.bench.plain_service import create_app; "
            f"uvicorn.run(create_app(pathlib.Path({str(model)!r})), port={plain_port}, access_log=False)"
        )
        bodies = [{"project": "bench", "segments": [{"text": text}]} for text in said]
        ours = Load(port, "/api/v1/suggestions", {"Authorization": f"Bearer {token}"}, bodies)
        results = [
            measure("plain FastAPI + SentenceTransformer", [sys.executable, "-c", starts], environment, plain),
            measure("Inkling", [*INKLING, "serve", "--port", str(port)], environment, ours),
        ]
    show(results)


def show(results: list[dict[str, float | Result | str]]) -> None:
    """Print the table."""
    table = Table(title=f"Suggestions over HTTP, one segment a request, medians of {ROUNDS}")
    for column in (
        "service", "1 client p50/p95 ms", "32 clients p50/p95 ms", "32 clients /s", "first suggestion s",
        "memory MB, then under load",
    ):  # fmt: skip
        table.add_column(column, justify="left" if column == "service" else "right")
    for found in results:
        alone, together = found["alone"], found["together"]
        assert isinstance(alone, Result)
        assert isinstance(together, Result)
        table.add_row(
            str(found["name"]),
            f"{alone.p50:.1f} / {alone.p95:.1f}",
            f"{together.p50:.1f} / {together.p95:.1f}",
            f"{together.per_second:.0f}",
            f"{found['first']:.2f}",
            f"{found['memory']:.0f}, {found['memory_after']:.0f}",
        )
    Console(width=150).print(table)
    plain, ours = (found["together"] for found in results)
    assert isinstance(plain, Result)
    assert isinstance(ours, Result)
    print(f"Throughput at 32 clients: {ours.per_second / plain.per_second:.1f} times the plain service's.")


if __name__ == "__main__":
    main()
