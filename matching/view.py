"""What an index holds at one moment: its segments, and which of their documents still count.

A view never changes. Adding or removing makes another one, so that a search under way in another
thread goes on with the one it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

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
class View:
    """Segments in a row; a slot is a document's number counted through all of them."""

    segments: tuple[Segment, ...] = ()
    alive: Mask = field(default_factory=lambda: np.zeros(0, bool))
    slots: Mapping[str, int] = field(default_factory=dict)
    gone_words: Counter[int] = field(default_factory=Counter)
    gone_characters: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of(cls, held: Sequence[Segment]) -> View:
        """A view of segments whose documents all count."""
        ids = [id_ for segment in held for id_ in segment.facets.ids.entries()]
        return cls(tuple(held), np.ones(len(ids), bool), {id_: i for i, id_ in enumerate(ids)})

    @cached_property
    def starts(self) -> list[int]:
        """The first slot of each segment, and after them the number of slots."""
        return [0, *np.cumsum([len(segment) for segment in self.segments]).tolist()]

    @cached_property
    def words(self) -> Statistics:
        """Statistics of the word index."""
        return Statistics.of([s.words for s in self.segments], self.alive, self.gone_words)

    @cached_property
    def characters(self) -> Statistics:
        """Statistics of the n-gram index."""
        held = [s.characters for s in self.segments]
        return Statistics.of(held, self.alive, self.gone_characters)

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
        parts = [segment.facets.mask(filters) for segment in self.segments]
        return self.alive & np.concatenate(parts) if parts else self.alive

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
        lots = np.concatenate([segment.facets.lots for segment in self.segments])[eligible]
        return eligible[np.argpartition(lots, SAMPLE)[:SAMPLE]]

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
        """A view that also holds these documents, in place of those with the same ids."""
        ids = segment.facets.ids.entries()
        before = self.without(ids)
        start = before.starts[-1]
        return replace(
            before,
            segments=(*before.segments, segment),
            alive=np.concatenate([before.alive, np.ones(len(segment), bool)]),
            slots={**before.slots, **{id_: start + i for i, id_ in enumerate(ids)}},
        )._tidied()

    def without(self, ids: Iterable[str]) -> View:
        """A view in which these documents no longer count; unknown ids are no error."""
        leaving = [(id_, self.slots[id_]) for id_ in ids if id_ in self.slots]
        if not leaving:
            return self
        alive, slots = self.alive.copy(), dict(self.slots)
        words, characters = self.gone_words.copy(), self.gone_characters.copy()
        for id_, slot in leaving:
            del slots[id_]
            alive[slot] = False
            held, grams = prepare.document_keys(self.document(slot))
            words.update(set(held))
            characters.update(set(grams))
        return View(self.segments, alive, slots, words, characters)

    def _tidied(self) -> View:
        """The view with its newer segments merged once there are too many."""
        if len(self.segments) <= MOST_SEGMENTS:
            return self
        newer = self.starts[-1] - self.starts[1]
        return self.merged(first=0 if newer * 2 > self.starts[1] else 1)

    def merged(self, first: int = 0) -> View:
        """The view with all segments from the given one on merged into one."""
        flags = [self.alive[a:b] for a, b in zip(self.starts, self.starts[1:], strict=False)]
        tail = segments.merge(list(zip(self.segments[first:], flags[first:], strict=True)))
        if first == 0:
            return View.of([tail])
        kept = View.of([*self.segments[:first], tail])
        dead = np.flatnonzero(~self.alive[: self.starts[first]])
        return kept._marked(dead)

    def _marked(self, dead: Slots) -> View:
        """The view with these slots no longer counting, whatever their ids now stand for."""
        alive, slots = self.alive.copy(), dict(self.slots)
        alive[dead] = False
        words: Counter[int] = Counter()
        characters: Counter[int] = Counter()
        for slot in dead.tolist():
            document = self.document(slot)
            if slots.get(document.id) == slot:
                del slots[document.id]
            held, grams = prepare.document_keys(document)
            words.update(set(held))
            characters.update(set(grams))
        return View(self.segments, alive, slots, words, characters)
