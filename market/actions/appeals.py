"""Appeals 申诉: the owner of what was taken down asks for another look, by somebody else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from market import ledger, notices, rules, workflow
from market.actions.deciding import checked_reason, open_move
from market.actions.posting import found
from market.db import row_by_id
from market.errors import Invalid, NotAllowed, Problem
from market.models.enums import AppealState, Kind, ListingState
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.reports import Appeal
from market.models.tables import TABLES
from market.roles import Viewer
from market.texts import has_words, is_binary

SHORTEST, LONGEST = 10, 4_000
NAMES = ("uphold", "dismiss")
WAITS = "这次下架已经提出过申诉，正在复核，结果会通知您。"
DONE = "这次下架已经复核过一次，结果是维持原决定。如有新的证据，请直接联系主管部门。"


def file(
    session: Session, kind: Kind, listing_id: int, text: str, viewer: Viewer, now: datetime
) -> Appeal:
    """Appeal against a take-down: once for each. Raises Invalid or NotAllowed."""
    listing = found(session, kind, listing_id, viewer)
    rules.require(viewer, "appeal.file", listing.owner_id)
    if why_not := why_needless(session, listing):
        raise NotAllowed(why_not)
    text = text.strip()
    _check(text)
    appeal = Appeal(
        kind=kind, listing_id=listing_id, text=text, filed_by=viewer.person_id or 0, filed_at=now,
        against=listing.taken_down_by,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(appeal)
    except IntegrityError:
        raise NotAllowed(WAITS) from None
    after = {"listing": kind, "listing_id": listing_id}
    ledger.note(session, viewer, now, "appeal.file", "appeal", appeal.id, after=after)
    owner = session.get(Organisation, listing.owner_id)
    notices.tell(session, "appeal.file", appeal, owner, viewer, now)
    return appeal


def why_needless(session: Session, listing: Listing) -> str:
    """Why no appeal can be filed now: there is nothing to appeal against, or it was done. Else
    empty."""
    if listing.state is not ListingState.TAKEN_DOWN:
        return f"这条内容现在是“{listing.state.text}”，没有被下架，不用申诉。"
    mine = select(col(Appeal.state)).where(
        col(Appeal.kind) == listing.kind, col(Appeal.listing_id) == listing.key,
        col(Appeal.filed_at) >= listing.changed_at,
    )  # fmt: skip
    states = set(session.execute(mine).scalars())
    if AppealState.FILED in states:
        return WAITS
    return DONE if AppealState.DISMISSED in states else ""


def decide(
    session: Session, id: int, name: str, viewer: Viewer, now: datetime, reason: str = ""
) -> Appeal:
    """Uphold, which restores the listing in the same transaction, or dismiss."""
    if name in NAMES:
        rules.require(viewer, f"appeal.{name}")
    appeal = row_by_id(session, Appeal, id)
    reason = checked_reason(open_move("appeal", name, appeal, NAMES), reason)
    listing = session.get(TABLES[appeal.kind].listing, appeal.listing_id)
    owner = session.get(Organisation, listing.owner_id) if listing else None
    workflow.apply(session, "appeal", name, appeal, owner, viewer, now, reason=reason)
    appeal.decided_by, appeal.decided_at, appeal.answer = viewer.person_id, now, reason
    session.add(appeal)
    if name == "uphold" and listing is not None and listing.state is ListingState.TAKEN_DOWN:
        workflow.move(session, "restore", listing, viewer, now)
    session.flush()
    return appeal


def _check(text: str) -> None:
    if len(text) < SHORTEST or not has_words(text):
        raise Invalid([Problem("text", "请写明为什么应当恢复，至少 10 个字。")])
    if len(text) > LONGEST:
        raise Invalid([Problem("text", f"最多 {LONGEST:,} 字，现有 {len(text):,} 字。")])
    if is_binary(text):
        raise Invalid([Problem("text", "这里不是文字，请重新填写。")])
