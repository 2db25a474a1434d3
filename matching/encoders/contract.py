"""What an encoder is, and the errors around it. No model lives here; nothing heavy is imported."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all) while a long list is encoded."""


class Encoder(Protocol):
    """Texts in, unit vectors out. Calls may come from several threads."""

    @property
    def name(self) -> str:
        """What an index manifest and fusion weights are keyed by."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""

    @property
    def precision(self) -> str:
        """The arithmetic inside: "float32" or "bfloat16". The vectors are float32 either way."""

    def encode(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), each of length 1, in the order of the texts.

        Raises ValueError where a text is the empty string and TypeError for a bare string.
        """


def checked(texts: Sequence[str]) -> list[str]:
    """The texts as a list. Raises as Encoder.encode does."""
    if isinstance(texts, str):
        raise TypeError("encode() takes a list of texts; wrap a single one: encode([text])")
    for position, text in enumerate(texts):
        if not text:
            raise ValueError(f"text {position} is empty, and an empty text has no vector")
    return list(texts)
