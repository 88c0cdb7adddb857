"""How a model is to be fitted: whether the encoder is tuned too, and for how long."""

from dataclasses import dataclass

#: How often tuning goes over everything, where time allows; beyond this many steps more rounds made unseen participants
#: no better, but fewer steps than that are too few to learn from, however small the material.
ROUNDS, ENOUGH_STEPS, MOST_ROUNDS = 3, 150, 20
#: Encoders tuned without a part of the participants each, to measure by; two where time is short.
FOLDS, FEWER_FOLDS = 3, 2
#: What is left of the minutes once texts are encoded and heads are fitted.
_FOR_TUNING = 0.75
#: With fewer steps an encoder learns nothing, and of fewer coded segments a head learns as much in seconds.
LEAST_STEPS, LEAST_SEGMENTS = 6, 300


@dataclass(frozen=True)
class Plan:
    """What the researcher asked for."""

    #: True and False force it; None tries both ways and keeps the better.
    tune: bool | None = None
    seed: int = 0
    #: Minutes that all of it may take.
    budget: float = 30.0
    #: Steps of the encoder that will serve, in place of minutes.
    steps: int | None = None


HEAD_ONLY = Plan(tune=False)


@dataclass(frozen=True)
class Steps:
    """How long each encoder is tuned."""

    final: int
    folds: int

    @property
    def each(self) -> int:
        """Steps of an encoder that is tuned without one fold: as many rounds over its part."""
        return max(1, round(self.final * (self.folds - 1) / self.folds))


def steps(plan: Plan, per_round: int, seconds: float) -> Steps:
    """Translate minutes into steps.

    Args:
        plan: what was asked for.
        per_round: steps that go once over everything.
        seconds: that one step takes here.
    """
    if plan.steps is not None:
        return Steps(plan.steps, FOLDS)
    affordable = plan.budget * 60.0 * _FOR_TUNING / max(seconds, 1e-6)
    wanted = max(ROUNDS * per_round, min(ENOUGH_STEPS, MOST_ROUNDS * per_round))
    # Encoders without one of n folds take n - 1 times as long as the one that serves, all together.
    folds = FOLDS if affordable >= FOLDS * wanted else FEWER_FOLDS
    return Steps(min(wanted, int(affordable / folds)), folds)
