"""The files of a listing, a certification, a report or an appeal, as far as the viewer may read
them: whoever may not read the one may not read its files, and a file of a listing has a tier."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from market import rules
from market.errors import NotFound
from market.files import IMAGES
from market.models.attachments import Attachment
from market.models.certifications import Certification
from market.models.enums import Kind, TextState, Tier
from market.models.reports import Appeal, Report
from market.models.tables import TABLES
from market.queries.visibility import is_seen, tier_for
from market.roles import Permission, Viewer

P = Permission
TIERED_NOUNS = tuple(kind.value for kind in Kind)
MATTERS: dict[str, Any] = {
    **{kind.value: TABLES[kind].listing for kind in Kind},
    "certification": Certification,
    "report": Report,
    "appeal": Appeal,
}
"""What files can belong to, by noun."""


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file as a page lists it. `small_as` is where a picture lies reduced, `width` and `height`
    are those of the original as it is looked at."""

    code: str
    noun: str
    noun_id: int
    name: str
    media_type: str
    size: int
    sha256: str
    tier: Tier
    uploaded_at: datetime
    text_state: TextState
    small_as: str | None
    width: int | None
    height: int | None

    @property
    def is_image(self) -> bool:
        """Whether a browser may show it in place."""
        return self.media_type in IMAGES

    @property
    def small(self) -> bool:
        """Whether there is a reduced picture to show."""
        return self.small_as is not None

    @property
    def is_matched(self) -> bool:
        """Whether the matcher reads its words."""
        return self.tier is Tier.PUBLIC and self.text_state is TextState.READ


@dataclass(frozen=True, slots=True)
class AttachmentFile(AttachmentRow):
    """The same, with where its bytes lie (`market.storage.path_of`)."""

    stored_as: str


def attachments_of(
    session: Session, noun: str, noun_id: int, viewer: Viewer
) -> list[AttachmentRow]:
    """The files that the viewer may read, in the order in which they were added."""
    rules.require(viewer, "attachment.read")
    highest = readable(session, noun, noun_id, viewer)
    rows = stored(session, noun, noun_id) if highest is not None else []
    return [AttachmentRow(**_values(r)) for r in rows if highest and r.tier.level <= highest.level]


def attachment_by_code(session: Session, code: str, viewer: Viewer) -> AttachmentFile:
    """The file, or NotFound where there is none that the viewer may read."""
    rules.require(viewer, "attachment.read")
    known = select(Attachment).where(
        col(Attachment.code) == code[:40], col(Attachment.removed_at).is_(None)
    )
    row = session.execute(known).scalars().first()
    highest = readable(session, row.noun, row.noun_id, viewer) if row else None
    if row is None or highest is None or row.tier.level > highest.level:
        raise NotFound
    return AttachmentFile(**_values(row), stored_as=row.stored_as)


def stored(session: Session, noun: str, noun_id: int) -> list[Attachment]:
    """The files that were not removed, whoever may read them."""
    query = select(Attachment).where(
        col(Attachment.noun) == noun,
        col(Attachment.noun_id) == noun_id,
        col(Attachment.removed_at).is_(None),
    )
    return list(session.execute(query.order_by(col(Attachment.id))).scalars())


def matter(session: Session, noun: str, noun_id: int) -> Any:
    """What files belong to. Raises NotFound where there is none."""
    row = session.get(MATTERS[noun], noun_id) if noun in MATTERS and 0 < noun_id < 2**31 else None
    if row is None:
        raise NotFound
    return row


def owner_id_of(session: Session, noun: str, row: Any) -> int:
    """The organisation whose matter this is."""
    if noun == "certification":
        return int(row.organisation_id)
    if noun in TIERED_NOUNS:
        return int(row.owner_id)
    listing = session.get(TABLES[row.kind].listing, row.listing_id)
    return listing.owner_id if listing else 0


def readable(session: Session, noun: str, noun_id: int, viewer: Viewer) -> Tier | None:
    """The highest tier of its files that the viewer may read; None where it is not to be seen."""
    row = matter(session, noun, noun_id)
    if noun in TIERED_NOUNS:
        return tier_for(session, row, viewer) if is_seen(row, viewer) else None
    owner_id, me = owner_id_of(session, noun, row), viewer.person_id
    readers = {
        "certification": viewer.holds(P.CERTIFICATION_DECIDE)
        or viewer.holds(P.ORGANISATION_MANAGE, owner_id)
        or (me is not None and noun == "certification" and row.submitted_by == me),
        "report": viewer.holds(P.REPORT_DECIDE)
        or (me is not None and noun == "report" and row.reported_by == me),
        "appeal": viewer.holds(P.APPEAL_DECIDE) or viewer.holds(P.LISTING_OWN, owner_id),
    }
    return Tier.BUREAU if readers[noun] else None


def _values(row: Attachment) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in fields(AttachmentRow)}
