"""Every figure that training goes by, in one place; a checkpoint belongs to one recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

DIMENSION = 512


@dataclass(frozen=True)
class Recipe:
    """How to train. The defaults are those of the shipped model; LOG.md says why."""

    seed: int = 0
    runs: int = 3
    """Runs from one start whose tables are averaged (Wortsman and others, Model soups, 2022)."""
    steps: int = 300
    batch: int = 2048
    """Pairs a step; every other right side of the batch is a wrong answer for a left side."""
    rate: float = 1e-3
    """Of Adam; it falls to 0 in a straight line, and rises to it during the first steps."""
    warm_up: int = 50
    """Steps that it rises for; at most a fifth of all."""
    scale: float = 7.0
    """What cosines are multiplied by before the softmax; 1 / temperature."""
    dropped: float = 0.1
    """The share of a text's tokens that a step leaves out."""
    tokens: int = 64
    """Tokens of a text that a step reads."""
    shares: Mapping[str, float] = field(
        default_factory=lambda: {
            "titles": 2.0,
            "keywords": 1.0,
            "translations": 0.5,
            "paragraphs": 2.0,
            "condensed": 2.0,
            "terms": 0.5,
            "judgements": 1.0,
        }
    )
    """How often each source is drawn from, relative to the others that the data holds."""
    chinese: int = 50_000
    latin: int = 14_000
    """Rows of the table for Chinese words and characters, and for Latin words and pieces."""
    rarity: float = 1.5
    """The power of a token's inverse document frequency that its first vector is scaled by."""
    first_spread: float = 0.15
    spread: float = 0.2
    """How far the axes are evened out, before and after: variance to the power of minus this."""

    def to_json(self) -> dict[str, Any]:
        """A dictionary of plain values."""
        return {**asdict(self), "shares": dict(self.shares)}


CONTINUED = Recipe(runs=1, steps=100, rate=2e-4, warm_up=10)
"""For going on with a finished model: small steps, so that what it knows is not lost."""


def changed(recipe: Recipe, **changes: Any) -> Recipe:
    """The recipe with those changes that are not None."""
    return replace(recipe, **{name: value for name, value in changes.items() if value is not None})
