"""Where vectors are kept and searched: one small protocol, and what implements it.

`faiss` is the default. A store that lives elsewhere needs these five methods and nothing more.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Vectors(Protocol):
    """Normalised vectors of the documents of one segment, numbered from 0; never changed."""

    def __len__(self) -> int:
        """How many there are."""

    def nearest(
        self, query: Floats, k: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Floats, NDArray[np.int64]]:
        """Cosines (≤ k,), descending, and numbers of the nearest vectors among the allowed."""

    def rows(self, numbers: NDArray[np.int64]) -> Floats:
        """(len(numbers), dimension) the vectors themselves, as exact as they are kept."""

    def kept(self, flags: NDArray[np.bool_]) -> Floats:
        """The vectors whose flag is on, in order."""

    def save(self, path: Path) -> None:
        """Write them to a file that `open_vectors` maps into memory."""
