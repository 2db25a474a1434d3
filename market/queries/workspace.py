"""My workspace 我的工作台: how my organisation stands, what waits for me, my listings, and what was
found for them. Recommendations follow my own listings unless I switched that off; then, or where
there is nothing yet, they are simply the newest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from market.actions.visits import is_due, last_visit
from market.models.certifications import Certification
from market.models.enums import CertificationState, Kind, ListingState, Standing
from market.models.organisations import Organisation
from market.models.people import Person
from market.models.suggestions import Suggestion
from market.queries.answers import useful_counts
from market.queries.listings import newest
from market.queries.news import News, news_for
from market.queries.rows import ListingRow, rows_for
from market.queries.shelves import OwnRow, Shelf, listings_of, shelves_of
from market.queries.sketches import UnfinishedRow, unfinished
from market.queries.views import Views, view_counts
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
class Figures:
    """How my organisation's listings fare, each by kind and id: how often others opened them, and
    found them useful."""

    views: Mapping[tuple[Kind, int], Views]
    useful: Mapping[tuple[Kind, int], int]

    @property
    def lately(self) -> int:
        """All views of the last days."""
        return sum(each.lately for each in self.views.values())

    @property
    def found_useful(self) -> int:
        """All words that called one of them useful."""
        return sum(self.useful.values())


@dataclass(frozen=True, slots=True)
class Workspace:
    """The whole page."""

    home: Home | None
    waiting: list[Waiting]
    unfinished: Sequence[UnfinishedRow]
    news: News
    shelves: list[Shelf]
    figures: Figures
    found: list[Found]
    newest: list[ListingRow]
    is_personalised: bool
    visit_is_due: bool


def workspace(session: Session, viewer: Viewer, now: datetime) -> Workspace:
    """What stands on the viewer's desk, for the organisation that they act for."""
    body, person = _organisation(session, viewer), session.get(Person, viewer.person_id)
    personalised = person is None or person.personalised
    due = person is not None and is_due(person, now)
    since = last_visit(person, now) if person and personalised else None
    news, begun = news_for(session, viewer, since), unfinished(session, viewer)
    if body is None:
        others = _newest(session, viewer, tuple(Kind))
        nothing = Figures({}, {})
        return Workspace(None, [], begun, news, [], nothing, [], others, personalised, due)
    home = _home(session, body, viewer)
    rows = listings_of(session, home.id, now)
    found = _found(session, rows, viewer) if personalised else []
    waiting = waiting_for(session, home.id, rows, viewer)
    wanted = () if found else tuple(kind.other for kind in home.kinds)
    return Workspace(
        home, waiting, begun, news, shelves_of(rows), _figures(session, home.id, now), found,
        _newest(session, viewer, wanted), personalised, due,
    )  # fmt: skip


def _figures(session: Session, owner_id: int, now: datetime) -> Figures:
    views = {
        (kind, id): seen
        for kind in Kind
        for id, seen in view_counts(session, kind, owner_id, now).items()
    }
    useful = {
        (kind, id): count
        for kind in Kind
        for id, count in useful_counts(session, kind, owner_id).items()
    }
    return Figures(views, useful)


def _organisation(session: Session, viewer: Viewer) -> Organisation | None:
    mine = viewer.organisations_with(P.LISTING_OWN)
    chosen = viewer.acting_for if viewer.acting_for in mine else min(mine, default=None)
    return session.get(Organisation, chosen) if chosen is not None else None


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
