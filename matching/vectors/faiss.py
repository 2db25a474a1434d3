"""Flat FAISS indexes with half-precision codes; the only faiss import.

Half precision needs no training, so that adding one by one and building at once give the same
codes, and costs less than .0005 of a cosine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.vectors import Floats

_BLOCK = 65_536


@cache
def _faiss() -> Any:
    import faiss

    return faiss


@dataclass(frozen=True)
class FaissVectors:
    """One FAISS index, in memory or mapped from a file."""

    index: Any

    @classmethod
    def of(cls, rows: Floats) -> FaissVectors:
        """An index of these normalised vectors, (n, dimension) float32."""
        faiss = _faiss()
        index = faiss.IndexScalarQuantizer(
            rows.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        index.train(rows[:1])
        for start in range(0, len(rows), _BLOCK):
            index.add(np.ascontiguousarray(rows[start : start + _BLOCK], np.float32))
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> FaissVectors:
        """An index whose codes stay in the file and come into memory as they are read."""
        faiss = _faiss()
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def __len__(self) -> int:
        return int(self.index.ntotal)

    def nearest(
        self, query: Floats, k: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Floats, NDArray[np.int64]]:
        """See `Vectors.nearest`."""
        parameters = None
        if allowed is not None:
            faiss = _faiss()
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)
        cosines, numbers = self.index.search(query[None], min(k, len(self)), params=parameters)
        found = numbers[0] >= 0
        return cosines[0][found], numbers[0][found]

    def rows(self, numbers: NDArray[np.int64]) -> Floats:
        """See `Vectors.rows`."""
        return np.asarray(self.index.reconstruct_batch(numbers), np.float32)

    def kept(self, flags: NDArray[np.bool_]) -> Floats:
        """See `Vectors.kept`."""
        return self.rows(np.flatnonzero(flags).astype(np.int64))

    def save(self, path: Path) -> None:
        """See `Vectors.save`."""
        _faiss().write_index(self.index, str(path))
