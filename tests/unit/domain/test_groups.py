"""Groups of documents that stay on one side of every split."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.groups import FOLDS, Document, folds, groups, recognise, sentences

LONG = [f"This is sentence number {number}, and it is long enough to be told from others." for number in range(12)]


def _document(name: str, *numbers: int, participant: str = "") -> Document:
    return Document(name, participant or name, sentences(" ".join(LONG[number] for number in numbers)))


def test_short_sentences_say_nothing() -> None:
    """Sentences under forty characters have no key."""
    assert sentences("Yes. No. I see what you mean there, yes.") == frozenset()
    assert len(sentences(LONG[0])) == 1


def test_white_space_does_not_matter() -> None:
    """A sentence wrapped over lines is still two parts; joined white space within a line is the same sentence."""
    assert sentences(LONG[0].replace(" ", "  ")) == sentences(LONG[0])


def test_documents_of_a_participant_are_one_group() -> None:
    """The group is named by its first participant."""
    found = groups([_document("b", participant="p2"), _document("a", participant="p2"), _document("c")])
    assert found == {"a": "p2", "b": "p2", "c": "c"}


def test_copies_are_one_group() -> None:
    """More than half of the shorter document's sentences in the other join the two; half does not."""
    longer = _document("longer", 0, 1, 2, 3, 4, 5)
    copy, half = _document("copy", 0, 1, 7), _document("half", 3, 9)
    found = groups([longer, copy, half])
    assert found["copy"] == found["longer"] == "copy"
    assert found["half"] == "half"


def test_groups_chain() -> None:
    """A participant's documents and copies of them end up together."""
    found = groups(
        [
            _document("a", 0, participant="p"),
            _document("b", 5, 6, participant="p"),
            _document("c", 5, 6, participant="q"),
        ]
    )
    assert set(found.values()) == {"p"}


def test_a_document_with_two_participants_joins_them() -> None:
    """Two people in one document are one group."""
    both = [_document("a", participant="p"), _document("a", participant="q"), _document("b", participant="q")]
    assert groups(both) == {"a": "p", "b": "p"}


numbers = st.sets(st.integers(0, 11), max_size=6)


@given(st.lists(numbers, min_size=1, max_size=7))
def test_groups_are_what_comparing_all_pairs_finds(contents: list[set[int]]) -> None:
    """The index over rare sentences misses no pair."""
    documents = [_document(f"d{row}", *sorted(content)) for row, content in enumerate(contents)]
    joined = {d.document_id: {d.document_id} for d in documents}
    for one in documents:
        for other in documents:
            shared = 2 * len(one.sentences & other.sentences) > min(len(one.sentences), len(other.sentences))
            if one is not other and shared and joined[one.document_id] is not joined[other.document_id]:
                union = joined[one.document_id] | joined[other.document_id]
                for name in union:
                    joined[name] = union
    assert groups(documents) == {name: min(union) for name, union in joined.items()}


def test_up_to_ten_groups_each_is_a_fold() -> None:
    """Few groups are left out one at a time."""
    assert sorted(folds([f"p{number}" for number in range(10)]).values()) == list(range(10))


@given(st.sets(st.text(min_size=1), min_size=11, max_size=30), st.integers(0, 5))
def test_beyond_ten_groups_a_hash_decides(names: set[str], seed: int) -> None:
    """A group's fold does not depend on which others there are."""
    found = folds(names, seed)
    assert all(0 <= fold < FOLDS for fold in found.values())
    assert folds([*names, "one more"], seed).items() >= found.items()


def test_known_documents_are_recognised_under_other_names() -> None:
    """A copy is found by its sentences; a document that only shares some is not."""
    known = [_document("x", 0, 1, 2, 3).sentences]
    mine = {"renamed": _document("", 0, 1, 2).sentences, "other": _document("", 3, 7, 8).sentences, "none": frozenset()}
    assert recognise(mine, known) == {"renamed"}
