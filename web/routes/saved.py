"""Lists that somebody keeps for themselves: putting listings in, looking at them, tidying up."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market.actions import saved
from market.errors import NotFound
from market.models import Kind
from market.queries.saved import saved_list, saved_lists
from market.roles import Viewer
from web.deps import Db, Now, Posted, Tx, attempt, limited, may
from web.forms.accounts import kept, next_of, number_of
from web.forms.reading import Given, Reading
from web.render import go, page, wants_fragment
from web.sides import path_to

router = APIRouter()
Keeper = Annotated[Viewer, Depends(may("saved.use"))]
COUNTED = [Depends(limited("write"))]
LISTS = "/lists"


@router.post("/saved", dependencies=COUNTED)
def save(request: Request, given: Posted, session: Tx, viewer: Keeper, now: Now) -> Response:
    kind, id = _item(given)
    chosen = number_of(given, "list")
    item = saved.save(session, kind, id, viewer, now, list_id=chosen)
    if wants_fragment(request):
        held = {id: item.list_id}
        return page(request, "saved/star.html", block="star", kind=kind, id=id, held=held)
    name = saved.own_list(session, item.list_id, viewer).name
    return go(request, next_of(given, path_to(kind, id)), f"已收藏到“{name}”。")


@router.get(LISTS)
def show_lists(request: Request, session: Db, viewer: Keeper) -> HTMLResponse:
    return _lists(request, session, viewer)


@router.post(LISTS, dependencies=COUNTED)
def create_list(request: Request, given: Posted, session: Tx, viewer: Keeper, now: Now) -> Response:
    entered = kept(given, "name")
    with attempt(session) as problems:
        made = saved.create(session, entered["name"], viewer, now)
    if problems:
        return _lists(request, session, viewer, problems=problems, entered=entered)
    return go(request, f"{LISTS}/{made.id}", "收藏夹已建好。")


@router.get(LISTS + "/{id}")
def show_list(request: Request, id: int, session: Db, viewer: Keeper, now: Now) -> HTMLResponse:
    return _list(request, session, id, viewer, now)


@router.post(LISTS + "/{id}/name", dependencies=COUNTED)
def rename_list(
    request: Request, id: int, given: Posted, session: Tx, viewer: Keeper, now: Now
) -> Response:
    entered = kept(given, "name")
    with attempt(session) as problems:
        saved.rename(session, id, entered["name"], viewer, now)
    if problems:
        return _list(request, session, id, viewer, now, problems=problems, entered=entered)
    return go(request, f"{LISTS}/{id}", "已改名。")


@router.post(LISTS + "/{id}/delete", dependencies=COUNTED)
def delete_list(request: Request, id: int, session: Tx, viewer: Keeper) -> Response:
    return go(request, LISTS, f"“{saved.delete(session, id, viewer)}”已删除。")


@router.post(LISTS + "/items/{item}/note", dependencies=COUNTED)
def note_item(
    request: Request, item: int, given: Posted, session: Tx, viewer: Keeper, now: Now
) -> Response:
    text = Reading(given).raw("note")
    with attempt(session) as problems:
        found = saved.note(session, item, text, viewer, now)
    if problems:
        typed = {item: text[: saved.MAX_NOTE * 2]}
        there = saved.list_of(session, item, viewer)
        return _list(request, session, there, viewer, now, problems=problems, typed=typed)
    return go(request, f"{LISTS}/{found.list_id}#item-{item}", "备注已保存。")


@router.post(LISTS + "/items/{item}/move", dependencies=COUNTED)
def move_item(
    request: Request, item: int, given: Posted, session: Tx, viewer: Keeper, now: Now
) -> Response:
    there = saved.list_of(session, item, viewer)
    into = saved.move(session, item, number_of(given, "list") or 0, viewer, now)
    return go(request, f"{LISTS}/{there}", f"已移到“{into.name}”。")


@router.post(LISTS + "/items/{item}/remove", dependencies=COUNTED)
def remove_item(
    request: Request, item: int, given: Posted, session: Tx, viewer: Keeper, now: Now
) -> Response:
    there = saved.remove(session, item, viewer, now)
    return go(request, next_of(given, f"{LISTS}/{there}"), "已从收藏夹移出。")


def _item(given: Given) -> tuple[Kind, int]:
    """The listing that a button names: `need:12`. Raises NotFound."""
    kind, _, id = Reading(given).raw("item").partition(":")
    if kind not in set(Kind) or not (id.isascii() and id.isdecimal() and len(id) < 10):
        raise NotFound
    return Kind(kind), int(id)


def _lists(request: Request, session: Session, viewer: Viewer, **more: Any) -> HTMLResponse:
    given = {"problems": (), "entered": {"name": ""}, **more}
    found = saved_lists(session, viewer)
    return page(
        request, "saved/index.html", 422 if given["problems"] else 200, lists=found, **given
    )


def _list(
    request: Request, session: Session, id: int, viewer: Viewer, now: Any, **more: Any
) -> HTMLResponse:
    given = {"problems": (), "entered": {"name": ""}, "typed": {}, **more}
    number = Reading(request.query_params).page() if request.method == "GET" else 1
    others = [each for each in saved_lists(session, viewer) if each.id != id]
    return page(
        request, "saved/show.html", 422 if given["problems"] else 200, others=others, now=now,
        found=saved_list(session, id, viewer, number), **given,
    )  # fmt: skip
