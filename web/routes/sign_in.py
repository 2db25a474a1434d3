"""Signing in, the second step, signing out, and showing once more who one is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from market.actions import second_step, sign_ins, steps
from market.errors import Problem
from market.models import OneTimePurpose
from market.queries.identities import identities_of
from market.queries.profiles import own_profile
from market.roles import Viewer
from web import cookies, doors, limits
from web.deps import Db, Now, Posted, Tx, attempt, may
from web.forms.accounts import kept, next_of, secret
from web.gates import elsewhere, first_gate, gate
from web.render import go

router = APIRouter()
Entrant = Annotated[Viewer, Depends(may("account.sign-in"))]
Oneself = Annotated[Viewer, Depends(may("account.use"))]
WRONG = "账号或密码不对。"
WRONG_CODE = "数字不对或已过期，请填验证器上现在显示的数字。"
EXPIRED = "等得太久了，请重新登录。"
LEFT = "您已退出登录。"


@router.get("/sign-in")
def show_sign_in(request: Request, viewer: Entrant) -> Response:
    return first_gate(request, "sign_in", is_signed_in=viewer.is_signed_in)


@router.post("/sign-in")
def sign_in(request: Request, given: Posted, session: Tx, viewer: Entrant, now: Now) -> Response:
    entered, next, password = kept(given, "login"), next_of(given), secret(given)
    doors.count_try(request, entered["login"])
    person = sign_ins.authenticate(session, entered["login"], password)
    if person is None:
        problems = [Problem("login", WRONG)]
        return gate(request, "sign_in", problems, entered=entered, next=next)
    doors.forgive(request, entered["login"])
    if person.totp_secret:
        return doors.ask_second_step(
            request, session, person, viewer, now, next=next, method="password"
        )
    return doors.enter(request, session, person, viewer, now, next=next, password=password)


@router.get("/sign-in/second-step")
def show_second_step(request: Request, session: Db, viewer: Entrant, now: Now) -> Response:
    token = cookies.read(request, doors.STEP)
    if steps.awaited(session, token, now) is None:
        return go(request, "/sign-in", EXPIRED)
    return gate(request, "second_step")


@router.post("/sign-in/second-step")
def take_second_step(
    request: Request, given: Posted, session: Tx, viewer: Entrant, now: Now
) -> Response:
    token = cookies.read(request, doors.STEP)
    awaited = steps.awaited(session, token, now)
    if awaited is None:
        return go(request, "/sign-in", EXPIRED)
    person, begun = awaited
    limits.hit(request, "code-try", "person", person.key)
    code = kept(given, "code")["code"]
    if not second_step.is_right(session, person, code, now, request.app.state.keys):
        return gate(request, "second_step", [Problem("code", WRONG_CODE)])
    steps.finish(session, OneTimePurpose.SECOND_STEP, token, now)
    next, method = begun["next"], f"{begun['method']}+totp"
    return doors.enter(request, session, person, viewer, now, next=next, method=method)


@router.post("/sign-out")
def sign_out(request: Request, session: Tx, viewer: Entrant, now: Now) -> Response:
    sign_ins.sign_out(session, viewer, now)
    return doors.leave(request, go(request, "/", LEFT))


@router.get("/confirm")
def show_confirm(request: Request, session: Db, viewer: Oneself) -> Response:
    return _confirm(request, session, viewer, next_of(request.query_params, "/account"))


@router.post("/confirm")
def confirm(
    request: Request, given: Posted, session: Tx, reading: Db, viewer: Oneself, now: Now
) -> Response:
    next = next_of(given, "/account")
    limits.hit(request, "confirm", "person", viewer.person_id)
    with attempt(session) as problems:
        if own_profile(reading, viewer).has_password:
            sign_ins.prove(session, secret(given), viewer, now)
        else:
            code = kept(given, "code")["code"]
            steps.prove_by_code(session, code, viewer, now, request.app.state.keys)
    if problems:
        return _confirm(request, reading, viewer, next, problems)
    limits.forgive(request, "confirm", "person", viewer.person_id)
    return go(request, next)


def _confirm(
    request: Request, session: Db, viewer: Viewer, next: str, problems: Sequence[Problem] = ()
) -> Response:
    """Every way in which this account can show who it is."""
    profile = own_profile(session, viewer)
    ways = {
        "password": profile.has_password,
        "totp": profile.has_totp and not profile.has_password,
        "elsewhere": bool(elsewhere(request) and identities_of(session, viewer)),
    }
    return gate(request, "confirm", problems, next=next, ways=ways)
