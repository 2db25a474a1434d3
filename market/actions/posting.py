"""Writing a need or an achievement by hand: its draft, its changes, and the moves that somebody
chooses by name. What is stored and how is in `listings`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from market import rules
from market.actions import file_texts, listings
from market.actions.drafts import ListingDraft, known_codes, problems_of
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models.enums import Kind
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.tables import TABLES
from market.queries.visibility import is_seen
from market.roles import Viewer, posts
from market.states import MOVES, find_move
from market.states import listings as states
from market.texts import language_of

MAX_REASON = 2_000
NOT_BY_NAME = ("change", "expire")
"""One needs a text, the other is the clock's."""
OVERTAKEN = "您填写期间有人修改了这条内容。您写的都保留在下面，请对照现在的内容后再保存。"


class Outdated(Invalid):
    """Somebody else saved first; `version` is what stands there now."""

    def __init__(self, version: int, reason: str = OVERTAKEN) -> None:
        super().__init__([Problem("page", reason)])
        self.version = version


def create(
    session: Session, kind: Kind, draft: ListingDraft, viewer: Viewer, now: datetime
) -> Listing:
    """Store a draft for an organisation that the viewer writes for; what the draft says of its
    source and dates is not taken, and whether it is a demonstration follows the organisation."""
    rules.require(viewer, "listing.create", draft.owner_id)
    owner = session.get(Organisation, draft.owner_id)
    if owner is None or not viewer.holds(posts(kind), draft.owner_id):
        raise NotAllowed(states.owner_may_post.reason)
    if owner.merged_into_id is not None:
        raise NotAllowed(states.owner_is_not_merged.reason)
    draft = _by_hand(draft, is_demo=owner.is_demo)
    _check_one(session, draft, now)
    return listings.store(session, kind, draft, viewer, now)


def edit(
    session: Session, listing: Listing, draft: ListingDraft, version: int, viewer: Viewer,
    now: datetime,
) -> bool:  # fmt: skip
    """Bring a listing to what its owner wrote; False when nothing differed. `version` is the one
    that the writer has read: raises Outdated where somebody else changed it since."""
    session.refresh(listing, with_for_update=True)
    _require_change(listing, viewer)
    if listing.version != version:
        raise Outdated(listing.version)
    draft = _by_hand(replace(draft, owner_id=listing.owner_id), is_demo=listing.is_demo)
    draft = replace(draft, source=listing.source, source_id=listing.source_id)
    _check_one(session, draft, now)
    is_changed = listings.bring(session, listing, draft, viewer, now)
    if is_changed:
        file_texts.follow(session, listing, now)
    return is_changed


def act(
    session: Session, listing: Listing, name: str, viewer: Viewer, now: datetime, reason: str = ""
) -> None:
    """Apply a move that somebody chose by its name on a page."""
    if name in NOT_BY_NAME or not any(m.name == name for m in MOVES["listing"]):
        raise NotAllowed("没有这个操作，请从页面上的按钮进入。")
    if len(reason) > MAX_REASON:
        raise Invalid([Problem("reason", f"理由最多 {MAX_REASON:,} 字。")])
    listings.move(session, name, listing, viewer, now, reason=reason.strip())
    session.flush()


def found(session: Session, kind: Kind, id: int, viewer: Viewer) -> Listing:
    """The listing to act on, or NotFound where there is none that the viewer sees."""
    row: Listing | None = session.get(TABLES[kind].listing, id) if 0 < id < 2**31 else None
    if row is None or not is_seen(row, viewer):
        raise NotFound
    return row


def open_to_change(session: Session, kind: Kind, id: int, viewer: Viewer) -> Listing:
    """The listing for its form: NotFound, or NotAllowed where it cannot be changed now."""
    row = found(session, kind, id, viewer)
    _require_change(row, viewer)
    return row


def _require_change(listing: Listing, viewer: Viewer) -> None:
    rules.require(viewer, "listing.write", listing.owner_id)
    if find_move(MOVES["listing"], "change", listing.state) is None:
        raise NotAllowed(f"“{listing.state.text}”的内容不能修改。")


def _by_hand(draft: ListingDraft, *, is_demo: bool) -> ListingDraft:
    """The draft without what only a file from outside can say, in the script that it is in."""
    text = "\n".join((draft.title, draft.summary, draft.body))
    return replace(
        draft, is_demo=is_demo, source=None, source_id=None, published_at=None,
        language=language_of(text),
    )  # fmt: skip


def _check_one(session: Session, draft: ListingDraft, now: datetime) -> None:
    problems = problems_of(draft, known_codes(session), now)
    if problems:
        raise Invalid(problems)
