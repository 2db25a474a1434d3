"""My workspace 我的工作台: how my organisation stands, what waits for me, my listings, and what was
found for them. Recommendations follow my own listings unless I switched that off; then, or where
there is nothing yet, they are simply the newest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from market.models.certifications import Certification
from market.models.enums import CertificationState, Kind, ListingState, Standing
from market.models.organisations import Organisation
from market.models.people import Person
from market.models.suggestions import Suggestion
from market.queries.listings import newest
from market.queries.rows import ListingRow, rows_for
from market.queries.shelves import OwnRow, Shelf, listings_of, shelves_of
from market.queries.waiting import Waiting, waiting_for
from market.roles import Permission, Viewer, posts

P = Permission


@dataclass(frozen=True, slots=True)
class Home:
    """The organisation that one works for. `missing` are the names of what is not filled in yet."""

    id: int
    name: str
    is_demo: bool
    standing: Standing
    is_certifying: bool
    missing: tuple[str, ...]
    manages: bool
    writes: bool
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A strong match of one of my own listings."""

    own: OwnRow
    listing: ListingRow
    score: float | None


@dataclass(frozen=True, slots=True)
class Workspace:
    """The whole page."""

    home: Home | None
    waiting: list[Waiting]
    shelves: list[Shelf]
    found: list[Found]
    newest: list[ListingRow]
    is_personalised: bool


def workspace(session: Session, viewer: Viewer, now: datetime) -> Workspace:
    """What stands on the viewer's desk, for the organisation that they act for."""
    body = _organisation(session, viewer)
    personalised = _is_personalised(session, viewer)
    if body is None:
        return Workspace(None, [], [], [], _newest(session, viewer, tuple(Kind)), personalised)
    home = _home(session, body, viewer)
    rows = listings_of(session, home.id, now)
    found = _found(session, rows, viewer) if personalised else []
    waiting = waiting_for(session, home.id, rows, viewer)
    others = () if found else tuple(kind.other for kind in home.kinds)
    return Workspace(
        home, waiting, shelves_of(rows), found, _newest(session, viewer, others), personalised
    )


def _organisation(session: Session, viewer: Viewer) -> Organisation | None:
    mine = viewer.organisations_with(P.LISTING_OWN)
    chosen = viewer.acting_for if viewer.acting_for in mine else min(mine, default=None)
    return session.get(Organisation, chosen) if chosen is not None else None


def _is_personalised(session: Session, viewer: Viewer) -> bool:
    person = session.get(Person, viewer.person_id) if viewer.person_id else None
    return person is None or person.personalised


def _home(session: Session, body: Organisation, viewer: Viewer) -> Home:
    id = body.id or 0
    gaps = {
        "number": body.credit_code or body.registration_number,
        "division": body.division_code,
        "about": body.about.strip(),
    }
    waits = select(func.count()).select_from(Certification).where(
        col(Certification.organisation_id) == id,
        col(Certification.state) == CertificationState.SUBMITTED,
    )  # fmt: skip
    return Home(
        id, body.name, body.is_demo, body.standing, bool(session.execute(waits).scalar()),
        tuple(name for name, value in gaps.items() if not value),
        viewer.holds(P.ORGANISATION_MANAGE, id), viewer.holds(P.LISTING_WRITE, id),
        tuple(kind for kind in Kind if viewer.holds(posts(kind), id)),
    )  # fmt: skip


def _found(session: Session, rows: list[OwnRow], viewer: Viewer, limit: int = 6) -> list[Found]:
    """The newest strong matches of what is published, each of the others once."""
    own = {(row.kind, row.id): row for row in rows if row.state is ListingState.PUBLISHED}
    found: list[Found] = []
    for kind in Kind:
        ids = [id for held, id in own if held is kind]
        pairs = _strong(session, kind, ids, limit)
        others = rows_for(session, kind.other, [theirs for _, theirs, _ in pairs], viewer)
        found += [
            Found(own[kind, mine], others[theirs].row, score)
            for mine, theirs, score in pairs
            if theirs in others and others[theirs].row.owner_id not in viewer.memberships
        ]
    return found[:limit]


def _strong(
    session: Session, kind: Kind, ids: list[int], limit: int
) -> list[tuple[int, int, float | None]]:
    """Pairs (mine, theirs) with the label `strong`, the newest first, each of theirs once."""
    mine, theirs = col(Suggestion.need_id), col(Suggestion.achievement_id)
    if kind is Kind.ACHIEVEMENT:
        mine, theirs = theirs, mine
    query = (
        select(mine, theirs, col(Suggestion.score))
        .where(col(Suggestion.side) == kind, mine.in_(ids), col(Suggestion.label) == "strong")
        .order_by(col(Suggestion.made_at).desc(), col(Suggestion.score).desc())
        .limit(limit * 4)
    )
    seen: dict[int, tuple[int, int, float | None]] = {}
    for own_id, their_id, score in session.execute(query) if ids else ():
        seen.setdefault(their_id, (own_id, their_id, score))
    return list(seen.values())[:limit]


def _newest(session: Session, viewer: Viewer, kinds: tuple[Kind, ...]) -> list[ListingRow]:
    """What others published last."""
    each = 6 // len(kinds) if kinds else 0
    found: list[ListingRow] = []
    for kind in kinds:
        rows = newest(session, kind, viewer, each * 3)
        found += [row for row in rows if row.owner_id not in viewer.memberships][:each]
    return found
