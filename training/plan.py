"""How a model is to be fitted: whether the encoder is tuned too, and for how long."""

from dataclasses import dataclass

#: How often tuning goes over everything, where time allows; beyond this many steps more rounds made unseen participants
#: no better, but fewer steps than that are too few to learn from, however small the material.
ROUNDS, ENOUGH_STEPS, MOST_ROUNDS = 3, 150, 20
#: Encoders tuned without a part of the participants each, to measure by; two where time is short.
FOLDS, FEWER_FOLDS = 3, 2
#: The most of the minutes that tuning takes: texts are encoded by each encoder too, and heads fitted.
_FOR_TUNING = 0.75
#: Seconds that a segment takes to be encoded for each that learning from it takes, and seconds to fit heads on it.
_ENCODING, _FITTING = 0.2, 0.003
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


def steps(plan: Plan, segments: int, per_round: int, seconds: float) -> Steps:
    """Translate minutes into steps.

    Args:
        plan: what was asked for.
        segments: to learn from.
        per_round: steps that go once over everything.
        seconds: that one step takes here.
    """
    if plan.steps is not None:
        return Steps(plan.steps, FOLDS)
    wanted = max(ROUNDS * per_round, min(ENOUGH_STEPS, MOST_ROUNDS * per_round))
    offers = [Steps(_affordable(plan, folds, segments, per_round, seconds), folds) for folds in (FOLDS, FEWER_FOLDS)]
    found = next((offer for offer in offers if offer.final >= wanted), offers[-1])
    return Steps(min(wanted, found.final), found.folds)


def _affordable(plan: Plan, folds: int, segments: int, per_round: int, seconds: float) -> int:
    """Return the steps of the encoder that will serve that there is time for, beside those without a fold each."""
    whole = plan.budget * 60.0
    beside = (folds + 1) * _ENCODING * seconds * per_round + _FITTING * segments
    # Encoders without one of n folds take n - 1 times as long as the one that serves, all together.
    return int(max(0.0, min(_FOR_TUNING * whole, whole - beside)) / max(seconds, 1e-6) / folds)
