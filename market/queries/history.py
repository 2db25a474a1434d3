"""What a listing said before, for those who may read all of it: members of its organisation and the
bureau. For everybody else there is no history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from market import contents, rules
from market.actions.drafts import ListingDraft
from market.differences import PartDifference, changed_parts, differences
from market.errors import NotFound
from market.models.enums import Kind, ListingState, Tier
from market.models.listings import TIERED_BY, Listing
from market.models.places import Division, Field
from market.models.versions import ListingVersion
from market.queries.people import names
from market.queries.visibility import listing_seen
from market.roles import Permission, Viewer
from market.states import MOVES, find_move

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version. `author` is nobody's name where a file brought it or the person is gone;
    `changed` names the parts that differ from the version before, None for the first one."""

    version: int
    at: datetime
    author: str
    is_import: bool
    changed: list[str] | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class History:
    """The versions of a listing, the latest first. `before` is where older ones go on."""

    kind: Kind
    id: int
    title: str
    state: ListingState
    versions: list[VersionRow]
    total: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions, the older one first, and what became of each part. `may_restore`: the viewer
    may bring the older one back now."""

    kind: Kind
    id: int
    title: str
    older: VersionRow
    newer: VersionRow
    parts: list[PartDifference]
    names: dict[str, str]
    may_restore: bool


def history(
    session: Session, kind: Kind, id: int, viewer: Viewer, before: int | None = None
) -> History:
    """A page of versions, those under `before` where it is given. Raises NotFound."""
    row = _readable(session, kind, id, viewer)
    where = [col(ListingVersion.kind) == kind, col(ListingVersion.listing_id) == id]
    total = session.exec(select(func.count()).select_from(ListingVersion).where(*where)).one()
    if before is not None:
        where.append(col(ListingVersion.version) < before)
    order = col(ListingVersion.version).desc()
    found = list(
        session.exec(select(ListingVersion).where(*where).order_by(order).limit(PER_PAGE + 1))
    )
    shown = found[:PER_PAGE]
    earlier: list[ListingVersion | None] = [*found[1:], None]
    rows = _rows(session, row, list(zip(shown, earlier, strict=False)))
    more = shown[-1].version if len(found) > PER_PAGE else None
    return History(kind, id, row.title, row.state, rows, total, more)


def comparison(
    session: Session, kind: Kind, id: int, versions: tuple[int, int | None], viewer: Viewer
) -> Comparison:
    """Two versions of a listing side by side, None for the present one. Raises NotFound."""
    row = _readable(session, kind, id, viewer)
    wanted = sorted(row.version if each is None else each for each in versions)
    older, newer = (version_of(session, row, each) for each in wanted)
    drafts = draft_of(row, older), draft_of(row, newer)
    first, last = _rows(session, row, [(older, None), (newer, None)])
    may_change = rules.may(viewer, "listing.write", row.owner_id)
    is_open = find_move(MOVES["listing"], "change", row.state) is not None
    return Comparison(
        kind, id, row.title, first, last, differences(kind, *drafts), _names(session, drafts),
        may_restore=may_change and is_open and not first.is_current,
    )  # fmt: skip


def version_of(session: Session, row: Listing, version: int) -> ListingVersion:
    """One stored version. Raises NotFound."""
    found = session.exec(
        select(ListingVersion).where(
            ListingVersion.kind == row.kind, ListingVersion.listing_id == row.key,
            ListingVersion.version == version,
        )
    ).first()  # fmt: skip
    if found is None:
        raise NotFound
    return found


def draft_of(row: Listing, version: ListingVersion) -> ListingDraft:
    """What a version said, with every tier named: what it does not name was public."""
    tiers = dict.fromkeys(TIERED_BY[row.kind], Tier.PUBLIC)
    blank = ListingDraft("", row.owner_id, tiers=tiers, language=row.language)
    return contents.read(row.kind, version.content, replace(blank, is_demo=row.is_demo))


def _readable(session: Session, kind: Kind, id: int, viewer: Viewer) -> Listing:
    row = listing_seen(session, kind, id, viewer)
    reads = (Permission.LISTING_OWN, Permission.BUREAU_FIELDS)
    if not any(viewer.holds(each, row.owner_id) for each in reads):
        raise NotFound
    return row


def _rows(
    session: Session, row: Listing, pairs: Sequence[tuple[ListingVersion, ListingVersion | None]]
) -> list[VersionRow]:
    """Each version with the one before it."""
    called = names(session, [version.author_id for version, _ in pairs])
    return [
        VersionRow(
            version=held.version,
            at=held.at,
            author=called.get(held.author_id or 0, ""),
            is_import=bool(held.origin) or (held.author_id is None and row.source is not None),
            changed=changed_parts(row.kind, last.content, held.content) if last else None,
            is_current=held.version == row.version,
        )
        for held, last in pairs
    ]


def _names(session: Session, drafts: Sequence[ListingDraft]) -> dict[str, str]:
    """What the codes in two drafts are called."""
    fields = {code for draft in drafts for code in draft.field_codes}
    places = {draft.division_code for draft in drafts if draft.division_code}
    found = {f.code: f.name for f in session.exec(select(Field).where(col(Field.code).in_(fields)))}
    divisions = session.exec(select(Division).where(col(Division.code).in_(places)))
    return found | {division.code: division.name for division in divisions}
