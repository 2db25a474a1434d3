"""Files: added to a listing, shown to others than before, removed from it, and handed out to
whoever may read them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response
from sqlmodel import Session

from market import storage
from market.actions import attachments
from market.errors import Invalid, NotFound, Problem
from market.models import Kind, Tier
from market.queries.attachments import TIERED_NOUNS, AttachmentFile, attachment_by_code
from market.roles import Viewer
from web.addresses import inner
from web.deps import Db, Now, Posted, Tx, limited, may
from web.forms.organisations import entered, files_of, one_of
from web.refusals import told
from web.render import go
from web.showing import listing_shown
from web.sides import Side, both, path_to

router = APIRouter()
Adding = Annotated[Viewer, Depends(may("attachment.add"))]
Changing = Annotated[Viewer, Depends(may("attachment.change"))]
Removing = Annotated[Viewer, Depends(may("attachment.remove"))]
Reading = Annotated[Viewer, Depends(may("attachment.read"))]
SMALL = "image/webp"
ALONE = "sandbox; default-src 'none'"
"""What is opened from here runs nothing and reads nothing of the site."""


@both(router, "POST", "/{id}/attachments", dependencies=[Depends(limited("upload"))])
def add(
    request: Request, id: int, kind: Side, given: Posted, session: Tx, viewer: Adding, now: Now
) -> Response:
    typed, data = entered(given, "tier"), request.app.state.settings.data
    tier = one_of(Tier, typed["tier"]) or Tier.BUREAU
    with told(session) as problems:
        for name, content in files_of(given, "file") or _none():
            attachments.add(session, kind.value, id, name, content, tier, viewer, now, data)
    if problems:
        return listing_shown(request, session, kind, id, viewer, now, problems)
    return go(request, path_to(kind, id), "附件已上传。")


@router.post("/files/{code}/tier", dependencies=[Depends(limited("write"))])
def change_tier(
    request: Request, code: str, given: Posted, session: Tx, viewer: Changing, now: Now
) -> Response:
    file = attachment_by_code(session, code, viewer)
    with told(session) as problems:
        typed = entered(given, "tier", "next")
        tier = one_of(Tier, typed["tier"]) or _no_tier()
        attachments.change_tier(session, code, tier, viewer, now)
    if problems:
        return _refused(request, session, file, viewer, now, problems)
    home = inner(typed["next"]) if typed["next"] else home_of(file)
    return go(request, home, f"“{file.name}”的可见范围已改为：{tier.text}。")


@router.post("/files/{code}/removal")
def remove(request: Request, code: str, session: Tx, viewer: Removing, now: Now) -> Response:
    file = attachment_by_code(session, code, viewer)
    with told(session) as problems:
        attachments.remove(session, code, viewer, now)
    if problems:
        return _refused(request, session, file, viewer, now, problems)
    return go(request, home_of(file), "附件已删除。")


def _refused(
    request: Request, session: Session, file: AttachmentFile, viewer: Viewer, now: datetime,
    problems: list[Problem],
) -> Response:  # fmt: skip
    """The page that the file hangs on, with what was refused."""
    if file.noun not in TIERED_NOUNS:
        raise Invalid(problems)
    kind = Kind(file.noun)
    return listing_shown(request, session, kind, file.noun_id, viewer, now, problems)


@router.get("/files/{code}")
def hand_out(request: Request, code: str, session: Db, viewer: Reading) -> Response:
    return answer_with(request, attachment_by_code(session, code, viewer))


@router.get("/files/{code}/small")
def hand_out_small(request: Request, code: str, session: Db, viewer: Reading) -> Response:
    """A picture as pages show it."""
    file = attachment_by_code(session, code, viewer)
    if file.small_as is None:
        raise NotFound
    name = f"{Path(file.name).stem}.webp"
    return _answer(request, file.small_as, SMALL, f"{file.sha256[:30]}-s", "inline", name)


def answer_with(request: Request, file: AttachmentFile) -> Response:
    """The file, to be saved and not shown; a picture may be looked at."""
    way = "inline" if file.is_image and "view" in request.query_params else "attachment"
    tag = file.sha256[:32]
    return _answer(request, file.stored_as, file.media_type, tag, way, file.name)


def _answer(
    request: Request, stored_as: str, media_type: str, tag: str, way: str, name: str
) -> Response:
    path = storage.path_of(request.app.state.settings.data, stored_as)
    if not path.is_file():
        raise NotFound
    headers = {
        "Content-Disposition": disposition(way, name), "ETag": f'"{tag}"',
        "Content-Security-Policy": ALONE, "Cache-Control": "private, no-cache",
    }  # fmt: skip
    if request.headers.get("if-none-match") == f'"{tag}"':
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type=media_type, headers=headers)


def disposition(way: str, name: str) -> str:
    """The header of RFC 6266: a plain name for old programs, the real one beside it."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def home_of(file: AttachmentFile) -> str:
    """The page that the file hangs on."""
    is_listing = file.noun in TIERED_NOUNS
    return path_to(Kind(file.noun), file.noun_id) if is_listing else "/desk"


def _no_tier() -> NoReturn:
    raise Invalid([Problem("tier", "请选择谁可以下载这个附件。")])


def _none() -> list[tuple[str, bytes]]:
    raise Invalid([Problem("file", "请先选择文件。")])
