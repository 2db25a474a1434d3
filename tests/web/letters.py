"""What was sent to somebody, read where it waits to leave: the codes and links in it."""

from __future__ import annotations

import re

from sqlmodel import col, select

from market.models import Delivery
from tests.web.site import Site


def last_letter(site: Site, target: str) -> str:
    """The text of the last letter to an address or a number."""
    with site.session() as session:
        query = select(Delivery).where(col(Delivery.target) == target)
        found = session.exec(query.order_by(col(Delivery.id).desc())).first()
        assert found is not None, f"nothing was sent to {target}"
        return found.text


def code_for(site: Site, target: str) -> str:
    """The code in the last letter."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", last_letter(site, target))
    assert found is not None, last_letter(site, target)
    return found[0]


def link_for(site: Site, target: str, start: str) -> str:
    """The path of the link in the last letter that begins so."""
    found = re.search(re.escape(start) + r"[\w-]+", last_letter(site, target))
    assert found is not None, last_letter(site, target)
    return found[0]
