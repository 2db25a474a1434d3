"""The chain of changes: who did what, each entry sealed by the hash of the one before it.

`record` is the one way to write a Change. Ids have no gaps, and one row (`Ledger`) says where the
chain ends, so that a missing entry shows, at the end too. The database itself refuses to edit a
Change, or to delete one that was not let go by `prune`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, event, func, select
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, col

from market.errors import Invalid, Problem
from market.models.changes import Change, Ledger
from market.roles import Viewer

LEAST_MONTHS = 6
"""网络安全法: logs are kept for six months at least."""
DAYS_OF_A_MONTH = 31
AT_ONCE = 1_000
TIP = "market_ledger_tip"
PRUNE = "ledger.prune"
FIELDS = (
    "id", "at", "actor", "person_id", "acting_for", "action", "noun", "noun_id", "before", "after",
    "reason", "origin",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted action. `before` and `after` hold what differs, without secrets."""

    action: str
    noun: str
    noun_id: int | None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found: how many entries, up to which hash, and the first that does not hold."""

    entries: int
    last_id: int
    last_hash: str
    broken_at: int | None = None
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether the whole chain holds."""
        return self.broken_at is None


def record(
    session: Session, viewer: Viewer, now: datetime, entries: Sequence[Entry], *, origin: str = ""
) -> None:
    """Append entries to the chain, in the caller's transaction."""
    if not entries:
        return
    tip = _tip(session)
    for entry in entries:
        row = Change(
            id=tip.last_id + 1, at=now, actor=_actor(viewer), person_id=viewer.person_id,
            acting_for=viewer.acting_for, action=entry.action, noun=entry.noun,
            noun_id=entry.noun_id, before=_plain(entry.before), after=_plain(entry.after),
            reason=entry.reason[:2000], origin=(origin or viewer.origin)[:200],
            previous=tip.last_hash, hash="",
        )  # fmt: skip
        row.hash = hash_of(row, tip.last_hash)
        tip.last_id, tip.last_hash = tip.last_id + 1, row.hash
        session.add(row)
    session.add(tip)


def note(
    session: Session, viewer: Viewer, now: datetime, action: str, noun: str, noun_id: int | None, *,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None,
    reason: str = "", origin: str = "",
) -> None:  # fmt: skip
    """Append one entry."""
    entry = Entry(action, noun, noun_id, before, after, reason)
    record(session, viewer, now, [entry], origin=origin)


def hash_of(row: Change | Row[Any], previous: str) -> str:
    """SHA-256, in hexadecimal, of the hash before it and of all that the entry says, as JSON with
    sorted keys."""
    values = {name: _plain(getattr(row, name)) for name in FIELDS}
    values["at"] = row.at.astimezone(UTC).isoformat()
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def verify(session: Session) -> Verdict:
    """Read the whole chain and check every link, its beginning and its end."""
    tip = session.get(Ledger, 1, populate_existing=True) or Ledger()
    last_id, last_hash, entries, prunings = tip.pruned_to, tip.pruned_hash, 0, {0}
    first = session.execute(select(func.min(Change.id))).scalar()
    if first is not None and first <= tip.pruned_to:
        return Verdict(0, 0, "", first, "这一条记录在已清理的范围里")
    while rows := _after(session, last_id):
        for row in rows:
            if why := _fault(row, last_id, last_hash, tip):
                return Verdict(entries, last_id, last_hash, last_id + 1, why)
            last_id, last_hash, entries = last_id + 1, row.hash, entries + 1
            if row.action == PRUNE:
                prunings.add((row.after or {}).get("pruned_to", 0))
    if last_id < tip.last_id:
        return Verdict(entries, last_id, last_hash, last_id + 1, "从这一条起，末尾的记录缺失")
    if not hmac.compare_digest(last_hash, tip.last_hash):
        return Verdict(entries, last_id, last_hash, last_id, "与登记的末尾校验值不符")
    if tip.pruned_to not in prunings:
        return Verdict(entries, last_id, last_hash, tip.pruned_to, "清理到这一条，却没有登记")
    return Verdict(entries, last_id, last_hash)


def holds_hash(session: Session, hash: str) -> bool:
    """Whether the chain still holds the end that somebody wrote down earlier. Where it does, all
    that came before it is as it was then."""
    tip = session.get(Ledger, 1)
    if tip is not None and hmac.compare_digest(tip.pruned_hash, hash):
        return True
    return session.execute(select(func.count()).where(col(Change.hash) == hash)).scalar() == 1


def prune(session: Session, viewer: Viewer, now: datetime, months: int) -> int:
    """Let entries go that are older than so many months; how many. Raises Invalid below six."""
    if months < LEAST_MONTHS:
        raise Invalid([Problem("months", f"变更记录至少保存 {LEAST_MONTHS} 个月。")])
    before = now - timedelta(days=months * DAYS_OF_A_MONTH)
    tip = _tip(session)
    kept = session.execute(select(func.min(Change.id)).where(col(Change.at) >= before)).scalar()
    last = tip.last_id if kept is None else kept - 1
    row = session.get(Change, last) if last > tip.pruned_to else None
    if row is None:
        return 0
    gone = row.id - tip.pruned_to  # type: ignore[operator]
    tip.pruned_to, tip.pruned_hash = row.id, row.hash  # type: ignore[assignment]
    session.add(tip)
    session.flush()
    session.execute(delete(Change).where(col(Change.id) <= last))
    note(session, viewer, now, PRUNE, "ledger", None, after={"pruned_to": last, "entries": gone})
    return gone


def _tip(session: Session) -> Ledger:
    """The end of the chain, locked until the transaction ends."""
    held: Ledger | None = session.info.get(TIP)
    if held is not None:
        return held
    query = select(Ledger).where(col(Ledger.id) == 1).with_for_update()
    found = session.execute(query, execution_options={"populate_existing": True}).scalar()
    if found is None:
        found = Ledger(id=1)
        session.add(found)
    session.info[TIP] = found
    return found


@event.listens_for(AnySession, "after_transaction_end")
def _forget(session: AnySession, transaction: object) -> None:
    """Whoever writes next may follow somebody else's entries."""
    session.info.pop(TIP, None)


def _after(session: Session, id: int) -> Sequence[Row[Any]]:
    """The next entries as plain rows: nothing is kept of them."""
    table = Change.__table__  # type: ignore[attr-defined]
    query = select(table).where(table.c.id > id).order_by(table.c.id).limit(AT_ONCE)
    return session.execute(query).all()


def _fault(row: Row[Any], last_id: int, last_hash: str, tip: Ledger) -> str:
    if row.id != last_id + 1:
        return "这一条记录缺失"
    if row.id > tip.last_id:
        return "这一条记录是登记的末尾之后添加的"
    if not hmac.compare_digest(row.previous, last_hash):
        return "与上一条记录的链接不符"
    if not hmac.compare_digest(row.hash, hash_of(row, last_hash)):
        return "内容与校验值不符"
    return ""


def _actor(viewer: Viewer) -> str:
    return viewer.name if viewer.person_id is None else f"用户 #{viewer.person_id}"


def _plain(value: Any) -> Any:
    """The value as JSON keeps it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value
