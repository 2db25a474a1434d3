"""What is measured while a model learns: papers that it never saw, and a judged collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from zlib import crc32

from tokenizers import Tokenizer
from torch import Tensor

from matching import evaluate
from matching.beir import Collection
from matching.encoders.static import StaticEncoder, Table
from matching.encoders.training.corpora import Corpora, Pair
from matching.matcher import Matcher
from matching.weights import Weights

_APART = 25  # one group of so many is kept apart
_FEWEST, _MOST = 20, 1_000  # pairs that say anything, and that say enough
_VECTORS = {"vectors": Weights("vectors", 0.0, 0.0, 1.0)}
_REPORTED = ("full nDCG@10", "R@100", "judged AUC")


@dataclass(frozen=True)
class Figures:
    """Pairs kept apart, and a judged collection if there is one."""

    apart: list[Pair]
    collection: Collection | None

    @classmethod
    def kept_apart(cls, corpora: Corpora, collection: Collection | None) -> tuple[Corpora, Figures]:
        """The corpora without the papers kept apart, and the figures that those give."""
        held = corpora.pairs.get("titles", [])
        by_group = dict(islice(((p.group, p) for p in held if _is_apart(p)), 2 * _MOST))
        if len(by_group) < _FEWEST:
            return corpora, cls([], collection)
        learned = {
            source: [pair for pair in pairs if pair.group not in by_group]
            for source, pairs in corpora.pairs.items()
        }
        return replace(corpora, pairs=learned), cls(list(by_group.values()), collection)

    def of(self, tokenizer: Tokenizer, table: Tensor) -> dict[str, float]:
        """{measure: figure} of a table of token vectors (tokens, dimension)."""
        encoder = StaticEncoder("in training", Table.of(table.numpy()), tokenizer)
        found = {}
        if self.apart:
            found["papers apart, MRR"] = _reciprocal_rank(encoder, self.apart)
        if self.collection:
            matcher = Matcher(encoder)
            matcher.add(self.collection.corpus)
            means = evaluate.evaluate(matcher, self.collection, _VECTORS)["vectors"].means
            found |= {f"{self.collection.name} {name}": means[name] for name in _REPORTED}
        return found

    @staticmethod
    def worded(measured: dict[str, float]) -> str:
        """One line."""
        return (
            ", ".join(f"{name} {figure:.4f}" for name, figure in measured.items()) or "no figures"
        )


def _is_apart(pair: Pair) -> bool:
    return crc32(pair.group.encode()) % _APART == 0


def _reciprocal_rank(encoder: StaticEncoder, pairs: Sequence[Pair]) -> float:
    """The mean of one over the rank of each title's own abstract."""
    left = encoder.encode([pair.left for pair in pairs])
    cosines = left @ encoder.encode([pair.right for pair in pairs]).T
    ranks = (cosines > cosines.diagonal()[:, None]).sum(axis=1) + 1
    return float((1 / ranks).mean())
