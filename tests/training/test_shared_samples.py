"""Real coded corpora, where they are at hand: read, settled, split by document, fitted and measured."""

from pathlib import Path

import pytest

from service.domain import excerpts
from service.readers.codebook import read_codebook
from service.readers.excerpts import read_rows
from service.suggest.hashing_encoder import HashingEncoder
from training import dataset, fit
from training.evaluate import evaluate

DATASETS = Path(__file__).parents[2] / "../shared/datasets"
ENCODER = HashingEncoder(128)


def _folder(name: str) -> Path:
    folder = DATASETS / name
    if not (folder / "open.parquet").is_file():
        pytest.skip(f"needs the shared samples: datasets/{name}")
    return folder


#: Rows, settled places, distinct segments, and how many codes each dimension takes.
READ = {
    "annomi": (10380, 5682, {"therapist_behaviour": "one", "client_talk_type": "one", "therapist_moves": "many"}),
    "ctrlshift": (2373, 2373, {"subject": "many"}),
    "jaioh": (706, 353, {"topic": "one", "sentiment": "one"}),
    "mlss": (16626, 2386, {"quality_area": "many", "code_kind": "many", "fine_code": "many"}),
    "serdif": (3722, 1861, {"usability_theme": "many", "valence": "many"}),
}


@pytest.mark.parametrize("name", READ)
def test_corpora_read_as_their_descriptions_say(name: str) -> None:
    """Rows, segments, and codes per segment are those of the corpus; the codebook fits every row."""
    count, segments, select = READ[name]
    folder = _folder(name)
    rows = read_rows(folder / "open.parquet")
    assert (len(rows), len(excerpts.passages(rows))) == (count, segments)
    assert dataset.infer_select(rows) == dict(sorted(select.items()))
    book = read_codebook(folder / "codebook.json", dataset.infer_select(rows))
    assert book.name.startswith("codebook-")
    assert len(dataset.freeze(rows, book).examples) == segments


def test_a_model_of_real_interviews_is_measured_on_others() -> None:
    """Fitted on some narrators and evaluated on all, only the others count."""
    rows = read_rows(_folder("jaioh") / "open.parquet")
    names = sorted({row.document_id for row in rows})
    mine = [row for row in rows if row.document_id in names[:5]]
    model = fit.fit_head(dataset.freeze(mine, dataset.codebook_of(mine, "jaioh")), ENCODER)
    found = evaluate(model, ENCODER, rows)
    assert (found["documents"], found["left_out"]) == (len(names) - 5, 5)
    assert found["dimensions"]["topic"]["n"] == found["segments"]
    assert found["dimensions"]["topic"]["intervals"] is None
