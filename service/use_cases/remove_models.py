"""Delete a candidate that came to nothing."""

import sqlalchemy as sa

from service import errors
from service.store import engine as store
from service.store import suggestions
from service.suggest.registry import Registry


def remove_model(engine: sa.Engine, registry: Registry, model_id: str) -> None:
    """Delete a model that never served and never advised.

    Raises:
        NoModel: there is no model of this id.
        Conflict: it serves, once served, or a suggestion in this store is its own; decisions keep who advised them.
    """
    registry.path(model_id)
    with store.reading(engine) as connection:
        advised = suggestions.any_by(connection, model_id)
    if advised:
        raise errors.Conflict(f"{model_id} has suggested codes in this store, so it stays: decisions may rest on them.")
    registry.remove(model_id)
