"""A listing passed on: a card to share, citations, a code to scan, and one sheet for paper."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market.errors import NotAllowed, NotFound
from market.models import Kind, ListingState
from market.queries.details import ListingDetail, listing_by_id
from market.roles import Viewer
from web.addresses import absolute
from web.codes import MEDIA_TYPE, qr, qr_file
from web.deps import Db, Now, Reader
from web.passing import citing, paper
from web.passing.card import message, public_facts
from web.render import page
from web.routes.attachments import disposition
from web.sides import Side, both, path_to

router = APIRouter()
SHARED = (ListingState.PUBLISHED, ListingState.MATCHED)
NOT_PUBLIC = "这条内容还没有公开，别人打不开它的地址，发布以后再分享。"
CITATIONS = {
    "bib": (citing.bibtex, "application/x-bibtex; charset=utf-8"),
    "ris": (citing.ris, "application/x-research-info-systems; charset=utf-8"),
}


@both(router, "GET", "/{id}/share")
def share(
    request: Request, id: int, kind: Side, session: Db, viewer: Reader, now: Now
) -> HTMLResponse:
    listing, site = _shared(session, kind, id, viewer), absolute(request, "")
    here = site + path_to(kind, id)
    return page(
        request, "listings/share.html", listing=listing, here=here, code=qr(here),
        told=public_facts(listing.public), message=message(listing.public, site),
        gb7714=citing.gb7714(listing.public, site, now),
        bibtex=citing.bibtex(listing.public, site, now),
    )  # fmt: skip


@both(router, "GET", "/{id}/code.svg")
def code(request: Request, id: int, kind: Side, session: Db, viewer: Reader) -> Response:
    _shared(session, kind, id, viewer)
    picture = qr_file(absolute(request, path_to(kind, id)))
    return _saved(picture, MEDIA_TYPE, f"kejie-{kind.value}-{id}.svg")


@both(router, "GET", "/{id}/citation.{form}")
def citation(
    request: Request, id: int, form: str, kind: Side, session: Db, viewer: Reader, now: Now
) -> Response:
    if form not in CITATIONS:
        raise NotFound
    write, media_type = CITATIONS[form]
    text = write(_shared(session, kind, id, viewer).public, absolute(request, ""), now)
    return _saved(text.encode(), media_type, f"kejie-{kind.value}-{id}.{form}")


@both(router, "GET", "/{id}/sheet")
def on_paper(
    request: Request, id: int, kind: Side, session: Db, viewer: Reader, now: Now
) -> HTMLResponse:
    listing = listing_by_id(session, kind, id, viewer)
    here, sections = absolute(request, path_to(kind, id)), paper.sections_of(listing)
    return page(
        request, "listings/sheet.html", listing=listing, here=here, code=qr(here), now=now,
        sections=sections, is_cut=paper.is_cut(sections, listing),
    )  # fmt: skip


def _shared(session: Session, kind: Kind, id: int, viewer: Viewer) -> ListingDetail:
    """The listing, once everybody may open its page."""
    listing = listing_by_id(session, kind, id, viewer)
    if listing.state not in SHARED:
        raise NotAllowed(NOT_PUBLIC)
    return listing


def _saved(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": disposition("attachment", name)}
    return Response(content, media_type=media_type, headers=headers)
