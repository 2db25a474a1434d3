"""Delivers what `market.notices` wrote: claims, hands over, marks.

A claim is a lease: `next_at` moves into the future, so that no other worker takes the same row.
Whoever dies between handing over and marking leaves the lease to run out, and the letter goes out
again with the same Message-ID: at least once, and a receiver can tell.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Engine, select, update
from sqlmodel import Session, col

from market.db import session_for, writing
from market.keys import Keys
from market.letters import Carrier, Letter, NotSent
from market.mail import mail_for
from market.models.enums import Channel, DeliveryState
from market.models.notices import Delivery
from market.sms import sms_for

AT_ONCE = 20
LEASE = timedelta(minutes=5)
"""Longer than a batch takes when every letter waits for its time-out."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
MOST_TRIES = 30
"""With these pauses about a day: a mail server that is down over night loses nothing."""
EXPIRED = "已过有效期，没有发出"
GIVEN_UP = "试了多次都没有结果"
NO_CARRIER = "这种方式没有开通"
UNSUBSCRIBE = "unsubscribe"
"""The purpose that `Keys` signs an address for."""
FAREWELL = "\n\n——\n不想再收到这类邮件，请打开：\n{address}\n"
PATH = re.compile(r"^/\S*$", re.MULTILINE)
WAITING, SENT, DEAD = DeliveryState.WAITING, DeliveryState.SENT, DeliveryState.DEAD


@dataclass(frozen=True, slots=True)
class Carriers:
    """What carries letters, and what a letter needs to know of the site."""

    by_channel: Mapping[Channel, Carrier]
    address: str = ""
    keys: Keys | None = None

    @classmethod
    def from_environment(
        cls, keys: Keys, address: str = "", environ: Mapping[str, str] = os.environ
    ) -> Carriers:
        """Those that KEJIE_SMTP_URL, KEJIE_MAIL_FROM and KEJIE_SMS describe. `address` is the
        site's; without it KEJIE_PUBLIC_URL. Raises BadPolicy."""
        given = {name: environ.get(f"KEJIE_{name}", "").strip() for name in SETTINGS}
        host, port = given["HOST"] or "127.0.0.1", given["PORT"] or "8000"
        found = address or given["PUBLIC_URL"] or f"http://{host}:{port}"
        by_channel: dict[Channel, Carrier] = {
            Channel.EMAIL: mail_for(given["SMTP_URL"], given["MAIL_FROM"] or _sender_at(found)),
            Channel.SMS: sms_for(given["SMS"]),
        }
        return cls(by_channel, found.rstrip("/"), keys)

    def letter(self, delivery: Delivery) -> Letter:
        """A delivery as it leaves: paths become addresses, and what is optional says how to end
        it."""
        text = PATH.sub(lambda found: self.address + found[0], delivery.text)
        ending = ""
        if delivery.unsubscribe and delivery.person_id is not None and self.keys:
            token = self.keys.sign(UNSUBSCRIBE, delivery.person_id)
            ending = f"{self.address}/unsubscribe/{token}"
            text += FAREWELL.format(address=ending)
        made = delivery.created_at
        return Letter(
            f"{delivery.id}.{made:%Y%m%d%H%M%S%f}", delivery.target, delivery.subject, text, made,
            ending,
        )  # fmt: skip


SETTINGS = ("SMTP_URL", "MAIL_FROM", "SMS", "PUBLIC_URL", "HOST", "PORT")


def deliver_some(engine: Engine, carriers: Carriers, now: datetime, limit: int = AT_ONCE) -> int:
    """Try what is due, secrets first, because somebody waits for them; how many were tried."""
    claimed = _claim(engine, now, limit)
    for channel, carrier in carriers.by_channel.items():
        mine = [row for row in claimed if row.channel is channel]
        letters = [carriers.letter(row) for row in mine]
        for row, trouble in zip(mine, carrier.carry(letters) if mine else (), strict=True):
            _mark(engine, row, trouble, now)
    for row in claimed:
        if row.channel not in carriers.by_channel:
            _mark(engine, row, NotSent(NO_CARRIER, is_final=True), now)
    return len(claimed)


def let_expire(session: Session, now: datetime) -> int:
    """Give up what nobody can use any more, and blank it; how many."""
    late = select(Delivery).where(col(Delivery.state) == WAITING, col(Delivery.expires_at) <= now)
    rows = session.execute(late.with_for_update(skip_locked=True)).scalars().all()
    for row in rows:
        _bury(row, EXPIRED)
    return len(rows)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: twice as long each time, up to an hour."""
    return min(FIRST_PAUSE * (1 << min(attempts - 1, 20)), LONGEST_PAUSE)


def _sender_at(address: str) -> str:
    """Who writes where nobody is named: the site itself."""
    return f"no-reply@{urlsplit(address).hostname}"


def _due(now: datetime) -> Sequence[ColumnElement[bool]]:
    return col(Delivery.state) == WAITING, col(Delivery.next_at) <= now


def _claim(engine: Engine, now: datetime, limit: int) -> list[Delivery]:
    """Take what is due, for as long as the lease; most turns find nothing and write nothing."""
    with session_for(engine) as session:
        if session.execute(select(col(Delivery.id)).where(*_due(now)).limit(1)).first() is None:
            return []
    order = col(Delivery.is_secret).desc(), col(Delivery.next_at), col(Delivery.id)
    query = select(Delivery).where(*_due(now)).order_by(*order).limit(limit)
    with writing(engine) as session:
        let_expire(session, now)
        session.flush()
        rows = list(session.execute(query.with_for_update(skip_locked=True)).scalars())
        for row in rows:
            row.attempts, row.next_at = row.attempts + 1, now + LEASE
            if row.attempts > MOST_TRIES:
                _bury(row, GIVEN_UP)
    return [row for row in rows if row.state is WAITING]


def _mark(engine: Engine, row: Delivery, trouble: NotSent | None, now: datetime) -> None:
    """Write what became of a letter. A failure counts only while the lease is still ours."""
    mine = [col(Delivery.id) == row.id, col(Delivery.state) == WAITING]
    values: dict[str, Any] = {"state": SENT, "sent_at": now, "error": ""}
    if trouble is not None:
        mine.append(col(Delivery.next_at) == row.next_at)
        is_over = trouble.is_final or row.attempts >= MOST_TRIES
        values = {"error": trouble.reason[:300], "next_at": now + pause_after(row.attempts)}
        values |= {"state": DEAD} if is_over else {}
    if row.is_secret and values.get("state", WAITING) is not WAITING:
        values["text"] = ""
    with writing(engine) as session:
        session.execute(update(Delivery).where(*mine).values(**values))


def _bury(row: Delivery, why: str) -> None:
    row.state, row.error = DEAD, why
    if row.is_secret:
        row.text = ""
