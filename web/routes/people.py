"""People, for administrators: who there is, the roles they hold, and the locks on an account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market.actions import grants, second_step
from market.errors import Invalid, NotFound, Problem
from market.models import Role
from market.models.enums import PLATFORM_ROLES
from market.queries.people import people, person_by_id
from market.roles import Viewer
from web.deps import Db, Now, Posted, Tx, may
from web.forms.accounts import Kept
from web.forms.organisations import entered, one_of, whole
from web.refusals import form_page, told
from web.render import go, page

router = APIRouter(prefix="/bureau/people")
Administrator = Annotated[Viewer, Depends(may("person.view"))]
Granting = Annotated[Viewer, Depends(may("person.grant"))]
Suspending = Annotated[Viewer, Depends(may("person.suspend"))]
Lifting = Annotated[Viewer, Depends(may("person.lift"))]


@router.get("")
def show_people(request: Request, session: Db, viewer: Administrator) -> HTMLResponse:
    given = entered(request.query_params, "q", "page")
    found = people(session, viewer, given["q"][:100], whole(given["page"]) or 1)
    return page(request, "bureau/people.html", found=found, q=given["q"][:100])


@router.get("/{id}")
def show_person(request: Request, id: int, session: Db, viewer: Administrator) -> HTMLResponse:
    return _person(request, session, id, viewer)


@router.post("/{id}/grants")
def grant(
    request: Request, id: int, given: Posted, session: Tx, viewer: Granting, now: Now
) -> Response:
    typed = entered(given, "role")
    with told(session) as problems:
        role = one_of(Role, typed["role"])
        if role is None:
            raise Invalid([Problem("role", "请选择要授予的角色。")])
        grants.grant(session, id, role, viewer, now)
    if problems:
        return _person(request, session, id, viewer, problems, typed)
    return go(request, f"/bureau/people/{id}", "角色已授予，本人会收到通知。")


@router.post("/{id}/grants/{grant_id}/end")
def end_grant(
    request: Request, id: int, grant_id: int, session: Tx, viewer: Granting, now: Now
) -> Response:
    with told(session) as problems:
        if grant_id not in {grant.id for grant in person_by_id(session, id, viewer).grants}:
            raise NotFound
        grants.end(session, grant_id, viewer, now)
    if problems:
        return _person(request, session, id, viewer, problems)
    return go(request, f"/bureau/people/{id}", "角色已收回，即刻生效。")


@router.post("/{id}/suspension")
def suspend(
    request: Request, id: int, given: Posted, session: Tx, viewer: Suspending, now: Now
) -> Response:
    typed = entered(given, "reason")
    with told(session) as problems:
        grants.suspend(session, id, viewer, now, typed["reason"])
    if problems:
        return _person(request, session, id, viewer, problems, typed)
    return go(request, f"/bureau/people/{id}", "账号已停用，所有登录已结束。")


@router.post("/{id}/resumption")
def resume(request: Request, id: int, session: Tx, viewer: Suspending, now: Now) -> Response:
    with told(session) as problems:
        grants.resume(session, id, viewer, now)
    if problems:
        return _person(request, session, id, viewer, problems)
    return go(request, f"/bureau/people/{id}", "账号已恢复，本人可以重新登录。")


@router.post("/{id}/second-step")
def lift(request: Request, id: int, session: Tx, viewer: Lifting, now: Now) -> Response:
    with told(session) as problems:
        second_step.lift(session, id, viewer, now)
    if problems:
        return _person(request, session, id, viewer, problems)
    return go(request, f"/bureau/people/{id}", "两步验证已解除，本人须重新登录。")


def _person(
    request: Request, session: Session, id: int, viewer: Viewer,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    found = person_by_id(session, id, viewer)
    held = {grant.role for grant in found.grants}
    return form_page(
        request, "bureau/person.html", problems, typed, person=found,
        roles=[role for role in PLATFORM_ROLES if role not in held],
        is_self=id == viewer.person_id,
    )  # fmt: skip
