"""One's notices, and how one wants to get those that are optional."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market.actions import inbox
from market.errors import Problem
from market.models import DigestRhythm, NoticeKind
from market.queries.inbox import mail_wishes, notice_page
from market.roles import Viewer
from web.deps import Db, Now, Posted, Tx, attempt, may
from web.forms.accounts import Kept, kept, next_of
from web.forms.inbox import inbox_form
from web.gates import gate
from web.render import go, page
from web.routes.sign_in import Oneself

router = APIRouter()
Reader = Annotated[Viewer, Depends(may("inbox.view"))]
INBOX, WISHES = "/inbox", "/account/notices"
RHYTHMS = {rhythm.value: rhythm for rhythm in DigestRhythm}
KINDS = [kind for kind in NoticeKind if not kind.is_optional]
OPTIONAL = [kind for kind in NoticeKind if kind.is_optional]


@router.get(INBOX)
def show_inbox(request: Request, session: Db, viewer: Reader) -> HTMLResponse:
    form = inbox_form(request.query_params)
    found = notice_page(session, viewer, form.filter)
    status = 422 if form.problems else 200
    return page(request, "inbox/index.html", status, form=form, found=found)


@router.post(f"{INBOX}/read")
def read_all(request: Request, session: Tx, viewer: Reader, now: Now) -> Response:
    count = inbox.mark_all_read(session, viewer, now)
    return go(request, INBOX, f"{count} 条通知已标为已读。" if count else "没有未读的通知。")


@router.post(f"{INBOX}/{{id}}/read")
def read_one(
    request: Request, id: int, given: Posted, session: Tx, viewer: Reader, now: Now
) -> Response:
    inbox.mark_read(session, id, viewer, now)
    return go(request, next_of(given, INBOX))


@router.post(f"{INBOX}/{{id}}/open")
def open_one(request: Request, id: int, session: Tx, viewer: Reader, now: Now) -> Response:
    """Read it, and on to what it is about."""
    found = inbox.mark_read(session, id, viewer, now)
    return go(request, found.link or INBOX)


@router.get(WISHES)
def show_wishes(request: Request, session: Db, viewer: Oneself) -> HTMLResponse:
    return _wishes(request, session, viewer)


@router.post(WISHES)
def choose_rhythm(
    request: Request, given: Posted, session: Tx, viewer: Oneself, now: Now
) -> Response:
    entered = kept(given, "digest")
    with attempt(session) as problems:
        inbox.choose_rhythm(session, RHYTHMS.get(entered["digest"]), viewer, now)
    if problems:
        return _wishes(request, session, viewer, problems, entered)
    return go(request, WISHES, "通知设置已保存。")


def _wishes(
    request: Request, session: Session, viewer: Viewer, problems: Sequence[Problem] = (),
    entered: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    wishes = mail_wishes(session, viewer)
    entered = entered or Kept(digest=wishes.digest.value)
    return gate(
        request, "notices", problems, entered=entered, wishes=wishes, kinds=KINDS,
        optional=OPTIONAL,
    )  # fmt: skip
