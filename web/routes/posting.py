"""Writing needs and achievements: the form of a new one and of a change, and the buttons that move
one on. Which buttons there are is read from `market.states`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market.actions import posting
from market.actions.listings import as_draft
from market.actions.posting import Outdated
from market.errors import Invalid, NotAllowed, NotFresh, NotSignedIn, Problem
from market.models import CooperationMode, Kind, Listing, Organisation, Tier
from market.queries.own import first_moves, moves_of, posting_for
from market.roles import Viewer
from web.deps import Db, Names, Now, Places, Posted, Tx, limited, may
from web.forms.accounts import Kept
from web.forms.organisations import division_choices, entered
from web.forms.posting import Posting, posting_of
from web.forms.posting import posting as read_posting
from web.refusals import told
from web.render import go, page
from web.showing import listing_shown
from web.sides import Side, both, path_to

router = APIRouter()
Member = Annotated[Viewer, Depends(may("account.use"))]
"""Whoever is signed in: who may move what is asked by the move itself."""
Author = Annotated[Viewer, Depends(may("listing.create"))]
Writer = Annotated[Viewer, Depends(may("listing.write"))]
WRITES = [Depends(limited("write"))]
AT_ONCE = ("publish", "submit")
SAVED = "草稿已保存，只有本单位成员能看到。"
SAID = {
    "publish": "已发布。系统正在计算匹配，几秒后刷新本页就能看到。",
    "submit": "已送审。主管部门审核后会通知您，通过后自动发布并开始匹配。",
    "recall": "已撤回送审，可以继续修改。",
    "approve": "已通过审核并发布。", "return": "已退回，发布单位会看到理由。",
    "renew": "已续期。", "close": "已关闭，不再参与匹配。",
    "withdraw": "已撤回，只有本单位成员能看到。",
    "reopen": "已重新打开。", "take-down": "已下架，发布单位会看到理由，并可以申诉。",
    "restore": "已恢复发布。",
}  # fmt: skip


@both(router, "GET", "/new")
def open_new(
    request: Request, kind: Side, session: Db, places: Names, viewer: Member, now: Now
) -> HTMLResponse:
    return _form(request, session, places, kind, viewer, now)


@both(router, "POST", "/new", dependencies=WRITES)
def create(
    request: Request, kind: Side, given: Posted, session: Tx, places: Names, viewer: Author,
    now: Now,
) -> Response:  # fmt: skip
    form, then = read_posting(given, kind), entered(given, "then")["then"]
    with told(session) as problems:
        row = posting.create(session, kind, form.take(places.known, now), viewer, now)
        if then in AT_ONCE:
            posting.act(session, row, then, viewer, now)
    if problems:
        return _form(request, session, places, kind, viewer, now, form, problems=problems)
    return go(request, path_to(kind, row.key), SAID.get(then, SAVED))


@both(router, "GET", "/{id}/edit")
def open_edit(
    request: Request, id: int, kind: Side, session: Db, places: Names, viewer: Writer, now: Now
) -> HTMLResponse:
    row = posting.open_to_change(session, kind, id, viewer)
    form = posting_of(as_draft(session, row), row.version)
    return _form(request, session, places, kind, viewer, now, form, row)


@both(router, "POST", "/{id}/edit", dependencies=WRITES)
def edit(
    request: Request, id: int, kind: Side, given: Posted, session: Tx, places: Names,
    viewer: Writer, now: Now,
) -> Response:  # fmt: skip
    row = posting.open_to_change(session, kind, id, viewer)
    form, then = read_posting(given, kind, row.owner_id), entered(given, "then")["then"]
    try:
        draft = form.take(places.known, now)
        posting.edit(session, row, draft, form.version, viewer, now)
        if then in AT_ONCE:
            posting.act(session, row, then, viewer, now)
    except (Invalid, NotAllowed) as error:
        return _back(request, session, places, kind, viewer, now, form, row.key, error)
    return go(request, path_to(kind, id), SAID.get(then, "已保存。"))


@both(router, "POST", "/{id}/moves", dependencies=WRITES)
def move(
    request: Request, id: int, kind: Side, given: Posted, session: Tx, viewer: Member, now: Now
) -> Response:
    typed = entered(given, "name", "reason")
    with told(session) as problems:
        row = posting.found(session, kind, id, viewer)
        posting.act(session, row, typed["name"], viewer, now, typed["reason"])
    if problems:
        return listing_shown(request, session, kind, id, viewer, now, problems, typed=typed)
    return go(request, path_to(kind, id), SAID.get(typed["name"], "已完成。"))


def _back(
    request: Request, session: Session, places: Places, kind: Kind, viewer: Viewer, now: Now,
    form: Posting, id: int, error: Invalid | NotAllowed,
) -> HTMLResponse:  # fmt: skip
    """The form with what was written, and beside it what somebody else saved meanwhile."""
    if isinstance(error, NotSignedIn | NotFresh):
        raise error
    session.rollback()
    row = posting.open_to_change(session, kind, id, viewer)
    stored = as_draft(session, row) if isinstance(error, Outdated) else None
    if stored:
        form.entered["version"] = str(row.version)
    problems = error.problems if isinstance(error, Invalid) else [Problem("page", error.reason)]
    return _form(
        request, session, places, kind, viewer, now, form, row, problems=problems, stored=stored
    )


def _form(
    request: Request, session: Session, places: Places, kind: Kind, viewer: Viewer, now: Now,
    form: Posting | None = None, row: Listing | None = None, **more: Any,
) -> HTMLResponse:  # fmt: skip
    """The form of a new listing, or of `row`; it says so where there is nobody to write for."""
    owners = [] if row else posting_for(session, kind, viewer)
    moves = moves_of(session, row, viewer, now) if row else first_moves(kind, owners, viewer, now)
    body = session.get(Organisation, row.owner_id) if row else None
    values = {"problems": (), "stored": None, "owner_name": body.name if body else "", **more}
    return page(
        request, "listings/form.html", 422 if values["problems"] else 200, kind=kind, row=row,
        form=form or _empty(owners), owners=owners, fields=places.fields, viewer=viewer,
        divisions=division_choices(places.divisions), modes=list(CooperationMode),
        moves=[move for move in moves if move.name in AT_ONCE], tiers=list(Tier), **values,
    )  # fmt: skip


def _empty(owners: Sequence[Organisation]) -> Posting:
    """An empty form, in the name of the organisation that one acts for."""
    return Posting(Kept(owner=str(owners[0].id) if owners else ""))
