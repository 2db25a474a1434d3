"""What can happen to an organisation 单位: a file records it, a person creates it, its owner
changes it. Members, proof and merging are next door: `memberships`, `certifications`, `merges`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from market import ledger, notices, rules
from market.actions.organisation_drafts import (
    IDENTITY,
    OPEN_KINDS,
    OrganisationDraft,
    checked,
    recorded,
)
from market.errors import Invalid, NotAllowed, NotFound, NotSignedIn, Problem
from market.models.certifications import Certification
from market.models.enums import CertificationState, Role, Standing
from market.models.memberships import Membership
from market.models.organisations import Organisation
from market.models.people import Person
from market.queries.directory import is_shown
from market.roles import Viewer

__all__ = [
    "IDENTITY",
    "OPEN_KINDS",
    "OrganisationDraft",
    "Overtaken",
    "Taken",
    "change",
    "create",
    "held",
    "person_of",
    "record",
]  # fmt: skip

TAKEN = "这家单位已经登记。不用重新创建，请申请加入。"
TAKEN_UNSEEN = (
    "这个号码已有人登记，但还没有认证，名录里看不到。请向登记的同事要邀请链接；如果不是同事登记的，"
    "可以先不填号码创建单位，再在申请认证时说明，由经办人核实后合并。"
)


class Taken(Invalid):
    """A body with this number is registered. `organisation_id` and `name` are given only where
    the directory shows it to the viewer anyway."""

    def __init__(self, problem: Problem, shown: Organisation | None) -> None:
        super().__init__([problem])
        self.organisation_id = shown.id if shown else None
        self.name = shown.name if shown else ""


class Overtaken(Invalid):
    """Somebody else saved first; `stored` is what stands there now."""

    def __init__(self, stored: Organisation) -> None:
        reason = "您填写期间有人修改了这份资料。下面保留了您填写的内容；再保存一次会以您的为准。"
        super().__init__([Problem("page", reason)])
        self.stored = stored


def record(
    session: Session, draft: OrganisationDraft, viewer: Viewer, now: datetime, *, origin: str = ""
) -> Organisation:
    """Store an organisation, or bring the one with its key to this draft."""
    rules.require(viewer, "organisation.record")
    values = recorded(session, draft)
    known = select(Organisation).where(col(Organisation.key) == draft.key)
    stored: Organisation | None = session.execute(known).scalars().first() if draft.key else None
    row = stored or Organisation(created_at=now, **values)
    before, after = _difference(row, values) if stored else (None, values)
    if stored and not after:
        return stored
    _write(session, row, after)
    ledger.note(
        session, viewer, now, "organisation.record", "organisation", row.id, before=before,
        after=after, origin=origin,
    )  # fmt: skip
    return row


def vouch(session: Session, row: Organisation, viewer: Viewer, now: datetime) -> None:
    """Take a body from a file as verified without papers: those of the demo are made up anyway."""
    rules.require(viewer, "organisation.record")
    if row.standing is Standing.VERIFIED:
        return
    row.standing, row.verified_at = Standing.VERIFIED, now
    session.add(row)
    after = {"standing": row.standing}
    ledger.note(session, viewer, now, "organisation.vouch", "organisation", row.id, after=after)


def create(
    session: Session, draft: OrganisationDraft, viewer: Viewer, now: datetime
) -> Organisation:
    """Store an organisation; whoever creates it is its owner and acts for it from now on, unless
    they act for another one. A demo account creates demo organisations, and nobody else does."""
    rules.require(viewer, "organisation.create")
    person = person_of(session, viewer)
    draft = _as_of(draft, is_demo=person.is_demo)
    values = checked(session, draft)
    _refuse_taken(session, values, viewer)
    row = Organisation(
        created_at=now, created_by=person.key, is_demo=person.is_demo, **values
    )  # fmt: skip
    _store(session, row, values, viewer)
    session.add(
        Membership(
            person_id=person.key, organisation_id=row.id or 0, role=Role.OWNER, since=now
        )
    )  # fmt: skip
    if person.acting_for is None:
        person.acting_for = row.id
        session.add(person)
    ledger.note(
        session, viewer, now, "organisation.create", "organisation", row.id,
        after={**values, "owner": person.key},
    )  # fmt: skip
    return row


def change(
    session: Session, id: int, draft: OrganisationDraft, version: int, viewer: Viewer, now: datetime
) -> Organisation:
    """Bring an organisation to this draft, as the form was opened with that version of it.

    The bureau's word is about its name and number: another one of these takes it back, and the
    next first listing is checked again.
    """
    row = held(session, id, viewer)
    rules.require(viewer, "organisation.change", id)
    values = checked(session, _as_of(draft, is_demo=row.is_demo), row.kind)
    before, after = _difference(row, values)
    if not after:
        return row
    if row.version != version:
        raise Overtaken(row)
    if set(IDENTITY) & after.keys():
        _refuse_taken(session, values, viewer, id)
        _refuse_while_checked(session, id)
        lost = {"standing": Standing.UNVERIFIED, "verified_at": None, "first_published_at": None}
        was, now_is = _difference(row, lost)
        before, after = before | was, after | now_is
    after["version"] = row.version + 1
    _store(session, row, after, viewer)
    ledger.note(
        session, viewer, now, "organisation.change", "organisation", id, before=before, after=after
    )
    notices.tell(session, "organisation.change", row, row, viewer, now)
    return row


def held(session: Session, id: int, viewer: Viewer) -> Organisation:
    """One of the viewer's own organisations, held until the transaction ends. To everybody else
    what goes on inside is not there."""
    if not rules.may(viewer, "organisation.open", id):
        if not viewer.is_signed_in:
            raise NotSignedIn("请先登录。")
        raise NotFound
    row = session.get(Organisation, id, with_for_update=True, populate_existing=True)
    if row is None or row.merged_into_id is not None:
        raise NotFound
    return row


def person_of(session: Session, viewer: Viewer) -> Person:
    """The account of whoever acts."""
    person = session.get(Person, viewer.person_id) if viewer.person_id else None
    if person is None:
        raise NotSignedIn("请先登录。")
    return person


def _as_of(draft: OrganisationDraft, *, is_demo: bool) -> OrganisationDraft:
    """The draft without what only a file may say."""
    values = {name: getattr(draft, name) for name in OrganisationDraft.__slots__}
    return OrganisationDraft(**{**values, "key": None, "is_demo": is_demo})


def _difference(
    row: Organisation, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [name for name in values if getattr(row, name) != values[name]]
    return {n: getattr(row, n) for n in names}, {n: values[n] for n in names}


def _write(session: Session, row: Organisation, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()


def _store(session: Session, row: Organisation, values: Mapping[str, Any], viewer: Viewer) -> None:
    """Write it, even where somebody registers the same code in this very moment."""
    try:
        with session.begin_nested():
            _write(session, row, values)
    except IntegrityError:
        session.expire_all()
        _refuse_taken(session, values, viewer)
        raise NotAllowed("刚刚有人登记了同一家单位，请在名录中查找后申请加入。") from None


def _refuse_taken(
    session: Session, values: Mapping[str, Any], viewer: Viewer, own: int | None = None
) -> None:
    """Raise Taken where another body has this number; of one that the directory does not show,
    nothing is told but that."""
    code, number = values.get("credit_code"), values.get("registration_number")
    same = {"credit_code": code} if code else {}
    if number and not code:
        names = ("registration_type", "registration_number")
        same = {name: values.get(name) for name in names}
    if not same:
        return
    query = select(Organisation).filter_by(**same).where(col(Organisation.id) != (own or 0))
    other = session.execute(query).scalars().first()
    if other is None:
        return
    shown_id = other.merged_into_id or other.id
    shown = select(Organisation).where(col(Organisation.id) == shown_id, is_shown(viewer))
    field = "credit_code" if code else "registration_number"
    body = session.execute(shown).scalars().first()
    raise Taken(Problem(field, TAKEN if body else TAKEN_UNSEEN), body)


def _refuse_while_checked(session: Session, id: int) -> None:
    """What the officer looks at must not change under their eyes."""
    query = select(col(Certification.id)).where(
        col(Certification.organisation_id) == id,
        col(Certification.state) == CertificationState.SUBMITTED,
    )
    if session.execute(query).first():
        raise NotAllowed(
            "认证正在核验，名称、类别和代码暂时不能改。需要修改的话，请先撤回认证申请，改好后再提交。"
        )
