"""Matching for one installation: what the rest of the market asks."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import func, select
from sqlmodel import Session, col

from market import rules
from market.db import session_for
from market.matchmaking.documents import document_of
from market.matchmaking.finding import as_list, matches, readable
from market.matchmaking.held import LEXICAL, Held
from market.matchmaking.reasons import judged
from market.matchmaking.results import MatcherStatus, MatchFilter, MatchResult, RankingCard
from market.models.enums import Kind
from market.models.indexing import IndexChange
from market.models.suggestions import StaleSuggestion
from market.queries.listings import matching_count
from market.queries.rows import FullRow
from market.roles import Viewer
from matching import Filters, Hit, Matcher, weights


class Matchmaker(Held):
    """Matching for one installation: the index folder under `data`, read with `model`."""

    def match_text(
        self, session: Session, text: str, *, wanted: Kind, viewer: Viewer, limit: int = 20,
        filters: MatchFilter | None = None,
    ) -> MatchResult:  # fmt: skip
        """The listings of the wanted kind that suit a text best. Raises Invalid."""
        return self.search(
            session, text, kinds=(wanted,), filters=filters, limit=limit, viewer=viewer
        )

    def search(
        self, session: Session, text: str, *, viewer: Viewer, kinds: Collection[Kind] = tuple(Kind),
        filters: MatchFilter | None = None, limit: int = 20,
    ) -> MatchResult:  # fmt: skip
        """The best listings of these kinds for a text. Raises Invalid where it says nothing."""
        rules.require(viewer, "match")
        started = time.perf_counter()
        filters = filters or MatchFilter()
        query = readable(text)
        matcher = self.reader()
        rows = (
            matches(session, matcher.scored(query), kinds, filters, limit, viewer)
            if matcher is not None
            else []
        )
        lists = [as_list(filters, kind) for kind in kinds]
        return MatchResult(
            rows=rows,
            total_considered=sum(matching_count(session, each, viewer) for each in lists),
            channels=matcher.channels if matcher is not None else (),
            took_ms=(time.perf_counter() - started) * 1000,
            title=query.title,
            text=query.text,
        )

    def suggest(self, matcher: Matcher, row: FullRow, limit: int) -> list[Hit]:
        """What suits a stored listing, for the list that is kept on its page."""
        kind = row.row.kind
        hits = matcher.search(document_of(row), limit, Filters(kinds=frozenset({kind.other.value})))
        return [replace(hit, reasons=judged(hit.reasons, kind)) for hit in hits]

    # ---- telling about it

    @property
    def status(self) -> MatcherStatus:
        """How matching stands now."""
        matcher = self.reader()
        documents, position = (len(matcher), matcher.position) if matcher is not None else (0, 0)
        with session_for(self._engine) as session:
            pending = session.execute(
                select(func.count()).where(col(IndexChange.seq) > position)
            ).scalar_one()
            stale = session.execute(select(func.count()).select_from(StaleSuggestion)).scalar_one()
        state, message = self._state(matcher is not None, documents, pending)
        channels = matcher.channels if matcher is not None else ()
        return MatcherStatus(state, channels, documents, pending, stale, self.model, message)

    def _state(self, is_open: bool, documents: int, pending: int) -> tuple[str, str]:
        if not self.loaded.is_set():
            return "warming", "语义模型正在加载，暂用词语和字组匹配。"
        if self._is_building or (pending and pending * 10 > documents):
            return "building", f"索引正在建立，还有 {pending:,} 条待处理，结果暂不完整。"
        if self._failure:
            return "lexical-only", f"语义模型无法加载，只用词语和字组匹配：{self._failure}"
        if self.model == LEXICAL:
            return "lexical-only", "按设置只用词语和字组匹配。"
        return ("ready", "") if is_open else ("building", "索引尚未建立。")

    def ranking_card(self) -> RankingCard:
        """What the ranking is made of and how good it was measured to be."""
        used = weights.read(self._encoder.name if self._encoder else self.model)
        parts = {"words": used.words, "characters": used.characters, "vectors": used.vectors}
        return RankingCard(
            self.model, parts, used.strong, used.fair, used.calibration, used.measured
        )
