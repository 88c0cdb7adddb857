"""Jobs as values."""

import json

import pytest

from service import errors
from service.domain.jobs import Held, Job, TrainingOptions


def test_minutes_and_steps_exclude_each_other() -> None:
    """Options are refused where they contradict one another."""
    with pytest.raises(errors.Unprocessable, match="not both"):
        TrainingOptions(budget=1, steps=10)


def test_options_go_to_plain_values_and_back() -> None:
    """What is stored gives the same options again, and so does what was stored before there were so many."""
    options = TrainingOptions(tune=False, steps=40, seed=2, without=("P7",), unadvised_only=True)
    assert TrainingOptions.of(json.loads(json.dumps(options.as_dict()))) == options
    assert TrainingOptions.of({"tune": None, "budget": None, "steps": None, "seed": 3}) == TrainingOptions(seed=3)


def test_a_lease_is_not_shown() -> None:
    """It is a worker's own, so it stands in no log."""
    job = Job("j", "training", "p", "Alpha", "Ray", TrainingOptions(), "running", 1, 0.5, "encoding", 1.0)
    assert "secret" not in repr(Held(job, "secret"))
