"""The model card: what a model is for, what it was fitted on, how well it did, in words a coder can check."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.domain.codebook import Dimension
from service.domain.excerpts import SYNTHETIC
from service.suggest.measures import MEASURES
from service.suggest.model import Bundle
from training import few

_NAMES = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "kappa": "Cohen's kappa",
    "ece": "calibration error",
    "coverage": "coverage of candidate sets",
    "mean_set_size": "codes per candidate set",
    "abstained_share": "share without advice",
}


def model_card(bundle: Bundle, metrics: Mapping[str, Any]) -> str:
    """Return the card as Markdown; it holds no text of any excerpt."""
    return "\n".join([*_what(bundle), *_data(bundle), *_figures(bundle, metrics), *_limits(bundle)]) + "\n"


def _what(bundle: Bundle) -> Iterator[str]:
    own = bundle.manifest
    yield f"# Model {own.model_id}"
    yield ""
    yield f"Suggests codes of the codebook {own.codebook_name}, version {own.codebook_version}; a person decides."
    yield ""
    yield f"- Method: {_method(bundle)}"
    yield f"- Encoder: {own.encoder_id}"
    yield f"- Seed: {own.seed}"
    yield f"- Libraries: {', '.join(f'{name} {version}' for name, version in sorted(own.libraries.items()))}"
    yield ""


def _method(bundle: Bundle) -> str:
    if bundle.manifest.method == "definitions":
        return "nearness of a segment to the codebook's labels, definitions and examples."
    words = "embeddings of the segment and its neighbours"
    if bundle.vocabulary.terms:
        words += f" and {len(bundle.vocabulary.terms)} words and word pairs that at least two participants said"
    return f"per dimension a calibrated linear model on {words}; definitions carry codes with few examples."


def _data(bundle: Bundle) -> Iterator[str]:
    snapshot = bundle.manifest.snapshot
    yield "## What it was fitted on"
    yield ""
    if not snapshot.segments:
        yield "The codebook alone; no coded excerpt."
        yield ""
        return
    yield f"{snapshot.segments} segments of {snapshot.documents} documents and {snapshot.participants} participants"
    yield f"(snapshot {snapshot.sha256[:16]})."
    invented = snapshot.origins.get(SYNTHETIC, 0)
    if invented:
        yield f"{invented} of these segments are invented text, not what anyone said."
    yield from (f"Left out on request: {words}." for words in left_out(snapshot.left_out))
    yield ""
    for dimension in bundle.codebook.dimensions:
        yield from _examples(bundle, dimension)


def left_out(counts: Mapping[str, int]) -> Iterator[str]:
    """Yield what was left out of training on request, in words and numbers."""
    if "participants" in counts:
        yield f"the codings of {_counted(counts['participants'], 'participant')}"
    if "advised" in counts:
        yield f"{_counted(counts['advised'], 'coding')} made with advice shown, or where that is unknown"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _examples(bundle: Bundle, dimension: Dimension) -> Iterator[str]:
    found = bundle.dimensions.get(dimension.id)
    if found is None or found.head is None:
        yield f"- {dimension.label}: no examples; definitions speak alone."
        return
    pairs = zip(found.head.codes, found.head.examples, strict=True)
    yield f"- {dimension.label}: {', '.join(f'{code} {count}' for code, count in pairs)}"


def _figures(bundle: Bundle, metrics: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## How it did on unseen participants{_on_what(bundle)}"
    yield ""
    if "dimensions" not in metrics:
        yield f"Not measured: {metrics.get('reason', 'no coded excerpts')}."
        yield from (f"\n{sentence}" for sentence in few.not_known_yet(bundle))
        return
    yield "Each participant's segments were scored by a model fitted and calibrated without them."
    for name, found in metrics["dimensions"].items():
        yield from _dimension(name, found)


def _on_what(bundle: Bundle) -> str:
    origins = bundle.manifest.snapshot.origins
    if bundle.manifest.on_invented_text:
        return " (on invented text)"
    return " (partly on invented text)" if origins.get(SYNTHETIC) else ""


def _dimension(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"### {name} ({found['n']} segments)"
    yield ""
    yield "| measure | value | 95 % interval |"
    yield "|---|---:|---|"
    intervals = found["intervals"] or {}
    for measure in MEASURES:
        yield f"| {_NAMES[measure]} | {_number(found[measure])} | {_interval(intervals.get(measure))} |"
    yield ""
    yield "| code | precision | recall | F1 | segments |"
    yield "|---|---:|---:|---:|---:|"
    for code, row in found["codes"].items():
        figures = " | ".join(_number(row[key]) for key in ("precision", "recall", "f1"))
        yield f"| {code} | {figures} | {row['support']} |"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(bounds: list[float | None] | None) -> str:
    return "" if bounds is None else f"{_number(bounds[0])} to {_number(bounds[1])}"


def _limits(bundle: Bundle) -> Iterator[str]:
    yield ""
    yield "## Limits"
    yield ""
    yield "- A suggestion is not a coding. It needs a person's decision, and nobody's decision should rest on it alone."
    if bundle.states_coverage:
        yield "- Candidate sets aim to hold nine in ten true codes; that holds for participants like those above."
    else:
        yield "- Candidate sets state no coverage."
    if bundle.manifest.on_invented_text:
        yield "- Its figures say how it does on invented text; real interviews will differ, so measure it there."
