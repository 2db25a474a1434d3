"""Lists of listings that somebody keeps for themselves, with notes. Nobody else sees them, so none
of this is in the record of changes; what a listing says is read anew whenever a list is opened."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, func, select

from market import rules
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models.enums import Kind
from market.models.saved import SavedItem, SavedList
from market.queries.visibility import listing_seen
from market.roles import Viewer
from market.texts import has_script, has_words, is_binary

FIRST = "我的收藏"
"""What the first list is called, which is made when something is first saved."""
MAX_LISTS, MAX_ITEMS = 50, 500
MAX_NAME, MAX_NOTE = 60, 500


def save(
    session: Session, kind: Kind, id: int, viewer: Viewer, now: datetime, *,
    list_id: int | None = None,
) -> SavedItem:  # fmt: skip
    """Put a listing into a list; without one named, into that which was changed last. What is in
    it already stays as it is."""
    rules.require(viewer, "saved.use")
    listing_seen(session, kind, id, viewer)
    found = own_list(session, list_id, viewer) if list_id is not None else None
    into = found or _latest(session, viewer) or create(session, FIRST, viewer, now)
    held = _in(session, into, kind, id)
    if held is not None:
        return held
    _require_room(session, into)
    item = SavedItem(list_id=into.id or 0, kind=kind, listing_id=id, added_at=now)
    session.add(item)
    _touch(session, into, now)
    return item


def create(session: Session, name: str, viewer: Viewer, now: datetime) -> SavedList:
    """Begin a list. Raises Invalid where the name is taken or says nothing."""
    rules.require(viewer, "saved.use")
    name = _checked_name(session, name, viewer)
    mine = select(func.count()).where(col(SavedList.person_id) == viewer.person_id)
    if session.exec(mine).one() >= MAX_LISTS:
        raise NotAllowed(f"最多 {MAX_LISTS} 个收藏夹，请先删掉不用的。")
    made = SavedList(person_id=viewer.person_id or 0, name=name, created_at=now, changed_at=now)
    session.add(made)
    session.flush()
    return made


def rename(session: Session, list_id: int, name: str, viewer: Viewer, now: datetime) -> None:
    """Call a list something else."""
    rules.require(viewer, "saved.use")
    found = own_list(session, list_id, viewer)
    found.name = _checked_name(session, name, viewer, apart_from=list_id)
    _touch(session, found, now)


def delete(session: Session, list_id: int, viewer: Viewer) -> str:
    """Drop a list with its notes; what it was called."""
    rules.require(viewer, "saved.use")
    found = own_list(session, list_id, viewer)
    session.delete(found)
    session.flush()
    return found.name


def note(session: Session, item_id: int, text: str, viewer: Viewer, now: datetime) -> SavedItem:
    """Write beside a listing why it was kept."""
    rules.require(viewer, "saved.use")
    item, its_list = _own_item(session, item_id, viewer)
    text = text.strip()
    if len(text) > MAX_NOTE:
        raise Invalid(
            [Problem(f"note-{item_id}", f"备注有 {len(text)} 个字符，最多 {MAX_NOTE}，请删减。")]
        )
    if is_binary(text) or has_script(text):
        raise Invalid([Problem(f"note-{item_id}", "备注里有网页脚本或不是文字的内容。")])
    item.note = text
    session.add(item)
    _touch(session, its_list, now)
    return item


def move(session: Session, item_id: int, list_id: int, viewer: Viewer, now: datetime) -> SavedList:
    """Put a listing into another list, with its note; where it is there already, that one stays."""
    rules.require(viewer, "saved.use")
    item, its_list = _own_item(session, item_id, viewer)
    into = own_list(session, list_id, viewer)
    if into.id == its_list.id:
        return into
    held = _in(session, into, item.kind, item.listing_id)
    if held is None:
        _require_room(session, into)
        item.list_id = into.id or 0
        session.add(item)
    else:
        held.note = held.note or item.note
        session.add(held)
        session.delete(item)
    _touch(session, its_list, now)
    _touch(session, into, now)
    return into


def remove(session: Session, item_id: int, viewer: Viewer, now: datetime) -> int:
    """Take a listing out of a list; the list."""
    rules.require(viewer, "saved.use")
    item, its_list = _own_item(session, item_id, viewer)
    session.delete(item)
    _touch(session, its_list, now)
    return its_list.id or 0


def own_list(session: Session, list_id: int, viewer: Viewer) -> SavedList:
    """One of the viewer's lists. Raises NotFound."""
    found = session.get(SavedList, list_id) if 0 < list_id < 2**31 else None
    if found is None or found.person_id != viewer.person_id:
        raise NotFound
    return found


def list_of(session: Session, item_id: int, viewer: Viewer) -> int:
    """The list in which one of the viewer's items is. Raises NotFound."""
    return _own_item(session, item_id, viewer)[0].list_id


def _own_item(session: Session, item_id: int, viewer: Viewer) -> tuple[SavedItem, SavedList]:
    item = session.get(SavedItem, item_id) if 0 < item_id < 2**31 else None
    if item is None:
        raise NotFound
    return item, own_list(session, item.list_id, viewer)


def _latest(session: Session, viewer: Viewer) -> SavedList | None:
    mine = select(SavedList).where(col(SavedList.person_id) == viewer.person_id)
    newest = mine.order_by(col(SavedList.changed_at).desc(), col(SavedList.id).desc())
    return session.exec(newest.limit(1)).first()


def _in(session: Session, its_list: SavedList, kind: Kind, id: int) -> SavedItem | None:
    return session.exec(
        select(SavedItem).where(
            col(SavedItem.list_id) == its_list.id,
            col(SavedItem.kind) == kind,
            col(SavedItem.listing_id) == id,
        )
    ).first()


def _require_room(session: Session, its_list: SavedList) -> None:
    held = select(func.count()).where(col(SavedItem.list_id) == its_list.id)
    if session.exec(held).one() >= MAX_ITEMS:
        raise NotAllowed(f"“{its_list.name}”已有 {MAX_ITEMS} 条，请换一个收藏夹。")


def _checked_name(
    session: Session, name: str, viewer: Viewer, *, apart_from: int | None = None
) -> str:
    name = " ".join(name.split())
    if not has_words(name):
        raise Invalid([Problem("name", "请给收藏夹起个名字。")])
    if len(name) > MAX_NAME:
        raise Invalid([Problem("name", f"名字有 {len(name)} 个字符，最多 {MAX_NAME}。")])
    if is_binary(name) or has_script(name):
        raise Invalid([Problem("name", "名字里有网页脚本或不是文字的内容。")])
    same = select(col(SavedList.id)).where(
        col(SavedList.person_id) == viewer.person_id, col(SavedList.name) == name
    )
    if session.exec(same).first() not in (None, apart_from):
        raise Invalid([Problem("name", f"您已有一个叫“{name}”的收藏夹，请换个名字。")])
    return name


def _touch(session: Session, its_list: SavedList, now: datetime) -> None:
    its_list.changed_at = now
    session.add(its_list)
    session.flush()
