"""Writes of the API that are asked for twice: what a key was answered the first time is answered
again, and nothing is done twice. The answer is kept in the transaction of the write itself, so that
there is never one without the other."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from market import rules
from market.errors import Invalid, Problem
from market.models.replays import Replay
from market.roles import Viewer

KEPT = timedelta(hours=24)
LONGEST_KEY = 200
OTHER = "这个 Idempotency-Key 已经用于另一个请求，请换一个新的再发。"
WRONG = f"Idempotency-Key 应为 1 到 {LONGEST_KEY} 个可见的 ASCII 字符，每个写操作用一个新的。"


def checked_key(key: str) -> str:
    """The key of a request. Raises Invalid."""
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Invalid([Problem("Idempotency-Key", WRONG)])
    return key


def answered(
    session: Session, key: str, fingerprint: str, viewer: Viewer, now: datetime
) -> Replay | None:
    """What the viewer was answered under this key, if that is not too long ago. Raises Invalid
    where it was another request."""
    rules.require(viewer, "account.use")
    found = session.exec(
        select(Replay).where(
            col(Replay.person_id) == viewer.person_id, col(Replay.key) == key,
            col(Replay.at) >= now - KEPT,
        )
    ).first()  # fmt: skip
    if found is not None and found.fingerprint != fingerprint:
        raise Invalid([Problem("Idempotency-Key", OTHER)])
    return found


def keep(session: Session, answer: Replay, viewer: Viewer, now: datetime) -> None:
    """Keep an answer under its key. Raises IntegrityError where another request of the same key
    was quicker: the caller then undoes its own work and answers with the other's."""
    rules.require(viewer, "account.use")
    stale = select(Replay).where(
        col(Replay.person_id) == viewer.person_id, col(Replay.key) == answer.key,
        col(Replay.at) < now - KEPT,
    )  # fmt: skip
    for old in session.exec(stale):
        session.delete(old)
    session.flush()
    session.add(answer)
    session.flush()
