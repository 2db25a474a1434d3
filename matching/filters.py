"""Facts as columns, and filters as masks over them: what may be ranked is decided before ranking.

A column of words holds one small number a document, its place in the list of distinct values (a
value may itself be a tuple: the fields of a document). A filter is asked once for each distinct
value, whatever the number of documents.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from matching import text
from matching.types import Document, Filters, Range

Mask = NDArray[np.bool_]
_LOWEST, _HIGHEST = -1, 2**62
"""An open end of an interval."""


@dataclass(frozen=True)
class Column:
    """(n,) int32 places in `values`."""

    values: tuple[Any, ...]
    places: NDArray[np.int32]

    @classmethod
    def of(cls, entries: Iterable[Hashable]) -> Column:
        """A column of these entries."""
        seen: dict[Hashable, int] = {}
        places = [seen.setdefault(entry, len(seen)) for entry in entries]
        return cls(tuple(seen), np.array(places, np.int32))

    def where(self, wanted: Callable[[Any], bool]) -> Mask:
        """(n,) whether each entry is wanted."""
        return np.array([wanted(value) for value in self.values], bool)[self.places]

    @classmethod
    def merged(cls, parts: Sequence[tuple[Column, Mask]]) -> Column:
        """One column from several, in their order, with the entries whose flag is on."""
        entries = (e for part, kept in parts for e in part.entries(kept))
        return cls.of(entries)

    def entries(self, kept: Mask | None = None) -> list[Any]:
        """The entries, one a document, or those whose flag is on."""
        places = self.places if kept is None else self.places[kept]
        return [self.values[place] for place in places.tolist()]


@dataclass(frozen=True)
class Interval:
    """(n,) int64 lower and upper ends; unknown where the lower end lies above the upper."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]

    @classmethod
    def of(cls, ranges: Sequence[Range | None]) -> Interval:
        """Columns of these ranges."""
        return cls(
            np.array([_HIGHEST if r is None else _or(r.low, _LOWEST) for r in ranges], np.int64),
            np.array([_LOWEST if r is None else _or(r.high, _HIGHEST) for r in ranges], np.int64),
        )

    def meets(self, wanted: Range, unknown: bool) -> Mask:
        """(n,) whether each interval has a point in common with the wanted one."""
        low, high = _or(wanted.low, _LOWEST), _or(wanted.high, _HIGHEST)
        met = (self.low <= high) & (self.high >= low) & (self.low <= self.high)
        return met | (self.low > self.high) if unknown else met

    @classmethod
    def merged(cls, parts: Sequence[tuple[Interval, Mask]]) -> Interval:
        """One from several, in their order, with the entries whose flag is on."""
        low, high = ([getattr(p, end)[kept] for p, kept in parts] for end in ("low", "high"))
        return cls(np.concatenate(low), np.concatenate(high))


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


COLUMNS = ("ids", "kinds", "states", "fields", "divisions", "modes", "owners", "foreign")
INTERVALS = ("readiness", "money")


@dataclass(frozen=True)
class Facets:
    """The facts of the documents of one segment, a column each."""

    ids: Column
    kinds: Column
    states: Column
    fields: Column
    divisions: Column
    modes: Column
    owners: Column
    readiness: Interval
    money: Interval
    foreign: Column
    """Whether each document is written in letters, not in Han characters."""
    lots: NDArray[np.uint32]
    """A number for each id that decides, whatever the order, who is drawn for a sample."""

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Facets:
        """The columns of these documents."""
        facts = [document.facts for document in documents]
        return cls(
            ids=Column.of(document.id for document in documents),
            kinds=Column.of(document.kind for document in documents),
            states=Column.of(fact.state for fact in facts),
            fields=Column.of(fact.fields for fact in facts),
            divisions=Column.of(fact.division for fact in facts),
            modes=Column.of(fact.modes for fact in facts),
            owners=Column.of(fact.owner for fact in facts),
            readiness=Interval.of([fact.readiness for fact in facts]),
            money=Interval.of([fact.money for fact in facts]),
            foreign=Column.of(is_foreign(document) for document in documents),
            lots=np.array([crc32(document.id.encode()) for document in documents], np.uint32),
        )

    @classmethod
    def merged(cls, parts: Sequence[tuple[Facets, Mask]]) -> Facets:
        """The facts of several segments, in their order, of the documents whose flag is on."""

        def columns(name: str) -> list[tuple[Any, Mask]]:
            return [(getattr(facets, name), kept) for facets, kept in parts]

        found: dict[str, Any] = {name: Column.merged(columns(name)) for name in COLUMNS}
        found |= {name: Interval.merged(columns(name)) for name in INTERVALS}
        return cls(**found, lots=np.concatenate([f.lots[kept] for f, kept in parts]))

    def mask(self, filters: Filters) -> Mask:
        """(n,) which documents satisfy every filter but that on single ids, see `View.mask`."""
        unknown = filters.unknown_passes
        passed = np.ones(len(self.ids.places), bool)
        for column, wanted in self._tests(filters):
            passed &= column.where(wanted)
        if filters.readiness is not None:
            passed &= self.readiness.meets(filters.readiness, unknown)
        if filters.money is not None:
            passed &= self.money.meets(filters.money, unknown)
        return passed

    def _tests(self, f: Filters) -> Iterable[tuple[Column, Callable[[Any], bool]]]:
        if f.kinds:
            yield self.kinds, lambda kind: kind in f.kinds
        if f.states:
            yield self.states, lambda state: state in f.states
        if f.fields:
            yield self.fields, lambda held: any(_under(code, f.fields) for code in held)
        if f.divisions:
            yield self.divisions, lambda code: code is not None and _under(code, f.divisions)
        if f.modes:
            unknown = f.unknown_passes
            yield self.modes, lambda held: bool(f.modes & set(held)) or (unknown and not held)
        if f.excluded_owners:
            yield self.owners, lambda owner: owner not in f.excluded_owners


def is_foreign(document: Document) -> bool:
    """Whether a document is written in letters: see `text.is_foreign`."""
    return text.is_foreign(f"{document.title}\n{document.text}")


def _under(code: str, wanted: frozenset[str]) -> bool:
    """Whether a code is one of these or lies under one: NM01 is under NM, 441802 under 441800."""
    return any(code.startswith(_stem(top)) for top in wanted)


def _stem(code: str) -> str:
    """What the codes under this one begin with; divisions are filled up with pairs of zeros."""
    while code.isdigit() and len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code
