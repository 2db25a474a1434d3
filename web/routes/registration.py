"""Registering: an address or a number is proven with a code, then the account is made."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from market.actions import accounts
from market.actions.accounts import Registration
from market.contacts import is_abroad
from market.roles import Viewer
from market.texts import masked
from web import cookies, doors, limits
from web.addresses import inner
from web.deps import Now, Posted, Tx, attempt, may
from web.forms.accounts import Kept, kept, next_of, secret
from web.gates import at, first_gate, gate
from web.render import go

router = APIRouter(prefix="/register")
Newcomer = Annotated[Viewer, Depends(may("account.register"))]
AGAIN = "上一步已过期，请重新填写联系方式。"
DONE = "注册成功。下一步：创建单位，或者加入所在的单位。"


@router.get("")
def show_registration(request: Request, viewer: Newcomer) -> Response:
    return first_gate(request, "register", is_signed_in=viewer.is_signed_in)


@router.post("")
def ask_code(request: Request, given: Posted, session: Tx, viewer: Newcomer, now: Now) -> Response:
    """Send a code. What was entered goes on in a cookie, so that no address holds it."""
    entered, next = kept(given, "target"), next_of(given)
    doors.count_code(request, entered["target"])
    with attempt(session) as problems:
        target = accounts.ask_code(session, entered["target"], viewer, now, request.app.state.keys)
    if problems:
        return gate(request, "register", problems, entered=entered, next=next)
    token = request.app.state.keys.sign("registering", target)
    answer = go(request, at("/register/finish", next))
    return cookies.give(request, answer, doors.STEP, token, doors.HOUR)


@router.get("/finish")
def show_finish(request: Request, viewer: Newcomer) -> Response:
    target, next = _target(request), next_of(request.query_params)
    if viewer.is_signed_in or not target:
        return go(request, next if viewer.is_signed_in else at("/register", next))
    return _finish(request, target, next)


@router.post("/finish")
def register(request: Request, given: Posted, session: Tx, viewer: Newcomer, now: Now) -> Response:
    target, next = _target(request), next_of(given)
    if not target:
        return go(request, at("/register", next), AGAIN)
    limits.hit(request, "code-try")
    entered = kept(given, "code", "name", "privacy", "cross_border")
    form = _registration(target, entered, secret(given))
    with attempt(session) as problems:
        person = accounts.register(session, form, viewer, now, request.app.state.keys)
    if problems:
        return _finish(request, target, next, problems, entered)
    on = inner(next) if next != "/" else "/organisations/new"
    return doors.enter(request, session, person, viewer, now, next=on, said=DONE)


def _registration(target: str, entered: Kept, password: str) -> Registration:
    return Registration(
        target, entered["code"], password, entered["name"], privacy=bool(entered["privacy"]),
        cross_border=bool(entered["cross_border"]),
    )  # fmt: skip


def _finish(
    request: Request, target: str, next: str, problems: object = (), entered: Kept | None = None
) -> Response:
    return gate(
        request, "finish", problems, entered=entered, next=next, target=target,  # type: ignore[arg-type]
        masked=masked(target), is_abroad=is_abroad(target),
    )  # fmt: skip


def _target(request: Request) -> str:
    """Whom a code was sent to from this browser, within the last hour."""
    token = cookies.read(request, doors.STEP)
    found = request.app.state.keys.read("registering", token, doors.HOUR) if token else None
    return found if isinstance(found, str) else ""
