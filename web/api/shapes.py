"""Rows of the market as the API answers them."""

from __future__ import annotations

from typing import Any, Protocol

from market.matchmaking import Label, Reasons
from market.models import Kind
from market.parts import PARTS
from market.queries.listings import ListingRow
from market.queries.rows import EMPTY
from web.api import models as out
from web.api.parts import ANSWERED, rows_answered

SHAPES = {part.name: part.shape for kind in Kind for part in PARTS[kind]}
ROW_PARTS = (
    "indicators", "wanted_by", "stage", "evidence", "assessment", "assessor", "rights", "holders",
)  # fmt: skip
TEXT_PARTS = (
    "background", "problem", "tried", "innovation", "cases", "team", "body", "contact",
)  # fmt: skip


class Matched(Protocol):
    """A stored match or one of a moment ago."""

    @property
    def listing(self) -> ListingRow: ...
    @property
    def score(self) -> float | None: ...
    @property
    def label(self) -> Label | None: ...
    @property
    def reasons(self) -> Reasons: ...


def listing(row: ListingRow) -> out.ListingOut:
    """A row of a list."""
    return out.ListingOut(**listing_values(row))


def listing_values(row: ListingRow) -> dict[str, Any]:
    """What a listing and its detail have in common."""
    division = row.division_code and out.PlaceOut(
        code=row.division_code, name=row.division_name or row.division_code
    )
    return {
        "kind": row.kind.value,
        "id": row.id,
        "title": row.title,
        "summary": row.summary,
        "keywords": row.keywords,
        "fields": [out.PlaceOut(code=field.code, name=field.name) for field in row.fields],
        "division": division or None,
        "readiness": row.readiness,
        "modes": row.modes,
        "amount": row.amount
        and out.AmountOut(low=yuan(row.amount.low), high=yuan(row.amount.high)),
        "owner": out.OwnerOut(id=row.owner_id, name=row.owner_name, is_demo=row.owner_is_demo),
        "language": row.language,
        "is_demo": row.is_demo,
        "published_at": row.published_at,
        "changed_at": row.changed_at,
        "state": row.state,
        "tiers": dict(row.tiers),
        "hidden": dict(row.hidden),
        **{name: _part(row, name) for name in ROW_PARTS},
        "url": f"/{'needs' if row.kind is Kind.NEED else 'achievements'}/{row.id}",
    }


def texts(row: ListingRow) -> dict[str, Any]:
    """The long texts of a detail; "" for what this kind has not or this viewer may not read."""
    return {name: row.parts.get(name, "") for name in TEXT_PARTS}


def _part(row: ListingRow, name: str) -> Any:
    """A part that only some kinds have, empty for the others."""
    if name not in row.parts:
        return EMPTY.get(SHAPES[name])
    value, shape = row.parts[name], SHAPES[name]
    return rows_answered(shape, value) if shape in ANSWERED else value


def match(row: Matched) -> out.MatchOut:
    """A match with its reasons."""
    return out.MatchOut(
        listing=listing(row.listing),
        score=row.score,
        label=row.label.value if row.label else None,
        label_text=row.label.text if row.label else None,
        reasons=out.ReasonsOut.model_validate(row.reasons.to_json()),
    )


def yuan(fen: int | None) -> float | None:
    """Fen as yuan."""
    return None if fen is None else fen / 100


def plain(fen: int | None) -> str | None:
    """Fen as the yuan of an address."""
    return None if fen is None else f"{fen / 100:.2f}".removesuffix(".00")


def fen(amount: float | None) -> int | None:
    """Yuan as fen."""
    return None if amount is None else round(amount * 100)
