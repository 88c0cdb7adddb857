"""Leaving out participants without a trace, and codings made with advice."""

from dataclasses import replace
from pathlib import Path

import pytest

from service import errors
from service.domain.coding import AdviceGiven
from service.domain.excerpts import CodingRow
from service.suggest import bundle
from service.suggest.hashing_encoder import HashingEncoder
from tests import invented
from training import dataset
from training.retrain import Material, read_material, retrain
from training.selection import Choice, read_ids, select

ENCODER = HashingEncoder(32)
ROWS = invented.rows(5, 8)
CANARIES = ("quetzalcoatl", "xylophonist", "zugzwang", "Wilhelmina Q.", "canary-document")


def _withdrawn() -> tuple[CodingRow, ...]:
    """Return rows of someone with words of her own, some of them in the middle of another's document."""
    said = "I am the only xylophonist who keeps a quetzalcoatl, and that was pure zugzwang for everyone."
    alone = CodingRow("canary-document", 0, said, "topic", ("food",), participant_id="Wilhelmina Q.")
    guest = replace(alone, document_id="p00", position=100, text=f"{said} Twice.")
    heard = replace(ROWS[0], position=101, text="We all laughed at that.", context=f"Before: {guest.text}")
    after = replace(heard, position=102, text="And then we ate.", context="")
    return (alone, replace(alone, position=1, text=f"{said} Again."), guest, heard, after)


def test_a_participant_left_out_leaves_no_trace(tmp_path: Path) -> None:
    """No byte of the model knows her words, her name or her document, not even where others speak beside her."""
    selected = select((*ROWS, *_withdrawn()), Choice(("Wilhelmina Q.",)))
    assert selected.left_out == {"participants": 1}
    assert [row.context for row in selected.rows if row.position == 101] == [""]
    made = retrain(Material.of(selected, invented.book()), ENCODER, tmp_path / "model")
    files = [path for path in made.path.rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)
    assert b"p00" in content
    for canary in CANARIES:
        assert canary.encode() not in content
    assert bundle.load(made.path).manifest.snapshot.left_out == {"participants": 1}
    assert "the codings of 1 participant." in made.bundle.card
    assert made.as_json()["left_out"] == {"participants": 1}


def test_contexts_in_her_documents_go_however_they_quote_her() -> None:
    """Shortened or respelled, her words may stand in any context of a document she speaks in; elsewhere it stays."""
    alone, _, guest, heard, _ = _withdrawn()
    quotes = [replace(heard, context=said) for said in ("… quetzalcoatl …", "I am the only XYLOPHONIST", "Hm.")]
    for quote in quotes:
        selected = select((*ROWS, alone, guest, quote), Choice(("Wilhelmina Q.",)))
        assert {row.context for row in selected.rows if row.document_id == "p00"} == {""}
        assert [r for r in selected.rows if r.document_id != "p00"] == [r for r in ROWS if r.document_id != "p00"]


def test_contexts_elsewhere_go_where_they_repeat_her() -> None:
    """In a document she does not speak in, a context with a turn or a long sentence of hers goes, another stays."""
    alone = _withdrawn()[0]
    short = replace(alone, position=1, text="Zugzwang!")
    contexts = ("Well. " + alone.text.partition(",")[0] + ", oh.", f"So. {alone.text} Yes.", " zugzwang! ", "Go on.")
    rows = [replace(ROWS[0], position=50 + place, context=said) for place, said in enumerate(contexts)]
    selected = select((*rows, alone, short), Choice(("Wilhelmina Q.",)))
    assert [row.context for row in selected.rows] == [contexts[0], "", "", contexts[3]]


def test_a_segment_is_hers_if_any_row_names_her() -> None:
    """A second file that codes her turn without saying whose it is does not keep it."""
    alone = _withdrawn()[0]
    unnamed = replace(alone, dimension="mood", codes=(), participant_id="", annotator_id="b")
    selected = select((*ROWS, unnamed, alone), Choice(("Wilhelmina Q.",)))
    assert (selected.rows, selected.left_out) == (ROWS, {"participants": 1})


def test_loose_excerpts_stay_loose_without_their_contexts() -> None:
    """Rows that never followed one another are not read as neighbours because their contexts went."""
    rows = [replace(ROWS[0], position=n, text=f"Excerpt {n}.", context=f"Something else {n}.") for n in range(6)]
    hers = replace(rows[0], position=6, participant_id="Q", text="Mine.")
    selected = select((*rows, hers), Choice(("Q",)))
    frozen = dataset.freeze(selected.rows, invented.book()).examples
    assert {(e.passage.before, e.passage.after) for e in frozen} == {((), ())}
    running = [replace(row, context=f"Excerpt {row.position - 1}.") for row in rows]
    selected = select((*running, hers), Choice(("Q",)))
    assert dataset.freeze(selected.rows, invented.book()).examples[1].passage.before == ("Excerpt 0.",)


def test_the_model_is_the_one_without_her(tmp_path: Path) -> None:
    """What is fitted does not depend on what was left out: only the count tells it from one that never had her."""
    without = select((*ROWS, *_withdrawn()[:2]), Choice(("canary-document",)))
    made, other = (
        retrain(material, ENCODER, tmp_path / name).bundle
        for name, material in (
            ("one", Material.of(without, invented.book())),
            ("two", Material(ROWS, invented.book())),
        )
    )
    assert made.manifest.snapshot.sha256 == other.manifest.snapshot.sha256
    assert made.metrics == other.metrics
    assert made.manifest.model_id != other.manifest.model_id


def test_an_id_that_is_nowhere_is_named() -> None:
    """A misspelt id must not pass for one that was left out."""
    with pytest.raises(errors.BadExcerpts, match="P99 can't be left out: no participant and no document"):
        select(ROWS, Choice(("P00", "P99")))


def test_someone_must_be_left() -> None:
    """Leaving out everyone is refused in words."""
    with pytest.raises(errors.BadExcerpts, match="Nothing is left to train on"):
        select(ROWS, Choice(tuple(f"P{number:02d}" for number in range(5))))


def test_ids_are_read_from_a_file(tmp_path: Path) -> None:
    """One a line, empty lines and white space aside; what is no text is refused by name."""
    file = tmp_path / "withdrawn.txt"
    file.write_bytes("\ufeffP01\r\n\n  Wilhelmina Q. \n".encode())
    assert read_ids(file) == ("P01", "Wilhelmina Q.")
    file.write_bytes(b"\xff\xfe\x00")
    for path in (file, tmp_path / "absent.txt"):
        with pytest.raises(errors.BadInput, match=path.name):
            read_ids(path)


@pytest.mark.parametrize("content", ["", " \n\t\n", "\ufeff"])
def test_a_file_without_ids_is_refused(tmp_path: Path, content: str) -> None:
    """Leaving out nobody in silence would keep whoever was to be left out."""
    file = tmp_path / "withdrawn.txt"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(errors.BadInput, match=r"withdrawn\.txt: there is no id in it"):
        read_ids(file)


def test_a_codebook_taken_from_the_rows_knows_only_what_is_left(tmp_path: Path) -> None:
    """A code that only she had is no code of the model."""
    file = tmp_path / "coded.csv"
    lines = ["document_id,text,dimension,codes", *(f"d{n},We ate and went on number {n}.,topic,food" for n in range(4))]
    file.write_text("\n".join([*lines, "hers,We rode a zugzwang.,topic,zugzwang"]), encoding="utf-8")
    assert [c.id for c in read_material([file], None).codebook.dimensions[0].codes] == ["food", "zugzwang"]
    found = read_material([file], None, Choice(("hers",)))
    assert [c.id for c in found.codebook.dimensions[0].codes] == ["food"]


def _advised(row: CodingRow, advice: AdviceGiven) -> CodingRow:
    return replace(row, advice=advice)


def test_codings_after_advice_are_left_out_and_counted() -> None:
    """Advice shown, and advice that may have been; codings that say nothing of it were made without."""
    given: tuple[AdviceGiven, ...] = ("shown", "unknown", "none", "none")
    rows = tuple(_advised(row, given[place % 4]) for place, row in enumerate(ROWS))
    found = select(rows, Choice(unadvised_only=True))
    assert found.left_out == {"advised": 40}
    assert {row.advice for row in found.rows} == {"none"}
    assert select(rows, Choice()).left_out == {}
    assert select(ROWS, Choice(unadvised_only=True)).left_out == {"advised": 0}


def test_what_is_left_out_for_its_advice_still_stands_around_the_rest() -> None:
    """The text beside a segment is no coding: the remaining segments are read, and recognised, as before."""
    rows = tuple(_advised(replace(row, context=""), "shown" if row.position == 3 else "none") for row in ROWS)
    found = select(rows, Choice(unadvised_only=True))
    whole = {(e.document_id, e.position): e.passage for e in dataset.freeze(rows, invented.book()).examples}
    kept = dataset.freeze(found.rows, invented.book(), found.around).examples
    assert len(kept) == len(whole) - 5
    assert all(example.passage == whole[example.document_id, example.position] for example in kept)


def test_a_sample_of_an_archive_is_read_and_never_learned_from() -> None:
    """What an export marks as drawn from an archive measures models; it is counted, and needs no asking."""
    rows = tuple(replace(row, extra={"archive_sample": "yes" if row.position == 3 else "no"}) for row in ROWS)
    found = select(rows, Choice())
    assert found.left_out == {"sampled": 5 * len({row.dimension for row in ROWS})}
    assert {row.position for row in found.around} == {3}
    assert all(row.position != 3 for row in found.rows)
