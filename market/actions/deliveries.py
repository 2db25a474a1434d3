"""What those who run the outbox do with what could not be delivered: try it once more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from market import ledger, rules
from market.db import rows_changed
from market.errors import NotAllowed, NotFound
from market.models.enums import DeliveryState
from market.models.notices import Delivery
from market.queries.deliveries import is_retryable
from market.roles import Viewer

BLANKED = "验证码和链接已经失效，不能再发；请收件人重新申请。"


def retry(session: Session, id: int, viewer: Viewer, now: datetime) -> None:
    """Put one message that was given up back into the queue."""
    rules.require(viewer, "delivery.manage")
    row = session.get(Delivery, id) if 0 < id < 2**63 else None
    if row is None or row.state is DeliveryState.SENT:
        raise NotFound
    if row.state is DeliveryState.WAITING:
        return
    if not is_retryable(row):
        raise NotAllowed(BLANKED)
    _again(session, viewer, now, id)


def retry_all(session: Session, viewer: Viewer, now: datetime) -> int:
    """Put back everything that was given up and can still be sent; how many."""
    rules.require(viewer, "delivery.manage")
    return _again(session, viewer, now)


def _again(session: Session, viewer: Viewer, now: datetime, id: int | None = None) -> int:
    dead = (col(Delivery.state) == DeliveryState.DEAD) & col(Delivery.is_secret).is_(False)
    if id is not None:
        dead &= col(Delivery.id) == id
    values = {"state": DeliveryState.WAITING, "attempts": 0, "next_at": now}
    count = rows_changed(session, update(Delivery).where(dead).values(**values))
    if count:
        ledger.note(
            session, viewer, now, "delivery.retry", "delivery", id, after={"deliveries": count}
        )
    return count
