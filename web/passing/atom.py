"""Lists as Atom feeds (RFC 4287, paged as RFC 5005 says): what everybody may read, and no more."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from market.queries.feeds import FeedPage
from market.queries.listings import ListingRow
from web.forms import ListingForm, clean
from web.passing.card import public_facts
from web.passing.linked_data import NOT_REAL
from web.sides import path_to

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
EMPTY_SINCE = "1970-01-01T00:00:00+00:00"


def feed(form: ListingForm, found: FeedPage, site: str) -> str:
    """The feed of a list at the site's address; the list's own page is its alternate."""
    kind = form.filter.kind
    root = Element("feed", {"xmlns": ATOM, "xml:lang": "zh-Hans"})
    _say(root, "title", f"{kind.text}{'（部分）' if form.is_filtered else ''} - 科揭")
    _say(root, "id", _id(found, site, form.feed()))
    _say(root, "updated", found.updated.isoformat() if found.updated else EMPTY_SINCE)
    _say(SubElement(root, "author"), "name", "科揭")
    _say(root, "generator", "科揭")
    SubElement(root, "link", rel="alternate", type="text/html", href=site + form.address())
    for rel, number in _pages(found):
        where = form.feed(page=number if number > 1 else None)
        SubElement(root, "link", rel=rel, type="application/atom+xml", href=site + where)
    for row in found.rows:
        root.append(_entry(row, found, site))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode")


def _pages(found: FeedPage) -> list[tuple[str, int]]:
    links = [("self", found.page), ("first", 1), ("last", found.pages)]
    if found.page > 1:
        links.append(("previous", found.page - 1))
    if found.page < found.pages:
        links.append(("next", found.page + 1))
    return links


def _entry(row: ListingRow, found: FeedPage, site: str) -> Element:
    path = path_to(row.kind, row.id)
    entry = Element("entry", {"xml:lang": row.language.value})
    _say(entry, "title", ("【示例】" if row.is_demo else "") + row.title)
    _say(entry, "id", _id(found, site, path))
    SubElement(entry, "link", rel="alternate", type="text/html", href=site + path)
    if row.published_at:
        _say(entry, "published", row.published_at.isoformat())
    _say(entry, "updated", row.changed_at.isoformat())
    _say(SubElement(entry, "author"), "name", row.owner_name)
    for field in row.fields:
        SubElement(entry, "category", term=field.code, label=clean(field.name))
    _say(entry, "summary", _summary(row))
    return entry


def _summary(row: ListingRow) -> str:
    """What a row of the list says, line by line."""
    facts = [f"{name}：{said}" for name, said in public_facts(row)]
    lines = [row.summary or row.excerpt, *facts, NOT_REAL if row.is_demo else ""]
    return "\n".join(line for line in lines if line)


def _id(found: FeedPage, site: str, path: str) -> str:
    """An id that lasts though the site moves to another address."""
    if found.installation:
        return uuid5(UUID(found.installation), path).urn
    return uuid5(NAMESPACE_URL, site + path).urn


def _say(parent: Element, name: str, text: str) -> None:
    """A child with a text; what XML cannot hold is left out of it."""
    SubElement(parent, name).text = clean(text)
