"""The bureau's desk: what waits in each queue that somebody may act on, since when, until when.

A queue stays in the list when nothing waits in it. `Matter` is one row of any queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from market import rules
from market.models.achievements import Achievement
from market.models.certifications import Certification, Merge
from market.models.changes import Change
from market.models.enums import (
    AppealState,
    CertificationState,
    DeliveryState,
    Labelled,
    ListingState,
    MergeState,
    ReportState,
)
from market.models.needs import Need
from market.models.notices import Delivery
from market.models.reports import Appeal, Report
from market.policy import current
from market.roles import Viewer

OPEN_REPORTS = (ReportState.RECEIVED, ReportState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that waits. `is_anothers`: somebody else must decide on it; `state` is set once it
    was decided; `detail` is a short second line; `due` is None where no answer is owed by a day."""

    path: str
    title: str
    since: datetime
    due: datetime | None = None
    organisation: str = ""
    organisation_id: int | None = None
    detail: str = ""
    state: Labelled | None = None
    is_anothers: bool = False
    is_demo: bool = False
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue, counted. `overdue` are those whose day has passed."""

    name: str
    count: int
    oldest: datetime | None
    next_due: datetime | None
    overdue: int


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a queue is read. Without a column of its own, what is due is counted from `since`;
    a queue that is not `owed` has no such day."""

    name: str
    action: str
    tables: tuple[Any, ...]
    waits: Callable[[Any], Any]
    since: str
    due: str = ""
    owed: bool = True


SOURCES = (
    _Source("certifications", "certification.verify", (Certification,),
            lambda t: t.state == CertificationState.SUBMITTED, "submitted_at"),
    _Source("listings", "listing.approve", (Need, Achievement),
            lambda t: t.state == ListingState.IN_REVIEW, "changed_at"),
    _Source("reports", "report.accept", (Report,),
            lambda t: t.state.in_(OPEN_REPORTS), "received_at", "due_at"),
    _Source("appeals", "appeal.uphold", (Appeal,),
            lambda t: t.state == AppealState.FILED, "filed_at"),
    _Source("merges", "merge.approve", (Merge,),
            lambda t: t.state == MergeState.PREPARED, "prepared_at"),
    _Source("outbox", "delivery.manage", (Delivery,),
            lambda t: t.state == DeliveryState.DEAD, "created_at", owed=False),
)  # fmt: skip


def due_after(since: datetime) -> datetime:
    """By when the bureau means to have decided what came to it then."""
    return since + current().period("review_days")


def queues(session: Session, viewer: Viewer, now: datetime) -> list[Queue]:
    """The queues that the viewer may act on, in one order, empty ones included."""
    rules.require(viewer, "desk.view")
    return [_counted(session, s, now) for s in SOURCES if rules.may(viewer, s.action)]


def recent_changes(session: Session, viewer: Viewer, limit: int = 8) -> list[Change]:
    """What the viewer did last."""
    rules.require(viewer, "desk.view")
    mine = select(Change).where(col(Change.person_id) == viewer.person_id)
    found = session.execute(mine.order_by(col(Change.id).desc()).limit(limit)).scalars()
    return list(found) if viewer.person_id is not None else []


def _counted(session: Session, source: _Source, now: datetime) -> Queue:
    parts = [_figures(session, source, table, now) for table in source.tables]
    dues = [due for _, _, due, _ in parts if due is not None]
    return Queue(
        source.name,
        sum(count for count, *_ in parts),
        _first(oldest for _, oldest, *_ in parts),
        _first(dues),
        sum(late for *_, late in parts),
    )


def _figures(
    session: Session, source: _Source, table: Any, now: datetime
) -> tuple[int, datetime | None, datetime | None, int]:
    since = getattr(table, source.since)
    due = getattr(table, source.due) if source.due else since
    limit = now if source.due else now - current().period("review_days")
    late = func.coalesce(func.sum(case((due <= limit, 1), else_=0)), 0)
    query = select(func.count(), func.min(since), func.min(due), late).where(source.waits(table))
    count, oldest, first_due, overdue = session.execute(query).one()
    if not source.owed:
        return count, oldest, None, 0
    if first_due is not None and not source.due:
        first_due = due_after(first_due)
    return count, oldest, first_due, overdue


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
