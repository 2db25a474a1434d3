"""Rows that say nearly the same as an earlier row or as a listing of their own organisation."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlmodel import Session, col, select

from market.imports import checking
from market.imports.mapped import Columns
from market.imports.rows import Reading
from market.matchmaking.resembling import Gathered, Shingles
from market.models.enums import ListingState
from market.models.imports import Import
from market.models.listings import Listing
from market.models.tables import TABLES
from market.parts import text_of

MOST_OWN = 20_000
AT_ONCE = 500


def alike_rows(
    session: Session, found: Import, columns: Columns, reading: Reading
) -> dict[int, list[tuple[str, int, str]]]:
    """By the row's number what says nearly the same as it, as (what, id, title)."""
    gathered, titles = _own(session, found)
    alike: dict[int, list[tuple[str, int, str]]] = {}
    after = 0
    while rows := checking.some_rows(session, found, after, AT_ONCE):
        for row in rows:
            draft = checking.read_one(columns, reading, row).draft
            shingles = Shingles.of(draft.title, text_of(found.kind, partial(getattr, draft)))
            near: list[Any] = [key for key, _ in gathered.alike(shingles, 2)]
            if near:
                alike[row.number] = [(what, id, titles[what, id]) for what, id in near]
            gathered.add(("row", row.number), shingles)
            titles["row", row.number] = draft.title
        after = rows[-1].number
        session.expunge_all()
    return alike


def _own(session: Session, found: Import) -> tuple[Gathered, dict[tuple[str, int], str]]:
    table: type[Listing] = TABLES[found.kind].listing
    gathered, titles = Gathered(), {}
    mine = select(table).where(
        col(table.owner_id) == found.organisation_id, col(table.state) != ListingState.WITHDRAWN
    )
    for row in session.exec(mine.order_by(col(table.id)).limit(MOST_OWN)):
        text = text_of(found.kind, partial(getattr, row))
        gathered.add(("own", row.key), Shingles.of(row.title, text))
        titles["own", row.key] = row.title
    session.expunge_all()
    return gathered, titles
