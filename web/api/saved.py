"""One's own lists of saved listings as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from market.actions import saved
from market.models import Kind, SavedItem
from market.queries.saved import ListCard, SavedRow, saved_list, saved_lists
from market.roles import Viewer
from web.api import shapes
from web.api.models import KindName, ListingOut, example
from web.api.once import Once
from web.deps import Db, Now, Tx, limited, may

router = APIRouter(prefix="/lists", tags=["收藏"], route_class=Once)
Keeper = Annotated[Viewer, Depends(may("saved.use"))]
Id = Annotated[int, Path(ge=1, lt=2**31)]
WRITES = [Depends(limited("write"))]


class NameIn(BaseModel):
    """收藏夹的名字。"""

    model_config = ConfigDict(extra="forbid", **example(name="余热回收"))
    name: str = Field(max_length=200)


class ListOut(BaseModel):
    """一个收藏夹。"""

    model_config = example(
        id=4, name="余热回收", needs=2, achievements=5, changed_at="2026-11-20T02:00:00Z"
    )
    id: int
    name: str
    needs: int
    achievements: int
    changed_at: datetime


class ItemIn(BaseModel):
    """要收藏的一条；note 是写给自己的备注。"""

    model_config = ConfigDict(extra="forbid", **example(kind="achievement", id=34, note="约时间谈"))
    kind: KindName
    id: int = Field(ge=1, lt=2**31)
    note: str = Field("", max_length=2_000)


class ItemChange(BaseModel):
    """改备注，或移到另一个收藏夹；没有给出的不变。"""

    model_config = ConfigDict(extra="forbid", **example(note="已联系", folder=5))
    note: str | None = Field(None, max_length=2_000)
    folder: int | None = Field(None, ge=1, lt=2**31)


class ItemOut(BaseModel):
    """收藏的一条。listing 为 null 表示它现在不对您公开。"""

    id: int
    folder: int
    kind: KindName
    listing_id: int
    listing: ListingOut | None
    note: str
    added_at: datetime


class ItemsOut(BaseModel):
    """一页收藏，最近收藏的在前。"""

    folder: ListOut
    items: list[ItemOut]
    page: int
    pages: int


@router.get("", summary="我的收藏夹")
def lists(session: Db, viewer: Keeper) -> list[ListOut]:
    return [_card(card) for card in saved_lists(session, viewer)]


@router.post("", status_code=201, summary="新建收藏夹", dependencies=WRITES)
def create(given: NameIn, session: Tx, viewer: Keeper, now: Now) -> ListOut:
    made = saved.create(session, given.name, viewer, now)
    return _card(ListCard(made.id or 0, made.name, 0, 0, made.changed_at))


@router.get("/{id}", summary="一个收藏夹里的内容")
def show(
    id: Id, session: Db, viewer: Keeper, page: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> ItemsOut:
    found = saved_list(session, id, viewer, page)
    return ItemsOut(
        folder=_card(found.card), items=[_item(row, id) for row in found.rows], page=found.page,
        pages=found.pages,
    )  # fmt: skip


@router.patch("/{id}", summary="给收藏夹改名", dependencies=WRITES)
def rename(id: Id, given: NameIn, session: Tx, viewer: Keeper, now: Now) -> ListOut:
    saved.rename(session, id, given.name, viewer, now)
    return _card(saved_list(session, id, viewer).card)


@router.delete("/{id}", status_code=204, summary="删除收藏夹和其中的备注", dependencies=WRITES)
def delete(id: Id, session: Tx, viewer: Keeper) -> Response:
    saved.delete(session, id, viewer)
    return Response(status_code=204)


@router.post("/{id}/items", status_code=201, summary="收藏一条", dependencies=WRITES)
def save(id: Id, given: ItemIn, session: Tx, viewer: Keeper, now: Now) -> ItemOut:
    item = saved.save(session, Kind(given.kind), given.id, viewer, now, list_id=id)
    if given.note:
        item = saved.note(session, item.id or 0, given.note, viewer, now)
    return _one(session, item, viewer)


@router.patch("/items/{item}", summary="改备注，或移到另一个收藏夹", dependencies=WRITES)
def change(item: Id, given: ItemChange, session: Tx, viewer: Keeper, now: Now) -> ItemsOut:
    there = saved.list_of(session, item, viewer)
    if given.note is not None:
        saved.note(session, item, given.note, viewer, now)
    if given.folder is not None:
        there = saved.move(session, item, given.folder, viewer, now).id or there
    return show(there, session, viewer)


@router.delete("/items/{item}", status_code=204, summary="移出收藏夹", dependencies=WRITES)
def remove(item: Id, session: Tx, viewer: Keeper, now: Now) -> Response:
    saved.remove(session, item, viewer, now)
    return Response(status_code=204)


def _card(card: ListCard) -> ListOut:
    return ListOut(
        id=card.id, name=card.name, needs=card.needs, achievements=card.achievements,
        changed_at=card.changed_at,
    )  # fmt: skip


def _one(session: Session, item: SavedItem, viewer: Viewer) -> ItemOut:
    rows = saved_list(session, item.list_id, viewer).rows
    found = next((row for row in rows if row.id == item.id), None)
    row = found or SavedRow(
        item.id or 0, item.kind, item.listing_id, None, item.note, item.added_at
    )
    return _item(row, item.list_id)


def _item(row: SavedRow, list_id: int) -> ItemOut:
    return ItemOut(
        id=row.id, folder=list_id, kind="need" if row.kind is Kind.NEED else "achievement",
        listing_id=row.listing_id, note=row.note, added_at=row.added_at,
        listing=shapes.listing(row.listing) if row.listing else None,
    )  # fmt: skip
