"""The model card: what a model is for, what it was fitted on, how well it did, in words a coder can check."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.domain.codebook import Dimension
from service.domain.excerpts import SYNTHETIC
from service.suggest.measures import MEASURES, MIN_FOR_INTERVALS
from service.suggest.model import Bundle
from training import few

NAMES = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "kappa": "Cohen's kappa",
    "ece": "calibration error",
    "coverage": "coverage of candidate sets",
    "mean_set_size": "codes per candidate set",
    "abstained_share": "share it abstains on",
    "alpha": "Krippendorff's alpha (MASI)",
}
AGREEMENT = {"kappa": "Cohen's kappa", "alpha": "Krippendorff's alpha", "micro_f1": "micro-F1"}
#: Codes with fewer examples than this are learned badly, whatever the means say.
_RARE = 10


def model_card(bundle: Bundle, metrics: Mapping[str, Any]) -> str:
    """Return the card as Markdown; it holds no text of any excerpt."""
    listed = ["", "## Limits", "", *(f"- {limit}" for limit in limits(bundle))]
    return "\n".join([*_what(bundle), *_use(), *_data(bundle), *_figures(bundle, metrics), *listed]) + "\n"


def _what(bundle: Bundle) -> Iterator[str]:
    own = bundle.manifest
    yield f"# Model {own.model_id}"
    yield ""
    yield f"Suggests codes of the codebook {own.codebook_name}, version {own.codebook_version}; a person decides."
    yield ""
    yield f"- Method: {method(bundle)}"
    yield f"- Encoder: {own.encoder_id}"
    yield f"- Seed: {own.seed}"
    yield f"- Libraries: {', '.join(f'{name} {version}' for name, version in sorted(own.libraries.items()))}"
    yield ""


def method(bundle: Bundle) -> str:
    """Say how the model was made, as the rest of a sentence."""
    if bundle.manifest.method == "definitions":
        return "nearness of a segment to the codebook's labels, definitions and examples."
    words = "embeddings of the segment, of the eight segments to either side and of its place in the transcript"
    if bundle.vocabulary.terms:
        words += f" and {len(bundle.vocabulary.terms)} words and word pairs that at least two participants said"
    own = "an encoder tuned to these codings, which the model brings along; " if bundle.graph is not None else ""
    return f"{own}per dimension a calibrated linear model on {words}; definitions carry codes with few examples."


def _data(bundle: Bundle) -> Iterator[str]:
    yield "## What it was fitted on"
    yield ""
    yield fitted_on(bundle)
    yield from (f"Left out: {words}." for words in left_out(bundle.manifest.snapshot.left_out))
    yield ""
    if not bundle.manifest.snapshot.segments:
        return
    for dimension in bundle.codebook.dimensions:
        yield from _examples(bundle, dimension)


def left_out(counts: Mapping[str, int]) -> Iterator[str]:
    """Yield what was left out of training, in words and numbers."""
    if "participants" in counts:
        yield f"the codings of {_counted(counts['participants'], 'participant')}"
    if "advised" in counts:
        yield f"{_counted(counts['advised'], 'coding')} made with advice shown, or where that is unknown"
    if "sampled" in counts:
        yield f"{_counted(counts['sampled'], 'coding')} of an archive's random sample, which measures models"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def fitted_on(bundle: Bundle) -> str:
    """Say what the model was fitted on, and how much of it was invented."""
    snapshot = bundle.manifest.snapshot
    if not snapshot.segments:
        return "It knows the codebook alone; no coded excerpt."
    people = "participant" if snapshot.participants == 1 else "participants"
    documents = "document" if snapshot.documents == 1 else "documents"
    said = f"Fitted on {snapshot.segments:,} segments of {snapshot.documents:,} {documents} and "
    said += f"{snapshot.participants:,} {people} (snapshot {snapshot.sha256[:16]})."
    invented = snapshot.origins.get(SYNTHETIC, 0)
    return f"{said} {invented} of these segments are invented text, not what anyone said." if invented else said


def _examples(bundle: Bundle, dimension: Dimension) -> Iterator[str]:
    found = bundle.dimensions.get(dimension.id)
    if found is None or found.head is None:
        yield f"- {dimension.label}: no examples; definitions speak alone."
        return
    pairs = zip(found.head.codes, found.head.examples, strict=True)
    yield f"- {dimension.label}: {', '.join(f'{code} {count}' for code, count in pairs)}"


def _figures(bundle: Bundle, metrics: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## How it did on unseen participants{on_what(bundle)}"
    yield ""
    if "dimensions" not in metrics:
        yield f"Not measured: {metrics.get('reason', 'no coded excerpts')}."
        yield from (f"\n{sentence}" for sentence in few.not_known_yet(bundle))
        return
    yield "Each participant's segments were scored by a model fitted and calibrated without them."
    for name, found in metrics["dimensions"].items():
        yield from _dimension(name, found)


def on_what(bundle: Bundle) -> str:
    """Return what a heading over figures must add, where the excerpts behind them were invented."""
    origins = bundle.manifest.snapshot.origins
    if bundle.manifest.on_invented_text:
        return " (on invented text)"
    return " (partly on invented text)" if origins.get(SYNTHETIC) else ""


def _dimension(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    alone = found["unadvised"]
    advised = alone is not None and alone["n"] < found["n"]
    first = alone if found["leads"] == "unadvised" else found
    without = " coded without advice" if advised and first is alone else ""
    yield ""
    yield f"### {name} ({first['n']} segments{without})"
    yield ""
    yield "| measure | value | 95 % interval |"
    yield "|---|---:|---|"
    yield from _measures(first)
    if advised and alone is not None:
        yield from _beside(found, first, alone)
    if found["by_lot"] is not None:
        yield from _table("On segments that came by lot, not for what they teach", found["by_lot"])
    yield ""
    yield "| code | precision | recall | F1 | segments |"
    yield "|---|---:|---:|---:|---:|"
    for code, row in first["codes"].items():
        figures = " | ".join(_number(row[key]) for key in ("precision", "recall", "f1"))
        yield f"| {code} | {figures} | {row['support']} |"
    yield ""
    yield from _agreement(found["agreement"])
    yield from late_codings(found["late_codings"])


def _measures(found: Mapping[str, Any]) -> Iterator[str]:
    intervals = found["intervals"] or {}
    for measure in MEASURES:
        yield f"| {NAMES[measure]} | {_number(found[measure])} | {_interval(intervals.get(measure))} |"


def _beside(found: Mapping[str, Any], first: Mapping[str, Any], alone: Mapping[str, Any]) -> Iterator[str]:
    """Yield the figures that do not lead beside those that do."""
    other, which = (found, "On all codings") if first is alone else (alone, "On codings made without advice")
    yield from _table(which, other)


def _table(which: str, other: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"{which} ({other['n']} segments):"
    yield ""
    yield "| measure | value | 95 % interval |"
    yield "|---|---:|---|"
    yield from _measures(other)


def _agreement(found: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield coders' agreement and the model's with them."""
    if found is None:
        yield "No segment was coded by two people independently, so coders' agreement can't be told."
        return
    part = found["unadvised"] if found["leads"] == "unadvised" else found
    which = ", on codings made without advice" if part is not found else ""
    yield f"Agreement on {part['segments']} segments of {part['participants']} participants{which}:"
    yield ""
    yield "| measure | coder with coder | 95 % interval | model with coder | 95 % interval |"
    yield "|---|---:|---|---:|---|"
    for key, title in AGREEMENT.items():
        sides = [part[side] for side in ("coder_coder", "model_coder")]
        cells = [f"{_number(side[key])} | {_interval((side['intervals'] or {}).get(key))}" for side in sides]
        if any(side[key] is not None for side in sides):
            yield f"| {title} | {' | '.join(cells)} |"


def late_codings(number: int) -> Iterator[str]:
    """Yield why some codings count in no agreement, where there are such."""
    if number:
        made = "1 coding is left out: it was" if number == 1 else f"{number:,} codings are left out: they were"
        yield (
            f"{made} made once another's decision on the segment could be seen, or, where advice comes after one's own "
            "choice, once advice could; what that coder would have chosen alone isn't known."
        )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(bounds: list[float | None] | None) -> str:
    return "" if bounds is None else f"{_number(bounds[0])} to {_number(bounds[1])}"


def _use() -> Iterator[str]:
    yield "## What it is for"
    yield ""
    yield "To suggest codes to people who code interviews with this codebook, and to order what they look at."
    yield "It is not for coding without them, nor for judging the people interviewed or their coders."
    yield ""


def limits(bundle: Bundle) -> Iterator[str]:
    """Yield what the model can't do or promise, one sentence or two each."""
    yield "A suggestion is not a coding. It needs a person's decision, and nobody's decision should rest on it alone."
    if bundle.states_coverage:
        yield "Candidate sets aim to hold nine in ten true codes; that holds for participants like those above."
    else:
        yield "Candidate sets state no coverage."
    if bundle.manifest.on_invented_text:
        yield "Its figures say how it does on invented text; real interviews will differ, so measure it there."
    yield from _limits_of_data(bundle)
    yield "It was fitted on this team's codings and repeats their habits; where they change, retrain it."


def _limits_of_data(bundle: Bundle) -> Iterator[str]:
    people = bundle.manifest.snapshot.participants
    if bundle.manifest.snapshot.segments and people < MIN_FOR_INTERVALS:
        yield f"It knows {people} participants; under ten, no interval says how far its figures can be trusted."
    rare = sum(
        int((found.head.examples < _RARE).sum()) for found in bundle.dimensions.values() if found.head is not None
    )
    if rare:
        codes = "code has" if rare == 1 else "codes have"
        yield f"{rare} {codes} fewer than {_RARE} examples; their suggestions rest mostly on the definitions."
    found = bundle.metrics.get("dimensions", {}).values()
    if any(values["leads"] == "all" and (values["unadvised"] or {"n": 0})["n"] < values["n"] for values in found):
        yield "Some codings were made with advice in view; figures on them flatter the model."
