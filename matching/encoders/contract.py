"""What an encoder is, and the errors around it. No model lives here; nothing heavy is imported."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all) while a long list is encoded."""


class Encoder(Protocol):
    """Texts in, vectors of length 1 out. Calls may come from several threads.

    An encoder whose weights training may change under one name has a `fingerprint` besides.
    """

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
        """Vectors of shape (len(texts), dimension), in the order of the texts.

        Each has length 1, or 0 where the model knows nothing of the text: such a text is similar
        to no other. Raises ValueError where a text is the empty string
        and TypeError for a bare string.
        """


def fingerprint(encoder: Encoder | None) -> str | None:
    """What tells an encoder's weights from others of the same name; an index requires it.

    None: the name says it all.
    """
    return getattr(encoder, "fingerprint", None)


def fingerprint_of(weights: Path) -> str:
    """A file's fingerprint: the first 12 hexadecimal digits of its SHA-256."""
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def checked(texts: Sequence[str]) -> list[str]:
    """The texts as a list. Raises as Encoder.encode does."""
    if isinstance(texts, str):
        raise TypeError("encode() takes a list of texts; wrap a single one: encode([text])")
    for position, text in enumerate(texts):
        if not text:
            raise ValueError(f"text {position} is empty, and an empty text has no vector")
    return list(texts)


def rounds(texts: Sequence[str], characters: int) -> Iterator[list[str]]:
    """Runs of texts with about so many characters each; a longer text is a run by itself."""
    part: list[str] = []
    size = 0
    for text in texts:
        if part and size + len(text) > characters:
            yield part
            part, size = [], 0
        part.append(text)
        size += len(text)
    if part:
        yield part
