"""Writing needs and achievements as a program: the same actions as the forms."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import HTTPException
from sqlmodel import Session

from market.actions import attachments, posting
from market.actions.listings import as_draft
from market.actions.posting import Outdated
from market.errors import Invalid, NotFound, Problem
from market.models import Attachment, Kind, Listing, Tier
from market.queries.attachments import AttachmentRow, attachment_by_code, attachments_of
from market.queries.own import own_listing
from market.queries.shelves import own_listings, path_of
from market.roles import Viewer
from web.api import versions
from web.api.models import KindName
from web.api.once import Once
from web.api.posting_models import (
    AttachmentChange,
    AttachmentOut,
    ListingChange,
    ListingIn,
    ListingMoveIn,
    OwnListingOut,
    OwnRowOut,
)
from web.api.versions import IfMatch, version_of
from web.deps import Db, Now, Posted, Tx, limited, may
from web.forms.organisations import files_of, one_of
from web.forms.reading import Reading
from web.sides import Side, both, path_to

router = APIRouter(tags=["发布"], route_class=Once)
Member = Annotated[Viewer, Depends(may("account.use"))]
Author = Annotated[Viewer, Depends(may("listing.create"))]
Writer = Annotated[Viewer, Depends(may("listing.write"))]
Adding = Annotated[Viewer, Depends(may("attachment.add"))]
Changing = Annotated[Viewer, Depends(may("attachment.change"))]
Removing = Annotated[Viewer, Depends(may("attachment.remove"))]
AttachmentReader = Annotated[Viewer, Depends(may("attachment.read"))]
WRITES = [Depends(limited("write"))]
UPLOAD: dict[str, Any] = {"requestBody": {"required": True, "content": {"multipart/form-data": {
    "schema": {"type": "object", "required": ["file"], "properties": {
        "file": {"type": "string", "format": "binary"},
        "tier": {"type": "string", "enum": [tier.value for tier in Tier], "default": "public"},
    }},
}}}}  # fmt: skip


@router.get("/me/listings", summary="本单位的需求与成果，草稿也在内", tags=["我的账号"])
def mine(session: Db, viewer: Member, now: Now) -> list[OwnRowOut]:
    return [
        OwnRowOut(
            kind=_name(row.kind), id=row.id, title=row.title, state=row.state, reason=row.reason,
            changed_at=row.changed_at, expires_at=row.expires_at, url=path_of(row),
        )
        for row in own_listings(session, viewer, now)
    ]  # fmt: skip


@both(router, "POST", "", summary="新写一条{}，存为草稿", status_code=201, dependencies=WRITES)
def create(
    given: ListingIn, kind: Side, session: Tx, viewer: Author, now: Now, answer: Response
) -> OwnListingOut:
    row = posting.create(session, kind, given.draft(kind), viewer, now)
    return own_out(session, row, viewer, now, answer)


@both(router, "PATCH", "/{id}", summary="修改一条{}", dependencies=WRITES)
def change(
    id: int, given: ListingChange, kind: Side, session: Tx, viewer: Writer, now: Now,
    answer: Response, if_match: IfMatch = "",
) -> OwnListingOut:  # fmt: skip
    row, version = posting.open_to_change(session, kind, id, viewer), version_of(if_match)
    draft = replace(as_draft(session, row), **given.values(kind))
    try:
        posting.edit(session, row, draft, version, viewer, now)
    except Outdated as error:
        raise HTTPException(412, error.problems[0].reason) from error
    return own_out(session, row, viewer, now, answer)


@both(router, "POST", "/{id}/moves", summary="{}的一步：发布、送审、续期……", dependencies=WRITES)
def move(
    id: int, given: ListingMoveIn, kind: Side, session: Tx, viewer: Member, now: Now, to: Response,
    if_match: IfMatch = "",
) -> OwnListingOut:  # fmt: skip
    row = posting.found(session, kind, id, viewer)
    versions.require(if_match, row.version)
    posting.act(session, row, given.name, viewer, now, given.reason)
    return own_out(session, row, viewer, now, to)


@both(router, "GET", "/{id}/attachments", summary="{}的附件")
def attachment_list(
    id: int, kind: Side, session: Db, viewer: AttachmentReader
) -> list[AttachmentOut]:
    row = posting.found(session, kind, id, viewer)
    return [_file(file) for file in attachments_of(session, kind.value, row.key, viewer)]


@both(
    router, "POST", "/{id}/attachments", summary="给{}加一个附件", status_code=201,
    dependencies=[Depends(limited("upload"))], openapi_extra=UPLOAD,
)  # fmt: skip
def attach(
    request: Request, id: int, kind: Side, given: Posted, session: Tx, viewer: Adding, now: Now
) -> AttachmentOut:
    files, data = files_of(given, "file"), request.app.state.settings.data
    tier = one_of(Tier, Reading(given).raw("tier") or Tier.PUBLIC)
    if len(files) != 1 or tier is None:
        raise Invalid([Problem("file", "请用 multipart/form-data 传一个 file，tier 见说明。")])
    name, content = files[0]
    row = attachments.add(session, kind.value, id, name, content, tier, viewer, now, data)
    return _file(row)


@both(
    router, "PATCH", "/{id}/attachments/{code}", summary="谁可以下载{}的一个附件",
    dependencies=WRITES,
)  # fmt: skip
def change_attachment(
    id: int, code: str, given: AttachmentChange, kind: Side, session: Tx, viewer: Changing, now: Now
) -> AttachmentOut:
    file = attachment_by_code(session, code, viewer)
    if (file.noun, file.noun_id) != (kind.value, id):
        raise NotFound
    return _file(attachments.change_tier(session, code, given.tier, viewer, now))


@both(
    router, "DELETE", "/{id}/attachments/{code}", summary="删除{}的一个附件", status_code=204,
    dependencies=WRITES,
)  # fmt: skip
def detach(id: int, code: str, kind: Side, session: Tx, viewer: Removing, now: Now) -> None:
    file = attachment_by_code(session, code, viewer)
    if (file.noun, file.noun_id) != (kind.value, id):
        raise NotFound
    attachments.remove(session, code, viewer, now)


def own_out(
    session: Session, row: Listing, viewer: Viewer, now: datetime, answer: Response
) -> OwnListingOut:
    """One's own listing after something was done with it, under its new version."""
    answer.headers["ETag"] = f'"{row.version}"'
    own = own_listing(session, row.kind, row.key, viewer, now)
    return OwnListingOut(
        kind=_name(row.kind), id=row.key, title=row.title, state=row.state, version=row.version,
        reason=own.reason if own else "", organisation=row.owner_id, changed_at=row.changed_at,
        expires_at=row.expires_at, moves=[m.name for m in own.moves] if own else [],
        url=path_to(row.kind, row.key),
    )  # fmt: skip


def _name(kind: Kind) -> KindName:
    return "need" if kind is Kind.NEED else "achievement"


def _file(row: AttachmentRow | Attachment) -> AttachmentOut:
    return AttachmentOut(
        code=row.code, name=row.name, media_type=row.media_type, size=row.size, sha256=row.sha256,
        tier=row.tier, uploaded_at=row.uploaded_at, url=f"/files/{row.code}",
        small=f"/files/{row.code}/small" if row.small_as else None, text_state=row.text_state,
    )  # fmt: skip
