"""Disclosures as each side sees them: the requests that an owner answers, what one's own
organisations asked for, and whom the bureau appointed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from market.models.disclosures import Disclosure
from market.models.enums import Audience, DisclosureState, Kind, Role, Standing
from market.models.organisations import Organisation
from market.models.people import Grant, Person
from market.models.tables import TABLES
from market.promises import promise_of
from market.queries.keeping import Keeping, is_of, keeping
from market.queries.rows import rows_for
from market.queries.visibility import listing_seen
from market.roles import Permission, Viewer
from market.states import MOVES, Move, Situation, open_moves

P = Permission
MOST = 200


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """One disclosure. The organisation is the one that asks; `person` is who asked for it or, of
    an appointment, the expert. `moves` are the answers that the viewer may give."""

    id: int
    kind: Kind
    listing_id: int
    title: str
    audience: Audience
    state: DisclosureState
    organisation_id: int | None
    organisation_name: str
    standing: Standing | None
    person_id: int | None
    person: str
    purpose: str
    promise: str
    requested_at: datetime
    decided_at: datetime | None
    reason: str
    moves: tuple[Move, ...]

    @property
    def is_open(self) -> bool:
        """Whether it waits or holds."""
        return self.state in (DisclosureState.REQUESTED, DisclosureState.GRANTED)


@dataclass(frozen=True, slots=True)
class Disclosing:
    """The page of a listing's disclosures: what one's own organisation asked for, the requests
    that its owner answers, the appointments that the bureau made and the experts it may choose
    from, and the promise that the viewer's organisation gives."""

    keeping: Keeping
    mine: list[DisclosureRow]
    requests: list[DisclosureRow]
    appointments: list[DisclosureRow]
    experts: list[tuple[int, str]]
    promise: str
    asker_id: int | None
    asker_name: str
    asks: bool
    answers: bool
    appoints: bool


@dataclass(frozen=True, slots=True)
class OwnDisclosures:
    """What others asked of one's organisations, what these asked for, and what one reviews."""

    received: list[DisclosureRow]
    sent: list[DisclosureRow]
    reviewing: list[DisclosureRow]


def disclosing(session: Session, kind: Kind, listing_id: int, viewer: Viewer) -> Disclosing:
    """The page of a listing's disclosures. Raises NotFound."""
    listing = listing_seen(session, kind, listing_id, viewer)
    row = rows_for(session, kind, [listing_id], viewer)[listing_id].row
    kept = keeping(session, row, viewer)
    asker, own = _asker(session, viewer), viewer.organisations_with(P.LISTING_OWN)
    appoints = viewer.holds(P.DISCLOSURE_APPOINT) and listing.owner_id not in viewer.memberships
    of_this, mine = is_of(kind, listing_id), col(Disclosure.organisation_id).in_(own)
    return Disclosing(
        kept, _rows(session, viewer, of_this, mine) if own else [],
        _rows(session, viewer, of_this, _for(Audience.ORGANISATION)) if kept.is_own else [],
        _rows(session, viewer, of_this, _for(Audience.EXPERT)) if appoints else [],
        _experts(session, viewer) if appoints else [],
        promise_of(asker.name, listing.title) if asker else "",
        asker.id if asker else None, asker.name if asker else "",
        asks=asker is not None and kept.why_not is None,
        answers=viewer.holds(P.DISCLOSURE_ANSWER, listing.owner_id), appoints=appoints,
    )  # fmt: skip


def own_disclosures(session: Session, viewer: Viewer) -> OwnDisclosures:
    """Everything that concerns the viewer's organisations, what came last first."""
    own = viewer.organisations_with(P.LISTING_OWN)
    organisation, person = col(Disclosure.organisation_id), col(Disclosure.person_id)
    theirs = (_for(Audience.ORGANISATION), _is_on_listings_of(own))
    holds = col(Disclosure.state) == DisclosureState.GRANTED
    reviews = viewer.is_signed_in and viewer.holds(P.REVIEW)
    return OwnDisclosures(
        _rows(session, viewer, *theirs) if own else [],
        _rows(session, viewer, organisation.in_(own)) if own else [],
        _rows(session, viewer, person == viewer.person_id, holds) if reviews else [],
    )


def _rows(session: Session, viewer: Viewer, *where: ColumnElement[bool]) -> list[DisclosureRow]:
    """Those that satisfy all of it; a listing that the viewer sees no more is nameless."""
    asker, expert = aliased(Person), aliased(Person)
    query = (
        select(Disclosure, Organisation, col(asker.name), col(expert.name))
        .outerjoin(Organisation, col(Organisation.id) == col(Disclosure.organisation_id))
        .join(asker, col(asker.id) == col(Disclosure.requested_by))
        .outerjoin(expert, col(expert.id) == col(Disclosure.person_id))
        .where(*where)
        .order_by(col(Disclosure.state) != DisclosureState.REQUESTED, col(Disclosure.id).desc())
        .limit(MOST)
    )
    found = session.execute(query).all()
    stored = _listings(session, [each[0] for each in found], viewer)
    return [_row(each, stored, viewer) for each in found]


def _listings(
    session: Session, rows: Sequence[Disclosure], viewer: Viewer
) -> dict[tuple[Kind, int], tuple[str, Organisation | None]]:
    """Title and owner of their listings; the owner only for its members, who may answer."""
    found: dict[tuple[Kind, int], tuple[str, Organisation | None]] = {}
    for kind in Kind:
        ids = [row.listing_id for row in rows if row.kind is kind]
        for id, full in rows_for(session, kind, ids, viewer).items():
            owner_id = full.row.owner_id
            is_own = owner_id is not None and viewer.holds(P.LISTING_OWN, owner_id)
            owner = session.get(Organisation, owner_id) if is_own else None
            found[kind, id] = (full.title, owner)
    return found


def _row(
    found: Any, listings: dict[tuple[Kind, int], tuple[str, Organisation | None]], viewer: Viewer
) -> DisclosureRow:
    row, asker, asked_by, expert = found
    title, owner = listings.get((row.kind, row.listing_id), ("", None))
    moves: list[Move] = []
    if owner is not None and row.audience is Audience.ORGANISATION:
        situation = Situation(row, owner, viewer, row.requested_at)
        moves = open_moves(MOVES["disclosure"], situation)
    return DisclosureRow(
        row.id, row.kind, row.listing_id, title, row.audience, row.state, row.organisation_id,
        asker.name if asker else "", asker.standing if asker else None, row.person_id,
        expert or asked_by, row.purpose, row.promise, row.requested_at, row.decided_at, row.reason,
        tuple(moves),
    )  # fmt: skip


def _asker(session: Session, viewer: Viewer) -> Organisation | None:
    """The organisation that the viewer would ask for: the one acted for, else any."""
    may = viewer.organisations_with(P.DISCLOSURE_REQUEST)
    chosen = viewer.acting_for if viewer.acting_for in may else min(may, default=None)
    return session.get(Organisation, chosen) if chosen is not None else None


def _experts(session: Session, viewer: Viewer) -> list[tuple[int, str]]:
    """Those who hold the role now, by name."""
    held = (
        select(col(Person.id), col(Person.name))
        .join(Grant, col(Grant.person_id) == col(Person.id))
        .where(
            col(Grant.role) == Role.EXPERT,
            col(Grant.ended_at).is_(None),
            col(Person.suspended_at).is_(None),
            col(Person.erased_at).is_(None),
            col(Person.id) != viewer.person_id,
        )
        .distinct()
        .order_by(col(Person.name), col(Person.id))
    )
    return [(id, name) for id, name in session.execute(held) if id is not None]


def _for(audience: Audience) -> ColumnElement[bool]:
    return col(Disclosure.audience) == audience


def _is_on_listings_of(owners: frozenset[int]) -> ColumnElement[bool]:
    parts = []
    for kind in Kind:
        table = TABLES[kind].listing
        ids = select(col(table.id)).where(col(table.owner_id).in_(owners))
        parts.append((col(Disclosure.kind) == kind) & col(Disclosure.listing_id).in_(ids))
    return or_(*parts)
