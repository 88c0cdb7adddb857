"""What a server has acknowledged is there after it is killed; what does not fit on the disk is told."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from service.store import engine as store
from tests.fakes import SAFE, Site, open_site

_SERVE = """
import sys, uvicorn
from pathlib import Path
from service.app import create_app
from service.settings import Settings
settings = Settings(home=Path(sys.argv[1]), models=Path(sys.argv[2]), encoder="hashing")
uvicorn.run(create_app(settings), port=int(sys.argv[3]), log_level="error")
"""


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Path, list[str], dict[str, str]]:
    """Return a store's folder, its segments and a person's session."""
    site, client = open_site(tmp_path)
    site.clock.time = time.time()
    with client:
        site.project()
        ada = site.person("Ada", member_of=("alpha",))
        said = ada.suggest("alpha", *({"document_id": "d", "text": f"Segment {i} of the story."} for i in range(8)))
    return tmp_path, [s["segment_id"] for s in said], dict(ada.headers)


def _serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _SERVE, str(folder / "home"), str(folder / "models"), str(port)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[3])
    for _ in range(600):
        try:
            httpx2.get(f"http://127.0.0.1:{port}/api/v1/health")
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return process
    process.kill()
    raise AssertionError("the server did not start")


#: Key, segment and decision.
Kept = tuple[str, str, str]


def _decide_until_cut(port: int, headers: dict[str, str], segments: list[str], kept: list[Kept]) -> None:
    """Decide in a row, noting key, segment and decision of each that is acknowledged."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}/api/v1", headers=headers) as client:
        for number in range(10_000):
            segment, key = random.choice(segments), f"{threading.get_ident()}-{number}-{port}"
            try:
                answer = client.post(
                    f"/segments/{segment}/decisions", json={"codes": SAFE}, headers={"Idempotency-Key": key}
                )
            except httpx2.TransportError:
                return
            assert answer.status_code == 201, answer.text
            kept.append((key, segment, answer.json()["decision_id"]))


def test_kill_loses_no_decision_that_was_acknowledged(
    prepared: tuple[Path, list[str], dict[str, str]],
) -> None:
    """Killed in the middle of several people's requests, twice; repeating a key afterwards adds nothing."""
    folder, segments, headers = prepared
    kept: list[Kept] = []
    for _ in range(2):
        port = _free_port()
        process = _serve(folder, port)
        clients = [
            threading.Thread(target=_decide_until_cut, args=(port, headers, segments, kept), daemon=True)
            for _ in range(3)
        ]
        for client in clients:
            client.start()
        time.sleep(random.uniform(0.4, 0.8))
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
        for client in clients:
            client.join(20)
    assert len(kept) > 5
    engine = store.open_database(f"sqlite:///{folder / 'home' / 'inkling.db'}")
    with store.reading(engine) as connection:
        stored = set(connection.exec_driver_sql("SELECT id FROM decisions").scalars())
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    engine.dispose()
    assert {decision for _, _, decision in kept} <= stored

    port = _free_port()
    process = _serve(folder, port)
    try:
        key, segment, decision = kept[-1]
        again: Any = httpx2.post(
            f"http://127.0.0.1:{port}/api/v1/segments/{segment}/decisions",
            json={"codes": SAFE},
            headers={**headers, "Idempotency-Key": key},
        )
        assert (again.status_code, again.json()["decision_id"]) == (201, decision)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def full(site: Site) -> Iterator[Site]:
    """Return a service whose database can't grow any more once `alpha` is there."""
    site.project()
    site.person("Ada", member_of=("alpha",))
    with site.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    site.engine.dispose()

    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    sa.event.listen(site.engine, "connect", limit)
    yield site
    sa.event.remove(site.engine, "connect", limit)


def test_a_full_disk_is_told_and_stores_nothing(full: Site) -> None:
    """507, and the document is not there in part."""
    ada = full.sign_in("Ada")
    words = " ".join(f"word{i}" for i in range(20_000))
    answer = ada.bring("alpha", "long.txt", f"Ada: {words}.")
    assert answer.status_code == 507
    assert answer.json()["detail"] == "The disk is full; nothing was stored."
    assert ada.get("/projects/alpha/documents")["items"] == []
