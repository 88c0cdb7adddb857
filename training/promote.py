"""Make a model the one that serves its codebook: a person signs, the registry remembers."""

from service.suggest import bundle
from service.suggest.registry import Registry


def promote(registry: Registry, model_id: str, by: str, reason: str) -> None:
    """Check a model whole, then make it current.

    Raises:
        BadBundle: its files are damaged.
        Unprocessable: nobody signs or no reason is given.
        Conflict: it is current already.
        NoModel: there is no such model.
    """
    bundle.load(registry.path(model_id))
    registry.promote(model_id, by, reason)


def rollback(registry: Registry, codebook_name: str, by: str, reason: str) -> str:
    """Go back to the model that served before; return its id.

    Raises:
        NoModel: there is none to go back to.
        BadBundle: its files are damaged.
    """
    before = registry.previous(codebook_name)
    bundle.load(registry.path(before))
    return registry.rollback(codebook_name, by, reason)
