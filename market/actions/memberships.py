"""Joining an organisation, being answered, changing roles, leaving. Somebody always owns it as long
as it has other members or open matters; every step that could end that holds its row first."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from market import ledger, notices, rules, workflow
from market.actions.organisation_drafts import OPEN_KINDS, one_line
from market.actions.organisations import held, person_of
from market.db import row_by_id
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models.enums import MEMBERSHIP_ROLES, MembershipState, OrganisationKind, Role
from market.models.memberships import Membership
from market.models.organisations import Organisation
from market.models.people import Person
from market.queries.directory import is_shown
from market.queries.memberships import has_owner, open_matters, others, own_membership
from market.roles import Viewer

MAX_NOTE = 300
ASKS, ASKS_IN = 3, timedelta(days=7)
"""How often one person may ask one organisation: an answer is not to be worn down."""
CLAIM_FIRST = (
    "这家单位还没有负责人。请上传证明材料认领；经主管部门核验后，您就是它的负责人。"
)  # fmt: skip


def request(
    session: Session, organisation_id: int, note: str, viewer: Viewer, now: datetime
) -> Membership:
    """Ask to join. What role it will be, the owner says."""
    rules.require(viewer, "membership.request")
    person, body = person_of(session, viewer), joinable(session, organisation_id, viewer)
    note = one_line(note)
    if len(note) > MAX_NOTE:
        raise Invalid([Problem("note", f"申请说明最多 {MAX_NOTE} 字。")])
    refuse_twice(session, organisation_id, viewer)
    if not has_owner(session, organisation_id):
        raise NotAllowed(CLAIM_FIRST)
    if _asked(session, person, organisation_id, now) >= ASKS:
        raise NotAllowed("您一周内已经申请过几次。请先与单位负责人联系，由对方发邀请给您。")
    row = Membership(
        person_id=person.key, organisation_id=organisation_id, role=Role.VIEWER,
        state=MembershipState.REQUESTED, note=note, since=now,
    )  # fmt: skip
    store(session, row)
    after = {"organisation_id": organisation_id, "person_id": person.key}
    ledger.note(session, viewer, now, "membership.request", "membership", row.id, after=after)
    notices.tell(session, "membership.request", row, body, viewer, now)
    return row


def answer(
    session: Session, membership_id: int, name: str, viewer: Viewer, now: datetime, *,
    role: Role | None = None, reason: str = "",
) -> Membership:  # fmt: skip
    """Apply accept, refuse or remove. `role` is what somebody is accepted as, reading only unless
    it says more; to take in another owner is as grave as to make one."""
    row, body = _of_own(session, membership_id, viewer)
    after: dict[str, object] = {"person_id": row.person_id, "organisation_id": body.id}
    if name == "accept":
        role = _known(role or Role.VIEWER)
        if role is Role.OWNER:
            rules.require(viewer, "membership.promote", body.id, now=now)
        after["role"] = row.role = role
    elif name == "remove":
        rules.require(viewer, "membership.remove", body.id)
        _keep_an_owner(session, row)
    workflow.apply(
        session, "membership", name, row, body, viewer, now, reason=reason, after=after
    )  # fmt: skip
    row.decided_by = viewer.person_id
    _settle(session, row, now)
    return row


def promote(
    session: Session, membership_id: int, role: Role, viewer: Viewer, now: datetime
) -> Membership:
    """Give a member another role; the last owner stays one."""
    row, body = _of_own(session, membership_id, viewer)
    rules.require(viewer, "membership.promote", body.id, now=now)
    if row.state is not MembershipState.ACTIVE:
        raise NotAllowed("先同意对方加入，再调整角色。")
    if row.role is _known(role):
        return row
    if row.role is Role.OWNER and not has_owner(session, row.organisation_id, besides=row.id):
        raise NotAllowed("单位至少要有一位负责人。请先把另一位成员设为负责人，再改变这一位的角色。")
    before, row.role, row.decided_by = row.role, role, viewer.person_id
    session.add(row)
    ledger.note(
        session, viewer, now, "membership.promote", "membership", row.id,
        before={"role": before}, after={"role": role, "person_id": row.person_id},
    )  # fmt: skip
    notices.tell(session, "membership.promote", row, body, viewer, now)
    return row


def leave(session: Session, organisation_id: int, viewer: Viewer, now: datetime) -> None:
    """Leave an organisation, or take back having asked to join it."""
    rules.require(viewer, "membership.leave")
    if own_membership(session, organisation_id, viewer) is None:
        raise NotFound
    body = session.get(
        Organisation, organisation_id, with_for_update=True, populate_existing=True
    )  # fmt: skip
    row = own_membership(session, organisation_id, viewer)
    if row is None or body is None:
        raise NotFound
    workflow.lock(session, row)
    _keep_an_owner(session, row)
    before, row.state = row.state, MembershipState.ENDED
    _settle(session, row, now)
    ledger.note(
        session, viewer, now, "membership.leave", "membership", row.id, before={"state": before},
        after={"state": row.state, "organisation_id": organisation_id},
    )  # fmt: skip
    notices.tell(session, "membership.leave", row, body, viewer, now)


def joinable(session: Session, organisation_id: int, viewer: Viewer) -> Organisation:
    """The organisation, held, if the viewer sees it and it is one that people join."""
    found = select(Organisation).where(
        col(Organisation.id) == organisation_id, is_shown(viewer)
    ).with_for_update()  # fmt: skip
    body: Organisation | None = None
    if 0 < organisation_id < 2**31:
        body = session.execute(found).scalars().first()
    if body is None:
        raise NotFound
    if body.kind is OrganisationKind.BUREAU:
        raise NotAllowed("主管部门的工作人员由系统管理员授予角色，不在这里申请。")
    if body.kind not in OPEN_KINDS:
        raise NotAllowed("这是数据来源的名称，不是一家单位，不能加入。")
    fits(person_of(session, viewer), body)
    return body


def fits(person: Person, body: Organisation) -> None:
    """Raise NotAllowed where demo and real would mix."""
    if person.is_demo != body.is_demo:
        raise NotAllowed(
            "这是示例单位，只供演示，不能加入。" if body.is_demo else "示例账号只能加入示例单位。"
        )


def refuse_twice(session: Session, organisation_id: int, viewer: Viewer) -> None:
    """Raise NotAllowed for a member, and for whoever asked already."""
    current = own_membership(session, organisation_id, viewer)
    if current is None:
        return
    if current.state is MembershipState.ACTIVE:
        raise NotAllowed("您已经是这家单位的成员。")
    raise NotAllowed("您已经申请加入，正在等单位负责人答复。")


def store(session: Session, row: Membership) -> None:
    """Write a new membership; a person has one in each organisation."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise NotAllowed("您已经是这家单位的成员，或者已经申请加入。") from None


def _of_own(
    session: Session, membership_id: int, viewer: Viewer
) -> tuple[Membership, Organisation]:
    """A membership in one of the viewer's organisations, with the organisation held."""
    row = row_by_id(session, Membership, membership_id)
    body = held(session, row.organisation_id, viewer)
    session.refresh(row)
    rules.require(viewer, "membership.manage", body.id)
    return row, body


def _known(role: Role) -> Role:
    if role not in MEMBERSHIP_ROLES:
        raise Invalid([Problem("role", "请选择负责人、编辑、只读成员或技术经理人。")])
    return role


def _asked(session: Session, person: Person, organisation_id: int, now: datetime) -> int:
    query = select(func.count()).select_from(Membership).where(
        col(Membership.person_id) == person.key,
        col(Membership.organisation_id) == organisation_id,
        col(Membership.since) > now - ASKS_IN,
        col(Membership.state).in_((MembershipState.REFUSED, MembershipState.ENDED)),
    )  # fmt: skip
    return session.execute(query).scalar() or 0


def _keep_an_owner(session: Session, row: Membership) -> None:
    """Raise NotAllowed where the last owner would go while others or open matters remain."""
    if row.role is not Role.OWNER or row.state is not MembershipState.ACTIVE:
        return
    if has_owner(session, row.organisation_id, besides=row.id):
        return
    if count := others(session, row.organisation_id, row.id):
        raise NotAllowed(
            f"您是唯一的负责人，单位还有 {count} 位成员。请先在“成员”页把其中一位设为负责人。"
        )
    if matters := open_matters(session, row.organisation_id):
        raise NotAllowed(
            f"您是唯一的负责人，单位还有{'、'.join(matters)}。"
            "请先办完、关闭或撤回，或者邀请同事加入并设为负责人。"
        )


def _settle(session: Session, row: Membership, now: datetime) -> None:
    """A membership that begins or ends, with what hangs on it."""
    if row.state is MembershipState.ACTIVE:
        row.since = now
    else:
        row.ended_at = now
        person = session.get(Person, row.person_id)
        if person is not None and person.acting_for == row.organisation_id:
            person.acting_for = None
            session.add(person)
    session.add(row)
    session.flush()
