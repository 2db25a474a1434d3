"""What an index holds at one moment: its segments, and which of their documents still count.

A view never changes. Adding or removing makes another one, so that a search under way in another
thread goes on with the one it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching import prepare, segments, tokens
from matching.filters import Mask
from matching.lexical import Statistics
from matching.segments import Segment
from matching.types import Document, Filters

MOST_SEGMENTS = 8
SAMPLE = 512
"""How many documents stand for all where only a typical one is asked for."""

Slots = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Gone:
    """How many documents that no longer count hold each key, in both indexes."""

    words: Counter[int] = field(default_factory=Counter)
    characters: Counter[int] = field(default_factory=Counter)

    def plus(self, documents: Iterable[Document]) -> Gone:
        """The same with more documents gone."""
        words, characters = self.words.copy(), self.characters.copy()
        for document in documents:
            held, grams = prepare.document_keys(document)
            words.update(set(held))
            characters.update(set(grams))
        return Gone(words, characters)


@dataclass(frozen=True)
class View:
    """Segments in a row; a slot is a document's number counted through all of them."""

    segments: tuple[Segment, ...] = ()
    alive: Mask = field(default_factory=lambda: np.zeros(0, bool))
    slots: Mapping[str, int] = field(default_factory=dict)
    gone: tuple[Gone, ...] = ()
    """For each segment, what its documents that no longer count would still add to statistics."""

    @classmethod
    def of(cls, held: Sequence[Segment]) -> View:
        """A view of segments whose documents all count."""
        ids = [id_ for segment in held for id_ in segment.facets.ids.entries()]
        slots = {id_: slot for slot, id_ in enumerate(ids)}
        return cls(tuple(held), np.ones(len(ids), bool), slots, (Gone(),) * len(held))

    @cached_property
    def starts(self) -> list[int]:
        """The first slot of each segment, and after them the number of slots."""
        return [0, *np.cumsum([len(segment) for segment in self.segments]).tolist()]

    @cached_property
    def words(self) -> Statistics:
        """Statistics of the word index."""
        gone = sum((gone.words for gone in self.gone), Counter[int]())
        return Statistics.of([s.words for s in self.segments], self.alive, gone)

    @cached_property
    def characters(self) -> Statistics:
        """Statistics of the n-gram index."""
        gone = sum((gone.characters for gone in self.gone), Counter[int]())
        return Statistics.of([s.characters for s in self.segments], self.alive, gone)

    @property
    def has_vectors(self) -> bool:
        """Whether its documents have vectors: all of them or none."""
        return bool(self.segments) and self.segments[0].vectors is not None

    def document(self, slot: int) -> Document:
        """The document in a slot."""
        segment, number = self._place(slot)
        return segment.documents[number]

    def document_id(self, slot: int) -> str:
        """The id of the document in a slot, without reading the document."""
        segment, number = self._place(slot)
        ids = segment.facets.ids
        return str(ids.values[ids.places[number]])

    def _place(self, slot: int) -> tuple[Segment, int]:
        number = int(np.searchsorted(self.starts, slot, side="right")) - 1
        return self.segments[number], slot - self.starts[number]

    def mask(self, filters: Filters) -> Mask:
        """(slots,) which documents count and satisfy the filters."""
        if not self.segments:
            return self.alive
        passed = np.concatenate([segment.facets.mask(filters) for segment in self.segments])
        passed &= self.alive
        passed[[self.slots[id_] for id_ in filters.excluded_ids if id_ in self.slots]] = False
        return passed

    def foreign_to(self, foreign: bool) -> Mask:
        """(slots,) which documents are written in another script than a query is."""
        held = [segment.facets.foreign.where(lambda f: f != foreign) for segment in self.segments]
        return np.concatenate(held) if held else np.zeros(0, bool)

    def sample(self, kinds: frozenset[str] = frozenset()) -> Slots:
        """Up to `SAMPLE` slots of documents of some kinds, drawn by lot; the same in any order."""
        if kinds not in self._samples:
            self._samples[kinds] = self._drawn(np.flatnonzero(self.mask(Filters(kinds=kinds))))
        return self._samples[kinds]

    @cached_property
    def _samples(self) -> dict[frozenset[str], Slots]:
        return {}

    def _drawn(self, eligible: Slots) -> Slots:
        if len(eligible) <= SAMPLE:
            return eligible
        return eligible[np.argpartition(self.lots[eligible], SAMPLE)[:SAMPLE]]

    @cached_property
    def lots(self) -> NDArray[np.uint32]:
        """(slots,) a number for each document that its id alone decides; orders what ties."""
        held = [segment.facets.lots for segment in self.segments]
        return np.concatenate(held) if held else np.zeros(0, np.uint32)

    def nearest(self, vector: Floats, k: int, allowed: Mask) -> tuple[Floats, Slots]:
        """Cosines, descending, and slots of the k nearest among the allowed."""
        cosines, found = [], []
        for start, segment in zip(self.starts, self.segments, strict=False):
            flags = allowed[start : start + len(segment)]
            if segment.vectors is not None and flags.any():
                near, numbers = segment.vectors.nearest(vector, k, None if flags.all() else flags)
                cosines.append(near)
                found.append(numbers + start)
        if not found:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        joined, slots = np.concatenate(cosines), np.concatenate(found)
        order = np.argsort(-joined, kind="stable")[:k]
        return joined[order], slots[order]

    def cosines(self, vector: Floats, slots: Slots) -> Floats:
        """(len(slots),) cosines of chosen documents."""
        result = np.zeros(len(slots), np.float32)
        for start, segment in zip(self.starts, self.segments, strict=False):
            inside = (slots >= start) & (slots < start + len(segment))
            if segment.vectors is not None and inside.any():
                result[inside] = segment.vectors.rows(slots[inside] - start) @ vector
        return result

    def counts(self, keys: NDArray[np.int64], slots: Slots) -> NDArray[np.uint8]:
        """(len(slots), len(keys)) how often words occur in chosen documents.

        A word of one character is counted as an n-gram, wherever it stands.
        """
        found = np.zeros((len(slots), len(keys)), np.uint8)
        for start, segment in zip(self.starts, self.segments, strict=False):
            inside = (slots >= start) & (slots < start + len(segment))
            if inside.any():
                numbers = slots[inside] - start
                words = segment.words.counts_in(keys, numbers)
                single = segment.characters.counts_in(keys, numbers)
                found[inside] = np.where(keys < tokens.FIRST_PAIR, single, words)
        return found

    def with_segment(self, segment: Segment) -> View:
        """A view that also holds these documents, in place of those with the same ids.

        Raises ValueError where either has vectors and the other has none.
        """
        if self.slots and self.has_vectors != (segment.vectors is not None):
            raise ValueError("a view's documents have vectors, all of them or none")
        ids = segment.facets.ids.entries()
        before = self.without(ids)
        start = before.starts[-1]
        return View(
            (*before.segments, segment),
            np.concatenate([before.alive, np.ones(len(segment), bool)]),
            {**before.slots, **{id_: start + i for i, id_ in enumerate(ids)}},
            (*before.gone, Gone()),
        )._tidied()

    def without(self, ids: Iterable[str]) -> View:
        """A view in which these documents no longer count; unknown ids are no error."""
        leaving = {id_: self.slots[id_] for id_ in ids if id_ in self.slots}
        if not leaving:
            return self
        alive, slots, gone = self.alive.copy(), dict(self.slots), list(self.gone)
        for number, (start, end) in enumerate(pairwise(self.starts)):
            held = [slot for slot in leaving.values() if start <= slot < end]
            if held:
                gone[number] = gone[number].plus(map(self.document, held))
        for id_, slot in leaving.items():
            del slots[id_]
            alive[slot] = False
        return View(self.segments, alive, slots, tuple(gone))

    def _tidied(self) -> View:
        """The view with its newer segments merged once there are too many."""
        if len(self.segments) <= MOST_SEGMENTS:
            return self
        newer = self.starts[-1] - self.starts[1]
        return self.merged(first=0 if newer * 2 > self.starts[1] else 1)

    def merged(self, first: int = 0) -> View:
        """The view with all segments from the given one on merged into one."""
        if len(self.segments) == first + 1 and self.alive[self.starts[first] :].all():
            return self
        flags = [self.alive[start:end] for start, end in pairwise(self.starts)]
        tail = segments.merge(list(zip(self.segments[first:], flags[first:], strict=True)))
        start = self.starts[first]
        slots = {id_: slot for id_, slot in self.slots.items() if slot < start}
        slots |= {id_: start + i for i, id_ in enumerate(tail.facets.ids.entries())}
        alive = np.concatenate([self.alive[:start], np.ones(len(tail), bool)])
        return View((*self.segments[:first], tail), alive, slots, (*self.gone[:first], Gone()))
