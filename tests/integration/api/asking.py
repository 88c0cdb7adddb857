"""Everything that a person can ask of a service, and answers made comparable between two of them."""

import re
from collections.abc import Iterator
from typing import Any

from tests.fakes import AWARE, Someone

_IDS = re.compile(r"\b[0-9a-f]{24}\b")
_TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?")


def answers(reader: Someone) -> Iterator[tuple[str, bytes]]:
    """Ask everything that a person can ask while the segments are open to them."""

    def ask(method: str, path: str, **options: Any) -> tuple[str, bytes]:
        answer = reader.ask(method, path, **options)
        return f"{method} {path}", b"%d " % answer.status_code + answer.content

    segments = [item["segment_id"] for item in reader.get("/projects/alpha/queue")["items"]]
    project = "/projects/alpha"
    for path in ("", "/queue", "/codings", "/documents", "/documents/one.txt", "/documents/posted", "/models"):
        yield ask("GET", project + path)
    for path in ("export", "export?format=jsonl", "export?codings=all", "export?codings=all&format=jsonl"):
        yield ask("GET", f"{project}/{path}")
    for path in ("report", "report?minimum=2", "report?format=csv", "report?format=html", "report.svg"):
        yield ask("GET", f"{project}/{path}")
    for number, segment in enumerate(segments):
        _, answer = ask("GET", f"/segments/{segment}")
        yield f"segment {number}", answer
        refused: list[dict[str, Any]] = [{"codes": AWARE, "adjudication": True}, {"codes": {"x": []}}, {"codes": {}}]
        for body in refused:
            _, answer = ask("POST", f"/segments/{segment}/decisions", json=body)
            yield f"refused {number}", answer
        _, answer = ask("POST", f"/segments/{segment}/decisions", json={"retract": True})
        yield f"retracted {number}", answer
    for item in reader.get(f"{project}/queue")["items"]:
        place = {key: item[key] for key in ("document_id", "position", "text")}
        yield ask("POST", "/suggestions", json={"project": "alpha", "segments": [place]})
    yield ask("GET", "/projects")
    yield ask("GET", f"{project}/imports")
    yield ask("DELETE", f"{project}/imports/none")
    yield ask("GET", f"{project}/queue?document_id=posted")
    yield ask("GET", "/models")
    yield ask("GET", f"{project}/trainings")
    name, answer = ask("POST", f"{project}/trainings", json={})
    yield name, answer
    yield ask("POST", f"{project}/trainings", json={})
    yield ask("GET", f"{project}/trainings")


def comparable(answer: bytes) -> str:
    """Replace ids, each by its order of appearance, and times."""
    seen: dict[str, str] = {}
    text = _IDS.sub(lambda found: seen.setdefault(found[0], f"<{len(seen)}>"), answer.decode())
    return _TIMES.sub("<time>", text)
