"""Merging two entries of one body: an officer prepares it here, an approver decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market import rules
from market.actions import merges
from market.errors import Invalid, Problem
from market.queries.merges import merge_by_id, merge_page, side_of
from market.roles import Viewer
from web.deps import Db, Now, Posted, Tx, may
from web.forms.accounts import Kept
from web.forms.bureau import queue_form
from web.forms.organisations import entered, whole
from web.refusals import form_page, told
from web.render import go, page

router = APIRouter(prefix="/bureau/merges")
Queue = Annotated[Viewer, Depends(may("queue.view"))]
Preparer = Annotated[Viewer, Depends(may("merge.prepare"))]
SAID = {"approve": "合并已完成。", "refuse": "没有批准合并，经办人会看到理由。"}


@router.get("")
def show_queue(request: Request, session: Db, viewer: Queue, now: Now) -> HTMLResponse:
    is_open, number = queue_form(request.query_params)
    found = merge_page(session, viewer, is_open=is_open, page=number)
    return page(
        request, "bureau/merges.html", found=found, is_open=is_open, now=now,
        may_prepare=rules.may(viewer, "merge.prepare"),
    )  # fmt: skip


@router.get("/new")
def open_new(request: Request, session: Db, viewer: Preparer) -> HTMLResponse:
    return _new(request, session, viewer, entered(request.query_params, "source", "target"))


@router.post("/new")
def prepare(request: Request, given: Posted, session: Tx, viewer: Preparer, now: Now) -> Response:
    typed = entered(given, "source", "target", "reason")
    ids = whole(typed["source"]), whole(typed["target"])
    with told(session) as problems:
        row = merges.prepare(session, *ids, typed["reason"], viewer, now)
    if problems:
        return _new(request, session, viewer, typed, problems)
    return go(request, f"/bureau/merges/{row.id}", "合并已提交，等另一位审批人决定。")


@router.get("/{id}")
def show_merge(request: Request, id: int, session: Db, viewer: Queue, now: Now) -> HTMLResponse:
    return _merge(request, session, id, viewer, now)


@router.post("/{id}")
def decide(
    request: Request, id: int, given: Posted, session: Tx, viewer: Queue, now: Now
) -> Response:
    typed = entered(given, "move", "reason")
    with told(session) as problems:
        if typed["move"] not in SAID:
            raise Invalid([Problem("page", "请选择批准或不批准。")])
        merges.decide(session, id, typed["move"], viewer, now, typed["reason"])
    if problems:
        return _merge(request, session, id, viewer, now, problems, typed)
    return go(request, f"/bureau/merges/{id}", SAID[typed["move"]])


def _new(
    request: Request, session: Session, viewer: Viewer, typed: Kept,
    problems: Sequence[Problem] = (),
) -> HTMLResponse:  # fmt: skip
    sides = [side_of(session, whole(typed[name]), viewer) for name in ("source", "target")]
    return form_page(request, "bureau/merge_new.html", problems, typed, sides=sides)


def _merge(
    request: Request, session: Session, id: int, viewer: Viewer, now: Now,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    found = merge_by_id(session, id, viewer, now)
    return form_page(request, "bureau/merge.html", problems, typed, found=found, now=now)
