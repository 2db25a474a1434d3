"""The table of vectors before the first step: what another encoder makes of each token alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from matching.encoders.contract import Encoder
from matching.encoders.training.corpora import Corpora
from matching.encoders.training.recipe import DIMENSION, Recipe

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
_SHARED = 3  # characters with one vector, from which on that stands for "unknown"
_TERMS = 8  # that a token is translated by, at most
_SURROUNDINGS = 100  # texts that a token is known by, at most
_AT_ONCE = 5_000  # texts
_RAREST = 5  # texts with a token, below which it counts as no rarer


def table(
    tokenizer: Tokenizer, teacher: Encoder, corpora: Corpora, rarities: Floats, recipe: Recipe
) -> Tensor:
    """(tokens, 512): the teacher's vectors, centred, evened out, scaled by rarity. Row 0 is zero.

    Centred, because all short texts lie in one corner of the teacher's space: the same table
    without training finds half as much again (LOG.md). Tokens with a character that the teacher
    does not know, 锂 or 耦合, begin as what it makes of the English terms for them, else as what
    stands around them (Khodak and others, A la carte embedding, 2018), else anywhere.
    """
    pieces = [str(tokenizer.id_to_token(i)) for i in range(tokenizer.get_vocab_size())]
    vectors = teacher.encode(pieces)
    strange = _strange(pieces, vectors)
    told, others = _translated(tokenizer, teacher, corpora, strange)
    vectors -= vectors[~strange].mean(axis=0)
    if len(told):
        vectors[told] = others - others.mean(axis=0)
    silent = strange.copy()
    silent[told] = False
    turned = axes(vectors[~silent], recipe.first_spread)[:, :DIMENSION]
    vectors = _of_length_1(vectors @ turned)
    random = np.random.default_rng(recipe.seed)
    vectors[silent] = random.standard_normal((int(silent.sum()), DIMENSION)) / DIMENSION**0.5
    _from_surroundings(vectors, np.flatnonzero(silent), tokenizer, corpora, rarities)
    vectors *= (rarities / rarities.mean())[:, None] ** recipe.rarity
    vectors[0] = 0
    return torch.from_numpy(np.ascontiguousarray(vectors, np.float32))


def _strange(pieces: Sequence[str], vectors: Floats) -> NDArray[np.bool_]:
    """(tokens,) which hold a character that the teacher does not know: all of those that it does
    not know have one vector."""
    singles = [i for i, piece in enumerate(pieces) if len(piece) == 1]
    marks = {i: vectors[i].round(3).tobytes() for i in singles}
    shared = {mark for mark, count in Counter(marks.values()).items() if count > _SHARED}
    unknown = {pieces[i] for i, mark in marks.items() if mark in shared}
    return np.array([not unknown.isdisjoint(piece) for piece in pieces])


def _translated(
    tokenizer: Tokenizer, teacher: Encoder, corpora: Corpora, strange: NDArray[np.bool_]
) -> tuple[Ids, Floats]:
    """Token ids, and the means (ids, width) of the teacher's vectors of the shortest terms whose
    other side holds them."""
    terms = corpora.pairs.get("terms", [])
    found: dict[int, list[tuple[int, str]]] = {}
    for pair, encoding in zip(terms, tokenizer.encode_batch([p.right for p in terms]), strict=True):
        for token in {i for i in encoding.ids if strange[i]}:
            found.setdefault(token, []).append((len(encoding.ids), pair.left))
    chosen = {token: [text for _, text in sorted(held)[:_TERMS]] for token, held in found.items()}
    texts = sorted({text for held in chosen.values() for text in held})
    if not texts:
        return np.zeros(0, np.int64), np.zeros((0, teacher.dimension), np.float32)
    rows = dict(zip(texts, teacher.encode(texts), strict=True))
    ids = sorted(chosen)
    means = [np.mean([rows[text] for text in chosen[token]], axis=0) for token in ids]
    return np.array(ids, np.int64), np.array(means, np.float32)


def _from_surroundings(
    vectors: Floats, silent: Ids, tokenizer: Tokenizer, corpora: Corpora, rarities: Floats
) -> None:
    """Give silent tokens the weighted mean of what stands beside them in up to some texts."""
    wanted, counts = set(silent.tolist()), Counter[int]()
    sums: dict[int, Floats] = {}
    nothing = np.zeros(vectors.shape[1], np.float32)
    weights = rarities**2
    weights[silent] = 0
    for part in _parts(list(corpora.texts())):
        for encoding in tokenizer.encode_batch(part):
            for token in wanted.intersection(encoding.ids):
                if counts[token] < _SURROUNDINGS:
                    ids = np.array(encoding.ids, np.int64)
                    counts[token] += 1
                    sums[token] = sums.get(token, nothing) + _of_length_1(
                        weights[ids] @ vectors[ids]
                    )
    for token, total in sums.items():
        if counts[token] > 1:
            vectors[token] = _of_length_1(total)


def _parts(texts: list[str]) -> Iterator[list[str]]:
    for begin in range(0, len(texts), _AT_ONCE):
        yield texts[begin : begin + _AT_ONCE]


def _of_length_1(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-6), np.float32)


def rarities(size: int, texts: Sequence[Ids]) -> Floats:
    """(tokens,) the logarithm of one over the share of texts that hold a token."""
    held = np.zeros(size)
    for ids in texts:
        held[np.unique(ids)] += 1
    ceiling = np.log(max(len(texts) / _RAREST, np.e))
    return np.clip(np.log(len(texts) / (held + 2)), 0.05, ceiling).astype(np.float32)


def axes(vectors: Floats, power: float) -> Floats:
    """(dimension, dimension) what turns vectors so that the first axis varies most, and scales
    each axis by its variance to the power of minus `power`: 0 turns only, 0.5 makes all alike."""
    variances, directions = np.linalg.eigh(np.cov(vectors.T.astype(np.float64)))
    scaled = directions * np.maximum(variances, 1e-6) ** -power
    return np.asarray(scaled[:, ::-1], np.float32)
