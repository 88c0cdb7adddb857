"""What measuring learning promises: nothing is measured twice, nothing on what was learned from, tables say what is."""

import io
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from service import errors
from service.domain import codebook as codebooks
from service.domain.excerpts import CodingRow
from service.suggest.measures import measure
from tests.bench import bench_learning, learning_cost, learning_data, learning_methods, learning_tables
from tests.bench.bench_learning import Bench
from tests.bench.learning_data import Corpus
from tests.bench.learning_methods import Limits, Method
from tests.bench.learning_progress import Left, words
from tests.bench.learning_results import Key, Results, together
from training import dataset

KEY = Key("invented", "0", "barrier", "majority", 0, "1")
LIMITS = Limits(60.0, 1.0)
METHODS = [Method.named("majority"), Method.named("tfidf")]
CODES = ("cost", "time", "trust")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Return a small dataset: six documents of like length, two of one participant, ten segments each."""
    rows = tuple(
        CodingRow(
            f"p{document}",
            place,
            f"{word} came up again on day {place} of week {document}",
            "barrier",
            (CODES[(document + place) % 3],),
            participant_id="both" if document < 2 else f"p{document}",
        )
        for document in range(6)
        for place in range(10)
        for word in [("fees", "hours", "doubt")[(document + place) % 3]]
    )
    book = codebooks.parse(
        {"barrier": dict.fromkeys(CODES, "")}, "invented", short_name="invented", select={"barrier": "one"}
    )
    return Corpus("invented", "0" * 64, rows, dataset.freeze(rows, book))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return a bench with no results."""
    return Bench(Results(tmp_path), LIMITS)


def test_a_result_is_known_to_the_next_run(tmp_path: Path, corpus: Corpus) -> None:
    """What was kept is found again, with what the method said, and under no other key."""
    held = learning_methods.run(corpus, METHODS[0], 0, ["barrier"], LIMITS)["barrier"].held
    assert held is not None
    Results(tmp_path).add(KEY, {"seconds": 1.5}, held)
    found = Results(tmp_path)
    assert found.facts(KEY) == {"seconds": 1.5}
    assert measure(found.held(KEY)) == measure(held)
    assert found.facts(Key("invented", "0", "barrier", "majority", 0, "2")) is None


@pytest.mark.parametrize("cut", [1, 30, 10_000])
def test_a_line_that_was_cut_off_does_not_count(tmp_path: Path, cut: int) -> None:
    """After a kill in the middle of a line its result is measured again, and the next line stands alone."""
    Results(tmp_path).add(KEY, {"seconds": 1.0})
    lines = tmp_path / "results.jsonl"
    lines.write_text(lines.read_text("utf-8")[:-cut], "utf-8")
    again = Results(tmp_path)
    known = again.facts(KEY)
    assert known == ({"seconds": 1.0} if cut == 1 else None)
    other = Key("invented", "0", "barrier", "tfidf", 0, "1")
    again.add(other, {"seconds": 2.0})
    assert Results(tmp_path).facts(other) == {"seconds": 2.0}
    assert Results(tmp_path).facts(KEY) == known


def test_only_what_is_missing_is_measured(bench: Bench, corpus: Corpus, tmp_path: Path) -> None:
    """A run that ended half-way goes on with the fits that are missing; a whole one has nothing to do."""
    jobs = list(bench.jobs([corpus], METHODS))
    assert len(jobs) == len(METHODS) * learning_data.FOLDS
    bench_learning.work(bench, jobs[:4])
    later = Bench(Results(tmp_path), LIMITS)
    missing = list(later.jobs([corpus], METHODS))
    assert [job.name for job in missing] == [job.name for job in jobs[4:]]
    bench_learning.work(later, missing)
    assert list(Bench(Results(tmp_path), LIMITS).jobs([corpus], METHODS)) == []


def test_one_failure_does_not_stop_the_others(
    bench: Bench, corpus: Corpus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can't be fitted is said, and is still missing afterwards."""
    real = learning_methods.run

    def failing(corpus: Corpus, method: Method, fold: int, *rest: object) -> object:
        if fold == 0:
            raise errors.BadInput("It has no environment here.")
        return real(corpus, method, fold, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(learning_methods, "run", failing)
    bench_learning.work(bench, list(bench.jobs([corpus], METHODS[:1])))
    assert "NOT MEASURED: invented on barrier: majority, part 1: It has no environment here." in capsys.readouterr().out
    assert [job.fold for job in bench.jobs([corpus], METHODS[:1])] == [0]


def test_a_method_that_learns_all_dimensions_is_one_fit(bench: Bench, corpus: Corpus) -> None:
    """The model of all dimensions is fitted once a part, not once a dimension."""
    assert [job.dimensions for job in bench.jobs([corpus], [Method.named("head")])] == [("barrier",)] * 3


def test_no_group_is_on_both_sides(corpus: Corpus) -> None:
    """What is judged is of other groups than what was learned from, and each segment is judged once."""
    judged = Counter[int]()
    for fold in corpus.folds:
        sides = corpus.learned("barrier", fold), corpus.judged("barrier", fold)
        learned, unseen = ({example.group for example in corpus.examples(side)} for side in sides)
        assert not learned & unseen
        judged.update(sides[1].rows.tolist())
    assert set(judged.values()) == {1}
    assert len(judged) == len(corpus.snapshot.examples)


def test_parts_are_of_like_size() -> None:
    """The largest groups are spread first, and always in the same way."""
    sizes = {"a": 50, "b": 30, "c": 20, "d": 20, "e": 10}
    parts = learning_data.divide(sizes)
    filled = Counter(dict.fromkeys(range(3), 0))
    for name, size in sizes.items():
        filled[parts[name]] += size
    assert sorted(filled.values()) == [40, 40, 50]
    assert learning_data.divide(dict(reversed(sizes.items()))) == parts


def test_a_few_examples_are_so_many_a_code(corpus: Corpus) -> None:
    """Each code has the number asked for, the same ones for the same seed, or all there are."""
    target = corpus.learned("barrier", 0)
    few = learning_data.draw(target, 4, seed=1)
    assert few.truth.sum(axis=0).tolist() == [4, 4, 4]
    assert set(few.rows) <= set(target.rows)
    assert np.array_equal(learning_data.draw(target, 4, seed=1).rows, few.rows)
    assert not np.array_equal(learning_data.draw(target, 4, seed=2).rows, few.rows)
    assert len(learning_data.draw(target, 1000, seed=1).rows) == len(target.rows)


def test_a_few_examples_are_learned_amid_their_documents(corpus: Corpus) -> None:
    """The codings drawn are all that is learned; other segments of their documents are only read."""
    few = learning_data.draw(corpus.learned("barrier", 0), 2, seed=0)
    given = corpus.few(few, 0)
    assert len(given.rows) == len(few.rows)
    assert {row.document_id for row in given.around} == {row.document_id for row in given.rows}


def test_a_table_says_what_was_measured(bench: Bench, corpus: Corpus) -> None:
    """Figures are the product's own measures over all parts; until all are there, how many are."""
    jobs = list(bench.jobs([corpus], METHODS[1:]))
    (line,) = bench.lines([corpus], METHODS[1:])
    assert learning_tables.row(line, bench.results) is None
    bench_learning.work(bench, jobs[:1])
    assert learning_tables.row(line, bench.results) == ("tfidf", "…", "…", "…", "", "", "1 of 3 parts done")
    bench_learning.work(bench, jobs[1:])
    found = measure(together([bench.results.held(key) for key in line.keys]))
    cells = learning_tables.row(line, bench.results)
    assert cells is not None
    assert cells[:4] == ("tfidf", *(f"{found[name]:.3f}" for name in learning_tables.SHOWN))
    assert found["n"] == len(corpus.snapshot.examples)


def test_a_table_says_on_how_much_it_was_measured(bench: Bench, corpus: Corpus) -> None:
    """The title counts segments and participants, and says why there are no intervals."""
    bench_learning.work(bench, list(bench.jobs([corpus], METHODS[:1])))
    page = io.StringIO()
    learning_tables.show(list(bench.lines([corpus], METHODS)), bench.results, Console(width=160, file=page))
    said = " ".join(page.getvalue().split())
    assert "60 segments of 5 participants that no model had seen; no intervals under 10" in said


def test_comments_make_no_other_method() -> None:
    """The digest of a method's code heeds what it does and not how it is written."""
    one = 'def f(x):\n    """Say."""\n    return x + 1\n'
    assert learning_methods.bare(one) == learning_methods.bare('def f(x):\n    """Tell."""\n    return x+1  # one\n')
    assert learning_methods.bare(one) != learning_methods.bare(one.replace("1", "2"))


@pytest.mark.parametrize("name", ["setfit-x", "few", "head-", "head--8", "tuned-08"])
def test_an_unknown_method_is_refused(name: str) -> None:
    """A method that is none is refused, with those there are."""
    with pytest.raises(ValueError, match="there are coders, majority"):
        Method.named(name)


def test_a_process_is_measured() -> None:
    """Time and memory are those of the process alone; one that fails is refused."""
    cost = learning_cost.measured([sys.executable, "-c", "x = bytearray(80_000_000)"], {})
    assert 0 < cost.seconds < 60
    assert 80 < cost.megabytes < 400
    failing = "import sys; print('No room: for what was said', file=sys.stderr); sys.exit(3)"
    with pytest.raises(errors.BadInput, match=r"^It ended with code 3: No room$"):
        learning_cost.measured([sys.executable, "-c", failing], {})


def test_time_left_learns_from_what_was_done() -> None:
    """A method that took twice the guess is expected to take twice the guess again."""
    left = Left()
    before = left.seconds([("head", 1000), ("head", 2000)])
    left.took("head", 1000, 30.0)
    assert left.seconds([("head", 1000), ("head", 2000)]) == 2 * before
    assert [words(seconds) for seconds in (0.5, 61, 600, 7300)] == ["0.5 s", "61 s", "10 min", "2 h 2 min"]
