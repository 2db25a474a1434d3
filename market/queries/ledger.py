"""Searching the record of changes. Names are those that people and organisations have now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session, col

from market import rules
from market.models.changes import Change, Ledger
from market.models.organisations import Organisation
from market.queries.pages import count_of, turned_to
from market.queries.people import names
from market.roles import Viewer

MOST_EXPORTED = 20_000


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """What is looked for. `action` is a whole action (“listing.approve”) or a noun with its dot
    (“listing.”); `since` counts in, `until` does not."""

    noun: str = ""
    noun_id: int | None = None
    action: str = ""
    person_id: int | None = None
    organisation_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    page: int = 1
    per_page: int = 50


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One entry, with the names of now."""

    id: int
    at: datetime
    actor: str
    person_id: int | None
    acting_for: int | None
    organisation: str
    action: str
    noun: str
    noun_id: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str
    origin: str
    hash: str

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """Name, before and after of everything that differs."""
        before, after = self.before or {}, self.after or {}
        return [(name, before.get(name), after.get(name)) for name in {**before, **after}]


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """One page, the latest first, and what the chain holds altogether."""

    rows: list[LedgerRow]
    total: int
    page: int
    pages: int
    nouns: list[str]
    last_id: int
    last_hash: str
    pruned_to: int


def ledger_page(session: Session, wanted: LedgerFilter, viewer: Viewer) -> LedgerPage:
    """A page of the entries that pass; one beyond the last shows the last."""
    rules.require(viewer, "ledger.view")
    where = _conditions(wanted)
    total, per_page = count_of(session, Change, *where), max(1, min(wanted.per_page, 200))
    page, pages, before = turned_to(wanted.page, total, per_page)
    rows = _rows(session, where, per_page, before)
    nouns = session.execute(select(col(Change.noun)).distinct().order_by(col(Change.noun)))
    tip = session.get(Ledger, 1) or Ledger()
    return LedgerPage(
        rows, total, page, pages, list(nouns.scalars()), tip.last_id, tip.last_hash, tip.pruned_to
    )


def ledger_export(session: Session, wanted: LedgerFilter, viewer: Viewer) -> list[LedgerRow]:
    """The entries that pass, the latest first, no more than MOST_EXPORTED."""
    rules.require(viewer, "ledger.view")
    return _rows(session, _conditions(wanted), MOST_EXPORTED, 0)


def plain(row: LedgerRow) -> dict[str, Any]:
    """An entry as JSON keeps it."""
    return {**asdict(row), "at": row.at.isoformat()}


def _conditions(wanted: LedgerFilter) -> list[ColumnElement[bool]]:
    exact = {
        Change.noun: wanted.noun or None, Change.noun_id: wanted.noun_id,
        Change.person_id: wanted.person_id,
    }  # fmt: skip
    found = [col(column) == value for column, value in exact.items() if value is not None]
    if wanted.action:
        action = col(Change.action)
        ends = wanted.action.endswith(".")
        found.append(action.startswith(wanted.action, autoescape=True) if ends
                     else action == wanted.action)  # fmt: skip
    if wanted.organisation_id is not None:
        itself = (col(Change.noun) == "organisation") & (
            col(Change.noun_id) == wanted.organisation_id
        )
        found.append(or_(col(Change.acting_for) == wanted.organisation_id, itself))
    if wanted.since is not None:
        found.append(col(Change.at) >= wanted.since)
    if wanted.until is not None:
        found.append(col(Change.at) < wanted.until)
    return found


def _rows(
    session: Session, where: Sequence[ColumnElement[bool]], limit: int, offset: int
) -> list[LedgerRow]:
    query = select(Change).where(*where).order_by(col(Change.id).desc())
    rows = session.execute(query.limit(limit).offset(offset)).scalars().all()
    called = names(session, [row.person_id for row in rows])
    bodies = _bodies(session, (row.acting_for for row in rows))
    return [_row(row, called, bodies) for row in rows]


def _row(row: Change, called: dict[int, str], bodies: dict[int, str]) -> LedgerRow:
    return LedgerRow(
        row.id or 0, row.at, called.get(row.person_id or 0, row.actor), row.person_id,
        row.acting_for, bodies.get(row.acting_for or 0, ""), row.action, row.noun, row.noun_id,
        row.before, row.after, row.reason, row.origin, row.hash,
    )  # fmt: skip


def _bodies(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {id for id in ids if id is not None}
    query = select(col(Organisation.id), col(Organisation.name)).where(
        col(Organisation.id).in_(wanted)
    )
    found = session.execute(query).all() if wanted else []
    return {id: name for id, name in found if id is not None}
