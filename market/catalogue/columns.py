"""The columns of one kind of listing as they were at one `IndexChange`. They are never changed:
later ones are made from them, sharing nothing that could be written to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlmodel import Session, col

from market.models.enums import Kind, ListingState
from market.models.tables import TABLES
from market.queries.visibility import is_public, public

Numbers = NDArray[Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
UNKNOWN = -1
"""In the place of a number that is not stated or kept back."""
IN_ONE_QUERY = 500
FEW = 100
"""So many new rows are put into an order one by one."""
ORDERED_BY = {"newest": "published_at", "changed": "changed_at", "readiness": "readiness"}


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of a row and a code; `codes` names what `code` counts in."""

    row: Numbers
    code: Numbers
    codes: tuple[str, ...]

    def tops(self) -> Links:
        """The same for the first two letters of each code, each pair once."""
        names = tuple(dict.fromkeys(code[:2] for code in self.codes))
        above = np.array([names.index(code[:2]) for code in self.codes], np.int64)
        pairs = np.unique(self.row.astype(np.int64) * max(len(names), 1) + above[self.code])
        row, code = np.divmod(pairs, max(len(names), 1))
        return Links(row, code, names)

    def counted(self, passed: Numbers) -> dict[str, int]:
        """How many of the rows that passed have each code; none is left out."""
        found = np.bincount(self.code[passed[self.row]], minlength=len(self.codes))
        return {code: int(n) for code, n in zip(self.codes, found, strict=True) if n}


@dataclass(frozen=True, slots=True)
class Columns:
    """One value for each published listing in each of `numbers`: moments in microseconds, money in
    fen, division and language as places in `words`. `texts` are what a list is searched in."""

    kind: Kind
    position: int
    numbers: Mapping[str, Numbers]
    words: Mapping[str, tuple[str, ...]]
    titles: Sequence[str]
    texts: Sequence[str]
    fields: Links
    modes: Links
    kept: dict[str, Any] = field(default_factory=dict)
    """What was worked out of these columns already."""

    def __len__(self) -> int:
        return len(self.titles)

    def at(self, position: int) -> Columns:
        """The same, where nothing of this kind changed until then."""
        return replace(self, position=position)

    def order(self, sort: str) -> Numbers:
        """Every row in an order that `market.queries.listings` knows by this name."""
        name = sort if sort in ("changed", "title", "readiness", "amount") else "newest"
        if name not in self.kept:
            self.kept[name] = self._ordered(name)
        found: Numbers = self.kept[name]
        return found

    def tops(self) -> Links:
        """The fields by their first level."""
        if "tops" not in self.kept:
            self.kept["tops"] = self.fields.tops()
        found: Links = self.kept["tops"]
        return found

    def _ordered(self, name: str) -> Numbers:
        id = self.numbers["id"]
        if name == "title":
            keys = list(zip(self.titles, id.tolist(), strict=True))
            return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
        return np.lexsort((-id, -self._by(name)))

    def _by(self, name: str) -> Numbers:
        """What an order goes by, the largest first."""
        of = self.numbers
        if name == "amount":
            return np.where(of["amount_max"] >= 0, of["amount_max"], of["amount_min"])
        return of[ORDERED_BY[name]]

    def follow(self, old: Columns, new: Columns, stays: Numbers, place: Numbers) -> Columns:
        """Take over what was worked out of the columns before, with the few new rows put in their
        places; sorting everything again takes a hundred times as long."""
        for name, found in list(old.kept.items()):
            if isinstance(found, Links):
                self.kept[name] = linked(found, new.fields.tops(), stays, place)
                continue
            order = place[found[stays[found]]].tolist()
            key = self._key(name)
            for row in range(len(self) - len(new), len(self)):
                order.insert(bisect_left(order, key(row), key=key), row)
            self.kept[name] = np.array(order, np.int64)
        return self

    def _key(self, name: str) -> Callable[[int], tuple[Any, int]]:
        id = self.numbers["id"]
        if name == "title":
            return lambda row: (self.titles[row], int(id[row]))
        by = self._by(name)
        return lambda row: (-int(by[row]), -int(id[row]))


def read(session: Session, kind: Kind, position: int) -> Columns:
    """All of one kind, as the session sees them."""
    return _columns(session, kind, position, None)


def changed(session: Session, old: Columns, ids: Sequence[int], position: int) -> Columns:
    """The columns after these listings changed, came or went."""
    stays = ~np.isin(old.numbers["id"], np.array(ids, np.int64))
    new = _columns(session, old.kind, position, ids)
    place = np.cumsum(stays) - 1
    kept = [number for number, is_kept in enumerate(stays.tolist()) if is_kept]
    numbers, words = {}, {}
    for name, values in old.numbers.items():
        fresh = new.numbers[name]
        if name in old.words:
            words[name], fresh = _joined(old.words[name], new.words[name], fresh)
        numbers[name] = np.concatenate([values[stays], fresh])
    found = Columns(
        old.kind, position, numbers, words, [old.titles[n] for n in kept] + list(new.titles),
        [old.texts[n] for n in kept] + list(new.texts),
        linked(old.fields, new.fields, stays, place), linked(old.modes, new.modes, stays, place),
    )  # fmt: skip
    return found.follow(old, new, stays, place) if len(ids) <= FEW else found


def _columns(session: Session, kind: Kind, position: int, ids: Sequence[int] | None) -> Columns:
    rows = [row for where in _pieces(kind, ids) for row in _rows(session, kind, where)]
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(NAMES)
    of = dict(zip(NAMES, columns, strict=True))
    numbers, words = {}, {}
    for name in NAMES[2:]:
        numbers[name], named = _numbers(name, of[name])
        if named is not None:
            words[name] = named
    places = {id: place for place, id in enumerate(of["id"])}
    return Columns(
        kind, position, numbers, words, of["title"], of["search_text"],
        _links(session, kind, "fields", places, ids), _links(session, kind, "modes", places, ids),
    )  # fmt: skip


NAMES = (
    "title", "search_text", "id", "published_at", "changed_at", "language", "owner_id",
    "is_owner_known", "division_code", "readiness", "amount_min", "amount_max",
)  # fmt: skip
WORDED = ("language", "division_code")


def _rows(session: Session, kind: Kind, where: Sequence[Any]) -> Any:
    """What everybody may read, and the owner, whose members find it whoever else does."""
    table = TABLES[kind].listing
    query = select(
        col(table.title), col(table.search_text), col(table.id), col(table.published_at),
        col(table.changed_at), col(table.language), col(table.owner_id),
        is_public(table, "owner"), public(table, "division", "division_code"),
        public(table, "readiness", "readiness"), public(table, "amount", "amount_min"),
        public(table, "amount", "amount_max"),
    ).where(col(table.state) == ListingState.PUBLISHED, *where)  # fmt: skip
    return session.execute(query.execution_options(yield_per=5_000))


def _pieces(kind: Kind, ids: Sequence[int] | None) -> list[Sequence[Any]]:
    if ids is None:
        return [()]
    id = col(TABLES[kind].listing.id)
    starts = range(0, len(ids), IN_ONE_QUERY)
    return [(id.in_(ids[start : start + IN_ONE_QUERY]),) for start in starts]


def _numbers(name: str, values: Sequence[Any]) -> tuple[Numbers, tuple[str, ...] | None]:
    if name in WORDED:
        words = tuple(dict.fromkeys(str(value) for value in values if value is not None))
        place = {word: n for n, word in enumerate(words)} | {"None": UNKNOWN}
        return np.array([place[str(value)] for value in values], np.int64), words
    if name.endswith("_at"):
        moments = [UNKNOWN if v is None else (v - EPOCH) // MICROSECOND for v in values]
        return np.array(moments, np.int64), None
    return np.array([UNKNOWN if v is None else int(v) for v in values], np.int64), None


def _links(
    session: Session, kind: Kind, name: str, places: Mapping[int, int], ids: Sequence[int] | None
) -> Links:
    """Links of listings that are not published have no row and fall out."""
    link: Any = getattr(TABLES[kind], name)
    code = col(link.field_code if name == "fields" else link.mode)
    query = select(col(link.listing_id), code)
    queries = [query] if ids is None else [
        query.where(col(link.listing_id).in_(ids[start : start + IN_ONE_QUERY]))
        for start in range(0, len(ids), IN_ONE_QUERY)
    ]  # fmt: skip
    pairs = [
        (places[id], str(found))
        for each in queries
        for id, found in session.execute(each)
        if id in places
    ]
    codes = {code: n for n, code in enumerate(dict.fromkeys(code for _, code in pairs))}
    row = np.array([row for row, _ in pairs], np.int64)
    return Links(row, np.array([codes[code] for _, code in pairs], np.int64), tuple(codes))


def _joined(
    old: tuple[str, ...], new: tuple[str, ...], places: Numbers
) -> tuple[tuple[str, ...], Numbers]:
    """One list of words for both, and where the new places lie in it."""
    words = tuple(dict.fromkeys((*old, *new)))
    at = {word: n for n, word in enumerate(words)}
    moved = np.array([*(at[word] for word in new), UNKNOWN], np.int64)
    return words, moved[places]


def linked(old: Links, new: Links, stays: Numbers, place: Numbers) -> Links:
    """The links of rows that stay, where those rows are now, and then the new ones."""
    held, count = stays[old.row], int(stays.sum())
    codes, fresh = _joined(old.codes, new.codes, new.code)
    row = np.concatenate([place[old.row[held]], new.row + count])
    return Links(row, np.concatenate([old.code[held], fresh]), codes)
