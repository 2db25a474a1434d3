"""The token table with one byte per weight: 65 MB where float32 would take 262."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

_LEVELS = 255
_ROWS_AT_ONCE = 8192


class PackedTokens(nn.Module):
    """Rows of bytes; row i stands for codes[i] * scale[i] + low[i].

    Frozen: gradients pass by it. Training the tokens too takes `unpacked()`.
    """

    codes: Tensor
    scale: Tensor
    low: Tensor

    def __init__(self, rows: int, width: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.zeros(rows, width, dtype=torch.uint8))
        self.register_buffer("scale", torch.zeros(rows, 1))
        self.register_buffer("low", torch.zeros(rows, 1))

    def forward(self, ids: Tensor) -> Tensor:
        """(n,) token ids to (n, width) float32."""
        return torch.addcmul(self.low[ids], self.codes[ids].float(), self.scale[ids])

    def unpacked(self) -> nn.Embedding:
        """The same rows as a trainable float32 table."""
        rows = torch.empty(self.codes.shape)
        for part in _parts(len(rows)):
            rows[part] = self(part)
        return nn.Embedding(len(rows), rows.shape[1], _weight=rows)

    @classmethod
    def packed(cls, table: nn.Embedding) -> "PackedTokens":
        """Each row in 256 even steps between its least and greatest weight: off by half a step."""
        packed = cls(*table.weight.shape)
        with torch.no_grad():
            for part in _parts(len(packed.codes)):
                rows = table.weight[part].float()
                low = rows.amin(1, keepdim=True)
                scale = ((rows.amax(1, keepdim=True) - low) / _LEVELS).clamp_min(1e-12)
                packed.codes[part] = ((rows - low) / scale).round().to(torch.uint8)
                packed.low[part], packed.scale[part] = low, scale
        return packed


def _parts(rows: int) -> Iterator[Tensor]:
    """Row numbers in runs, so that no float32 copy of the whole table is made on the way."""
    for begin in range(0, rows, _ROWS_AT_ONCE):
        yield torch.arange(begin, min(begin + _ROWS_AT_ONCE, rows))
