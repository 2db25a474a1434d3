"""A deterministic encoder without a model: hashed character bigrams. For tests and dry runs.

Texts that share characters come out close, nothing more; it knows no meaning.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching.encoders.contract import Progress, checked
from matching.errors import UnknownModel

_DEFAULT_DIMENSION = 256


@lru_cache(maxsize=65_536)
def _bucket(gram: str, dimension: int) -> tuple[int, float]:
    """Column and sign of a gram: feature hashing (Weinberger et al. 2009, arXiv:0902.2206)."""
    digest = blake2b(gram.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    number = int.from_bytes(digest, "big")
    return number % dimension, 1.0 if number >> 63 else -1.0


class HashingEncoder:
    """Character bigrams of each text, hashed into `dimension` signed columns."""

    precision = "float32"

    def __init__(self, dimension: int = _DEFAULT_DIMENSION) -> None:
        self.dimension = dimension
        self.name = f"hashing-{dimension}"

    @classmethod
    def named(cls, spec: str) -> "HashingEncoder":
        """From "hashing" (256 columns) or "hashing-64". Raises UnknownModel for other endings."""
        digits = spec.removeprefix("hashing").removeprefix("-")
        if spec != "hashing" and not (digits.isascii() and digits.isdigit() and int(digits)):
            raise UnknownModel(spec, 'write "hashing" or a dimension after it, as in "hashing-64".')
        return cls(int(digits or _DEFAULT_DIMENSION))

    def encode(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """(len(texts), dimension), each row of length 1. Raises as Encoder.encode does."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, checked(texts), strict=True):
            self._fill(row, text)
        if progress:
            progress(len(texts), len(texts))
        return vectors

    def _fill(self, row: NDArray[np.float32], text: str) -> None:
        framed = f"\x02{text}\x03"
        for gram in map("".join, pairwise(framed)):
            column, sign = _bucket(gram, self.dimension)
            row[column] += sign
        length = float(np.linalg.norm(row))
        if length == 0.0:  # every gram met its opposite
            row[0] = length = 1.0
        row /= length
