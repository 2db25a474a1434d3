"""What one step learns from. A step's batch depends on seed, run and step alone, so training that
was broken off goes on with the batches that it would have had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from matching.encoders.training.corpora import Corpora
from matching.encoders.training.recipe import Recipe
from matching.errors import BadInput

Ids = NDArray[np.int64]
_AT_ONCE = 5_000  # texts
_NOTHING = np.zeros(1, np.int64)  # the unknown token
_TELLING = 2.5  # least rarity of a token that a condensed text may keep
_CONDENSED = (3, 9)  # tokens that it keeps: from, up to


class Batch(NamedTuple):
    """Left and right texts as token ids. Row i belongs to column i; after the pairs' columns come
    those that judges refused. `groups` (columns,) says which are no wrong answers to each other."""

    source: str
    left: list[Ids]
    right: list[Ids]
    groups: NDArray[np.int64]
    texts: NDArray[np.int64]
    """(columns,) one number for each different right text."""


class Batches:
    """Draws batches from tokenised corpora."""

    def __init__(self, corpora: Corpora, tokenizer: Tokenizer, recipe: Recipe) -> None:
        self._recipe = recipe
        self._ids = tokenised(tokenizer, corpora.sides())
        self._pairs = corpora.pairs
        self._sources = sorted(
            name for name, pairs in corpora.pairs.items() if pairs and recipe.shares.get(name)
        )
        if not self._sources:
            raise BadInput("the data holds too little to learn from")
        shares = np.array([recipe.shares[name] for name in self._sources])
        self._shares = shares / shares.sum()
        groups = sorted({p.group for pairs in corpora.pairs.values() for p in pairs})
        self._groups = {group: number for number, group in enumerate(groups)}
        self.rarities: NDArray[np.float32] = np.ones(tokenizer.get_vocab_size(), np.float32)

    def texts(self) -> list[Ids]:
        """Every text's ids."""
        return list(self._ids.values())

    def right_sides(self) -> list[Ids]:
        """The ids of running text, for counting."""
        running = ("titles", "paragraphs", "judgements")
        return [self._ids[p.right] for name in running for p in self._pairs.get(name, ())]

    def of(self, run: int, step: int) -> Batch:
        """The batch of one step of one run."""
        random = np.random.default_rng([self._recipe.seed, run, step])
        source = self._sources[int(random.choice(len(self._sources), p=self._shares))]
        held = self._pairs[source]
        size = min(self._recipe.batch, len(held))
        pairs = [held[i] for i in random.choice(len(held), size, replace=False)]
        left = [self._ids[pair.left] for pair in pairs]
        if source == "condensed":
            left = [self._condensed(ids, random) for ids in left]
        columns = [pair.right for pair in pairs] + [pair.wrong for pair in pairs if pair.wrong]
        right = [self._ids[text] for text in columns]
        groups = [self._groups[pair.group] for pair in pairs]
        groups += [-1] * (len(right) - len(groups))
        return Batch(
            source,
            [self._thinned(ids, random) for ids in left],
            [self._thinned(ids, random) for ids in right],
            np.array(groups, np.int64),
            np.unique(columns, return_inverse=True)[1],
        )

    def _thinned(self, ids: Ids, random: np.random.Generator) -> Ids:
        """The beginning of a text, with some tokens left out; never empty."""
        if len(ids) > 3:
            ids = ids[random.random(len(ids)) > self._recipe.dropped]
        return ids[: self._recipe.tokens] if len(ids) else _NOTHING

    def _condensed(self, ids: Ids, random: np.random.Generator) -> Ids:
        """A few of the most telling tokens in their order, as titles and needs hold them."""
        telling = np.unique(ids)
        telling = telling[self.rarities[telling] > _TELLING]
        if len(telling) < _CONDENSED[0]:
            return ids
        chances = self.rarities[telling] ** 2
        count = min(int(random.integers(*_CONDENSED)), len(telling))
        kept = random.choice(telling, count, replace=False, p=chances / chances.sum())
        _, first = np.unique(ids, return_index=True)
        places = np.sort(first[np.isin(ids[first], kept)])
        return ids[places]


def tokenised(tokenizer: Tokenizer, texts: Sequence[str]) -> Mapping[str, Ids]:
    """{text: its token ids}."""
    found: dict[str, Ids] = {}
    for begin in range(0, len(texts), _AT_ONCE):
        part = texts[begin : begin + _AT_ONCE]
        for text, encoding in zip(part, tokenizer.encode_batch(part), strict=True):
            found[text] = np.array(encoding.ids, np.int64)
    return found
