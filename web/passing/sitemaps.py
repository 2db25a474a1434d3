"""The sitemap in the form that sitemaps.org describes, and robots.txt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from market.models import Kind
from market.queries.sitemaps import SitemapPart
from web.sides import FOLDERS, path_to

MEDIA_TYPE = "application/xml; charset=utf-8"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
PAGES = (
    "/", "/needs", "/achievements", "/organisations", "/ranking", "/roles", "/about", "/docs",
    "/privacy",
)  # fmt: skip
LEFT_ALONE = (
    "/match", "/search", "/api/", "/needs?", "/achievements?", "/organisations?", "/files/",
    "/sign-in", "/register",
)  # fmt: skip
"""Answers to questions, and what is nobody's page: filtered lists without end among them."""
Line = tuple[str, datetime | None]


def index(parts: Sequence[SitemapPart], site: str) -> str:
    """The parts of the sitemap."""
    rest = [
        (f"{site}/sitemaps{FOLDERS[part.kind]}-{part.number}.xml", part.changed_at)
        for part in parts
    ]
    return _document("sitemapindex", "sitemap", [(f"{site}/sitemaps/pages.xml", None), *rest])


def listings(kind: Kind, found: Iterable[tuple[int, datetime]], site: str) -> str:
    """One part: the pages of needs, or of achievements."""
    return _document("urlset", "url", [(site + path_to(kind, id), at) for id, at in found])


def pages(organisations: Iterable[int], site: str) -> str:
    """The pages that are always there, and those of organisations."""
    paths = [*PAGES, *(f"/organisations/{id}" for id in organisations)]
    return _document("urlset", "url", [(site + path, None) for path in paths])


def robots(site: str) -> str:
    """What crawlers should leave alone, and where the sitemap is."""
    rules = [f"Disallow: {path}" for path in LEFT_ALONE]
    return "\n".join(["User-agent: *", *rules, "", f"Sitemap: {site}/sitemap.xml", ""])


def _document(root: str, name: str, lines: Iterable[Line]) -> str:
    body = "".join(
        f"<{name}><loc>{escape(where)}</loc>"
        + (f"<lastmod>{at.isoformat(timespec='seconds')}</lastmod>" if at else "")
        + f"</{name}>\n"
        for where, at in lines
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">\n{body}</{root}>\n'
    )
