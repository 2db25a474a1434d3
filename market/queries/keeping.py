"""What a listing keeps back from somebody, and how they may get to read it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from market.models.attachments import Attachment
from market.models.disclosures import Disclosure
from market.models.enums import DisclosureState, Kind, ListingState, Tier
from market.models.listings import Listing
from market.models.tables import TABLES
from market.queries.rows import ListingRow, tiers_of
from market.queries.visibility import tier_for
from market.roles import Permission, Viewer

P = Permission
FILES = "files"
ITS_OWN = "这是您所在单位发布的内容，不需要申请。"
NOTHING_KEPT = "这条内容没有签署保密协议后可见的部分，不需要申请。"
NOT_PUBLISHED = "这条内容现在没有公开发布，不能申请查阅。"


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a listing keeps back. `hidden` is what this viewer may not read, by tier, `shown` what
    they may and not everybody; field names, or `files`. `asked` is how the last
    request of the organisation that they act for stands, `why_not` why there is nothing to ask
    for, `waiting` how many requests its owner has to answer."""

    hidden: dict[Tier, tuple[str, ...]]
    shown: dict[Tier, tuple[str, ...]]
    is_own: bool
    asked: DisclosureState | None
    why_not: str | None
    waiting: int

    @property
    def is_any(self) -> bool:
        """Whether anything is kept from anybody."""
        return bool(self.hidden or self.shown)


def keeping(session: Session, listing: ListingRow, viewer: Viewer) -> Keeping:
    """What a listing that the viewer has been shown keeps back, and how to get to it."""
    stored = session.get_one(TABLES[listing.kind].listing, listing.id)
    tiers = dict(listing.tiers)
    hidden = dict(listing.hidden)
    if has_files(session, stored):
        tiers[FILES] = Tier.MATCHED
        if tier_for(session, stored, viewer).level < Tier.MATCHED.level:
            hidden[FILES] = Tier.MATCHED
    shown = {name: tier for name, tier in tiers.items() if name not in hidden}
    is_own = viewer.holds(P.LISTING_OWN, stored.owner_id)
    return Keeping(
        _by_tier(hidden), _by_tier(shown), is_own, _asked(session, stored, viewer),
        why_not_asked(session, stored, viewer), _waiting(session, stored) if is_own else 0,
    )  # fmt: skip


def why_not_asked(session: Session, listing: Listing, viewer: Viewer) -> str | None:
    """Why there is nothing for the viewer to ask for, or None."""
    if listing.owner_id in viewer.organisations_with(Permission.LISTING_OWN):
        return ITS_OWN
    if listing.state is not ListingState.PUBLISHED:
        return NOT_PUBLISHED
    return None if _has_any(session, listing) else NOTHING_KEPT


def _has_any(session: Session, listing: Listing) -> bool:
    """Whether a field or a file is kept for those who promised secrecy."""
    return Tier.MATCHED in tiers_of(listing).values() or has_files(session, listing)


def has_files(session: Session, listing: Listing) -> bool:
    """Whether one of its files is."""
    query = select(col(Attachment.id)).where(
        col(Attachment.noun) == listing.kind.value,
        col(Attachment.noun_id) == listing.key,
        col(Attachment.tier) == Tier.MATCHED,
        col(Attachment.removed_at).is_(None),
    )
    return session.execute(query.limit(1)).first() is not None


def _by_tier(fields: dict[str, Tier]) -> dict[Tier, tuple[str, ...]]:
    held = {tier: tuple(n for n, each in fields.items() if each is tier) for tier in Tier}
    return {tier: names for tier, names in held.items() if names}


def _asked(session: Session, listing: Listing, viewer: Viewer) -> DisclosureState | None:
    """How the last request stands of the organisation that the viewer acts for."""
    if viewer.acting_for not in viewer.organisations_with(P.LISTING_OWN):
        return None
    query = select(col(Disclosure.state)).where(
        is_of(listing.kind, listing.key), col(Disclosure.organisation_id) == viewer.acting_for
    )
    return session.execute(query.order_by(col(Disclosure.id).desc()).limit(1)).scalar()


def _waiting(session: Session, listing: Listing) -> int:
    waits = col(Disclosure.state) == DisclosureState.REQUESTED
    query = select(func.count()).select_from(Disclosure)
    return session.execute(query.where(is_of(listing.kind, listing.key), waits)).scalar() or 0


def is_of(kind: Kind, listing_id: int) -> ColumnElement[bool]:
    """Whether a disclosure is about this listing."""
    return (col(Disclosure.kind) == kind) & (col(Disclosure.listing_id) == listing_id)
