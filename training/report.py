"""A model's report: one HTML page that stands alone, made of what the bundle knows and of no text of any excerpt."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from service.domain.codebook import Dimension
from service.suggest.comparison import Comparison, DimensionComparison
from service.suggest.measures import MEASURES
from service.suggest.model import Bundle
from service.use_cases import report_page
from training import card, report_plots
from training.figures import LEADING_GROUPS, LEADING_SEGMENTS
from training.report_plots import Mark, Words

_TEMPLATES = Path(__file__).parent / "templates"
#: Beyond so many outcomes a table of all against all says less than a list of the most frequent.
_MOST_SQUARE = 14
_MOST_LISTED = 15
_MOST_DISAGREEMENTS = 10
NO_CODE = "none applies"
#: Where several codes can be given: no code is true, or one was missed and no other wrongly given in its place.
_NOTHING = "no code"


def build(bundle: Bundle, comparison: Comparison | None = None) -> str:
    """Return a model's report as HTML; the same bundle and comparison give the same characters."""
    style = report_page.style() + (_TEMPLATES / "model_report.css").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": figure, "bounds": bounds, "signed": signed, "bar": report_plots.bar}
    measured = bundle.metrics.get("dimensions", {})
    found = {d.id: measured[d.id] for d in bundle.codebook.dimensions if d.id in measured}
    return environment.get_template("model_report.html").render(
        bundle=bundle,
        own=bundle.manifest,
        style=style,
        policy=report_page.policy(style),
        on=card.on_what(bundle),
        fitted=card.fitted_on(bundle),
        method=card.method(bundle),
        reason=None if found else bundle.metrics.get("reason", "no coded excerpts"),
        glance=[list(_glance(_label(bundle, name), values)) for name, values in found.items()],
        people=any(values["agreement"] for values in found.values()),
        parts=[_part(bundle, name, row, values) for row, (name, values) in enumerate(found.items())],
        examples=[(d.label, _examples(bundle, d)) for d in bundle.codebook.dimensions],
        comparison=comparison,
        compared=[]
        if comparison is None
        else [_compared(bundle, name, found) for name, found in comparison.dimensions.items()],
        limits=list(card.limits(bundle)),
        leading=(LEADING_SEGMENTS, LEADING_GROUPS),
    )


def figure(value: float | None, digits: int = 2) -> str:
    """Write a figure; a dash where it could not be computed."""
    return "–" if value is None else f"{value:.{digits}f}"


def bounds(interval: Sequence[float | None] | None, digits: int = 2) -> str:
    """Write the ends of an interval; nothing where there is none."""
    return "" if interval is None else f"{figure(interval[0], digits)} to {figure(interval[1], digits)}"


def signed(value: float | None, digits: int = 3) -> str:
    """Write a difference with its sign."""
    return "–" if value is None else f"{value:+.{digits}f}".replace("-", "−")


def _label(bundle: Bundle, name: str) -> str:
    return next((d.label for d in bundle.codebook.dimensions if d.id == name), name)


def _leading(values: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = values["unadvised"] if values["leads"] == "unadvised" else values
    return found


def _glance(label: str, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the two figures that matter most, with coders' agreement under the same name beside them."""
    leading, agreed = _leading(values), values["agreement"]
    intervals = leading["intervals"] or {}
    for key, title in (("macro_f1", "macro-F1"), ("kappa", "Cohen's kappa")):
        marks = [Mark("pencil", leading[key], intervals.get(key))]
        people = agreed["coder_coder"] if agreed and key == "kappa" else None
        if people:
            marks.append(Mark("ink", people["kappa"], (people["intervals"] or {}).get("kappa")))
        yield {
            "dimension": label,
            "measure": title,
            "value": leading[key],
            "interval": intervals.get(key),
            "people": people and people["kappa"],
            "people_interval": people and (people["intervals"] or {}).get("kappa"),
            "strip": report_plots.strip(marks),
        }


def _part(bundle: Bundle, name: str, row: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page says of one dimension."""
    dimension = next(d for d in bundle.codebook.dimensions if d.id == name)
    labels = {code.id: code.label for code in dimension.codes}
    nothing = _NOTHING if dimension.select == "many" else NO_CODE
    return {
        "label": dimension.label,
        "key": f"d{row}",
        "select": dimension.select,
        "all": values,
        "leading": _leading(values),
        **_measures(values),
        "codes": sorted(
            ({"label": labels[code], **_leading(values)["codes"][code]} for code in labels if code in values["codes"]),
            key=lambda code: -code["support"],
        ),
        "plots": list(_plots(dimension, f"d{row}", values, card.on_what(bundle))),
        "square": _square(values["confusion"], labels, nothing) if len(labels) < _MOST_SQUARE else None,
        "mistakes": _mistakes(values["confusion"], labels, nothing),
        "agreement": _agreement(values["agreement"], dimension),
        "late": list(card.late_codings(values["late_codings"])),
        "disagreements": [_named(found, labels) for found in values["disagreements"][:_MOST_DISAGREEMENTS]],
    }


def _measures(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return each measure, where some codings were made with advice on those without and on all, leading ones first."""
    alone = values["unadvised"] or {"n": 0}
    sides = [("On all codings", values)]
    if alone["n"] < values["n"]:
        sides.insert(0 if values["leads"] == "unadvised" else 1, ("On codings made without advice", alone))
    if values["by_lot"]:
        sides.append((f"By lot ({values['by_lot']['n']} segments)", values["by_lot"]))
    names = [*MEASURES, "alpha"] if "alpha" in values else list(MEASURES)
    return {
        "advised": alone["n"] < values["n"],
        "by_lot": (values["by_lot"] or {"n": 0})["n"],
        "alone": alone["n"],
        "heads": ["Measure", *(title if len(sides) > 1 else "Value and interval" for title, _ in sides)],
        "measures": [
            {
                "name": card.NAMES[name],
                "pairs": [(side.get(name), (side.get("intervals") or {}).get(name)) for _, side in sides],
            }
            for name in names
        ],
    }


def _plots(dimension: Dimension, key: str, values: Mapping[str, Any], on: str) -> Iterator[dict[str, Any]]:
    """Yield each plot with its caption and the table of the same numbers."""
    title = f"Are its probabilities honest?{on}"
    described = (
        f"{dimension.label}: {len(values['reliability'])} bins of equal size, with the numbers in the table below."
    )
    yield {
        "title": title,
        "caption": _calibration_sentence(values),
        "svg": report_plots.reliability(values["reliability"], Words(f"{key}-r", title, described)),
        "head": ("Stated", "Right", "95 % interval", "Segments"),
        "rows": [
            (figure(b["probability"]), figure(b["right"]), bounds(b["interval"]), str(b["n"]))
            for b in values["reliability"]
        ],
    }
    title = f"Does it know when it is wrong?{on}"
    risk = values["risk_coverage"]
    described = f"{dimension.label}: risk against the share of segments, with the numbers in the table below."
    yield {
        "title": title,
        "caption": _risk_sentence(dimension, risk),
        "svg": report_plots.risk_coverage(risk, Words(f"{key}-c", title, described)),
        "head": ("Share of segments", "Risk"),
        "rows": [(figure(p["coverage"]), figure(p["risk"])) for p in risk["points"]],
    }
    yield _curve(dimension, key, values, on)


def _calibration_sentence(values: Mapping[str, Any]) -> str:
    error, interval = figure(values["ece"]), bounds((values["intervals"] or {}).get("ece"))
    within = f" (95 % interval {interval})" if interval else ""
    return (
        f"On the line, stated probabilities are what happens. Calibration error {error}{within}. "
        "Each ring is a tenth of the segments, by the probability of the leading code."
    )


def _risk_sentence(dimension: Dimension, risk: Mapping[str, Any]) -> str:
    wrong = "the share that is wrong" if dimension.select == "one" else "one minus the mean overlap with the true codes"
    advised = risk["advised"]
    if advised is None:
        return f"Risk is {wrong}. It gives no advice on any of these segments."
    return (
        f"Risk is {wrong}: {figure(advised['risk'])} over the {100 * advised['coverage']:.0f} % of segments that get "
        f"advice, {figure(risk['points'][-1]['risk'])} over all."
    )


def _curve(dimension: Dimension, key: str, values: Mapping[str, Any], on: str) -> dict[str, Any]:
    """Return the learning curve, or the sentence that stands in its place."""
    title, found = f"Would more coding help?{on}", values["learning_curve"]
    if found is None:
        said = "A learning curve needs six participants coded on the dimension; it can't tell yet."
        return {"title": title, "caption": said, "svg": None, "head": (), "rows": []}
    described = f"{dimension.label}: macro-F1 by number of segments fitted on, with the numbers in the table below."
    return {
        "title": title,
        "caption": more_sentence(found),
        "svg": report_plots.learning_curve(found, Words(f"{key}-l", title, described)),
        "head": ("Segments fitted on", "Macro-F1", "95 % interval"),
        "rows": [(f"{p['segments']:,}", figure(p["macro_f1"], 3), bounds(p["interval"], 3)) for p in found["points"]],
    }


def more_sentence(found: Mapping[str, Any]) -> str:
    """Say in plain words what another hundred codings would bring."""
    gain, interval = found["next_hundred"]["gain"], found["next_hundred"]["interval"]
    skipped = f" ({found['skipped']})" if found["skipped"] else ""
    if interval is None:
        return f"What another hundred codings would bring, can't tell yet: intervals need ten participants{skipped}."
    within = f"95 % interval {signed(interval[0], 4)} to {signed(interval[1], 4)}"
    if interval[0] is None or interval[0] <= 0 <= interval[1]:
        return f"What another hundred codings would bring, can't tell yet ({within}){skipped}."
    return f"Another hundred codings would bring about {signed(gain, 4)} macro-F1 ({within}){skipped}."


def _square(confusion: Mapping[str, Mapping[str, int]], labels: Mapping[str, str], nothing: str) -> dict[str, Any]:
    """Return the table of what was true against what was said, each cell with its share of the row in tenths."""
    outcomes = [*labels, *([""] if "" in confusion or any("" in row for row in confusion.values()) else [])]
    rows = []
    for true in outcomes:
        counts = confusion.get(true, {})
        total = max(1, sum(counts.values()))
        cells = [(counts.get(said, 0), round(10 * counts.get(said, 0) / total), said == true) for said in outcomes]
        rows.append((labels.get(true, nothing), cells))
    return {"rows": rows}


def _mistakes(
    confusion: Mapping[str, Mapping[str, int]], labels: Mapping[str, str], nothing: str
) -> list[tuple[str, str, int]]:
    """Return the most frequent confusions: true, said, how often."""
    wrong = [(count, true, said) for true, row in confusion.items() for said, count in row.items() if said != true]
    first = sorted(wrong, key=lambda found: (-found[0], found[1], found[2]))[:_MOST_LISTED]
    return [(labels.get(true, NO_CODE), labels.get(said, nothing), count) for count, true, said in first]


def _agreement(found: Mapping[str, Any] | None, dimension: Dimension) -> dict[str, Any] | None:
    """Return what the page says of coders and model, on all codings and, where these are others, on those unadvised."""
    if found is None:
        return None
    alone = found["unadvised"]
    differs = alone is None or {k: alone[k] for k in alone if k in found} != {k: found[k] for k in alone}
    tables = [("on codings made without advice", alone)] if differs and alone else []
    tables.append(("on all codings" if differs else "", found))
    if found["leads"] == "all":
        tables.reverse()
    return {"found": found, "tables": [(title, part, list(_against(part, dimension))) for title, part in tables]}


def _against(part: Mapping[str, Any], dimension: Dimension) -> Iterator[dict[str, Any]]:
    people, model = part["coder_coder"], part["model_coder"]
    for key, title in card.AGREEMENT.items():
        if key == "micro_f1" and dimension.select == "one":
            continue
        between, against = ((side["intervals"] or {}).get(key) for side in (people, model))
        yield {
            "measure": title,
            "people": (people[key], between),
            "model": (model[key], against),
            "strip": report_plots.strip([Mark("ink", people[key], between), Mark("pencil", model[key], against)]),
        }


def _named(found: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    return {**found, "given": _codes(found["given"], labels), "suggested": _codes(found["suggested"], labels)}


def _codes(codes: Sequence[str], labels: Mapping[str, str]) -> str:
    return ", ".join(labels.get(code, code) for code in codes) or NO_CODE


def _compared(bundle: Bundle, name: str, found: DimensionComparison) -> dict[str, Any]:
    """Return what changed on one dimension, in labels."""
    dimension = next((d for d in bundle.codebook.dimensions if d.id == name), None)
    labels = {} if dimension is None else {code.id: code.label for code in dimension.codes}
    return {
        "label": name if dimension is None else dimension.label,
        "found": found,
        "changes": [(card.NAMES.get(measure, measure), pair) for measure, pair in found.measures.items()],
        "moved": [
            (_codes(moved.before, labels), _codes(moved.after, labels), moved.segments)
            for moved in found.changes.commonest[:_MOST_LISTED]
        ],
    }


def _examples(bundle: Bundle, dimension: Dimension) -> list[tuple[str, int]]:
    """Return how many segments of what the model was fitted on carry each code, most first."""
    found = bundle.dimensions.get(dimension.id)
    if found is None or found.head is None:
        return []
    labels = {code.id: code.label for code in dimension.codes}
    pairs = zip(found.head.codes, found.head.examples.tolist(), strict=True)
    return sorted(((labels[code], count) for code, count in pairs), key=lambda pair: -pair[1])
