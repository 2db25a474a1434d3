"""Makes the stored suggestions anew where they are stale. Called by the indexer alone.

A listing's suggestions are replaced in one transaction with the removal of its mark, and only if it
was not marked again meanwhile. What a new listing suits follows in turn: the listings that it
ranks first are marked, unless theirs were made when it was already in the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Select, delete, func, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from market.db import session_for, writing
from market.matchmaking import Hit, Matcher, Matchmaker, kept_of, listing_key
from market.models.enums import Kind, ListingState
from market.models.indexing import IndexChange
from market.models.suggestions import StaleSuggestion, Suggestion
from market.models.tables import TABLES
from market.queries.rows import FullRow, rows_for
from market.roles import VISITOR_VIEWER
from market.workflow import mark_stale

KEPT = 20
Key = tuple[Kind, int]


def make_some(
    engine: Engine, matchmaker: Matchmaker, matcher: Matcher, now: datetime, limit: int
) -> int:
    """Make the suggestions of up to `limit` listings, the longest stale first.

    Stops where the index is behind: a mark that was made together with a change of the index is
    worked off after that change, or those who follow would be made without it.
    """
    for made in range(limit):
        with session_for(engine) as session:
            mark = session.execute(_longest_stale()).scalar()
            if mark is None or _is_behind(session, matcher.position):
                return made
            row = rows_for(session, mark.kind, [mark.listing_id], VISITOR_VIEWER).get(
                mark.listing_id
            )
        hits = matchmaker.suggest(matcher, row, KEPT) if row else []
        _replace(engine, mark, row, hits, matchmaker.made_by, matcher.position, now)
    return limit


def _is_behind(session: Session, position: int) -> bool:
    pending = select(col(IndexChange.seq)).where(col(IndexChange.seq) > position).limit(1)
    return session.execute(pending).first() is not None


def _longest_stale() -> Select[StaleSuggestion]:
    since, kind = col(StaleSuggestion.since), col(StaleSuggestion.kind)
    order = (since, kind, col(StaleSuggestion.listing_id))
    return select(StaleSuggestion).order_by(*order).limit(1)


def forget(engine: Engine, gone: Sequence[Key], now: datetime) -> None:
    """Drop the suggestions of listings that left the index; who showed them gets others."""
    if not gone:
        return
    with writing(engine) as session:
        for kind, id in gone:
            ours, theirs = _columns(kind)
            shown = select(theirs).where(col(Suggestion.side) == kind.other, ours == id)
            others = list(session.execute(shown).scalars())
            session.execute(delete(Suggestion).where(ours == id))
            mark_stale(session, kind.other, others, now, spreads=False)


def mark_made_by_others(engine: Engine, matchmaker: Matchmaker, now: datetime) -> None:
    """Have everything made anew that another model suggested, or another training of
    it: scores of models never mix."""
    with writing(engine) as session:
        for kind in Kind:
            ours, _ = _columns(kind)
            foreign = col(Suggestion.model) != matchmaker.made_by
            made = select(ours).where(col(Suggestion.side) == kind, foreign).distinct()
            mark_stale(session, kind, list(session.execute(made).scalars()), now, spreads=False)


def _replace(
    engine: Engine, mark: StaleSuggestion, row: FullRow | None, hits: Sequence[Hit], model: str,
    position: int, now: datetime,
) -> None:  # fmt: skip
    with writing(engine) as session:
        ours, _ = _columns(mark.kind)
        session.execute(
            delete(Suggestion).where(col(Suggestion.side) == mark.kind, ours == mark.listing_id)
        )
        others = [listing_key(hit.id)[1] for hit in hits]
        found = _versions(session, mark.kind.other, others)
        changed = _changed_since(session, mark.kind.other, others, position)
        kept = [hit for hit in hits if listing_key(hit.id)[1] in found.keys() - changed]
        if row is not None and _still_published(session, mark):
            session.add_all(
                _suggestion(row, hit, rank, found, model, position, now)
                for rank, hit in enumerate(kept, 1)
            )
            if mark.spreads:
                _spread(session, mark, [listing_key(hit.id)[1] for hit in kept], now)
        unchanged = col(StaleSuggestion.revision) == mark.revision
        session.execute(delete(StaleSuggestion).where(*_is(mark), unchanged))


def _suggestion(
    row: FullRow, hit: Hit, rank: int, versions: dict[int, int], model: str, position: int,
    now: datetime,
) -> Suggestion:  # fmt: skip
    kind, other = row.row.kind, listing_key(hit.id)[1]
    ids = {kind: row.row.id, kind.other: other}
    held = {kind: row.version, kind.other: versions[other]}
    return Suggestion(
        side=kind,
        need_id=ids[Kind.NEED],
        achievement_id=ids[Kind.ACHIEVEMENT],
        need_version=held[Kind.NEED],
        achievement_version=held[Kind.ACHIEVEMENT],
        rank=rank,
        score=hit.score,
        label=hit.label.value if hit.label else None,
        reasons=kept_of(hit.reasons).to_json(),
        model=model,
        made_at=now,
        position=position,
    )


def _spread(session: Session, mark: StaleSuggestion, hits: Sequence[int], now: datetime) -> None:
    """Mark those that this listing suits now, and those that show it as it was before."""
    ours, theirs = _columns(mark.kind)
    changed = session.execute(
        select(func.max(IndexChange.seq)).where(
            col(IndexChange.kind) == mark.kind, col(IndexChange.listing_id) == mark.listing_id
        )
    ).scalar() or 0  # fmt: skip
    on_their_side = col(Suggestion.side) == mark.kind.other
    was_in_the_index = col(Suggestion.position) >= changed
    made_since = select(theirs).where(on_their_side, theirs.in_(hits), was_in_the_index)
    showing = select(theirs).where(on_their_side, ours == mark.listing_id, ~was_in_the_index)
    fresh = set(session.execute(made_since.distinct()).scalars())
    shown = session.execute(showing).scalars()
    old = dict.fromkeys([*(hit for hit in hits if hit not in fresh), *shown])
    mark_stale(session, mark.kind.other, list(old), now, spreads=False)


def _versions(session: Session, kind: Kind, ids: Sequence[int]) -> dict[int, int]:
    table = TABLES[kind].listing
    published = col(table.state) == ListingState.PUBLISHED
    version = col(table.version) + col(table.files_version)
    query = select(col(table.id), version).where(col(table.id).in_(ids), published)
    return {id: version for id, version in session.execute(query) if id is not None}


def _changed_since(session: Session, kind: Kind, ids: Sequence[int], position: int) -> set[int]:
    """Those that changed while we searched: the reasons quote what they said before, which may be
    kept back by now. Their own turn brings them again."""
    listing_id, is_newer = col(IndexChange.listing_id), col(IndexChange.seq) > position
    query = select(listing_id).where(col(IndexChange.kind) == kind, listing_id.in_(ids), is_newer)
    return set(session.execute(query).scalars())


def _still_published(session: Session, mark: StaleSuggestion) -> bool:
    return mark.listing_id in _versions(session, mark.kind, [mark.listing_id])


def _columns(kind: Kind) -> tuple[Mapped[int], Mapped[int]]:
    """The column of this kind in Suggestion, and that of the other."""
    need, achievement = col(Suggestion.need_id), col(Suggestion.achievement_id)
    return (need, achievement) if kind is Kind.NEED else (achievement, need)


def _is(mark: StaleSuggestion) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions that find a mark's row."""
    kind, id = col(StaleSuggestion.kind), col(StaleSuggestion.listing_id)
    return kind == mark.kind, id == mark.listing_id
