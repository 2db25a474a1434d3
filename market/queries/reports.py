"""Reports: what whoever has the receipt may know, and what the officers read. Neither learns who
filed one; how to reach them is shown to officers while it is open."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from market import rules
from market.actions.reports import listing_of, may_come_down
from market.db import row_by_id
from market.errors import NotFound
from market.models.enums import Kind, ListingState, ReportReason, ReportState
from market.models.organisations import Organisation
from market.models.reports import Report
from market.models.tables import TABLES
from market.queries.desk import OPEN_REPORTS
from market.queries.moderation import why_not
from market.queries.pages import QueuePage, count_of, turned_to
from market.queries.people import names
from market.roles import Viewer
from market.states import MOVES, Move, Situation, open_moves

RECEIPT = re.compile(r"JB-\d{8}-[2-9A-Z]{6}")


@dataclass(frozen=True, slots=True)
class FollowedReport:
    """What the receipt tells: nothing about who filed it or who decided."""

    receipt: str
    kind: Kind
    title: str
    state: ReportState
    received_at: datetime
    due_at: datetime
    decided_at: datetime | None
    answer: str

    @property
    def is_open(self) -> bool:
        """Whether an answer is still owed."""
        return self.state in OPEN_REPORTS


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report in the queue. `together` counts the open ones of the same listing, this one too."""

    id: int
    receipt: str
    kind: Kind
    listing_id: int
    title: str
    reason: ReportReason
    state: ReportState
    received_at: datetime
    due_at: datetime
    decided_at: datetime | None
    organisation: str
    organisation_id: int | None
    together: int

    @property
    def since(self) -> datetime:
        """Since when it waits."""
        return self.received_at

    @property
    def due(self) -> datetime:
        """By when it is answered."""
        return self.due_at


@dataclass(frozen=True, slots=True)
class ReportDetail:
    """All that lies before the officer. `contact` is empty once the report was answered;
    `listing_state` is None where the listing is gone."""

    row: ReportRow
    text: str
    contact: str
    was_signed_in: bool
    listing_state: ListingState | None
    may_come_down: bool
    decided_by: str
    answer: str
    others: list[ReportRow]
    moves: list[Move]
    why_not: str


def receipt_of(text: str) -> str | None:
    """The receipt that was meant by what somebody typed, or None."""
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = re.sub(r"[\s‐-―−_]+", "-", plain.strip()).replace("--", "-")
    return plain if RECEIPT.fullmatch(plain) else None


def followed_report(session: Session, receipt: str, viewer: Viewer) -> FollowedReport:
    """The report with this receipt; NotFound for every other text alike."""
    rules.require(viewer, "report.file")
    known = receipt_of(receipt)
    query = select(Report).where(col(Report.receipt) == (known or ""))
    row = session.execute(query).scalar()
    if row is None:
        raise NotFound
    return FollowedReport(
        row.receipt, row.kind, row.listing_title, row.state, row.received_at, row.due_at,
        row.decided_at, row.answer,
    )  # fmt: skip


def report_page(
    session: Session, viewer: Viewer, *, is_open: bool = True, page: int = 1, per_page: int = 30
) -> QueuePage[ReportRow]:
    """A page of the queue."""
    rules.require(viewer, "report.accept")
    state = col(Report.state)
    wanted = state.in_(OPEN_REPORTS) if is_open else state.not_in(OPEN_REPORTS)
    waiting = count_of(session, Report, state.in_(OPEN_REPORTS))
    total = waiting if is_open else count_of(session, Report, wanted)
    page, pages, before = turned_to(page, total, per_page)
    order = col(Report.due_at) if is_open else col(Report.decided_at).desc()
    query = select(Report).where(wanted).order_by(order, col(Report.id))
    rows = session.execute(query.limit(per_page).offset(before)).scalars().all()
    return QueuePage(_rows(session, list(rows)), total, waiting, page, pages)


def report_by_id(session: Session, id: int, viewer: Viewer, now: datetime) -> ReportDetail:
    """One report, for officers, with the others of the same listing."""
    rules.require(viewer, "report.accept")
    report = row_by_id(session, Report, id)
    listing = listing_of(session, report)
    owner = session.get(Organisation, listing.owner_id) if listing else None
    is_open = report.state in OPEN_REPORTS
    moves = open_moves(MOVES["report"], Situation(report, owner, viewer, now))
    is_own = bool(owner and owner.id in viewer.memberships)
    others = _others(session, report)
    rows = _rows(session, [report, *others])
    return ReportDetail(
        rows[0], report.text, report.contact if is_open and not is_own else "",
        report.reported_by is not None, listing.state if listing else None,
        listing is not None and may_come_down(listing),
        names(session, [report.decided_by]).get(report.decided_by or 0, ""), report.answer,
        rows[1:], moves, why_not("report", report, owner, viewer, now) if not moves else "",
    )  # fmt: skip


def _others(session: Session, report: Report) -> list[Report]:
    query = select(Report).where(
        col(Report.kind) == report.kind, col(Report.listing_id) == report.listing_id,
        col(Report.id) != report.id,
    )  # fmt: skip
    return list(session.execute(query.order_by(col(Report.id).desc()).limit(50)).scalars())


def _rows(session: Session, reports: list[Report]) -> list[ReportRow]:
    owners = {kind: _owners(session, kind, reports) for kind in {r.kind for r in reports}}
    open_ones = _open_ones(session, reports)
    return [_row(r, owners[r.kind], open_ones) for r in reports]


def _row(report: Report, owners: dict[int, Any], open_ones: dict[Any, int]) -> ReportRow:
    owner_id, owner_name = owners.get(report.listing_id, (None, ""))
    return ReportRow(
        report.id or 0, report.receipt, report.kind, report.listing_id, report.listing_title,
        report.reason, report.state, report.received_at, report.due_at, report.decided_at,
        owner_name, owner_id, open_ones.get((report.kind, report.listing_id), 0),
    )  # fmt: skip


def _owners(session: Session, kind: Kind, reports: list[Report]) -> dict[int, Any]:
    """By listing, the id and the name of its owner."""
    table = TABLES[kind].listing
    ids = {report.listing_id for report in reports if report.kind is kind}
    query = (
        select(col(table.id), col(Organisation.id), col(Organisation.name))
        .join(Organisation, col(Organisation.id) == col(table.owner_id))
        .where(col(table.id).in_(ids))
    )
    return {id: (owner, name) for id, owner, name in session.execute(query)}


def _open_ones(session: Session, reports: list[Report]) -> dict[Any, int]:
    """By kind and listing, how many are open."""
    kind, listing = col(Report.kind), col(Report.listing_id)
    query = (
        select(kind, listing, func.count())
        .where(listing.in_({r.listing_id for r in reports}), col(Report.state).in_(OPEN_REPORTS))
        .group_by(kind, listing)
    )
    return {(kind, id): count for kind, id, count in session.execute(query)}
