"""What happens to a disclosure 保密授权: an organisation asks under a promise, the owner answers
and may end it. Experts are in `appointments`; who reads what because of it is in
`market.queries.visibility`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from market import ledger, notices, rules, workflow
from market.actions.recorded import digest_of
from market.db import row_or_none
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models.disclosures import Disclosure
from market.models.enums import Audience, DisclosureState, Kind
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.tables import TABLES
from market.promises import promise_of
from market.queries.keeping import why_not_asked
from market.queries.visibility import listing_seen
from market.roles import Permission, Viewer
from market.texts import has_words, is_binary

LEAST_PURPOSE, MOST_PURPOSE, MOST_REASON = 10, 2_000, 2_000
OPEN = (DisclosureState.REQUESTED, DisclosureState.GRANTED)
IS_WAITING = "贵单位已经申请过，正在等发布单位答复。"
IS_GRANTED = "贵单位已获授权，可以直接查阅。"
IS_EXPERT = "这位专家已经受指定评审这条内容。"


@dataclass(frozen=True, slots=True)
class Asking:
    """A request as it was entered. Without an organisation it is the one acted for."""

    purpose: str
    is_promised: bool
    organisation_id: int | None = None


def request(
    session: Session, kind: Kind, listing_id: int, asking: Asking, viewer: Viewer, now: datetime
) -> Disclosure:
    """Ask the owner to let an organisation read what is kept for those under a promise."""
    organisation_id = asking.organisation_id or viewer.acting_for
    rules.require(viewer, "disclosure.request", organisation_id)
    listing = listing_seen(session, kind, listing_id, viewer)
    asker = _asker(session, organisation_id)
    if why_not := why_not_asked(session, listing, viewer):
        raise NotAllowed(why_not)
    if problems := list(_problems(asking)):
        raise Invalid(problems)
    row = Disclosure(
        kind=kind, listing_id=listing_id, audience=Audience.ORGANISATION,
        organisation_id=asker.id, purpose=asking.purpose.strip(),
        promise=promise_of(asker.name, listing.title), requested_by=viewer.person_id or 0,
        requested_at=now,
    )  # fmt: skip
    add(session, row)
    after = {
        "kind": kind, "listing_id": listing_id, "organisation_id": asker.id,
        "promise": digest_of(row.promise),
    }  # fmt: skip
    ledger.note(session, viewer, now, "disclosure.request", "disclosure", row.id, after=after)
    owner = session.get(Organisation, listing.owner_id)
    notices.tell(session, "disclosure.request", row, owner, viewer, now)
    return row


def answer(
    session: Session, id: int, name: str, viewer: Viewer, now: datetime, *, reason: str = ""
) -> Disclosure:
    """Grant, refuse or end what an organisation asked for, on behalf of the owner."""
    row, listing = stored(session, id, Audience.ORGANISATION)
    if not viewer.holds(Permission.LISTING_OWN, listing.owner_id):
        raise NotFound
    owner = session.get(Organisation, listing.owner_id)
    workflow.apply(
        session, "disclosure", name, row, owner, viewer, now, reason=checked_reason(reason),
        after={"organisation_id": row.organisation_id},
    )  # fmt: skip
    row.decided_by, row.decided_at, row.reason = viewer.person_id, now, reason.strip()
    return row


def stored(session: Session, id: int, audience: Audience) -> tuple[Disclosure, Listing]:
    row = row_or_none(session, Disclosure, id)
    listing = session.get(TABLES[row.kind].listing, row.listing_id) if row else None
    if row is None or listing is None or row.audience is not audience:
        raise NotFound
    return row, listing


def _asker(session: Session, id: int | None) -> Organisation:
    asker = session.get(Organisation, id) if id is not None else None
    if asker is None:
        raise Invalid([Problem("organisation", "请选择以哪个单位的名义申请。")])
    if asker.merged_into_id is not None:
        raise NotAllowed("该单位已并入其他单位，请以合并后的单位申请。")
    return asker


def _problems(asking: Asking) -> Iterator[Problem]:
    purpose = asking.purpose.strip()
    if len(purpose) < LEAST_PURPOSE or not has_words(purpose) or is_binary(purpose):
        yield Problem(
            "purpose", f"请写明用途和合作意向，至少 {LEAST_PURPOSE} 个字，发布单位据此决定。"
        )
    elif len(purpose) > MOST_PURPOSE:
        yield Problem("purpose", f"用途最多 {MOST_PURPOSE:,} 字，现有 {len(purpose):,} 字。")
    if not asking.is_promised:
        yield Problem("promise", "请先阅读并同意保密承诺。")


def checked_reason(reason: str) -> str:
    if len(reason) > MOST_REASON:
        raise Invalid([Problem("reason", f"理由最多 {MOST_REASON:,} 字。")])
    return reason


def add(session: Session, row: Disclosure) -> None:
    """Store it unless one like it is open; the database decides between two at once."""
    same = select(Disclosure).where(
        col(Disclosure.kind) == row.kind,
        col(Disclosure.listing_id) == row.listing_id,
        col(Disclosure.organisation_id) == row.organisation_id
        if row.organisation_id
        else col(Disclosure.person_id) == row.person_id,
        col(Disclosure.state).in_(OPEN),
    )
    found = session.execute(same).scalars().first()
    if found is not None:
        raise NotAllowed(_why_again(found))
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise NotAllowed(_why_again(row)) from error


def _why_again(row: Disclosure) -> str:
    if row.audience is Audience.EXPERT:
        return IS_EXPERT
    return IS_GRANTED if row.state is DisclosureState.GRANTED else IS_WAITING
