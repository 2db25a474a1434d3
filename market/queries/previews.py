"""How each kind of reader would see a listing that is still being written: from the row that lists
and pages are made of, blanked by the same code."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from sqlmodel import Session

from market import rules
from market.actions.drafts import ListingDraft, as_new, columns_of
from market.models.enums import Kind, Tier
from market.models.organisations import Organisation
from market.models.tables import TABLES
from market.parts import text_of
from market.queries.details import ListingDetail
from market.queries.rows import ListingRow, drafted
from market.roles import Viewer


def preview(
    session: Session, kind: Kind, draft: ListingDraft, highest: Tier, viewer: Viewer,
    now: datetime, id: int | None = None,
) -> ListingDetail:  # fmt: skip
    """The draft up to a tier, for somebody who writes for its owner; nothing is stored. `id` is
    that of the stored listing, if there is one."""
    rules.require(viewer, "listing.write", draft.owner_id)
    owner = session.get_one(Organisation, draft.owner_id)
    table, draft = TABLES[kind].listing, as_new(draft)
    values = {**columns_of(draft, table), "is_demo": owner.is_demo}
    row = table(**values, id=id or 0, created_at=now, changed_at=now)
    shown, public = (
        drafted(session, row, draft.field_codes, draft.modes, tier)
        for tier in (highest, Tier.PUBLIC)
    )
    return ListingDetail(
        **{field.name: getattr(shown, field.name) for field in fields(ListingRow)}, public=public,
        text=text_of(kind, public.parts.__getitem__), source=None, source_id=None, version=1,
        created_at=now, expires_at=None,
    )  # fmt: skip
