"""A light load: many clients on kept-alive connections, each asking again as soon as it is answered."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Load:
    """Where to ask and what."""

    port: int
    path: str
    headers: Mapping[str, str]
    bodies: Sequence[Any]


@dataclass(frozen=True)
class Result:
    """Latencies in milliseconds and answers per second."""

    p50: float
    p95: float
    per_second: float


def run(load: Load, clients: int) -> Result:
    """Send each body once, shared among so many clients; raise if an answer is not 200."""
    return asyncio.run(_run(load, clients))


async def _run(load: Load, clients: int) -> Result:
    waiting = iter(load.bodies)
    times: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(_client(load, waiting, times) for _ in range(clients)))
    seconds = time.perf_counter() - began
    milliseconds = np.array(times) * 1000
    return Result(float(np.percentile(milliseconds, 50)), float(np.percentile(milliseconds, 95)), len(times) / seconds)


async def _client(load: Load, waiting: Any, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
    for body in waiting:
        began = time.perf_counter()
        writer.write(_request(load, json.dumps(body).encode()))
        await _answer(reader)
        times.append(time.perf_counter() - began)
    writer.close()


def _request(load: Load, body: bytes) -> bytes:
    headers = {"Host": f"127.0.0.1:{load.port}", "Content-Type": "application/json", **load.headers}
    lines = [f"POST {load.path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items()), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.split(b"\r\n")[0].decode())
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    await reader.readexactly(length)
