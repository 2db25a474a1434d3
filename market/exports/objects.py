"""A listing as one JSON object, under the names that the import and the API know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from market import cells
from market.calendar import ZONE
from market.contents import PARTICULARS
from market.models import particulars
from market.models.enums import Kind
from market.parts import PARTS, Part, Shape
from market.queries.exports import ExportRow


def object_of(each: ExportRow, site: str = "") -> dict[str, Any]:
    """The listing; a part that is kept back from the reader is not there, and `hidden` names it."""
    row = each.row
    path = "/needs/" if row.kind is Kind.NEED else "/achievements/"
    owner = None if "owner" in row.hidden else row.owner_name
    return {
        "kind": row.kind.value, "source_id": each.source_id, **_parts(each),
        "tiers": {name: tier.value for name, tier in row.tiers.items()},
        "hidden": {name: tier.value for name, tier in row.hidden.items()},
        "owner": owner, "language": row.language.value, "is_demo": row.is_demo,
        "state": row.state.value, "published_at": _moment(row.published_at),
        "changed_at": _moment(row.changed_at), "expires_at": _moment(each.expires_at),
        "url": f"{site}{path}{row.id}",
    }  # fmt: skip


def _parts(each: ExportRow) -> dict[str, Any]:
    row = each.row
    told = [part for part in PARTS[row.kind] if part.tier not in row.hidden]
    return {name: value for part in told for name, value in _values(part, row.parts[part.name])}


def _values(part: Part, value: Any) -> Iterator[tuple[str, Any]]:
    if part.shape is Shape.AMOUNT:
        yield from zip(part.columns, map(cells.yuan, value), strict=True)
    elif part.shape in PARTICULARS:
        yield part.name, [particulars.written(row) for row in value]
    elif part.shape is Shape.FIELDS:
        yield part.name, [field.code for field in value]
    elif isinstance(value, list):
        yield part.name, [str(each) for each in value]
    else:
        yield part.name, value.isoformat() if isinstance(value, date) else value


def _moment(moment: datetime | None) -> str | None:
    """With the clock of Shanghai, so that its first ten letters are the day that a reader means."""
    return None if moment is None else moment.astimezone(ZONE).isoformat()
