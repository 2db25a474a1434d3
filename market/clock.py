"""What passes by itself: deadlines, reminders, digests, and what need not be kept any longer.

Every chore is a transaction of its own and can be repeated: two workers do no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, delete, or_
from sqlmodel import Session, col

from market import digests, ledger, match_news, outbox, policy, storage
from market.actions import expiry, imports, replays, sketches
from market.db import rows_changed, writing
from market.models.enums import DeliveryState
from market.models.notices import Delivery
from market.models.replays import Replay
from market.models.sign_ins import OneTime, SignIn
from market.roles import CLOCK_VIEWER

log = logging.getLogger(__name__)
AFTER_TROUBLE = timedelta(minutes=1)
KEEP_CODES = timedelta(days=1)
"""How long a code or link is remembered after its time: how often somebody asked is counted."""
KEEP_REPLAYS = replays.KEPT
KEEP_SIGN_INS = timedelta(days=30)
KEEP_SENT, KEEP_DEAD = timedelta(days=30), timedelta(days=180)
"""Deliveries hold addresses; the record of changes and the inbox say what was told."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every so often; it says how much it did."""

    name: str
    every: timedelta
    work: Callable[[Session, datetime], int | None]


class Clock:
    """Remembers when each chore is due again. Nothing is lost with it: a chore asks the tables."""

    def __init__(self, engine: Engine, data: Path | None = None) -> None:
        """`data` is the folder whose attachments are swept."""
        self._engine, self._data = engine, data
        self._due: dict[str, datetime] = {}

    def tick(self, now: datetime) -> int:
        """Do what is due. Trouble with one chore is logged and does not stop the others."""
        for chore in (*CHORES, *self._sweeping()):
            if self._due.get(chore.name, now) <= now:
                self._due[chore.name] = now + self._do(chore, now)
        return 0

    def _sweeping(self) -> list[Chore]:
        if self._data is None:
            return []
        sweep = partial(_sweep, self._data)
        return [Chore("无主的附件", timedelta(days=1), sweep)]

    def _do(self, chore: Chore, now: datetime) -> timedelta:
        try:
            with writing(self._engine) as session:
                chore.work(session, now)
        except Exception:
            log.exception("定时事项出错：%s", chore.name)
            return min(AFTER_TROUBLE, chore.every)
        return chore.every


def _sweep(data: Path, session: Session, now: datetime) -> int:
    return storage.sweep(session, data, now)


def tick(engine: Engine, now: datetime) -> None:
    """Every chore once."""
    Clock(engine).tick(now)


def forget_codes(session: Session, now: datetime) -> int:
    """Codes and links that were used or are out of date."""
    before = now - KEEP_CODES
    old = or_(col(OneTime.used_at) < before, col(OneTime.expires_at) < before)
    return rows_changed(session, delete(OneTime).where(old))


def forget_sign_ins(session: Session, now: datetime) -> int:
    """Sessions that ended long ago; that there was one stands in the record of changes."""
    before = now - KEEP_SIGN_INS
    old = or_(col(SignIn.expires_at) < before, col(SignIn.revoked_at) < before)
    return rows_changed(session, delete(SignIn).where(old))


def forget_deliveries(session: Session, now: datetime) -> int:
    """What was sent, or could not be, long ago."""
    sent = (col(Delivery.state) == DeliveryState.SENT) & (col(Delivery.sent_at) < now - KEEP_SENT)
    dead = (col(Delivery.state) == DeliveryState.DEAD) & (
        col(Delivery.created_at) < now - KEEP_DEAD
    )
    return rows_changed(session, delete(Delivery).where(or_(sent, dead)))


def forget_replays(session: Session, now: datetime) -> int:
    """Answers of the API that are too old to be asked for again."""
    return rows_changed(session, delete(Replay).where(col(Replay.at) < now - KEEP_REPLAYS))


def prune_ledger(session: Session, now: datetime) -> int:
    """Entries that are older than the installation keeps them."""
    return ledger.prune(session, CLOCK_VIEWER, now, policy.current().ledger_months)


CHORES = (
    Chore("到期", timedelta(minutes=1), expiry.expire_due),
    Chore("到期提醒", timedelta(minutes=10), expiry.remind_due),
    Chore("过期的验证码", timedelta(minutes=1), outbox.let_expire),
    Chore("新的匹配", timedelta(minutes=10), match_news.tell_matches),
    Chore("摘要", timedelta(minutes=1), digests.send_due),
    Chore("用过的验证码", timedelta(hours=1), forget_codes),
    Chore("结束的登录", timedelta(hours=6), forget_sign_ins),
    Chore("旧的发件", timedelta(hours=6), forget_deliveries),
    Chore("没写完的内容", timedelta(hours=6), sketches.forget),
    Chore("可重放的应答", timedelta(hours=1), forget_replays),
    Chore("旧的导入", timedelta(hours=6), imports.forget),
    Chore("变更记录", timedelta(days=1), prune_ledger),
)
