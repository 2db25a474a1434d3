"""Static embedding models: one vector for each token, a text is their sum. Needs no torch.

The files are those of sentence-transformers' StaticEmbedding, and of model2vec, which keeps its
rows in few bits. The mean of a text's vectors and their sum are one and the same once normalised.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from matching.encoders.contract import Progress, checked, rounds

WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
_CHARACTERS = 65_536  # per round: bounds memory
_TOKENS = 1_024  # rows of a text that are looked up at once: bounds memory
Floats = NDArray[np.float32]
Ids = NDArray[np.intp]


@dataclass(frozen=True)
class Table:
    """Token i stands for `rows[mapping[i]] * weights[i]`; without a mapping for `rows[i]`."""

    rows: NDArray[Any]
    """(rows, dimension) of int8 or a floating type."""
    weights: Floats
    """(tokens,)"""
    mapping: Ids | None = None
    """(tokens,), where tokens share rows."""

    @property
    def dimension(self) -> int:
        """Length of every row."""
        return int(self.rows.shape[1])

    @classmethod
    def of(cls, rows: NDArray[Any]) -> Table:
        """One row a token, taken as it is."""
        return cls(rows, np.ones(len(rows), np.float32))

    def unpacked(self) -> Floats:
        """(tokens, dimension) what each token stands for."""
        rows = self.rows if self.mapping is None else self.rows[self.mapping]
        return rows.astype(np.float32) * self.weights[:, None]

    def cut(self, dimension: int) -> Table:
        """The first columns alone; the table itself where these are all."""
        if dimension == self.dimension:
            return self
        return replace(self, rows=np.ascontiguousarray(self.rows[:, :dimension]))

    def summed(self, ids: Ids) -> Floats:
        """(dimension,) the sum of the tokens' vectors, 0 without tokens."""
        total = np.zeros(self.dimension, np.float32)
        for begin in range(0, len(ids), _TOKENS):
            part = ids[begin : begin + _TOKENS]
            held = part if self.mapping is None else self.mapping.take(part)
            total += self.weights.take(part) @ self.rows.take(held, axis=0).astype(np.float32)
        return total


def read_table(folder: Path) -> Table:
    """The table in a folder. Raises OSError, KeyError or ValueError for other files."""
    held = load_file(folder / WEIGHTS)
    if "embedding.weight" in held:
        return Table.of(held["embedding.weight"])
    rows, mapping = held["embeddings"], held.get("mapping")
    tokens = len(rows) if mapping is None else len(mapping)
    weights = held.get("weights", np.ones(tokens))
    if rows.ndim != 2 or weights.shape != (tokens,):
        raise ValueError(f"{WEIGHTS} holds {rows.shape} rows and {weights.shape} weights")
    return Table(
        rows,
        weights.astype(np.float32),
        None if mapping is None else mapping.astype(np.intp),
    )


def read_tokenizer(folder: Path, table: Table) -> Tokenizer:
    """The tokenizer in a folder. Raises ValueError where it knows tokens that the table has not,
    and Exception for another sort of file."""
    found = Tokenizer.from_file(str(folder / TOKENIZER))
    if found.get_vocab_size() > len(table.weights):
        raise ValueError(
            f"{TOKENIZER} has {found.get_vocab_size()} tokens, {WEIGHTS} {len(table.weights)}"
        )
    found.no_padding()
    return found


class StaticEncoder:
    """A tokenizer and a table behind `Encoder`."""

    precision = "float32"

    def __init__(
        self,
        name: str,
        table: Table,
        tokenizer: Tokenizer,
        threads: int | None = None,
        fingerprint: str | None = None,
    ) -> None:
        """threads: of tokenizers, for the whole process; None leaves them as they are."""
        self.name = name
        self.dimension = table.dimension
        self.fingerprint = fingerprint
        self._table = table
        self._tokenizer = tokenizer
        _use_threads(threads)

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """(len(texts), dimension), each row of length 1, or 0 for a text without a known token.

        Raises as Encoder.encode does.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        done = 0
        for part in rounds(checked(texts), _CHARACTERS):
            for ids in self._ids(part):
                vectors[done] = self._table.summed(ids)
                done += 1
            if progress:
                progress(done, len(texts))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.where(lengths > 0, lengths, 1)
        return vectors

    def _ids(self, texts: Sequence[str]) -> list[Ids]:
        clean = [text.encode("utf-8", "replace").decode() for text in texts]  # lone surrogates
        found = self._tokenizer.encode_batch_fast(clean, add_special_tokens=False)
        return [np.array(encoding.ids, np.intp) for encoding in found]


def _use_threads(threads: int | None) -> None:
    """What the tokenizers library reads: whether to use threads at each call, how many once."""
    if threads is not None:
        os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
        os.environ.setdefault("RAYON_NUM_THREADS", str(threads))
