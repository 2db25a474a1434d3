"""Listings that go, with all that belongs to them: demonstrations that are purged, imports that are
undone. The index is told, and whoever shows them among its matches is looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session, col

from market import workflow
from market.models.answers import Answer
from market.models.attachments import Attachment
from market.models.disclosures import Disclosure
from market.models.enums import Kind
from market.models.listings import Listing
from market.models.reports import Appeal, Report
from market.models.saved import SavedItem
from market.models.sketches import Sketch
from market.models.suggestions import StaleSuggestion, Suggestion
from market.models.tables import TABLES
from market.models.versions import ListingVersion
from market.models.views import ListingViews

AT_ONCE = 500
ABOUT_LISTINGS: tuple[Any, ...] = (
    Disclosure, Report, Appeal, ListingVersion, ListingViews, SavedItem, Sketch, StaleSuggestion,
)  # fmt: skip
"""What names a listing by kind and id, without a key that the database would follow."""


def remove(session: Session, kind: Kind, rows: Sequence[Listing], now: datetime) -> None:
    """Delete stored listings of one kind. Whether they may go is the caller's to say."""
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        _mark_who_shows(session, kind, [row.key for row in some], now)
        workflow.tell_index(session, some, now)
        session.flush()
        _delete(session, kind, [row.key for row in some])


def _delete(session: Session, kind: Kind, ids: list[int]) -> None:
    belonging = (col(Attachment.noun) == kind.value, col(Attachment.noun_id).in_(ids))
    session.execute(delete(Attachment).where(*belonging))
    for about in ABOUT_LISTINGS:
        of_these = (col(about.kind) == kind, col(about.listing_id).in_(ids))
        session.execute(delete(about).where(*of_these))
    table = TABLES[kind].listing
    session.execute(delete(table).where(col(table.id).in_(ids)))


def _mark_who_shows(session: Session, kind: Kind, ids: list[int], now: datetime) -> None:
    ours, theirs = col(Suggestion.need_id), col(Suggestion.achievement_id)
    if kind is Kind.ACHIEVEMENT:
        ours, theirs = theirs, ours
    showing = select(theirs).where(col(Suggestion.side) == kind.other, ours.in_(ids)).distinct()
    others = list(session.execute(showing).scalars())
    workflow.mark_stale(session, kind.other, others, now, spreads=False)


def in_use(session: Session, kind: Kind, ids: Sequence[int]) -> set[int]:
    """Those of the listings that others have begun to deal with: files, requests, reports and
    answers hang on them."""
    side = Answer.need_id if kind is Kind.NEED else Answer.achievement_id
    asked = [
        select(col(Attachment.noun_id)).where(
            col(Attachment.noun) == kind.value, col(Attachment.noun_id).in_(ids)
        ),
        select(col(side)).where(col(side).in_(ids)),
    ]
    for about in (Disclosure, Report, Appeal):
        of_these = (col(about.kind) == kind, col(about.listing_id).in_(ids))
        asked.append(select(col(about.listing_id)).where(*of_these))
    return {id for query in asked for id in session.execute(query).scalars()}
