"""Text to token ids: SentencePiece in C++, with the ids that the model was given in training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import sentencepiece
from numpy.typing import NDArray

_UNKNOWN, _START, _END = 0, 1, 2


class Tokenizer:
    """The vocabulary in a file `sp.model`: 128,000 pieces over 16 languages."""

    def __init__(self, file: Path, threads: int = 1) -> None:
        self.file = file
        self._threads = threads
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(file))

    def flat(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All ids in one array, and how many belong to each text; never 0."""
        clean = [text.encode("utf-8", "replace").decode() for text in texts]  # lone surrogates
        found = self._pieces.encode(clean, num_threads=self._threads)
        sentences = [self._framed(ids, text) for ids, text in zip(found, clean, strict=True)]
        lengths = np.fromiter(map(len, sentences), dtype=np.int64, count=len(sentences))
        flat = np.fromiter((i for ids in sentences for i in ids), np.int64, int(lengths.sum()))
        return flat, lengths

    def _framed(self, ids: list[int], text: str) -> list[int]:
        """Start and end added, and an unknown id for each unknown character.

        The C++ library merges a run of unknown characters into one id, and the model's own
        tokenizer (and the wheel's) does not.
        """
        if _UNKNOWN in ids:
            pieces = self._pieces.encode(text, out_type=str)
            pairs = zip(ids, pieces, strict=True)
            ids = [i for i, piece in pairs for _ in range(1 if i else len(piece))]
        return [_START, *(ids or [_UNKNOWN]), _END]
