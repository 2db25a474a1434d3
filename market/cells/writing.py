"""Parts of a listing → cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from market.cells.signs import SEPARATORS, escaped
from market.models.enums import Kind, Tier
from market.models.listings import TIERED_BY
from market.models.particulars import Holder, Indicator, Particular, Right
from market.parts import PARTS, Part, Shape

OWNER_TEXT = "单位"


def written(part: Part, value: Any) -> str | int | None:
    """One part of a listing as a cell; of `value` in `ListingRow.parts` or in a draft. An amount
    has two cells: see `yuan`."""
    if value is None or value == "":
        return None
    return WRITERS.get(part.shape, str)(value)


def joined(words: Iterable[object]) -> str:
    """Words in one cell."""
    return "、".join(escaped(str(word), SEPARATORS) for word in words)


def yuan(fen: int | None) -> int | float | None:
    """An amount in yuan, which is what the files and the API count in.

    >>> yuan(50_000_000), yuan(1), yuan(None)
    (500000, 0.01, None)
    """
    if fen is None:
        return None
    return fen // 100 if fen % 100 == 0 else fen / 100


def tiers_written(kind: Kind, tiers: Mapping[str, Tier], *, has_contact: bool = False) -> str:
    """Who may read what not everybody may. A contact that is for everybody is named as well: a
    new listing that does not say so keeps it for those who are signed in."""
    named = [name for name in TIERED_BY[kind] if name in tiers and tiers[name] is not Tier.PUBLIC]
    if has_contact and tiers.get("contact", Tier.PUBLIC) is Tier.PUBLIC:
        named.append("contact")
    texts = tier_texts(kind)
    return "\n".join(f"{texts[name]}：{tiers.get(name, Tier.PUBLIC).text}" for name in named)


def tier_texts(kind: Kind) -> dict[str, str]:
    """What the fields are called that can be kept from some."""
    texts = {part.name: part.text for part in PARTS[kind]} | {"owner": OWNER_TEXT}
    return {name: texts[name] for name in TIERED_BY[kind]}


def _coded(each: Any) -> str:
    """A code with its name, where the name is known: a reader of codes takes both."""
    return each if isinstance(each, str) else f"{each.code} {each.name}"


def _rows_written(rows: Iterable[Particular]) -> str:
    return "\n".join(_row_written(row) for row in rows)


def _row_written(row: Particular) -> str:
    """The fields of one row; empty ends are left out."""
    match row:
        case Indicator():
            cells: list[Any] = [row.name, row.before, row.value, row.unit]
        case Right():
            status = row.status and row.status.text
            cells = [row.kind.text, row.number, row.name, status, row.checked_on]
        case Holder():
            share = None if row.share is None else f"{row.share}%"
            cells = [row.name, row.holding.text, share, row.until]
    texts = ["" if cell is None else escaped(str(cell), "|\n") for cell in cells]
    while len(texts) > 1 and not texts[-1]:
        texts.pop()
    return " | ".join(texts)


WRITERS: dict[Shape, Callable[[Any], str | int | None]] = {
    Shape.WORDS: joined,
    Shape.FIELDS: lambda value: joined(map(_coded, value)),
    Shape.MODES: lambda value: joined(each.text for each in value),
    Shape.CHOICES: lambda value: joined(each.text for each in value),
    Shape.CHOICE: lambda value: str(value.text),
    Shape.LEVEL: int,
    Shape.DAY: lambda value: str(value.isoformat()),
    Shape.INDICATORS: _rows_written,
    Shape.RIGHTS: _rows_written,
    Shape.HOLDERS: _rows_written,
}
