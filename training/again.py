"""Fit a dimension's head anew on some of its segments and judge participants that it has not seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.suggest import calibration
from service.suggest.scorer import Array, Head
from training import calibrate
from training.calibrate import Unseen
from training.heads import Target

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

#: Which of the target's segments the head for a fold is fitted on.
Used = Callable[[int], Mask]


class Refit(Protocol):
    """Fits a head like the one of a model and scores segments with it."""

    def __call__(self, part: Target, fold: int, rows: Rows) -> tuple[Head, Array, Array]:
        """Return a head fitted on a part of the target, and its scores and the definitions' of some segments.

        Args:
            part: what it is fitted on; none of it is of the fold.
            fold: its words are left out of the vocabulary too.
            rows: the places of the segments to score among all segments.
        """


@dataclass(frozen=True)
class Again:
    """A dimension that can be fitted again."""

    target: Target
    #: Of all segments of the snapshot.
    folds: Rows
    refit: Refit

    @property
    def splits(self) -> bool:
        """Whether its segments lie in more than one fold, so that each can be judged by a head fitted on others."""
        return len(np.unique(self.folds[self.target.rows])) > 1

    def used(self, fold: int) -> Mask:
        """Mark the target's segments that are not of a fold."""
        return np.asarray(self.folds[self.target.rows] != fold)

    def best(self, rows: Rows, used: Used | None = None) -> Mask:
        """Return what heads fitted and calibrated without their fold say of some segments, a column per code.

        Args:
            rows: the places of the segments among all segments; the target's need not be among them.
            used: what each fold's head is fitted on; all of the target's segments that are not of the fold by default.
        """
        chosen = used or self.used
        listed = np.union1d(rows, self.target.rows)
        parts = {int(fold): chosen(int(fold)) for fold in np.unique(self.folds[listed])}
        scored = self._scored(listed, parts)
        best = np.zeros((len(listed), len(self.target.codes)), dtype=np.bool_)
        for fold, part in parts.items():
            mine = self.folds[listed] == fold
            best[mine] = self._judged(scored, part, fold, mine)
        return best[np.searchsorted(listed, rows)]

    def _scored(self, listed: Rows, parts: Mapping[int, Mask]) -> "_Scored":
        logits = np.zeros((len(listed), len(self.target.codes) + self.target.none))
        shares = np.zeros((len(listed), len(self.target.codes)))
        heads: dict[int, Head] = {}
        for fold, part in parts.items():
            mine = self.folds[listed] == fold
            heads[fold], logits[mine], shares[mine] = self.refit(self.target.part(part), fold, listed[mine])
        return _Scored(np.searchsorted(listed, self.target.rows), logits, shares, heads)

    def _judged(self, scored: "_Scored", part: Mask, fold: int, mine: Mask) -> Mask:
        """Judge a fold's segments with a calibration found on the segments that its head was fitted on."""
        others = scored.place[part]
        folds = self.folds[self.target.rows][part]
        unseen = Unseen(self.target.part(part), scored.logits[others], scored.shares[others], folds)
        head = scored.heads[fold]
        found = calibrate.calibrate(head, unseen, stated=False)
        return calibration.judge(head, found, scored.logits[mine], scored.shares[mine]).best


@dataclass(frozen=True)
class _Scored:
    """Scores out of fold, and the head of each fold."""

    #: Where each of the target's segments stands among the rows.
    place: Rows
    logits: Array
    shares: Array
    heads: Mapping[int, Head]
