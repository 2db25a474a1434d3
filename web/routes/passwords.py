"""A forgotten password: a link that works once is sent, and opens a form for a new one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from market.actions import passwords
from market.contacts import checked_target
from market.errors import NotAllowed
from market.texts import masked
from web import doors, limits
from web.deps import Db, Now, Posted, Tx, attempt
from web.forms.accounts import kept, secret
from web.gates import gate
from web.render import go
from web.routes.registration import Newcomer

router = APIRouter()
CHANGED = "新密码已保存，请用它登录。"
ALONE = {"Referrer-Policy": "no-referrer"}
"""The address of this page is a secret: no request that follows from it may carry it."""


@router.get("/forgot")
def show_forgot(request: Request, viewer: Newcomer) -> Response:
    return gate(request, "forgot", is_sent=False)


@router.post("/forgot")
def ask_reset(request: Request, given: Posted, session: Tx, viewer: Newcomer, now: Now) -> Response:
    """The answer is the same whether or not there is such an account."""
    entered = kept(given, "target")
    doors.count_code(request, entered["target"])
    with attempt(session) as problems:
        target = checked_target(entered["target"])
        passwords.ask_reset(session, target, viewer, now, request.app.state.keys)
    if problems:
        return gate(request, "forgot", problems, entered=entered, is_sent=False)
    return gate(request, "forgot", is_sent=True, masked=masked(target))


@router.get("/reset/{token}")
def show_reset(request: Request, token: str, session: Db, viewer: Newcomer, now: Now) -> Response:
    name = "reset" if passwords.may_reset(session, token, now) else "stale"
    return gate(request, name, status=200 if name == "reset" else 410, headers=ALONE)


@router.post("/reset/{token}")
def reset(
    request: Request, token: str, given: Posted, session: Tx, viewer: Newcomer, now: Now
) -> Response:
    """Whoever held the link is known in this browser from now on, also while somebody else
    guesses at their password."""
    limits.hit(request, "code-try")
    try:
        with attempt(session) as problems:
            person = passwords.reset(session, token, secret(given), viewer, now)
    except NotAllowed:
        return gate(request, "stale", status=410, headers=ALONE)
    if problems:
        return gate(request, "reset", problems, headers=ALONE)
    answer = doors.leave(request, go(request, "/sign-in", CHANGED))
    return doors.remember(request, answer, [person.email or "", person.mobile or ""])
