"""Decide again and again and say so, until killed. Takes the database's URL, a session's secret, a segment's id."""

import itertools
import os
import sys
import time

from service.store import engine as store
from service.store import people
from service.use_cases.decide_coding import Choice, Request, decide

MEMO = "m" * 3000


def main(url: str, secret: str, segment: str) -> None:
    """Acknowledge each decision on stdout, unbuffered, once it is stored."""
    engine = store.open_database(url)
    for turn in itertools.count():
        with store.reading(engine) as connection:
            who = people.in_session(connection, secret, 0)
        assert who is not None
        choice = Choice({"mood": ["calm"], "theme": ["trust", "safety"]}, memo=MEMO)
        answer = decide(engine, who, Request(segment, choice, f"{os.getpid()} {turn}"), time.time())
        os.write(1, f"{answer['decision_id']}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
