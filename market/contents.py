"""What a listing says as plain JSON and back: for versions, exports and comparisons. Nothing is
lost on the way: what `write` made, `read` makes the same parts of again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from market.actions.drafts import ListingDraft
from market.models import particulars
from market.models.enums import CooperationMode, Kind, Tier
from market.models.particulars import Holder, Indicator, Right
from market.parts import PARTS, Part, Shape

PARTICULARS: dict[Shape, type[Indicator] | type[Right] | type[Holder]] = {
    Shape.INDICATORS: Indicator, Shape.RIGHTS: Right, Shape.HOLDERS: Holder,
}  # fmt: skip
TIERS = "tiers"


def write(kind: Kind, draft: ListingDraft) -> dict[str, Any]:
    """The parts by name, amounts as [low, high] in fen, and the tiers that are not public."""
    held = {part.name: _written(part, draft) for part in PARTS[kind]}
    return held | {TIERS: {name: tier.value for name, tier in sorted(draft.tiers.items())}}


def read(kind: Kind, held: Mapping[str, Any], into: ListingDraft) -> ListingDraft:
    """The draft with the parts that were written. Raises ValueError, KeyError or TypeError."""
    values: dict[str, Any] = {}
    for part in PARTS[kind]:
        if part.name in held:
            values |= zip(part.columns, _read(part, held[part.name]), strict=True)
    tiers = {name: Tier(tier) for name, tier in held.get(TIERS, {}).items()}
    return replace(into, **values, tiers={**into.tiers, **tiers})


def value_of(part: Part, draft: Any) -> Any:
    """A part of a draft or of a stored row: its column, or both ends of an amount."""
    held = [getattr(draft, column) for column in part.columns]
    return held[0] if len(held) == 1 else tuple(held)


def _written(part: Part, draft: ListingDraft) -> Any:
    value = value_of(part, draft)
    if part.shape in PARTICULARS:
        return [particulars.written(each) for each in value]
    if isinstance(value, tuple):
        return [None if each is None else _plain(each) for each in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


def _read(part: Part, value: Any) -> tuple[Any, ...]:
    if part.shape is Shape.AMOUNT:
        low, high = value
        return low, high
    return (READERS.get(part.shape, _same)(part, value),)


def _same(part: Part, value: Any) -> Any:
    return value


READERS: dict[Shape, Callable[[Part, Any], Any]] = {
    Shape.WORDS: lambda part, value: tuple(value),
    Shape.FIELDS: lambda part, value: tuple(value),
    Shape.MODES: lambda part, value: tuple(CooperationMode(each) for each in value),
    Shape.DAY: lambda part, value: date.fromisoformat(value) if value else None,
    Shape.CHOICE: lambda part, value: part.choices(value) if value and part.choices else None,
    Shape.CHOICES: lambda part, value: (
        tuple(part.choices(each) for each in value) if part.choices else ()
    ),
} | {
    shape: lambda part, value: tuple(
        particulars.read(PARTICULARS[part.shape], each) for each in value
    )
    for shape in PARTICULARS
}
