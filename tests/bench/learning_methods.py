"""The methods that are measured, by name: `tfidf`, `head`, or with so many examples a code, `setfit-8`, `tuned-32`."""

import ast
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from service.cli import context
from service.suggest import bundle
from service.suggest.encoder import Encoder
from service.suggest.held_out import HeldOut
from service.suggest.model import Bundle
from tests.bench import learning_baselines, learning_data, learning_setfit
from tests.bench.learning_baselines import Said, Texts
from tests.bench.learning_data import Corpus
from training import coders, evaluate
from training.heads import Target
from training.plan import Plan
from training.retrain import Material, retrain

ROOT = Path(__file__).parents[2]
#: What decides how Inkling fits and what it says.
_PRODUCT = ("training", "service/suggest", "service/domain")
_SETFIT = "1.2.0"
#: Where several codes are taken SetFit is slow: it is tried on one such dimension, and not with the most examples.
_SETFIT_MANY = {"serdif": ("usability_theme",)}
_SETFIT_MOST_MANY = 32


@dataclass(frozen=True)
class Limits:
    """How long a fit may take."""

    #: Seconds of SetFit's training.
    setfit: float
    #: Minutes, as `inkling train --budget` takes them.
    budget: float


@dataclass(frozen=True)
class Method:
    """One way to fit; `examples` a code, or all there are."""

    name: str
    kind: str
    examples: int | None

    @classmethod
    def named(cls, name: str) -> "Method":
        """Return the method of this name.

        Raises:
            ValueError: there is none.
        """
        kind, _, count = name.partition("-")
        few = int(count) if count.isdecimal() else None
        if kind not in KINDS or name != (kind if few is None else f"{kind}-{few}"):
            raise ValueError(f"there is no method {name!r}; there are {', '.join(METHODS)}")
        return cls(name, kind, few)

    @property
    def whole(self) -> bool:
        """Whether it learns all dimensions at once."""
        return self.kind in ("head", "tuned") and self.examples is None

    def takes(self, corpus: Corpus, target: Target) -> bool:
        """Say whether it is tried on a dimension."""
        if self.kind == "coders":
            return any(len(e.coders.get(target.dimension, ())) > 1 for e in corpus.snapshot.examples)
        if self.examples is None and self.kind != "setfit":
            return True
        if target.select == "one":
            return True
        few = self.examples is not None and self.examples <= _SETFIT_MOST_MANY
        return few and target.dimension in _SETFIT_MANY.get(corpus.name, ())

    def how(self, limits: Limits) -> str:
        """Return what the method consists of: results of anything else are results of another method."""
        parts = {
            "setfit": f"{_SETFIT}, at most {limits.setfit:g} s",
            "head": f"code {digest(_PRODUCT)}",
            "tuned": f"budget {limits.budget:g} min, code {digest(_PRODUCT)}",
        }
        return parts.get(self.kind, f"scikit-learn {version('scikit-learn')}")


KINDS = ("coders", "majority", "tfidf", "probe", "setfit", "head", "tuned")
METHODS = (
    *("coders", "majority", "tfidf", "probe", "head", "tuned"),
    *("setfit-8", "head-8", "tuned-8", "setfit-32", "head-32", "tuned-32", "setfit-128"),
)


@dataclass(frozen=True)
class Outcome:
    """What a method said of a dimension's segments in one part of a split, and what is to be noted."""

    held: HeldOut | None
    facts: Mapping[str, Any]


@cache
def digest(places: tuple[str, ...]) -> str:
    """Return a digest of the code under these folders; comments, docstrings and layout don't count."""
    files = sorted(path for place in places for path in (ROOT / place).rglob("*.py"))
    return sha256("\n".join(bare(path.read_text("utf-8")) for path in files).encode()).hexdigest()[:12]


def bare(source: str) -> str:
    """Return what is left of code without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    return ast.dump(tree)


def run(corpus: Corpus, method: Method, fold: int, dimensions: Sequence[str], limits: Limits) -> dict[str, Outcome]:
    """Fit on the other parts of a split, judge one, and return the outcome of each dimension."""
    if method.whole:
        return _inkling(corpus, corpus.material(fold), fold, dimensions, _plan(method, limits))
    return {dimension: _alone(corpus, method, fold, dimension, limits) for dimension in dimensions}


def _alone(corpus: Corpus, method: Method, fold: int, dimension: str, limits: Limits) -> Outcome:
    if method.kind == "coders":
        return Outcome(None, _coders(corpus, dimension))
    learned, judged = corpus.learned(dimension, fold), corpus.judged(dimension, fold)
    if method.examples is not None:
        learned = learning_data.draw(learned, method.examples, fold)
    if method.kind in ("head", "tuned"):
        plan = _plan(method, limits)
        return _inkling(corpus, corpus.few(learned, fold), fold, [dimension], plan)[dimension]
    given = Texts(learned, judged, corpus.texts(learned), corpus.texts(judged))
    if method.kind == "setfit":
        found = learning_setfit.fit(given, fold, limits.setfit)
        facts = {"seconds": found.seconds, "note": found.note, "learned": len(learned.truth)}
        return Outcome(learning_data.held_out(corpus, judged, *found.said), facts)
    begun = time.monotonic()
    said = _baseline(method.kind)(given)
    facts = {"seconds": time.monotonic() - begun, "learned": len(learned.truth)}
    return Outcome(learning_data.held_out(corpus, judged, *said), facts)


def _baseline(kind: str) -> Callable[[Texts], Said]:
    if kind == "probe":
        return learning_baselines.probe(context.encoder())
    return learning_baselines.tfidf if kind == "tfidf" else learning_baselines.majority


def _plan(method: Method, limits: Limits) -> Plan:
    return Plan(tune=method.kind == "tuned", budget=limits.budget)


def _inkling(corpus: Corpus, given: Material, fold: int, dimensions: Iterable[str], plan: Plan) -> dict[str, Outcome]:
    """Do what `inkling train` and `inkling evaluate` do; the time is training's, loading included."""
    with TemporaryDirectory(prefix="inkling-") as folder:
        begun = time.monotonic()
        encoder = context.encoder()
        path = retrain(given, encoder, Path(folder) / "model", plan, context.tunable(encoder)).path
        took = time.monotonic() - begun
        model = bundle.load(path)
        judged = {dimension: corpus.judged(dimension, fold) for dimension in dimensions}
        said = {dimension: _said(corpus, model, encoder, target) for dimension, target in judged.items()}
    facts = {"seconds": took, "learned": model.manifest.snapshot.segments, "note": _tuning(model)}
    return {dimension: Outcome(held, facts) for dimension, held in said.items()}


def _said(corpus: Corpus, model: Bundle, encoder: Encoder, judged: Target) -> HeldOut:
    examples = corpus.examples(judged)
    documents = {example.document_id for example in examples}
    rows = [row for row in corpus.rows if row.document_id in documents]
    seen = evaluate.trained_groups(model, rows, corpus.snapshot) & {example.group for example in examples}
    if seen:
        raise AssertionError(f"{corpus.name}: the model was trained on {len(seen)} groups that it is judged on")
    return evaluate.said_of(model, encoder, examples)[judged.dimension]


def _tuning(model: Bundle) -> str:
    steps = model.manifest.settings.fitting.get("steps")
    return "" if steps is None else f"{steps:,} steps"


def _coders(corpus: Corpus, dimension: str) -> dict[str, Any]:
    """Return how far coders agree with each other where several coded the same segments."""
    target, examples = corpus.targets[dimension], corpus.snapshot.examples
    given = [(row, own) for row, example in enumerate(examples) for own in example.coders.get(dimension, ())]
    coded = coders.Coded(
        np.array([row for row, _ in given], dtype=np.int64),
        np.array([own.coder for _, own in given], dtype=np.str_),
        np.array([[code in own.codes for code in target.codes] for _, own in given], dtype=np.bool_),
    )
    nothing = np.zeros((len(examples), len(target.codes)), dtype=np.bool_)
    groups = np.array([example.group for example in examples], dtype=np.str_)
    found = coders.agreement(coded, nothing, groups, target.select)
    return (
        {}
        if found is None
        else {name: found[name] for name in ("coders", "segments", "participants")}
        | {"agreement": found["coder_coder"]}
    )
