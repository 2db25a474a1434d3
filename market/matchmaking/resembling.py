"""Whether two listings are one and the same, written twice. Compared is what everybody may read."""

from __future__ import annotations

from functools import lru_cache

from matching.likeness import ALIKE, Gathered, Shingles, likeness

__all__ = ["Gathered", "Shingles", "alike", "is_alike", "shingles"]


@lru_cache(maxsize=512)
def shingles(title: str, text: str) -> Shingles:
    """A listing's text for comparisons; the latest are kept."""
    return Shingles.of(title, text)


def alike(one: tuple[str, str], other: tuple[str, str]) -> float:
    """How sure it is that two pairs of (title, text) are one listing, 0–1."""
    return likeness(shingles(*one), shingles(*other))


def is_alike(share: float) -> bool:
    """Whether so much likeness means that they are."""
    return share >= ALIKE
