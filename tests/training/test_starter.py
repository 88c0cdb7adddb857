"""The starter codebook and excerpts with the real encoder: what is promised of them. All of it invented text."""

from pathlib import Path

import pytest

from service.domain.codebook import Codebook
from service.domain.excerpts import CodingRow
from service.domain.suggestion import Passage
from service.readers.codebook import read_codebook
from service.readers.excerpts import read_rows
from service.suggest.definitions import definitions_bundle
from service.suggest.encoder import Encoder, load_encoder
from service.suggest.model import Bundle
from service.suggest.suggester import Suggester
from training import dataset, fit
from training.evaluate import evaluate

DATA = Path(__file__).parents[2] / "data"

#: torch, which compiles the encoder on its first use, warns of its own affairs.
pytestmark = [pytest.mark.encoder, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """Return the real encoder; under xdist the workers share its cache."""
    base = tmp_path_factory.getbasetemp()
    return load_encoder(None, (base.parent if base.name.startswith("popen-") else base) / "encoder-cache")


@pytest.fixture(scope="module")
def rows() -> tuple[CodingRow, ...]:
    """Return the starter excerpts."""
    return read_rows(DATA / "excerpts" / "trauma-informed-practice.jsonl")


@pytest.fixture(scope="module")
def book() -> Codebook:
    """Return the starter codebook."""
    return read_codebook(DATA / "codebooks" / "trauma-informed-practice.yaml")


@pytest.fixture(scope="module")
def starter(encoder: Encoder, rows: tuple[CodingRow, ...], book: Codebook) -> Bundle:
    """Return the starter model."""
    return fit.fit_head(dataset.freeze(rows, book), encoder)


def test_definitions_alone_are_useful(encoder: Encoder, rows: tuple[CodingRow, ...], book: Codebook) -> None:
    """Before any example exists macro-F1 is well over 0.40 for domain and 0.61 for level."""
    found = evaluate(definitions_bundle(book, encoder), encoder, rows)["dimensions"]
    assert found["domain"]["macro_f1"] > 0.55
    assert found["level"]["macro_f1"] > 0.67


def test_the_starter_model_is_better_than_definitions(starter: Bundle) -> None:
    """On participants held out it beats the definitions, is calibrated, and its sets hold what they say."""
    found = starter.metrics["dimensions"]
    assert found["domain"]["macro_f1"] > 0.75
    assert found["level"]["macro_f1"] > 0.82
    for name in ("domain", "level", "theme"):
        assert found[name]["ece"] < 0.08
        assert 0.86 <= found[name]["coverage"] <= 0.97
    assert starter.manifest.on_invented_text


def test_it_abstains_from_what_it_knows_nothing_of(starter: Bundle, encoder: Encoder) -> None:
    """Rubbish is unlike anything coded; two words are too short."""
    rubbish, short = Suggester(starter, encoder).suggest(
        [Passage("asdkj qwlekj zxmcn qpwoe lkjsd"), Passage("Yes, so")]
    )
    assert {advice.reason for advice in rubbish.dimensions} <= {"unfamiliar", "uncertain"}
    assert {advice.reason for advice in short.dimensions} == {"too_short"}


def test_a_passage_keeps_its_suggestion_in_any_batch(
    starter: Bundle, encoder: Encoder, rows: tuple[CodingRow, ...]
) -> None:
    """With the real encoder too: the same codes, and probabilities that differ by no more than its rounding."""
    suggester = Suggester(starter, encoder)
    passages = [Passage(row.text) for row in rows[:90:3]]
    together = suggester.suggest(passages)
    for passage, among in zip(passages, together, strict=True):
        (alone,) = suggester.suggest([passage])
        for one, other in zip(alone.dimensions, among.dimensions, strict=True):
            pairs = {c.code: c.probability for c in other.candidates}
            assert all(pairs[c.code] == pytest.approx(c.probability, abs=0.03) for c in one.candidates)
