"""Sentences laid out in one stream of rows, and the blocks that it is worked through in."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.encoders.use.convolution import rounded
from matching.encoders.use.distinct import GAP
from matching.encoders.use.network import HALO

Ids = NDArray[np.int64]
ROOM = 2 * HALO  # gap rows at both ends: two convolutions reach HALO rows each

_BLOCK = 2048  # rows; a block's working set stays in the cache


class Block(NamedTuple):
    """Rows begin to begin + size of a stream, for the sentences from first up to last."""

    begin: int
    first: int
    last: int


class Stream(NamedTuple):
    """Sentences one after another, HALO gap rows between them and ROOM at both ends."""

    rows: Ids  # rows of Distinct
    starts: Ids  # (sentences,): first row of each, counted after the room at the front
    ends: Ids
    size: int  # of a block

    @classmethod
    def of(cls, rows: Ids, lengths: Ids) -> "Stream":
        """From the rows of all tokens (sum of lengths,) and the length of each sentence."""
        ends = np.cumsum(lengths + HALO) - HALO
        size = min(_BLOCK, rounded(int(ends[-1])))
        laid_out = np.full(int(ends[-1]) + size + 2 * ROOM, GAP, dtype=np.int64)
        gaps_before = np.repeat(HALO * np.arange(len(lengths)), lengths)
        laid_out[ROOM + np.arange(len(rows)) + gaps_before] = rows
        return cls(laid_out, ends - lengths, ends, size)

    def blocks(self) -> list[Block]:
        """Blocks that begin with a sentence; only one longer than a block goes on in the next.

        So each sentence is summed in the same order whatever stands beside it.
        """
        blocks = [Block(0, 0, 0)]
        for number, (start, end) in enumerate(zip(self.starts, self.ends, strict=True)):
            if end - blocks[-1].begin > self.size and blocks[-1].last > blocks[-1].first:
                blocks.append(Block(int(start), number, number))
            blocks[-1] = blocks[-1]._replace(last=number + 1)
            while end - blocks[-1].begin > self.size:
                blocks.append(Block(blocks[-1].begin + self.size, number, number + 1))
        return blocks

    def around(self, block: Block) -> Ids:
        """The block's rows with ROOM more on either side: (size + 2 * ROOM,)."""
        return self.rows[block.begin :][: self.size + 2 * ROOM]

    def tokens(self, block: Block) -> tuple[Ids, Ids]:
        """Places in the block of its sentences' tokens, and where each sentence begins in them."""
        mine = slice(block.first, block.last)
        starts = np.maximum(self.starts[mine] - block.begin, 0)
        counts = np.minimum(self.ends[mine] - block.begin, self.size) - starts
        inner = self.around(block)[ROOM:][: starts[-1] + counts[-1]]
        places = np.flatnonzero(inner != GAP)
        offsets: Ids = np.cumsum(counts) - counts
        return places[np.searchsorted(places, starts[0]) :], offsets
