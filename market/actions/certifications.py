"""Proving what an organisation is: its owner hands in papers, the bureau decides.

An organisation without an owner (it came from a file) is claimed the same way: whoever hands in
its papers becomes its owner once the bureau has verified them, and nobody before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from market import ledger, notices, rules, workflow
from market.actions import organisation_drafts
from market.actions.memberships import joinable
from market.actions.organisation_drafts import NUMBERS, OrganisationDraft
from market.actions.organisations import held
from market.db import row_or_none
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models.attachments import Attachment
from market.models.certifications import Certification
from market.models.enums import CertificationState, MembershipState, Role, Standing
from market.models.memberships import Membership
from market.models.organisations import Organisation
from market.models.people import Person
from market.queries.certifications import is_in_force
from market.queries.memberships import has_owner
from market.roles import Viewer

MAX_STATEMENT = 2_000
NOUN = "certification"
WAITING = "认证申请已经提交，正在等主管部门核验。"


def submit(
    session: Session, organisation_id: int, statement: str, viewer: Viewer, now: datetime, *,
    attach: Callable[[Certification], object], numbers: OrganisationDraft | None = None,
) -> Certification:  # fmt: skip
    """Hand in a certification. `attach` stores its papers, for they need its id; without a single
    one nothing is handed in. For an organisation without an owner this is a claim to it, which
    names the body's number (the rest of `numbers` is not read) where none is on record."""
    body = _own_or_claimed(session, organisation_id, viewer)
    if len(statement := statement.strip()) > MAX_STATEMENT:
        raise Invalid([Problem("statement", f"说明最多 {MAX_STATEMENT:,} 字。")])
    named = {} if _has_number(body) else _named(session, body, numbers, viewer)
    row = Certification(
        organisation_id=organisation_id, statement=statement, submitted_by=viewer.person_id or 0,
        submitted_at=now, **named,
    )  # fmt: skip
    _store(session, row)
    attach(row)
    if not _papers(session, row):
        raise Invalid([Problem("proof", "请上传至少一份证明材料，例如营业执照或法人证书。")])
    after = {"organisation_id": organisation_id, "is_claim": not _owns(viewer, organisation_id)}
    ledger.note(session, viewer, now, "certification.submit", NOUN, row.id, after=after)
    notices.tell(session, "certification.submit", row, body, viewer, now)
    return row


def withdraw(session: Session, id: int, viewer: Viewer, now: datetime) -> Certification:
    """Take back what was handed in: an owner for the organisation, a claimant for themselves."""
    row, body = _known(session, id)
    if row.submitted_by == viewer.person_id and not _owns(viewer, row.organisation_id):
        rules.require(viewer, "organisation.claim")
        _take_back(session, row, body, viewer, now)
    else:
        held(session, row.organisation_id, viewer)
        workflow.apply(session, NOUN, "withdraw", row, body, viewer, now)
    row.decided_at = now
    session.add(row)
    return row


def decide(
    session: Session, id: int, name: str, viewer: Viewer, now: datetime, reason: str = ""
) -> Certification:
    """Apply verify, refuse or revoke, with what follows for the organisation."""
    rules.require(viewer, f"certification.{name}")
    row, body = _known(session, id)
    if name == "withdraw":
        raise NotAllowed("撤回由提交申请的单位自己办理。")
    if name == "revoke" and not is_in_force(session, row, body):
        raise NotAllowed("这份认证已经不是现行的，不用撤销。")
    after: dict[str, object] = {"organisation_id": body.id}
    if name == "verify" and not _has_number(body):
        after |= _take_number(session, row, body)
    workflow.apply(session, NOUN, name, row, body, viewer, now, reason=reason.strip(), after=after)
    row.decided_by, row.decided_at, row.reason = viewer.person_id, now, reason.strip()
    session.add(row)
    if name != "refuse":
        _give(session, body, Standing.VERIFIED if name == "verify" else Standing.UNVERIFIED, now)
    if name == "verify" and not has_owner(session, row.organisation_id):
        _hand_over(session, row, viewer, now)
    session.flush()
    return row


def _own_or_claimed(session: Session, organisation_id: int, viewer: Viewer) -> Organisation:
    if rules.may(viewer, "organisation.open", organisation_id):
        body = held(session, organisation_id, viewer)
        if has_owner(session, organisation_id):
            rules.require(viewer, "certification.submit", organisation_id)
        return body
    rules.require(viewer, "organisation.claim")
    body = joinable(session, organisation_id, viewer)
    if has_owner(session, organisation_id):
        raise NotAllowed("这家单位已经有负责人，请申请加入，由负责人提交认证。")
    return body


def _has_number(body: Organisation) -> bool:
    return bool(body.credit_code or body.registration_number)


def _named(
    session: Session, body: Organisation, draft: OrganisationDraft | None, viewer: Viewer
) -> dict[str, Any]:
    """The number that a claim names. An owner writes it into the organisation itself."""
    if _owns(viewer, body.id or 0):
        raise Invalid([Problem("page", "请先在“资料”里填写统一社会信用代码或港澳登记号。")])
    given = replace(draft, is_demo=body.is_demo) if draft else None
    named = organisation_drafts.numbers(session, given) if given else {}
    if not any(named.values()):
        raise Invalid([Problem("credit_code", "请填写统一社会信用代码；港澳单位填登记号。")])
    return named


def _take_number(session: Session, row: Certification, body: Organisation) -> dict[str, object]:
    """Write the number that was claimed, unless it turned out to be another body's."""
    named = {name: getattr(row, name) for name in NUMBERS if getattr(row, name)}
    if not named:
        return {}
    taken = select(col(Organisation.id)).filter_by(**named).where(col(Organisation.id) != body.id)
    if session.execute(taken).first():
        raise NotAllowed("这个号码已在另一家单位名下。请先核对是否为同一家单位，必要时经办合并。")
    for name, value in named.items():
        setattr(body, name, value)
    session.add(body)
    return dict(named)


def _owns(viewer: Viewer, organisation_id: int) -> bool:
    return rules.may(viewer, "certification.submit", organisation_id)


def _known(session: Session, id: int) -> tuple[Certification, Organisation]:
    row = row_or_none(session, Certification, id)
    body = session.get(
        Organisation, row.organisation_id, with_for_update=True, populate_existing=True
    ) if row else None  # fmt: skip
    if row is None or body is None:
        raise NotFound
    return row, body


def _store(session: Session, row: Certification) -> None:
    """Write it; at most one is open for an organisation, whoever handed it in."""
    waiting = select(col(Certification.id)).where(
        col(Certification.organisation_id) == row.organisation_id,
        col(Certification.state) == CertificationState.SUBMITTED,
    )
    if session.execute(waiting).first():
        raise NotAllowed(WAITING)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise NotAllowed(WAITING) from None


def _papers(session: Session, row: Certification) -> int:
    query = select(func.count()).select_from(Attachment).where(
        col(Attachment.noun) == NOUN,
        col(Attachment.noun_id) == row.id,
        col(Attachment.removed_at).is_(None),
    )  # fmt: skip
    return session.execute(query).scalar() or 0


def _take_back(
    session: Session, row: Certification, body: Organisation, viewer: Viewer, now: datetime
) -> None:
    workflow.lock(session, row)
    if row.state is not CertificationState.SUBMITTED:
        raise NotAllowed(workflow.OVERTAKEN)
    row.state = CertificationState.WITHDRAWN
    ledger.note(
        session, viewer, now, "certification.withdraw", NOUN, row.id,
        before={"state": CertificationState.SUBMITTED}, after={"state": row.state},
    )  # fmt: skip
    notices.tell(session, "certification.withdraw", row, body, viewer, now)


def _give(session: Session, body: Organisation, standing: Standing, now: datetime) -> None:
    """Write the bureau's word; a form that was opened before is then out of date."""
    body.standing = standing
    body.verified_at = now if standing is Standing.VERIFIED else None
    body.version += 1
    session.add(body)


def _hand_over(session: Session, row: Certification, viewer: Viewer, now: datetime) -> None:
    """The claimant becomes the owner, whether or not they are a member already."""
    person = session.get(Person, row.submitted_by)
    if person is None or person.erased_at is not None:
        return
    query = select(Membership).where(
        col(Membership.organisation_id) == row.organisation_id,
        col(Membership.person_id) == person.key,
        col(Membership.state).in_((MembershipState.REQUESTED, MembershipState.ACTIVE)),
    )
    mine = session.execute(query).scalars().first() or Membership(
        person_id=person.key, organisation_id=row.organisation_id, role=Role.OWNER, since=now
    )
    mine.role, mine.state, mine.decided_by = Role.OWNER, MembershipState.ACTIVE, viewer.person_id
    if person.acting_for is None:
        person.acting_for = row.organisation_id
    session.add_all([mine, person])
    session.flush()
    after = {"role": Role.OWNER, "person_id": person.key, "organisation_id": row.organisation_id}
    ledger.note(session, viewer, now, "organisation.claim", "membership", mine.id, after=after)
