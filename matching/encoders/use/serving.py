"""The network without gradients, several times faster: what an index and a search run on.

What depends on a token alone comes out of a memory (see `distinct.py`), so that the first
convolutions are mere additions. The second ones run over blocks of one size, cut from a flat
stream of all sentences. Nothing is padded, so the texts need no sorting by length.
"""

from typing import cast

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from matching.encoders.use.convolution import Windows
from matching.encoders.use.distinct import GAP, Distinct, DistinctTokens, Ids
from matching.encoders.use.network import (
    DIMENSION,
    EPSILON,
    FEATURES,
    HALO,
    WIDTH,
    WINDOWS,
    Branch,
    UseNetwork,
)
from matching.encoders.use.stream import ROOM, Block, Stream


class Serving:
    """A network's weights laid out for serving in float32 or bfloat16. Safe to share."""

    def __init__(self, network: UseNetwork, dtype: torch.dtype) -> None:
        branches = cast("list[Branch]", list(network.branches))
        self._dtype = dtype
        self._distinct = DistinctTokens(network, dtype)
        self._first_bias = [cast("Tensor", b.first.bias).detach().to(dtype) for b in branches]
        self._second = [Windows.of(branch.second, dtype) for branch in branches]
        self._network = network

    @torch.inference_mode()
    def vectors(self, ids: Ids, lengths: Ids) -> NDArray[np.float32]:
        """Flat ids (sum of lengths,) and lengths (sentences,) to unit rows (sentences, 512)."""
        distinct, rows = self._distinct.of(ids)
        stream = Stream.of(rows, lengths)
        sums = torch.zeros(len(lengths), FEATURES)
        for block in stream.blocks():
            places, offsets = map(torch.from_numpy, stream.tokens(block))
            features = self._features(distinct, stream, block)
            summed = F.embedding_bag(places, features, offsets, mode="sum")
            sums[block.first : block.last] += summed.float()
        return self._finished(sums, torch.from_numpy(lengths))

    def _finished(self, sums: Tensor, lengths: Tensor) -> NDArray[np.float32]:
        """The layers after the sum, in float32; the normalisation's own weights come first."""
        norm = self._network.features
        scaled = torch.addcmul(lengths.unsqueeze(1) * norm.bias, sums, norm.weight)
        vectors: Tensor = self._network.head(self._network.pooled(scaled, lengths))
        return cast("NDArray[np.float32]", vectors.numpy())

    def _features(self, distinct: Distinct, stream: Stream, block: Block) -> Tensor:
        """(block, 1280): embedding and branches of the block's rows, normalised together."""
        around = stream.around(block)
        features = torch.empty(stream.size, FEATURES, dtype=self._dtype)
        inner = torch.from_numpy(around[ROOM:-ROOM])
        torch.index_select(distinct.embedded, 0, inner, out=features[:, :DIMENSION])
        for branch in range(len(WINDOWS)):
            out = features[:, DIMENSION + branch * WIDTH :][:, :WIDTH]
            self._branch(out, branch, distinct, around)
        return F.layer_norm(features, (FEATURES,), eps=EPSILON)

    def _branch(self, out: Tensor, branch: int, distinct: Distinct, around: Ids) -> None:
        """Both convolutions of one branch into `out` (block, 256)."""
        size, left = WINDOWS[branch]
        hidden = self._hidden(branch, distinct, around)
        read = hidden[HALO - left : len(hidden) - HALO - left + size - 1]
        torch.add(self._second[branch](read).relu_(), hidden[HALO:-HALO], out=out)

    def _hidden(self, branch: int, distinct: Distinct, around: Ids) -> Tensor:
        """The first convolution, by addition of shares: (block + 2 * HALO, 256), gaps zero."""
        size, left = WINDOWS[branch]
        here = around[HALO:-HALO]
        windows = sliding_window_view(around, size)[HALO - left :][: len(here)]
        places = torch.from_numpy(windows * size + np.arange(size))
        hidden = F.embedding_bag(places, distinct.shares[branch].view(-1, WIDTH), mode="sum")
        hidden += self._first_bias[branch]
        hidden.relu_()
        hidden += distinct.projected[branch].index_select(0, torch.from_numpy(here))
        return hidden.index_fill_(0, torch.from_numpy(np.flatnonzero(here == GAP)), 0.0)
