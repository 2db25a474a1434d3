"""What every list that is read page by page shares: which page is shown, and how much there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class QueuePage(Generic[Row]):
    """One page of a queue of the bureau: `waiting` counts what is open, `total` what this list
    holds. What is open comes in the order in which it is due, what was decided the latest first."""

    rows: list[Row]
    total: int
    waiting: int
    page: int
    pages: int


def turned_to(page: int, total: int, per_page: int) -> tuple[int, int, int]:
    """The page that is shown where this one is asked for, how many there are, and how many rows
    come before it. Beyond the last one is the last one; a list of nothing has one page."""
    pages = max(1, -(-total // per_page))
    shown = max(1, min(page, pages))
    return shown, pages, (shown - 1) * per_page


def count_of(session: Session, table: Any, *where: ColumnElement[bool]) -> int:
    """How many rows of the table meet all of this."""
    query = select(func.count()).select_from(table).where(*where)
    return session.execute(query).scalar() or 0
