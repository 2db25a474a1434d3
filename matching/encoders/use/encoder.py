"""The stock encoder, or one trained from it: tokenizer and network together, on the fast route."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from matching.encoders import cpu
from matching.encoders.contract import Progress, checked, rounds
from matching.encoders.use import wheel
from matching.encoders.use.network import DIMENSION, UseNetwork
from matching.encoders.use.serving import Serving
from matching.encoders.use.tokenizer import Tokenizer

_CHARACTERS = 65_536  # per round: bounds memory, and shares each distinct token's work
_FEW = 320  # tokens that one core answers alone: on a busy machine, waiting for a second costs more


class UseEncoder:
    """USE multilingual v3 weights, or weights trained from them, behind `Encoder`."""

    dimension = DIMENSION

    def __init__(
        self,
        name: str,
        network: UseNetwork,
        vocabulary: Path,
        precision: str,
        threads: int | None,
        fingerprint: str | None = None,
    ) -> None:
        """precision: "float32", "bfloat16" or "auto"; threads: None means one per core."""
        self.name = name
        self.fingerprint = fingerprint
        self.precision = cpu.best_precision() if precision == "auto" else precision
        self._threads = cpu.use_threads(threads)
        self._tokenizer = Tokenizer(vocabulary, self._threads)
        self._serving = Serving(network, getattr(torch, self.precision))

    @classmethod
    def stock(cls, name: str, precision: str, threads: int | None) -> "UseEncoder":
        """The pretrained model of the wheel. Raises UnknownModel where it is not installed."""
        vocabulary = wheel.folder() / "sp.model"
        return cls(name, wheel.network(), vocabulary, precision, threads)

    def encode(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """(len(texts), 512), each row of length 1. Raises as Encoder.encode does."""
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        done = 0
        for part in rounds(checked(texts), _CHARACTERS):
            ids, lengths = self._tokenizer.flat(part)
            cpu.use_threads(1 if len(ids) <= _FEW else self._threads)
            vectors[done : done + len(part)] = self._serving.vectors(ids, lengths)
            done += len(part)
            if progress:
                progress(done, len(texts))
        return vectors
