"""Organisations, their members and invitations, and the bureau's decisions on them, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from market.actions import certifications, invitations, memberships, merges, organisations
from market.models import MembershipState, Role
from market.queries import memberships as reading
from market.queries.certifications import certification_by_id, certification_page
from market.queries.organisations import (
    organisation_by_id,
    organisation_page,
)
from market.roles import Viewer
from web.api.once import Once
from web.api.organisation_models import (
    BelongingOut,
    CertificationDetailOut,
    CertificationList,
    CertificationOut,
    DecisionIn,
    DirectoryQuery,
    DoneOut,
    InvitationIn,
    InvitationOut,
    MembershipOut,
    MergeDecisionIn,
    MergeIn,
    MoveIn,
    NoteIn,
    OrganisationChange,
    OrganisationIn,
    OrganisationList,
    OrganisationOut,
    QueueQuery,
    organisation_out,
)
from web.deps import Db, Directory, Now, Tx, limited, may

router = APIRouter(tags=["单位"], route_class=Once)
Member = Annotated[Viewer, Depends(may("account.use"))]
Founder = Annotated[Viewer, Depends(may("organisation.create"))]
Asking = Annotated[Viewer, Depends(may("membership.request"))]
Leaving = Annotated[Viewer, Depends(may("membership.leave"))]
Invited = Annotated[Viewer, Depends(may("invitation.accept"))]
Queue = Annotated[Viewer, Depends(may("queue.view"))]
Preparer = Annotated[Viewer, Depends(may("merge.prepare"))]
WRITES = [Depends(limited("write"))]


@router.get("/organisations", summary="单位名录")
def organisation_list(
    query: Annotated[DirectoryQuery, Query()], session: Db, viewer: Directory
) -> OrganisationList:
    found = organisation_page(session, viewer, **query.model_dump())
    return OrganisationList(
        items=[organisation_out(row) for row in found.rows],
        total=found.total, page=found.page, pages=found.pages,
    )  # fmt: skip


@router.post("/organisations", summary="创建单位", dependencies=WRITES)
def create(given: OrganisationIn, session: Tx, viewer: Founder, now: Now) -> DoneOut:
    body = organisations.create(session, given.draft(), viewer, now)
    return DoneOut(id=body.id or 0, state=body.standing)


@router.get("/organisations/mine", summary="您所在的单位")
def mine(session: Db, viewer: Member) -> list[BelongingOut]:
    return [
        BelongingOut(id=b.id, name=b.name, role=b.role, state=b.state, standing=b.standing)
        for b in reading.belongings(session, viewer)
    ]


@router.get("/organisations/{id}", summary="一家单位")
def organisation(id: int, session: Db, viewer: Directory) -> OrganisationOut:
    return organisation_out(organisation_by_id(session, id, viewer))


@router.put("/organisations/{id}", summary="修改单位资料", dependencies=WRITES)
def change(id: int, given: OrganisationChange, session: Tx, viewer: Member, now: Now) -> DoneOut:
    body = organisations.change(session, id, given.draft(), given.version, viewer, now)
    return DoneOut(id=id, state=body.standing)


@router.post("/organisations/{id}/requests", summary="申请加入", dependencies=WRITES)
def request(id: int, given: NoteIn, session: Tx, viewer: Asking, now: Now) -> DoneOut:
    row = memberships.request(session, id, given.note, viewer, now)
    return DoneOut(id=row.id or 0, state=row.state)


@router.post("/organisations/{id}/leave", summary="离开单位，或撤回申请", dependencies=WRITES)
def leave(id: int, session: Tx, viewer: Leaving, now: Now) -> DoneOut:
    memberships.leave(session, id, viewer, now)
    return DoneOut(id=id, state=MembershipState.ENDED)


@router.get("/organisations/{id}/members", summary="成员（限本单位和主管部门）")
def members(id: int, session: Db, viewer: Member) -> list[MembershipOut]:
    return [
        MembershipOut(
            id=row.id, person_id=row.person_id, name=row.name, role=row.role, state=row.state,
            note=row.note, since=row.since,
        )
        for row in reading.members(session, id, viewer)
    ]  # fmt: skip


@router.post("/memberships/{id}/moves", summary="答复、移出成员，调整角色", dependencies=WRITES)
def answer(id: int, given: MoveIn, session: Tx, viewer: Member, now: Now) -> DoneOut:
    role = Role(given.role) if given.role else None
    if given.name == "promote":
        row = memberships.promote(session, id, role or Role.VIEWER, viewer, now)
    else:
        row = memberships.answer(
            session, id, given.name, viewer, now, role=role, reason=given.reason
        )
    return DoneOut(id=id, state=row.state)


@router.get("/organisations/{id}/invitations", summary="发出的邀请（限负责人）")
def invitation_list(id: int, session: Db, viewer: Member) -> list[InvitationOut]:
    return [
        InvitationOut(
            id=row.id, target=row.target, role=row.role, expires_at=row.expires_at,
            accepted_at=row.accepted_at, revoked_at=row.revoked_at,
        )
        for row in reading.invitations(session, id, viewer)
    ]  # fmt: skip


@router.post(
    "/organisations/{id}/invitations", summary="邀请同事",
    dependencies=[Depends(limited("code-address"))],
)  # fmt: skip
def invite(id: int, given: InvitationIn, session: Tx, viewer: Member, now: Now) -> DoneOut:
    row = invitations.invite(session, id, given.target, Role(given.role), viewer, now)
    return DoneOut(id=row.id or 0, state="sent")


@router.delete("/invitations/{id}", summary="撤回邀请", dependencies=WRITES)
def revoke(id: int, session: Tx, viewer: Member, now: Now) -> DoneOut:
    invitations.revoke(session, id, viewer, now)
    return DoneOut(id=id, state="revoked")


@router.post("/invitations/{token}/acceptance", summary="接受邀请", dependencies=WRITES)
def accept(token: str, session: Tx, viewer: Invited, now: Now) -> DoneOut:
    row = invitations.accept(session, token, viewer, now)
    return DoneOut(id=row.id or 0, state=row.state)


@router.get("/certifications", summary="认证申请（限主管部门）", tags=["主管部门"])
def certification_list(
    query: Annotated[QueueQuery, Query()], session: Db, viewer: Queue, now: Now
) -> CertificationList:
    found = certification_page(session, viewer, now, is_open=query.state == "open", page=query.page)
    items = [
        CertificationOut(
            id=row.id, organisation_id=row.organisation_id, organisation=row.organisation,
            state=row.state, submitted_at=row.submitted_at, decided_at=row.decided_at,
            days=row.days,
        )
        for row in found.rows
    ]  # fmt: skip
    return CertificationList(items=items, total=found.total, page=found.page, pages=found.pages)


@router.get("/certifications/{id}", summary="一份认证申请（限主管部门）", tags=["主管部门"])
def certification(id: int, session: Db, viewer: Queue, now: Now) -> CertificationDetailOut:
    found = certification_by_id(session, id, viewer, now)
    row = found.row
    return CertificationDetailOut(
        id=id, organisation_id=row.organisation_id, organisation=found.organisation.name,
        state=row.state, submitted_at=row.submitted_at, decided_at=row.decided_at,
        days=found.days, statement=row.statement, reason=row.reason, is_claim=found.is_claim,
        papers=[paper.name for paper in found.papers],
        checks=[check.text for check in found.checks], twins=[twin.id for twin in found.twins],
        moves=[move.name for move in found.moves],
    )  # fmt: skip


@router.post(
    "/certifications/{id}/moves", summary="核验认证（限经办人）", tags=["主管部门"],
    dependencies=WRITES,
)  # fmt: skip
def decide(id: int, given: DecisionIn, session: Tx, viewer: Queue, now: Now) -> DoneOut:
    row = certifications.decide(session, id, given.name, viewer, now, given.reason)
    return DoneOut(id=id, state=row.state)


@router.post("/merges", summary="经办单位合并（限经办人）", tags=["主管部门"], dependencies=WRITES)
def prepare(given: MergeIn, session: Tx, viewer: Preparer, now: Now) -> DoneOut:
    row = merges.prepare(session, given.source, given.target, given.reason, viewer, now)
    return DoneOut(id=row.id or 0, state=row.state)


@router.post(
    "/merges/{id}/moves", summary="决定单位合并（限审批人）", tags=["主管部门"],
    dependencies=WRITES,
)  # fmt: skip
def decide_merge(id: int, given: MergeDecisionIn, session: Tx, viewer: Queue, now: Now) -> DoneOut:
    row = merges.decide(session, id, given.name, viewer, now, given.reason)
    return DoneOut(id=id, state=row.state)
