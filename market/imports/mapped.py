"""A row of an uploaded file in the words of a listing: which cell fills which part."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from market.cells import joined
from market.imports.guessing import joins
from market.imports.headings import MORE_WORDS, unit_of
from market.imports.tables import Row
from market.models.enums import Kind
from market.models.imports import Import, ImportRow
from market.parts import PARTS

AMOUNTS = ("amount_min", "amount_max")


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of one import fill. `places` has the columns of each target."""

    kind: Kind
    places: Mapping[str, tuple[int, ...]]
    units: Mapping[str, int]
    headings: Mapping[str, str]

    @classmethod
    def of(cls, found: Import) -> Columns:
        """The columns as somebody confirmed them."""
        places: dict[str, tuple[int, ...]] = {}
        for at, target in enumerate(found.mapping):
            if target:
                places[target] = (*places.get(target, ()), at)
        named = {target: found.headings[at[0]] for target, at in places.items()}
        units = {target: unit_of(named[target]) for target in places}
        return cls(found.kind, places, units, named)

    def row(self, number: int, cells: Sequence[Any], mended: Mapping[str, Any]) -> Row:
        """The row as the reader of rows takes it."""
        values = {target: self._value(target, cells, at) for target, at in self.places.items()}
        return Row(number, values | dict(mended), dict(self.units))

    def shown(self, row: ImportRow) -> dict[str, str]:
        """What stands in each cell, as it can be typed again; targets that no column fills and
        that were mended come last."""
        texts = {
            target: _text(self._value(target, row.cells, at)) for target, at in self.places.items()
        }
        return texts | row.mended

    def text_in(self, target: str, cells: Sequence[Any], mended: Mapping[str, Any]) -> str:
        """What stands in one cell, as `shown` tells of all of them; lines end as they do here."""
        text = mended.get(target)
        if text is None:
            text = _text(self._value(target, cells, self.places.get(target, ())))
        return text.replace("\r\n", "\n").strip()

    def place_of(self, field: str) -> str:
        """The target beside which a problem of a field is told."""
        if field in AMOUNTS and field not in self.places and "amount" in self.places:
            return "amount"
        return field

    def _value(self, target: str, cells: Sequence[Any], at: Sequence[int]) -> Any:
        held = [cells[place] if place < len(cells) else "" for place in at]
        said = [cell for cell in held if cell is not None and str(cell).strip()]
        if len(said) < 2 or not joins(self.kind, target):
            return said[0] if said else ""
        return ("，" if target == "contact" else "\n").join(map(_text, said))


def label_of(kind: Kind, target: str) -> str:
    """What a target is called."""
    labels = {part.name: part.text for part in PARTS[kind]}
    if target in AMOUNTS:
        return labels["amount"] + MORE_WORDS[target][-2:]
    return labels.get(target) or MORE_WORDS.get(target, target)


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return joined(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)
