"""The password of an account, and its second step."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from market import rules
from market.actions import passwords, second_step
from market.errors import Problem
from market.queries.profiles import own_profile
from market.roles import Viewer
from web import limits
from web.codes import qr
from web.deps import Db, Now, Posted, Tx, attempt
from web.forms.accounts import kept, secret
from web.gates import gate
from web.render import go
from web.routes.account import Securing
from web.routes.sign_in import Oneself

router = APIRouter(prefix="/account")
SECURITY = "/account/security"


@router.get("/security")
def show_security(request: Request, session: Db, viewer: Oneself, now: Now) -> Response:
    return _security(request, session, viewer, now)


@router.post("/password")
def change_password(
    request: Request, given: Posted, session: Tx, viewer: Oneself, now: Now
) -> Response:
    limits.hit(request, "confirm", "person", viewer.person_id)
    with attempt(session) as problems:
        passwords.change(session, secret(given, "old"), secret(given, "new"), viewer, now)
    if problems:
        return _security(request, session, viewer, now, problems)
    return go(request, SECURITY, "密码已更换，其他地方的登录都已结束。")


@router.post("/security/begin")
def begin_second_step(request: Request, session: Tx, viewer: Securing, now: Now) -> Response:
    second_step.begin(session, viewer, now, request.app.state.keys)
    return go(request, SECURITY)


@router.post("/security/confirm")
def confirm_second_step(
    request: Request, given: Posted, session: Tx, viewer: Securing, now: Now
) -> Response:
    limits.hit(request, "code-try", "person", viewer.person_id)
    with attempt(session) as problems:
        second_step.confirm(session, kept(given, "code")["code"], viewer, now,
                            request.app.state.keys)  # fmt: skip
    if problems:
        return _security(request, session, viewer, now, problems)
    return go(request, SECURITY, "两步验证已打开。下次登录时会问 6 位数字。")


@router.post("/security/end")
def end_second_step(request: Request, session: Tx, viewer: Securing, now: Now) -> Response:
    second_step.end(session, viewer, now)
    return go(request, SECURITY, "两步验证已关闭。")


def _security(
    request: Request, session: Session, viewer: Viewer, now: Now,
    problems: Sequence[Problem] = (),
) -> Response:  # fmt: skip
    """The page, with the secret that waits for its first code while the password is fresh."""
    is_fresh, keys = rules.is_fresh(viewer, now), request.app.state.keys
    setup = second_step.waiting(session, viewer, now, keys) if is_fresh else None
    return gate(
        request, "security", problems, profile=own_profile(session, viewer), setup=setup,
        qr=qr(setup.uri) if setup else "",
    )  # fmt: skip
