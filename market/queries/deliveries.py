"""The outbox as those see it who run it: how much waits, and what could not be delivered.

Where a message goes is masked and what it says is not read at all: whoever runs the machine need
not know what people are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from market import rules
from market.models.enums import Channel, DeliveryState
from market.models.notices import Delivery
from market.queries.pages import count_of, turned_to
from market.roles import Viewer
from market.texts import masked

PAGE = 50


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """How many wait, how many of those were tried in vain, how many are given up."""

    waiting: int = 0
    tried: int = 0
    dead: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One message. `may_retry`: its text is still there."""

    id: int
    channel: Channel
    target: str
    is_secret: bool
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_at: datetime
    error: str
    may_retry: bool


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One page of a list, the newest first."""

    rows: list[DeliveryRow]
    total: int
    page: int
    pages: int


def delivery_counts(session: Session, viewer: Viewer) -> DeliveryCounts:
    """How the outbox stands."""
    rules.require(viewer, "delivery.manage")
    waiting, dead = col(Delivery.state) == DeliveryState.WAITING, _is(DeliveryState.DEAD)
    tried = waiting & (col(Delivery.error) != "")
    query = select(
        func.count().filter(waiting), func.count().filter(tried), func.count().filter(dead),
        func.min(col(Delivery.created_at)).filter(waiting),
    )  # fmt: skip
    return DeliveryCounts(*session.execute(query.select_from(Delivery)).one())


def delivery_page(
    session: Session, viewer: Viewer, state: DeliveryState, page: int = 1
) -> DeliveryPage:
    """Messages in one state."""
    rules.require(viewer, "delivery.manage")
    total = count_of(session, Delivery, _is(state))
    page, pages, before = turned_to(page, total, PAGE)
    query = select(Delivery).where(_is(state)).order_by(col(Delivery.id).desc())
    rows = session.execute(query.offset(before).limit(PAGE)).scalars()
    return DeliveryPage([_row(delivery) for delivery in rows], total, page, pages)


def is_retryable(delivery: Delivery) -> bool:
    """Whether there is still something to send: what held a secret was blanked."""
    return delivery.state is DeliveryState.DEAD and not delivery.is_secret


def _is(state: DeliveryState) -> ColumnElement[bool]:
    return col(Delivery.state) == state


def _row(delivery: Delivery) -> DeliveryRow:
    return DeliveryRow(
        delivery.id or 0, delivery.channel, masked(delivery.target), delivery.is_secret,
        delivery.state, delivery.attempts, delivery.created_at, delivery.next_at, delivery.error,
        is_retryable(delivery),
    )  # fmt: skip
