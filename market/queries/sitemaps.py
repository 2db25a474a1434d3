"""Every public page for search engines, in parts that protocol and memory can hold.

A part holds the listings of a range of ids, so that it stays what it is when others come and go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from market.models.enums import Kind
from market.models.organisations import Organisation
from market.models.tables import TABLES
from market.queries.directory import is_shown
from market.queries.organisations import LISTED
from market.queries.visibility import listed
from market.roles import VISITOR_VIEWER

IN_A_PART = 50_000
"""Ids of a part: the protocol takes no more addresses in one file."""


@dataclass(frozen=True, slots=True)
class SitemapPart:
    """The listings of a kind in one range of ids, counted from 1."""

    kind: Kind
    number: int
    changed_at: datetime


def sitemap_parts(session: Session) -> list[SitemapPart]:
    """The parts in which anything is published."""
    found: list[SitemapPart] = []
    for kind in Kind:
        table = TABLES[kind].listing
        part = (col(table.id) - 1) // IN_A_PART
        query = select(part, func.max(col(table.changed_at)))
        query = query.where(listed(table, VISITOR_VIEWER)).group_by(part).order_by(part)
        found += [SitemapPart(kind, int(n) + 1, at) for n, at in session.execute(query)]
    return found


def sitemap_part(session: Session, kind: Kind, number: int) -> list[tuple[int, datetime]]:
    """Id and last change of every published listing of a part; empty where there is none."""
    table = TABLES[kind].listing
    first = (number - 1) * IN_A_PART
    query = select(col(table.id), col(table.changed_at)).where(
        listed(table, VISITOR_VIEWER), col(table.id) > first, col(table.id) <= first + IN_A_PART
    )
    return [(id or 0, at) for id, at in session.execute(query.order_by(col(table.id)))]


def organisations_in_sitemap(session: Session) -> list[int]:
    """The bodies that the directory shows to everybody; as many as one file takes."""
    query = select(col(Organisation.id)).where(
        is_shown(VISITOR_VIEWER), col(Organisation.kind).in_(LISTED)
    )
    ids = session.execute(query.order_by(col(Organisation.id)).limit(IN_A_PART)).scalars()
    return [id or 0 for id in ids]
