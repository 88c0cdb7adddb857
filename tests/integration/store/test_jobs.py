"""The queue of jobs keeps its word on both databases: submit, status, progress, cancel, list, and workers that die."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from service import errors
from service.domain.jobs import MOST_ATTEMPTS, Held, Job, TrainingOptions
from service.domain.people import Person
from service.domain.projects import Project
from service.store import engine as store
from service.store import jobs, tables
from tests.unit.use_cases.worlds import START, World

LEASE = 20.0
OPTIONS = TrainingOptions(tune=True, budget=12.5, seed=3, without=("P7",), unadvised_only=True)


class Queue:
    """A store with a project and its researcher, and what is done with jobs in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.project: Project = world.project()
        self.person: Person = world.person("Ray", "researcher")[0]

    def submit(self, project: Project | None = None, options: TrainingOptions = OPTIONS) -> Job:
        with store.writing(self.world.engine) as connection:
            return jobs.submit(connection, project or self.project, self.person, options, self.world.now())

    def take(self, at: float = START) -> Held | None:
        with store.writing(self.world.engine) as connection:
            return jobs.take(connection, at, LEASE)

    def taken(self, at: float = START) -> Held:
        held = self.take(at)
        assert held is not None
        return held

    def find(self, job_id: str) -> Job:
        with store.reading(self.world.engine) as connection:
            found = jobs.find(connection, job_id)
        assert found is not None
        return found

    def cancel(self, job_id: str) -> Job:
        with store.writing(self.world.engine) as connection:
            return jobs.cancel(connection, job_id, self.world.now())

    def complete(self, held: Held, model_id: str = "small-1") -> bool:
        with store.writing(self.world.engine) as connection:
            return jobs.complete(connection, held, model_id, START + 5)

    def fail(self, held: Held, reason: str) -> bool:
        with store.writing(self.world.engine) as connection:
            return jobs.fail(connection, held, reason, START + 5)

    def give_back(self, held: Held, *, counts: bool) -> bool:
        with store.writing(self.world.engine) as connection:
            return jobs.give_back(connection, held, counts=counts)

    def report(self, held: Held, stage: str, share: float, at: float = START) -> bool:
        with store.writing(self.world.engine) as connection:
            return jobs.report(connection, held, (stage, share), at, LEASE)

    def holds(self, held: Held) -> bool:
        with store.reading(self.world.engine) as connection:
            return jobs.holds(connection, held)


@pytest.fixture
def queue(world: World) -> Queue:
    return Queue(world)


def test_a_job_is_found_as_it_was_submitted(queue: Queue) -> None:
    """It waits, with its options and who began it."""
    job = queue.submit()
    assert queue.find(job.job_id) == job
    assert (job.state, job.project, job.by, job.options) == ("queued", "Alpha", "Ray", OPTIONS)
    assert (job.progress, job.stage, job.started_at, job.model_id, job.reason) == (0.0, "", None, None, None)


def test_an_unknown_job_is_not_found(queue: Queue) -> None:
    """There is nothing under a made-up id."""
    with store.reading(queue.world.engine) as connection:
        assert jobs.find(connection, "none") is None


def test_a_job_goes_from_waiting_to_done(queue: Queue) -> None:
    """Taken once, it reports how far it is and ends with a model; nobody else is given it."""
    job = queue.submit()
    held = queue.taken()
    assert queue.take() is None
    assert queue.report(held, "encoding", 0.25)
    running = queue.find(job.job_id)
    assert (running.state, running.stage, running.progress, running.attempts) == ("running", "encoding", 0.25, 1)
    assert queue.complete(held)
    done = queue.find(job.job_id)
    assert (done.state, done.model_id, done.progress, done.ended_at) == ("done", "small-1", 1.0, START + 5)


def test_a_failed_job_keeps_its_sentence(queue: Queue) -> None:
    """It ends with the reason and makes room for the next."""
    job = queue.submit()
    assert queue.fail(queue.taken(), "There are no final codings yet.")
    failed = queue.find(job.job_id)
    assert (failed.state, failed.reason, failed.model_id) == ("failed", "There are no final codings yet.", None)
    assert queue.submit().state == "queued"


def test_one_unfinished_training_per_project(queue: Queue) -> None:
    """A second is refused by the first one's name, while another project has its own."""
    first = queue.submit()
    with pytest.raises(errors.Conflict, match=first.job_id):
        queue.submit()
    queue.taken()
    with pytest.raises(errors.Conflict, match=first.job_id):
        queue.submit()
    assert queue.submit(queue.world.project("Beta")).project == "Beta"


def test_of_two_that_submit_at_once_one_is_refused(queue: Queue) -> None:
    """However they race, one job comes of it and the others are told which."""

    def attempt(_: int) -> str:
        try:
            return queue.submit().job_id
        except errors.Conflict as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(attempt, range(4)), key=len)
    assert queue.world.count(tables.jobs) == 1
    assert all(answers[0] in refusal for refusal in answers[1:])


def test_the_database_itself_holds_to_one(queue: Queue) -> None:
    """A second unfinished row of a project is refused whoever writes it."""
    queue.submit()
    with store.reading(queue.world.engine) as connection:
        row = dict(connection.execute(sa.select(tables.jobs)).mappings().one())
    with pytest.raises(sa.exc.IntegrityError):
        _insert(queue.world.engine, {**row, "id": "other"})


def _insert(engine: sa.Engine, row: dict[str, Any]) -> None:
    with store.writing(engine) as connection:
        connection.execute(tables.jobs.insert().values(**row))


def test_of_two_workers_one_gets_the_job(queue: Queue) -> None:
    """However they race, a job is in one worker's hands."""
    queue.submit()
    with ThreadPoolExecutor(4) as pool:
        taken = [held for held in pool.map(lambda _: queue.take(), range(4)) if held is not None]
    assert len(taken) == 1


def test_the_oldest_is_taken_first(queue: Queue) -> None:
    """Jobs of several projects are done in the order of asking."""
    others = [queue.world.project(name) for name in ("Beta", "Gamma")]
    submitted = [queue.submit(project).job_id for project in (queue.project, *others)]
    assert [queue.taken().job.job_id for _ in submitted] == sorted(submitted)


def test_cancelling_a_waiting_job_ends_it(queue: Queue) -> None:
    """It is never taken; cancelling it again changes nothing."""
    job = queue.submit()
    assert queue.cancel(job.job_id).state == "cancelled"
    assert queue.take() is None
    assert queue.cancel(job.job_id).ended_at == queue.find(job.job_id).ended_at


def test_cancelling_takes_a_job_out_of_its_workers_hands(queue: Queue) -> None:
    """The worker sees that it holds it no longer, and can change nothing of it."""
    queue.submit()
    held = queue.taken()
    assert queue.holds(held)
    queue.cancel(held.job.job_id)
    assert not queue.holds(held)
    late = (
        queue.report(held, "x", 0.9),
        queue.complete(held),
        queue.fail(held, "x"),
        queue.give_back(held, counts=True),
    )
    assert not any(late)
    assert queue.find(held.job.job_id).state == "cancelled"


def test_what_has_ended_cannot_be_cancelled(queue: Queue) -> None:
    """A finished training is refused in words and stays as it is."""
    queue.submit()
    held = queue.taken()
    queue.complete(held)
    with pytest.raises(errors.Conflict, match="ended already"):
        queue.cancel(held.job.job_id)
    assert queue.find(held.job.job_id).state == "done"


def test_a_silent_workers_job_is_taken_up_from_its_start(queue: Queue) -> None:
    """Once its lease has run out another gets it, and the first can't touch it any more."""
    queue.submit()
    first = queue.taken()
    queue.report(first, "encoding", 0.5, START + 10)
    assert queue.take(START + 10 + LEASE - 1) is None
    second = queue.taken(START + 10 + LEASE + 1)
    assert second.job.job_id == first.job.job_id
    assert (second.job.attempts, second.job.progress, second.job.stage) == (2, 0.0, "")
    assert not queue.complete(first, "stale")
    assert queue.complete(second)


def test_a_job_that_ends_its_worker_three_times_fails(queue: Queue) -> None:
    """The fourth to ask is not given it; the sentence says why, and the next job is taken instead."""
    job = queue.submit()
    for attempt in range(MOST_ATTEMPTS):
        queue.taken(START + attempt * 2 * LEASE)
    other = queue.submit(queue.world.project("Beta"))
    assert queue.taken(START + MOST_ATTEMPTS * 2 * LEASE).job.job_id == other.job_id
    failed = queue.find(job.job_id)
    assert failed.state == "failed"
    assert str(failed.reason).startswith("It ended its worker 3 times")


def test_a_worker_that_stops_in_order_does_not_count(queue: Queue) -> None:
    """Its job waits again as if never taken; where the job's process died, the attempt counts."""
    job = queue.submit()
    for _ in range(MOST_ATTEMPTS + 2):
        assert queue.give_back(queue.taken(), counts=False)
    assert queue.find(job.job_id).attempts == 0
    assert queue.give_back(queue.taken(), counts=True)
    assert (queue.find(job.job_id).attempts, queue.find(job.job_id).state) == (1, "queued")


def test_whether_one_waits_can_be_asked_without_taking(queue: Queue) -> None:
    """Waiting jobs and those of silent workers count."""

    def waits(at: float) -> bool:
        with store.reading(queue.world.engine) as connection:
            return jobs.waits(connection, at)

    assert not waits(START)
    queue.submit()
    assert waits(START)
    queue.taken()
    assert (waits(START), waits(START + LEASE + 1)) == (False, True)


def test_jobs_are_listed_newest_first_a_page_at_a_time(queue: Queue) -> None:
    """Each page goes on where the one before ended; other projects' jobs are not among them."""
    own = []
    for _ in range(5):
        own.append(queue.submit().job_id)
        queue.cancel(own[-1])
    queue.submit(queue.world.project("Beta"))
    with store.reading(queue.world.engine) as connection:
        first = [job.job_id for job in jobs.of_project(connection, queue.project, 3)]
        rest = [job.job_id for job in jobs.of_project(connection, queue.project, 3, first[-1])]
    assert first + rest == sorted(own, reverse=True)


def test_a_share_outside_nought_and_one_is_brought_inside(queue: Queue) -> None:
    """Progress is a share, whatever the program reports."""
    queue.submit()
    held = queue.taken()
    queue.report(held, "s" * 1000, 7.0)
    assert (queue.find(held.job.job_id).progress, len(queue.find(held.job.job_id).stage)) == (1.0, 100)
