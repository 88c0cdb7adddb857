"""Each segment of an archive stands in one input: what another input holds too is refused, not counted twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service import errors
from service.use_cases.score_inputs import Input


@dataclass(frozen=True)
class Claims:
    """Which input holds which stretch of which document, in the order of the inputs."""

    _held: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)

    def add(self, entry: Input, extents: Mapping[str, tuple[int, int]]) -> None:
        """Note the documents of an input, each with its first and last position.

        Parts of one document may stand in several tables, one after the other.

        Raises:
            BadInput: another input holds some of the same places.
        """
        for document, (first, last) in extents.items():
            for begin, end, shown in self._held.get(document, ()):
                if first <= end and begin <= last:
                    where = f"{entry.path.name}: document {errors.shown(document)} stands in {shown} too"
                    raise errors.BadInput(f"{where}; give each segment in one file.")
        for document, extent in extents.items():
            self._held.setdefault(document, []).append((*extent, entry.shown))
