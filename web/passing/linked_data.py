"""What search engines and other programs are told of a listing in the words of schema.org: what
everybody may read, and no more. A need is a Demand, an achievement an Offer."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from market.models import Kind
from market.queries.listings import ListingRow
from web.sides import FOLDERS, path_to

TYPES = {Kind.NEED: "Demand", Kind.ACHIEVEMENT: "Offer"}
FEN_A_YUAN = 100
NOT_REAL = "示例数据，为演示而写，不是真实的需求或成果。"


def block(row: ListingRow, site: str) -> Markup:
    """The data as the content of a script element that no browser runs."""
    return htmlsafe_json_dumps(page_of(row, site), dumps=partial(json.dumps, ensure_ascii=False))


def page_of(row: ListingRow, site: str) -> dict[str, Any]:
    """The page of a listing, given as everybody may read it."""
    here = site + path_to(row.kind, row.id)
    return _said({
        "@context": "https://schema.org",
        "@type": "WebPage",
        "@id": here,
        "url": here,
        "name": row.title,
        "description": row.summary or row.excerpt,
        "inLanguage": row.language.value,
        "datePublished": row.published_at and row.published_at.isoformat(),
        "dateModified": row.changed_at.isoformat(),
        "isPartOf": {"@type": "WebSite", "name": "科揭", "url": site + "/"},
        "breadcrumb": _way(row, site),
        "mainEntity": _entity(row, here, site),
    })  # fmt: skip


def _entity(row: ListingRow, here: str, site: str) -> dict[str, Any]:
    wanted_by = row.parts.get("wanted_by")
    return _said({
        "@type": TYPES[row.kind],
        "name": row.title,
        "description": row.summary or row.excerpt,
        "disambiguatingDescription": NOT_REAL if row.is_demo else "",
        "url": here,
        "category": [field.name for field in row.fields],
        "areaServed": row.division_name,
        "validThrough": wanted_by and wanted_by.isoformat(),
        "seller" if row.kind is Kind.NEED else "offeredBy": _owner(row, site),
        "priceSpecification": _price(row),
        "itemOffered": _item(row),
    })  # fmt: skip


def _item(row: ListingRow) -> dict[str, Any]:
    return _said({
        "@type": "Product",
        "name": row.title,
        "keywords": "，".join(row.keywords),
        "additionalProperty": [
            _said({"@type": "PropertyValue", "name": each.name, "value": each.value or each.before,
                   "unitText": each.unit})
            for each in row.parts["indicators"]
        ],
    })  # fmt: skip


def _owner(row: ListingRow, site: str) -> dict[str, Any] | None:
    if row.owner_id is None:
        return None
    url = f"{site}/organisations/{row.owner_id}"
    return {"@type": "Organization", "name": row.owner_name, "url": url}


def _price(row: ListingRow) -> dict[str, Any] | None:
    if row.amount is None:
        return None
    ends = {"minPrice": row.amount.low, "maxPrice": row.amount.high}
    yuan = {name: end / FEN_A_YUAN for name, end in ends.items() if end is not None}
    return {"@type": "PriceSpecification", "priceCurrency": "CNY", **yuan}


def _way(row: ListingRow, site: str) -> dict[str, Any]:
    steps = (("首页", "/"), (row.kind.text, FOLDERS[row.kind]), (row.title, None))
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            _said({"@type": "ListItem", "position": n, "name": name, "item": path and site + path})
            for n, (name, path) in enumerate(steps, 1)
        ],
    }


def _said(values: dict[str, Any]) -> dict[str, Any]:
    """Without what there is nothing to say of."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}
