"""Make a model the one that serves its codebook: it is compared first, a person signs, the registry remembers both."""

from service.suggest.comparison import Comparison
from service.suggest.registry import Registry
from training.compare import Coded, against_current


def promote(registry: Registry, model_id: str, by: str, reason: str, coded: Coded | None = None) -> Comparison | None:
    """Compare a model with the current one, make it current whatever that says, and keep both in the registry.

    Args:
        registry: the models.
        model_id: the one to serve.
        by: who decides so.
        reason: why.
        coded: coded excerpts to compare on, beside what the two models kept.

    Returns:
        the comparison; None where no other model served.

    Raises:
        BadBundle: its files are damaged.
        Unprocessable: nobody signs or no reason is given.
        Conflict: it is current already.
        NoModel: there is no such model.
        BadExcerpts: the rows can't be used.
    """
    found = against_current(registry, model_id, coded)
    registry.promote(model_id, by, reason, None if found is None else found.record())
    return found
