"""SetFit, in an environment of its own: what it brings along is not what Inkling is measured with."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from service import errors
from service.settings import Settings
from service.suggest import encoder_source
from tests.bench.learning_baselines import Said, Texts

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-bench/bin/python"
CHILD = Path(__file__).with_name("setfit_child.py")
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TQDM_DISABLE": "1"}


@dataclass(frozen=True)
class Fitted:
    """What SetFit said, and what it took."""

    said: Said
    #: Of training, the imports and the trial before it not counted.
    seconds: float
    steps: int
    #: That its defaults would take.
    all_steps: int

    @property
    def note(self) -> str:
        """Say whether time ran out."""
        share = self.steps / self.all_steps
        return "" if share >= 1.0 else f"stopped after {self.steps:,} of {self.all_steps:,} steps"


def fit(given: Texts, seed: int, limit: float) -> Fitted:
    """Fit SetFit to a few examples.

    Args:
        given: the examples and what is to be judged.
        seed: of training.
        limit: seconds of training at most.

    Raises:
        BadInput: its environment is missing, or it failed.
    """
    with tempfile.TemporaryDirectory(prefix="inkling-") as folder:
        question, answer = Path(folder) / "question.json", Path(folder) / "answer.npz"
        question.write_text(json.dumps(_question(given, seed, limit)), "utf-8")
        done = subprocess.run(command(question, answer), env=environment(), cwd=folder, capture_output=True)
        if done.returncode:
            raise errors.BadInput(f"SetFit ended with code {done.returncode}: {last(done.stderr)}")
        return answered(answer)


def answered(answer: Path) -> Fitted:
    """Return what the child wrote."""
    with np.load(answer, allow_pickle=False) as found:
        numbers = float(found["seconds"]), int(found["steps"]), int(found["all_steps"])
        return Fitted((found["best"], found["probabilities"]), *numbers)


def command(question: Path, answer: Path) -> list[str]:
    """Return the command that answers a question."""
    if not PYTHON.exists():
        raise errors.BadInput(f"SetFit has no environment here ({PYTHON.parent.parent.name}); use make bench-learning.")
    return [str(PYTHON), str(CHILD), str(question), str(answer)]


def environment() -> dict[str, str]:
    """Return the environment in which nothing looks for a network."""
    return {**os.environ, **OFFLINE}


def base() -> Path:
    """Return the folder of the encoder that Inkling starts from too."""
    settings = Settings()
    return encoder_source.find(settings.encoder, settings.cache).folder


def _question(given: Texts, seed: int, limit: float) -> dict[str, Any]:
    return {
        "base": str(base()),
        "select": given.learned.select,
        "texts": list(given.learned_texts),
        "truth": given.learned.truth.astype(int).tolist(),
        "judged": list(given.judged_texts),
        "seed": seed,
        "seconds": limit,
    }


def last(words: bytes) -> str:
    """Return how the last line that a process said begins: what follows a colon may be of a transcript."""
    lines = words.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].split(":")[0] if lines else "it said nothing"
