"""Takes typed values out of a bundle's JSON and arrays; what is not as it must be is refused by name."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays

from service import errors

Arrays = dict[str, NDArray[Any]]

#: Beyond it no number of a model is sound, and sums of products could run over.
_LARGEST = 1e9


@dataclass(frozen=True)
class Fields:
    """A JSON object and where it stands."""

    raw: dict[str, Any]
    where: str

    @classmethod
    def parse(cls, content: bytes, where: str) -> "Fields":
        """Parse a JSON object."""
        return cls(_object(parse_json(content, where), where), where)

    def fields(self, key: str) -> "Fields":
        """Return an object inside."""
        return Fields(self.mapping(key), self._at(key))

    def mapping(self, key: str) -> dict[str, Any]:
        """Return an object inside, as it is."""
        return _object(self._get(key), self._at(key))

    def text(self, key: str) -> str:
        """Return a text."""
        return _text(self._get(key), self._at(key))

    def integer(self, key: str) -> int:
        """Return a whole number that is not negative."""
        return _integer(self._get(key), self._at(key))

    def number(self, key: str) -> float:
        """Return a finite number."""
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise errors.BadBundle(f"{self._at(key)} must be a number.")
        return float(value)

    def truth(self, key: str) -> bool:
        """Return true or false."""
        value = self._get(key)
        if not isinstance(value, bool):
            raise errors.BadBundle(f"{self._at(key)} must be true or false.")
        return value

    def choice(self, key: str, among: Sequence[str]) -> str:
        """Return one of these texts."""
        value = self.text(key)
        if value not in among:
            raise errors.BadBundle(f"{self._at(key)} must be one of {', '.join(among)}.")
        return value

    def integers(self) -> dict[str, int]:
        """Return all of it as whole numbers."""
        return {key: _integer(value, self._at(key)) for key, value in self.raw.items()}

    def texts(self) -> dict[str, str]:
        """Return all of it as texts."""
        return {key: _text(value, self._at(key)) for key, value in self.raw.items()}

    def text_list(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return text_list(self._get(key), self._at(key))

    def _at(self, key: str) -> str:
        return f"{self.where}: {errors.shown(key)}"

    def _get(self, key: str) -> Any:
        if key not in self.raw:
            raise errors.BadBundle(f"{self._at(key)} is missing.")
        return self.raw[key]


@dataclass(frozen=True)
class Checked:
    """Arrays of a file, each of which must be asked for with its type and shape."""

    arrays: Arrays
    where: str
    taken: set[str] = field(default_factory=set)

    @classmethod
    def parse(cls, content: bytes, where: str) -> "Checked":
        """Parse a file of arrays."""
        try:
            return cls(load_arrays(content), where)
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            raise errors.BadBundle(f"{where}: it does not hold arrays that can be read.") from error

    def take(self, name: str, dtype: type, shape: tuple[int | None, ...]) -> NDArray[Any]:
        """Return an array of this type and shape; None stands for any number."""
        array = self.arrays.get(name)
        if array is None:
            raise errors.BadBundle(f"{self.where}: array {name} is missing.")
        fits = len(array.shape) == len(shape) and all(
            want is None or have == want for have, want in zip(array.shape, shape, strict=True)
        )
        if array.dtype != dtype or not fits:
            raise errors.BadBundle(f"{self.where}: array {name} has another type or shape than the manifest says.")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise errors.BadBundle(f"{self.where}: array {name} holds numbers that are not finite.")
        if array.dtype.kind == "f" and np.abs(array).max(initial=0.0) > _LARGEST:
            raise errors.BadBundle(f"{self.where}: array {name} holds numbers far larger than a model has.")
        self.taken.add(name)
        return array

    def within(self, name: str, array: NDArray[Any], least: float, most: float = np.inf) -> None:
        """Refuse an array with a number outside these bounds."""
        if np.any(array < least) or np.any(array > most):
            right = f"from {least:g} to {most:g}" if np.isfinite(most) else f"not below {least:g}"
            raise errors.BadBundle(f"{self.where}: array {name} must hold numbers {right}.")

    def done(self) -> None:
        """Refuse arrays that nobody asked for."""
        for name in sorted(set(self.arrays) - self.taken):
            raise errors.BadBundle(f"{self.where}: array {errors.shown(name)} belongs to nothing.")


def parse_json(content: bytes, where: str) -> Any:
    """Parse JSON, without NaN and without one key twice in an object."""
    try:
        return json.loads(content, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise errors.BadBundle(f"{where}: it is not valid JSON.") from error


def text_list(value: Any, where: str) -> tuple[str, ...]:
    """Return a list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise errors.BadBundle(f"{where} must be a list of texts.")
    return tuple(value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("one key stands twice")
    return out


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise errors.BadBundle(f"{where} must be a JSON object.")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise errors.BadBundle(f"{where} must be a text.")
    return value


def _integer(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise errors.BadBundle(f"{where} must be a whole number.")
    return value
