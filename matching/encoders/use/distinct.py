"""What depends on a token alone, worked out once per token and remembered.

That is its embedding, its projection, and what it adds to every first convolution around it: two
thirds of the network's multiplications. Chinese abstracts repeat each token some thirty times, and
a query's tokens have nearly all been seen before.
"""

from threading import Lock
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from matching.encoders.use.convolution import Windows, rounded
from matching.encoders.use.network import (
    DIMENSION,
    EPSILON,
    ROWS,
    WIDTH,
    WINDOWS,
    Branch,
    UseNetwork,
)

Ids = NDArray[np.int64]
GAP = 0  # the row of zeros that stands between sentences

_ROOM = 8192  # tokens remembered: at most 63 MB in bfloat16, 126 MB in float32


class Distinct(NamedTuple):
    """What each of some tokens is worth wherever it stands. Row GAP is zero."""

    embedded: Tensor  # (rows, 512)
    projected: list[Tensor]  # per branch (rows, 256)
    shares: list[Tensor]  # per branch (rows, size * 256): what the token adds at each slot


class _Kept:
    """Rows of Distinct, filled from the front and never changed once filled."""

    def __init__(self, room: int, dtype: torch.dtype) -> None:
        self.room = room
        self.used = 0
        self.row = np.full(ROWS, GAP, dtype=np.int64)  # of each token id, GAP where not kept
        self.distinct = Distinct(
            torch.empty(room + 1, DIMENSION, dtype=dtype),
            [torch.empty(room + 1, WIDTH, dtype=dtype) for _ in WINDOWS],
            [torch.empty(room + 1, size * WIDTH, dtype=dtype) for size, _ in WINDOWS],
        )
        for table in (self.distinct.embedded, *self.distinct.projected, *self.distinct.shares):
            table[GAP] = 0

    def add(self, tokens: Ids, worth: Distinct) -> None:
        rows = slice(self.used + 1, self.used + 1 + len(tokens))
        self.distinct.embedded[rows] = worth.embedded[: len(tokens)]
        for branch in range(len(WINDOWS)):
            self.distinct.projected[branch][rows] = worth.projected[branch][: len(tokens)]
            self.distinct.shares[branch][rows] = worth.shares[branch][: len(tokens)]
        self.row[tokens] = np.arange(rows.start, rows.stop)
        self.used += len(tokens)


class DistinctTokens:
    """Token ids to rows of Distinct. Safe to call from several threads."""

    def __init__(self, network: UseNetwork, dtype: torch.dtype) -> None:
        self._tokens = network.tokens
        self._dtype = dtype
        self._project = Windows(network.project.weight.unsqueeze(2), network.project.bias, dtype)
        self._norm_weight = network.norm.weight.detach().to(dtype)
        self._norm_bias = network.norm.bias.detach().to(dtype)
        branches = cast("list[Branch]", list(network.branches))
        self._by_slot = [Windows.by_slot(branch.first, dtype) for branch in branches]
        self._kept = _Kept(_ROOM, dtype)
        self._lock = Lock()

    def of(self, ids: Ids) -> tuple[Distinct, Ids]:
        """The tables, and the row in them of each of `ids` (n,)."""
        tokens = np.unique(ids)
        with self._lock:
            kept = self._keeping(tokens)
        return kept.distinct, kept.row[ids]

    def _keeping(self, tokens: Ids) -> _Kept:
        """Rows that hold these tokens. A full memory is begun anew: readers keep the old one."""
        if len(tokens) > _ROOM:
            aside = _Kept(len(tokens), self._dtype)
            aside.add(tokens, self._worth(tokens))
            return aside
        new = tokens[self._kept.row[tokens] == GAP]
        if self._kept.used + len(new) > self._kept.room:
            self._kept, new = _Kept(_ROOM, self._dtype), tokens
        if len(new):
            self._kept.add(new, self._worth(new))
        return self._kept

    def _worth(self, tokens: Ids) -> Distinct:
        """Work the tokens out; rows after them are padding."""
        padded = np.pad(tokens, (0, rounded(len(tokens)) - len(tokens)))
        embedded = self._tokens(torch.from_numpy(padded)).to(self._dtype)
        projected = self._project(embedded)
        projected = F.layer_norm(
            projected, projected.shape[1:], self._norm_weight, self._norm_bias, EPSILON
        )
        parts = [part.contiguous() for part in projected.chunk(len(WINDOWS), dim=1)]
        shares = [by_slot(part) for by_slot, part in zip(self._by_slot, parts, strict=True)]
        return Distinct(embedded, parts, shares)
