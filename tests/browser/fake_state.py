"""What the stand-in for the REST API remembers, and what it invents.

It holds to the shapes of the API only as far as the pages use them. Tests change its state directly.
"""

import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from service.domain import codebook as codebooks
from service.domain import report as reports

_DATA = Path(__file__).parents[2] / "data"
Json = dict[str, Any]

#: What the model keeps quiet about, by the remainder of the position divided by seven.
REASONS = {3: "too_short", 5: "unfamiliar"}


@dataclass
class Segment:
    """A segment and what people decided on it."""

    segment_id: str
    document_id: str
    position: int
    start: int
    end: int
    text: str
    speaker: str
    needs: int = 1
    decisions: dict[str, Json] = field(default_factory=dict)
    adjudication: Json | None = None
    #: What was coded in another tool.
    elsewhere: list[Json] = field(default_factory=list)


@dataclass
class Document:
    """An imported transcript."""

    document_id: str
    text: str | None
    turns: list[Json]
    segments: list[Segment]
    participant_id: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    content_note: str = ""


@dataclass
class Project:
    """A project, its settings and its transcripts."""

    name: str
    codebook: Json
    advice: str = "always"
    coders_required: int = 1
    double_share: float = 1.0
    blind_share: float = 0.1
    order: str = "transcript"
    members: list[str] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    model: Json | None = None
    models: list[Json] = field(default_factory=list)
    trainings: list[Json] = field(default_factory=list)
    imports: list[Json] = field(default_factory=list)


class Refusal(Exception):
    """An answer of problem+json."""

    def __init__(self, status: int, detail: str, kind: str = "refused") -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind


def starter() -> Json:
    """Return the starter codebook in its full form."""
    path = _DATA / "codebooks" / "trauma-informed-practice.yaml"
    return codebooks.as_dict(codebooks.parse(yaml.safe_load(path.read_text()), path.name, short_name="starter"))


def read(document_id: str, text: str, interviewers: list[str], project: str = "") -> Document:
    """Read `Speaker: text` paragraphs, one segment for about every two sentences."""
    turns: list[Json] = []
    segments: list[Segment] = []
    canonical = ""
    for paragraph in filter(None, re.split(r"\n\s*\n", text)):
        name, _, said = paragraph.strip().partition(":")
        said = " ".join(said.split())
        role = "interviewer" if name in interviewers else "participant"
        start = len(canonical)
        canonical += said + "\n\n"
        turns.append({"speaker": name, "role": role, "start": start, "end": start + len(said)})
        for piece in re.finditer(r"\S.*?[.!?](?=\s|$)(?:\s+\S.*?[.!?](?=\s|$))?", said):
            if role == "participant":
                place = len(segments)
                span = (start + piece.start(), start + piece.end())
                key = sha256(f"{project}/{document_id}/{place}".encode()).hexdigest()[:12]
                segments.append(Segment(key, document_id, place, *span, piece.group(), name))
    return Document(document_id, canonical, turns, segments, Path(document_id).stem)


class Fake:
    """The state behind the API."""

    def __init__(self) -> None:
        self.people = {"Ada": "researcher", "Ben": "coder", "Cleo": "adjudicator", "Root": "admin"}
        self.sessions: dict[str, str] = {}
        self.projects: dict[str, Project] = {}
        self.suggested: list[str] = []
        #: What was said of coded files that were looked at or imported.
        self.looked: list[Json] = []
        self.keys: dict[str, Json] = {}
        self.decided: list[Json] = []
        self.refuse_next: Refusal | None = None
        self.promoted: list[Json] = []
        self.comparisons: dict[str, Json] = {}

    def add_project(self, name: str, **settings: Any) -> Project:
        """Add a project with the starter codebook whose members are everyone."""
        model = {"model_id": "starter-2f61", "on_invented_text": True, "method": "linear heads on a frozen encoder"}
        project = Project(name, starter(), model=model, members=["Ada", "Ben", "Cleo"])
        for key, value in settings.items():
            setattr(project, key, value)
        self.projects[name] = project
        return project

    def add_interview(self, project: Project, document_id: str = "interview-c.txt") -> Document:
        """Import the invented interview that is part of the repository."""
        text = (_DATA / "transcripts" / "interview-c.txt").read_text()
        document = read(document_id, text, ["Ruth"], project.name)
        document.attributes = {"organisation": "Open Door Settlement Services", "region": "newcomer"}
        for segment in document.segments:
            segment.needs = project.coders_required
        project.documents[document_id] = document
        return document

    def segment(self, segment_id: str) -> tuple[Project, Segment]:
        """Find a segment by its id."""
        for project in self.projects.values():
            for document in project.documents.values():
                for segment in document.segments:
                    if segment.segment_id == segment_id:
                        return project, segment
        raise Refusal(404, "There is no such segment.")


def is_open(segment: Segment, person: str) -> bool:
    """Say whether the segment waits for this person."""
    return person not in segment.decisions and len(segment.decisions) < segment.needs


def differs(segment: Segment) -> list[str]:
    """Return the dimensions in which its coders differ."""
    if len(segment.decisions) < segment.needs or segment.adjudication:
        return []
    names = {d for decision in segment.decisions.values() for d in decision["codes"]}
    sets = {d: {tuple(sorted(x["codes"].get(d, ["?"]))) for x in segment.decisions.values()} for d in names}
    return sorted(d for d, found in sets.items() if len(found) > 1)


def shown(project: Project, segment: Segment, person: str, *, whole: bool = False) -> Json:
    """Return a segment as the API gives it to a person."""
    opened = is_open(segment, person)
    own = segment.decisions.get(person)
    others = [p for p in segment.decisions if p != person]
    out: Json = {
        "segment_id": segment.segment_id,
        "document_id": segment.document_id,
        "position": segment.position,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
        "speaker": segment.speaker,
        "role": "participant",
        "dimensions": list(project.codebook["dimensions"]),
        "needs": segment.needs,
        "open": opened,
        "own": own and {"codes": own["codes"], "memo": own["memo"], "decided_at": own["decided_at"], "advice": "none"},
        "own_adjudication": None,
        "decided_by_others": bool(others),
        "imported": [] if opened else segment.elsewhere,
    }
    if whole:
        listed = [
            {"person": p, "codes": d["codes"], "memo": d["memo"], "adjudication": False, "decided_at": d["decided_at"]}
            for p, d in segment.decisions.items()
        ]
        out |= {"codings": [] if opened else listed, "differs": [] if opened else differs(segment), "final": {}}
    return out


def advice(project: Project, segment: Segment, person: str) -> Json:
    """Invent a suggestion, the same each time for a segment."""
    draw = random.Random(segment.segment_id)
    decided = person in segment.decisions
    withheld = project.advice == "never" or (project.advice == "after_own_choice" and not decided)
    reason = "withheld" if withheld or segment.position % 7 == 6 else REASONS.get(segment.position % 7)
    return {
        "suggestion_id": f"s-{segment.segment_id}",
        "segment_id": segment.segment_id,
        "status": "needs human decision",
        "model_id": "starter-2f61",
        "dimensions": [_dimension(draw, d, raw, reason, segment) for d, raw in project.codebook["dimensions"].items()],
    }


def _dimension(draw: random.Random, name: str, raw: Json, reason: str | None, segment: Segment) -> Json:
    silent = reason == "withheld"
    codes = [(code, c["label"]) for code, c in raw["codes"].items()]
    draw.shuffle(codes)
    lead = draw.uniform(0.55, 0.93)
    weights = [lead * draw.uniform(0.2, 0.5) ** place for place in range(len(codes))]
    candidates = [
        {"code": code, "label": text, "probability": round(min(w, 0.97), 4), "in_candidate_set": w > 0.2}
        for i, ((code, text), w) in enumerate(zip(codes, weights, strict=True))
    ]
    best = [c["code"] for c in candidates[:1] if name != "theme"]
    words = [w.strip(".,?!") for w in segment.text.split() if len(w) > 5][:4]
    evidence = {
        "text": "We rewrote the form so that nobody has to tell her story twice at the counter.",
        "document_id": "interview-a.docx",
        "codes": best,
        "similarity": 0.83,
        "origin": "synthetic",
    }
    return {
        "dimension": name,
        "suggested": [] if reason else best,
        "best": [] if silent else best,
        "abstained": reason is not None,
        "reason": reason,
        "candidates": [] if silent else candidates,
        "words": [] if silent else [{"text": w, "weight": 0.4 - 0.3 * i} for i, w in enumerate(words)],
        "evidence": [] if silent or not best else [evidence],
    }


def report(project: Project, minimum: int | None) -> reports.Report:
    """Return a report of codings that nobody made, of thirty participants."""
    book = codebooks.parse(project.codebook, "book", short_name="starter")
    draw = random.Random(7)
    themes = [code.parent for code in book.dimension("theme").codes]
    segments = []
    for number in range(260 if project.documents else 0):
        parent, who = draw.choice(themes + themes[:3] * 6 + themes[7:10] * 4), draw.randrange(30)
        chosen = [code.id for code in book.dimension("theme").codes if dict(code.parent) == dict(parent)]
        codes = {"domain": {parent["domain"]}, "level": {parent["level"]}, "theme": set(chosen[: number % 3])}
        segments.append(reports.FinalSegment(f"P{who}", f"O{who % 14}", {k: frozenset(v) for k, v in codes.items()}))
    return reports.build(book, segments, minimum)


def models() -> list[Json]:
    """Return a model that serves, a candidate that is better, and one that served once."""
    shares = {"starter-2f61": (0.71, 0.66), "starter-9b0c": (0.79, 0.74), "starter-00aa": (0.63, 0.52)}
    states = {"starter-2f61": "current", "starter-9b0c": "candidate", "starter-00aa": "retired"}
    return [
        {
            "model_id": model_id,
            "state": states[model_id],
            "method": "definitions" if model_id == "starter-00aa" else "head",
            "codebook_version": "1",
            "created_at": "2026-11-20T09:30:00+00:00",
            "on_invented_text": model_id == "starter-2f61",
            "segments": 0 if model_id == "starter-00aa" else 1240,
            "participants": 0 if model_id == "starter-00aa" else 27,
            "promoted": _promotion(states[model_id]),
            "is_previous": states[model_id] == "retired",
            "figures": None if model_id == "starter-00aa" else [_figure(d, f1, kappa) for d in ("domain", "level")],
            "without_figures": "Not measured: fewer than three participants." if model_id == "starter-00aa" else None,
            "has_report": model_id != "starter-00aa",
        }
        for model_id, (f1, kappa) in shares.items()
    ]


def _promotion(state: str) -> Json | None:
    signed = {"by": "Ada", "reason": "Better on the newcomers' interviews.", "at": "2026-11-21T10:00:00+00:00"}
    first = {"by": "set-up", "reason": "first model of this codebook", "at": "2026-11-01T10:00:00+00:00"}
    return {"current": signed, "retired": first}.get(state)


def _figure(dimension: str, f1: float, kappa: float) -> Json:
    bounds = {
        "macro_f1": [round(f1 - 0.03, 4), round(f1 + 0.03, 4)],
        "kappa": [round(kappa - 0.04, 4), round(kappa + 0.04, 4)],
    }
    label = dimension.capitalize()
    head: Json = {"dimension": dimension, "label": label, "segments": 1240, "macro_f1": f1, "kappa": kappa}
    return {**head, "intervals": bounds}


def example() -> Fake:
    """Return a state to look at: projects under way, to settle, and empty."""
    fake = Fake()
    harbour = fake.add_project("Harbour interviews", models=models())
    first = fake.add_interview(harbour)
    first.content_note = "Speaks of violence at home and of children who witness it."
    for segment, domain, level in zip(
        first.segments[:6], ["awareness"] * 3 + ["competency"] * 3, ["facilitator"] * 6, strict=True
    ):
        segment.decisions["Ada"] = coding_of({"domain": [domain], "level": [level]})
    first.segments[0].decisions["Ada"] = coding_of({"domain": [], "level": []})
    fake.add_interview(harbour, "interview-d.txt")
    choice = fake.add_project("Own choice first", advice="after_own_choice")
    fake.add_interview(choice)
    pair = fake.add_project("Two coders", coders_required=2)
    _differ(fake.add_interview(pair))
    fake.add_project("Nothing yet")
    return fake


def coding_of(codes: dict[str, list[str]], memo: str = "") -> Json:
    """Return a coding as the stand-in keeps it."""
    return {"codes": codes, "memo": memo, "decided_at": datetime.now(UTC).isoformat()}


def _differ(document: Document) -> None:
    memo = "She tells it as a change in herself, not in the agency."
    for segment in document.segments[6:9]:
        segment.decisions["Ben"] = coding_of({"domain": ["awareness"], "level": ["facilitator"]}, memo)
        segment.decisions["Ada"] = coding_of({"domain": ["awareness", "competency"], "level": ["facilitator"]})
