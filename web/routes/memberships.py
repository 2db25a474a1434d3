"""Joining an organisation, its members, its invitations, and the link of an invitation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from market import rules
from market.actions import invitations, memberships
from market.contacts import channel_of
from market.errors import Invalid, NotFound, Problem
from market.models import Membership
from market.models.enums import MEMBERSHIP_ROLES
from market.policy import current
from market.queries import memberships as reading
from market.queries.organisations import organisation_by_id
from market.roles import Viewer
from market.texts import masked
from web.deps import Db, Now, Posted, Tx, limited, may
from web.forms.accounts import Kept
from web.forms.organisations import entered, role_of
from web.refusals import form_page, told
from web.render import go
from web.routes.organisations import Member

router = APIRouter()
Asking = Annotated[Viewer, Depends(may("membership.request"))]
Leaving = Annotated[Viewer, Depends(may("membership.leave"))]
Invited = Annotated[Viewer, Depends(may("invitation.accept"))]
Holder = Annotated[Viewer, Depends(may("account.sign-in"))]
"""Whoever holds a link may look at what it offers before signing in."""
HOME = "/organisations/{id}"
SAID = {
    "accept": "已同意加入。", "refuse": "没有同意加入，对方会收到通知。", "remove": "已移出单位。",
    "promote": "角色已调整。",
}  # fmt: skip
UNKNOWN_MOVE = "没有这个操作，请从页面上的按钮进入。"


@router.get(HOME + "/join")
def open_join(request: Request, id: int, session: Db, viewer: Asking) -> Response:
    body = organisation_by_id(session, id, viewer)
    if not reading.has_owner(session, id):
        return RedirectResponse(f"/organisations/{id}/certification", 303)
    return _join(request, session, body.id, viewer)


@router.post(HOME + "/join", dependencies=[Depends(limited("write"))])
def join(
    request: Request, id: int, given: Posted, session: Tx, viewer: Asking, now: Now
) -> Response:
    typed = entered(given, "note")
    with told(session) as problems:
        memberships.request(session, id, typed["note"], viewer, now)
    if problems:
        return _join(request, session, id, viewer, problems, typed)
    return go(request, f"/organisations/{id}", "申请已送达单位负责人，答复后会通知您。")


@router.get(HOME + "/members")
def show_members(request: Request, id: int, session: Db, viewer: Member) -> HTMLResponse:
    return _members(request, session, id, viewer)


@router.post(HOME + "/members/{membership_id}")
def answer(
    request: Request, id: int, membership_id: int, given: Posted, session: Tx, viewer: Member,
    now: Now,
) -> Response:  # fmt: skip
    typed = entered(given, "move", "role")
    with told(session) as problems:
        row = _apply(session, membership_id, typed, viewer, now)
        if row.organisation_id != id:
            raise NotFound
    if problems:
        return _members(request, session, id, viewer, problems)
    return go(request, f"/organisations/{id}/members", SAID[typed["move"]])


@router.post(HOME + "/leave")
def leave(request: Request, id: int, session: Tx, viewer: Leaving, now: Now) -> Response:
    with told(session) as problems:
        memberships.leave(session, id, viewer, now)
    if problems:
        return _members(request, session, id, viewer, problems)
    return go(request, "/organisations", "您已不在这家单位。")


@router.get(HOME + "/invitations")
def show_invitations(
    request: Request, id: int, session: Db, viewer: Member, now: Now
) -> HTMLResponse:
    return _invitations(request, session, id, viewer, now)


@router.post(HOME + "/invitations", dependencies=[Depends(limited("code-address"))])
def invite(
    request: Request, id: int, given: Posted, session: Tx, viewer: Member, now: Now
) -> Response:
    typed = entered(given, "target", "role")
    with told(session) as problems:
        role = role_of(typed)
        if role is None:
            raise Invalid([Problem("role", "请选择对方加入后的角色。")])
        row = invitations.invite(session, id, typed["target"], role, viewer, now)
    if problems:
        return _invitations(request, session, id, viewer, now, problems, typed)
    word = "短信" if channel_of(row.target).value == "sms" else "邮件"
    return go(
        request, f"/organisations/{id}/invitations", f"邀请{word}已发往 {masked(row.target)}。"
    )


@router.post(HOME + "/invitations/{invitation_id}/revocation")
def revoke(
    request: Request, id: int, invitation_id: int, session: Tx, viewer: Member, now: Now
) -> Response:
    with told(session) as problems:
        row = invitations.revoke(session, invitation_id, viewer, now)
        if row.organisation_id != id:
            raise NotFound
    if problems:
        return _invitations(request, session, id, viewer, now, problems)
    return go(request, f"/organisations/{id}/invitations", "邀请已撤回，链接不再有效。")


@router.get("/invitations/{token}")
def show_offer(request: Request, token: str, session: Db, viewer: Holder, now: Now) -> HTMLResponse:
    return _offer(request, session, token, viewer, now)


@router.post("/invitations/{token}")
def accept(request: Request, token: str, session: Tx, viewer: Invited, now: Now) -> Response:
    with told(session) as problems:
        row = invitations.accept(session, token, viewer, now)
    if problems:
        return _offer(request, session, token, viewer, now, problems)
    said = f"您已加入，角色是{row.role.text}。"
    return go(request, f"/organisations/{row.organisation_id}", said)


def _apply(
    session: Session, membership_id: int, typed: Kept, viewer: Viewer, now: Now
) -> Membership:
    name, role = typed["move"], role_of(typed)
    if name == "promote" and role is not None:
        return memberships.promote(session, membership_id, role, viewer, now)
    if name not in ("accept", "refuse", "remove"):
        raise Invalid([Problem("page", UNKNOWN_MOVE)])
    return memberships.answer(session, membership_id, name, viewer, now, role=role)


def _join(
    request: Request, session: Session, id: int, viewer: Viewer,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    return form_page(
        request, "organisations/join.html", problems, typed,
        organisation=organisation_by_id(session, id, viewer),
        mine=reading.own_membership(session, id, viewer), most=memberships.MAX_NOTE,
    )  # fmt: skip


def _members(
    request: Request, session: Session, id: int, viewer: Viewer, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    body = reading.inside(session, id, viewer)
    return form_page(
        request, "organisations/members.html", problems, organisation=body,
        members=reading.members(session, id, viewer), roles=MEMBERSHIP_ROLES,
        manages=rules.may(viewer, "membership.manage", id),
    )  # fmt: skip


def _invitations(
    request: Request, session: Session, id: int, viewer: Viewer, now: Now,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    body = reading.inside(session, id, viewer)
    return form_page(
        request, "organisations/invitations.html", problems, typed or Kept(role="editor"),
        organisation=body, rows=reading.invitations(session, id, viewer), roles=MEMBERSHIP_ROLES,
        now=now, days=current().invitation_days, manages=True,
    )  # fmt: skip


def _offer(
    request: Request, session: Session, token: str, viewer: Viewer, now: Now,
    problems: Sequence[Problem] = (),
) -> HTMLResponse:  # fmt: skip
    offer = invitations.offer_of(session, token, now)
    mine = reading.own_membership(session, offer.organisation_id, viewer)
    return form_page(request, "invitations/show.html", problems, offer=offer, mine=mine)
