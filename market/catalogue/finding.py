"""A list's question, answered from the columns: which rows pass, in which order, and what each
facet would leave. The conditions are those of `market.queries.filters`, word for word."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np

from market.catalogue.columns import Columns, Links, Numbers
from market.models.enums import CooperationMode
from market.queries.filters import BANDS, FacetCounts, ListingFilter, division_prefix
from market.roles import Permission, Viewer


class Finding:
    """One filter, asked by one viewer."""

    def __init__(self, columns: Columns, wanted: ListingFilter, viewer: Viewer) -> None:
        self._columns, self._wanted, self._viewer = columns, wanted, viewer

    def total(self) -> int:
        """How many pass."""
        return int(self._passed("").sum())

    def ids(self, page: int, per_page: int) -> list[int]:
        """Those of one page, in the order that is wanted."""
        order = self._columns.order(self._wanted.sort)
        hits = order[self._passed("")[order]][(page - 1) * per_page : page * per_page]
        return [int(id) for id in self._columns.numbers["id"][hits]]

    def counts(self) -> FacetCounts:
        """How many pass for each choice of each facet, its own condition left out."""
        columns, of = self._columns, self._columns.numbers
        fields = self._passed("fields")
        place = of["division_code"][self._passed("divisions") & (of["division_code"] >= 0)]
        words = columns.words["division_code"]
        divisions = np.bincount(place, minlength=len(words))
        modes = columns.modes.counted(self._passed("modes"))
        level = of["readiness"][self._passed("readiness")]
        bands = {ends: int(((level >= ends[0]) & (level <= ends[1])).sum()) for ends in BANDS}
        return FacetCounts(
            fields={**columns.fields.counted(fields), **columns.tops().counted(fields)},
            divisions={code: int(n) for code, n in zip(words, divisions, strict=True) if n},
            modes={CooperationMode(mode): n for mode, n in modes.items()},
            readiness={band: n for band, n in bands.items() if n},
        )

    def _passed(self, without: str) -> Numbers:
        passed = np.ones(len(self._columns), bool)
        for name, mask in self._masks.items():
            if name != without and mask is not None:
                passed &= mask
        return passed

    @cached_property
    def _masks(self) -> dict[str, Numbers | None]:
        """The rows that pass each part; None where it asks for nothing. The words come last,
        and are only looked for where nothing else was in the way."""
        masks = {
            "fields": self._fields(), "divisions": self._divisions(), "modes": self._modes(),
            "readiness": self._readiness(), "amount": self._amount(), "owner": self._owner(),
            "language": self._language(),
        }  # fmt: skip
        return masks | {"words": self._words([masks["amount"], masks["owner"], masks["language"]])}

    def _fields(self) -> Numbers | None:
        if not self._wanted.fields:
            return None
        return self._having(self._columns.fields, _under(self._wanted.fields))

    def _divisions(self) -> Numbers | None:
        if not self._wanted.divisions:
            return None
        prefixes = _under(map(division_prefix, self._wanted.divisions))
        words = self._columns.words["division_code"]
        under = np.array([*(word.startswith(prefixes) for word in words), False])
        found: Numbers = under[self._columns.numbers["division_code"]]
        return found

    def _modes(self) -> Numbers | None:
        if not self._wanted.modes:
            return None
        links = self._columns.modes
        found = np.zeros(len(self._columns), bool)
        wanted = np.array([code in self._wanted.modes for code in links.codes], bool)
        if len(links.code):
            found[links.row[wanted[links.code]]] = True
        if self._wanted.unknown_passes:
            has_any = np.zeros(len(self._columns), bool)
            has_any[links.row] = True
            found |= ~has_any
        return found

    def _readiness(self) -> Numbers | None:
        low, high = self._wanted.readiness_min, self._wanted.readiness_max
        if low is None and high is None:
            return None
        level = self._columns.numbers["readiness"]
        passed = (level >= (1 if low is None else low)) & (level <= (9 if high is None else high))
        found: Numbers = np.where(level < 0, self._wanted.unknown_passes, passed)
        return found

    def _amount(self) -> Numbers | None:
        low, high = (self._columns.numbers[name] for name in ("amount_min", "amount_max"))
        found: Numbers | None = None
        if self._wanted.amount_min is not None:
            found = (high < 0) | (high >= self._wanted.amount_min)
        if self._wanted.amount_max is not None:
            cheap = (low < 0) | (low <= self._wanted.amount_max)
            found = cheap if found is None else found & cheap
        return found

    def _owner(self) -> Numbers | None:
        """Of one organisation, as far as the viewer may know it; not of those left out."""
        of, wanted = self._columns.numbers, self._wanted
        owner, is_known = of["owner_id"], of["is_owner_known"] == 1
        found: Numbers | None = None
        if wanted.organisation is not None:
            is_own = wanted.organisation in self._viewer.organisations_with(Permission.LISTING_OWN)
            found = (owner == wanted.organisation) & (is_known | is_own)
        if wanted.excluded_owners:
            others = ~(is_known & np.isin(owner, np.array(wanted.excluded_owners, np.int64)))
            found = others if found is None else found & others
        return found

    def _language(self) -> Numbers | None:
        if self._wanted.language is None:
            return None
        words = self._columns.words["language"]
        value = self._wanted.language.value
        place = words.index(value) if value in words else len(words)
        found: Numbers = self._columns.numbers["language"] == place
        return found

    def _words(self, masks: Iterable[Numbers | None]) -> Numbers | None:
        if not self._wanted.q:
            return None
        from market.matchmaking import normal_form  # it imports these filters itself

        words = normal_form(self._wanted.q).split()[:10]
        if not words:
            return None
        found = np.ones(len(self._columns), bool)
        for mask in masks:
            found &= True if mask is None else mask
        texts = self._columns.texts
        rows = np.flatnonzero(found).tolist()
        for word in words:
            rows = [row for row in rows if word in texts[row]]
        found[:] = False
        found[rows] = True
        return found

    def _having(self, links: Links, prefixes: tuple[str, ...]) -> Numbers:
        found = np.zeros(len(self._columns), bool)
        under = np.array([code.startswith(prefixes) for code in links.codes], bool)
        if len(links.code):
            found[links.row[under[links.code]]] = True
        return found


def _under(prefixes: Iterable[str]) -> tuple[str, ...]:
    return tuple(prefixes)
