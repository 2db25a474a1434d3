"""One's own account: name, contacts, whom one acts for, personalised ranking, password, second
step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from market.actions import accounts, consents, contacts
from market.actions.contacts import asked_target
from market.contacts import checked_target, is_abroad
from market.errors import Invalid, NotAllowed, Problem
from market.models import ConsentTopic
from market.queries.consents import consents_of
from market.queries.profiles import own_profile
from market.roles import Viewer
from market.texts import masked
from web import limits
from web.deps import Db, Now, Posted, Tx, attempt, may
from web.forms.accounts import Kept, kept, next_of, number_of
from web.gates import gate
from web.render import go
from web.routes.sign_in import Oneself

router = APIRouter(prefix="/account")
Securing = Annotated[Viewer, Depends(may("account.secure"))]
Opening = Annotated[Viewer, Depends(may("account.secure", fresh=True))]
ABROAD = "向港澳号码发送短信会把号码提供到境外，请单独同意，或改用内地号码。"
CONTACT, SECURITY = "/account/contact", "/account/security"


@router.get("")
def show_account(request: Request, session: Db, viewer: Oneself) -> Response:
    return _account(request, session, viewer)


@router.post("/name")
def rename(request: Request, given: Posted, session: Tx, viewer: Oneself, now: Now) -> Response:
    entered = kept(given, "name")
    with attempt(session) as problems:
        accounts.rename(session, entered["name"], viewer, now)
    if problems:
        return _account(request, session, viewer, problems, entered)
    return go(request, "/account", "姓名已保存。")


@router.post("/personalised")
def personalise(
    request: Request, given: Posted, session: Tx, viewer: Oneself, now: Now
) -> Response:
    is_on = bool(kept(given, "personalised")["personalised"])
    accounts.switch_personalised(session, is_on, viewer, now)
    said = "个性化推荐已打开。" if is_on else "个性化推荐已关闭，工作台按发布时间列出。"
    return go(request, "/account#personalised", said)


@router.post("/acting-for")
def act_for(request: Request, given: Posted, session: Tx, viewer: Oneself, now: Now) -> Response:
    accounts.act_for(session, number_of(given, "organisation") or 0, viewer, now)
    return go(request, next_of(given, "/account"), "已切换代表的单位。")


@router.get("/contact")
def show_contact(request: Request, session: Db, viewer: Opening, now: Now) -> Response:
    kind = _kind(kept(request.query_params, "kind")["kind"])
    return gate(request, "contact", kind=kind, sent_to="")


@router.post("/contact")
def ask_change(
    request: Request, given: Posted, session: Tx, viewer: Securing, now: Now
) -> Response:
    entered = kept(given, "target", "kind", "cross_border")
    limits.hit(request, "code-address")
    with attempt(session) as problems:
        _agree(session, entered, viewer, now)
        contacts.ask_change(session, entered["target"], viewer, now, request.app.state.keys)
    if problems:
        kind = _kind(entered["kind"])
        return gate(request, "contact", problems, entered=entered, kind=kind, sent_to="")
    return go(request, f"{CONTACT}/confirm")


@router.get("/contact/confirm")
def show_change(request: Request, session: Db, viewer: Opening, now: Now) -> Response:
    return _change(request, session, viewer, now)


@router.post("/contact/confirm")
def confirm_change(
    request: Request, given: Posted, session: Tx, viewer: Securing, now: Now
) -> Response:
    entered, keys = kept(given, "new_code", "old_code"), request.app.state.keys
    limits.hit(request, "code-try", "person", viewer.person_id)
    with attempt(session) as problems:
        contacts.confirm_change(
            session, entered["new_code"], entered["old_code"], viewer, now, keys
        )
    if problems:
        return _change(request, session, viewer, now, problems, entered)
    return go(request, "/account", "联系方式已更换，其他地方的登录都已结束。")


def _account(
    request: Request, session: Session, viewer: Viewer, problems: Sequence[Problem] = (),
    entered: Kept | None = None,
) -> Response:  # fmt: skip
    profile = own_profile(session, viewer)
    agreed = [row.version for row in consents_of(session, viewer) if _is_privacy(row)]
    return gate(
        request, "show", problems, entered=entered or Kept(name=profile.name), profile=profile,
        is_current=consents.PRIVACY_VERSION in agreed,
    )  # fmt: skip


def _is_privacy(row: object) -> bool:
    return getattr(row, "topic", None) is ConsentTopic.PRIVACY and not getattr(
        row, "withdrawn_at", None
    )


def _kind(word: str) -> str:
    return "mobile" if word == "mobile" else "email"


def _agree(session: Session, entered: Kept, viewer: Viewer, now: Now) -> None:
    """A number of Hong Kong or Macau wants a consent of its own."""
    if not is_abroad(checked_target(entered["target"])):
        return
    if not entered["cross_border"]:
        raise Invalid([Problem("cross_border", ABROAD)])
    consents.give(session, ConsentTopic.CROSS_BORDER, viewer, now)


def _change(
    request: Request, session: Session, viewer: Viewer, now: Now,
    problems: Sequence[Problem] = (), entered: Kept | None = None,
) -> Response:  # fmt: skip
    """The form for both codes, while a change is under way."""
    target = asked_target(session, viewer, now)
    if target is None:
        raise NotAllowed(contacts.NONE_ASKED)
    profile = own_profile(session, viewer)
    old = (profile.email or profile.mobile) if "@" in target else (profile.mobile or profile.email)
    return gate(
        request, "contact", problems, entered=entered, sent_to=masked(target), old=old,
        kind="email" if "@" in target else "mobile",
    )  # fmt: skip
