"""Whether two texts are the same one, edited: reordered, shortened, in the other script, with other
numbers. Not whether they are about the same thing, which is what a search finds.

A text is the set of its runs of `SIZE` characters (shingles) in the normal form, every number read
as one and the same. Of two texts counts how much of the smaller set stands in the larger one:
Broder, On the resemblance and containment of documents, 1997.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

from matching.text import normalise

SIZE = 4
LEAST = 12
"""A text with fewer shingles is too short to be told from another one by them."""
ALIKE = 0.6
"""From here on two texts are called the same; measured by `python -m market.advising.measured`."""
STRANGE_TITLE = 0.2
"""Below this the two titles have nothing in common, and bodies must agree in `NEARLY_ALL`: sheets
that one office fills in share whole paragraphs."""
NEARLY_ALL = 0.8
SAMPLED = 8
"""One shingle in so many stands for a text where candidates are looked up."""
MOST_HOLDERS = 200
"""A shingle that more texts hold than this tells none of them apart."""
_RUN = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Shingles:
    """A text as sets of hashed shingles: of its title, and of all of it."""

    title: frozenset[int]
    whole: frozenset[int]

    @classmethod
    def of(cls, title: str, text: str) -> Shingles:
        """The shingles of a document."""
        head = frozenset(_shingles(title))
        return cls(head, head | frozenset(_shingles(text)))


def likeness(one: Shingles, other: Shingles) -> float:
    """How sure it is that two texts are one, 0–1; from `ALIKE` on they are called the same."""
    if min(len(one.whole), len(other.whole)) < LEAST:
        return 1.0 if one.whole and one.whole == other.whole else 0.0
    shared = contained(one.whole, other.whole)
    if contained(one.title, other.title) < STRANGE_TITLE and shared < NEARLY_ALL:
        return min(shared, ALIKE - 0.01)
    return shared


def contained(one: frozenset[int], other: frozenset[int]) -> float:
    """How much of the smaller set stands in the larger, 0–1; 0 where one is empty."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0


@dataclass
class Gathered:
    """Many texts under keys, to look up those that may be the same as another one without
    comparing all of them: for files of thousands of rows."""

    _held: dict[Hashable, Shingles] = field(default_factory=dict)
    _where: dict[int, list[Hashable]] = field(default_factory=dict)

    def add(self, key: Hashable, text: Shingles) -> None:
        """Take a text in; a key is used once."""
        self._held[key] = text
        for shingle in _sample(text):
            self._where.setdefault(shingle, []).append(key)

    def alike(self, text: Shingles, most: int = 5) -> list[tuple[Hashable, float]]:
        """The keys of texts that are called the same, the likest first, with their likeness."""
        counts: Counter[Hashable] = Counter()
        for shingle in _sample(text):
            held = self._where.get(shingle, ())
            if len(held) <= MOST_HOLDERS:
                counts.update(held)
        near = [(key, likeness(text, self._held[key])) for key, _ in counts.most_common(4 * most)]
        found = [(key, share) for key, share in near if share >= ALIKE]
        return sorted(found, key=lambda pair: -pair[1])[:most]


def _shingles(text: str) -> Iterator[int]:
    normal = _NUMBER.sub("0", normalise(text))
    for run in _RUN.findall(normal):
        if len(run) < SIZE:
            yield crc32(run.encode())
        for start in range(len(run) - SIZE + 1):
            yield crc32(run[start : start + SIZE].encode())


def _sample(text: Shingles) -> list[int]:
    """The shingles that stand for a text: those whose hash has no remainder; all of a short one."""
    chosen = [shingle for shingle in text.whole if shingle % SAMPLED == 0]
    return chosen if len(text.whole) > LEAST * SAMPLED else list(text.whole)
