"""Where somebody is signed in, and the tokens of their programs; both end at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market.actions import sign_ins
from market.errors import Problem
from market.models import SignIn
from market.queries.sign_ins import sign_ins_of, tokens_of
from market.roles import Viewer
from web.agents import device_words
from web.deps import Db, Now, Posted, Tx, attempt
from web.forms.accounts import Kept, kept, number_of
from web.gates import gate
from web.render import go
from web.routes.account import Securing
from web.routes.sign_in import Oneself
from web.stored import ways_of

router = APIRouter(prefix="/account")
SESSIONS, TOKENS = "/account/sessions", "/account/tokens"
LIFETIMES = ((30, "30 天"), (90, "90 天"), (180, "半年"), (365, "一年"))


@dataclass(frozen=True, slots=True)
class Place:
    """One place where somebody is signed in, in words."""

    id: int
    device: str
    way: str
    address: str
    since: datetime
    seen: datetime
    is_here: bool


@router.get("/sessions")
def show_sessions(request: Request, session: Db, viewer: Oneself, now: Now) -> HTMLResponse:
    found = [_place(row, viewer) for row in sign_ins_of(session, viewer, now)]
    places = sorted(found, key=lambda place: (not place.is_here, -place.seen.timestamp()))
    return gate(request, "sessions", places=places)


@router.post("/sessions/others")
def revoke_others(request: Request, session: Tx, viewer: Oneself, now: Now) -> Response:
    ended = sign_ins.revoke_others(session, viewer, now)
    return go(
        request, SESSIONS, f"已结束其他 {ended} 处登录和令牌。" if ended else "没有其他登录。"
    )


@router.post("/sessions/{id}")
def revoke(request: Request, id: int, session: Tx, viewer: Oneself, now: Now) -> Response:
    sign_ins.revoke(session, id, viewer, now)
    return go(request, SESSIONS, "已结束这一处登录。")


@router.get("/tokens")
def show_tokens(request: Request, session: Db, viewer: Oneself, now: Now) -> HTMLResponse:
    return _tokens(request, session, viewer, now)


@router.post("/tokens")
def make_token(
    request: Request, given: Posted, session: Tx, viewer: Securing, now: Now
) -> Response:
    """The token is in this one answer and nowhere else, so it is no redirect."""
    entered, days = kept(given, "name", "days"), number_of(given, "days") or 0
    with attempt(session) as problems:
        _, token = sign_ins.make_token(session, entered["name"], days, viewer, now)
    if problems:
        return _tokens(request, session, viewer, now, problems, entered)
    return _tokens(request, session, viewer, now, made=token, made_name=entered["name"])


@router.post("/tokens/{id}")
def revoke_token(request: Request, id: int, session: Tx, viewer: Oneself, now: Now) -> Response:
    sign_ins.revoke(session, id, viewer, now)
    return go(request, TOKENS, "令牌已作废。")


def _tokens(
    request: Request, session: Session, viewer: Viewer, now: datetime,
    problems: Sequence[Problem] = (), entered: Kept | None = None, made: str = "",
    made_name: str = "",
) -> HTMLResponse:  # fmt: skip
    return gate(
        request, "tokens", problems, entered=entered or Kept(days="90"), lifetimes=LIFETIMES,
        tokens=tokens_of(session, viewer, now), made=made, made_name=made_name,
    )  # fmt: skip


def _place(row: SignIn, viewer: Viewer) -> Place:
    return Place(
        row.id or 0, device_words(row.agent), ways_of(row.method), row.address, row.created_at,
        row.seen_at, row.id == viewer.sign_in_id,
    )  # fmt: skip
