"""What programs follow: lists as Atom feeds, the sitemap, and what crawlers should leave alone."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from market.errors import Invalid, NotFound
from market.models import Kind
from market.queries.feeds import feed_page
from market.queries.sitemaps import organisations_in_sitemap, sitemap_part, sitemap_parts
from web.addresses import absolute
from web.deps import Asker, Db, Directory, Names, Reader
from web.forms import listing_form
from web.passing import atom, sitemaps
from web.sides import FOLDERS, Side, both
from web.tags import tagged

router = APIRouter()
HOUR = 3600


@both(router, "GET", "/feed.atom")
def follow(request: Request, kind: Side, session: Db, viewer: Reader, places: Names) -> Response:
    form = listing_form(kind, FOLDERS[kind], request.query_params, places)
    if form.problems:
        raise Invalid(form.problems)
    found = feed_page(session, form.filter)
    if form.page_beyond(found.pages):
        raise NotFound
    return tagged(request, atom.feed(form, found, absolute(request, "")), atom.MEDIA_TYPE)


@router.get("/sitemap.xml")
def sitemap(request: Request, session: Db, viewer: Reader) -> Response:
    body = sitemaps.index(sitemap_parts(session), absolute(request, ""))
    return tagged(request, body, sitemaps.MEDIA_TYPE, fresh=HOUR)


@router.get("/sitemaps/pages.xml")
def sitemap_of_pages(request: Request, session: Db, viewer: Directory) -> Response:
    body = sitemaps.pages(organisations_in_sitemap(session), absolute(request, ""))
    return tagged(request, body, sitemaps.MEDIA_TYPE, fresh=HOUR)


@router.get("/sitemaps/{name}-{number}.xml")
def sitemap_of_listings(
    request: Request, name: str, number: int, session: Db, viewer: Reader
) -> Response:
    kind = next((each for each in Kind if FOLDERS[each] == f"/{name}"), None)
    found = sitemap_part(session, kind, number) if kind and 0 < number < 50_000 else []
    if not kind or not found:
        raise NotFound
    return tagged(
        request, sitemaps.listings(kind, found, absolute(request, "")), sitemaps.MEDIA_TYPE,
        fresh=HOUR,
    )  # fmt: skip


@router.get("/robots.txt")
def robots(request: Request, viewer: Asker) -> PlainTextResponse:
    return PlainTextResponse(sitemaps.robots(absolute(request, "")))
