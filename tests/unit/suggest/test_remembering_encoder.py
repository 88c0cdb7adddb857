"""What is remembered of texts, and for how long."""

import threading

import numpy as np

from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.remembering_encoder import RememberingEncoder
from tests.unit.suggest.counting import CountingEncoder


def test_it_gives_what_the_encoder_gives() -> None:
    """In order, with repeats and empty texts, the first time and from memory."""
    encoder = RememberingEncoder(HashingEncoder(16), 10)
    texts = ["one two", "three", "", "one two", "\ud800"]
    for _ in range(2):
        assert np.array_equal(encoder.encode(texts), HashingEncoder(16).encode(texts))
    assert encoder.encode([]).shape == (0, 16)
    assert (encoder.encoder_id, encoder.size) == (HashingEncoder(16).encoder_id, 16)


def test_a_text_is_encoded_once_while_it_is_remembered() -> None:
    """The texts asked about longest ago are forgotten first."""
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting, 2)
    encoder.encode(["a", "b", "a"])
    encoder.encode(["a"])
    assert counting.asked == ["a", "b"]
    encoder.encode(["c"])
    encoder.encode(["a", "b"])
    assert counting.asked == ["a", "b", "c", "b"]


def test_threads_may_share_it() -> None:
    """Many at once get what each would get alone."""
    encoder = RememberingEncoder(HashingEncoder(16), 5)
    wrong: list[str] = []

    def ask(start: int) -> None:
        for number in range(start, start + 60):
            texts = [f"word{number % 7}", f"word{number % 11}"]
            if not np.array_equal(encoder.encode(texts), HashingEncoder(16).encode(texts)):
                wrong.append(texts[0])

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
